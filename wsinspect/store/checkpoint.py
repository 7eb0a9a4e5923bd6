"""Moving what is in the write-ahead log into the capture file, without keeping commits waiting.

Theory of operation. A checkpoint copies pages and waits for the disk twice. Where the last ones say that it will be
short, the writer's thread does it: the log stays small enough for the processor's cache, which halves the cost of large
payloads. Where it may take longer than a commit may, a thread of its own does it while commits go on, and when that has
ended the writer's thread does once more what was added meanwhile. Either way the log begins anew at its start.

While much is written, what a checkpoint has brought to the disk is dropped from the system's cache: a capture of
gigabytes should not drive everything else out of it, and fresh memory for each page costs more than the page.
"""

from __future__ import annotations

import contextlib
import math
import os
import sqlite3
import sys
import threading
import time
from pathlib import Path
from queue import SimpleQueue

from wsinspect.store.schema import PAGE_BYTES

CHECKPOINT_BYTES = 6 << 20
"""Of log before one is due; a smaller one waits for the disk more."""
WAIT_BYTES = 4 * CHECKPOINT_BYTES
"""With a log as large as this the disk is slower than the traffic, and commits wait for the checkpoint."""
SHORT_S = 0.05
"""A checkpoint that should be over by then is done between two commits."""
BUSY_S = 0.5
"""Much is written where checkpoints follow each other as soon as this."""
_PAGES_PER_COMMIT = 6


class Checkpointer:
    """Does the checkpoints of one capture.

    Args:
        path: The capture.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._logged_bytes = 0
        self._asked = SimpleQueue[bool]()
        self._done = threading.Event()
        self._running = False
        self._pace = math.inf
        """Seconds a byte of the log took the last time; infinite until that is known."""
        self._last = -math.inf
        """When the last one of some size ended, on the monotonic clock."""
        self._file: int | None = None
        self._thread: threading.Thread | None = None

    def committed(self, connection: sqlite3.Connection, cost: int) -> None:
        """Note a commit, and begin or end a checkpoint where one is due. Of the writer's thread.

        Args:
            connection: The writer's.
            cost: About how many bytes it wrote.
        """
        self._logged_bytes += cost + _PAGES_PER_COMMIT * PAGE_BYTES
        if self._running and self._logged_bytes >= WAIT_BYTES:
            self._done.wait()
        if self._done.is_set():
            self._done.clear()
            self._running = False
            self._finish(connection)
        elif not self._running and self._logged_bytes >= CHECKPOINT_BYTES:
            if self._logged_bytes * self._pace < SHORT_S:
                self._finish(connection)
            else:
                self._running = True
                self._start()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="wsinspect-checkpoint", daemon=True)
            self._thread.start()
        self._asked.put(True)

    def _finish(self, connection: sqlite3.Connection) -> None:
        with contextlib.suppress(sqlite3.OperationalError):
            logged, moved = self._checkpoint(connection)
            # What a reader still looks at stays in the log until the next time.
            self._logged_bytes = max(logged - moved, 0) * PAGE_BYTES if logged == moved else CHECKPOINT_BYTES // 2

    def _run(self) -> None:
        connection: sqlite3.Connection | None = None
        while self._asked.get():
            # What goes wrong here goes wrong in the writer's thread too, which says so.
            with contextlib.suppress(sqlite3.Error):
                if connection is None:
                    connection = sqlite3.connect(f"{self._path.as_uri()}?mode=rw", uri=True, isolation_level=None)
                    connection.execute("PRAGMA synchronous = NORMAL")
                self._checkpoint(connection)
            self._done.set()
        if connection is not None:
            connection.close()

    def _checkpoint(self, connection: sqlite3.Connection) -> tuple[int, int]:
        """Do one; return the pages in the log, and how many of them are in the file."""
        begun = time.monotonic()
        _, logged, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if moved * PAGE_BYTES >= CHECKPOINT_BYTES // 2:
            if begun - self._last < BUSY_S:
                self._drop_cached()
            self._last = time.monotonic()
            self._pace = (self._last - begun) / (moved * PAGE_BYTES)
        return logged, moved

    def _drop_cached(self) -> None:
        if sys.platform != "linux":
            return
        if self._file is None:
            self._file = os.open(self._path, os.O_RDONLY)
        os.posix_fadvise(self._file, 0, 0, os.POSIX_FADV_DONTNEED)

    def close(self) -> None:
        """End the thread, once the checkpoint that runs has ended."""
        if self._thread is not None:
            self._asked.put(False)
            self._thread.join()

    def let_go(self) -> None:
        """Close the file; not before SQLite has, whose locks end with any descriptor of it that a process closes."""
        if self._file is not None:
            os.close(self._file)
