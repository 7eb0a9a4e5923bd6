"""Comparisons inside JSON texts: types, several values, absence."""

from __future__ import annotations

import pytest

from wsinspect.query.json_tests import document_test
from wsinspect.query.nodes import Comparison, Has, Membership, Operator, Text
from wsinspect.query.parser import parse
from wsinspect.query.table import find

DOCUMENT = (
    b'{"n": 5, "big": 4000, "f": 0.1, "s": "Abc", "t": true, "z": null, "l": [1, "a", 2], "o": {"a": 1}, "i": "5"}'
)


def matches(text: str, document: bytes = DOCUMENT) -> bool:
    node = parse(text)
    assert isinstance(node, Comparison | Membership | Has)
    field = find(node.field)
    assert field is not None
    return document_test(field, node)(document)


@pytest.mark.parametrize(
    "text",
    [
        "json.$.n == 5",
        "json.$.n == 5.0",
        "json.$.n != 6",
        "json.$.n >= 5",
        "json.$.n < 5.5",
        "json.$.big == 4k",
        "json.$.f == 0.1",
        "json.$.f == 100ms",
        "json.$.s == Abc",
        'json.$.i == "5"',
        "json.$.s < B",
        "json.$.s contains b",
        "json.$.s icontains ABC",
        "json.$.s ~ ^A.c$",
        "json.$.i ~ 5",
        "json.$.t == true",
        "json.$.t != false",
        "json.$.z == null",
        "json.$.s != null",
        "json.$.o != null",
        "json.$.l[*] == 2",
        "json.$.l[*] == a",
        "json.$.l[*] > 1",
        "json.$.l[*] != 3",
        "json.$.n in (4, 5)",
        "json.$.t in (true, null)",
        "json.$.z in (true, null)",
        "has(json.$.z)",
        "has(json.$.o.a)",
        "has(json.$)",
    ],
)
def test_matches(text: str) -> None:
    assert matches(text)


@pytest.mark.parametrize(
    "text",
    [
        "json.$.n == 6",
        'json.$.n == "5"',
        'json.$.n != "6"',
        "json.$.i == 5",
        "json.$.n != 5",
        "json.$.n ~ 5",
        "json.$.n contains 5",
        "json.$.t == 1",
        "json.$.n == true",
        "json.$.n != true",
        "json.$.t != true",
        "json.$.z != null",
        "json.$.l[*] != 2",
        "json.$.l == 1",
        "json.$.l contains a",
        "json.$.o == 1",
        "json.$.none == 1",
        "json.$.none != 1",
        "json.$.none == null",
        "json.$.none != null",
        "json.$.n in (4, null)",
        "has(json.$.none)",
    ],
)
def test_does_not_match(text: str) -> None:
    assert not matches(text)


@pytest.mark.parametrize("text", ["json.$.a == 1", "json.$.a != 1", "json.$.a == null", "has(json.$)", "json.$ in (1)"])
def test_what_is_no_json_never_matches(text: str) -> None:
    assert not matches(text, b"\xff{")


def test_trees_that_the_parser_refuses_never_match() -> None:
    field = find("json.$.n")
    assert field is not None
    number = parse("json.$.n == 5")
    assert isinstance(number, Comparison)
    assert not document_test(field, Comparison("json.$.n", Operator.CONTAINS, number.value))(DOCUMENT)
    assert not document_test(field, Comparison("json.$.n", Operator.MATCHES, Text("(")))(DOCUMENT)
