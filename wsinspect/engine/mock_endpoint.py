"""The server's side of a session that has no server: it answers pings and the close, and takes all else in silence.

What rules send to the client goes to the client alone; what the client sends ends here, on record like anything else.
The answers come through the carrier as a server's would, so they are recorded and judged as such.
"""

# ruff: noqa: ARG002 - the methods have the arguments of their ports
from __future__ import annotations

import asyncio

from wsinspect.engine.carrier import Carrier, Reason
from wsinspect.model import Completeness, Direction, End
from wsinspect.wire.frames import FrameReader, encode_close, encode_frame, read_close
from wsinspect.wire.masking import unmask
from wsinspect.wire.opcodes import CloseCode, Opcode

_LONGEST_CONTROL = 125


class MockEndpoint:
    """Stands in for the connection to a server; a `carrier.Endpoint`, and the consumer of the frames it is sent.

    Args:
        carrier: Of the session; told what this server sends, and that it ends.
    """

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._frames = FrameReader(self)
        self._answers: list[bytes] = []
        self._ending = False
        """Whether the direction to the client ends behind the answers."""
        self._over = False
        self._paused = Reason.NONE
        self._scheduled = False

    # ---- carrier.Endpoint

    @property
    def tls(self) -> bool:
        """Whether this connection is encrypted."""
        return False

    def send(self, data: bytes) -> None:
        """Take what a server would be sent."""
        position = 0
        while position < len(data) and not self._ending and not self._over:
            position = self._frames.read_one(data, position, 0)

    def end_writing(self, end: End, *, source_tls: bool) -> None:
        """Take the end of what the client sends: this server then ends too."""
        self._ending = True
        self._schedule()

    def reset(self) -> None:
        """Be gone."""
        self._over = True

    def close(self) -> None:
        """Be gone."""
        self._over = True

    def pause(self, reason: Reason) -> None:
        """Answer nothing until every reason is gone."""
        self._paused |= reason

    def resume(self, reason: Reason) -> None:
        """Take one reason back."""
        self._paused &= ~reason
        if not self._paused and self._answers:
            self._schedule()

    # ---- wire.frames.FrameConsumer

    def whole(self, header: bytes, raw: bytes, now: int, completeness: Completeness) -> None:
        """Answer a frame, where it wants an answer."""
        opcode = header[0] & 0x0F
        if len(raw) > _LONGEST_CONTROL or opcode not in (Opcode.PING, Opcode.CLOSE):
            return
        payload = unmask(header, raw)
        if opcode == Opcode.PING:
            if self._paused:  # RFC 6455 5.5.3: only the latest ping needs an answer; so what waits is bounded
                self._answers.clear()
            self._answers.append(encode_frame(Opcode.PONG, payload, mask_key=None))
        else:
            self._answers.append(encode_frame(Opcode.CLOSE, _closing(payload), mask_key=None))
            self._ending = True
        self._schedule()

    def begin(self, header: bytes, size: int, now: int) -> None:
        """Pass over a large frame."""

    def part(self, raw: bytes, now: int) -> None:
        """Pass over a piece of it."""

    def finish(self, now: int, completeness: Completeness) -> None:
        """Pass over its end."""

    def _schedule(self) -> None:
        # The carrier is in the middle of handing something on: an answer must not overtake it.
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._answer)

    def _answer(self) -> None:
        self._scheduled = False
        if self._over or (self._paused and not self._ending):
            return
        answers, self._answers = b"".join(self._answers), []
        if answers:
            self._carrier.receive(Direction.S2C, answers)
        if self._ending:
            self._over = True
            self._carrier.end(Direction.S2C, End.FIN)


def _closing(payload: bytes) -> bytes:
    code, _, broken = read_close(payload)
    if broken:
        return encode_close(CloseCode.PROTOCOL_ERROR)
    return b"" if code is None else encode_close(code)
