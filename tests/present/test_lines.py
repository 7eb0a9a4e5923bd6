"""One line a record: what is special is said, and nothing a peer wrote gets through unescaped."""

from __future__ import annotations

import dataclasses

import pytest

from wsinspect.model import (
    Carriage,
    Close,
    Completeness,
    Direction,
    Frame,
    Leg,
    Message,
    PerDirection,
    Session,
    SessionId,
    SessionState,
    Source,
    Stage,
    Verdict,
)
from wsinspect.present.lines import (
    FRAME_TITLES,
    FRAME_WIDTHS,
    MESSAGE_TITLES,
    MESSAGE_WIDTHS,
    SESSION_TITLES,
    SESSION_WIDTHS,
    bits,
    frame_line,
    message_line,
    session_line,
    titles,
)
from wsinspect.present.text import Cell

NOW = 1_700_000_000_123_456_789
HOSTILE = "\x1b[2J\u202e\x00\n"
SESSION = Session(SessionId(3), Carriage.DIRECT, SessionState.OPEN, "wss://a.test/", NOW)
MESSAGE = Message(9, SessionId(3), 1, NOW, NOW, Direction.C2S, 1, (1,), 2, 8, b"hi")
FRAME = Frame(SessionId(3), 1, NOW, Direction.C2S, bytes.fromhex("818201020304"), 2, b"hi", message=1)


def plain(line: list[Cell]) -> str:
    return "".join(text for text, _ in line)


@pytest.mark.parametrize(
    ("names", "widths"),
    [(SESSION_TITLES, SESSION_WIDTHS), (MESSAGE_TITLES, MESSAGE_WIDTHS), (FRAME_TITLES, FRAME_WIDTHS)],
)
def test_every_column_but_the_last_has_a_width(names: tuple[str, ...], widths: tuple[int, ...]) -> None:
    assert len(names) == len(widths) + 1
    assert plain(titles(names, widths)).split() == list(names)


def test_a_session_that_closed() -> None:
    session = dataclasses.replace(
        SESSION,
        state=SessionState.CLOSED,
        closed=NOW + 1_500_000_000,
        close=Close("client", 1001, None, clean=False),
        messages=PerDirection(1, 20_000),
        bytes=PerDirection(10, 4_000_000),
        subprotocol="mqtt",
    )
    line = plain(session_line(session))
    for part in ("3  2023-11-1", "closed", "1/20.0k", "10/4.0M", "1.50s", "1001", "wss://a.test/  [mqtt]"):
        assert part in line


def test_a_session_without_a_close_frame_and_one_that_was_refused() -> None:
    lost = dataclasses.replace(SESSION, close=Close("server", None, None, clean=False))
    assert " none  wss:" in plain(session_line(lost))
    refused = dataclasses.replace(SESSION, state=SessionState.REFUSED, status=403, error="403 Forbidden", tags=("t",))
    assert "403  wss://a.test/  [403 Forbidden, t]" in plain(session_line(refused))


def test_a_plain_message_has_no_marks() -> None:
    assert plain(message_line(MESSAGE)).endswith("c2s  text          2  hi")


def test_a_message_says_all_that_is_special() -> None:
    message = dataclasses.replace(
        MESSAGE,
        frames=(1, 2, 3),
        compressed=True,
        source=Source.USER,
        verdict=Verdict.NOT_SENT,
        held_ns=2_000_000_000,
        delayed_ns=1_000_000,
        rules=("r1", "r2"),
        violations=("RFC 6455 8.1: invalid UTF-8",),
        truncated=10,
        completeness=Completeness.CUT_OFF,
        tags=("t",),
        note="n",
    )
    assert plain(message_line(message)).endswith(
        "[deflate, 3 frames, by user, not sent, held 2.00s, delayed 1ms, cut off, 10 not on record, "
        "! RFC 6455 8.1: invalid UTF-8, rules r1 r2, t, note: n] hi"
    )


def test_a_frame_names_its_bits() -> None:
    assert bits(FRAME) == "fin mask"
    assert bits(dataclasses.replace(FRAME, header=b"\x71\x02")) == "rsv1 rsv2 rsv3"
    assert bits(dataclasses.replace(FRAME, header=b"\x01\x02")) == "-"


def test_a_close_frame_shows_code_and_reason() -> None:
    frame = dataclasses.replace(FRAME, header=b"\x88\x05", payload=b"\x03\xe8bye", close_code=1000, close_reason="bye")
    assert plain(frame_line(frame)).endswith("1000 bye")
    assert plain(frame_line(frame, payload_limit=-1)).endswith("03 e8 62 79 65")


def test_a_frame_that_was_sent_instead_says_so() -> None:
    frame = dataclasses.replace(FRAME, stage=Stage.SENT, leg=Leg.SERVER, of=1, verdict=Verdict.MODIFIED)
    assert "[sent to the server for f1, modified] hi" in plain(frame_line(frame))


def test_the_payload_of_a_continuation_is_what_its_message_is() -> None:
    frame = dataclasses.replace(FRAME, header=b"\x80\x02")
    assert plain(frame_line(frame)).endswith("68 69")
    assert plain(frame_line(frame, of_text=True)).endswith("hi")


@pytest.mark.parametrize(("limit", "shown"), [(None, 189), (10, 10), (-1, 1000)])
def test_how_much_of_a_payload_is_shown(limit: int | None, shown: int) -> None:
    message = dataclasses.replace(MESSAGE, payload=b"x" * 1000, size=1000)
    line = plain(message_line(message, payload_limit=limit))
    assert abs(line.count("x") - shown - 6) <= 8
    assert ("\u2026 +" in line) == (limit != -1)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_line_fits_the_terminal_where_it_can(width: int) -> None:
    message = dataclasses.replace(MESSAGE, payload=b"x" * 1000, size=1000)
    line = plain(message_line(message, width=width))
    assert len(line) <= max(width, 80)
    assert "\u2026 +" in line


def test_nothing_hostile_gets_through() -> None:
    session = dataclasses.replace(
        SESSION, url=HOSTILE, subprotocol=HOSTILE, error=HOSTILE, violations=(HOSTILE,), tags=(HOSTILE,)
    )
    message = dataclasses.replace(
        MESSAGE, payload=HOSTILE.encode(), violations=(HOSTILE,), rules=(HOSTILE,), tags=(HOSTILE,), note=HOSTILE
    )
    frame = dataclasses.replace(FRAME, close_code=1000, close_reason=HOSTILE, violations=(HOSTILE,))
    for line in (session_line(session), message_line(message), frame_line(frame)):
        assert plain(line).isprintable()
