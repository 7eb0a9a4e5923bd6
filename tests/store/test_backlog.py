"""The queue between the two threads: nothing is counted twice, nothing waits for nothing."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.store.samples import hot_row, wide_row
from wsinspect.store.backlog import BATCH_BYTES, BATCH_ROWS, OVERLOAD, Backlog, Wake, WriterState
from wsinspect.store.batch import Insert, Update
from wsinspect.store.columns import FRAME_COLUMNS
from wsinspect.store.losses import Lost


@dataclass
class Clock:
    now: int = 0

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def make(clock: Clock, *, limit: int = 1000, drop: bool = False) -> Backlog:
    return Backlog(limit=limit, drop=drop, stall_ns=5, clock=clock, wall=lambda: 77)


def test_what_is_put_is_taken_in_order(clock: Clock) -> None:
    backlog = make(clock)
    backlog.put_message(hot_row(1), 10)
    update = Update("message", 1, {"held": 1})
    backlog.put(update, 5)
    assert backlog.enqueued == 15
    assert backlog.wait() is Wake.ROWS
    assert backlog.take() == [(hot_row(1), 10), (update, 5)]
    assert not backlog.progressed(15)
    assert backlog.written == 15


def test_one_commit_takes_a_bounded_number_of_rows_and_bytes(clock: Clock) -> None:
    backlog = make(clock)
    for row_id in range(BATCH_ROWS + 5):
        backlog.put_message(hot_row(row_id), 1)
    assert len(backlog.take()) == BATCH_ROWS
    assert len(backlog.take()) == 5
    for row_id in range(2000):
        backlog.put_message(hot_row(row_id), BATCH_BYTES // 1000)
    assert len(backlog.take()) == 1024


def test_what_is_put_right_before_the_end_is_still_taken(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    backlog = make(clock)
    looked: list[Backlog] = []

    def gaps_due(of: Backlog) -> bool:
        # While the taking thread has seen an empty queue and looks on, the other one puts something and ends.
        if not looked:
            looked.append(of)
            of.put_message((1,), 10)
            of.close()
        return False

    monkeypatch.setattr(Backlog, "_gaps_due", gaps_due)
    assert backlog.wait() is Wake.ROWS
    assert len(backlog.take()) == 1
    assert backlog.wait() is Wake.END


def test_waiting_ends_in_time_or_at_the_end(clock: Clock) -> None:
    backlog = make(clock)
    assert backlog.wait(0.001) is Wake.TIME
    backlog.close()
    assert backlog.closing
    assert backlog.wait() is Wake.END
    backlog.put_message(hot_row(1), 1)
    assert backlog.wait() is Wake.ROWS


def test_a_backlog_beyond_the_limit_is_for_the_caller_to_heed(clock: Clock) -> None:
    backlog = make(clock, limit=10)
    for row_id in range(5):
        backlog.put_message(hot_row(row_id), 10)
    assert backlog.enqueued == 50
    assert not backlog.losses


def test_dropping_counts_rows_beyond_the_limit_but_keeps_what_is_small(clock: Clock) -> None:
    backlog = make(clock, limit=10, drop=True)
    for row_id in range(5):
        backlog.put_message(hot_row(row_id), 10)
    backlog.put(Update("session", 1, {"status": 1}), 1)
    backlog.put(Insert("session", (1,)), 1)
    backlog.put(Insert("frame", wide_row(FRAME_COLUMNS, id=1, session=2, time=3, size=0)), 1)
    assert backlog.enqueued == 22
    assert backlog.losses.total == Lost(4, 3, 9)
    assert len(backlog.take()) == 4
    backlog.progressed(22)
    backlog.put_message(hot_row(9), 4)
    # What was dropped goes on record as soon as there is room again.
    (row, gap, other) = (item for item, _ in backlog.take())
    assert row == hot_row(9)
    assert isinstance(gap, Insert)
    assert gap.row[-1] == OVERLOAD
    assert isinstance(other, Insert)
    assert other.row[:3] == (2, 3, 3)


def test_stalled_means_no_progress_for_long_while_something_waits(clock: Clock) -> None:
    backlog = make(clock)
    clock.now = 100
    assert backlog.check() is WriterState.OK
    backlog.put_message(hot_row(1), 1)
    backlog.progressed(0)
    clock.now = 104
    assert backlog.check() is WriterState.OK
    clock.now = 105
    assert backlog.check() is WriterState.STALLED
    backlog.error = "full"
    backlog.put_message(hot_row(2), 1)
    backlog.put(Update("message", 1, {"held": 1, "payload": b"12"}), 1)
    backlog.put(Update("message", 1, {"held": 2}), 1)
    backlog.put(Insert("session", (1,)), 1)
    assert [item for item, _ in backlog.take()] == [hot_row(1), Insert("session", (1,))]
    assert backlog.progressed(2)
    assert backlog.error is None
    late, *gaps = (item for item, _ in backlog.take())
    assert late == Update("message", 1, {"held": 2})
    assert [gap.row[-1] for gap in gaps if isinstance(gap, Insert)] == ["full", "full"]


def test_failing_counts_what_waits_and_what_comes(clock: Clock) -> None:
    backlog = make(clock)
    backlog.put_message(hot_row(1), 10)
    backlog.fail("damaged")
    backlog.put_message(hot_row(2), 10)
    backlog.put(Insert("session", (1,)), 1)
    backlog.put(Update("message", 1, {"held": 1}), 1)
    assert (backlog.enqueued, backlog.written) == (10, 10)
    assert backlog.state is WriterState.FAILED
    assert backlog.losses.total == Lost(2, 2, 6)
    backlog.close()
    assert backlog.wait() is Wake.END
