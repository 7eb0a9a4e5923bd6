"""Records are listed as they come, as lines or as JSON, from the first or from the last."""

from __future__ import annotations

import dataclasses

import orjson
import pytest

from wsinspect.cli.listing import Listing, payload_bytes, print_listing

NUMBERS: Listing[int] = Listing(
    "numbers", ("n", "square"), (4,), lambda n, width: [(f"{n:<4}  {n * n}", "")], lambda n: {"n": n}
)


@pytest.mark.parametrize(
    ("payload_limit", "as_json", "load"), [(None, False, 4096), (7, False, 7), (-1, False, None), (7, True, None)]
)
def test_no_more_of_a_payload_is_read_than_is_shown(payload_limit: int | None, as_json: bool, load: int | None) -> None:
    assert payload_bytes(payload_limit, as_json=as_json) == load


def test_lines_have_titles(capsys: pytest.CaptureFixture[str]) -> None:
    print_listing([1, 2], NUMBERS, as_json=False)
    assert capsys.readouterr().out == "n     square\n1     1\n2     4\n"


def test_a_record_may_have_a_second_line(capsys: pytest.CaptureFixture[str]) -> None:
    listing = dataclasses.replace(NUMBERS, below=lambda n, _: [("even", "")] if n % 2 == 0 else None)
    print_listing([1, 2], listing, as_json=False)
    assert capsys.readouterr().out == "n     square\n1     1\n2     4\neven\n"


def test_json_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    print_listing([1, 2], NUMBERS, as_json=True)
    assert [orjson.loads(line) for line in capsys.readouterr().out.splitlines()] == [{"n": 1}, {"n": 2}]
