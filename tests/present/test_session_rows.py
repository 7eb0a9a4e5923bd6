"""What a session's row says: its state by a sign, what went through it, and in words how it ended."""

from __future__ import annotations

import dataclasses

import pytest

from wsinspect.model import Carriage, Close, Direction, Message, PerDirection, Session, SessionId, SessionState
from wsinspect.present.columns import line, placed
from wsinspect.present.session_rows import (
    SESSION_COLUMNS,
    SessionRow,
    age_text,
    end_cells,
    place_text,
    session_row,
    spark,
)

NOW = 1_700_000_000_000_000_000
SECOND = 1_000_000_000
HOSTILE = "\x1b[2J\u202e\x00[red]"
OPEN = Session(
    SessionId(3), Carriage.DIRECT, SessionState.OPEN, "wss://a.test/chat?x=1", NOW, scheme="wss", host="a.test",
    port=443, path="/chat?x=1", subprotocol="mqtt", messages=PerDirection(2, 20_000), bytes=PerDirection(10, 4_000_000),
)  # fmt: skip
CLOSED = dataclasses.replace(OPEN, state=SessionState.CLOSED, closed=NOW + SECOND)
LAST = Message(9, SessionId(3), 1, NOW, NOW, Direction.S2C, 1, (1,), 2, 8, b"hi")


def plain(row: SessionRow, width: int = 160, now: int = NOW) -> str:
    return "".join(text for text, _ in line(placed(SESSION_COLUMNS, width), session_row(row, now))).rstrip()


def test_a_session_that_is_open() -> None:
    shown = plain(SessionRow(3, OPEN, LAST, (0, 1, 2, 4)))
    assert shown.split() == [
        "3", "●", "a.test/chat?x=1", "mqtt", "2", "20.0k", "4.0M", "<1m", "▁▃▅█", "◀", "hi",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("session", "end"),
    [
        (dataclasses.replace(CLOSED, close=Close("server", 1000, "bye", clean=True)), "closed 1000 by server: bye"),
        (dataclasses.replace(CLOSED, close=Close("client", None, None, clean=True)), "closed without a code by client"),
        (CLOSED, "ended without a close frame"),
        (dataclasses.replace(CLOSED, error="reset by peer"), "ended without a close frame: reset by peer"),
        (
            dataclasses.replace(
                OPEN, state=SessionState.REFUSED, status=403, error="the server answered 403 Forbidden"
            ),
            "refused 403: Forbidden",
        ),
        (dataclasses.replace(OPEN, state=SessionState.REFUSED), "refused"),
        (
            dataclasses.replace(OPEN, state=SessionState.FAILED, error="TLS: unknown authority"),
            "failed: TLS: unknown authority",
        ),
        (dataclasses.replace(OPEN, state=SessionState.FAILED), "failed"),
    ],
)
def test_how_it_ended_is_said_in_words(session: Session, end: str) -> None:
    assert "".join(text for text, _ in end_cells(session)) == end
    assert plain(SessionRow(3, session, LAST), 200).endswith(end)
    assert end_cells(OPEN) == []


@pytest.mark.parametrize(
    ("close", "stands_out"),
    [
        (Close("server", 1000, None, clean=True), False),
        (Close("client", None, None, clean=True), False),
        (Close("server", 1000, None, clean=False), True),
        (Close("server", 4401, "login refused", clean=True), True),
    ],
)
def test_an_end_that_tells_something_stands_out(close: Close, *, stands_out: bool) -> None:
    assert (end_cells(dataclasses.replace(CLOSED, close=close))[0][1] == "yellow") == stands_out


