"""What an error says to a person: where, what, and what to do about it."""

from __future__ import annotations

import pytest

from wsinspect.errors import EngineError, FilterError, StoreError, WsinspectError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (WsinspectError("it is empty"), "it is empty"),
        (WsinspectError("it is empty", where="a.wsi"), "a.wsi: it is empty"),
        (WsinspectError("it is empty", hint="record something"), "it is empty\nrecord something"),
        (StoreError("it is empty", where="a.wsi", hint="record something"), "a.wsi: it is empty\nrecord something"),
        (EngineError("the port is taken", where="127.0.0.1:80"), "127.0.0.1:80: the port is taken"),
    ],
)
def test_an_error_says_where_what_and_what_to_do(error: WsinspectError, said: str) -> None:
    assert str(error) == said


def test_a_filter_error_points_at_the_column() -> None:
    error = FilterError("unknown field 'sice'", expression="dir == c2s and sice > 4k", column=16)
    assert str(error).splitlines() == [
        "filter:16: unknown field 'sice'",
        "  dir == c2s and sice > 4k",
        "                 ^",
    ]
    assert (error.expression, error.column) == ("dir == c2s and sice > 4k", 16)


def test_a_filter_error_ends_with_what_to_do() -> None:
    error = FilterError("unknown field 'sice'", expression="sice", column=1, hint="did you mean 'size'?")
    assert str(error).splitlines()[-2:] == ["  ^", "did you mean 'size'?"]
