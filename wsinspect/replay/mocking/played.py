"""A recorded event as the act that plays it."""

from __future__ import annotations

from typing import Protocol

from wsinspect.model import Direction
from wsinspect.replay.performing import Act, SendClose, SendFrame, SendMessage
from wsinspect.replay.recording import Event
from wsinspect.wire.frames import encode_header, read_close
from wsinspect.wire.opcodes import Opcode

_NO_KEY = bytes(4)


class Values(Protocol):
    """Puts the values of the live conversation in the place of the recorded ones: `rebinding.Rebinder` does."""

    def heard(self, event: Event, opcode: int, payload: bytes) -> None:
        """Take a live message that was found to be a recorded one."""

    def written(self, event: Event, now: int) -> bytes:
        """Return the payload of a recorded event, as it is to be sent."""


def act_of(event: Event, payload: bytes, side: Direction) -> Act:
    """Return the act that plays an event.

    Args:
        event: As it was recorded.
        payload: What goes instead of its own.
        side: Who is played; the client masks its frames.
    """
    if event.is_message:
        return SendMessage(event.opcode, payload, event.compressed, (), event.index)
    if event.opcode == Opcode.CLOSE:
        code, reason, _ = read_close(payload)
        return SendClose(code, reason or "", event.index)
    key = _NO_KEY if side is Direction.C2S else None
    return SendFrame(encode_header(event.opcode, len(payload), mask_key=key), payload, event.index)
