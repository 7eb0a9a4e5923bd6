"""The counters that both directions share."""

from __future__ import annotations

from wsinspect.wire.sink import Tally


def test_numbers_run_over_both_directions_and_counters_do_not() -> None:
    tally = Tally.zero()
    assert [tally.next_frame(0), tally.next_frame(1), tally.next_seq(), tally.next_frame(1)] == [1, 2, 3, 4]
    assert [tally.next_message(1), tally.next_message(0)] == [1, 2]
    assert (tally.frames, tally.messages, tally.bytes) == ([1, 2], [1, 1], [0, 0])
