"""Values of `fuzz`'s options are read, and refused with what to write instead."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from wsinspect.cli.fuzz import command
from wsinspect.cli.fuzz_options import NamesType, RateType, StopType
from wsinspect.replay.fuzz.mutators import MUTATORS


@pytest.mark.parametrize(
    ("text", "seconds"), [("10/s", 0.1), ("10", 0.1), ("600/m", 0.1), ("3600/h", 1.0), ("0.5/s", 2.0)]
)
def test_a_rate_is_the_time_between_two(text: str, seconds: float) -> None:
    assert RateType().convert(text, None, None) == pytest.approx(seconds)
    assert RateType().convert(seconds, None, None) == seconds


@pytest.mark.parametrize("text", ["", "0", "-1", "10/d", "fast"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="write 10/s"):
        RateType().convert(text, None, None)


def test_names_are_read_once_each() -> None:
    kind = NamesType("a", "b")
    assert kind.convert("b, a,b,", None, None) == ("b", "a")
    assert kind.convert(("a",), None, None) == ("a",)
    with pytest.raises(click.BadParameter, match="there is no 'c'; there are a, b"):
        kind.convert("a,c", None, None)


def test_what_to_stop_on() -> None:
    kind = StopType()
    assert [kind.convert(value, None, None) for value in ("close", "error", "3", 4)] == ["close", "error", 3, 4]
    for text in ("0", "often", "-1"):
        with pytest.raises(click.BadParameter, match="neither 'close' nor 'error'"):
            kind.convert(text, None, None)


def test_the_mutators_are_listed() -> None:
    result = CliRunner().invoke(command, ["--list-mutators"])
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == list(MUTATORS)
