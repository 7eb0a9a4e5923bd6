"""Options of `fuzz`, and the types of their values."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import override

import click

from wsinspect.cli.engine_options import AssignmentType, DurationType
from wsinspect.replay.fuzz.judging import Oddity
from wsinspect.replay.fuzz.mutators import MUTATORS
from wsinspect.replay.fuzz.payload_lists import As, Mode

_PER = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_RATE = re.compile(r"(\d+(?:\.\d+)?)(?:/(s|m|h))?", re.ASCII)
_PATH = click.Path(path_type=Path, dir_okay=False)
ANY = "any"


class RateType(click.ParamType[float]):
    """Reads `10/s`, `600/m` or `10` as the seconds from one to the next."""

    name = "rate"

    @override
    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        match = _RATE.fullmatch(value)
        if match is None or not float(match[1]):
            self.fail(f"{value!r} is no rate: write 10/s, 600/m …", param, ctx)
        return _PER[match[2] or ""] / float(match[1])


class NamesType(click.ParamType[tuple[str, ...]]):
    """Reads names with commas between them.

    Args:
        known: What there is.
    """

    name = "names"

    def __init__(self, *known: str) -> None:
        self._known = known

    @override
    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        names = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
        if unknown := [name for name in names if name not in self._known]:
            self.fail(f"there is no {unknown[0]!r}; there are {', '.join(self._known)}", param, ctx)
        return names


class StopType(click.ParamType["str | int"]):
    """Reads `close`, `error`, or a number."""

    name = "close|error|N"

    @override
    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> str | int:
        if isinstance(value, int) or value in ("close", "error"):
            return value
        if not (value.isascii() and value.isdigit() and int(value)):
            self.fail(f"{value!r} is neither 'close' nor 'error' nor a number", param, ctx)
        return int(value)


_OPTIONS = (
    click.option("--session", metavar="N", type=click.IntRange(min=1), help="Which one. [default: the only one]"),
    click.option(
        "--message", metavar="M", required=True, type=click.IntRange(min=1),
        help="The number of the message to vary; one of the client's.",
    ),
    click.option(
        "--field", "fields", metavar="PATH", multiple=True,
        help="Vary this field: '$.user.id', '$.items[*].id', or a name. Repeatable. [default: all]",
    ),
    click.option(
        "--range", "ranges", metavar="FROM:TO", multiple=True, help="Vary these bytes, TO not among them. Repeatable."
    ),
    click.option("--template", metavar="TEXT", help="Send this instead, and vary what is between two §."),
    click.option(
        "--mutators", metavar="NAMES", type=NamesType(*MUTATORS), default=(),
        help=f"With commas: {', '.join(MUTATORS)}. [default: all, none with --payloads]",
    ),
    click.option(
        "--payloads", "lists", metavar="FILE", multiple=True,
        help="Put in each line of a file; '-' is standard input. Repeatable.",
    ),
    click.option(
        "--mode", type=click.Choice([mode.value for mode in Mode]), default=Mode.SNIPER.value, show_default=True,
        help="How lists and several positions go together.",
    ),
    click.option(
        "--as", "meant", type=click.Choice([one.value for one in As]), default=As.AUTO.value, show_default=True,
        help="What a line is: a value as there is, always a string, or what is written as it is.",
    ),
    click.option("--max", "most", metavar="N", type=click.IntRange(min=1), help="No more than so many, of all kinds."),
    click.option("--seed", metavar="N", type=int, default=0, show_default=True, help="For what is left to chance."),
    click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing."),
    click.option("--reuse", is_flag=True, help="Send many variations on a connection. [default: one]"),
    click.option(
        "--parallel", metavar="N", type=click.IntRange(1, 256), default=1, show_default=True,
        help="So many connections at once.",
    ),
    click.option("--rate", metavar="N/s", type=RateType(), default=0.0, help="No more variations than this."),
    click.option(
        "--listen", metavar="DURATION", type=DurationType(), default=2.0,
        help="Wait so long for an answer; less where it comes. [default: 2s]",
    ),
    click.option(
        "--timeout", metavar="DURATION", type=DurationType(), default=10.0,
        help="Wait so long for what precedes the message. [default: 10s]",
    ),
    click.option(
        "--stop-on", metavar="close|error|N", type=StopType(),
        help="End once a connection ended, a server error was told, or N are odd.",
    ),
    click.option(
        "--fail-on", metavar="KINDS", type=NamesType(ANY, *(oddity.value for oddity in Oddity)), default=(),
        help=f"Status 1 where something of these kinds is found, with commas: {ANY}, "
        + ", ".join(oddity.value for oddity in Oddity) + ".",
    ),
    click.option(
        "--rebind", "rebinds", metavar="OURS=THEIRS", multiple=True,
        help="Write values anew that were not found, as replay does. Repeatable.",
    ),
    click.option(
        "--ignore", "ignored", metavar="PATH", multiple=True,
        help="Leave values at a path as they were recorded. Repeatable.",
    ),
    click.option(
        "--var", "variables", metavar="NAME=VALUE", multiple=True, type=AssignmentType(),
        help="A variable of templates in --rebind, as {{ vars.NAME }}. Repeatable.",
    ),
    click.option(
        "-o", "--out", metavar="FILE.wsi", type=_PATH,
        help="The capture. [default: a new dated file in your data folder]",
    ),
    click.option("--append", is_flag=True, help="Go on in an existing capture file, which is refused otherwise."),
    click.option(
        "--alike", metavar="N", type=click.IntRange(min=1), default=3, show_default=True,
        help="Show so many of those that are odd in the same way.",
    ),
)  # fmt: skip


def _list_mutators(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        width = max(map(len, MUTATORS))
        for name, what in MUTATORS.items():
            click.echo(f"{name.ljust(width)}  {what}")
        ctx.exit()


def fuzz_options[F: Callable[..., object]](command: F) -> F:
    """Give a command its options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return click.option(
        "--list-mutators", is_flag=True, is_eager=True, expose_value=False, callback=_list_mutators,
        help="Say what each mutator does.",
    )(command)  # fmt: skip
