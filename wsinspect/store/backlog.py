"""What is put and not yet written: a queue between the event loop's thread and the writer's.

Theory of operation. One thread puts, one takes; `deque` makes both safe without a lock, which is only for changes of
`state`. `enqueued` is changed by the thread that puts alone, `written` by the one that takes. One comparison guards the
hot path, `enqueued > _mark`: the mark is out of reach while all is well, `written` plus the limit where overload drops
rows, and below zero while the writer is stalled or failed, or somebody paused the recording. What is small and cannot
be missed is kept even then: sessions in the queue, updates merged by row until there is progress.

The taking thread sleeps in `wait` without ever waking by itself while nothing is there.
"""

from __future__ import annotations

import contextlib
import enum
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import islice
from operator import itemgetter
from queue import Empty, SimpleQueue

from wsinspect.store.batch import Change, Insert, Item, Statement, Update
from wsinspect.store.columns import Row
from wsinspect.store.losses import Losses

GATHER_S = 0.05
"""How old the oldest row of a commit may get before it is taken."""
_LEAST_GATHER_S = 0.005
"""However long the commit before took, so that commits do not become ever smaller."""
BATCH_BYTES = 8 << 20
BATCH_ROWS = 12_000
OVERLOAD = "overload: the disk is slower than the traffic"

_TAKEN_AT_ONCE = 512
_COST = itemgetter(1)
_OUT_OF_REACH = 1 << 62
_KEPT = frozenset({"session", "listener", "tag", "note", "gap"})
"""Tables whose rows are few and small."""


class WriterState(enum.Enum):
    """How the writer stands."""

    OK = "ok"
    STALLED = "stalled"
    """No progress: rows are refused and counted until there is."""
    FAILED = "failed"
    """The capture is beyond writing: rows are refused for good."""


class Wake(enum.Enum):
    """Why the taking thread goes on."""

    ROWS = enum.auto()
    TIME = enum.auto()
    END = enum.auto()


