"""The demo's rules can be used as they are, one at a time switched on, and change nothing until then."""

from __future__ import annotations

import importlib.resources

import pytest

from wsinspect.rules.compile import RuleSet
from wsinspect.rules.load import load
from wsinspect.store.rule_sources import surroundings_of

STARTER = importlib.resources.files("wsinspect.demo").joinpath("rules.yaml").read_text("utf-8")
LOADED = load("rules.yaml", lambda _: STARTER)


def test_all_but_one_are_off_and_that_one_only_tags() -> None:
    [on] = [one.rule for one in LOADED.rules if one.rule.enabled]
    assert [action.name for action in on.do] == ["tag"]


@pytest.mark.parametrize("place", range(STARTER.count("enabled: false\n")))
def test_each_can_be_switched_on(place: int) -> None:
    parts = STARTER.split("enabled: false\n")
    edited = (
        "enabled: false\n".join(parts[: place + 1]) + "enabled: true\n" + "enabled: false\n".join(parts[place + 1 :])
    )
    loaded = load("rules.yaml", lambda _: edited)
    assert sum(one.rule.enabled for one in loaded.rules) == 2
    RuleSet(loaded, surroundings_of({}, scripts=False))
