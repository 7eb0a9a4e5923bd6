"""Records are listed as they come, as lines or as JSON, from the first or from the last."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest

from wsinspect.cli.listing import Listing, chosen, print_listing

NUMBERS: Listing[int] = Listing(
    "numbers", ("n", "square"), (4,), lambda n, width: [(f"{n:<4}  {n * n}", "")], lambda n: {"n": n}
)


@pytest.mark.parametrize(
    ("limit", "last", "expected"),
    [(None, None, [0, 1, 2, 3, 4]), (2, None, [0, 1]), (None, 2, [3, 4]), (4, 2, [2, 3]), (0, None, []), (9, 0, [])],
)
def test_the_first_and_the_last(limit: int | None, last: int | None, expected: list[int]) -> None:
    assert list(chosen(range(5), limit=limit, last=last)) == expected


def test_no_more_is_read_than_asked_for() -> None:
    def endless() -> Iterator[int]:
        yield 1
        raise AssertionError

    assert list(chosen(endless(), limit=1, last=None)) == [1]


def test_lines_have_titles(capsys: pytest.CaptureFixture[str]) -> None:
    print_listing([1, 2], NUMBERS, as_json=False)
    assert capsys.readouterr().out == "n     square\n1     1\n2     4\n"


def test_json_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    print_listing([1, 2], NUMBERS, as_json=True)
    assert [orjson.loads(line) for line in capsys.readouterr().out.splitlines()] == [{"n": 1}, {"n": 2}]
