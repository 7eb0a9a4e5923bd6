"""Tests of values inside JSON texts: `json.$.a.b[0]` and `fields.x`.

JSON values have types of their own. A path may lead to several values: an expression matches where one of them does,
and `!=` where at least one is of the literal's type and none equals it. Only `null` is compared with every type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

from wsinspect.query import units
from wsinspect.query.documents import finder
from wsinspect.query.fields import Field
from wsinspect.query.matching import Compare, Contains, Search, checker, payload_icontains
from wsinspect.query.nodes import Boolean, Comparison, Has, Membership, Null, Number, Operator, Text, Value
from wsinspect.query.patterns import Pattern

type DocumentTest = Callable[[bytes | str], bool]
type _ValueTest = Callable[[object], bool]


def document_test(field: Field, node: Comparison | Membership | Has) -> DocumentTest:
    """Return a function that tests a JSON text; it never raises, and no JSON never matches.

    Args:
        field: A field of `Kind.JSON`.
        node: What is asked of it.
    """
    find = finder(field.path)
    test = values_test(node)
    return lambda text: test(find(text))


def values_test(node: Comparison | Membership | Has) -> Callable[[Sequence[object]], bool]:
    """Return a function that tests the values that a path leads to."""
    match node:
        case Has():
            return bool
        case Membership(values=values):
            members = [_value_test(Operator.EQ, value) for value in values]
            return lambda found: any(member(value) for value in found for member in members)
        case Comparison(operator=Operator.NE, value=value):
            like, equal = _like(value), _value_test(Operator.EQ, value)
            return lambda found: any(map(like, found)) and not any(map(equal, found))
        case Comparison(operator=asked, value=value):
            test = _value_test(asked, value)
            return lambda found: any(map(test, found))
        case _:
            assert_never(node)


def _value_test(asked: Operator, value: Value) -> _ValueTest:
    like = _like(value)
    match value:
        case Null():
            return lambda found: asked is Operator.EQ and found is None
        case Boolean(wanted):
            return lambda found: asked is Operator.EQ and found is wanted
        case Number() if asked not in (Operator.CONTAINS, Operator.ICONTAINS, Operator.MATCHES):
            check = checker(Compare(asked, units.plain(value)))
        case Text(text):
            check = checker(_text_check(asked, text))
        case _:
            return lambda _: False
    return lambda found: like(found) and check(found)


def _text_check(asked: Operator, text: str) -> Compare | Contains | Search:
    match asked:
        case Operator.CONTAINS:
            return Contains(text)
        case Operator.ICONTAINS:
            return Search(payload_icontains(text))
        case Operator.MATCHES:
            return Search(Pattern(text))
        case _:
            return Compare(asked, text)


def _like(value: Value) -> _ValueTest:
    """Return whether a JSON value is of the type of a literal."""
    match value:
        case Null():
            return lambda _: True
        case Boolean():
            return lambda found: isinstance(found, bool)
        case Number():
            return lambda found: isinstance(found, int | float) and not isinstance(found, bool)
        case Text():
            return lambda found: isinstance(found, str)
        case _:
            assert_never(value)
