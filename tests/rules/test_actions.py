"""From actions of rule files to what they leave in a turn."""

from __future__ import annotations

import pytest

from tests.rules.turns import SURROUNDINGS, act, message
from wsinspect.rules.actions import compile_action
from wsinspect.rules.applicability import ACTIONS
from wsinspect.rules.ruling import Hit
from wsinspect.rules.schema import Action
from wsinspect.rules.turn import ActionError

SETTINGS: dict[str, object] = {
    "replace": {"text": "a", "with": "b"},
    "json_set": {"$.a": 1},
    "json_delete": "$.a",
    "set_fields": {"a": 1},
    "set_type": "text",
    "set_hex": "",
    "set_base64": "",
    "map_remote": "ws://a.test",
    "mock": {"upstream": False},
    "replay": {"file": "shop.wsi", "session": 3},
    "path_set": "/",
    "delay": 1,
    "throttle": {"kbps": 1},
    "reorder": 2,
    "fragment": 1,
    "send": {"to": "client", "text": ""},
    "ping": "client",
    "pong": "client",
    "broadcast": {"to": "client", "text": ""},
    "corrupt": {"bits": 1},
    "truncate": 0,
    "raw_frame": {"to": "client", "opcode": 1},
    "half_close": "client",
    "capture": {"regex": "a"},
    "set": {"a": 1},
    "incr": {"a": 1},
    "header_set": {"a": "b"},
    "header_add": {"a": "b"},
}
BARE = ("reject", "drop", "hold", "duplicate", "close", "abort", "blackhole", "extensions_strip", "expect")


@pytest.mark.parametrize("name", ACTIONS)
def test_every_action_of_the_language_can_be_carried_out(name: str) -> None:
    action = name if name in BARE else {name: SETTINGS.get(name, "a")}
    assert callable(compile_action(Action.model_validate(action), SURROUNDINGS, "rules"))


def test_each_run_leaves_a_hit() -> None:
    turn = message("aa")
    act({"replace": {"text": "a", "with": "b"}}, turn)
    turn.rule = "r2"
    act("drop", turn)
    assert turn.hits == [Hit("r1", "replace", "a 2 times"), Hit("r2", "drop")]


def test_what_fails_leaves_none() -> None:
    turn = message("aa")
    with pytest.raises(ActionError):
        act({"json_set": {"$.a": 1}}, turn)
    assert turn.hits == []
