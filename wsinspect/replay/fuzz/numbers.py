"""Numbers at the edges of what programs calculate with, and spellings of numbers that parsers disagree on."""

from __future__ import annotations

from collections.abc import Iterator

from wsinspect.replay.fuzz.values import Spelled, Typed, Value
from wsinspect.replay.leaves import Scalar

_EDGES = (
    ("0", 0), ("1", 1), ("-1", -1), ("127", 127), ("128", 128), ("255", 255), ("256", 256),
    ("-128", -128), ("-129", -129),
    ("2^15-1", 2**15 - 1), ("2^15", 2**15), ("2^16-1", 2**16 - 1), ("2^16", 2**16), ("-2^15-1", -(2**15) - 1),
    ("2^31-1", 2**31 - 1), ("2^31", 2**31), ("-2^31", -(2**31)), ("-2^31-1", -(2**31) - 1),
    ("2^32-1", 2**32 - 1), ("2^32", 2**32), ("2^53", 2**53), ("2^53+1", 2**53 + 1), ("-2^53-1", -(2**53) - 1),
    ("2^63-1", 2**63 - 1), ("2^63", 2**63), ("-2^63", -(2**63)), ("-2^63-1", -(2**63) - 1),
    ("2^64-1", 2**64 - 1), ("2^64", 2**64), ("2^128", 2**128),
)  # fmt: skip
_FLOATS = (
    ("0.1", 0.1), ("-0.0", -0.0), ("0.5", 0.5), ("1e308", 1e308), ("-1e308", -1e308), ("5e-324", 5e-324),
    ("NaN", float("nan")), ("Infinity", float("inf")), ("-Infinity", float("-inf")),
)  # fmt: skip
_SPELLINGS = (
    "-0", "1e999", "-1e999", "1e-999", "1E+2", "1.0", "1.00000000000000000000000000000001", "0.1e1", "1e0", "00", "01",
    "+1", "1.", ".5", "1e", "-", "--1", "0x10", "0b1", "0o7", "1_000", "1,000", "٣", "1e1000000000", "nan", "inf",
    "undefined",
)  # fmt: skip
_DIGITS = (400, 5_000, 100_000)


def numbers(original: Scalar) -> Iterator[Value]:
    """Yield numbers, those near the one that was there first.

    Args:
        original: What was there. Of a string of digits strings come back.
    """
    quoted = isinstance(original, str) and is_number(original)
    for label, value in (*_near(original), *_EDGES, *_FLOATS):
        yield Value(f'"{label}"', Typed(str(value))) if quoted else Value(label, Typed(value))
    for spelling in _SPELLINGS:
        yield Value(f'"{spelling}"', Typed(spelling)) if quoted else Value(spelling, Spelled(spelling))
    for count in _DIGITS:
        label = f"{count:,} digits"
        yield Value(f'"{label}"', Typed("9" * count)) if quoted else Value(label, Spelled("9" * count))


def is_number(value: Scalar) -> bool:
    """Tell whether a value is a number, or a string that looks like one."""
    if isinstance(value, str):
        return value.isascii() and value.removeprefix("-").replace(".", "", 1).isdigit()
    return isinstance(value, int | float) and not isinstance(value, bool)


def _near(original: Scalar) -> Iterator[tuple[str, int]]:
    """Yield the neighbours of a number: another's record may be there."""
    try:
        number = int(str(original)) if is_number(original) else None
    except ValueError:
        number = None
    if number is None:
        return
    yield "as it was + 1", number + 1
    yield "as it was - 1", number - 1
    yield "as it was, negated", -number
    yield "as it was × 1000", number * 1000
