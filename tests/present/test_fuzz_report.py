"""What fuzzing found is laid out for people and programs, and peers' text does no harm."""

from __future__ import annotations

import orjson

from wsinspect.formats.records import json_line
from wsinspect.present.fuzz_report import FuzzResult, note_of, report_lines, report_records, tags_of
from wsinspect.replay.fuzz.judging import Anomaly, Finding, Oddity
from wsinspect.replay.fuzz.outcome import Fate, Outcome, Reply
from wsinspect.replay.fuzz.variation import Variation

MS = 1_000_000
HOSTILE = "\x1b[2J\u202e"
REPLY = Reply.of(1, b'{"type":"answer"}', 3 * MS)
FINE = Outcome(0, Fate.OPEN, (REPLY,), session=1, sent_bytes=9)


def variation(label: str = "2^63", position: str = "$.id") -> Variation:
    return Variation("numbers", position, label, lambda _: ())


def finding(number: int, *anomalies: Anomaly, fate: Fate = Fate.LOST, alike: int = 1, **more: str) -> Finding:
    return Finding(variation(), Outcome(number, fate, session=number + 3, **more), anomalies, alike)  # type: ignore[arg-type]


LOST = Anomaly(Oddity.LOST, f"lost {HOSTILE}")


def lines(result: FuzzResult, alike: int = 3) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in report_lines(result, alike=alike)]


def test_the_oddest_are_in_a_table() -> None:
    found = lines(FuzzResult([finding(1, LOST), finding(2, fate=Fate.OPEN)], [FINE] * 3, 5))
    assert found[0] == "2 variations of 5 sent, 1 odd"
    assert found[1] == "The unchanged message: answered by answer within 3 ms"
    assert found[3].split() == "session odd mutator field value what came of it".split()
    assert found[4].split(maxsplit=5) == ["4", "lost", "numbers", "$.id", "2^63", "lost \\x1b[2J\\u202e"]
    assert all(line.isprintable() for line in found)


def test_of_those_that_are_alike_some_are_shown() -> None:
    found = lines(FuzzResult([finding(number, LOST, alike=5) for number in range(5)], [FINE], 5), alike=2)
    assert len(found) == 7
    assert found[-1].strip() == "… and 3 more that are odd in the same way"


def test_what_was_not_sent_is_counted_with_the_reason() -> None:
    gone = [finding(number, fate=Fate.NO_CONNECTION, trouble=f"no\nway {HOSTILE}") for number in (1, 2)]
    found = lines(FuzzResult(gone, [FINE], 2, "interrupted"))
    assert found[2] == "Not sent: 2 variations, no connection: no; way \\x1b[2J\\u202e"
    assert found[3] == "Ended early: interrupted"
    assert len(found) == 4


def test_the_unchanged_message_may_do_anything() -> None:
    two = Reply.of(1, b'{"type":"more"}', 3 * MS)
    for outcome, text in (
        (Outcome(0, Fate.OPEN), "no reply"),
        (Outcome(0, Fate.OPEN, answers_pings=False), "no reply, not even to a ping"),
        (Outcome(0, Fate.CLOSED, close_code=1008), "no reply, then the server closes with 1008"),
        (Outcome(0, Fate.LOST, (REPLY, two)), "answered by answer and 1 more within 3 ms, then the connection is lost"),
        (Outcome(0, Fate.NO_SETUP), "could not be sent"),
    ):
        assert lines(FuzzResult([], [outcome], 0))[1] == f"The unchanged message: {text}"


def test_programs_get_all_of_it() -> None:
    closed = Outcome(2, Fate.CLOSED, close_code=1011, close_reason="oops", answers_pings=True, session=5)
    without = Outcome(3, Fate.CLOSED, trouble="x")
    result = FuzzResult(
        [Finding(variation("\udcff"), closed, (LOST,), 2), Finding(variation(), without, ())], [FINE], 2, "enough"
    )
    run, first, second = [orjson.loads(json_line(record)) for record in report_records(result)]
    assert (run["of"], run["planned"], run["sent"], run["odd"], run["stopped"]) == ("run", 2, 2, 1, "enough")
    assert run["baseline"][0] == {
        "fate": "open", "sent_bytes": 9, "session": 1, "latency_ms": 3.0,
        "replies": [{"type": "text", "size": 17, "after_ms": 3.0, "text": '{"type":"answer"}'}],
    }  # fmt: skip
    assert first == {
        "of": "variation", "number": 2, "mutator": "numbers", "field": "$.id", "value": "\\udcff",
        "anomalies": [{"kind": "lost", "text": f"lost {HOSTILE}"}], "alike": 2, "fate": "closed", "sent_bytes": 0,
        "session": 5, "close": {"code": 1011, "reason": "oops"}, "answers_pings": True, "replies": [],
    }  # fmt: skip
    assert (second["close"], second["trouble"]) == ({}, "x")
    assert "stopped" not in next(report_records(FuzzResult([], [], 0)))


def test_sessions_are_tagged_and_noted() -> None:
    odd, fine = finding(1, LOST, Anomaly(Oddity.ERROR, "error")), finding(2)
    assert tags_of([odd, fine]) == ["fuzz", "numbers", "anomaly", "lost", "error"]
    assert tags_of([fine]) == ["fuzz", "numbers"]
    assert note_of([odd, fine]) == f"numbers $.id: 2^63 — lost {HOSTILE}; error\nnumbers $.id: 2^63"
