"""Sequences are aligned in order, as well as it can be done within bounds."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.replay.comparing.sequences import Budget, best, by_occurrence, fewest_edits, increasing, unique


def ample() -> Budget:
    return Budget(1_000_000, 100)


few = st.lists(st.integers(0, 4), max_size=12)


def numbers(text: str) -> list[int]:
    return [ord(letter) for letter in text]


def paired(old: str, pairs: list[tuple[int, int]]) -> str:
    return "".join(old[place] for place, _ in pairs)


@pytest.mark.parametrize(
    ("places", "chosen"), [([], []), ([0, 1, 2], [0, 1, 2]), ([3, 0, 1, 2], [0, 1, 2]), ([2, 1, 0], [0])]
)
def test_the_longest_increasing_selection_is_taken(places: list[int], chosen: list[int]) -> None:
    assert [place for _, place in increasing(enumerate(places))] == chosen


def test_what_is_there_once_is_paired() -> None:
    assert unique(numbers("abcbd"), numbers("dabb")) == [(0, 1), (4, 0)]


def test_occurrences_are_paired_in_order() -> None:
    assert by_occurrence(numbers("aabac"), numbers("abaab")) == [(0, 0), (2, 1), (3, 3)]


@given(few, few)
def test_no_pairing_of_equal_elements_leaves_fewer_over(old: list[int], new: list[int]) -> None:
    pairs = fewest_edits(old, new, ample())
    assert pairs is not None
    assert all(old[i] == new[j] for i, j in pairs)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))
    assert len(pairs) == len(best(len(old), len(new), lambda i, j: float(old[i] == new[j])))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    assert len(pairs) >= sum(block.size for block in matcher.get_matching_blocks())


def test_too_many_edits_are_given_up() -> None:
    assert fewest_edits(numbers("abc"), numbers("xyz"), Budget(1000, 5)) is None
    assert fewest_edits(numbers("abc"), numbers("xyz"), Budget(1000, 6)) == []


def test_too_much_work_is_given_up() -> None:
    budget = Budget(1000, 900)
    assert fewest_edits(numbers("ab" * 500), numbers("ba" * 400), budget) is None
    assert -3000 < budget.steps < 0


def test_the_best_pairs_are_those_with_the_highest_sum() -> None:
    old, new = "xaby", "abz"
    assert best(4, 3, lambda i, j: 2.0 if old[i] == new[j] else 0.1) == [(1, 0), (2, 1), (3, 2)]
    assert best(2, 2, lambda i, j: 0.0) == []
    assert paired(old, best(4, 3, lambda i, j: float(old[i] == new[j]))) == "ab"
