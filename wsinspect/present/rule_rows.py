"""Rules as lines for people: a row for each, its text with line numbers, and what is wrong with a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wsinspect.present.charts import Line
from wsinspect.present.lines import BAD, MARK, QUIET, TITLE
from wsinspect.present.text import cell_len, clock, escape, pad, size_text

ON, OFF = "●", "○"
_PLACE = re.compile(r"(?P<file>.*):(?P<line>\d+):(?P<column>\d+)", re.DOTALL)
_PROBLEM = re.compile(r"(?P<file>.+?):(?P<line>\d+):(?P<column>\d+): (?P<message>.*)")
_MOST_LINES = 400
_AROUND = 3
_EVENT_CELLS, _COUNT_CELLS = 9, 8
_ID_LEAST, _ID_MOST = 8, 32
_FIXED = 1 + 2 + _EVENT_CELLS + 3 * (_COUNT_CELLS + 1) + 2 + 8 + 2


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What is known of a rule."""

    id: str
    place: str
    """`file:line:column`."""
    enabled: bool
    event: str
    hits: int | None = None
    """None where no engine runs it."""
    changed: int = 0
    errors: int = 0
    last_hit: int | None = None
    """Unix nanoseconds."""
    last_error: str | None = None
    note: str | None = None

    @property
    def file(self) -> str:
        """The file that it is in."""
        found = _PLACE.fullmatch(self.place)
        return found["file"] if found else self.place

    @property
    def line(self) -> int:
        """The 1-based line that it begins in."""
        found = _PLACE.fullmatch(self.place)
        return int(found["line"]) if found else 1


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Something that is wrong with a rule file."""

    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        where = [part for part in (self.file, self.line, self.column) if part is not None]
        return ": ".join([":".join(map(str, where)), self.message]) if where else self.message


def problems_of(text: str) -> list[FileProblem]:
    """Read what an error about rule files says: a line for each problem, most with a place in front."""
    return [_problem(line) for line in text.splitlines() if line.strip()]


def _problem(line: str) -> FileProblem:
    found = _PROBLEM.fullmatch(line)
    if found is None:
        return FileProblem(line)
    return FileProblem(found["message"], found["file"], int(found["line"]), int(found["column"]))


def rule_titles(width: int, widest: int) -> Line:
    """Make the line above the rows; the arguments are those of `rule_row`."""
    titles = f"  {pad('rule', _id_cells(width, widest))} {pad('on', _EVENT_CELLS)}"
    counts = "".join(f" {title:>{_COUNT_CELLS}}" for title in ("hits", "changed", "errors"))
    return [(f"{titles}{counts}  {'last':<8}  note", QUIET)]


def rule_row(rule: RuleFacts, width: int, widest: int) -> Line:
    """Make the row of a rule.

    Args:
        rule: The rule.
        width: Cells there are.
        widest: Characters of the longest id.
    """
    room = _id_cells(width, widest)
    name = escape(rule.id)
    shown = name if len(name) <= room else name[: room - 1] + "…"
    counts = ("", "", "") if rule.hits is None else tuple(map(_count_text, (rule.hits, rule.changed, rule.errors)))
    last = "" if rule.last_hit is None else clock(rule.last_hit)[:8]
    style = "" if rule.enabled else QUIET
    return [
        (f"{ON if rule.enabled else OFF} ", "green" if rule.enabled else QUIET),
        (pad(shown, room) + " ", TITLE if rule.enabled else QUIET),
        (pad(rule.event, _EVENT_CELLS)[:_EVENT_CELLS], style),
        (f" {counts[0]:>{_COUNT_CELLS}} {counts[1]:>{_COUNT_CELLS}}", style),
        (f" {counts[2]:>{_COUNT_CELLS}}", BAD if rule.errors else style),
        (f"  {last:<8}  ", QUIET),
        (escape(rule.last_error or ""), BAD) if rule.last_error else (escape(rule.note or ""), QUIET),
    ]


def _count_text(count: int) -> str:
    return f"{count:,}" if count < 1_000_000 else size_text(count)


def _id_cells(width: int, widest: int) -> int:
    return min(max(widest, _ID_LEAST), _ID_MOST, max(width - _FIXED, _ID_LEAST))


def problem_row(problem: FileProblem) -> Line:
    """Make the row of a problem; its file is told above it."""
    at = "" if problem.line is None else f"{problem.line}:{problem.column}: "
    return [("✕ ", BAD), (at, TITLE), (escape(problem.message), BAD)]


def rule_lines(rule: RuleFacts, text: str | None) -> Iterator[Line]:
    """Tell all of a rule: what it is doing, what was wrong, and how it is written.

    Args:
        rule: The rule.
        text: Of its file; None where that cannot be read.
    """
    yield [(escape(rule.id), TITLE), (f"  {ON} on" if rule.enabled else f"  {OFF} off", "" if rule.enabled else MARK)]
    yield [(escape(rule.place), QUIET)]
    if rule.note:
        yield [(escape(rule.note), "")]
    if rule.hits is not None:
        acted = f"acted {rule.hits:,} times, changed {rule.changed:,} messages, failed {rule.errors:,} times"
        yield [(acted, BAD if rule.errors else "")]
    if rule.last_error:
        yield [("last error: ", BAD), (escape(rule.last_error), "")]
    yield []
    if text is None:
        yield [("Its file cannot be read.", BAD)]
    else:
        yield from source_lines(text, rule.place)


def problem_lines(problem: FileProblem, text: str | None) -> Iterator[Line]:
    """Tell what is wrong, and show where.

    Args:
        problem: What is wrong.
        text: Of its file; None where that cannot be read.
    """
    yield [(escape(problem.message), BAD)]
    if problem.file is None:
        return
    where = f"{problem.file}:{problem.line}:{problem.column}" if problem.line is not None else problem.file
    yield [(escape(where), QUIET)]
    if text is None or problem.line is None or problem.column is None:
        return
    yield []
    lines = text.splitlines()
    first = max(problem.line - _AROUND, 1)
    digits = len(str(problem.line + _AROUND))
    for number, line in enumerate(lines[first - 1 : problem.line + _AROUND], first):
        yield [(f"{number:>{digits}}  ", QUIET), (escape(line), "" if number == problem.line else QUIET)]
        if number == problem.line:
            before = escape(line[: problem.column - 1])
            yield [(" " * (digits + 2 + cell_len(before)) + "^", BAD)]


def source_lines(text: str, place: str) -> Iterator[Line]:
    """Show the part of a file that a rule is written in, with the numbers of its lines.

    Args:
        text: Of the file.
        place: `file:line:column` of the first key of the rule.
    """
    found = _PLACE.fullmatch(place)
    first, indent = (int(found["line"]), int(found["column"]) - 1) if found else (1, 0)
    lines = text.splitlines()
    shown = list(_lines_of_item(lines[first - 1 :], indent))
    digits = len(str(first + len(shown)))
    for number, line in enumerate(shown, first):
        code, mark, comment = _split_comment(line)
        yield [(f"{number:>{digits}}  ", QUIET), (escape(code), ""), (escape(mark + comment), "green")]


def _lines_of_item(lines: Sequence[str], indent: int) -> Iterator[str]:
    kept: list[str] = []
    for place, line in enumerate(lines[:_MOST_LINES]):
        stripped = line.lstrip(" ")
        inside = len(line) - len(stripped) >= indent
        if place and stripped and not inside and not stripped.startswith("#"):
            return
        kept.append(line.expandtabs(2))
        if not place or (stripped and inside):
            # What stands between two items belongs to the one below.
            yield from kept
            kept = []


def _split_comment(line: str) -> tuple[str, str, str]:
    """Split a comment that has a line to itself off; others might be in a text."""
    return ("", "", line) if line.lstrip().startswith("#") else (line, "", "")
