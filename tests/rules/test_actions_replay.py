"""The action that plays a recording asks for it when it is compiled, and leaves an effect when it acts."""

from __future__ import annotations

import random

import pytest

from tests.rules.turns import SURROUNDINGS, act, event
from wsinspect.model import Direction
from wsinspect.rules.actions import compile_action
from wsinspect.rules.ruling import Replay
from wsinspect.rules.schema import Action, ReplayMode, Unmatched
from wsinspect.rules.turn import ActionError, Surroundings


def test_what_is_played_is_an_effect() -> None:
    turn = event()
    assert act({"replay": {"file": "shop.wsi", "session": 3}}, turn) == "session 3 to the client, causal"
    assert turn.effects == [Replay("r1", "rules", "shop.wsi", 3)]


def test_how_it_is_played_is_in_it() -> None:
    turn = event()
    settings = {
        "file": "shop.wsi",
        "session": 3,
        "mode": "timed",
        "speed": "2x",
        "from": 4,
        "to": 9,
        "side": "server",
        "rebind": "a=b",
        "ignore": ["c", "d"],
        "unmatched": "echo",
        "loop": True,
    }
    assert act({"replay": settings}, turn) == "session 3 to the server, timed"
    assert turn.effects == [
        Replay(
            "r1", "rules", "shop.wsi", 3, ReplayMode.TIMED, 2.0, 4, 9, Direction.C2S, ("a=b",), ("c", "d"),
            Unmatched.ECHO, loop=True,
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("surroundings", "why"),
    [
        (SURROUNDINGS, "other.wsi: there is no such file"),
        (Surroundings(random.Random), "other.wsi: no captures can be read here"),
    ],
)
def test_what_cannot_be_played_is_refused_when_the_rule_is_compiled(surroundings: Surroundings, why: str) -> None:
    action = Action.model_validate({"replay": {"file": "other.wsi", "session": 3}})
    with pytest.raises(ActionError, match=why):
        compile_action(action, surroundings, "rules")
