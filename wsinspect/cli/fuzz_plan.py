"""What `fuzz` is to send: the message, the positions in it, and the variations, as the options say."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from wsinspect.errors import StoreError, WsinspectError
from wsinspect.model import Direction
from wsinspect.present.text import escape
from wsinspect.replay.fuzz import payload_lists
from wsinspect.replay.fuzz.context import carried_by
from wsinspect.replay.fuzz.mutators import MUTATORS, Plan, spread, variations
from wsinspect.replay.fuzz.payload_lists import As, Mode
from wsinspect.replay.fuzz.positions import MARK, Position, Range, fields, parse_range, ranges, template
from wsinspect.replay.fuzz.recorded import Elsewhere
from wsinspect.replay.fuzz.variation import Carried, Variation
from wsinspect.replay.recording import Event, Recording

_MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options say about what to send."""

    fields: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    template: str | None = None
    mutators: tuple[str, ...] = ()
    """Empty: all, unless there are lists."""
    lists: tuple[str, ...] = ()
    """Files; `-` is standard input."""
    mode: Mode = Mode.SNIPER
    meant: As = As.AUTO
    most: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """What to send."""

    carried: Carried
    by_bytes: bool
    """Whether positions are places in exactly these bytes; else they are found in the message as it goes."""
    total: int
    """How many variations there will be."""
    make: Callable[[], Iterator[Variation]]
    """Yields them, the same each time."""


def message_of(recording: Recording, number: int) -> Event:
    """Return the message of the client that is to be varied.

    Raises:
        UsageError: It is the server's.
        StoreError: There is none, or not the whole of it.
    """
    event = next((event for event in recording.events if event.number == number), None)
    if event is None:
        raise StoreError(f"there is no message {number} in session {recording.session.id}")
    if event.direction is not Direction.C2S:
        ours = _named([str(message.number) for message in recording.messages(Direction.C2S)])
        raise click.UsageError(f"message {number} came from the server; of the client there are {ours}")
    if not event.complete:
        raise StoreError(f"message {number} is not wholly on record")
    return event


def planned(recording: Recording, event: Event, wanted: Wanted) -> Planned:
    """Work out what to send.

    Raises:
        UsageError: The options do not go together, or leave nothing to send.
        WsinspectError: A list cannot be read.
    """
    carried = carried_by(event)
    if wanted.template is not None:
        carried, positions = _from_template(wanted, carried)
    else:
        positions = _positions(wanted, carried)
    chosen = bool(wanted.fields or wanted.ranges or wanted.template is not None)
    names = wanted.mutators or (
        () if wanted.lists else tuple(name for name in MUTATORS if name != "frames" or not chosen)
    )
    lists = [payload_lists.lines_of(_read(name)) for name in wanted.lists]
    try:
        payload_lists.check(wanted.mode, positions, lists)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    plan = Plan(carried, positions, wanted.fields, chosen, Elsewhere(recording.messages()).values)

    def every() -> Iterator[Variation]:
        if lists:
            yield from payload_lists.from_lists(wanted.mode, positions, lists, wanted.meant, of_text=carried.of_text)
        yield from variations(plan, names, random.Random(wanted.seed))  # noqa: S311 - nothing secret, but repeatable

    total = sum(1 for _ in every())
    if not total:
        raise click.UsageError(_nothing(carried, positions, names))
    most = total if wanted.most is None else min(wanted.most, total)
    by_bytes = any(position.range is not None for position in positions)
    return Planned(carried, by_bytes, most, lambda: spread(every(), total, wanted.most))


def _from_template(wanted: Wanted, carried: Carried) -> tuple[Carried, list[Position]]:
    if wanted.fields or wanted.ranges:
        raise click.UsageError(f"--template has its positions between {MARK}: choose it, or --field and --range")
    try:
        payload, positions = template(wanted.template or "", of_text=carried.of_text)
    except ValueError as error:
        raise click.UsageError(f"--template: {error}") from error
    return Carried(carried.opcode, payload, carried.compressed), positions


def _positions(wanted: Wanted, carried: Carried) -> list[Position]:
    """Return the positions in the order of the options, fields before ranges."""
    found: list[Position] = []
    for pattern in wanted.fields:
        of_pattern = fields(carried, (pattern,))
        if not of_pattern:
            known = _named([position.path for position in fields(carried, ())])
            raise click.UsageError(f"no field of the message is meant by {pattern!r}; it has {known}")
        found += [position for position in of_pattern if position not in found]
    try:
        wanted_ranges = [parse_range(text) for text in wanted.ranges]
    except ValueError as error:
        raise click.UsageError(f"--range: {error}") from error
    size = len(carried.payload)
    if beyond := [one for one in wanted_ranges if one.start > size or (one.end or 0) > size]:
        raise click.UsageError(f"--range {beyond[0].start}:{beyond[0].end or ''}: the message has {size:,} bytes")
    found += ranges(carried, wanted_ranges)
    if found:
        return found
    # Where nothing is known of what the message holds, it is one value.
    return fields(carried, ()) or ranges(carried, [Range(0, None)])


def _read(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise WsinspectError(f"cannot read the payloads: {error.strerror or error}", where=name) from error


def _nothing(carried: Carried, positions: Sequence[Position], names: Sequence[str]) -> str:
    if not names:
        return "there is no payload in the lists"
    known = _named([position.path for position in positions])
    kind = "text" if carried.of_text else "binary"
    return f"{', '.join(names)} have nothing for this {kind} message, whose fields are {known}"


def _named(names: Sequence[str]) -> str:
    more = ", …" if len(names) > _MOST_NAMED else ""
    return escape(", ".join(names[:_MOST_NAMED]) + more) or "none"
