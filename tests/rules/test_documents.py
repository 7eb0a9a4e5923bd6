"""Payloads as JSON: values at paths, within bounds."""

from __future__ import annotations

import pytest

from tests.rules.running import turn_of
from wsinspect.query.bounded_documents import MAX_LOOKS
from wsinspect.rules.documents import MAX_DOCUMENT, values_at, walk_bounded
from wsinspect.rules.turn import ActionError


@pytest.mark.parametrize(
    ("payload", "values"),
    [(b'{"a": [1]}', [[1]]), (b'{"b": 1}', []), (b"a", []), (b"", []), (b"\xff", []), (b"null", [])],
)
def test_values(payload: bytes, values: list[object]) -> None:
    assert list(values_at("$.a")(turn_of(payload))) == values
    assert list(values_at("$..a")(turn_of(payload))) == values


def test_no_json_has_no_root() -> None:
    assert list(values_at("$")(turn_of(b"text"))) == []
    assert list(values_at("$")(turn_of(b"null"))) == [None]


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(ActionError, match="none is read as JSON"):
        values_at("$.a")(turn_of(b'"' + b"x" * MAX_DOCUMENT + b'"'))


def test_what_takes_too_much_work_is_refused() -> None:
    with pytest.raises(ActionError, match=r"\$\.\.a takes too much work"):
        walk_bounded("$..a")([[]] * (MAX_LOOKS + 1))
