"""A record is printed once it is decided, and again only where revisions are asked for."""

from __future__ import annotations

import pytest

from wsinspect.cli.decided import DecidedOnly


@pytest.mark.parametrize(("revisions", "expected"), [(False, [0, 1, 0, 0]), (True, [0, 1, 2, 3])])
def test_what_is_printed(revisions: bool, expected: list[int]) -> None:
    chooser: DecidedOnly[int] = DecidedOnly(revisions=revisions)
    assert [chooser.revision(1, decided=decided) for decided in (False, True, True, False)] == expected


def test_records_are_told_apart() -> None:
    chooser: DecidedOnly[int] = DecidedOnly(revisions=False)
    assert [chooser.revision(key, decided=True) for key in (1, 2, 1)] == [1, 1, 0]


def test_what_is_not_decided_waits() -> None:
    chooser: DecidedOnly[int] = DecidedOnly(revisions=False)
    chooser.revision(1, decided=False)
    chooser.revision(2, decided=False)
    chooser.revision(2, decided=True)
    assert chooser.waiting == {1}


def test_memory_is_bounded() -> None:
    chooser: DecidedOnly[int] = DecidedOnly(revisions=True)
    for number in range(200_000):
        chooser.revision(number, decided=True)
    assert len(chooser._printed) <= 1 << 17
    assert chooser.revision(199_999, decided=True) == 2