@pytest.mark.parametrize(
    ("state", "sign"),
    [(SessionState.OPEN, "●"), (SessionState.CLOSED, "○"), (SessionState.REFUSED, "◐"), (SessionState.FAILED, "✕")],
)
def test_the_state_is_a_sign_and_what_never_came_to_be_stands_out(state: SessionState, sign: str) -> None:
    cells = session_row(SessionRow(3, dataclasses.replace(OPEN, state=state)), NOW)
    assert cells["state"][0][0] == sign
    happened = state in {SessionState.OPEN, SessionState.CLOSED}
    assert (cells["host"][0][1] == "") == happened
    assert (cells["size"][0][0] == "—") != happened


@pytest.mark.parametrize(
    ("session", "shown"),
    [
        (OPEN, "a.test/chat?x=1"),
        (dataclasses.replace(OPEN, port=8443), "a.test:8443/chat?x=1"),
        (dataclasses.replace(OPEN, scheme="ws", port=80, path=None), "a.test/"),
        (dataclasses.replace(OPEN, host="::1", port=9), "[::1]:9/chat?x=1"),
        (dataclasses.replace(OPEN, host=None), "wss://a.test/chat?x=1"),
        (dataclasses.replace(OPEN, host=HOSTILE, path=""), r"\x1b[2J\u202e\x00[red]/"),
    ],
)
def test_where_it_leads(session: Session, shown: str) -> None:
    assert place_text(session) == shown


@pytest.mark.parametrize(
    ("age", "shown"), [(-1, "<1m"), (59, "<1m"), (60, "1m"), (3599, "59m"), (3600, "1h00m"), (100_000, "27h46m")]
)
def test_the_age_of_an_open_one_is_told_in_minutes(age: int, shown: str) -> None:
    assert age_text(OPEN, NOW + age * SECOND) == shown


def test_of_one_that_is_over_it_is_told_how_long_it_lasted() -> None:
    closed = dataclasses.replace(OPEN, state=SessionState.CLOSED, closed=NOW + 1_500_000_000)
    assert age_text(closed, NOW + 99 * SECOND) == "1.50s"
    assert age_text(dataclasses.replace(OPEN, state=SessionState.FAILED), NOW) == "—"


@pytest.mark.parametrize(
    ("rates", "bars"), [((), ""), ((0, 0), "▁▁"), ((0, 1, 2), "▁▅█"), ((-1, 7), "▁█"), ((5,), "█")]
)
def test_activity_is_drawn_as_bars(rates: tuple[float, ...], bars: str) -> None:
    assert spark(rates) == bars


def test_violations_and_tags_come_first_and_nothing_hostile_gets_through() -> None:
    session = dataclasses.replace(
        OPEN, violations=(HOSTILE,), tags=("vip", HOSTILE), protocol=HOSTILE, subprotocol=None
    )
    last = dataclasses.replace(LAST, payload=HOSTILE.encode(), size=len(HOSTILE.encode()))
    shown = plain(SessionRow(3, session, last), 300)
    assert shown.endswith(r"! \x1b[2J\u202e\x00[red] #vip #\x1b[2J\u202e\x00[red] ◀ \x1b[2J\u202e\x00[red]")
    assert shown.isprintable()


def test_a_text_without_end_costs_no_more_than_is_shown() -> None:
    session = dataclasses.replace(OPEN, path="/" + "x" * 1_000_000)
    assert len(place_text(session)) <= 400


def test_a_session_that_is_gone_says_so() -> None:
    assert plain(SessionRow(7, None)).split(maxsplit=1) == ["7", "not on record any more"]


def test_a_path_of_some_length_is_there_in_full_where_all_columns_are() -> None:
    session = dataclasses.replace(OPEN, host="localhost", port=45521, path="/maintenance")
    assert "localhost:45521/maintenance" in plain(SessionRow(3, session, LAST, (1, 2)), 118)


@pytest.mark.parametrize("width", [40, 58, 78, 138, 198])
def test_number_state_and_place_are_there_at_any_width(width: int) -> None:
    shown = plain(SessionRow(3, OPEN, LAST, (1, 2)), width)
    assert shown.split()[:2] == ["3", "●"]
    assert "a.test/chat?x=1" in shown
    assert len(shown) <= width
