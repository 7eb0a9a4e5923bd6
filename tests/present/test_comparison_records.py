"""Programs read of each difference an object, and a summary at the end, whatever the values are."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from tests.replay.recordings import Line, recorded
from wsinspect.formats.records import Record, json_line
from wsinspect.model import Close
from wsinspect.present.comparison_records import comparison_records
from wsinspect.replay.comparing.compare import compare
from wsinspect.replay.comparing.comparison import CompareOptions, Comparison


def records(found: Comparison) -> list[Record]:
    return [orjson.loads(json_line(record)) for record in comparison_records(found)]


def compared(old: list[Line], new: list[Line], options: CompareOptions | None = None) -> list[Record]:
    return records(compare(recorded(*old), recorded(*new), options))


def test_no_difference_is_a_summary() -> None:
    [summary] = compared(["> a"], ["> a"])
    url = "ws://shop.test/"
    assert summary == {
        "of": "summary", "differs": False, "old": {"session": 1, "url": url}, "new": {"session": 1, "url": url},
        "messages": {"old": 1, "new": 1}, "same": 1, "changed": 0, "missing": 0, "extra": 0, "moved": 0, "shifted": 0,
        "streamed": 0, "unsent": 0, "handshake_and_close": 0, "values": 0, "remarks": [],
    }  # fmt: skip


def test_messages_that_differ() -> None:
    old: list[Line] = ['> {"t":"a"}', '> {"t":"b","x":1,"y":2}', "> word 1", '> {"t":"c"}']
    new: list[Line] = ['> {"t":"b","x":3,"z":{"w":[1]}}', '> {"t":"a"}', "> word 2", (">", b"\xff")]
    *found, summary = compared(old, new)
    moved = next(record for record in found if record.get("moved"))
    assert moved["difference"] in ("same", "changed")
    changed = next(record for record in found if record["kind"] == "b")
    assert changed["fields"] == [
        {"path": "$.x", "what": "changed", "old": 1, "new": 3},
        {"path": "$.y", "what": "removed", "old": 2},
        {"path": "$.z", "what": "added", "new": {"w": [1]}},
    ]
    word = next(record for record in found if record["kind"] == "text word")
    assert (word["old"], word["new"]) == (
        {"number": 3, "type": "text", "text": "word 1"},
        {"number": 3, "type": "text", "text": "word 2"},
    )
    assert [(record["difference"], record["dir"]) for record in found[-2:]] == [("missing", "c2s"), ("extra", "c2s")]
    assert found[-1]["new"] == {"number": 4, "type": "binary", "base64": "/w=="}
    assert all(record["counts"] for record in found)
    assert (summary["differs"], summary["missing"], summary["extra"]) == (True, 1, 1)


@pytest.mark.parametrize("timing", [False, True])
def test_late_replies_count_where_that_was_asked_for(timing: bool) -> None:
    options = CompareOptions(timing=timing)
    record, summary = compared(['> {"t":"a"}', '< {"t":"b"}'], ['> {"t":"a"}', '+900ms < {"t":"b"}'], options)
    assert record["latency_ms"] == {"old": 100, "new": 900}
    assert (record["counts"], summary["differs"]) == (timing, timing)


def test_handshake_close_and_other_values() -> None:
    lines = [f'> {{"room":"lobby-one","n":{number}}}' for number in range(3)]
    old = recorded(*lines, response=[("Server", "a")])
    new = recorded(*(line.replace("lobby-one", "hall-two") for line in lines))
    new = replace(new, session=replace(new.session, close=Close("server", 1011, None, clean=True)))
    head, code, by, value, _ = records(compare(old, new))
    assert head == {
        "of": "handshake", "counts": True, "path": "$.handshake.response.server", "what": "removed", "old": "a",
    }  # fmt: skip
    assert (code["of"], code["path"], code["new"], by["new"]) == ("close", "$.close.code", 1011, "server")
    assert value == {
        "of": "value", "counts": True, "old": "lobby-one", "new": "hall-two", "times": 3, "paths": ["$.room"],
    }  # fmt: skip


def test_what_does_not_count_is_told() -> None:
    tick = '< {{"type":"tick","price":{}}}'.format
    stream, ignored, summary = compared([tick(n) for n in range(20)], [tick(n + 500) for n in range(25)])
    assert stream == {"of": "stream", "counts": False, "kind": "tick", "dir": "s2c", "old": 20, "new": 25}
    assert (ignored["of"], ignored["path"], ignored["times"], ignored["old"]) == ("ignored", "$.price", 20, 0)
    assert summary["differs"] is False


def test_control_frames_have_no_number_and_cut_ones_are_said_to_be() -> None:
    [ping, _] = compared([">> ping 1"], [">> ping 2"], CompareOptions(control=True))
    assert ping["old"] == {"type": "ping", "base64": "MQ=="}
    old, new = recorded("> one"), recorded("> two")
    cut = replace(new, events=(replace(new.events[0], complete=False),))
    record, summary = records(compare(old, cut))
    assert record["cut"] is True
    assert summary["remarks"] == ["Of 1 messages only a part is on record; that part is compared."]


def test_any_value_becomes_json() -> None:
    old: list[Line] = ['> {"t":"x","a":1,"b":null,"c":1,"d":1.5,"e":"1","f":true,"g":1}']
    new: list[Line] = [
        '> {"t":"x","a":"\\ud800","b":1,"c":null,"d":[1.5,null],"e":"2","f":{"\\ud800":1},"g":9223372036854775808}'
    ]
    record, _ = compared(old, new)
    assert {field["path"]: field["new"] for field in record["fields"]} == {  # type: ignore[union-attr,index,call-overload]
        "$.a": "\\ud800", "$.b": 1, "$.c": None, "$.d": [1.5, None], "$.e": "2", "$.f": {"\\ud800": 1},
        "$.g": "9223372036854775808",
    }  # fmt: skip
    binary: tuple[Line, Line] = ((">", b"\x82\xa1t\xa1x\xa1b\xc4\x01\x00"), (">", b"\x82\xa1t\xa1x\xa1b\xc4\x01\xff"))
    record, _ = compared([binary[0]], [binary[1]])
    assert record["fields"] == [
        {"path": "$.b", "what": "changed", "old": {"base64": "AA=="}, "new": {"base64": "/w=="}}
    ]
