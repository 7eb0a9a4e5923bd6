"""Bytes that are changed without a thought for what they mean: at a range, and at random places of the message."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

from wsinspect.replay.fuzz.positions import Position
from wsinspect.replay.fuzz.values import Typed, Value
from wsinspect.replay.fuzz.variation import Carried, Chance, Variation, message
from wsinspect.replay.performing import Act

NAME = "bytes"
RANDOM_CHANGES = 64
_SPACE = 1 << 30
_MOST_BYTES = 16


def edges(position: Position) -> Iterator[Value]:
    """Yield what goes into a range of a binary message.

    Args:
        position: The range.
    """
    part = position.original if isinstance(position.original, bytes) else b""
    size = len(part)
    yield Value("nothing", Typed(b""))
    if not size:
        return
    for byte in (0x00, 0xFF, 0x7F, 0x80, 0x01):
        yield Value(f"{byte:02x} throughout", Typed(bytes([byte]) * size))
    yield Value("80 and zeros", Typed(b"\x80" + bytes(size - 1)))
    yield Value("7f and ff", Typed(b"\x7f" + b"\xff" * (size - 1)))
    yield Value("zeros and 80", Typed(bytes(size - 1) + b"\x80"))
    for step, label in ((1, "+ 1"), (-1, "- 1")):
        for order in ("big", "little"):
            number = (int.from_bytes(part, order) + step) % (1 << 8 * size)
            yield Value(f"as it was {label}, {order}-endian", Typed(number.to_bytes(size, order)))
    yield Value("reversed", Typed(part[::-1]))
    yield Value("inverted", Typed(bytes(byte ^ 0xFF for byte in part)))
    yield Value("twice", Typed(part * 2))
    yield Value("one byte less", Typed(part[:-1]))
    yield Value("one byte more", Typed(part + b"\x00"))


def random_changes(chance: Chance) -> Iterator[Variation]:
    """Yield messages in which chance has changed something.

    Args:
        chance: Asked now, so that the same seed changes the same.
    """
    for number in range(1, RANDOM_CHANGES + 1):
        draws = tuple(chance.randrange(_SPACE) for _ in range(3))
        label, change = _CHANGES[(number - 1) % len(_CHANGES)]
        yield Variation(NAME, "", f"{label}, by chance ({number})", functools.partial(_changed, change, draws))


def _changed(change: Callable[[bytes, int, int], bytes], draws: tuple[int, ...], carried: Carried) -> tuple[Act, ...]:
    place, first, second = draws
    at = place % max(len(carried.payload), 1)
    return message(carried, change(carried.payload, at, first << 8 | second & 0xFF))


def _flip_bit(payload: bytes, at: int, draw: int) -> bytes:
    return payload[:at] + bytes(byte ^ 1 << draw % 8 for byte in payload[at : at + 1]) + payload[at + 1 :]


def _flip_ascii_bit(payload: bytes, at: int, draw: int) -> bytes:
    """Flip one of the lower bits, so that text mostly stays text."""
    return payload[:at] + bytes(byte ^ 1 << draw % 5 for byte in payload[at : at + 1]) + payload[at + 1 :]


def _set_byte(payload: bytes, at: int, draw: int) -> bytes:
    return payload[:at] + bytes([draw & 0xFF]) + payload[at + 1 :]


def _remove(payload: bytes, at: int, draw: int) -> bytes:
    return payload[:at] + payload[at + 1 + draw % _MOST_BYTES :]


def _insert(payload: bytes, at: int, draw: int) -> bytes:
    return payload[:at] + draw.to_bytes(8, "big")[-1 - draw % 4 :] + payload[at:]


def _repeat(payload: bytes, at: int, draw: int) -> bytes:
    part = payload[at : at + 1 + draw % _MOST_BYTES]
    return payload[:at] + part * (2 + draw % 64) + payload[at + len(part) :]


def _swap(payload: bytes, at: int, draw: int) -> bytes:
    """Exchange two parts that lie side by side."""
    size = 1 + draw % _MOST_BYTES
    one, other = payload[at : at + size], payload[at + size : at + 2 * size]
    return payload[:at] + other + one + payload[at + 2 * size :]


def _cut(payload: bytes, at: int, _: int) -> bytes:
    return payload[:at]


_CHANGES: tuple[tuple[str, Callable[[bytes, int, int], bytes]], ...] = (
    ("bit flipped", _flip_bit),
    ("lower bit flipped", _flip_ascii_bit),
    ("byte replaced", _set_byte),
    ("bytes removed", _remove),
    ("bytes inserted", _insert),
    ("bytes repeated", _repeat),
    ("bytes exchanged", _swap),
    ("cut off", _cut),
)
