"""`wsinspect frames`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.reading import assert_harmless, lines, records


def test_frames_are_listed(capture: Path) -> None:
    printed = lines("frames", capture)
    assert printed[0].split() == ["id", "time", "dir", "opcode", "bits", "size", "payload"]
    assert [line.split()[0] for line in printed[1:]] == [f"1.f{seq}" for seq in range(1, 11)]
    assert "fin rsv1" in printed[2]
    assert printed[5].endswith("two!")
    assert printed[9].endswith('[sent to the client for f8, modified] {"a":2}')
    assert printed[10].endswith("[! RFC 6455 5.1: a violation of this test] 1000 bye")
    assert_harmless(printed)


def test_json_has_one_frame_a_line(capture: Path) -> None:
    found = records("frames", capture)
    keys = {"session", "seq", "time", "dir", "opcode", "fin", "rsv", "masked", "size", "wire_size", "source"}
    keys |= {"verdict", "leg", "stage"}
    for record in found:
        assert keys <= set(record)
        assert ("mask_key" in record) == record["masked"]
        assert ("text" in record) != ("base64" in record)
    assert [record["opcode"] for record in found] == [
        *("text", "text", "text", "ping", "continuation", "pong", "binary", "text", "text", "close")
    ]
    assert "base64" in found[1]
    assert found[1]["rsv"] == 4
    assert [record.get("text") for record in found[2:6]] == ["one ", None, "two!", None]
    assert [record.get("message") for record in found] == [1, 2, 3, None, 3, None, 4, 5, 5, None]
    assert (found[8]["stage"], found[8]["of"]) == ("sent", 8)
    assert found[9]["close"] == {"code": 1000, "reason": "bye"}
    assert found[9]["violations"] == ["RFC 6455 5.1: a violation of this test"]


@pytest.mark.parametrize(
    ("arguments", "sequence"),
    [
        (["opcode in (ping, pong)"], [4, 6]),
        (["has(violations)"], [10]),
        (["opcode == continuation"], [5]),
        (["--last", "1"], [10]),
        (["dir == c2s", "-n", "2"], [1, 3]),
    ],
)
def test_frames_are_chosen(capture: Path, arguments: list[str], sequence: list[int]) -> None:
    assert [record["seq"] for record in records("frames", capture, *arguments)] == sequence


def test_a_continuation_is_text_though_its_first_frame_was_not_chosen(capture: Path) -> None:
    assert records("frames", capture, "opcode == continuation")[0]["text"] == "two!"
    assert lines("frames", capture, "opcode == continuation")[1].endswith("two!")
