"""What the control channel answers, as lines for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from wsinspect.control.client import ControlNotice
from wsinspect.control.messages import Json
from wsinspect.model import Direction
from wsinspect.present.lines import BAD, DIRECTION_STYLES, MARK, QUIET, TITLE
from wsinspect.present.text import Cell, clock, date_and_clock, escape, size_text, spaced

type _Row = dict[str, Json]

_KIND_CELLS = 13
_PLACE_CELLS = 7
_BAD_NEWS = {"rule_error", "alert", "expect_failed", "unmatched", "limit", "lost"}


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    cell: Callable[[_Row], Cell]
    is_number: bool = False


def _text(key: str, style: str = "") -> Callable[[_Row], Cell]:
    return lambda row: ("" if row.get(key) is None else escape(str(row[key])), style)


def _time(key: str) -> Callable[[_Row], Cell]:
    return lambda row: ("" if row.get(key) is None else date_and_clock(_nanoseconds(row[key]))[:19], "")


def _size(key: str) -> Callable[[_Row], Cell]:
    return lambda row: (size_text(_whole(row[key])), "")


def _both(key: str) -> Callable[[_Row], Cell]:
    def cell(row: _Row) -> Cell:
        counts = row.get(key)
        assert isinstance(counts, dict)
        return f"{size_text(_whole(counts['c2s']))}/{size_text(_whole(counts['s2c']))}", ""

    return cell


def _direction(row: _Row) -> Cell:
    label = str(row["dir"])
    return label, DIRECTION_STYLES[Direction[label.upper()]]


def _message(row: _Row) -> Cell:
    return f"{row['session']}.{row['message']}", TITLE


def _switch(row: _Row) -> Cell:
    return ("on", "green") if row["enabled"] else ("off", QUIET)


def _errors(row: _Row) -> Cell:
    return str(row["errors"]), BAD if row["errors"] else ""


def _number(title: str, key: str) -> _Column:
    return _Column(title, _text(key), is_number=True)


_TABLES: dict[str, Sequence[_Column]] = {
    "sessions": (
        _Column("id", _text("id", TITLE), is_number=True),
        _Column("opened", _time("opened")),
        _Column("messages", _both("messages")),
        _Column("bytes", _both("bytes")),
        _Column("url", _text("url")),
    ),
    "breakpoints": (
        _Column("breakpoint", _text("breakpoint", TITLE), is_number=True),
        _number("hits", "hits"),
        _Column("owner", _text("owner")),
        _Column("filter", _text("filter")),
    ),
    "held": (
        _Column("id", _message),
        _Column("since", _time("since")),
        _Column("dir", _direction),
        _Column("type", _text("type")),
        _Column("size", _size("size"), is_number=True),
        _Column("changed", lambda row: ("yes", MARK) if row["changed"] else ("", "")),
        _Column("by", _text("by")),
    ),
    "rules.list": (
        _Column("rule", _text("id", TITLE)),
        _Column("", _switch),
        _Column("event", _text("event")),
        _number("hits", "hits"),
        _number("changed", "changed"),
        _Column("errors", _errors, is_number=True),
        _Column("last hit", _time("last_hit")),
        _Column("place", _text("place")),
    ),
    "methods": (_Column("method", _text("method", TITLE)), _Column("", _text("meaning"))),
}


def has_table(method: str) -> bool:
    """Tell whether the result of a method is shown as a table."""
    return method in _TABLES


def table(method: str, result: Json) -> Iterator[list[Cell]]:
    """Make the lines of a result."""
    columns = _TABLES[method]
    assert isinstance(result, list)
    rows = [row for row in result if isinstance(row, dict)]
    cells = [[column.cell(row) for column in columns] for row in rows]
    widths = [
        max([len(column.title), *(len(line[index][0]) for line in cells)]) * (-1 if column.is_number else 1)
        for index, column in enumerate(columns[:-1])
    ]
    yield spaced([(column.title, TITLE) for column in columns], widths)
    for row, line in zip(rows, cells, strict=True):
        yield spaced(line, widths)
        if row.get("last_error") is not None:
            yield [(f"    {escape(str(row['last_error']))}", BAD)]


def notice_line(notice: ControlNotice) -> list[Cell]:
    """Make the line of a notice."""
    params = notice.params
    if notice.kind == "lost":
        return [(f"{params['count']} notices came too fast and are left out here", BAD)]
    if notice.kind == "status":
        return [(_status_text(params), QUIET)]
    place = "" if params.get("session") is None else str(params["session"])
    if params.get("message") is not None:
        place = f"{place}.{params['message']}"
    said = [escape(str(params[key])) for key in ("rule", "text") if params.get(key) is not None]
    row: list[Cell] = [
        (clock(_nanoseconds(params["time"])), QUIET),
        (escape(notice.kind), BAD if notice.kind in _BAD_NEWS else TITLE),
        (place, ""),
        (": ".join(said), ""),
    ]
    return spaced(row, (12, _KIND_CELLS, _PLACE_CELLS))


def _status_text(status: _Row) -> str:
    shown = (
        f"{status['open_sessions']} sessions open, {status['messages']} messages,"
        f" {size_text(_whole(status['bytes']))} bytes, {status['held']} held"
    )
    return f"{shown}, not recording" if not status["recording"] else shown


def _whole(value: Json) -> int:
    assert isinstance(value, int)
    return value


def _nanoseconds(value: Json) -> int:
    assert isinstance(value, int | float)
    return round(value * 1e6) * 1000
