"""Drives a player by hand: what it sends is written as the lines of a recording, and what it hears is given as such."""

from __future__ import annotations

from tests.replay.recordings import recorded
from wsinspect.model import Direction
from wsinspect.replay.performing import Act, End, SendClose, SendFrame, SendMessage
from wsinspect.replay.playing.player import Player
from wsinspect.wire.opcodes import Opcode

MS = 1_000_000
START = 1_800_000_000_000_000_000


class Stage:
    """A player as the client, and the connection it plays on."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.now = START

    def plays(self) -> list[str]:
        """Return what it does until it has nothing to do."""
        acts: list[str] = []
        while (act := self.player.next(self.now)) is not None:
            acts.append(shown(act))
        return acts

    def hears(self, *lines: str) -> list[str]:
        """Let it hear lines as in a recording, `< text` or `<< close 1000`, and return what it does then."""
        for event in recorded(*lines).events:
            assert event.direction is Direction.S2C
            if event.is_message:
                self.player.heard(event.opcode, event.payload, self.now)
            else:
                self.player.heard_control(event.opcode, event.payload, self.now)
        return self.plays()

    def waits(self, most_ms: int | None = None) -> list[str]:
        """Let the time pass until it wants to be woken, or so long, and return what it does then."""
        assert self.player.wake_at is not None or most_ms is not None
        until = self.now + most_ms * MS if most_ms is not None else self.player.wake_at
        assert until is not None
        self.now = until
        return self.plays()

    def ends(self) -> None:
        """End the connection."""
        self.player.ended(self.now)


def shown(act: Act) -> str:
    """Write what a player does as a line."""
    match act:
        case SendMessage(opcode=(Opcode.PING | Opcode.PONG) as opcode, payload=payload):
            return f">> {Opcode(opcode).name.lower()} {payload.decode()}".rstrip()
        case SendMessage(payload=payload):
            return f"> {payload.decode()}"
        case SendFrame(header=header, payload=payload):
            return f"frame {header[:1].hex()} {payload.decode()}".rstrip()
        case SendClose(code=code, reason=reason):
            return f">> close {code or ''} {reason}".rstrip()
        case End():
            return "end"
