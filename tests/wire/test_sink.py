"""The counters that both directions share."""

from __future__ import annotations

from wsinspect.model import Direction, Source
from wsinspect.wire.sink import CloseSeen, Tally


def test_numbers_run_over_both_directions_and_counters_do_not() -> None:
    tally = Tally.zero()
    assert [tally.next_frame(0), tally.next_frame(1), tally.next_seq(), tally.next_frame(1)] == [1, 2, 3, 4]
    assert [tally.next_message(1), tally.next_message(0)] == [1, 2]
    assert (tally.frames, tally.messages, tally.bytes) == ([1, 2], [1, 1], [0, 0])


def test_of_many_close_frames_the_first_of_each_side_counts() -> None:
    tally = Tally.zero()
    for source in (Source.PEER, Source.PEER, Source.RULE, Source.USER):
        tally.note_close(CloseSeen(Direction.C2S, 1000, "", source))
    tally.note_close(CloseSeen(Direction.S2C, 1000, "", Source.PEER))
    assert [(close.direction, close.source) for close in tally.closes] == [
        (0, Source.PEER), (0, Source.RULE), (1, Source.PEER)
    ]  # fmt: skip
    assert tally.closed == [True, True]
    assert Tally.zero().closed == [False, False]
