"""Reports of replays are short, harmless, and whole in JSON."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from tests.replay.recordings import recorded
from wsinspect.formats.records import Record
from wsinspect.model import Direction
from wsinspect.present.replay_report import (
    Line,
    binding_lines,
    binding_records,
    bound_lines,
    plan_lines,
    plan_records,
    report_lines,
    report_record,
)
from wsinspect.replay.binding.bound import Binding, Bindings, Origin, Place, Use
from wsinspect.replay.playing.plan import Planned
from wsinspect.replay.playing.report import Closing, Outcome, Report
from wsinspect.replay.playing.waits import wait_of

EVIL = "\x1b]0;owned\x07\u202e\ud800"
TALK = recorded(
    "< hello", '> {"type":"login"}', '< {"type":"welcome"}', '> {"type":"buy"}', ">> ping", ("> ", b"\x00\x01")
)
BINDING = Binding(
    f"token{EVIL}", Origin.FOUND, (Use(1, f"$.a{EVIL}", "old"), Use(3, "$.b", b"\x01")),
    (Place(0, "$.t", f"old{EVIL}"),), f"as it was said{EVIL}",
)  # fmt: skip
CLOCK = Binding("at", Origin.CLOCK, (Use(1, "$.at", 7),), (), "the time")


def text(lines: Iterable[Line]) -> list[str]:
    told = ["".join(piece for piece, _ in line) for line in lines]
    assert all(line.isprintable() for line in told)
    return told


def json(record: Record) -> Record:
    read: Record = orjson.loads(orjson.dumps(record))
    return read


def test_bindings_are_listed_with_their_evidence() -> None:
    shown = text(binding_lines(Bindings(Direction.C2S, (BINDING, CLOCK), (f"not this{EVIL}",))))
    assert shown[0] == "Values that are written anew"
    assert "as it was said" in shown[1]
    assert "(found, used 2 times)" in shown[1]
    assert shown[2] == "  at  the time  (clock)"
    assert "not this" in shown[3]
    assert text(binding_lines(Bindings(Direction.C2S, ()))) == [
        "No values were found that the server issues and the client uses."
    ]


def test_values_are_shown_before_and_after() -> None:
    bindings = Bindings(Direction.C2S, (BINDING, CLOCK))
    (shown,) = text(bound_lines(bindings, {BINDING.name: "n" * 100 + EVIL, "at": 8}))
    assert "old" in shown
    assert shown.endswith(f" → {'n' * 40}…")
    assert text(bound_lines(bindings, {})) == []
    assert text(bound_lines(bindings, {BINDING.name: f"old{EVIL}"})) == [], "it is the same"
    number = Binding("n", Origin.FOUND, (), (Place(0, "$.n", 1),))
    assert text(bound_lines(Bindings(Direction.C2S, (number,)), {"n": 2})) == ["  n  1 → 2"]
    (record, clock) = map(json, binding_records(bindings, {BINDING.name: b"\x02"}))
    assert (record["of"], record["now"]) == ("binding", "02")
    assert "now" not in clock


def test_a_plan_says_when_each_goes() -> None:
    login, buy, ping, binary = (event for event in TALK.events if event.direction is Direction.C2S)
    plan = [
        Planned(login),
        Planned(buy, awaited=(TALK.events[2],)),
        Planned(ping, at_ns=1_500_000_000),
        Planned(binary, after=2),
        Planned(login, by_rote=True),
    ]
    first, second, third, fourth, fifth, sixth = text(plan_lines(plan))
    assert first == "What would be sent"
    assert second.endswith("at once")
    assert third.endswith("waits for welcome (message 3)")
    assert "ping  after 1.50s" in fourth
    assert fifth.endswith("after 2 messages of the server")
    assert sixth.endswith("whenever there is such a message to answer")
    records = list(map(json, plan_records(plan)))
    assert records[1]["waits_for"] == [{"type": "text", "message": 3, "kind": "welcome"}]
    assert records[2]["after_ms"] == 1500
    assert records[3]["after_messages"] == 2
    assert records[4]["answer"] is True


def test_all_that_went_well_is_a_line() -> None:
    report = Report(planned=2, expected=1, sent=2, heard=1, outcome=Outcome.PLAYED, closed=Closing(1000))
    assert text(report_lines(report, 0.25)) == [
        "Played to the end: sent 2 of 2 messages, received 1 (recorded 1), in 250ms"
    ]


def test_what_did_not_is_told() -> None:
    hello, login, welcome, buy = TALK.events[:4]
    came = [(number, 1, f'{{"type":"odd{number}"}}{EVIL}'.encode("utf-8", "replace"), None) for number in range(9)]
    report = Report(
        planned=9, outcome=Outcome.PLAYED, answered=3, closed=Closing(4000, EVIL), recorded_close=Closing(None),
        extra={f"kind{number}{EVIL}": 2 for number in range(9)}, remarks=[f"odd{EVIL}"], never_came=[hello],
        not_listened_to=[hello],
        waits=[wait_of(buy, [welcome, *[hello] * 9], 10**9, came), wait_of(None, [welcome], 10**9, [])],
    )  # fmt: skip
    shown = text(report_lines(report, 1, missing=[f"no token{EVIL}"]))
    assert "The server closed with 4000" in shown[1]
    assert "recorded was no code" in shown[1]
    assert "buy (message 4) waited 1.00s in vain for welcome (message 3)" in shown[2]
    assert "and 4 more" in shown[2]
    assert shown[3].startswith("    what came instead: ")
    assert shown[4].startswith("    nearest: ")
    whole = "\n".join(shown)
    assert "The end waited 1.00s in vain for welcome (message 3)" in whole
    assert "nothing came meanwhile" in whole
    assert "3 heartbeats answered" in whole
    assert "and 3 other kinds" in whole
    assert "no token" in whole
    assert "1 message of streams were still to come" in whole
    record = json(report_record(report, 1, missing=[f"no token{EVIL}"]))
    assert (record["outcome"], record["as_recorded"], record["answered"]) == ("played", False, 3)
    assert record["recorded_close"] == {"code": None, "reason": ""}
    waits = record["waits"]
    assert isinstance(waits, list)
    assert isinstance(waits[0], dict)
    assert isinstance(waits[1], dict)
    assert waits[0]["nearest"]
    assert (waits[1]["event"], waits[1]["nearest"]) == (None, None)
    assert login.number == 2


def test_of_many_waits_some_are_told() -> None:
    wait = wait_of(None, [TALK.events[2]], 1, [])
    shown = text(report_lines(Report(outcome=Outcome.RAN_OUT, waits=[wait] * 30), 1))
    assert "and 10 waits more that ran out" in shown[-2]
    assert "--keep-going" in shown[-1]


def test_what_is_broken_is_told() -> None:
    wait = wait_of(None, [TALK.events[2]], 1, [])
    report = Report(waits=[wait], violations={f"RFC{EVIL}": 2}, unfinished_bytes=1, unsent=[TALK.events[1]])
    shown = text(report_lines(report, 1))
    assert shown[2] == "    no message came meanwhile"
    assert shown[3] == "  The server sent what is broken"
    assert shown[4].startswith("    2 frames: RFC")
    assert shown[5] == "    1 byte of a frame that never ended"
    record = json(report_record(report, 1))
    assert record["unfinished_bytes"] == 1
    assert isinstance(record["violations"], dict)
    assert list(record["violations"].values()) == [2]
    assert record["unsent"] == [{"type": "text", "message": 2, "kind": "login"}]


def test_a_close_is_told_where_it_matters() -> None:
    ended = Report(outcome=Outcome.RAN_OUT, closed=Closing(1000), recorded_close=Closing(1001))
    assert "closed with" not in str(text(report_lines(ended, 1))), "we closed it"
    early = Report(outcome=Outcome.CLOSED, closed=Closing(4000, "no"))
    assert text(report_lines(early, 1))[1] == "  The server closed with 4000 (no)"
    lost = Report(outcome=Outcome.LOST, recorded_close=Closing(1000, "bye"))
    assert text(report_lines(lost, 1))[1] == "  Recorded was a close with 1000 (bye)"
    assert json(report_record(lost, 1))["close"] is None
