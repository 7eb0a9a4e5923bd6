"""Injections of every kind, alone and behind what was there."""

from __future__ import annotations

import pytest

from wsinspect.replay.fuzz.injections import injections
from wsinspect.replay.fuzz.values import Typed
from wsinspect.replay.leaves import Scalar

KINDS = "SQL NoSQL command template XSS XXE LDAP CRLF lookup prototype"


@pytest.mark.parametrize("kind", KINDS.split())
def test_every_kind_is_there(kind: str) -> None:
    assert [value for value in injections(None) if value.label.startswith(f"{kind}: ")]


def test_what_is_evaluated_proves_it() -> None:
    proofs = {value.proof for value in injections(None) if "1337*7331" in value.label}
    assert proofs == {str(1337 * 7331).encode()}


@pytest.mark.parametrize("original", ["ann", 7])
def test_some_go_behind_what_was_there(original: str | int) -> None:
    contents = [value.content for value in injections(original)]
    assert Typed(f"{original}' OR '1'='1") in contents
    assert Typed(f"{original}; id") in contents


@pytest.mark.parametrize("original", ["", None, True, b"a"])
def test_there_may_be_nothing_to_go_behind(original: Scalar) -> None:
    assert not [value for value in injections(original) if "behind" in value.label]


def test_objects_are_made_anew() -> None:
    one, other = (next(v.content for v in injections(None) if v.label == "NoSQL: $ne") for _ in range(2))
    assert one == other == Typed({"$ne": None})
    assert one is not other
