"""Units of numbers in filter expressions: `4k`, `1.5Mi`, `200ms`.

Everything is exact: a literal becomes a fraction, and a comparison of integers with it one of integers.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from wsinspect.query.nodes import Number

SIZES = {"k": 1000, "Ki": 1024, "M": 1000**2, "Mi": 1024**2, "G": 1000**3, "Gi": 1024**3}
"""Factors of sizes and counts."""

TIMES = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
"""Nanoseconds in each unit of time."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def count(number: Number) -> Fraction | None:
    """Return a size or count, None where the number is in a unit of time."""
    if number.unit in TIMES:
        return None
    return Fraction(number.amount) * SIZES.get(number.unit, 1)


def nanoseconds(number: Number, bare_ns: int) -> Fraction | None:
    """Return a duration in nanoseconds, None where the number is in a unit of size.

    Args:
        number: The duration.
        bare_ns: What a number without a unit counts.
    """
    if number.unit in SIZES:
        return None
    return Fraction(number.amount) * TIMES.get(number.unit, bare_ns)


def plain(number: Number) -> int | float:
    """Return a number as JSON would have it: sizes multiplied out, times in seconds."""
    value = Fraction(number.amount) * SIZES.get(number.unit, 1)
    if number.unit in TIMES:
        value = value * TIMES[number.unit] / TIMES["s"]
    return value.numerator if value.denominator == 1 else float(value)


def instant(text: str) -> int | None:
    """Return microseconds since the Unix epoch of an ISO 8601 date and time, None where it is none.

    Without an offset it is UTC.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)
