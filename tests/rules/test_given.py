"""Variables that rules begin with."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from tests.rules.running import loaded
from wsinspect.errors import RuleError
from wsinspect.rules.given import given_variables
from wsinspect.rules.turn import Surroundings


def given(text: str, variables: Mapping[str, object] | None = None, **environment: str) -> dict[str, object]:
    surroundings = Surroundings(random.Random, environment=environment, variables=variables or {})
    return given_variables(loaded(text), surroundings)


def test_templates_know_the_environment() -> None:
    text = 'vars: {plain: 1, token: "Bearer {{ env.TOKEN }}", list: ["{{ env.N | int }}"]}'
    assert given(text, TOKEN="t", N="5") == {"plain": 1, "token": "Bearer t", "list": [5]}


def test_those_of_the_command_line_win() -> None:
    assert given('vars: {token: "{{ env.TOKEN }}"}', {"token": "mine", "x": "1"}) == {"token": "mine", "x": "1"}


def test_what_cannot_be_filled_in_is_told() -> None:
    with pytest.raises(RuleError, match=r"rules\.yaml: vars: token: .*TOKEN") as caught:
        given('vars: {token: "{{ env.TOKEN }}", host: "{{ session.host }}"}')
    assert "vars: host" in str(caught.value)
    assert "--var" in str(caught.value)
