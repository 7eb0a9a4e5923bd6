"""Values from elsewhere in the recording are tried."""

from __future__ import annotations

from tests.replay.recordings import recorded
from wsinspect.replay.fuzz.positions import Position, Range
from wsinspect.replay.fuzz.recorded import MOST, Elsewhere
from wsinspect.replay.fuzz.values import Place, Typed
from wsinspect.replay.leaves import Form

ELSEWHERE = Elsewhere(
    recorded(
        '> {"op": "get", "order": {"id": 7, "open": true}}',
        '< {"order": {"id": 7}, "next": {"id": 8}}',
        '> {"op": "get", "order": {"id": 9, "open": 1}}',
        "> [5]",
    ).messages()
)


def test_the_values_of_the_same_path_come_first_then_those_of_the_same_name() -> None:
    found = list(ELSEWHERE.values(Position("$.order.id", Form.JSON, 7)))
    assert [value.content for value in found] == [Typed(9), Typed(8)]
    assert [value.label for value in found] == ["as in message 3: 9", "as in message 2: 8"]


def test_true_is_not_one() -> None:
    found = [value.content for value in ELSEWHERE.values(Position("$.order.open", Form.JSON, True))]
    assert [content.value for content in found if isinstance(content, Typed)] == [1]


def test_there_may_be_none() -> None:
    assert list(ELSEWHERE.values(Position("$.none", Form.JSON, 7))) == []
    assert list(ELSEWHERE.values(Position("@0:4", Place.TEXT, "word", Range(0, 4)))) == []


def test_there_are_not_too_many_and_labels_stay_short() -> None:
    lines = [f'> {{"id": "{"x" * 60}{number}"}}' for number in range(MOST + 5)]
    found = list(Elsewhere(recorded(*lines).messages()).values(Position("$.id", Form.JSON, "a")))
    assert len(found) == MOST
    assert all(len(value.label) < 70 for value in found)
