"""How a message that has come stands to the recorded one."""

from __future__ import annotations

import pytest

from tests.replay.recordings import T0
from wsinspect.model import Direction
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.recording import Event
from wsinspect.replay.repeating.standing import READ_BYTES, Standing, Standings
from wsinspect.replay.shape import Shape


class Tokens:
    """Knows that tokens are other ones each time."""

    def is_volatile(self, shape: Shape, path: str, old: Scalar, new: Scalar) -> str | None:
        return "issued anew" if path == "$.token" else None


def event(payload: bytes, opcode: int = 1) -> Event:
    return Event(0, Direction.S2C, T0, opcode, payload, 1)


@pytest.mark.parametrize(
    ("old", "new", "standing"),
    [
        (b'{"token":"abc","price":1}', b'{"token":"abc","price":1}', Standing.SAME),
        (b'{"token":"abc","price":1}', b'{"token":"xyz","price":1}', Standing.ANEW),
        (b'{"token":"abcd","echo":"abcd"}', b'{"token":"wxyz","echo":"wxyz"}', Standing.ANEW),
        (b'{"token":"abc","price":1}', b'{"price":1, "token":"abc"}', Standing.ANEW),
        (b'{"token":"abc","price":1}', b'{"token":"xyz","price":2}', Standing.OTHER),
        (b'{"token":"abc","price":1}', b'{"token":"xyz"}', Standing.OTHER),
        (b"hello", b"good bye", Standing.OTHER),
        (b"x" * READ_BYTES, b"x" * READ_BYTES + b"y", Standing.OTHER),
    ],
)
def test_values_that_are_issued_anew_make_no_difference(old: bytes, new: bytes, standing: Standing) -> None:
    assert Standings(Tokens()).of(event(old), event(new)) is standing


def test_another_type_of_message_is_a_difference() -> None:
    assert Standings(Tokens()).of(event(b"hello"), event(b"hello", opcode=2)) is Standing.OTHER


def test_where_nothing_is_known_every_value_counts() -> None:
    assert Standings().of(event(b'{"token":"abc"}'), event(b'{"token":"xyz"}')) is Standing.OTHER
