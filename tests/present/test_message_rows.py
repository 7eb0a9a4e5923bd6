"""What the rows of messages, control frames and heartbeats say; every colour has a sign or a word beside it."""

from __future__ import annotations

import dataclasses

import pytest

from wsinspect.model import Completeness, Direction, Frame, Message, SessionId, Source, Stage, Verdict
from wsinspect.present.columns import line, placed
from wsinspect.present.message_rows import (
    Answer,
    BeatsRow,
    FrameRow,
    GoneRow,
    MessageRow,
    MoreRow,
    Row,
    Times,
    TimeShown,
    frame_signs,
    message_columns,
    message_signs,
    record_row,
    seconds_text,
    time_text,
)
from wsinspect.present.text import clock

NOW = 1_700_000_000_123_456_789
MS = 1_000_000
HOSTILE = "\x1b[2J\u202e\x00[red]"
HARMLESS = r"\x1b[2J\u202e\x00[red]"
MESSAGE = Message(9, SessionId(3), 17, NOW, NOW, Direction.C2S, 1, (1,), 2, 8, b"hi")
PING = Frame(SessionId(3), 1, NOW, Direction.S2C, b"\x89\x01", 1, b"p")
CLOSE = Frame(SessionId(3), 2, NOW, Direction.C2S, b"\x88\x02", 2, b"\x03\xe8", close_code=1000)
TIMES = Times(NOW, 12_004 * MS, 500 * MS)


def plain(row: Row, times: TimeShown = TimeShown.SINCE_START, *, sessions: bool = False, width: int = 120) -> str:
    layout = placed(message_columns(times=times, sessions=sessions, digits=4), width)
    return "".join(text for text, _ in line(layout, record_row(row, times))).rstrip()


def words(row: Row, *, sessions: bool = False) -> list[str]:
    return plain(row, sessions=sessions).split()


def test_a_message() -> None:
    assert words(MessageRow(9, MESSAGE, TIMES)) == ["17", "12.004", "▶", "text", "2", "hi"]
    binary = dataclasses.replace(MESSAGE, opcode=2, direction=Direction.S2C)
    assert words(MessageRow(9, binary, TIMES), sessions=True) == ["3", "17", "12.004", "◀", "binary", "2", "68", "69"]


def test_the_other_of_a_pair_and_how_long_it_took() -> None:
    assert words(MessageRow(9, MESSAGE, TIMES, Answer(8, 16, 4 * MS)))[-4:] == ["↔", "16", "4ms", "hi"]


@pytest.mark.parametrize(
    ("message", "signs"),
    [
        (MESSAGE, []),
        (dataclasses.replace(MESSAGE, completeness=Completeness.WAITING), ["⏸ held"]),
        (dataclasses.replace(MESSAGE, completeness=Completeness.ARRIVING), ["… arriving"]),
        (dataclasses.replace(MESSAGE, completeness=Completeness.CUT_OFF), ["✂ cut off"]),
        (dataclasses.replace(MESSAGE, held_ns=1_500_000_000, delayed_ns=20 * MS), ["⏸ 1.50s", "delayed 20ms"]),
        (dataclasses.replace(MESSAGE, verdict=Verdict.MODIFIED), ["✎ changed"]),
        (dataclasses.replace(MESSAGE, verdict=Verdict.MODIFIED, rules=("vip", "two")), ["✎ vip two"]),
        (dataclasses.replace(MESSAGE, verdict=Verdict.DROPPED, rules=("vip",)), ["✕ dropped", "rule vip"]),
        (dataclasses.replace(MESSAGE, rules=("vip",), tags=("vip",)), ["rule vip", "#vip"]),
        (dataclasses.replace(MESSAGE, verdict=Verdict.NOT_SENT), ["✕ not sent"]),
        (dataclasses.replace(MESSAGE, verdict=Verdict.TOO_LARGE), ["✕ too large"]),
        (dataclasses.replace(MESSAGE, verdict=Verdict.RECODED), []),
        (dataclasses.replace(MESSAGE, source=Source.USER), ["+ by user"]),
        (dataclasses.replace(MESSAGE, source=Source.REPLAY), ["+ replayed"]),
        (dataclasses.replace(MESSAGE, source=Source.RULE), ["+ by rule"]),
        (dataclasses.replace(MESSAGE, source=Source.RULE, rules=("mock",)), ["+ by rule mock"]),
        (
            dataclasses.replace(MESSAGE, violations=(HOSTILE,), truncated=12_345),
            [f"! {HARMLESS}", "12.3k not on record"],
        ),
        (dataclasses.replace(MESSAGE, tags=("vip", HOSTILE), note="look"), ["#vip", f"#{HARMLESS}", "note: look"]),
        (dataclasses.replace(MESSAGE, note="x" * 100_000), [f"note: {'x' * 40}…"]),
    ],
)
def test_what_became_of_a_message_is_said_by_signs(message: Message, signs: list[str]) -> None:
    assert [text for text, _ in message_signs(message)] == signs
    assert all(sign in plain(MessageRow(9, message, TIMES), width=200) for sign in signs)


