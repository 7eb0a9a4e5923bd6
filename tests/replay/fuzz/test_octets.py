"""Bytes change at ranges and by chance, the same each time."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from wsinspect.replay.fuzz.octets import RANDOM_CHANGES, edges, random_changes
from wsinspect.replay.fuzz.positions import Position, Range
from wsinspect.replay.fuzz.values import Place, Typed
from wsinspect.replay.fuzz.variation import Carried
from wsinspect.replay.performing import SendMessage


def at(part: bytes) -> list[bytes]:
    position = Position("@0:4", Place.BYTES, part, Range(0, len(part)))
    contents = [value.content for value in edges(position)]
    return [content.value for content in contents if isinstance(content, Typed) and isinstance(content.value, bytes)]


def test_a_range_gets_its_edges() -> None:
    found = at(b"\x00\x01\x02\xff")
    for wanted in (
        b"", bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\x00\x01\x03\x00", b"\x01\x01\x02\xff",
        b"\x00\x01\x02\xfe", b"\xff\x02\x01\x00", b"\xff\xfe\xfd\x00", b"\x00\x01\x02", b"\x00\x01\x02\xff\x00",
        b"\x00\x01\x02\xff" * 2,
    ):  # fmt: skip
        assert wanted in found


def test_numbers_go_round() -> None:
    assert b"\x00" in at(b"\xff")
    assert b"\xff" in at(b"\x00")


def test_of_nothing_there_is_but_nothing() -> None:
    assert at(b"") == [b""]
    assert [value.content for value in edges(Position("@", Place.TEXT, "a"))] == [Typed(b"")]


@given(st.binary(max_size=60), st.integers(0, 99))
def test_chance_changes_any_message_the_same_each_time(payload: bytes, seed: int) -> None:
    one, other = (
        [variation.make(Carried(2, payload)) for variation in random_changes(random.Random(seed))] for _ in range(2)
    )
    assert one == other
    assert len(one) == RANDOM_CHANGES


def test_chance_changes_most_of_it_visibly() -> None:
    payload = bytes(range(100))
    sent = [variation.make(Carried(2, payload))[0] for variation in random_changes(random.Random(5))]
    changed = [act.payload for act in sent if isinstance(act, SendMessage) and act.payload != payload]
    assert len(changed) > RANDOM_CHANGES - 4
    assert any(len(one) < 100 for one in changed)
    assert any(len(one) > 100 for one in changed)
    assert any(len(one) == 100 for one in changed)
