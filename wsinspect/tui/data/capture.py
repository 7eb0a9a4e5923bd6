"""The capture that the screen shows, read in threads and watched for changes.

Theory of operation. Each `Lane` is a thread with a reader of its own, so that a long look of one kind never delays
another; within a lane looks take their turns, and each is to be short: a long one comes back for another turn. Whether
the file has changed is told by the times of the file and its log, which costs next to nothing while nothing happens.

An engine that ends in order gives its file the final form only when nobody reads it. So once its run has ended, the
readers are closed, and opened anew when the file is free; `generation` tells who kept something of a reader that it is
gone.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from textual.dom import DOMNode
from textual.signal import Signal

from wsinspect.errors import StoreError
from wsinspect.store.lock import is_locked
from wsinspect.store.reader import CaptureReader
from wsinspect.store.schema import check_file, wal_path

LOOK_EVERY_S = 0.1
_FINAL_FORM_S = 10.0
"""How long to wait for an engine that has ended its run to let go of the file."""


class Lane(enum.Enum):
    """What a look is for."""

    LISTS = enum.auto()
    """The rows of lists."""
    DETAIL = enum.auto()
    """One record in full."""
    FIGURES = enum.auto()
    """Statistics and other long work."""


@dataclass(frozen=True, slots=True)
class Change:
    """What has become of the capture."""

    generation: int
    """Of the readers; what was kept of readers of another one is gone."""
    live: bool
    """Whether an engine writes it."""
    problem: str | None = None
    """Why it cannot be read any more."""


class Capture:
    """The capture file.

    Args:
        owner: What the signal belongs to: the app.
        path: The file.
    """

    def __init__(self, owner: DOMNode, path: Path) -> None:
        self.path = path
        self.changed: Signal[Change] = Signal(owner, "capture changed")
        """Published when something was written, when the engine ended, and when the file is lost."""
        self.live = is_locked(path)
        """Whether an engine writes it."""
        self.problem: str | None = None
        """Why it cannot be read any more."""
        self.generation = 0
        self._readers: dict[Lane, CaptureReader] = {}
        self._threads: dict[Lane, ThreadPoolExecutor] = {}
        self._closed = False
        self._first = self._stamp()
        """The times of the files when they were first looked at."""
        self._identity = _identity_of(path)
        """Which file it is, whatever its name is."""
        self._loss: StoreError | None = None

    async def read[T](self, look: Callable[[CaptureReader], T], lane: Lane = Lane.DETAIL) -> T:
        """Look at the capture in a thread.

        Args:
            look: Called with a reader that it must not keep beyond `generation`. In `Lane.LISTS` it should take no
                longer than some 25 ms, and come again for more.
            lane: Which thread.

        Raises:
            StoreError: The capture cannot be read.
        """
        if self._closed:
            raise StoreError("the capture is closed", where=str(self.path))
        thread = self._threads.get(lane)
        if thread is None:
            thread = self._threads[lane] = ThreadPoolExecutor(1, f"capture {lane.name.lower()}")
        return await asyncio.get_running_loop().run_in_executor(thread, self._look, look, lane)

    async def watch(self) -> None:
        """Publish changes until cancelled."""
        seen = self._first
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            stamp = self._stamp()
            if stamp == seen and (not self.live or is_locked(self.path)):
                continue
            seen = stamp
            try:
                if self.live and await self.read(_has_ended, Lane.LISTS):
                    await self._reopen()
                    seen = self._stamp()
                self._look_for_loss()
                self._loss = None
            except StoreError as error:
                self._loss = error
            self.problem = None if self._loss is None else str(self._loss)
            self.changed.publish(Change(self.generation, self.live, self.problem))

    async def close(self) -> None:
        """Let go of the file; looks that wait are given up."""
        self._closed = True
        await self._let_go()

    def _look[T](self, look: Callable[[CaptureReader], T], lane: Lane) -> T:
        reader = self._readers.get(lane)
        if reader is None:
            if (loss := self._loss) is not None:
                # What has its name by now is not what is shown.
                raise StoreError(loss.message, where=loss.where, hint=loss.hint)
            reader = self._readers[lane] = CaptureReader(self.path)
        return look(reader)

    async def _reopen(self) -> None:
        await self._let_go()
        self.generation += 1
        with suppress(TimeoutError):
            async with asyncio.timeout(_FINAL_FORM_S):
                while is_locked(self.path):  # noqa: ASYNC110 - another process's lock tells nobody
                    await asyncio.sleep(LOOK_EVERY_S)
        self.live = is_locked(self.path)

    async def _let_go(self) -> None:
        threads, self._threads = self._threads, {}
        loop = asyncio.get_running_loop()
        for lane, thread in threads.items():
            await loop.run_in_executor(thread, self._close_reader, lane)
            thread.shutdown(wait=False, cancel_futures=True)

    def _close_reader(self, lane: Lane) -> None:
        if (reader := self._readers.pop(lane, None)) is not None:
            reader.close()

    def _stamp(self) -> tuple[object, ...]:
        return tuple(_stamp_of(path) for path in (self.path, wal_path(self.path)))

    def _look_for_loss(self) -> None:
        found = _identity_of(self.path)
        if found is None:
            raise StoreError("the capture is gone: its file was moved or deleted", where=str(self.path))
        if found != self._identity:
            hint = "open it anew to see that one"
            raise StoreError("the capture is gone: another file has its name now", where=str(self.path), hint=hint)
        if not self.live:
            check_file(self.path)


def _has_ended(reader: CaptureReader) -> bool:
    runs = reader.runs()
    return not is_locked(reader.path) or bool(runs and runs[-1].ended is not None)


def _stamp_of(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _identity_of(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
