"""`wsinspect rules check`: what is wrong with rule files, all of it, each with its place."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.parameters import json_option
from wsinspect.errors import RuleError
from wsinspect.formats.records import Record, json_line
from wsinspect.present.text import escape_lines

if TYPE_CHECKING:
    from wsinspect.rules.load import LoadedRules
    from wsinspect.rules.problems import Problem

_PLACED = re.compile(r"(.+?):(\d+):(\d+): (.*)", re.DOTALL)


@click.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def command(files: tuple[Path, ...], *, as_json: bool) -> ExitStatus:
    """Say what is wrong with rule files: all problems, each as file:line:column.

    Several files are checked as they would be loaded together. Nothing is run, and no engine is asked. The exit status
    is 3 when there is a problem.

    With --json every problem is printed as {"file", "line", "column", "message"}.
    """
    loaded, problems = check(files)
    for problem in problems:
        if as_json:
            sys.stdout.buffer.write(json_line(_record(problem)))
        else:
            click.echo(escape_lines(str(problem)), err=True)
    if not problems and not as_json:
        for file, rules in zip(files, loaded, strict=True):
            click.echo(escape_lines(f"{file}: {_count(rules)}"))
    sys.stdout.buffer.flush()
    return ExitStatus.INPUT if problems else ExitStatus.DONE


def check(files: Sequence[Path]) -> tuple[list[LoadedRules], list[Problem]]:
    """Read files, each by itself and those that can be read together.

    Returns:
        What was read, and what is wrong.
    """
    from wsinspect.rules.compile import RuleSet  # noqa: PLC0415
    from wsinspect.rules.load import join, load  # noqa: PLC0415
    from wsinspect.store.rule_sources import read_rules, surroundings_of  # noqa: PLC0415 - start-up time

    loaded: list[LoadedRules] = []
    problems: list[Problem] = []
    for file in files:
        try:
            loaded.append(load(file.as_posix(), read_rules))
        except RuleError as error:
            problems += problems_of(error)
    try:
        RuleSet(join(loaded), surroundings_of({}, scripts=True))
    except RuleError as error:
        problems += problems_of(error)
    return loaded, problems


def problems_of(error: RuleError) -> Iterator[Problem]:
    """List the problems that an error tells of."""
    from wsinspect.rules.problems import Place, Problem, RuleFileError  # noqa: PLC0415 - start-up time

    if isinstance(error, RuleFileError):
        yield from error.problems
        return
    for line in str(error).splitlines():
        placed = _PLACED.fullmatch(line)
        if placed is None:
            yield Problem("rules", None, line)
        else:
            yield Problem(placed[1], Place(int(placed[2]), int(placed[3])), placed[4])


def _count(loaded: LoadedRules) -> str:
    number = len(loaded.rules)
    disabled = sum(not each.rule.enabled for each in loaded.rules)
    text = f"{number:,} rule{'' if number == 1 else 's'}"
    return f"{text}, {disabled:,} of them disabled" if disabled else text


def _record(problem: Problem) -> Record:
    record: Record = {"file": problem.file}
    if problem.place is not None:
        record |= {"line": problem.place.line, "column": problem.place.column}
    return {**record, "message": problem.message}
