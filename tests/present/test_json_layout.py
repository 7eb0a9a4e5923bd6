"""JSON is laid out and put together again without a character of its tokens changed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.present.json_layout import (
    COMPACT,
    SPACED,
    JsonProblem,
    is_document,
    json_problem,
    laid_out,
    on_one_line,
    separators_of,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('{"a":1}', ["{", '  "a": 1', "}"]),
        ('{ "a" : [ ] , "b":{ }}', ["{", '  "a": [],', '  "b": {}', "}"]),
        ('[1.0e+05,"\\u00e9,:[",null,{"a":1,"a":2}]',
         ["[", "  1.0e+05,", '  "\\u00e9,:[",', "  null,", "  {", '    "a": 1,', '    "a": 2', "  }", "]"]),
        ("17", ["17"]),
    ],
)  # fmt: skip
def test_every_value_has_its_line_and_every_token_stays(text: str, lines: list[str]) -> None:
    assert laid_out(text) == "\n".join(lines)


def test_what_is_no_json_is_not_laid_out() -> None:
    assert laid_out('{"a":}') is None
    assert on_one_line('{"a":}') is None
    assert separators_of('{"a":}') is None
    assert json_problem('{"a":\n}') == JsonProblem("unexpected character, expected a JSON value", 2, 1)
    assert json_problem("[]") is None


def test_what_is_too_deep_is_not_laid_out() -> None:
    assert laid_out("[" * 65 + "]" * 65) is None
    assert laid_out("[" * 64 + "]" * 64) is not None


def test_only_objects_and_arrays_are_documents() -> None:
    assert is_document(' {"a": 1}')
    assert not is_document("17")
    assert not is_document("[")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a":1,"b":[1,2]}', COMPACT),
        ('{"a": 1, "b": [1, 2]}', SPACED),
        ('{"a": 1,"b":2}', None),
        ("[]", COMPACT),
        ("[1]\n", None),
    ],
)
def test_how_it_is_written_is_seen(text: str, found: tuple[str, str] | None) -> None:
    assert separators_of(text) == found


@given(VALUES, st.sampled_from([COMPACT, SPACED]))
def test_what_was_laid_out_is_put_together_as_it_was(value: object, separators: tuple[str, str]) -> None:
    text = json.dumps(value, separators=separators, ensure_ascii=False)
    if json_problem(text) is None:
        over_lines = laid_out(text)
        assert over_lines is not None
        assert on_one_line(over_lines, separators) == text
