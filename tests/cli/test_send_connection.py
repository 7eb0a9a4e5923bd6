"""A connection that can be opened again: what waits outlives it, and how it ended is told."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from tests.cli.talking import Sessions
from tests.peers.waiting import until, within
from wsinspect.cli.send_connection import KEEP_ALIVE, MOST_WAITING, Connection, Retries
from wsinspect.cli.send_happenings import GaveUp, Happening, Heard, Opened, Over, Sent, Trying
from wsinspect.errors import EngineError
from wsinspect.model import Close, End
from wsinspect.replay.performing import SendClose, SendFrame, SendMessage

HELLO = SendMessage(1, b"hello")
QUICK = Retries(first_pause_s=0.001)
CLOSED = Close("server", 1001, "bye", clean=True)
REFUSED = EngineError("refused")


class Told:
    """What a connection told, by kind."""

    def __init__(self) -> None:
        self.all: list[Happening] = []

    def of[T](self, kind: type[T]) -> list[T]:
        return [happening for happening in self.all if isinstance(happening, kind)]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def sessions() -> Sessions:
    return Sessions()


async def test_what_goes_and_comes_is_told(told: Told, sessions: Sessions) -> None:
    connection = Connection(sessions.connect, told.all.append)
    await connection.open()
    connection.say(HELLO)
    sessions.last.hear(b"you")
    sessions.last.performer.heard_control(9, b"p", 4)
    assert told.all == [
        Opened(cast("object", sessions.last)),  # type: ignore[arg-type]  # it stands in for one
        Sent(HELLO, 1),
        Heard(1, b"you", 2, control=False),
        Heard(9, b"p", 4, control=True),
    ]
    assert connection.is_open
    await connection.finish()
    assert sessions.last.acts == [HELLO, SendClose(1000)]
    assert not connection.is_open
    assert [over.asked for over in told.of(Over)] == [True]


async def test_an_end_is_told_and_leaves_what_waits(told: Told, sessions: Sessions) -> None:
    connection = Connection(sessions.connect, told.all.append)
    await connection.open()
    sessions.last.end(CLOSED)
    await until(lambda: bool(told.of(Over)), "the end to be told")
    assert told.of(Over) == [Over(CLOSED, told.of(Over)[0].now, asked=False, end=End.RESET)]
    assert not told.of(Over)[0].lost
    connection.say(HELLO)
    assert connection.unsent == 1
    await connection.reopen()
    assert (connection.unsent, sessions.last.acts) == (0, [HELLO])
    await connection.abandon()


async def test_a_server_that_does_not_answer_a_close_is_left(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.cli.send_connection.CLOSE_S", 0.01)
    sessions = Sessions(answers_close=False)
    connection = Connection(sessions.connect, told.all.append)
    await connection.open()
    await connection.finish(SendClose(4000, "x"))
    assert sessions.last.stopped
    assert sessions.last.acts == [SendClose(4000, "x")]


async def test_a_lost_connection_is_opened_again(told: Told, sessions: Sessions) -> None:
    connection = Connection(sessions.connect, told.all.append, QUICK)
    await connection.open()
    sessions.failures = [REFUSED, REFUSED]
    sessions.last.end(None)
    await until(lambda: len(sessions.all) == 2, "another connection")
    assert told.of(Over)[0].tried_again
    assert [(trying.attempt, trying.why) for trying in told.of(Trying)] == [(1, None), (2, REFUSED), (3, REFUSED)]
    await until(lambda: not connection.is_trying, "the end of trying")
    # It is watched as the first one was.
    sessions.last.end(CLOSED)
    await until(lambda: len(sessions.all) == 3, "a third connection")
    await connection.finish()
    assert len(sessions.all) == 3


async def test_it_is_not_tried_for_ever(told: Told, sessions: Sessions) -> None:
    connection = Connection(sessions.connect, told.all.append, Retries(2, 0.001))
    await connection.open()
    sessions.failures = [REFUSED] * 3
    sessions.last.end(None)
    await until(lambda: bool(told.of(GaveUp)), "giving up")
    assert (len(sessions.failures), connection.is_trying) == (1, False)


@pytest.mark.parametrize("close", [Close("client", 1002, "", clean=True), CLOSED])
async def test_one_that_we_closed_is_not_opened_again(told: Told, sessions: Sessions, close: Close) -> None:
    connection = Connection(sessions.connect, told.all.append, QUICK)
    await connection.open()
    if close.by == "server":
        connection.say(SendClose(1000))
    else:
        # By a frame that was made by hand.
        connection.say(SendFrame(b"\x88\x80\0\0\0\0", b""))
        sessions.last.end(close)
    await until(lambda: bool(told.of(Over)), "the end to be told")
    assert told.of(Over)[0].asked
    assert len(sessions.all) == 1


async def test_trying_ends_when_it_is_not_wanted(told: Told, sessions: Sessions) -> None:
    connection = Connection(sessions.connect, told.all.append, Retries(first_pause_s=60))
    await connection.open()
    sessions.last.end(None)
    await until(lambda: connection.is_trying, "trying")
    await within(connection.finish(), "the end of trying")
    assert not connection.is_trying


async def test_pauses_grow_up_to_a_limit() -> None:
    assert [Retries().pause_s(attempt) for attempt in (1, 2, 3, 99)] == [0.5, 1.0, 2.0, 30.0]


async def test_there_is_room_for_so_much(told: Told, sessions: Sessions) -> None:
    connection = Connection(sessions.connect, told.all.append)
    for _ in range(MOST_WAITING):
        await within(connection.room(), "room")
        connection.say(HELLO)
    waiting = asyncio.ensure_future(connection.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    await connection.open()
    await within(waiting, "room")
    sessions.last.end(None)
    for _ in range(MOST_WAITING):
        connection.say(HELLO)
    connection.forget_unsent()
    await within(connection.room(), "room")
    assert connection.unsent == 0
    await connection.abandon()


async def test_pings_keep_it(told: Told, sessions: Sessions) -> None:
    connection = Connection(sessions.connect, told.all.append)
    keeping = asyncio.ensure_future(connection.keep_alive(0.001))
    await connection.open()
    await until(lambda: len(sessions.last.acts) > 1, "two pings")
    act = sessions.last.acts[0]
    assert isinstance(act, SendFrame)
    assert (act.header[:2], act.payload) == (bytes((0x89, 0x80 | len(KEEP_ALIVE))), KEEP_ALIVE)
    keeping.cancel()
    await connection.abandon()
    assert sessions.last.stopped
