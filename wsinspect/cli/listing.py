"""What the listing commands share: records of one kind, printed as they come, as lines for people or as JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import click

from wsinspect.cli.printer import Printer
from wsinspect.cli.progress import counted
from wsinspect.formats.records import Record, json_line
from wsinspect.present.lines import gap_line, titles
from wsinspect.present.text import Cell
from wsinspect.store.reader import CaptureReader

_LINE_BYTES = 4096
"""No line of a terminal shows more of a payload."""


@dataclass(frozen=True, slots=True)
class Listing[Item]:
    """How one kind of record is listed."""

    plural: str
    titles: Sequence[str]
    widths: Sequence[int]
    line: Callable[[Item, int | None], list[Cell]]
    """Of a record and the terminal's width."""
    record: Callable[[Item], Record]
    below: Callable[[Item, int | None], list[Cell] | None] = lambda _item, _width: None
    """A second line, where there is more to say."""


def print_listing[Item](items: Iterable[Item], listing: Listing[Item], *, as_json: bool) -> None:
    """Print records as they come.

    Args:
        items: The records.
        listing: How they are listed.
        as_json: Whether to print JSON.
    """
    counted_items = counted(items, listing.plural, shown=not sys.stdout.isatty())
    if as_json:
        output = sys.stdout.buffer
        for item in counted_items:
            output.write(json_line(listing.record(item)))
        output.flush()
        return
    printer = Printer()
    printer.line(titles(listing.titles, listing.widths))
    for item in counted_items:
        printer.line(listing.line(item, printer.width))
        if below := listing.below(item, printer.width):
            printer.line(below)
    printer.flush()


def tell_gaps(reader: CaptureReader) -> None:
    """Say on standard error what could not be recorded, so that nobody takes a listing for the whole."""
    for gap in reader.gaps():
        for text, _ in gap_line(gap):
            click.echo(f"Warning: {text}", err=True)


def payload_bytes(payload_limit: int | None, *, as_json: bool) -> int | None:
    """Tell how much of each payload has to be read, None for all.

    Args:
        payload_limit: What was asked for: bytes, -1 for all, None for what fits on a line.
        as_json: Whether JSON is printed, which has whole payloads.
    """
    if as_json or (payload_limit is not None and payload_limit < 0):
        return None
    return _LINE_BYTES if payload_limit is None else payload_limit
