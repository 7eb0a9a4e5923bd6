"""What happens on the connection is told, counted, and matched with what is awaited."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import cast

import pytest

from tests.cli.talking import PlayedSession
from tests.peers.waiting import until
from wsinspect.cli.prompt.commands import control_frame
from wsinspect.cli.prompt.telling import Telling
from wsinspect.cli.prompt.transcript import Transcript
from wsinspect.cli.send_connection import KEEP_ALIVE, Speaker
from wsinspect.cli.send_happenings import GaveUp, Heard, Opened, Over, Sent, Trying
from wsinspect.engine.client import ClientSession
from wsinspect.errors import EngineError
from wsinspect.model import Close
from wsinspect.query.patterns import Pattern
from wsinspect.replay.performing import End, SendClose, SendFrame, SendMessage
from wsinspect.wire.opcodes import Opcode


class Told:
    """What was told, as lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        transcript = Transcript(lambda line: self.lines.append("".join(text for text, _ in line)))
        self.telling = Telling("ws://a.test/\x1b", transcript, show_handshake=True)
        self.session = PlayedSession(Speaker(deque(), lambda _: None, lambda: None))

    def open(self) -> None:
        self.telling.tell(Opened(cast(ClientSession, self.session)))
        del self.lines[:]

    @property
    def status(self) -> str:
        return "".join(text for _, text in self.telling.status())


@pytest.fixture
async def told() -> Told:
    return Told()


async def test_a_connection_is_told_with_its_handshake(told: Told) -> None:
    assert told.status == " ○ not connected  ws://a.test/\\x1b  ↑0 ↓0"
    told.telling.tell(Opened(cast(ClientSession, told.session)))
    assert told.lines[0] == "connected to ws://a.test/\\x1b  (subprotocol chat)"
    assert "→ GET /chat HTTP/1.1" in told.lines
    assert told.status == " ● connected  ws://a.test/\\x1b  ↑0 ↓0  0s"


async def test_messages_are_counted_and_the_last_is_kept(told: Told) -> None:
    told.open()
    told.telling.tell(Sent(SendMessage(1, b"a"), 0))
    told.telling.tell(Sent(SendFrame(b"\x01\x80\0\0\0\0", b""), 0))
    told.telling.tell(Heard(1, b"b", 0, control=False))
    assert told.telling.last == b"b"
    assert "↑2 ↓1" in told.status
    assert len(told.lines) == 3


async def test_a_pong_is_matched_with_its_ping(told: Told) -> None:
    told.open()
    told.telling.tell(Sent(control_frame(Opcode.PING, b"x"), 1_000_000))
    told.telling.tell(Heard(Opcode.PONG, b"x", 3_000_000, control=True))
    told.telling.tell(Heard(Opcode.PONG, b"x", 3_000_000, control=True))
    told.telling.tell(Sent(control_frame(Opcode.PONG, b"y"), 0))
    assert [line.endswith("after 2ms") for line in told.lines] == [False, True, False, False]


async def test_a_ping_made_by_hand_is_shown_as_such(told: Told) -> None:
    told.open()
    told.telling.tell(Sent(SendFrame(b"\x89\x01", b"x"), 0))
    assert "frame 89 01" in told.lines[0]


async def test_what_keeps_the_connection_is_not_shown(told: Told) -> None:
    told.open()
    told.telling.tell(Sent(control_frame(Opcode.PING, KEEP_ALIVE), 0))
    told.telling.tell(Heard(Opcode.PONG, KEEP_ALIVE, 0, control=True))
    assert told.lines == []


async def test_closes_are_told(told: Told) -> None:
    told.open()
    told.telling.tell(Sent(SendClose(1000, "x"), 0))
    told.telling.tell(Sent(SendClose(None), 0))
    told.telling.tell(Sent(End(), 0))
    assert [line[17:] for line in told.lines] == [
        'close         3  1000 normal closure, "x"',
        "close         0  without a code",
    ]


@pytest.mark.parametrize(
    ("over", "status", "offer"),
    [
        (Over(None, 0, asked=False), "✕ lost", True),
        (Over(None, 0, asked=False, tried_again=True), "✕ lost", False),
        (
            Over(Close("server", 4000, "\x1b", clean=True), 0, asked=False),
            '4000, the application\'s own, "\\x1b"',
            True,
        ),
        (Over(Close("client", 1000, "", clean=True), 0, asked=True), "○ closed: 1000 normal closure", False),
    ],
)
async def test_the_end_is_told(told: Told, over: Over, status: str, offer: bool) -> None:
    told.open()
    told.telling.tell(over)
    assert status in told.status
    assert ("offers to connect again" in told.lines[-1]) is offer


async def test_trying_is_told(told: Told) -> None:
    told.telling.tell(Trying(1, 0.5, None))
    assert "connecting again in 0.5 s (attempt 1)" in told.status
    told.telling.tell(Trying(2, 1.0, EngineError("refused\x1b")))
    told.telling.tell(GaveUp(EngineError("refused")))
    assert told.lines == ["refused\\x1b", "refused; /reconnect tries again"]
    assert "not connected" in told.status


async def test_what_is_awaited_comes_or_not(told: Told) -> None:
    told.telling.expect(Pattern("b"), 3600.0)
    told.telling.expect(Pattern("c"), 0.001)
    told.telling.tell(Heard(1, b"abc", 0, control=False))
    assert [line.partition(" after")[0] for line in told.lines[1:]] == ["✓ b matched", "✓ c matched"]
    assert not told.telling.failed
    told.telling.expect(Pattern("z"), 0.001)
    await until(lambda: told.telling.failed, "the wait to run out")
    assert told.lines[-1] == "✗ no message matched z in 0.001 s"


async def test_what_is_left_is_told_at_the_end(told: Told) -> None:
    told.telling.expect(Pattern("b"), 0.0)
    told.telling.happenings.put_nowait(Heard(1, b"a", 0, control=False))
    told.telling.finish()
    await asyncio.sleep(0)
    assert len(told.lines) == 1
    assert not told.telling.failed


async def test_in_a_flood_it_stops_listening_for_moments(told: Told) -> None:
    told.open()
    for _ in range(500):
        told.telling.happenings.put_nowait(Heard(1, b"a", 0, control=False))
    telling = asyncio.ensure_future(told.telling.tell_on(lambda: None))
    await until(lambda: told.session.listening == [False, True], "listening again")
    await until(lambda: "came too fast to be shown" in told.lines[-1], "the flood to be told")
    telling.cancel()
