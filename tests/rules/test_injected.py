"""Messages of a rule's own, and their limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.running import C2S, S2C, turn_of
from wsinspect.rules.injected import MOST_BYTES, cap, cap_bytes
from wsinspect.rules.ruling import Abort, Broadcast, Effect, Inject
from wsinspect.wire.sending import Injection

FRAME = Injection(1, b"x")


def inject(times: int | None = 1) -> Inject:
    return Inject("r", S2C, FRAME, every_ns=1, times=times)


BROADCAST = Broadcast("r", (C2S, S2C), FRAME, lambda _: True)


@pytest.mark.parametrize(
    ("effects", "left", "kept", "sent", "over"),
    [
        ([], 0, [], 0, False),
        ([Abort("r")], 0, [Abort("r")], 0, False),
        ([inject()], 1, [inject()], 1, False),
        ([inject()], 0, [], 0, True),
        ([inject(5)], 5, [inject(5)], 5, False),
        ([inject(5)], 3, [inject(3)], 3, True),
        ([inject(None)], 3, [inject(3)], 3, False),
        ([inject(None)], 0, [], 0, True),
        ([inject(None), inject()], 3, [inject(3)], 3, True),
        ([inject(), inject(), Abort("r")], 1, [inject(), Abort("r")], 1, True),
        ([BROADCAST], 2, [BROADCAST], 2, False),
        ([BROADCAST, inject()], 1, [inject()], 1, True),
    ],
)
def test_effects(effects: list[Effect], left: int, kept: list[Effect], sent: int, over: bool) -> None:
    turn = turn_of(effects=[inject(), *effects])
    assert cap(turn, left, copies=0, then=0, effects=1) == (sent, over)
    assert turn.effects == [inject(), *kept]


@pytest.mark.parametrize(
    ("left", "copies", "then", "effects", "over"),
    [(9, 3, 5, 1, False), (6, 3, 5, 1, False), (5, 3, 5, 0, True), (4, 3, 4, 0, True), (1, 2, 2, 0, True),
     (0, 1, 2, 0, True)],
)  # fmt: skip
def test_copies_come_before_what_follows_and_that_before_effects(
    left: int, copies: int, then: int, effects: int, over: bool
) -> None:
    turn = turn_of(copies=3, then=[FRAME] * 5, effects=[inject()])
    assert cap(turn, left, copies=1, then=2, effects=0)[1] is over
    assert (turn.copies, len(turn.then), len(turn.effects)) == (copies, then, effects)


@given(st.integers(0, 9), st.integers(0, 3), st.integers(0, 3), st.lists(st.none() | st.integers(1, 4), max_size=3))
def test_never_more_than_is_left(left: int, copies: int, then: int, times: list[int | None]) -> None:
    turn = turn_of(copies=copies, then=[FRAME] * then, effects=[inject(each) for each in times])
    sent, _ = cap(turn, left, copies=0, then=0, effects=0)
    there = [effect.times for effect in turn.effects if isinstance(effect, Inject)]
    assert None not in there
    assert turn.copies + len(turn.then) + sum(each or 0 for each in there) == sent <= left


LARGE = Injection(1, bytes(MOST_BYTES // 4))


@pytest.mark.parametrize(
    ("payload", "copies", "then", "effects", "kept"),
    [
        (b"", 9, [], [], None),
        (b"x", 9, [LARGE] * 3, [Abort("r")], None),
        (LARGE.payload, 4, [], [Abort("r")], None),
        (LARGE.payload, 1000, [], [Abort("r")], (4, [], [Abort("r")])),
        (LARGE.payload, 3, [LARGE, LARGE, FRAME], [inject()], (3, [LARGE], [])),
        (
            b"",
            0,
            [],
            [Inject("r", S2C, LARGE)] * 5 + [Abort("r")],
            (0, [], [Inject("r", S2C, LARGE)] * 4 + [Abort("r")]),
        ),
        (b"", 0, [], [Broadcast("r", (C2S,), LARGE, bool)] * 5, (0, [], [Broadcast("r", (C2S,), LARGE, bool)] * 4)),
    ],
)
def test_bytes_sent_at_once_are_bounded(
    payload: bytes,
    copies: int,
    then: list[Injection],
    effects: list[Effect],
    kept: tuple[int, list[Injection], list[Effect]] | None,
) -> None:
    turn = turn_of(payload, copies=copies, then=list(then), effects=list(effects))
    assert cap_bytes(turn) is (kept is not None)
    assert (turn.copies, turn.then, turn.effects) == (kept or (copies, then, effects))
