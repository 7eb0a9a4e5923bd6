"""Regular expressions in JSONPath: linear time, and none of a peer's."""

from __future__ import annotations

import jsonpath
import pytest

from wsinspect.query.path_functions import Environment, spend_steps

ENVIRONMENT = Environment(strict=True)
DOCUMENT = [{"a": "xxy"}, {"a": "yxx"}, {"a": 3}, {}]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$[?search(@.a, 'x+y')]", [0]),
        ("$[?search(@.a, 'x+')]", [0, 1]),
        ("$[?match(@.a, 'x+y')]", [0]),
        ("$[?match(@.a, 'x|xxy')]", [0]),
        ("$[?match(@.a, 'x+')]", []),
        ("$[?length(@.a) == 3]", [0, 1]),
    ],
)
def test_found(path: str, found: list[int]) -> None:
    assert ENVIRONMENT.findall(path, DOCUMENT) == [DOCUMENT[place] for place in found]


def test_no_pattern_takes_long() -> None:
    assert ENVIRONMENT.findall("$[?match(@, '(x+)+y')]", ["x" * 100_000]) == []


def test_what_a_search_may_cost_is_told_to_whoever_counts() -> None:
    spent: list[int] = []
    with spend_steps(spent.append):
        assert ENVIRONMENT.findall("$[?search(@, 'x+y')]", ["xy", 1, "xxxx"]) == ["xy"]
    assert spent[1] == 2 * spent[0] > 0
    assert ENVIRONMENT.findall("$[?search(@, 'x+y')]", ["xy"]) == ["xy"]
    assert len(spent) == 2


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("$[?match(@.a, @.b)]", "has to be a text in quotes"),
        ("$[?search(@.a, '(')]", "does not compile"),
        ("$[?search(@.a)]", "requires 2 arguments"),
    ],
)
def test_refused(path: str, why: str) -> None:
    with pytest.raises(jsonpath.JSONPathError, match=why):
        ENVIRONMENT.compile(path)
