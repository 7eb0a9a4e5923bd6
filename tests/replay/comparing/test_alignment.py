"""Messages of two recordings find each other, wherever the directions race and whatever the values are."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.replay.recordings import recorded
from wsinspect.replay.comparing.alignment import Alignment, Side, aligned
from wsinspect.replay.comparing.lanes import Effort
from wsinspect.replay.comparing.reading import Reader
from wsinspect.replay.comparing.sequences import Budget

TICK = '< {"type":"tick","price":%s}'
BEAT = '> {"type":"beat"}'


def found(old: Sequence[str], new: Sequence[str]) -> Alignment:
    reader = Reader()
    sides = []
    for lines in (old, new):
        events = recorded(*lines).events
        sides.append(Side(events, [reader.read(event) for event in events]))
    return aligned(*sides)


def pairs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    return list(found(old, new).pairs)


def call(number: int, method: str) -> list[str]:
    return [f'> {{"id":{number},"method":"{method}"}}', f'< {{"id":{number},"result":{{"of":"{method}"}}}}']


def test_what_is_missing_and_what_is_extra_are_left_over() -> None:
    old = ['> {"type":"a"}', '> {"type":"b"}', '> {"type":"c"}']
    new = ['> {"type":"a"}', '> {"type":"x"}', '> {"type":"c"}']
    assert pairs(old, new) == [(0, 0), (2, 2)]


def test_directions_race() -> None:
    old = ['> {"type":"a"}', '< {"type":"x"}', '> {"type":"b"}', '< {"type":"y"}']
    alignment = found(old, [old[1], old[3], old[0], old[2]])
    assert alignment.pairs == ((0, 2), (1, 0), (2, 3), (3, 1))
    assert not alignment.moved


def test_a_reply_before_its_request_has_moved() -> None:
    old = call(1, "a")
    for one, other in ((old, old[::-1]), (old[::-1], old)):
        alignment = found(one, other)
        assert alignment.pairs == ((0, 1), (1, 0))
        assert alignment.moved == {one.index(old[1])}
    one, other = ['> {"type":"a"}', *old[::-1]], ['> {"type":"b"}', *old]
    assert found(one, other).moved == {1}


def test_order_within_a_direction_matters() -> None:
    old = ['> {"type":"a"}', '> {"type":"b","n":1}', '> {"type":"c"}', '> {"type":"d"}']
    alignment = found(old, [old[1].replace("1", "2"), old[0], old[2], old[3]])
    assert alignment.pairs == ((0, 1), (1, 0), (2, 2), (3, 3))
    assert len(alignment.moved) == 1


def test_what_says_something_else_elsewhere_has_not_moved() -> None:
    say = '> {"op":"say","text":"%s"}'
    old = [say % "one", say % "two", '> {"op":"x"}', '> {"op":"y"}']
    alignment = found(old, ['> {"op":"x"}', '> {"op":"y"}', say % "one", say % "three"])
    assert alignment.pairs == ((0, 2), (2, 0), (3, 1))
    assert alignment.moved == {0}


def test_replies_go_with_their_requests() -> None:
    old = [*call(1, "a"), *call(2, "b"), *call(3, "a")]
    new = [*call(7, "a"), *call(9, "a")]
    assert pairs(old, new) == [(0, 0), (1, 1), (4, 2), (5, 3)]
    swapped = [old[0], old[2], old[3], old[1]]
    alignment = found(old[:4], swapped)
    assert alignment.pairs == ((0, 0), (1, 3), (2, 1), (3, 2))
    assert len(alignment.moved) == 1


def test_a_reply_of_another_kind_goes_with_its_request() -> None:
    old, new = call(1, "a"), [call(1, "a")[0], '< {"id":1,"error":"no"}']
    assert pairs(old, new) == [(0, 0), (1, 1)]
    assert pairs(old, new[:1]) == [(0, 0)]


def test_streams_race_everything_and_are_aligned_apart() -> None:
    old = [TICK % 1, TICK % 2, *call(1, "a"), TICK % 3, TICK % 4]
    new = [*call(1, "a"), TICK % 5, TICK % 6, TICK % 7, TICK % 8, TICK % 9]
    alignment = found(old, new)
    assert alignment.pairs == ((0, 2), (1, 3), (2, 0), (3, 1), (4, 4), (5, 5))
    assert (alignment.moved, len(alignment.streams), len(alignment.endless)) == (frozenset(), 1, 0)


def test_streams_are_aligned_by_what_counts_where_they_say_it() -> None:
    seq = '< {"type":"tick","n":%s}'
    alignment = found([seq % n for n in range(12)], [seq % n for n in range(3, 15)])
    assert alignment.pairs[0] == (3, 0)
    assert len(alignment.pairs) == 9
    assert alignment.endless == alignment.streams


def test_streams_are_counted_where_they_say_nothing_that_is_the_same() -> None:
    old = [f'< {{"type":"tick","x":{number},"y":{number}}}' for number in (3, 1, 4, 2, 5)]
    new = [f'< {{"type":"tick","x":{number},"y":{number % 5 + 1}}}' for number in (5, 3, 1, 4, 2)]
    assert pairs(old, new) == [(place, place) for place in range(5)]


def test_messages_that_are_all_the_same_are_endless() -> None:
    assert len(found([BEAT] * 4, [BEAT] * 5).endless) == 1
    assert len(found([BEAT] * 3, [BEAT] * 5).streams) == 0


def test_requests_and_their_replies_are_no_stream() -> None:
    old = [line for number in range(1, 7) for line in call(number, "poll")]
    alignment = found(old, old[:8])
    assert (len(alignment.streams), len(alignment.pairs)) == (0, 8)
    assert alignment.requests[0] == {number * 2 + 1: number * 2 for number in range(6)}


def test_replies_in_a_stream_are_of_the_stream() -> None:
    tick = '< {"id":%s,"result":1}'
    lines = ['> {"id":3,"method":"a"}', *[tick % (number % 4) for number in range(20)]]
    alignment = found(lines, lines)
    assert len(alignment.streams) == 1
    assert alignment.pairs == tuple((place, place) for place in range(21))


def test_what_stands_in_the_place_of_something_nameless_is_that() -> None:
    assert pairs(["> one", "> hello there", "> two"], ["> one", "> good bye", "> two"]) == [(0, 0), (1, 1), (2, 2)]
    assert pairs(["> one", "> hello there", "> two"], ["> one", "> a b", "> c d", "> two"]) == [(0, 0), (2, 3)]
    assert pairs(['> {"type":"a"}'], ["> hello"]) == []


def test_values_choose_among_messages_that_cannot_be_told_apart() -> None:
    said = '> {"op":"set","a":%s,"b":%s,"token":"%s"}'
    old = [said % (1, 1, "x"), said % (2, 2, "y"), said % (1, 1, "z")]
    assert pairs(old, [said % (2, 2, "w")]) == [(1, 0)]
    other = '> {"op":"set","a":2,"c":7}'
    assert pairs(old, [other]) == [(1, 0)]


def test_what_cannot_be_aligned_in_time_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.replay.comparing.alignment.Effort", lambda: Effort(Budget(0, 0), 0))
    old = ['> {"type":"a","x":[1]}', '> {"type":"b"}'] * 3
    new = ['> {"type":"b"}', '> {"type":"a","x":[2]}'] * 3
    assert found(old, new).rough
    assert not found(old, old).rough


LINES = st.lists(
    st.sampled_from(
        [
            *call(1, "a"), *call(2, "a"), *call(2, "b"), BEAT, TICK % 1, TICK % 2, "> hello", "< hello 7", "> bye",
            '< {"x":1,"y":2}', '< {"x":1,"z":2}', '> {"op":"say","text":"a"}', '> {"op":"say","text":"b"}',
        ]
    ),
    max_size=14,
)  # fmt: skip


@given(LINES, LINES)
def test_which_is_called_the_old_one_does_not_matter(one: list[str], other: list[str]) -> None:
    there, back = found(one, other), found(other, one)
    assert {(j, i) for i, j in there.pairs} == set(back.pairs)
    places = dict(there.pairs)
    assert {places[place] for place in there.moved} == back.moved
    assert (len(there.streams), len(there.endless)) == (len(back.streams), len(back.endless))


@given(LINES)
def test_a_recording_is_itself(lines: list[str]) -> None:
    alignment = found(lines, lines)
    assert alignment.pairs == tuple((place, place) for place in range(len(lines)))
