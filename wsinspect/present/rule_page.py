"""The page of rules: what is told above them, and the rows of files, rules and problems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wsinspect.present.charts import Line
from wsinspect.present.lines import BAD, MARK, QUIET, TITLE
from wsinspect.present.rule_rows import FileProblem, RuleFacts, problem_row, rule_row, rule_titles
from wsinspect.present.text import escape, number_of

_BAR_CELLS = 20


@dataclass(frozen=True, slots=True)
class Book:
    """The rules as they are now."""

    files: tuple[Path, ...] = ()
    """As they were named; those that they include are not among them."""
    rules: tuple[RuleFacts, ...] = ()
    problems: tuple[FileProblem, ...] = ()
    """Of the files as they are on disk, and of what a person wanted to load."""
    runs: bool = False
    """Whether an engine runs the rules."""

    def rule(self, key: str) -> RuleFacts | None:
        """Return the rule of a row."""
        return next((rule for rule in self.rules if rule_key(rule) == key), None)

    def problem(self, key: str) -> FileProblem | None:
        """Return the problem of a row."""
        return next((problem for place, problem in enumerate(self.problems) if _problem_key(place) == key), None)


def rule_key(rule: RuleFacts) -> str:
    """Return what the row of a rule is known by."""
    return f"rule {rule.id}"


def _problem_key(place: int) -> str:
    return f"problem {place}"


def head_lines(book: Book) -> list[Line]:
    """Tell how many rules there are, whether they act, and whether anything is wrong."""
    where = "which the engine runs" if book.runs else "which no engine runs: so they are in their files"
    if not book.files:
        where = "the engine runs none" if book.runs else "no engine runs"
    counts = (f"{number_of(len(book.rules), 'rule')} of {number_of(len(book.files), 'file')}", TITLE)
    lines: list[Line] = [[counts, (f", {where}", QUIET)]]
    if book.problems:
        stay = "; the rules stay as they were" if book.runs and book.rules else ""
        lines.append([(f"✕ {number_of(len(book.problems), 'problem')}{stay}", BAD)])
    elif book.runs:
        errors = sum(rule.errors for rule in book.rules)
        lines.append([(f"acted {number_of(sum(rule.hits or 0 for rule in book.rules), 'time')}", "")])
        if errors:
            lines[-1].append((f", failed {number_of(errors, 'time')}", BAD))
    return lines


def book_rows(book: Book, width: int) -> Iterator[tuple[str, Line]]:
    """Make the rows: problems first, then rules below their files.

    Args:
        book: The rules.
        width: Cells there are.

    Yields:
        What a row is known by, empty where it cannot be chosen; and its cells.
    """
    file: str | None = None
    for place, problem in enumerate(book.problems):
        if problem.file is not None and problem.file != file:
            file = problem.file
            yield "", [(escape(file), MARK)]
        yield _problem_key(place), problem_row(problem)
    widest = max((len(rule.id) for rule in book.rules), default=0)
    if book.rules:
        yield "", rule_titles(width, widest)
    file = None
    for rule in book.rules:
        if rule.file != file:
            file = rule.file
            yield "", [(escape(file), MARK)]
        yield rule_key(rule), rule_row(rule, width, widest)
    if not book.rules and not book.problems:
        yield from (("", [(line, QUIET)]) for line in _hints(book))


def _hints(book: Book) -> Sequence[str]:
    first = "There is no rule in these files." if book.files else "No rules."
    if book.runs:
        return (
            first, "",
            "Press l to load a rule file, or t on a message",
            "in the traffic to write a rule that matches it.",
        )  # fmt: skip
    return (
        first, "",
        "Press l to load a rule file, then d to see what",
        "it would do to this capture. t on a message in",
        "the traffic writes a rule that matches it.",
        "Rules act in an engine: wsinspect --rules FILE",
    )  # fmt: skip


def trial_head(done: float) -> Line:
    """Tell how far a dry run has come; 1 is its end."""
    if done >= 1:
        return [("What the rules would have done to this capture. Nothing was sent.", QUIET)]
    filled = round(done * _BAR_CELLS)
    return [("█" * filled + "░" * (_BAR_CELLS - filled), MARK), (f" {done:.0%}", MARK), ("   d stops it", QUIET)]
