"""The rule files of an engine: read, watched, and read again when they change.

A file that changed is read at once, as editors write files whole or nearly so; what a half-written one gives is an
error that the next look mends. The last good rules stay until then.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from wsinspect.errors import RuleError
from wsinspect.rules.actions_replay import wanted_by
from wsinspect.rules.compile import RuleSet
from wsinspect.rules.load import LoadedRules, join, load
from wsinspect.rules.ruling import Replay
from wsinspect.rules.state import Memory
from wsinspect.rules.turn import Surroundings
from wsinspect.store.rule_sources import read_rules

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.2

type _Stamp = tuple[int, int, int] | None


class RuleFiles:
    """Holds the rules that are in force.

    Args:
        surroundings: What rules know of the world.
        own: Rules in front of those of files, which stay as they are: a name, which says the folder, and the text.

    Raises:
        RuleError: Something is wrong with these.
    """

    def __init__(self, surroundings: Surroundings, own: tuple[str, str] | None = None) -> None:
        self.on_change: Callable[[RuleSet], None] = lambda _: None
        """Called with rules that were just put in force."""
        self.on_problem: Callable[[RuleError], None] = lambda _: None
        """Called with what is wrong with files that changed."""
        self.rules: RuleSet | None = None
        self.files: tuple[Path, ...] = ()
        self._surroundings = surroundings
        self._own = [] if own is None else [load(own[0], lambda _: own[1])]
        self._memory = Memory()
        self._stamps: dict[str, _Stamp] = {}

    @property
    def own_recordings(self) -> list[Replay]:
        """What the rules play that are not of files."""
        return [
            wanted_by(action.replay, rule.folder)
            for own in self._own
            for rule in own.rules
            for action in rule.rule.do
            if action.replay is not None
        ]

    def load(self, files: Sequence[Path]) -> None:
        """Put the rules of these files in force, all or none.

        Raises:
            RuleError: One cannot be used; its message lists all problems.
        """
        stamps: dict[str, _Stamp] = {}
        rules = RuleSet(join([*self._own, _read_all(files, stamps)]), self._surroundings, self._memory)
        self.files = tuple(files)
        self._put_in_force(rules, stamps)

    def reload(self) -> None:
        """Read the files again. Raises `RuleError`."""
        self.load(self.files)

    def _put_in_force(self, rules: RuleSet, stamps: dict[str, _Stamp]) -> None:
        self.rules, self._stamps = rules, stamps
        self.on_change(rules)

    async def watch(self) -> None:
        """Read files again whenever one changes, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if all(_stamp(name) == stamp for name, stamp in self._stamps.items()):
                continue
            files, stamps = self.files, dict[str, _Stamp]()
            try:
                # In a thread: a large file takes seconds, which the traffic must not wait for.
                loaded = await asyncio.to_thread(_read_all, files, stamps)
                if files == self.files:
                    self._put_in_force(RuleSet(join([*self._own, loaded]), self._surroundings, self._memory), stamps)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next change has to be seen
                # A bad file is looked at again when it changes.
                self._stamps |= stamps
                told = error if isinstance(error, RuleError) else RuleError(f"{type(error).__name__}: {error}")
                self.on_problem(told)


def _read_all(files: Sequence[Path], stamps: dict[str, _Stamp]) -> LoadedRules:
    """Read rule files and what they include; note in `stamps` the state that each was in."""
    return join([load(file.as_posix(), functools.partial(_read_one, file, stamps)) for file in files])


def _read_one(first: Path, stamps: dict[str, _Stamp], name: str) -> str:
    stamps[name] = _stamp(name)
    if name != first.as_posix() and not Path(name).resolve().is_relative_to(first.parent.resolve()):
        raise OSError(errno.EPERM, f"it is a link out of the folder of {first}")
    return read_rules(name)


def _stamp(name: str) -> _Stamp:
    try:
        about = os.stat(name)  # noqa: PTH116 - several times a second for each file
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size, about.st_ino
