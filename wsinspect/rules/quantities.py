"""Durations and sizes as rule files write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from wsinspect.query.units import SIZES, TIMES

MOST = 2**62
"""Nanoseconds, 146 years; or bytes."""
_FACTOR = re.compile(r"(\d{1,4}(?:\.\d{1,9})?)x", re.ASCII)
_AMOUNT = re.compile(r"(\d{1,15}(?:\.\d{1,9})?) ?([A-Za-z]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Quantity:
    """Makes an integer of a number, or of a text with a unit."""

    wants: str
    """What is wanted, for people."""
    units: Callable[[], dict[str, int]]
    bare: int
    """What a number counts that has no unit."""
    whole: bool
    """Whether a number without a unit has to be an integer."""
    least: int = 0

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        units = "|".join(self.units())
        return {
            "anyOf": [
                {
                    "type": "integer" if self.whole else "number",
                    "exclusiveMinimum" if self.least else "minimum": 0,
                    "maximum": MOST // self.bare,
                },
                {"type": "string", "pattern": rf"^\d{{1,15}}(\.\d{{1,9}})? ?({units})?$"},
            ],
            "description": f"{self.wants[0].upper()}{self.wants[1:]}.",
        }

    def _read(self, value: object) -> int:
        match value:
            case bool():
                amount = None
            case int():
                amount = value * self.bare
            case float() if not self.whole:
                amount = round(value * self.bare)
            case str() if found := _AMOUNT.fullmatch(value):
                unit = self.units().get(found[2]) if found[2] else self.bare
                amount = None if unit is None else round(float(found[1]) * unit)
            case _:
                amount = None
        if amount is None or not self.least <= amount <= MOST:
            raise PydanticCustomError("quantity", "{wants}", {"wants": self.wants})
        return amount


def _sizes() -> dict[str, int]:
    return {**SIZES, **{f"{unit}B": factor for unit, factor in SIZES.items()}, "B": 1}


@dataclass(frozen=True, slots=True)
class Factor:
    """Makes a factor of a number, or of a text such as `2x`."""

    most: float = 1000.0

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        number: JsonSchemaValue = {"type": "number", "exclusiveMinimum": 0, "maximum": self.most}
        return {"anyOf": [number, {"type": "string", "pattern": r"^\d{1,4}(\.\d{1,9})?x$"}]}

    def _read(self, value: object) -> float:
        factor = 0.0
        if isinstance(value, str) and (found := _FACTOR.fullmatch(value)):
            factor = float(found[1])
        elif isinstance(value, int | float) and not isinstance(value, bool):
            factor = float(value)
        if not 0 < factor <= self.most:
            wants = f"a factor such as 2x or 0.5, and at most {self.most:g}"
            raise PydanticCustomError("quantity", "{wants}", {"wants": wants})
        return factor


Duration = Annotated[int, Quantity("a duration such as 200ms, 5s or 2m", lambda: TIMES, TIMES["s"], whole=False)]
"""Nanoseconds."""

Period = Annotated[
    int, Quantity("a duration of 1ms or more, such as 5s", lambda: TIMES, TIMES["s"], whole=False, least=10**6)
]
"""Nanoseconds, of what happens again and again."""

Size = Annotated[int, Quantity("a size such as 512, 4k or 1Mi", _sizes, 1, whole=True)]
"""Bytes."""

Speed = Annotated[float, Factor()]
"""Of the recorded one."""
