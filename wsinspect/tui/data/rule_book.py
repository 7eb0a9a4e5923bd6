"""The rules that the screen shows: those of the engine, with what they have done; or those of files, where none runs.

The files are read here as well as by the engine: what is wrong with them is told whenever somebody looks, and not only
to who was there when the engine found it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from wsinspect.control.results import Rule, Status
from wsinspect.errors import RuleError, WsinspectError
from wsinspect.present.rule_page import Book
from wsinspect.present.rule_rows import FileProblem, RuleFacts, problems_of
from wsinspect.rules.load import LoadedRules, join
from wsinspect.rules.reach import event_of
from wsinspect.store.dry_run import read_files
from wsinspect.store.rule_sources import read_rules
from wsinspect.tui.data.engine import Engine


class RefusedError(WsinspectError):
    """Files were not loaded: what is wrong with them is among the problems of the book now."""


class RuleBook:
    """Knows the rules.

    Args:
        engine: The engine.
    """

    def __init__(self, engine: Engine) -> None:
        self.book = Book()
        self._engine = engine
        self._own: tuple[Path, ...] = ()
        self._refused: list[FileProblem] = []
        self._read = _Read()

    async def refresh(self) -> bool:
        """Look at the rules and their files again; return whether anything is different.

        Raises:
            WsinspectError: The engine cannot be asked.
        """
        runs = self._engine.connected
        files = await self._files()
        # A large file takes long to read, and hits are asked for every second.
        self._read = await asyncio.to_thread(_read_again, files, self._read)
        problems = list(self._read.problems)
        if runs:
            told = await self._engine.call("rules.list")
            assert isinstance(told, list)
            rules = tuple(_facts(Rule.model_validate(each)) for each in told)
        else:
            rules = tuple(_own_facts(self._read.loaded))
        problems += [problem for problem in self._refused if problem not in problems]
        before, self.book = self.book, Book(files, rules, tuple(problems), runs)
        return before != self.book

    async def load(self, file: Path) -> None:
        """Add a file.

        Raises:
            RefusedError: It is no rule file, or does not go with the others.
            WsinspectError: The engine cannot be asked.
        """
        await self._put((*(each for each in await self._files() if each != file), file))

    async def unload(self, file: Path) -> None:
        """Take a file away.

        Raises:
            RefusedError: The others cannot be loaded any more.
            WsinspectError: The engine cannot be asked.
        """
        await self._put(tuple(each for each in await self._files() if each != file))

    async def reload(self) -> None:
        """Read the files again.

        Raises:
            RefusedError: One cannot be used.
            WsinspectError: The engine cannot be asked.
        """
        await self._put(None)

    async def switch(self, rule: RuleFacts) -> None:
        """Turn a rule on or off.

        Raises:
            WsinspectError: There is no engine to ask it, or that refuses.
        """
        if not self._engine.connected:
            raise WsinspectError("no engine runs these rules: turn one off in its file, with 'enabled: false'")
        await self._engine.call("rules.disable" if rule.enabled else "rules.enable", rule=rule.id)

    async def _files(self) -> tuple[Path, ...]:
        if not self._engine.connected:
            return self._own
        return tuple(map(Path, Status.model_validate(await self._engine.call("status")).rule_files))

    async def _put(self, files: tuple[Path, ...] | None) -> None:
        """Have files loaded; None: those that are loaded already."""
        self._refused = []
        try:
            if not self._engine.connected:
                await asyncio.to_thread(read_files, self._own if files is None else files)
                self._own = self._own if files is None else files
            elif files is None:
                await self._engine.call("rules.reload")
            else:
                await self._engine.call("rules.load", files=[str(file.absolute()) for file in files])
        except WsinspectError as error:
            problems = problems_of(str(error))
            if not any(problem.line is not None for problem in problems) and not isinstance(error, RuleError):
                raise
            self._refused = problems
            told = (*self.book.problems, *(each for each in problems if each not in self.book.problems))
            self.book = replace(self.book, problems=told)
            raise RefusedError(error.message) from error


type _Stamp = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of files, and the state that they and what they include were in."""

    files: tuple[Path, ...] = ()
    loaded: LoadedRules = field(default_factory=lambda: LoadedRules(()))
    problems: tuple[FileProblem, ...] = ()
    stamps: tuple[_Stamp, ...] = ()


def _read_again(files: tuple[Path, ...], before: _Read) -> _Read:
    """Read files, unless nothing about them has changed; those with mistakes may include what is not there yet."""
    if files == before.files and not before.problems and before.stamps == _stamps(name for name, _, _ in before.stamps):
        return before
    return _read(files)


def _read(files: tuple[Path, ...]) -> _Read:
    """Read each file by itself: what is wrong with one hides no other."""
    read: list[LoadedRules] = []
    problems: list[FileProblem] = []
    for file in files:
        try:
            read.append(read_files([file]))
        except RuleError as error:
            problems += problems_of(str(error))
    try:
        loaded = join(read)
    except RuleError as error:
        loaded = LoadedRules(())
        problems += problems_of(str(error))
    names = {*map(str, files), *(name for each in read for name in each.files)}
    return _Read(files, loaded, tuple(problems), _stamps(sorted(names)))


def _stamps(names: Iterable[str]) -> tuple[_Stamp, ...]:
    stamps: list[_Stamp] = []
    for name in names:
        try:
            about = Path(name).stat()
        except OSError:
            stamps.append((name, 0, 0))
        else:
            stamps.append((name, about.st_mtime_ns, about.st_size))
    return tuple(stamps)


def _facts(rule: Rule) -> RuleFacts:
    return RuleFacts(
        rule.id, rule.place, rule.enabled, rule.event, rule.hits, rule.changed, rule.errors,
        None if rule.last_hit is None else round(rule.last_hit * 1e9), rule.last_error, rule.note,
    )  # fmt: skip


def _own_facts(loaded: LoadedRules) -> Sequence[RuleFacts]:
    return [
        RuleFacts(each.rule.id, each.place, each.rule.enabled, event_of(each.rule), note=each.rule.note)
        for each in loaded.rules
    ]


async def text_of(file: str) -> str | None:
    """Return the text of a rule file; None where it cannot be read."""
    try:
        return await asyncio.to_thread(read_rules, file)
    except (OSError, UnicodeDecodeError):
        return None
