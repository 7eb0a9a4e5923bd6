"""The writer: what was put is in the file, whatever happens to the disk, the file or the process."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from tests.store.samples import T0, hot_row, session, wide_row
from wsinspect.errors import StoreError
from wsinspect.model import Gap, SessionId, SessionState
from wsinspect.store.backlog import OVERLOAD
from wsinspect.store.columns import FRAME_COLUMNS, HOT_COLUMNS, MESSAGE_COLUMNS
from wsinspect.store.lock import is_locked, lock_path
from wsinspect.store.losses import Lost
from wsinspect.store.opening import STOPPED
from wsinspect.store.reader import CaptureReader
from wsinspect.store.retention import Limits
from wsinspect.store.schema import wal_path
from wsinspect.store.writer import CaptureWriter, WriterState

WAIT_S = 20
STALL_NS = 5_000_000_000


@dataclass
class Clock:
    """A clock that a test turns."""

    now: int = 0

    def __call__(self) -> int:
        return self.now


@dataclass
class Progress:
    """Waits for what the writer's thread reports."""

    changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self) -> None:
        with self.changed:
            self.changed.notify_all()

    def until(self, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_S
        with self.changed:
            while not reached():
                assert time.monotonic() < deadline
                # Not all that is waited for is reported.
                self.changed.wait(0.01)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.wsi"


@pytest.fixture
def progress() -> Progress:
    return Progress()


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """Hold the database's own write lock, as another process may."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other
        other.execute("ROLLBACK")


def test_what_is_put_is_there_while_the_writer_is_live(path: Path, progress: Progress) -> None:
    with CaptureWriter(path, on_progress=progress) as writer:
        writer.insert_session(session())
        for row_id in range(1, 101):
            writer.put_message(hot_row(row_id), 100)
        progress.until(lambda: writer.backlog == 0)
        assert writer.written == writer.enqueued
        with CaptureReader(path) as reader:
            assert reader.live
            assert [message.id for message in reader.messages()] == list(range(1, 101))
            assert [found.state for found in reader.sessions()] == [SessionState.OPEN]


def test_a_closed_capture_is_one_file_that_needs_no_log(path: Path) -> None:
    with CaptureWriter(path, version="1.2") as writer:
        writer.insert_session(session())
        assert is_locked(path)
    assert os.listdir(path.parent) == [path.name]  # noqa: PTH208
    assert path.read_bytes()[18:20] == b"\x01\x01"
    with CaptureReader(path) as reader:
        assert not reader.live
        (run,) = reader.runs()
    assert (run.version, run.pid, run.clean) == ("1.2", os.getpid(), True)
    assert run.ended is not None


def test_only_its_owner_may_read_a_capture(path: Path) -> None:
    with CaptureWriter(path):
        assert path.stat().st_mode & 0o077 == 0


def test_updates_come_after_their_inserts_and_the_last_one_wins(path: Path) -> None:
    with CaptureWriter(path) as writer:
        writer.insert_session(session())
        writer.put_message(hot_row(1), 100)
        writer.update_message(1, truncated=1)
        writer.update_message(1, truncated=2)
        writer.insert_frame(wide_row(FRAME_COLUMNS, id=2, session=1, seq=2, dir=0, header=b"\x89\0", payload=b""), 100)
        writer.update_frame(2, verdict=3)
        writer.update_session(1, status=200)
    with CaptureReader(path) as reader:
        message, frame, found = reader.message(1, 1), reader.frame(1, 2), reader.session(1)
    assert message is not None
    assert frame is not None
    assert found is not None
    assert (message.truncated, frame.verdict.value, found.status) == (2, 3, 200)


def test_an_existing_file_is_refused_without_append(path: Path) -> None:
    with CaptureWriter(path):
        pass
    before = path.read_bytes()
    with pytest.raises(StoreError, match="exists"):
        CaptureWriter(path)
    assert path.read_bytes() == before


def test_append_goes_on_where_the_last_run_ended(path: Path) -> None:
    with CaptureWriter(path) as writer:
        writer.insert_session(session(3, listener="regular@127.0.0.1:1"))
        writer.put_message(hot_row(7, session=3), 100)
        writer.update_message(7, truncated=1)
    with CaptureWriter(path, append=True) as writer:
        assert (writer.last_id, writer.last_session) == (7, 3)
        writer.insert_session(session(4, listener="socks5@127.0.0.1:2"))
        writer.put_message(hot_row(8, session=4), 100)
    with CaptureReader(path) as reader:
        assert [found.listener for found in reader.sessions()] == ["regular@127.0.0.1:1", "socks5@127.0.0.1:2"]
        assert [message.id for message in reader.messages()] == [7, 8]
        assert len(reader.runs()) == 2


def test_a_second_writer_is_kept_out(path: Path) -> None:
    with CaptureWriter(path), pytest.raises(StoreError, match="another engine"):
        CaptureWriter(path, append=True)
    assert not lock_path(path).exists()


KILLED = """
import sys, time
from pathlib import Path
from tests.store.samples import hot_row, session
from wsinspect.store.writer import SWITCH_INTERVAL_S, CaptureWriter
sys.setswitchinterval(SWITCH_INTERVAL_S)
writer = CaptureWriter(Path(sys.argv[1]))
writer.insert_session(session())
number = 0
while True:
    number += 1
    writer.put_message(hot_row(number), 100)
    print(number, time.monotonic_ns(), flush=True)
"""


def test_what_is_older_than_100_ms_survives_a_kill(path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True)
    put: list[tuple[int, int]] = []
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            number, at = map(int, line.split())
            put.append((number, at))
            # Long enough for commits to lie behind, however slow the machine.
            if at - put[0][1] > 1_000_000_000:
                break
        process.send_signal(signal.SIGKILL)
        put += [(int(number), int(at)) for number, at in (line.split() for line in process.stdout if line[-1] == "\n")]
    last = put[-1][1]
    # How long a busy machine kept the process from running at all does not count.
    held_up = max(later[1] - earlier[1] for earlier, later in pairwise(put))
    with CaptureReader(path) as reader:
        found = {message.number for message in reader.messages()}
        (left_open,) = reader.sessions()
    assert {number for number, at in put if at < last - 100_000_000 - 2 * held_up} <= found
    assert (left_open.state, left_open.error) == (SessionState.CLOSED, STOPPED)
    assert left_open.closed == T0 + max(found)
    with CaptureWriter(path, append=True) as writer:
        assert writer.last_id == max(found)
    with CaptureReader(path) as reader:
        assert reader.session(1) == left_open
        assert [run.clean for run in reader.runs()] == [False, True]


def test_without_progress_rows_are_counted_and_go_on_record_as_a_gap(path: Path, progress: Progress) -> None:
    clock = Clock()
    with CaptureWriter(path, on_progress=progress, clock=clock) as writer:
        writer.insert_session(session())
        writer.put_message(hot_row(1), 100)
        progress.until(lambda: writer.backlog == 0)
        with locked(path):
            writer.put_message(hot_row(2), 100)
            assert writer.check() is WriterState.OK
            clock.now += STALL_NS
            assert writer.check() is WriterState.STALLED
            writer.put_message(hot_row(3, payload=b"12345"), 100)
            writer.put_message(hot_row(4, payload=b"123"), 100)
            writer.insert_session(session(2))
            writer.update_session(2, status=7)
            writer.update_message(2, truncated=9)
            writer.update_message(2, payload=b"1234")
            assert writer.lost == Lost(2, 2, 12)
        progress.until(lambda: writer.state is WriterState.OK and writer.backlog == 0)
        writer.put_message(hot_row(5), 100)
    with CaptureReader(path) as reader:
        gaps = {gap.session: gap for gap in reader.gaps()}
        assert [message.id for message in reader.messages()] == [1, 2, 5]
        message, second = reader.message(1, 2), reader.session(2)
    assert message is not None
    assert second is not None
    # What is small is kept: the second session, and what was updated meanwhile.
    assert (message.truncated, message.payload, second.status) == (9, b"abc", 7)
    gap = gaps[SessionId(1)]
    assert (gap.time, gap.end, gap.frames, gap.messages, gap.bytes) == (T0 + 3, T0 + 4, 2, 2, 8)
    assert gaps[None].bytes == 4


def test_a_full_disk_stalls_and_goes_on_when_there_is_room(path: Path, progress: Progress) -> None:
    clock = Clock()
    with CaptureWriter(path, on_progress=progress, clock=clock) as writer:
        writer.insert_session(session())
        progress.until(lambda: writer.backlog == 0)
        pages = writer._opened.connection.execute("PRAGMA page_count").fetchone()[0]
        writer._opened.connection.execute(f"PRAGMA max_page_count = {pages}").fetchone()
        big = bytes(1 << 20)
        writer.put_message(hot_row(1, payload=big), len(big))
        clock.now += STALL_NS
        progress.until(lambda: writer.state is WriterState.STALLED)
        assert "full" in str(writer.error)
        writer.put_message(hot_row(2), 100)
        writer._opened.connection.execute("PRAGMA max_page_count = 100000").fetchone()
        progress.until(lambda: writer.state is WriterState.OK and writer.backlog == 0)
        assert writer.error is None
    with CaptureReader(path) as reader:
        assert [message.size for message in reader.messages()] == [1 << 20]
        (gap,) = reader.gaps()
    assert (gap.messages, "full" in gap.why) == (1, True)


def test_a_file_that_is_gone_stalls_and_goes_on_when_it_is_back(path: Path, progress: Progress) -> None:
    clock = Clock()
    elsewhere = path.with_name("elsewhere")
    with CaptureWriter(path, on_progress=progress, clock=clock) as writer:
        writer.insert_session(session())
        progress.until(lambda: writer.backlog == 0)
        path.rename(elsewhere)
        path.write_bytes(b"another")
        writer.put_message(hot_row(1), 100)
        clock.now += STALL_NS
        progress.until(lambda: writer.state is WriterState.STALLED)
        assert writer.error == "the capture file was moved, replaced or deleted"
        elsewhere.replace(path)
        progress.until(lambda: writer.backlog == 0)
    with CaptureReader(path) as reader:
        assert [message.id for message in reader.messages()] == [1]


def test_closing_without_progress_gives_up_and_says_what_is_lost(path: Path, progress: Progress) -> None:
    clock = Clock()
    writer = CaptureWriter(path, on_progress=progress, clock=clock)
    path.rename(path.with_name("elsewhere"))
    writer.put_message(hot_row(1, payload=b"1234"), 100)
    clock.now += STALL_NS
    progress.until(lambda: writer.state is WriterState.STALLED)
    writer.put_message(hot_row(2, payload=b"1"), 100)
    writer.close()
    assert writer.lost == Lost(2, 2, 5)
    assert not wal_path(path).exists()


def test_overload_drops_at_once_and_counts_where_a_person_chose_so(path: Path, progress: Progress) -> None:
    with CaptureWriter(path, on_progress=progress, overload="drop", queue_limit=1000) as writer:
        writer.insert_session(session())
        progress.until(lambda: writer.backlog == 0)
        with locked(path):
            for row_id in range(1, 21):
                writer.put_message(hot_row(row_id, payload=b"1"), 100)
            writer.update_session(1, status=7)
            assert writer.lost == Lost(9, 9, 9)
            assert writer.state is WriterState.OK
        progress.until(lambda: writer.backlog == 0)
        writer.put_message(hot_row(21), 100)
    with CaptureReader(path) as reader:
        assert [message.id for message in reader.messages()] == [*range(1, 12), 21]
        (gap,) = reader.gaps()
        found = reader.session(1)
    assert found is not None
    assert (gap.frames, gap.time, gap.end, gap.why) == (9, T0 + 12, T0 + 20, OVERLOAD)
    assert found.status == 7


def test_a_row_that_cannot_be_stored_is_counted_and_spoils_no_other(path: Path) -> None:
    with CaptureWriter(path) as writer:
        writer.insert_session(session())
        for row_id in (1, 2, 2, 3, 1 << 63, 4):
            writer.put_message(hot_row(row_id, number=row_id & 0xFF), 100)
        writer.insert("tag", (1, None, object()))  # type: ignore[arg-type]
    assert writer.lost == Lost(2, 2, 6)
    with CaptureReader(path) as reader:
        assert [message.id for message in reader.messages()] == [1, 2, 3, 4]
        assert sum(gap.messages for gap in reader.gaps()) == 2


def test_a_damaged_file_fails_for_good_and_producing_goes_on(path: Path, progress: Progress) -> None:
    writer = CaptureWriter(path, on_progress=progress)
    writer.insert_session(session())
    progress.until(lambda: writer.backlog == 0)
    connection = writer._opened.connection
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_schema SET rootpage = 9999 WHERE name = 'message'")
    connection.execute("PRAGMA writable_schema = RESET")
    writer.put_message(hot_row(1), 100)
    progress.until(lambda: writer.state is WriterState.FAILED)
    writer.put_message(hot_row(2), 100)
    writer.insert_session(session(2))
    writer.update_session(2, status=7)
    assert writer.lost == Lost(2, 2, 6)
    assert "damaged" in str(writer.error)
    writer.close()


def test_gaps_that_others_counted_are_kept(path: Path) -> None:
    gap = Gap(1, 2, 3, 4, 5, "why", SessionId(1))
    with CaptureWriter(path) as writer:
        writer.insert_gap(gap)
    with CaptureReader(path) as reader:
        assert reader.gaps() == [gap]


def test_an_idle_writer_does_not_wake(path: Path, progress: Progress) -> None:
    with CaptureWriter(path, on_progress=progress, limits=Limits(size_bytes=1 << 30)) as writer:
        writer.insert_session(session())
        progress.until(lambda: writer._backlog._idle)
        pauses: list[float | None] = []
        pause = writer._backlog.pause

        def counted(seconds: float | None) -> None:
            pauses.append(seconds)
            pause(seconds)

        writer._backlog.pause = counted  # type: ignore[method-assign]
        writer.put_message(hot_row(1), 100)
        progress.until(lambda: writer.backlog == 0)
    # Gathering, and until it closed; not one more.
    assert len(pauses) <= 3


def test_a_callback_into_a_closed_loop_does_no_harm(path: Path) -> None:
    def closed() -> None:
        raise RuntimeError("Event loop is closed")

    with CaptureWriter(path, on_progress=closed) as writer:
        writer.insert_session(session())
    assert writer.state is WriterState.OK


def test_size_is_kept_within_its_limit_while_writing(path: Path, progress: Progress) -> None:
    limit = 4 << 20
    with CaptureWriter(path, on_progress=progress, limits=Limits(size_bytes=limit)) as writer:
        writer.insert_session(session())
        for row_id in range(1, 31):
            writer.put_message(hot_row(row_id, payload=bytes(1 << 18)), 1 << 18)
    with CaptureWriter(path, append=True, on_progress=progress, limits=Limits(size_bytes=limit)) as writer:
        writer.put_message(hot_row(31), 100)
        progress.until(lambda: writer.backlog == 0)
    assert path.stat().st_size <= limit
    with CaptureReader(path) as reader:
        ids = [message.id for message in reader.messages()]
    assert ids == list(range(ids[0], 32))
    assert ids[0] > 10


def test_messages_that_come_late_are_told_as_changes(path: Path, progress: Progress) -> None:
    with CaptureWriter(path, on_progress=progress) as writer:
        writer.insert_session(session())
        writer.put_message(hot_row(2), 100)
        progress.until(lambda: writer.backlog == 0)
        with CaptureReader(path) as reader:
            point = reader.point()
        row = (*hot_row(1), *[None] * (len(MESSAGE_COLUMNS) - len(HOT_COLUMNS)))
        writer.insert_message(row, 100)
    with CaptureReader(path) as reader:
        assert [message.id for message in reader.changes(point).messages] == [1]


def test_tags_and_notes_take_the_place_of_earlier_ones_and_count_as_changes(path: Path, progress: Progress) -> None:
    with CaptureWriter(path, on_progress=progress) as writer:
        writer.insert_session(session(1, tags=("old",)))
        writer.put_message(hot_row(1), 100)
        writer.put_message(hot_row(2, number=2), 100)
        writer.note(1, 2, "to go")
        progress.until(lambda: writer.backlog == 0)
        with CaptureReader(path) as reader:
            before = reader.point()
        writer.tag(1, None, ["a", "b"])
        writer.tag(1, 1, ["of a message"])
        writer.note(1, None, "of the session")
        writer.note(1, 1, "of a message")
        writer.note(1, 2, None)
        progress.until(lambda: writer.backlog == 0)
        with CaptureReader(path) as reader:
            found, messages, changes = reader.session(1), list(reader.messages()), reader.changes(before)
    assert found is not None
    assert (found.tags, found.note) == (("a", "b"), "of the session")
    assert [(m.tags, m.note) for m in messages] == [(("of a message",), "of a message"), ((), None)]
    assert {message.number for message in changes.messages} == {1, 2}
    assert [changed.id for changed in changes.sessions] == [1]


def test_a_pause_is_a_gap_on_record(path: Path, progress: Progress) -> None:
    with CaptureWriter(path, on_progress=progress) as writer:
        writer.insert_session(session())
        writer.put_message(hot_row(1), 100)
        writer.pause("a person said so")
        writer.put_message(hot_row(2), 100)
        writer.put_message(hot_row(3), 100)
        writer.update_message(1, truncated=5)
        writer.insert_session(session(2))
        progress.until(lambda: writer.backlog == 0)
        assert writer.state is WriterState.OK
        writer.resume()
        writer.put_message(hot_row(4), 100)
    with CaptureReader(path) as reader:
        messages, gaps, sessions = list(reader.messages()), list(reader.gaps()), list(reader.sessions())
    assert [message.id for message in messages] == [1, 4]
    assert messages[0].truncated == 5
    assert [found.id for found in sessions] == [1, 2]
    assert [(gap.session, gap.messages, gap.why) for gap in gaps] == [(1, 2, "a person said so")]


def test_a_pause_that_lasts_to_the_end_is_a_gap_too(path: Path) -> None:
    with CaptureWriter(path) as writer:
        writer.insert_session(session())
        writer.pause("paused")
        writer.put_message(hot_row(1), 100)
    with CaptureReader(path) as reader:
        assert [(gap.messages, gap.why) for gap in reader.gaps()] == [(1, "paused")]
