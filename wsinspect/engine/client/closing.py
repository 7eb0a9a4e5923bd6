"""The closing handshake of a session that is played (RFC 6455 7): who closed first, with what, and whether both did."""

from __future__ import annotations

from dataclasses import replace

from wsinspect.model import Close, Direction
from wsinspect.wire.frames import encode_close, read_close
from wsinspect.wire.opcodes import CloseCode

_PEERS = {Direction.C2S: "client", Direction.S2C: "server"}


class ClosingHandshake:
    """The close frames of both directions so far."""

    def __init__(self) -> None:
        self.record: Close | None = None
        """The first close frame, and whether the other side sent one, too; None without one."""
        self._noted: set[Direction] = set()

    def has(self, direction: Direction) -> bool:
        """Tell whether a close frame went in a direction."""
        return direction in self._noted

    def note(self, direction: Direction, code: int | None, reason: str | None) -> bool:
        """Take note of a close frame; return whether it is the first of its direction."""
        if direction in self._noted:
            return False
        self._noted.add(direction)
        if self.record is None:
            self.record = Close(_PEERS[direction], code, reason, clean=False)
        else:
            self.record = replace(self.record, clean=True)
        return True


def answer_to(payload: bytes) -> bytes:
    """Return the payload of the close frame that answers one: its code (RFC 6455 5.5.1), 1002 where that is broken."""
    code, _, broken = read_close(payload)
    if broken:
        return encode_close(CloseCode.PROTOCOL_ERROR)
    return b"" if code is None else encode_close(code)
