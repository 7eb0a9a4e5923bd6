"""Durations and sizes with units, exact and bounded."""

from __future__ import annotations

import re
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from pydantic import TypeAdapter, ValidationError

from wsinspect.rules.quantities import Duration, Period, Size, Speed

DURATION: TypeAdapter[Any] = TypeAdapter(Duration)
PERIOD: TypeAdapter[Any] = TypeAdapter(Period)
SIZE: TypeAdapter[Any] = TypeAdapter(Size)
SPEED: TypeAdapter[Any] = TypeAdapter(Speed)


@pytest.mark.parametrize(
    ("adapter", "written", "amount"),
    [
        (DURATION, 5, 5_000_000_000),
        (DURATION, 0, 0),
        (DURATION, 0.25, 250_000_000),
        (DURATION, 1e-7, 100),
        (DURATION, "5", 5_000_000_000),
        (DURATION, "200ms", 200_000_000),
        (DURATION, "1.5 s", 1_500_000_000),
        (DURATION, "2m", 120_000_000_000),
        (DURATION, "1h", 3_600_000_000_000),
        (DURATION, "7us", 7000),
        (DURATION, "7ns", 7),
        (PERIOD, "1ms", 1_000_000),
        (SIZE, 512, 512),
        (SIZE, "512", 512),
        (SIZE, "4k", 4000),
        (SIZE, "4kB", 4000),
        (SIZE, "1Mi", 1 << 20),
        (SIZE, "1.5 KiB", 1536),
        (SIZE, "1.5Ki", 1536),
        (SIZE, "10B", 10),
        (DURATION, "5 minutes", None),
        (DURATION, "-5s", None),
        (DURATION, -1, None),
        (DURATION, True, None),
        (DURATION, [], None),
        (DURATION, "", None),
        (DURATION, "4k", None),
        (DURATION, 1e30, None),
        (DURATION, 10**30, None),
        (DURATION, "9" * 400, None),
        (DURATION, "٣s", None),
        (PERIOD, 0, None),
        (PERIOD, "10us", None),
        (SIZE, 1.5, None),
        (SIZE, "5s", None),
        (SIZE, "4k4", None),
        (SIZE, "999999999999999Gi", None),
    ],
)
def test_units(adapter: TypeAdapter[Any], written: object, amount: int | None) -> None:
    if amount is None:
        with pytest.raises(ValidationError, match=r"duration|size"):
            adapter.validate_python(written)
    else:
        assert adapter.validate_python(written) == amount


@pytest.mark.parametrize(("written", "factor"), [(2, 2.0), (0.5, 0.5), ("2x", 2.0), ("0.25x", 0.25)])
def test_factors(written: object, factor: float) -> None:
    assert SPEED.validate_python(written) == factor


@pytest.mark.parametrize("written", [0, -1, 1001, "2", "x", "0x", True, None, float("nan")])
def test_no_factors(written: object) -> None:
    with pytest.raises(ValidationError, match="a factor such as 2x"):
        SPEED.validate_python(written)


def test_what_is_accepted_is_what_the_json_schema_accepts() -> None:
    for adapter, accepted, refused in [
        (DURATION, [0, 0.5, "5", "200ms", "1.5 s"], [-1, True, "5 minutes", [], "4k", None]),
        (PERIOD, [0.5, "1ms"], [0, -1, "x"]),
        (SPEED, [2, 0.5, "2x", "0.25x", 1000], [0, -1, 1001, "x", "2", "5 x", True, None]),
        (SIZE, [0, "4k", "4kB", "10B", "1.5Ki"], [1.5, -1, "5s", False]),
    ]:
        validator = jsonschema.Draft202012Validator(adapter.json_schema())
        assert [each for each in accepted if not validator.is_valid(each)] == []
        assert [each for each in refused if validator.is_valid(each)] == []


def test_the_description_is_a_sentence() -> None:
    assert re.fullmatch(r"A duration .*\.", DURATION.json_schema()["description"])
