"""Messages are sorted by what they are, and told apart by values that both recordings have."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.replay.recordings import recorded
from wsinspect.replay.comparing.kinds import Kinds, Told, sort
from wsinspect.replay.comparing.reading import Reader


def sorted_as(old: Sequence[str], new: Sequence[str]) -> Kinds:
    reader = Reader()
    sides = [[(event.direction, reader.read(event)) for event in recorded(*lines).events] for lines in (old, new)]
    return sort(*sides)


def lines(template: str, *values: object) -> list[str]:
    return [template % value for value in values]


def told(old: Sequence[str], new: Sequence[str]) -> Told:
    [one] = sorted_as(old, new).told.values()
    return one


def test_names_and_shapes_and_directions_make_kinds() -> None:
    kinds = sorted_as(
        ['< {"type":"a","x":1}', '< {"type":"a"}', '> {"type":"a"}', '< {"b":1}'],
        ['< {"b":2}', '< {"type":"a","y":2}', '< {"type":"b"}'],
    )
    assert kinds.old == [0, 0, 1, 2]
    assert kinds.new == [2, 0, 3]


def test_a_shape_that_only_one_has_is_of_a_kind_with_the_most_alike() -> None:
    kinds = sorted_as(
        ['< {"a":1,"b":2,"c":3}', '< {"x":1}'],
        ['< {"a":1,"q":2}', '< {"a":1,"b":2}', '< {"a":1,"b":2,"c":3,"d":4}', '< {"y":1}'],
    )
    assert kinds.old[0] == kinds.new[1] == kinds.new[2]
    assert len({*kinds.old, *kinds.new}) == 4


def test_too_many_shapes_are_not_all_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.replay.comparing.kinds._MOST_COMPARED", 6)
    old, new = lines('< {"a%s":1,"b":2}', *range(3)), lines('< {"c%s":1,"b":2}', *range(3))
    assert sorted_as(old, new).cut
    assert not sorted_as(old[:1], new).cut


def test_chains_of_alike_shapes_end() -> None:
    kinds = sorted_as(
        ['< {"a":1,"b":1}', '< {"a":1,"b":1,"c":1,"d":1}'],
        ['< {"a":1,"b":1,"c":1}', '< {"a":1,"b":1,"c":1,"d":1,"e":1}'],
    )
    assert len({*kinds.old, *kinds.new}) == 1


def test_values_that_both_have_make_the_key() -> None:
    kinds = sorted_as(
        lines('> {"op":"say","text":"t%s","token":"old","at":%s}', *[(n, 100 + n) for n in range(4)]),
        lines('> {"op":"say","text":"t%s","token":"new","at":%s}', *[(n, 200 + n) for n in (0, 2, 3, 1)]),
    )
    assert set(kinds.told.values()) == {Told.BY_VALUES}
    assert kinds.new_keys == [kinds.old_keys[n] for n in (0, 2, 3, 1)]


def test_numbers_that_count_are_used_where_nothing_else_tells() -> None:
    counting = lines('> {"op":"poll","n":%s}', *range(1, 9))
    assert told(counting, counting[1:]) is Told.BY_COUNT
    both = lines('> {"op":"poll","n":%s,"text":"t%s"}', *[(n, n) for n in range(8)])
    kinds = sorted_as(both, [line.replace('"n":', '"n":1') for line in both[2:]])
    assert set(kinds.told.values()) == {Told.BY_VALUES}
    assert kinds.new_keys == kinds.old_keys[2:]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (['< {"type":"a","x":1}'], ['< {"type":"a","x":2}'], Told.BY_VALUES),
        (['< {"type":"beat"}'] * 4, ['< {"type":"beat"}'] * 3, Told.NOT),
        (lines('< {"type":"p","x":%s}', 1, 2, 3), lines('< {"type":"p","x":%s}', 7, 8, 9), Told.NOT),
        (lines('< {"type":"p","x":"%s"}', *"abc"), lines('< {"type":"p","x":"%s"}', *"cab"), Told.BY_VALUES),
        (lines('< {"type":"p","x":%s}', 1, 2, True), lines('< {"type":"p","x":"%s"}', *"ab"), Told.NOT),
    ],
)
def test_kinds_are_told_apart_or_not(old: list[str], new: list[str], expected: Told) -> None:
    assert told(old, new) is expected


def test_values_that_are_equal_by_chance_are_not_in_the_same_order() -> None:
    values = [f"v{number}" for number in range(40)]
    old = lines('< {"type":"p","x":"%s"}', *values)
    assert told(old, lines('< {"type":"p","x":"%s"}', *values[::-1])) is Told.NOT
    assert told(old, lines('< {"type":"p","x":"%s"}', *values[:20], *values[30:])) is Told.BY_VALUES
