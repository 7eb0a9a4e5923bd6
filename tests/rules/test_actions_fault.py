"""Actions that break things on purpose."""

from __future__ import annotations

import random

import pytest

from tests.rules.turns import REQUEST, act, event, message
from wsinspect.model import Direction
from wsinspect.rules.actions_fault import MOST_PLACES
from wsinspect.rules.ruling import Abort, Blackhole, CloseSession, HalfClose
from wsinspect.rules.turn import ActionError
from wsinspect.wire.opcodes import Opcode

BOTH = (Direction.C2S, Direction.S2C)


def flipped(before: bytes, after: bytes) -> int:
    return sum((one ^ other).bit_count() for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize("bits", [1, 7, 80])
def test_so_many_bits_are_flipped(bits: int) -> None:
    turn = message("abcdefghij")
    assert act({"corrupt": {"bits": bits}}, turn) == f"{bits} bits"
    assert flipped(b"abcdefghij", turn.payload) == bits
    assert turn.changed


@pytest.mark.parametrize("size", [1, 5, 10])
def test_so_many_bytes_are_others(size: int) -> None:
    turn = message(b"abcdefghij")
    assert act({"corrupt": {"bytes": size}}, turn) == f"{size} bytes"
    assert sum(one != other for one, other in zip(b"abcdefghij", turn.payload, strict=True)) == size


def test_no_more_is_corrupted_than_there_is() -> None:
    turn = message("ab")
    assert act({"corrupt": {"bytes": 50}}, turn) == "2 bytes"
    assert turn.payload[0] != ord("a")
    assert turn.payload[1] != ord("b")


def test_corruption_repeats_with_its_seed_and_reaches_every_place() -> None:
    touched = set()
    for seed in range(200):
        payloads = set()
        for _ in range(2):
            turn = message(bytes(10))
            turn.random = random.Random(seed)
            act({"corrupt": {"bits": 3}}, turn)
            payloads.add(turn.payload)
        (payload,) = payloads
        touched |= {place for place in range(80) if payload[place >> 3] & 1 << (place & 7)}
    assert touched == set(range(80))


def test_a_text_may_become_no_text() -> None:
    turn = message("é")
    assert act({"truncate": 1}, turn) == "2 to 1 bytes"
    assert (turn.payload, turn.opcode) == (b"\xc3", Opcode.TEXT)


def test_what_is_shorter_already_stays() -> None:
    turn = message("abc")
    act({"truncate": "1k"}, turn)
    assert not turn.changed


def test_corruption_has_to_be_possible() -> None:
    with pytest.raises(ActionError, match="nothing in it to corrupt"):
        act({"corrupt": {"bits": 1}}, message(""))
    with pytest.raises(ActionError, match="at most 65536"):
        act({"corrupt": {"bytes": MOST_PLACES + 1}}, message("x"))


@pytest.mark.parametrize(
    ("action", "effect", "detail"),
    [
        ("close", CloseSession("r1", BOTH, 1000, ""), "1000 to both"),
        ({"close": 4000}, CloseSession("r1", BOTH, 4000, ""), "4000 to both"),
        ({"close": {"code": None, "side": "client"}}, CloseSession("r1", BOTH[1:], None, ""), "no code to client"),
        (
            {"close": {"reason": "bye {{ rule }}", "side": "server"}},
            CloseSession("r1", BOTH[:1], 1000, "bye r1"),
            "1000 to server",
        ),
        ("abort", Abort("r1"), None),
    ],
)
def test_what_ends_the_session_ends_the_message(action: object, effect: object, detail: str | None) -> None:
    turn = message("x")
    assert act(action, turn) == detail
    assert turn.effects == [effect]
    assert turn.dropped
    assert turn.ended


def test_without_a_message_there_is_none_to_drop() -> None:
    for turn in (event(), event(head=REQUEST)):
        act("abort", turn)
        assert (turn.dropped, turn.ended) == (False, True)


@pytest.mark.parametrize(
    ("action", "directions", "dropped"),
    [("blackhole", BOTH, True), ({"blackhole": "c2s"}, BOTH[:1], True), ({"blackhole": "s2c"}, BOTH[1:], False)],
)
def test_a_blackhole_takes_this_message_first(action: object, directions: object, dropped: bool) -> None:
    turn = message("x")
    act(action, turn)
    assert turn.effects == [Blackhole("r1", BOTH if directions == BOTH else BOTH[:1] if dropped else BOTH[1:])]
    assert (turn.dropped, turn.ended) == (dropped, False)
    turn = event()
    act(action, turn)
    assert not turn.dropped


def test_a_blackhole_gives_back_no_dropped_message() -> None:
    turn = message("x")
    turn.dropped = True
    act({"blackhole": "s2c"}, turn)
    assert turn.dropped


def test_a_half_close_is_a_fin_to_one_side() -> None:
    turn = message("x")
    assert act({"half_close": "client"}, turn) == "client"
    act({"half_close": "server"}, turn)
    assert turn.effects == [HalfClose("r1", Direction.S2C), HalfClose("r1", Direction.C2S)]
    assert not turn.ended


def test_a_reason_that_is_too_long_is_an_error() -> None:
    with pytest.raises(ActionError, match="at most 123 bytes"):
        act({"close": {"reason": "{{ 'é' * 62 }}"}}, message("x"))
