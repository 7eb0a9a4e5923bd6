"""Actions on when, whether and in what frames a message is sent on."""

from __future__ import annotations

import pytest

from tests.rules.turns import NOW, act, message
from wsinspect.model import Direction
from wsinspect.rules.actions_flow import MOST_DELAY_NS
from wsinspect.rules.turn import ActionError

MS = 1_000_000


def test_a_drop_ends_it() -> None:
    turn = message("x")
    assert act("drop", turn) is None
    assert turn.dropped
    assert turn.ended


def test_a_hold_does_not_end_it() -> None:
    turn = message("x")
    act("hold", turn)
    assert turn.held
    assert not turn.ended


def test_delays_add_up() -> None:
    turn = message("x")
    assert act({"delay": 100}, turn) == "100 ms"
    assert turn.not_before == NOW + 100 * MS
    act({"delay": {"ms": 0.5}}, turn)
    assert turn.not_before == NOW + 100 * MS + MS // 2


@pytest.mark.parametrize("distribution", ["uniform", "normal", "exponential", "pareto"])
def test_delays_are_spread_around_their_amount_and_never_negative(distribution: str) -> None:
    turn = message("x")
    delays: list[int] = []
    for _ in range(2000):
        turn.not_before = 0
        act({"delay": {"ms": 10, "jitter": 20, "distribution": distribution}}, turn)
        delays.append(turn.not_before - NOW)
    mean = sum(delays) / len(delays) / MS
    least, most = {"uniform": (0, 30), "normal": (0, 120)}.get(distribution, (10, 1000))
    assert least * MS <= min(delays)
    assert 30 * MS * 0.9 < max(delays) <= most * MS
    assert 10 < mean < 35
    assert len(set(delays)) > 500


def test_no_delay_is_longer_than_a_day() -> None:
    turn = message("x")
    act({"delay": 86_400_000}, turn)
    act({"delay": 86_400_000}, turn)
    assert turn.not_before == NOW + MOST_DELAY_NS


def test_a_throttle_by_bits_sends_each_when_its_last_bit_has_left() -> None:
    memory: dict[str, object] = {}
    leaves = []
    for size in (1000, 500, 0):
        turn = message(bytes(size))
        turn.memory = memory
        act({"throttle": {"kbps": 80}}, turn)
        leaves.append((turn.not_before - NOW) // MS)
    # 80 kilobits are 10 000 bytes a second.
    assert leaves == [100, 150, 150]


def test_a_throttle_by_messages_lets_the_first_go_at_once() -> None:
    memory: dict[str, object] = {}
    leaves = []
    for _ in range(3):
        turn = message("x")
        turn.memory = memory
        leaves.append(act({"throttle": {"messages_per_s": 4}}, turn))
        assert turn.not_before >= NOW
    assert leaves == ["0 ms", "250 ms", "500 ms"]
    turn = message("x")
    turn.memory, turn.now = memory, NOW + 10**10
    assert act({"throttle": {"messages_per_s": 4}}, turn) == "0 ms"


def test_each_direction_and_each_rule_has_a_line_of_its_own() -> None:
    memory: dict[str, object] = {}
    for direction, rule in ((Direction.C2S, "a"), (Direction.S2C, "a"), (Direction.C2S, "b")):
        turn = message("x", direction=direction)
        turn.memory, turn.rule = memory, rule
        assert act({"throttle": {"messages_per_s": 1}}, turn) == "0 ms"
    assert len(memory) == 3


def test_a_throttle_never_owes_more_than_a_day() -> None:
    turn = message(bytes(1000))
    act({"throttle": {"kbps": 0.000001}}, turn)
    assert turn.not_before == NOW + MOST_DELAY_NS
    assert list(turn.memory.values()) == [NOW + MOST_DELAY_NS]


def test_duplicates_add_up() -> None:
    turn = message("x")
    assert act("duplicate", turn) == "1 more"
    assert act({"duplicate": 3}, turn) == "3 more"
    assert turn.copies == 4


def test_a_message_waits_for_others_to_go_first_but_not_for_ever() -> None:
    turn = message("x")
    behind = set()
    for _ in range(100):
        turn.not_before = 0
        act({"reorder": {"window": 3, "within": "2s"}}, turn)
        behind.add((turn.behind, turn.not_before))
    assert behind == {(0, 0), (1, NOW + 2 * 10**9), (2, NOW + 2 * 10**9)}


@pytest.mark.parametrize(
    ("sizes", "length", "frames"),
    [
        ([4], 10, (4, 4)),
        ([5], 10, (5,)),
        ([10], 10, ()),
        ([3, 4], 10, (3, 4)),
        ([3, 2], 10, (3, 2, 2, 2)),
        ([8, 1, 5], 9, (8,)),
        ([20, 3, 2], 10, ()),
        ([1], 0, ()),
        ([1], 10_000, (1,) * 9_999),
    ],
)
def test_the_last_frame_takes_the_rest(sizes: list[int], length: int, frames: tuple[int, ...]) -> None:
    turn = message(bytes(length))
    assert act({"fragment": sizes}, turn) == f"{len(frames) + 1} frames"
    assert turn.fragments == frames
    assert length == 0 or length > sum(turn.fragments)


def test_a_message_is_not_cut_into_any_number_of_frames() -> None:
    with pytest.raises(ActionError, match="over 10000 frames"):
        act({"fragment": 1}, message(bytes(10_001)))


@pytest.mark.parametrize("settings", [{"kbps": 1e-300}, {"messages_per_s": 1e-300}])
def test_a_throttle_that_lets_nothing_through_keeps_a_message_for_a_day(settings: dict[str, float]) -> None:
    turn = message("x" * 1000)
    act({"throttle": settings}, turn)
    act({"throttle": settings}, turn)
    assert turn.not_before == turn.now + MOST_DELAY_NS
