"""`wsinspect stats`: how much of what there was, how large and how fast."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wsinspect.cli.parameters import capture_argument, filter_argument, json_option, sql_filter
from wsinspect.cli.printer import Printer
from wsinspect.cli.progress import counted
from wsinspect.formats.records import Json, Record, json_line, opcode_name, unix_seconds
from wsinspect.model import Gap, SessionId
from wsinspect.present.lines import DIRECTION_STYLES, QUIET, TITLE, gap_line
from wsinspect.present.statistics import Distribution, Statistics, Tally, tally_record
from wsinspect.present.text import Cell, duration_text, escape, number_of, size_text, spaced
from wsinspect.store.reader import CaptureReader

if TYPE_CHECKING:
    from wsinspect.query import SqlFilter

_SESSIONS_SHOWN = 30
_NAME_CELLS = 14


@dataclass(frozen=True, slots=True)
class Column:
    """A figure of the tables."""

    title: str
    width: int
    figure: Callable[[Tally], str]
    is_spared: bool = False
    """Whether it is left out on a narrow terminal."""


def _size_column(title: str, percent: int, *, is_spared: bool = False) -> Column:
    def figure(tally: Tally) -> str:
        return size_text(round(tally.sizes.percentile(percent))) if tally.sizes.count else ""

    return Column(title, 7, figure, is_spared)


def _time_column(
    title: str, percent: int, times: Callable[[Tally], Distribution], *, is_spared: bool = False
) -> Column:
    def figure(tally: Tally) -> str:
        values = times(tally)
        return duration_text(values.percentile(percent)) if values.count else ""

    return Column(title, 7, figure, is_spared)


def _rate_text(rate: float) -> str:
    return f"{rate:.1f}" if rate < 1000 else size_text(round(rate))


_COLUMNS = (
    Column("messages", 8, lambda tally: f"{tally.messages:,}"),
    Column("bytes", 6, lambda tally: size_text(tally.bytes)),
    Column("msg/s", 6, lambda tally: "" if tally.rate is None else _rate_text(tally.rate)),
    Column(
        "B/s", 6, lambda tally: "" if tally.byte_rate is None else size_text(round(tally.byte_rate)), is_spared=True
    ),
    _size_column("size50", 50),
    _size_column("size99", 99, is_spared=True),
    _size_column("sizemax", 100),
    _time_column("gap50", 50, lambda tally: tally.gaps),
    _time_column("gap99", 99, lambda tally: tally.gaps, is_spared=True),
    _time_column("turn50", 50, lambda tally: tally.turnarounds),
    _time_column("ping50", 50, lambda tally: tally.pings),
)


@click.command("stats")
@capture_argument
@filter_argument("message")
@json_option
def command(capture: Path, condition: SqlFilter | None, as_json: bool) -> None:
    """Count, measure and time the messages of a capture.

    size50 is the size that half of the messages do not exceed, size99 the one that 99 of a hundred do not. A gap is
    the time since the message before in the same direction; turn, the turnaround, the time from the last message of
    one direction to the next of the other; ping, the time until its pong. They are right to 2 %. FILTER chooses
    messages; pings are timed only without one.
    """
    with CaptureReader(capture) as reader:
        statistics = _gathered(reader, condition)
        gaps = reader.gaps()
        names = {session.id: session.url for session in reader.sessions() if session.id in statistics.sessions}
    if as_json:
        for record in chain(_records(statistics), map(_gap_record, gaps)):
            sys.stdout.buffer.write(json_line(record))
        sys.stdout.buffer.flush()
        return
    printer = Printer()
    for line in chain(_tables(statistics, names, fitting_columns(printer.width)), map(gap_line, gaps)):
        printer.line(line)
    printer.flush()


def _gathered(reader: CaptureReader, condition: SqlFilter | None) -> Statistics:
    statistics = Statistics()
    messages = reader.messages(condition, payload_limit=0)
    for message in counted(messages, "messages", shown=True):
        statistics.add_message(message)
    if condition is None:
        for frame in reader.frames(sql_filter("opcode in (ping, pong)", "frame")):
            statistics.add_control(frame)
    return statistics


def _records(statistics: Statistics) -> Iterator[Record]:
    yield {"of": "capture", "sessions": len(statistics.sessions), **tally_record(statistics.whole)}
    for session in sorted(statistics.sessions):
        yield {"of": "session", "session": session, **tally_record(statistics.sessions[session])}
    for kind, tally in statistics.kinds.items():
        named: dict[str, Json] = {"of": "type", "dir": kind.direction.label, "type": opcode_name(kind.opcode)}
        if kind.protocol is not None:
            named["protocol"] = kind.protocol
        yield {**named, **tally_record(tally)}


def _gap_record(gap: Gap) -> Record:
    record: Record = {"of": "gap", "time": unix_seconds(gap.time), "end": unix_seconds(gap.end), "frames": gap.frames}
    record |= {"messages": gap.messages, "bytes": gap.bytes, "why": gap.why}
    return record if gap.session is None else {**record, "session": gap.session}


def fitting_columns(width: int | None) -> Sequence[Column]:
    """Choose the figures that a terminal has room for; None is one without an end."""
    needed = _NAME_CELLS + sum(column.width + 2 for column in _COLUMNS)
    if width is None or needed <= width:
        return _COLUMNS
    return [column for column in _COLUMNS if not column.is_spared]


def _tables(statistics: Statistics, names: dict[SessionId, str], columns: Sequence[Column]) -> Iterator[list[Cell]]:
    whole = statistics.whole
    lasting = f" in {duration_text(whole.seconds)}" if whole.seconds else ""
    counts = f"{number_of(whole.messages, 'message')} of {number_of(len(names), 'session')}"
    yield [(f"{counts}, {size_text(whole.bytes)} bytes{lasting}", TITLE)]
    yield []
    yield _title_line("type", columns)
    for kind, tally in sorted(statistics.kinds.items(), key=lambda item: -item[1].messages):
        protocol = f" {escape(kind.protocol)}" if kind.protocol else ""
        name = f"{kind.direction.label} {opcode_name(kind.opcode)}{protocol}"
        yield _figure_line(name, DIRECTION_STYLES[kind.direction], tally, columns)
    yield _figure_line("all", "", whole, columns)
    yield []
    yield _title_line("session", columns)
    busiest = sorted(statistics.sessions.items(), key=lambda item: (-item[1].messages, item[0]))
    for session, tally in busiest[:_SESSIONS_SHOWN]:
        yield [*_figure_line(str(session), TITLE, tally, columns), (f"  {escape(names.get(session, ''))}", "")]
    if len(busiest) > _SESSIONS_SHOWN:
        yield [(f"\u2026 and {len(busiest) - _SESSIONS_SHOWN:,} less busy ones; --json has them all", "yellow")]


def _title_line(first: str, columns: Sequence[Column]) -> list[Cell]:
    return _line((first, TITLE), [(column.title, QUIET) for column in columns], columns)


def _figure_line(name: str, style: str, tally: Tally, columns: Sequence[Column]) -> list[Cell]:
    return _line((name, style), [(column.figure(tally), "") for column in columns], columns)


def _line(first: Cell, cells: list[Cell], columns: Sequence[Column]) -> list[Cell]:
    return spaced([first, *cells], (_NAME_CELLS, *(-column.width for column in columns)))
