"""Timestamps: numbers and texts that say, in some unit, about when the message that they are in was sent."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from wsinspect.replay.binding.pieces import LONGEST, Span
from wsinspect.replay.leaves import Scalar

NEAR_NS = 86_400 * 10**9
"""A timestamp is at most so far from its message: people's clocks and time zones differ."""
_SECOND = 10**9
_UNITS = (_SECOND, 10**6, 10**3, 1)
_MOST_DECIMALS = 9
_ISO = re.compile(
    r"(?<!\d)(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d:\d\d)(?:([.,])(\d{1,9}))?(Z|[+-]\d\d(?::?\d\d)?)?(?![\d:])"
)
_NUMBER = re.compile(r"(?<![\w.\-])(\d{10}|\d{13}|\d{16}|\d{19})(\.\d{1,9})?(?![\w\-]|\.\w)")
_STAMP = re.compile(r"\d{10}|\d\d:\d\d:\d\d")
_STAMPS = re.compile(r"\d{10}|\d{13}|\d{16}|\d{19}")
_SHORTEST = 10
_EARLIEST, _LATEST = 10**9, 10**19
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Way(enum.Enum):
    """How a timestamp is written."""

    WHOLE = enum.auto()
    FRACTION = enum.auto()
    TEXT = enum.auto()
    """Digits in a string."""
    ISO = enum.auto()


@dataclass(frozen=True, slots=True)
class Clock:
    """How a timestamp follows from the time."""

    way: Way
    unit_ns: int
    """Of the number, or 1 s."""
    decimals: int
    steps: int
    """How far it is from the time of its message, in units of its last digit."""
    pattern: tuple[str, str, str] = ("T", ".", "Z")
    """Of ISO 8601: what separates date and time, what the decimals, and the zone."""

    def __str__(self) -> str:
        if self.way is Way.ISO:
            return "ISO 8601"
        return dict(zip(_UNITS, ("s", "ms", "µs", "ns"), strict=True))[self.unit_ns]

    def at(self, now: int) -> Scalar:
        """Return the timestamp for a time in Unix nanoseconds."""
        scale: int = 10**self.decimals
        ticks = now * scale // self.unit_ns + self.steps
        if self.way is Way.ISO:
            return self._iso(ticks, scale)
        if self.way is Way.WHOLE:
            return ticks
        if self.way is Way.FRACTION:
            return ticks / scale
        whole, rest = divmod(ticks, scale)
        return f"{whole}.{rest:0{self.decimals}}" if self.decimals else str(whole)

    def _iso(self, ticks: int, scale: int) -> str:
        between, point, zone = self.pattern
        whole, rest = divmod(ticks, scale)
        moment = (_EPOCH + timedelta(seconds=whole)).astimezone(_zone(zone))
        decimals = f"{point}{rest:0{self.decimals}}" if self.decimals else ""
        return f"{moment:%Y-%m-%d}{between}{moment:%H:%M:%S}{decimals}{zone}"


def clock_of(value: Scalar, time: int) -> Clock | None:
    """Read a number as a timestamp that was made when its message was sent; None where it is none.

    Args:
        value: Any value; strings are for `clocks_in`.
        time: Of the message, in Unix nanoseconds.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or value < _SECOND // 10:
        return None
    if isinstance(value, int):
        return _of_number(Way.WHOLE, value, 0, time)
    digits = repr(value).partition(".")[2]
    if not digits.isdigit() or len(digits) > _MOST_DECIMALS:
        return None
    return _of_number(Way.FRACTION, round(value * 10 ** len(digits)), len(digits), time)


def clocks_in(text: str, time: int) -> Iterator[tuple[Span, Clock]]:
    """Find the timestamps in a string that were made when its message was sent."""
    if not _SHORTEST <= len(text) <= LONGEST or _STAMP.search(text) is None:
        return
    for found in _ISO.finditer(text):
        if clock := _of_iso(found, time):
            yield Span(*found.span()), clock
    for found in _NUMBER.finditer(text):
        decimals = (found[2] or ".")[1:]
        if clock := _of_number(Way.TEXT, int(found[1] + decimals), len(decimals), time):
            yield Span(*found.span()), clock


def form_of(value: Scalar) -> str | None:
    """Return how a timestamp is written, whatever time it says; None where a value is none."""
    if isinstance(value, str):
        if found := _ISO.fullmatch(value):
            zone = "Z" if found[6] == "Z" else "offset" if found[6] else "no zone"
            return f"ISO 8601 with {found[2]}{len(found[5] or '')} {zone}"
        return f"text {form_of(int(value))}" if _STAMPS.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not _EARLIEST <= value < _LATEST:
        return None
    whole = "whole" if isinstance(value, int) else "fraction"
    return f"{whole} {len(str(int(value)))}"


def _of_number(way: Way, ticks: int, decimals: int, time: int) -> Clock | None:
    scale = 10**decimals
    for unit in _UNITS:
        if abs(ticks * unit // scale - time) <= NEAR_NS:
            return Clock(way, unit, decimals, ticks - time * scale // unit)
    return None


def _of_iso(found: re.Match[str], time: int) -> Clock | None:
    day, between, clock, point, decimals, zone = found.groups(default="")
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=_zone(zone))
    except ValueError:
        return None
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    scale = 10 ** len(decimals)
    ticks = seconds * scale + int(decimals or 0)
    if abs(ticks * _SECOND // scale - time) > NEAR_NS:
        return None
    pattern = (between, point, zone)
    return Clock(Way.ISO, _SECOND, len(decimals), ticks - time * scale // _SECOND, pattern)


def _zone(written: str) -> timezone:
    """Return the zone that is written; UTC where none is.

    Raises:
        ValueError: There is no such zone.
    """
    if written in ("", "Z"):
        return UTC
    digits = written[1:].replace(":", "")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return timezone(ahead if written[0] == "+" else -ahead)
