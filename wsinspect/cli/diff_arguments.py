"""What `wsinspect diff` is told: which sessions of which captures, and how much later is later."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import override

import click

from wsinspect.errors import StoreError
from wsinspect.model import SessionId, SessionState
from wsinspect.present.text import escape
from wsinspect.replay.comparing.comparison import Tolerance
from wsinspect.store.reader import CaptureReader

_NAMED = re.compile(r"(?P<file>.*):(?P<session>[1-9]\d{0,17})", re.ASCII | re.DOTALL)
_PERCENT = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)%", re.ASCII)
_TIME = re.compile(r"\d+(?:\.\d+)?(?:%|[a-zµ]+)?")
_AS_USUAL = "usual"
_MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Place:
    """A session as it was named."""

    file: Path | None
    """None: the file of the other one."""
    session: SessionId | None
    """None: the only one of the file."""


class PlaceType(click.ParamType[Place]):
    """Reads `FILE:N`, `FILE` and `:N`."""

    name = "file:n"

    @override
    def convert(self, value: str | Place, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        if isinstance(value, Place):
            return value
        found = _NAMED.fullmatch(value)
        # A file may well be called so; and what is behind the colon of C:\x.wsi is no number.
        if found is None or Path(value).is_file():
            return Place(Path(value), None)
        return Place(Path(found["file"]) if found["file"] else None, SessionId(int(found["session"])))


def both(places: Sequence[Place]) -> tuple[tuple[Path, SessionId | None], tuple[Path, SessionId | None]]:
    """Return the files and sessions that are meant.

    Raises:
        click.UsageError: They are not two, or it is not clear which.
    """
    match places:
        case [Place(file=Path() as file, session=number), Place(file=other_file, session=other)]:
            pass
        case [_, _]:
            raise click.UsageError("the first session needs its file: wsinspect diff a.wsi:1 :2")
        case _:
            raise click.UsageError("two sessions are compared: wsinspect diff a.wsi:1 b.wsi:2")
    if (file, number) == (other_file or file, other):
        raise click.UsageError(f"this is the same session twice; say which: wsinspect diff {file}:1 :2")
    return (file, number), (other_file or file, other)


def session_of(reader: CaptureReader, number: SessionId | None) -> SessionId:
    """Return the session that is meant: the only one with a WebSocket where none is named.

    Raises:
        StoreError: There is none.
        click.UsageError: There are several.
    """
    if number is not None:
        return number
    found = [session.id for session in reader.sessions() if session.state in (SessionState.OPEN, SessionState.CLOSED)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise StoreError("it has no WebSocket session", where=str(reader.path))
    names = ", ".join(f"{reader.path.name}:{one}" for one in found[:_MOST_NAMED])
    more = " \u2026" if len(found) > _MOST_NAMED else ""
    raise click.UsageError(escape(f"{reader.path} has {len(found):,} sessions; say which one: {names}{more}"))


class ToleranceType(click.ParamType[Tolerance]):
    """Reads how far a reply may be off: `50%` of its time or `200ms`."""

    name = "50%|200ms"

    @override
    def convert(self, value: str | Tolerance, param: click.Parameter | None, ctx: click.Context | None) -> Tolerance:
        from wsinspect.cli.engine_options import DurationType  # noqa: PLC0415 - start-up time

        if isinstance(value, Tolerance):
            return value
        if value == _AS_USUAL:
            return Tolerance()
        if found := _PERCENT.fullmatch(value):
            # What takes next to no time is easily twice as slow.
            return Tolerance(float(found[1]) / 100, _LEAST_NS)
        return Tolerance(0.0, round(DurationType().convert(value, param, ctx) * 1e9))


_LEAST_NS = 5_000_000


class DiffCommand(click.Command):
    """A command whose `--timing` may stand alone, also in front of an argument."""

    @override
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = []
        for place, argument in enumerate(args):
            alone = argument == "--timing" and not (args[place + 1 :] and _TIME.fullmatch(args[place + 1]))
            given.append(f"--timing={_AS_USUAL}" if alone else argument)
        return super().parse_args(ctx, given)
