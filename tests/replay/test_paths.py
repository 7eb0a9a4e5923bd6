"""Paths as they are written, generalised and matched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.replay.paths import general, last_name, matches, member, steps_of


@pytest.mark.parametrize(
    ("key", "step"), [("id", ".id"), ("a b", "['a b']"), ("it's", "['it\\'s']"), ("", "['']"), ("1", "['1']")]
)
def test_a_key_becomes_a_step(key: str, step: str) -> None:
    assert member(key) == step
    assert steps_of(f"${step}") == ("$", key)


@given(st.lists(st.text(), max_size=4))
def test_any_keys_are_found_again_in_a_path(keys: list[str]) -> None:
    path = "$" + "".join(map(member, keys))
    assert steps_of(path) == ("$", *keys)
    assert matches(path, [path])


@pytest.mark.parametrize(
    ("path", "generalised"),
    [("$.a[3].b[0]", "$.a[*].b[*]"), ("$", "$"), ("$['a[3']", "$['a[3']"), ("@3", "@3"), ("@4:8", "@4:8")],
)
def test_positions_are_generalised(path: str, generalised: str) -> None:
    assert general(path) == generalised


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("$.user.id", "id"),
        ("$.items[2]", "items"),
        ("$.items[*][0]", "items"),
        ("$[1]", ""),
        ("$", ""),
        ("$1.x", "x"),
        ("@ack", "ack"),
    ],
)
def test_a_value_is_called_by_its_last_key(path: str, name: str) -> None:
    assert last_name(path) == name


@pytest.mark.parametrize(
    ("path", "pattern", "meant"),
    [
        ("$.user.token", "token", True),
        ("$.token.value", "token", True),
        ("$.user.tokens", "token", False),
        ("$.user.token", "$..token", True),
        ("$.user.token", "$.token", False),
        ("$.user.token", "$.user", True),
        ("$.user.token", "$", True),
        ("$.user", "$.user.token", False),
        ("$.items[3].id", "$.items[*].id", True),
        ("$.items[3].id", "$.items[3].id", True),
        ("$.items[3].id", "$.items[2].id", False),
        ("$.items[3].id", "$.*.*.id", True),
        ("$.items[3].id", "$.items.*.id", True),
        ("$.items[3].id", "items[*].id", True),
        ("$['a b'].c", '$["a b"].c', True),
        ("$.a.b.c", "$..b..c", True),
        ("$.a.b.c", "$..", True),
        ("$.a.b.c", "$..c.d", False),
        ("$1.id", "$.id", True),
        ("$1.id", "$1.id", True),
        ("$1.id", "$0.id", False),
        ("@ack", "@ack", True),
        ("@ack", "ack", False),
        ("$.ack", "@ack", False),
        ("@4:8", "@4:8", True),
        ("$.x-y", "x-y", True),
        ("$.a", "$.a!!", False),
        ("$.a", "$.a.", True),
    ],
)
def test_a_pattern_means_values(path: str, pattern: str, *, meant: bool) -> None:
    assert matches(path, [pattern]) is meant
    assert matches(path, ["nothing", pattern]) is meant


def test_no_pattern_means_nothing() -> None:
    assert not matches("$.a", [])


@given(st.text(), st.text())
def test_whatever_a_user_writes_can_be_matched(path: str, pattern: str) -> None:
    assert matches(f"${path}", [pattern]) in (True, False)
