"""What happens on the connection of a prompt, as it is told: shown, counted, matched with what is awaited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from wsinspect.cli.prompt.transcript import GOOD, Transcript
from wsinspect.cli.send_connection import KEEP_ALIVE
from wsinspect.cli.send_happenings import GaveUp, Happening, Heard, Opened, Over, Sent, Trying
from wsinspect.model import Direction
from wsinspect.present.conversation import close_text
from wsinspect.present.text import duration_text, escape, escape_lines
from wsinspect.query.patterns import Pattern, searcher
from wsinspect.replay.performing import Act, End, SendClose, SendFrame, SendMessage
from wsinspect.wire.frames import encode_close
from wsinspect.wire.opcodes import Opcode

if TYPE_CHECKING:
    from wsinspect.engine.client import ClientSession

_CATCH_UP_S = 0.5
_BREATH_S = 0.03
_MOST_PINGS = 1000
_USUAL_HEADER_BYTES = 6


@dataclass(eq=False, slots=True)
class _Awaited:
    """A message that is expected."""

    pattern: Pattern
    since: float
    timer: asyncio.TimerHandle


class Telling:
    """Tells what happens.

    Args:
        url: Of the server.
        transcript: Shows it.
        show_handshake: Whether to show the heads, too.
    """

    def __init__(self, url: str, transcript: Transcript, *, show_handshake: bool = False) -> None:
        self._url = url
        self._transcript = transcript
        self._show_handshake = show_handshake
        self._awaited: list[_Awaited] = []
        self._pings: dict[bytes, int] = {}
        """When each was sent whose pong has not come."""
        self._sent = self._received = 0
        self._opened_at: float | None = None
        self._state = ("bad", "○ not connected")
        self._session: ClientSession | None = None
        self.happenings = asyncio.Queue[Happening]()
        """What is still to be told."""
        self.last: bytes | None = None
        """The last message that was received."""
        self.failed = False
        """Whether something awaited did not come."""

    async def tell_on(self, refresh: Callable[[], None]) -> None:
        """Tell what happens, for as long as it goes on.

        Args:
            refresh: Called when the status may be another.
        """
        while True:
            try:
                async with asyncio.timeout(_CATCH_UP_S):
                    happening = await self.happenings.get()
            except TimeoutError:
                self._transcript.catch_up()
                continue
            self.tell(happening)
            # All that is there: of a flood, more comes with each turn of the loop.
            while not self.happenings.empty():
                self.tell(self.happenings.get_nowait())
            refresh()
            await self._breathe()

    async def _breathe(self) -> None:
        """Let others have their turn; in a flood, stop listening for a moment, or nobody could type."""
        session = self._session
        if session is None or not self._transcript.is_flooded:
            await asyncio.sleep(0)
            return
        session.listen(on=False)
        try:
            await asyncio.sleep(_BREATH_S)
        finally:
            session.listen(on=True)

    def finish(self) -> None:
        """Tell what is left, and await nothing more."""
        for awaited in self._awaited:
            awaited.timer.cancel()
        while not self.happenings.empty():
            self.tell(self.happenings.get_nowait())
        self._transcript.catch_up()

    def connecting(self) -> None:
        """Take note that a connection is being opened."""
        self._state = ("busy", "… connecting")

    def not_connected(self) -> None:
        """Take note that it could not be."""
        self._state = ("bad", "○ not connected")

    def status(self) -> list[tuple[str, str]]:
        """Say how the connection is: pieces of text with the name of their style."""
        style, words = self._state
        lasts = ""
        if self._opened_at is not None:
            lasts = f"  {_whole_seconds(time.monotonic() - self._opened_at)}"
        return [(style, f" {words}"), ("", f"  {escape(self._url)}  ↑{self._sent} ↓{self._received}{lasts}")]

    def expect(self, pattern: Pattern, within_s: float) -> None:
        """Watch for a message, and say whether it comes."""
        loop = asyncio.get_running_loop()

        def miss() -> None:
            self._awaited.remove(awaited)
            self.failed = True
            self._transcript.complain(f"✗ no message matched {escape(pattern.source)} in {within_s:g} s")

        awaited = _Awaited(pattern, loop.time(), loop.call_later(within_s, miss))
        self._awaited.append(awaited)

    def tell(self, happening: Happening) -> None:
        """Tell of one."""
        match happening:
            case Opened(session):
                self._opened(session)
            case Sent(act, now):
                self._sent_one(act, now)
            case Heard(opcode, payload, now, control):
                self._heard(opcode, payload, now, control=control)
            case Over():
                self._ended(happening)
            case Trying(attempt, pause_s, why):
                self._state = ("busy", f"… connecting again in {pause_s:g} s (attempt {attempt})")
                if why is not None:
                    self._transcript.complain(escape_lines(why.message))
            case GaveUp(why):
                self._state = ("bad", "○ not connected")
                self._transcript.complain(f"{escape_lines(why.message)}; /reconnect tries again")
            case _:
                assert_never(happening)

    def _opened(self, session: ClientSession) -> None:
        self._session = session
        self._state = ("good", "● connected")
        self._opened_at = time.monotonic()
        self._pings.clear()
        self._transcript.opened(self._url, session.subprotocol, session.extensions)
        if self._show_handshake:
            self._transcript.handshake(session.request, session.response)

    def _sent_one(self, act: Act, now: int) -> None:
        match act:
            case SendMessage(opcode, payload):
                self._sent += 1
                self._transcript.message(Direction.C2S, opcode, payload, now)
            case SendFrame(header, payload) if header[0] in (0x80 | Opcode.PING, 0x80 | Opcode.PONG):
                if header[0] & 0x0F == Opcode.PING and len(self._pings) < _MOST_PINGS:
                    self._pings[payload] = now
                if len(header) != _USUAL_HEADER_BYTES:
                    self._transcript.frame(header, payload, now)
                elif payload != KEEP_ALIVE:
                    self._transcript.control(Direction.C2S, header[0] & 0x0F, payload, now)
            case SendFrame(header, payload):
                self._sent += 1
                self._transcript.frame(header, payload, now)
            case SendClose(code, reason):
                payload = b"" if code is None else encode_close(code, reason)
                self._transcript.control(Direction.C2S, Opcode.CLOSE, payload, now)
            case End():
                pass
            case _:
                assert_never(act)

    def _heard(self, opcode: int, payload: bytes, now: int, *, control: bool) -> None:
        if control:
            sent = self._pings.pop(payload, None) if opcode == Opcode.PONG else None
            if opcode == Opcode.PONG and payload == KEEP_ALIVE:
                return
            took_ns = None if sent is None else now - sent
            self._transcript.control(Direction.S2C, opcode, payload, now, took_ns=took_ns)
            return
        self._received += 1
        self.last = payload
        self._transcript.message(Direction.S2C, opcode, payload, now)
        for awaited in [each for each in self._awaited if searcher(each.pattern)(payload)]:
            awaited.timer.cancel()
            self._awaited.remove(awaited)
            took = duration_text(asyncio.get_running_loop().time() - awaited.since)
            self._transcript.note(f"✓ {escape(awaited.pattern.source)} matched after {took}", GOOD)

    def _ended(self, over: Over) -> None:
        self._opened_at = None
        self._transcript.closed(over.close, over.now, loss=over.loss if over.lost else None)
        if over.lost:
            self._state = ("bad", "✕ lost")
        else:
            assert over.close is not None
            self._state = ("bad", f"○ closed: {close_text(over.close.code, over.close.reason)}")
        if not over.asked and not over.tried_again:
            self._transcript.note("The next message offers to connect again; /reconnect does so at once.")


def _whole_seconds(duration: float) -> str:
    return f"{duration:.0f}s" if duration < 60 else duration_text(duration)
