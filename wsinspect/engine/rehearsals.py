"""Recordings that rules play, made ready outside of the event loop, once for all sessions that play them."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from wsinspect.errors import RuleError
from wsinspect.model import Session
from wsinspect.replay.binding.bindings import Bindings, find_bindings
from wsinspect.replay.binding.echoes import with_echoes
from wsinspect.replay.binding.rebinding import Rebinder
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.mocking.answering import Answering
from wsinspect.replay.mocking.catalogue import Catalogue
from wsinspect.replay.mocking.cues import Cues, cues_of
from wsinspect.replay.mocking.manner import Manner, Stranger, Unmatched
from wsinspect.replay.mocking.reciting import Reciting
from wsinspect.replay.recording import Recording
from wsinspect.rules.ruling import Replay
from wsinspect.rules.schema import ReplayMode
from wsinspect.store.evaluating import evaluator
from wsinspect.store.rehearsal import read_part, rebindings
from wsinspect.store.rule_sources import contained

logger = logging.getLogger(__name__)

MOST_KEPT = 8

type _Stamp = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Part:
    """A recording that is ready to be played."""

    wanted: Replay
    recording: Recording
    bindings: Bindings
    cues: Cues
    catalogue: Catalogue

    def performer(self, session: Session, tell: Callable[[Stranger], None]) -> tuple[Answering | Reciting, Rebinder]:
        """Return what plays it once, and what knows the live values.

        Args:
            session: In which it is played.
            tell: Told of messages that are not in the recording.
        """
        wanted = self.wanted
        issued: dict[str, Scalar] = {}
        values = Rebinder(self.recording, self.bindings, variables=issued, evaluate=evaluator(session, issued))
        if wanted.mode is ReplayMode.SEQUENCE:
            return Reciting(self.cues, values, loop=wanted.loop), values
        manner = Manner(
            timed=wanted.mode is ReplayMode.TIMED,
            speed=wanted.speed,
            unmatched=Unmatched(wanted.unmatched.value),
            loop=wanted.loop,
            ignore=wanted.ignore,
        )
        return Answering(self.cues, self.catalogue, values, manner, tell), values


class Rehearsals:
    """Keeps the parts that were made ready last."""

    def __init__(self) -> None:
        self._parts: dict[tuple[Replay, _Stamp], asyncio.Task[Part]] = {}
        self._told: set[tuple[Replay, _Stamp]] = set()
        """Of what is not on record of them the log has told."""

    def begin(self, wanted: Replay) -> None:
        """Make a part ready that will be asked for; who asks is told what keeps it from that."""
        wanted = replace(wanted, rule="")
        making = asyncio.create_task(asyncio.to_thread(_made_ready, wanted))
        making.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._parts[wanted, _stamp(wanted)] = making

    async def part(self, wanted: Replay) -> Part:
        """Return a part; whoever asks for the same again gets the same, unless the capture has changed.

        Raises:
            WsinspectError: The recording cannot be read, or what is to be written anew is not in it.
        """
        wanted = replace(wanted, rule="")
        key = (wanted, _stamp(wanted))
        if key not in self._parts:
            while len(self._parts) >= MOST_KEPT:
                del self._parts[next(iter(self._parts))]
            self._parts[key] = asyncio.create_task(asyncio.to_thread(_made_ready, wanted))
        making = self._parts[key]
        try:
            part = await asyncio.shield(making)
        except Exception:
            self._parts.pop(key, None)
            raise
        if key not in self._told:
            self._told.add(key)
            for problem in part.recording.problems:
                logger.info("session %d of %s, which is played: %s", wanted.session, wanted.file, problem)
        return part


def _made_ready(wanted: Replay) -> Part:
    recording = read_part(wanted)
    bindings = find_bindings(recording, wanted.direction, rebind=rebindings(wanted), ignore=wanted.ignore)
    cues = cues_of(recording, wanted.direction)
    bindings = with_echoes(bindings, cues, wanted.ignore)
    return Part(wanted, recording, bindings, cues, Catalogue(cues.others, wanted.ignore))


def _stamp(wanted: Replay) -> _Stamp:
    try:
        about = os.stat(contained(wanted.folder, wanted.file))  # noqa: PTH116 - once a session, on the event loop
    except (OSError, RuleError):
        return None
    return about.st_mtime_ns, about.st_size
