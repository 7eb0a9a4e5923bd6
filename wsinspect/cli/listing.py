"""What the listing commands share: records of one kind, printed as they come, as lines for people or as JSON."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from wsinspect.cli.lines import titles
from wsinspect.cli.progress import counted
from wsinspect.cli.render import Cell, Printer
from wsinspect.formats.records import Record, json_line


@dataclass(frozen=True, slots=True)
class Listing[Item]:
    """How one kind of record is listed."""

    plural: str
    titles: Sequence[str]
    widths: Sequence[int]
    line: Callable[[Item, int | None], list[Cell]]
    """Of a record and the terminal's width."""
    record: Callable[[Item], Record]


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
    printer.flush()


def chosen[Item](items: Iterable[Item], *, limit: int | None, last: int | None) -> Iterator[Item]:
    """Leave the first or the last so many of the items.

    Args:
        items: The records.
        limit: How many to begin with, None for all.
        last: How many of those to end with, None for all.
    """
    first = islice(items, limit)
    return first if last is None else iter(deque(first, last))
