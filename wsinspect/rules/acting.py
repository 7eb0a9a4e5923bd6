"""What all actions have in common: where they are written, and what may leave them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wsinspect.errors import RuleError
from wsinspect.model import Direction
from wsinspect.rules.schema import Scope, To
from wsinspect.rules.schema.texts import MOST_CONTROL_BYTES
from wsinspect.rules.turn import ActionError, Surroundings, Turn
from wsinspect.wire.opcodes import Opcode

MOST_PAYLOAD = 16 << 20
"""Bytes that an action may make of a payload, unless it was larger already."""

type Act = Callable[[Turn], str | None]
"""Does one thing; returns what, in a few words, where that is worth saying."""

TOWARDS: dict[To, tuple[Direction, ...]] = {
    To.CLIENT: (Direction.S2C,),
    To.SERVER: (Direction.C2S,),
    To.BOTH: (Direction.C2S, Direction.S2C),
}
"""Directions of what is sent to a peer."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an action is written."""

    surroundings: Surroundings
    folder: str
    """Of the rule file."""
    scope: Scope = Scope.SESSION

    def read(self, name: str) -> bytes:
        """Return a file's content."""
        if self.surroundings.read is None:
            raise ActionError(f"{name}: no files can be read here")
        try:
            content = self.surroundings.read(self.folder, name)
        except RuleError as error:
            raise ActionError(str(error)) from error
        if len(content) > MOST_PAYLOAD:
            raise ActionError(f"{name} is over {MOST_PAYLOAD >> 20} MiB")
        return content


def change(turn: Turn, payload: bytes) -> None:
    """Put another payload in place, or raise `ActionError` where the event cannot have it."""
    if turn.direction is None:
        raise ActionError("there is no message to change")
    if len(payload) > max(MOST_PAYLOAD, len(turn.payload)):
        raise ActionError(f"the payload would be over {MOST_PAYLOAD >> 20} MiB")
    if turn.opcode == Opcode.TEXT:
        check_text(payload)
    elif turn.opcode >= Opcode.CLOSE:
        check_control(payload)
        if turn.opcode == Opcode.CLOSE:
            check_text(payload[2:], "the reason of the close")
    turn.change(payload)


def check_text(payload: bytes, what: str = "the text message") -> None:
    """Refuse what is no UTF-8."""
    try:
        payload.isascii() or payload.decode()
    except UnicodeDecodeError as error:
        raise ActionError(
            f"{what} would be no UTF-8, at byte {error.start + 1}: put set_type: binary before"
        ) from error


def check_control(payload: bytes) -> None:
    """Refuse what no control frame can hold: RFC 6455 5.5 allows 125 bytes."""
    if len(payload) > MOST_CONTROL_BYTES:
        raise ActionError(f"a control frame holds {MOST_CONTROL_BYTES} bytes, not {len(payload)}")
