"""What came of a variation."""

from __future__ import annotations

import pytest

from wsinspect.replay.fuzz.outcome import KEPT_BYTES, Fate, Outcome, Reply


def test_a_reply_keeps_its_beginning_and_its_size() -> None:
    reply = Reply.of(1, b"a" * (KEPT_BYTES + 5), 7)
    assert (len(reply.payload), reply.size, reply.delay) == (KEPT_BYTES, KEPT_BYTES + 5, 7)


def test_the_first_reply_gives_the_delay() -> None:
    outcome = Outcome(1, Fate.OPEN, (Reply.of(1, b"ab", 5), Reply.of(2, b"c", 9)))
    assert (outcome.delay, outcome.reply_bytes) == (5, 3)
    assert Outcome(1, Fate.OPEN).delay is None


@pytest.mark.parametrize("fate", Fate)
def test_some_never_went_out(fate: Fate) -> None:
    assert Outcome(1, fate).went_out == (fate in (Fate.OPEN, Fate.CLOSED, Fate.LOST))
