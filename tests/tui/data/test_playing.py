"""The Repeater's connection: one at a time, given up, closed, and read no faster than is looked at."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.peers.waiting import until
from tests.replay.repeating.test_repeater import SHOP, Values
from wsinspect.errors import EngineError, WsinspectError
from wsinspect.model import HttpHead
from wsinspect.replay.performing import Performer, SendMessage
from wsinspect.replay.repeating.backlog import AT_ONCE
from wsinspect.replay.repeating.repeater import Repeater
from wsinspect.tui.data.connections import Target
from wsinspect.tui.data.playing import Playing
from wsinspect.wire.opcodes import Opcode

NOW = 1_700_000_000_000_000_000


class Line:
    """Stands in for what opens connections, and for each connection."""

    capture: Path | None = None
    arguments = ()
    response = HttpHead("HTTP/1.1", (), status=101)
    session_id: int | None = 1

    def __init__(self) -> None:
        self.opened = 0
        self.sent: list[bytes] = []
        self.listening: list[bool] = []
        self.may_open = asyncio.Event()
        self.may_open.set()
        self.over = asyncio.Event()
        self.failure: Exception | None = None

    async def connect(self, target: Target, performer: Performer) -> Line:
        await self.may_open.wait()
        if target.url == "ws://nowhere/":
            raise EngineError("connection refused", where=target.url)
        self.performer = performer
        self.opened += 1
        self.over.clear()
        return self

    def poke(self) -> None:
        while isinstance(act := self.performer.next(NOW), SendMessage):
            self.sent.append(act.payload)

    def listen(self, *, on: bool) -> None:
        self.listening.append(on)

    def stop(self) -> None:
        if not self.over.is_set():
            self.performer.ended(NOW)
            self.over.set()

    async def finished(self) -> None:
        await self.over.wait()
        if self.failure is not None:
            raise self.failure

    async def close(self) -> None: ...


def playing(line: Line, url: str = "ws://a.test/") -> Playing:
    return Playing(Repeater(SHOP, Values), Target(url), line, lambda: None)


async def test_what_is_sent_twice_at_once_goes_over_one_connection() -> None:
    line = Line()
    shop = playing(line)
    first, _, third = shop.repeater.lines
    await asyncio.gather(shop.send([first]), shop.send([third]))
    assert line.opened == 1
    assert shop.state == "● connected"
    assert len(line.sent) == 1
    assert line.sent[0] == first.sent
    shop.stop()


async def test_connecting_can_be_given_up() -> None:
    line = Line()
    line.may_open.clear()
    shop = playing(line)
    sending = asyncio.create_task(shop.send(shop.repeater.lines))
    await until(lambda: shop.state == "connecting …", "the attempt")
    await shop.connect_or_close()
    await sending
    assert shop.state == "○ given up"
    assert line.opened == 0


async def test_who_leaves_while_connecting_leaves_nothing_behind() -> None:
    line = Line()
    line.may_open.clear()
    shop = playing(line)
    sending = asyncio.create_task(shop.send(shop.repeater.lines))
    await until(lambda: shop.state == "connecting …", "the attempt")
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    line.may_open.set()
    await asyncio.sleep(0)
    assert line.opened == 0
    shop.stop()


async def test_why_there_is_no_connection_is_kept() -> None:
    shop = playing(Line(), "ws://nowhere/")
    with pytest.raises(WsinspectError, match="refused"):
        await shop.connect_or_close()
    assert shop.state == "✕ no connection"
    assert "e on the first line changes the URL" in shop.problem
    shop.go_on()
    shop.stop()


async def test_a_server_that_does_not_answer_a_close_is_left() -> None:
    line = Line()
    shop = playing(line)
    await shop.connect_or_close()
    await shop.connect_or_close()
    assert shop.state == "● closing …"
    await shop.connect_or_close()
    await until(lambda: shop.connection is None, "the end")
    assert line.over.is_set()


async def test_what_is_sent_after_the_close_goes_over_a_new_connection() -> None:
    line = Line()
    shop = playing(line)
    await shop.send(shop.repeater.lines[:1])
    await shop.connect_or_close()
    await shop.send(shop.repeater.lines[2:])
    assert line.opened == 2
    assert len(line.sent) == 2
    shop.stop()


async def test_a_flood_is_read_no_faster_than_it_is_looked_at() -> None:
    line = Line()
    shop = playing(line)
    await shop.connect_or_close()
    for number in range(2 * AT_ONCE):
        line.performer.heard(Opcode.TEXT, f'{{"tick":{number}}}'.encode(), NOW)
    assert line.listening == [False]
    assert len(shop.repeater.opening.answers) == AT_ONCE

    def looked() -> bool:
        shop.go_on()
        return line.listening[-1]

    await until(looked, "that it reads on")
    assert len(shop.repeater.opening.answers) == 2 * AT_ONCE
    shop.stop()


async def test_what_fails_in_the_middle_is_told() -> None:
    line = Line()
    shop = playing(line)
    await shop.connect_or_close()
    line.failure = ValueError("what is this?")
    line.stop()
    await until(lambda: shop.problem or None, "the failure")
    assert "what is this?" in shop.problem
    assert shop.connection is None
