"""Durations and sizes as rule files write them."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from wsinspect.query.units import SIZES, TIMES

_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", re.ASCII)


def _duration(value: Any) -> Any:
    """Read nanoseconds."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("a duration is a number of seconds, or such as 200ms, 5s, 2m")
    match = _AMOUNT.fullmatch(str(value))
    if match is None or (match[2] or "s") not in TIMES:
        raise ValueError(f"'{value}' is no duration: write a number of seconds, or such as 200ms, 5s, 2m")
    return round(float(match[1]) * TIMES[match[2] or "s"])


def _size(value: Any) -> Any:
    """Read bytes."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("a size is a number of bytes, or such as 4k, 1Mi")
    match = _AMOUNT.fullmatch(str(value))
    if match is None or (match[2] and match[2].removesuffix("B") not in SIZES):
        raise ValueError(f"'{value}' is no size: write a number of bytes, or such as 4k, 1Mi")
    return round(float(match[1]) * SIZES.get(match[2].removesuffix("B"), 1))


Duration = Annotated[
    int,
    BeforeValidator(_duration),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string", "pattern": r"^\d+(\.\d+)? ?(ns|us|ms|s|m|h)?$"},
            ]
        }
    ),
]
"""Nanoseconds."""

Size = Annotated[
    int,
    BeforeValidator(_size),
    Field(ge=0),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": r"^\d+(\.\d+)? ?(k|Ki|M|Mi|G|Gi)?B?$"},
            ]
        }
    ),
]
"""Bytes."""
