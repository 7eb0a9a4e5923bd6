"""Actions that break things on purpose; what they make of a text need not be UTF-8."""

from __future__ import annotations

from wsinspect.model import Direction
from wsinspect.rules.acting import TOWARDS, Act, Place
from wsinspect.rules.ruling import Abort, Blackhole, CloseSession, HalfClose
from wsinspect.rules.schema import Blackhole as BlackholeSettings
from wsinspect.rules.schema import Close, Corrupt, Nothing, To
from wsinspect.rules.schema import HalfClose as HalfCloseSettings
from wsinspect.rules.schema.texts import MOST_REASON_BYTES
from wsinspect.rules.templates import compile_text
from wsinspect.rules.turn import ActionError, Random, Turn
from wsinspect.rules.values import shown, utf8

MOST_PLACES = 65_536
"""Bits or bytes that one `corrupt` touches."""


def corrupt(settings: Corrupt, _: Place) -> Act:
    """Flip random bits, or put random other bytes in place."""
    wanted = settings.bits or settings.bytes or 0
    if wanted > MOST_PLACES:
        raise ActionError(f"at most {MOST_PLACES} are corrupted at once")
    of_bits = settings.bits is not None

    def act(turn: Turn) -> str:
        payload = bytearray(turn.payload)
        if not payload:
            raise ActionError("there is nothing in it to corrupt")
        places = _places(turn.random, wanted, len(payload) * (8 if of_bits else 1))
        for place in places:
            if of_bits:
                payload[place >> 3] ^= 1 << (place & 7)
            else:
                payload[place] ^= turn.random.randint(1, 255)
        turn.change(bytes(payload))
        return f"{len(places)} {'bits' if of_bits else 'bytes'}"

    return act


def _places(random: Random, wanted: int, size: int) -> list[int]:
    """Choose different places: the first steps of a shuffle, which notes only what it has moved."""
    moved: dict[int, int] = {}
    chosen: list[int] = []
    for step in range(min(wanted, size)):
        other = random.randint(step, size - 1)
        chosen.append(moved.get(other, other))
        moved[other] = moved.get(step, step)
    return chosen


def truncate(settings: int, _: Place) -> Act:
    """Cut the payload off."""

    def act(turn: Turn) -> str:
        size = len(turn.payload)
        turn.change(turn.payload[:settings])
        return f"{size} to {len(turn.payload)} bytes"

    return act


def close(settings: Close, _: Place) -> Act:
    """Close the session with a close frame; the message is not sent on."""
    fill = compile_text(settings.reason)

    def act(turn: Turn) -> str:
        reason = fill(turn)
        if len(utf8(reason)) > MOST_REASON_BYTES:
            raise ActionError(f"the reason of a close has at most {MOST_REASON_BYTES} bytes: {shown(reason)!r}")
        turn.effects.append(CloseSession(turn.rule, TOWARDS[settings.side], settings.code, reason))
        _end(turn)
        return f"{'no code' if settings.code is None else settings.code} to {settings.side.value}"

    return act


def abort(_: Nothing, __: Place) -> Act:
    """Reset both connections; the message is not sent on."""

    def act(turn: Turn) -> None:
        turn.effects.append(Abort(turn.rule))
        _end(turn)

    return act


def blackhole(settings: BlackholeSettings, _: Place) -> Act:
    """Pass nothing of a direction on any more, this message included."""
    directions = tuple(Direction) if settings.dir == "both" else (Direction[settings.dir.upper()],)

    def act(turn: Turn) -> str:
        turn.effects.append(Blackhole(turn.rule, directions))
        turn.dropped = turn.dropped or turn.direction in directions
        return settings.dir

    return act


def half_close(settings: HalfCloseSettings, _: Place) -> Act:
    """End the connection in one direction."""
    (direction,) = TOWARDS[To(settings.side)]

    def act(turn: Turn) -> str:
        turn.effects.append(HalfClose(turn.rule, direction))
        return settings.side

    return act


def _end(turn: Turn) -> None:
    turn.dropped = turn.direction is not None
    turn.ended = True
