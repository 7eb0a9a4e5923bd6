"""Places are found whatever was put in, taken out and split."""

from __future__ import annotations

from bisect import insort

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.store import ranks
from wsinspect.store.ranks import Key, Ranks

type Place = tuple[int, int]

keys = st.tuples(st.integers(0, 5), st.integers(0, 1000))
steps = st.lists(st.tuples(st.sampled_from(["append", "add", "remove"]), keys, st.integers(0, 9)), max_size=30)


@given(steps)
def test_places_are_those_of_a_list(steps: list[tuple[str, Place, int]]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(ranks, "BLOCK", 3)
        counted, plain = Ranks(), list[Place]()
        for step, key, count in steps:
            take(counted, plain, step, key, count)
            while (start := counted.overlong()) is not None:
                counted.split(start, fourth(plain, start))
            assert counted.size == len(plain)
            check(counted, plain)


def fourth(plain: list[Place], start: Key) -> Place:
    """The fourth thing of a block, whose first may have been taken out."""
    return [key for key in plain if key >= start][3]


def take(counted: Ranks, plain: list[Place], step: str, key: Place, count: int) -> None:
    if step == "append":
        above = max((number for number, _ in plain), default=0)
        counted.append((above + 1, 0), count)
        plain += [(above + 1, place) for place in range(1, count + 1)]
    elif step == "add" and key not in plain:
        counted.add(key)
        insort(plain, key)
    elif step == "remove" and plain:
        counted.remove(plain.pop(key[1] % len(plain)))


def check(counted: Ranks, plain: list[Place]) -> None:
    for place, key in enumerate(plain):
        start, offset = counted.find(place)
        first = next(at for at, other in enumerate(plain) if other >= start)
        assert plain[first + offset] == key
        around = counted.around(key)
        assert around is not None
        assert around[0] <= key
        assert around[1] == sum(other < around[0] for other in plain)


def test_what_is_appended_to_an_emptied_block_may_be_below_its_beginning() -> None:
    counted = Ranks()
    counted.add((2, 0))
    counted.remove((2, 0))
    counted.append((1, 0), 1)
    assert counted.find(0) == ((1, 0), 0)


def test_nothing_is_before_the_first() -> None:
    counted = Ranks()
    assert counted.around((1, 1)) is None
    counted.append((5, 0), 2)
    assert counted.around((4, 9)) is None
    assert counted.around((9, 9)) == ((5, 0), 0)
    counted.append((7, 0), 0)
    assert counted.size == 2


def test_keys_may_be_bytes() -> None:
    counted = Ranks()
    for key in ((b"b", 1), (b"a", 2), (b"", 3)):
        counted.add(key)
    assert counted.find(2) == ((b"", 3), 2)