class Backlog:
    """The queue and its counters.

    Args:
        limit: Bytes that may wait.
        drop: Whether rows beyond the limit are counted instead of kept.
        stall_ns: How long without progress until rows are refused.
        clock: A monotonic clock, nanoseconds.
        wall: The time in Unix nanoseconds.
    """

    def __init__(
        self, *, limit: int, drop: bool, stall_ns: int, clock: Callable[[], int], wall: Callable[[], int]
    ) -> None:
        self.limit = limit
        self.enqueued = 0
        """Bytes put, ever."""
        self.written = 0
        """Bytes written or given up, ever."""
        self.state = WriterState.OK
        self.error: str | None = None
        """Why the last commit failed; None while they succeed."""
        self.losses = Losses()
        self._paused: str | None = None
        self._drop = drop
        self._stall_ns = stall_ns
        self._clock, self._wall = clock, wall
        self._queue: deque[Item] = deque()
        self._late: dict[tuple[str, int], Update] = {}
        self._mark = self._far_mark()
        self._idle = False
        self._closing = False
        self._taken = 0.0
        self._wake = SimpleQueue[None]()
        self._guard = threading.Lock()
        self._last_progress = clock()

    # The thread that puts.

    def put_message(self, row: Row, cost: int) -> None:
        """Put a row of the hot path, in the order of `HOT_COLUMNS` or `PLAYED_COLUMNS`."""
        if self.enqueued > self._mark and self._refused(row):
            return
        self._queue.append((row, cost))
        self.enqueued += cost
        if self._idle:
            self._notify()

    def put(self, item: Insert | Update | Statement, cost: int) -> None:
        """Put anything else."""
        if self.enqueued > self._mark and self._refused(item):
            return
        self._queue.append((item, cost))
        self.enqueued += cost
        if self._idle:
            self._notify()

    def pause_recording(self, why: str | None) -> None:
        """Count what comes from now on instead of keeping it, and give this reason; None: go on."""
        with self._guard:
            self._paused = why
            if self.state is WriterState.OK:
                self._mark = self._far_mark()
        self._wake.put(None)

    def close(self) -> None:
        """Tell the taking thread that nothing more comes."""
        self._closing = True
        self._wake.put(None)

    def check(self) -> WriterState:
        """Look whether there was progress in time."""
        with self._guard:
            waiting = self.enqueued > self.written
            if waiting and self.state is WriterState.OK and self._clock() - self._last_progress >= self._stall_ns:
                self.state = WriterState.STALLED
                self._mark = -1
            return self.state

    def _notify(self) -> None:
        self._idle = False
        self._last_progress = self._clock()
        self._wake.put(None)

    def _refused(self, item: Change) -> bool:
        """Count an item, or keep it for later; False where it is to be put after all."""
        small = type(item) is Statement or (type(item) is Insert and item.table in _KEPT)
        with self._guard:
            if self.state is WriterState.OK:
                self._mark = self._far_mark()
                if self.enqueued <= self._mark or small or type(item) is Update:
                    return False
                self.losses.add(item, self._wall(), self._paused or OVERLOAD)
                return True
            if small:
                return self.state is WriterState.FAILED
            self.losses.add(item, self._wall(), self.error or "the disk made no progress")
            if type(item) is Update and self.state is WriterState.STALLED:
                self._keep(item)
            return True

    def _keep(self, update: Update) -> None:
        kept = {name: value for name, value in update.columns.items() if not isinstance(value, bytes)}
        place = (update.table, update.row_id)
        self._late.setdefault(place, Update(update.table, update.row_id, {})).columns.update(kept)

    def _far_mark(self) -> int:
        if self._paused is not None:
            return -1
        return self.written + self.limit if self._drop else _OUT_OF_REACH

    # The thread that takes.

    @property
    def closing(self) -> bool:
        """Whether nothing more comes."""
        return self._closing

    def wait(self, seconds: float | None = None) -> Wake:
        """Wait until there is something to write, and gather more of it.

        Args:
            seconds: How long to wait at most; None for ever.
        """
        until = None if seconds is None else time.monotonic() + seconds
        oldest = self._taken  # what waits now has come since
        while True:
            # Asked first: what was put before the end is in the queue then.
            closing = self._closing
            if self._queue or self._gaps_due():
                break
            if closing:
                return Wake.END
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                return Wake.TIME
            self._idle = True
            # Looked at again: what came before the flag was set has told nobody.
            if not self._queue and not self._closing:
                self.pause(left)
            self._idle = False
            oldest = time.monotonic()
        if not self._closing and len(self._queue) < BATCH_ROWS and self.enqueued - self.written < BATCH_BYTES:
            self.pause(max(oldest + GATHER_S - time.monotonic(), _LEAST_GATHER_S))
        return Wake.ROWS

    def pause(self, seconds: float | None) -> None:
        """Sleep for so long, None for ever, or until `close` or something put wakes it."""
        with contextlib.suppress(Empty):
            self._wake.get(timeout=seconds)

    def take(self) -> list[Item]:
        """Take what makes one commit, with the gaps that are due."""
        self._taken = time.monotonic()
        items: list[Item] = []
        cost = 0
        pop = iter(self._queue.popleft, None)
        # In calls that run no bytecode: each loop here would be interrupted by the event loop's thread many times.
        while cost < BATCH_BYTES and (left := min(len(self._queue), BATCH_ROWS - len(items), _TAKEN_AT_ONCE)):
            some = list(islice(pop, left))
            cost += sum(map(_COST, some))
            items += some
        if self._gaps_due():
            with self._guard:
                items.extend((gap, 0) for gap in self.losses.take())
        return items

    def _gaps_due(self) -> bool:
        behind = self._paused is not None or self.enqueued - self.written > self.limit // 2
        return (self._closing or not behind) and bool(self.losses) and self.state is WriterState.OK

    def progressed(self, cost: int) -> bool:
        """Note that so many bytes have been written; True where the writer was stalled."""
        with self._guard:
            self.written += cost
            self.error = None
            self._last_progress = self._clock()
            recovered = self.state is WriterState.STALLED
            self.state = WriterState.OK
            self._queue.extend((update, 0) for update in self._late.values())
            self._late.clear()
            self._mark = self._far_mark()
            return recovered

    def lose(self, items: list[Item], why: str, *, written: bool = False) -> None:
        """Count items that will never be written.

        Args:
            items: The items.
            why: In words.
            written: Whether their cost is told to `progressed`.
        """
        with self._guard:
            for item, cost in items:
                self.losses.add(item, self._wall(), why)
                if not written:
                    self.written += cost

    def fail(self, why: str) -> None:
        """Give up: whatever waits or comes is counted only."""
        with self._guard:
            self.state = WriterState.FAILED
            self.error = why
            self._mark = -1
        self.lose(list(self._queue), why)
        self._queue.clear()
