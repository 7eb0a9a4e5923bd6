"""Bounded work finds what unbounded work does, or says that it is too much."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.query.bounded_documents import MAX_LOOKS, bounded_locator, bounded_walker
from wsinspect.query.documents import walker
from wsinspect.query.patterns import TooMuchWork


def _nested(times: int, beside: list[object]) -> list[object]:
    """Put a list into a list again and again, something beside it."""
    start: list[object] = [0]
    return functools.reduce(lambda inner, _: [inner, *beside], range(times), start)


PATHS = (
    "$", "$.a", "$.a[0]", "$..a", "$.*", "$..*", "$[1:]", "$[-1]", "$..[0]", "$[?@.a == 1]", "$[?@ == $.b]",
    "$..[?@.a == @.b]", "$[?count(@..a) > 1]", "$[?length(@) == 1]", "$[?@.a != 1]",
)  # fmt: skip
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "a", "bc"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner),
)


@given(DOCUMENTS)
def test_the_same_is_found(document: object) -> None:
    for path in PATHS:
        assert list(bounded_walker(path)(document)) == list(walker(path)(document)), path


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("$..a", [[]] * (MAX_LOOKS + 1)),
        ("$..*..*..*", _nested(80, [{"a": 1}])),
        ("$..[?@ == $[0]]", [[0] * 400] * 400),
        ("$..a", {"k" * 1_000_000: [[]] * 200}),
        ("$[?@.a == 1]", {str(number): {} for number in range(MAX_LOOKS + 1)}),
        ("$[?search(@, 'a.{1000}d')]", ["ab" * 1000] * 10),
    ],
)
def test_too_much(path: str, document: object) -> None:
    with pytest.raises(TooMuchWork):
        bounded_walker(path)(document)


def test_too_deep_finds_nothing() -> None:
    assert bounded_walker("$..a")(_nested(500, [])) == ()


def test_what_is_simple_has_no_bound() -> None:
    assert bounded_walker("$[199999]")([0] * 200_000) == (0,)


def test_locations_are_those_of_the_values() -> None:
    locate = bounded_locator("$..a")
    document = {"a": [{"a": 1}], "b": {"a": 2}}
    assert sorted(locate(document, 10)) == [("a",), ("a", 0, "a"), ("b", "a")]
    assert len(locate(document, 2)) == 2
    assert locate('["a"]', 10) == ()
    with pytest.raises(TooMuchWork):
        locate([[]] * (MAX_LOOKS + 1), 10)
