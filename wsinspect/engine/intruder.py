"""Plays a performer into a session that has peers of its own: what it does goes between what they say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

from wsinspect.errors import EngineError
from wsinspect.model import Direction, Source
from wsinspect.replay.performing import Act, End, Performer, SendClose, SendFrame, SendMessage
from wsinspect.wire.sending import Injection

if TYPE_CHECKING:
    from wsinspect.engine.session_control import SessionControl

AT_ONCE_BYTES = 256 << 10
"""After so much others have their turn."""


class Intruder:
    """Carries out what a performer does.

    Args:
        control: Of the session.
        performer: Plays one side.
        direction: In which it sends.
        clock: Unix nanoseconds that never go backwards.
        on_failure: Told why something could not be sent; it is over then.
    """

    def __init__(
        self,
        control: SessionControl,
        performer: Performer,
        direction: Direction,
        clock: Callable[[], int],
        on_failure: Callable[[str], None],
    ) -> None:
        self._control = control
        self._performer = performer
        self._direction = direction
        self._clock = clock
        self._on_failure = on_failure
        self._turn: asyncio.Handle | None = None
        self._over = False

    @property
    def hears(self) -> Direction:
        """The direction that it has to hear."""
        return self._direction.opposite

    def poke(self) -> None:
        """Ask the performer: it has something to do."""
        self._wake_in(0)

    def heard(self, opcode: int, payload: bytes) -> None:
        """Take a message of the peer that it plays to."""
        self._performer.heard(opcode, payload, self._clock())
        self._wake_in(0)

    def stop(self) -> None:
        """Do nothing more: the session is over."""
        if not self._over:
            self._over = True
            self._performer.ended(self._clock())
        if self._turn is not None:
            self._turn.cancel()

    def _wake_in(self, delay_s: float) -> None:
        if self._turn is not None:
            self._turn.cancel()
        loop = asyncio.get_running_loop()
        self._turn = loop.call_later(delay_s, self._act) if delay_s > 0 else loop.call_soon(self._act)

    def _act(self) -> None:
        self._turn = None
        size = 0
        while not self._over and self._control.open:
            now = self._clock()
            if size > AT_ONCE_BYTES:
                self._wake_in(0)
                return
            act = self._performer.next(now)
            if act is None:
                if self._performer.wake_at is not None:
                    self._wake_in(max(self._performer.wake_at - now, 1) / 1e9)
                return
            try:
                size += self._carry_out(act)
            except EngineError as error:
                self._over = True
                self._on_failure(str(error))

    def _carry_out(self, act: Act) -> int:
        """Do one thing; return about how many bytes it takes."""
        match act:
            case SendMessage(opcode, payload):
                self._control.inject(self._direction, Injection(opcode, payload, source=Source.REPLAY))
            case SendFrame(header, payload):
                fin, rsv = bool(header[0] & 0x80), header[0] >> 4 & 0x07
                frame = Injection(header[0] & 0x0F, payload, fin, rsv, Source.REPLAY)
                self._control.inject(self._direction, frame)
            case SendClose(code, reason):
                self._control.close([self._direction], code, reason, Source.REPLAY)
                return 0
            case End(reset):
                if reset:
                    self._control.abort()
                else:
                    self._control.half_close(self._direction)
                return 0
            case _:
                assert_never(act)
        return len(payload) + 1
