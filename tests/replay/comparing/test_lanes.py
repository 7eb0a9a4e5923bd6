"""Messages of one direction are aligned: those that say the same, then those that are the same, within bounds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.replay.comparing.lanes import Effort, Lane, align
from wsinspect.replay.comparing.sequences import Budget, Pair


def lane(text: str, *, tells: bool = True) -> Lane:
    """A message a letter: its kind is the letter in lower case, its key the letter."""
    return Lane([ord(letter.lower()) for letter in text], [ord(letter) for letter in text], [tells] * len(text))


def aligned(
    old: str, new: str, *fixed: Pair, effort: Effort | None = None, tells: bool = True, likeness: float = 0.0
) -> list[Pair]:
    spent = effort or Effort()
    return align(lane(old, tells=tells), lane(new, tells=tells), lambda i, j: likeness, fixed, spent)


def test_what_says_the_same_goes_before_what_is_the_same() -> None:
    assert aligned("abc", "abc") == [(0, 0), (1, 1), (2, 2)]
    assert aligned("aAc", "Ac") == [(1, 0), (2, 1)]
    assert aligned("abc", "aBc") == [(0, 0), (1, 1), (2, 2)]
    assert aligned("abc", "axc") == [(0, 0), (2, 2)]
    assert aligned("", "abc") == []


def test_what_is_alike_is_paired_of_what_is_the_same() -> None:
    old, new = lane("aa"), lane("A")
    assert align(old, new, lambda i, j: float(i == 1), (), Effort()) == [(1, 0)]


def test_known_pairs_are_kept() -> None:
    assert aligned("aba", "aba", (2, 0)) == [(2, 0)]
    assert aligned("abab", "bab", (1, 2)) == [(0, 1), (1, 2)]


def large() -> Effort:
    return Effort(cells=0)


def test_large_pieces_are_split_at_what_is_unique() -> None:
    pairs = aligned("xaabbayccz", "xaabayccczq", effort=large())
    assert len(pairs) == 9
    assert {(0, 0), (6, 5), (9, 9)} <= set(pairs)
    # Only as kinds unique.
    assert aligned("aabaab", "AAbAA", effort=large(), tells=False) == [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)]


def test_large_pieces_without_anything_unique_leave_the_fewest_over() -> None:
    effort = large()
    assert len(aligned("abab" * 3 + "aab", "baba" * 3 + "ab", effort=effort)) == 14
    assert len(aligned("abab" * 3 + "aab", "BABA" * 3 + "AB", effort=effort)) == 14
    assert not effort.rough


def test_what_is_too_different_is_only_counted() -> None:
    effort = Effort(Budget(0, 0), 0)
    assert aligned("abab", "BABAA", effort=effort) == [(1, 0), (3, 2)]
    assert effort.rough
    nothing = Effort(Budget(0, 0), 0)
    assert aligned("aabb", "ccdd", effort=nothing) == []
    assert not nothing.rough


def test_splitting_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.replay.comparing.lanes._DEEPEST", 0)
    assert aligned("xaabb", "baaxb", effort=large()) == [(3, 0), (4, 4)]


letters = st.text("aAbBcC", max_size=14)


@given(letters, letters, st.sampled_from([0, 10, 400]), st.integers(0, 12), st.booleans())
def test_pairs_are_of_a_kind_and_in_order(old: str, new: str, cells: int, edits: int, tells: bool) -> None:
    pairs = aligned(old, new, effort=Effort(Budget(1000, edits), cells), tells=tells, likeness=0.5)
    assert all(old[i].lower() == new[j].lower() for i, j in pairs)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))


@given(letters, st.sampled_from([0, 400]))
def test_nothing_is_left_over_of_what_is_the_same(text: str, cells: int) -> None:
    assert aligned(text, text, effort=Effort(cells=cells)) == [(place, place) for place in range(len(text))]
