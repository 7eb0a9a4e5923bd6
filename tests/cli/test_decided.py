"""A record is printed once it is decided, and again only where revisions are asked for."""

from __future__ import annotations

import pytest

from wsinspect.cli.decided import DecidedOnly


@pytest.mark.parametrize(("revisions", "expected"), [(False, [("b", 1)]), (True, [("b", 1), ("c", 2), ("d", 3)])])
def test_what_is_printed(revisions: bool, expected: list[tuple[str, int]]) -> None:
    chooser: DecidedOnly[str] = DecidedOnly(revisions=revisions)
    sights = [(1, False, "a"), (1, True, "b"), (1, True, "c"), (1, False, "d")]
    assert [chosen for sight in sights for chosen in chooser.choose([sight])] == expected


def test_records_are_told_apart() -> None:
    chooser: DecidedOnly[int] = DecidedOnly(revisions=False)
    assert list(chooser.choose([(1, True, 1), (2, True, 2), (1, True, 3)])) == [(1, 1), (2, 1)]


def test_memory_is_bounded() -> None:
    chooser: DecidedOnly[int] = DecidedOnly(revisions=True)
    for number in range(200_000):
        next(chooser.choose([(number, True, number)]))
    assert len(chooser._printed) <= 1 << 17
    assert list(chooser.choose([(199_999, True, 0)])) == [(0, 2)]
