"""`wsinspect stats`: how much of what there was, how large and how fast."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wsinspect.cli.lines import DIRECTION_STYLES, QUIET, TITLE
from wsinspect.cli.parameters import capture_argument, filter_argument, json_option, sql_filter
from wsinspect.cli.progress import counted
from wsinspect.cli.render import Cell, Printer, duration_text, escape, size_text, spaced
from wsinspect.cli.statistics import Distribution, Statistics, Tally, tally_record
from wsinspect.formats.records import Json, Record, json_line, opcode_name
from wsinspect.model import SessionId
from wsinspect.store.reader import CaptureReader

if TYPE_CHECKING:
    from wsinspect.query import SqlFilter

_SESSIONS_SHOWN = 30
_FIGURE_TITLES = (
    "messages",
    "bytes",
    "msg/s",
    "B/s",
    "size p50",
    "p99",
    "max",
    "gap p50",
    "p99",
    "turn p50",
    "ping p50",
)
_FIGURE_WIDTHS = (-8, -7, -7, -7, -8, -7, -7, -7, -7, -8, -8)
_NAME_CELLS = 24


@click.command("stats")
@capture_argument
@filter_argument("message")
@json_option
def command(capture: Path, condition: SqlFilter | None, as_json: bool) -> None:
    """Count, measure and time the messages of a capture.

    A gap is the time since the message before in the same direction; a turnaround ("turn") the time from the last
    message of one direction to the next of the other; a ping the time until its pong. Percentiles are right to 2 %.
    FILTER chooses messages; pings are timed only without one.
    """
    with CaptureReader(capture) as reader:
        statistics = _gathered(reader, condition)
        names = {session.id: session.url for session in reader.sessions() if session.id in statistics.sessions}
    if as_json:
        for record in _records(statistics):
            sys.stdout.buffer.write(json_line(record))
        sys.stdout.buffer.flush()
        return
    printer = Printer()
    for line in _tables(statistics, names):
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


def _tables(statistics: Statistics, names: dict[SessionId, str]) -> Iterator[list[Cell]]:
    whole = statistics.whole
    lasting = f" in {duration_text(whole.seconds)}" if whole.seconds else ""
    yield [(f"{whole.messages:,} messages of {len(names):,} sessions, {size_text(whole.bytes)} bytes{lasting}", TITLE)]
    yield []
    yield _title_line("type")
    for kind, tally in sorted(statistics.kinds.items(), key=lambda item: -item[1].messages):
        protocol = f" {escape(kind.protocol)}" if kind.protocol else ""
        name = f"{kind.direction.label} {opcode_name(kind.opcode)}{protocol}"
        yield _figure_line(name, DIRECTION_STYLES[kind.direction], tally)
    yield _figure_line("all", "", whole)
    yield []
    yield _title_line("session")
    busiest = sorted(statistics.sessions.items(), key=lambda item: (-item[1].messages, item[0]))
    for session, tally in busiest[:_SESSIONS_SHOWN]:
        yield [*_figure_line(str(session), TITLE, tally), (f"  {escape(names.get(session, ''))}", "")]
    if len(busiest) > _SESSIONS_SHOWN:
        yield [(f"\u2026 and {len(busiest) - _SESSIONS_SHOWN:,} less busy ones; --json has them all", "yellow")]


def _title_line(first: str) -> list[Cell]:
    return spaced([(first, TITLE), *((title, QUIET) for title in _FIGURE_TITLES)], (_NAME_CELLS, *_FIGURE_WIDTHS))


def _figure_line(name: str, style: str, tally: Tally) -> list[Cell]:
    figures = [
        f"{tally.messages:,}",
        size_text(tally.bytes),
        "" if tally.rate is None else f"{tally.rate:,.1f}",
        "" if tally.byte_rate is None else size_text(round(tally.byte_rate)),
        *_figures(tally.sizes, (50, 99, 100)),
        *_times(tally.gaps, (50, 99)),
        *_times(tally.turnarounds, (50,)),
        *_times(tally.pings, (50,)),
    ]
    return spaced([(name, style), *((figure, "") for figure in figures)], (_NAME_CELLS, *_FIGURE_WIDTHS))


def _figures(values: Distribution, percentiles: tuple[int, ...]) -> list[str]:
    return [size_text(round(values.percentile(percent))) if values.count else "" for percent in percentiles]


def _times(values: Distribution, percentiles: tuple[int, ...]) -> list[str]:
    return [duration_text(values.percentile(percent)) if values.count else "" for percent in percentiles]
