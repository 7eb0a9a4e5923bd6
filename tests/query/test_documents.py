"""Values at a JSONPath."""

from __future__ import annotations

import jsonpath
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.query.documents import environment, finder, problem, steps, walker

DOCUMENT = b'{"a": {"b": [5, {"c": null}]}, "x y": 1, "d": [1, 2]}'


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("$.a.b[0]", [5]),
        ("$.a.b[1].c", [None]),
        ("$['x y']", [1]),
        ("$['a']['b'][0]", [5]),
        ("$.a.b[2]", []),
        ("$.a.b.c", []),
        ("$.a[0]", []),
        ("$.d[-1]", [2]),
        ("$.d[*]", [1, 2]),
        ("$.d[?@ > 1]", [2]),
        ("$..c", [None]),
        ("$.none", []),
    ],
)
def test_find(path: str, values: list[object]) -> None:
    assert list(finder(path)(DOCUMENT)) == values
    assert list(finder(path)(DOCUMENT.decode())) == values


def test_the_root() -> None:
    assert list(finder("$")(b" 4 ")) == [4]


@pytest.mark.parametrize("path", ["$.a", "$..a", "$[0]"])
@pytest.mark.parametrize("text", [b"", b"{", b"\xff", "\ud800", b"4", b"[" * 5000, b'{"a":' * 900 + b"1" + b"}" * 900])
def test_odd_texts_never_raise(path: str, text: bytes | str) -> None:
    assert isinstance(finder(path)(text), list | tuple)


@given(
    st.recursive(
        st.none() | st.integers(0, 9), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("ab"), inner)
    )
)
def test_the_short_way_finds_what_the_library_does(value: object) -> None:
    for path in ("$.a", "$.a.b", "$[0]", "$.a[1]", "$['b']"):
        assert list(finder(path)(orjson.dumps(value))) == jsonpath.findall(path, value)  # type: ignore[arg-type]


def test_problems_have_a_place() -> None:
    assert problem("$.a['x y'][?@.b == 1]") is None
    assert problem("$.a[?nope(@)]") == ("function 'nope' is not defined", 5)
    assert problem("$.") == ("expected a shorthand selector", 2)


def test_a_path_in_a_document_that_was_read() -> None:
    assert walker("$.a")({"a": 1}) == (1,)
    assert walker("$..a")({"a": 1}) == [1]
    assert walker("$..a")('{"a": 1}') == ()


def test_steps_of_a_simple_path() -> None:
    assert steps("$.a['b c'][3]") == ["a", "b c", 3]
    assert steps("$") == []
    assert steps("$..a") is None


def test_the_library_of_paths_is_set_up_once_when_a_path_needs_it() -> None:
    environment.cache_clear()
    assert environment() is environment()
    assert environment().compile("$.a").findall({"a": 1}) == [1]
