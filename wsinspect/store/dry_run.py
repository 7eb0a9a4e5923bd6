"""Rules on a capture, in steps: what they would have done to it, for who has other things to do between two steps."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from wsinspect.model import Frame, Message, Session
from wsinspect.rules.compile import RuleSet
from wsinspect.rules.load import LoadedRules, join, load
from wsinspect.rules.trial import Trial
from wsinspect.store.reader import CaptureReader
from wsinspect.store.recorded import Happening, happenings, moment
from wsinspect.store.rule_sources import read_rules, surroundings_of

_CONTROL_EVENTS = ("ping", "pong", "close")
_AT_ONCE = 16
"""Records between two looks at the clock."""


def read_files(files: Sequence[Path]) -> LoadedRules:
    """Read rule files.

    Raises:
        RuleError: They cannot be used; its message lists all problems.
    """
    return join([load(file.as_posix(), read_rules) for file in files])


class DryRun:
    """One dry run. What is written to a live capture behind its beginning is left out.

    Args:
        loaded: The rules.
        examples: How many to keep of each rule, and how many failures and errors.

    Raises:
        RuleError: The rules cannot run here, as where one calls a script.
    """

    def __init__(self, loaded: LoadedRules, *, examples: int = 3) -> None:
        self._rules = RuleSet(loaded, surroundings_of({}, scripts=False))
        self.trial = Trial(loaded, self._rules, examples=examples)
        self.done = 0.0
        """Which part of the capture's time has been gone through, from 0 to 1."""
        self._happenings: Iterator[Happening] | None = None
        self._first = self._last = self._now = 0

    def advance(self, reader: CaptureReader, budget_s: float = 0.015) -> bool:
        """Go on; return whether there is more.

        Args:
            reader: Of the capture; the same one each time.
            budget_s: For how long, about.

        Raises:
            StoreError: The capture cannot be read.
        """
        deadline = time.perf_counter() + budget_s
        if self._happenings is None:
            self._begin(reader)
        assert self._happenings is not None
        for place, happening in enumerate(self._happenings, 1):
            at = moment(happening)
            if at > self._last:
                break
            self._now = max(self._now, at)
            self._take(happening)
            if place % _AT_ONCE == 0 and time.perf_counter() > deadline:
                self.done = min((self._now - self._first) / max(self._last - self._first, 1), 1.0)
                return True
        self.trial.finish(self._now)
        self.done = 1.0
        return False

    def count_up(self) -> None:
        """Count up what rules did so far, for who wants to see it before the end."""
        self.trial.findings.finish(self._rules.statuses())

    def _begin(self, reader: CaptureReader) -> None:
        control = any(tally.event in _CONTROL_EVENTS for tally in self.trial.findings.tallies.values())
        ends = [*reader.sessions(limit=1), *reader.sessions(last=1)]
        newest: list[Happening] = [*reader.messages(last=1, payload_limit=0), *reader.frames(last=1, payload_limit=0)]
        self._first = self._now = min((session.opened for session in ends), default=0)
        self._last = max((moment(each) for each in [*newest, *ends]), default=0)
        self._happenings = happenings(reader, control=control)

    def _take(self, happening: Happening) -> None:
        match happening:
            case Session():
                self.trial.session(happening)
            case Message():
                self.trial.message(happening)
            case Frame():
                self.trial.control(happening)