def test_a_control_frame() -> None:
    assert words(FrameRow(4, PING, TIMES)) == ["12.004", "◀", "ping", "1", "p"]
    binary = dataclasses.replace(PING, payload=b"\xff\x00", size=2)
    assert words(FrameRow(4, binary, TIMES, inside=True))[-2:] == ["ff", "00"]
    assert "     p" in plain(FrameRow(4, PING, TIMES, inside=True))


@pytest.mark.parametrize(
    ("code", "reason", "said"),
    [
        (1000, None, "1000 normal closure"),
        (1001, "bye", "1001 going away: bye"),
        (4401, HOSTILE, f"4401: {HARMLESS}"),
    ],
)
def test_a_close_frame_tells_code_and_reason(code: int, reason: str | None, said: str) -> None:
    frame = dataclasses.replace(CLOSE, close_code=code, close_reason=reason)
    assert plain(FrameRow(4, frame, TIMES)).endswith(said)


def test_what_became_of_a_frame_is_said_by_signs() -> None:
    assert frame_signs(PING) == []
    frame = dataclasses.replace(PING, stage=Stage.SENT, source=Source.RULE, verdict=Verdict.MODIFIED)
    assert [text for text, _ in frame_signs(frame)] == ["sent on instead", "+ by rule", "✎ changed"]


def test_heartbeats_are_one_line() -> None:
    last = dataclasses.replace(PING, time=NOW + 240_000 * MS)
    row = BeatsRow(-4, PING, last, 1024, TIMES)
    assert plain(row).endswith("♥ 1,024 pings and pongs in 4m00s")
    assert "▸" in plain(row)
    assert "▾" in plain(dataclasses.replace(row, opened=True))


def test_what_is_not_shown_and_what_is_gone_is_said() -> None:
    assert plain(MoreRow(-4, 5000)).strip().startswith("… 5,000 more")
    assert "not on record any more" in plain(GoneRow(4))


def test_times_are_told_in_three_ways() -> None:
    assert [time_text(TIMES, shown) for shown in TimeShown] == [clock(NOW), "12.004", "+0.500"]
    assert [time_text(Times(NOW), shown) for shown in TimeShown] == [clock(NOW), "", ""]
    assert [shown.next for shown in TimeShown] == [TimeShown.SINCE_START, TimeShown.SINCE_BEFORE, TimeShown.CLOCK]


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [(0, "0.000"), (12_004, "12.004"), (125_100, "2:05.100"), (3_600_000, "1:00:00.000"), (-5, "-0.005")],
)
def test_distances_are_told_in_milliseconds(milliseconds: int, shown: str) -> None:
    assert seconds_text(milliseconds * MS) == shown


def test_hostile_payloads_are_escaped() -> None:
    payload = HOSTILE.encode()
    message = dataclasses.replace(MESSAGE, payload=payload, size=len(payload), rules=(HOSTILE,))
    shown = plain(MessageRow(9, message, TIMES))
    assert shown.isprintable()
    assert HARMLESS in shown


def test_the_time_a_reply_took_is_there_in_full_however_long_the_numbers_are() -> None:
    layout = placed(message_columns(times=TimeShown.CLOCK, sessions=True, digits=6), 120)
    row = MessageRow(9, dataclasses.replace(MESSAGE, number=100_000), TIMES, Answer(8, 434_209, 6_320_000))
    assert "↔ 434209 6.32ms" in "".join(text for text, _ in line(layout, record_row(row, TimeShown.CLOCK)))


@pytest.mark.parametrize("width", [30, 58, 78, 138, 198])
def test_number_direction_and_payload_are_there_at_any_width(width: int) -> None:
    columns = message_columns(times=TimeShown.CLOCK, sessions=True, digits=4)
    cells = line(placed(columns, width), record_row(MessageRow(9, MESSAGE, TIMES), TimeShown.CLOCK))
    shown = "".join(text for text, _ in cells)
    assert {"▶", "hi"} <= set(shown.split())
    assert len(shown) <= width
