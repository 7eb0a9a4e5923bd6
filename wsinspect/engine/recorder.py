"""The record of one engine: one capture file, its numbering, and the brakes that keep memory bounded.

Theory of operation. Rows are put on the writer's queue from the event loop's thread, without waiting. Two brakes bound
what waits there: a session with too much of it is not read from (`SessionRecorder.owes`), and over the writer's limit
none is. While anything is braked, the writer is asked now and then whether it makes progress; when it makes none at all
it says so (`stalled`), the brakes let go, and what is not recorded is counted in a gap.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version

from wsinspect.engine.carrier import monotonic_clock
from wsinspect.engine.options import DEFAULT_ASSEMBLE_LIMIT_BYTES, EngineOptions, Overload
from wsinspect.engine.session_recorder import SessionRecorder
from wsinspect.model import PerDirection, Session, SessionId
from wsinspect.store.retention import Limits
from wsinspect.store.writer import CaptureWriter, WriterState

logger = logging.getLogger(__name__)

COUNTERS_S = 0.05
"""How often the counters of busy sessions are written."""
WATCH_S = 0.25
"""How often a writer that others wait for is asked whether it makes progress."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What has passed through an engine."""

    sessions: int
    messages: PerDirection
    bytes: int
    """Both directions together."""


class MaskKeys:
    """Masking keys of four random bytes, asked of the system a thousand at a time: one costs as much as all of them."""

    def __init__(self) -> None:
        self._pool = b""
        self._at = 0

    def next(self) -> bytes:
        """Return a key that was not given before."""
        if self._at == len(self._pool):
            self._pool, self._at = os.urandom(4096), 0
        self._at += 4
        return self._pool[self._at - 4 : self._at]


class Recorder:
    """Numbers and records what passes through one engine.

    Args:
        writer: The capture.
        loop: The event loop all calls come from.
        max_payload: Most payload bytes of a frame to record.
        assemble_limit: Most bytes of a message to gather for rules and breakpoints.
        wait: Whether traffic slows down when the writer is behind.
    """

    session_type: type[SessionRecorder] = SessionRecorder
    """Of what its sessions are."""

    def __init__(
        self,
        writer: CaptureWriter,
        loop: asyncio.AbstractEventLoop,
        *,
        max_payload: int,
        assemble_limit: int = DEFAULT_ASSEMBLE_LIMIT_BYTES,
        wait: bool = True,
    ) -> None:
        self.writer = writer
        self.clock = monotonic_clock()
        self.max_payload = max_payload
        self.assemble_limit = assemble_limit
        self.mask_keys = MaskKeys()
        self.last_id = writer.last_id
        """The latest place given in the capture's order of arrival."""
        self._last_session = writer.last_session
        self._loop = loop
        self._wait = wait
        self._live: set[SessionRecorder] = set()
        self._sessions = self._closed_bytes = 0
        self._closed_messages = PerDirection()
        self._touched: list[SessionRecorder] = []
        self._waiting: set[SessionRecorder] = set()
        self._watch: asyncio.TimerHandle | None = None
        self._told = WriterState.OK

    @classmethod
    @contextmanager
    def opened(cls, engine: EngineOptions, loop: asyncio.AbstractEventLoop) -> Iterator[Recorder]:
        """Make or continue the capture file of an engine; close it at the end.

        Raises:
            StoreError: It cannot be written.
        """
        recorder: Recorder | None = None

        def on_progress() -> None:
            if recorder is not None and not loop.is_closed():
                loop.call_soon_threadsafe(recorder.progressed)

        writer = CaptureWriter(
            engine.out,
            append=engine.append,
            durable=engine.durable,
            overload=engine.on_overload.value,
            limits=Limits(engine.limit_size, None if engine.limit_age_s is None else int(engine.limit_age_s * 1e9)),
            on_progress=on_progress,
            version=version("wsinspect"),
        )
        with writer:
            recorder = cls(
                writer,
                loop,
                max_payload=engine.max_payload,
                assemble_limit=engine.assemble_limit,
                wait=engine.on_overload is Overload.WAIT,
            )
            yield recorder
            recorder.flush_counters()

    def open(self, describe: Callable[[SessionId], Session]) -> SessionRecorder:
        """Put a new session on record.

        Args:
            describe: Makes its record, given its number.
        """
        self._last_session += 1
        session = describe(SessionId(self._last_session))
        self.writer.insert_session(session)
        recorded = self.session_type(self, session)
        self._live.add(recorded)
        self._sessions += 1
        return recorded

    def closed(self, session: SessionRecorder) -> None:
        """Forget a session that is over."""
        if session in self._live:
            self._live.discard(session)
            messages, size = session.passed
            self._closed_messages = _sum(self._closed_messages, messages)
            self._closed_bytes += size
        self._waiting.discard(session)

    def totals(self) -> Totals:
        """Add up what has passed."""
        passed = [session.passed for session in self._live]
        return Totals(
            self._sessions,
            _sum(self._closed_messages, *(messages for messages, _ in passed)),
            self._closed_bytes + sum(size for _, size in passed),
        )

    def stop_sessions(self) -> None:
        """End every session, as the engine stops."""
        for session in list(self._live):
            session.stop()

    def touched(self, session: SessionRecorder) -> None:
        """Note that a session's counters have changed."""
        if not self._touched:
            self._loop.call_later(COUNTERS_S, self.flush_counters)
        self._touched.append(session)

    def flush_counters(self) -> None:
        """Write the counters that have changed."""
        sessions, self._touched = self._touched, []
        self.writer.update_counters(session.take_counters() for session in sessions)

    def behind(self, session: SessionRecorder) -> bool:
        """Return whether a session should wait for the writer; `Carrier.resume` is called when it need not."""
        writer = self.writer
        if not self._wait or self._told is not WriterState.OK:
            return False
        if writer.backlog < writer.queue_limit and not session.owes(writer):
            return False
        self._waiting.add(session)
        if self._watch is None:
            self._watch = self._loop.call_later(WATCH_S, self._look)
        return True

    def progressed(self) -> None:
        """Let go on who need not wait any more: the writer has written something, or given up."""
        state = self.writer.check()
        if state is not self._told:
            self._told = state
            self._tell(state)
        if not self._waiting:
            return
        for session in list(self._waiting):
            if state is not WriterState.OK or (
                self.writer.backlog < self.writer.queue_limit // 2 and not session.owes(self.writer)
            ):
                self._waiting.discard(session)
                session.resume()

    def _look(self) -> None:
        self._watch = None
        self.progressed()
        if self._waiting:
            self._watch = self._loop.call_later(WATCH_S, self._look)

    def _tell(self, state: WriterState) -> None:
        lost = self.writer.lost
        if state is WriterState.OK:
            logger.warning("recording goes on; not recorded were %s frames, %s bytes", lost.frames, lost.bytes)
        else:
            logger.error("recording has stopped (%s): traffic goes on, and is counted only", self.writer.error)


def _sum(*counts: PerDirection) -> PerDirection:
    return PerDirection(sum(count.c2s for count in counts), sum(count.s2c for count in counts))
