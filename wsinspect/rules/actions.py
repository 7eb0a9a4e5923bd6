"""Actions of rules: from what a rule file says to what is done with an event.

An action works on a `Turn`: it changes what is on its way there, or puts effects into it, which whoever runs the
session carries out. Each run leaves a `Hit` in the turn. An action that is impossible raises `ActionError` and may have
left the turn half changed: whoever runs the rules takes that back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wsinspect.rules import (
    actions_change,
    actions_fault,
    actions_flow,
    actions_handshake,
    actions_observe,
    actions_replay,
    actions_speak,
    actions_state,
)
from wsinspect.rules.acting import Act, Place
from wsinspect.rules.ruling import Hit
from wsinspect.rules.schema import Action
from wsinspect.rules.turn import Surroundings, Turn

_MAKERS: Mapping[str, Callable[[Any, Place], Act]] = {
    "replace": actions_change.replace,
    "json_set": actions_change.json_set,
    "json_delete": actions_change.json_delete,
    "set_text": actions_change.set_text,
    "set_hex": actions_change.set_hex,
    "set_base64": actions_change.set_base64,
    "from_file": actions_change.from_file,
    "set_type": actions_change.set_type,
    "set_fields": actions_change.set_fields,
    "header_set": actions_handshake.header_set,
    "header_add": actions_handshake.header_add,
    "header_remove": actions_handshake.header_remove,
    "path_set": actions_handshake.path_set,
    "map_remote": actions_handshake.map_remote,
    "subprotocol_set": actions_handshake.subprotocol_set,
    "extensions_strip": actions_handshake.extensions_strip,
    "reject": actions_handshake.reject,
    "mock": actions_handshake.mock,
    "replay": actions_replay.replay,
    "drop": actions_flow.drop,
    "hold": actions_flow.hold,
    "delay": actions_flow.delay,
    "throttle": actions_flow.throttle,
    "duplicate": actions_flow.duplicate,
    "reorder": actions_flow.reorder,
    "fragment": actions_flow.fragment,
    "send": actions_speak.send,
    "reply": actions_speak.reply,
    "ping": actions_speak.ping,
    "pong": actions_speak.pong,
    "broadcast": actions_speak.broadcast,
    "raw_frame": actions_speak.raw_frame,
    "corrupt": actions_fault.corrupt,
    "truncate": actions_fault.truncate,
    "close": actions_fault.close,
    "abort": actions_fault.abort,
    "blackhole": actions_fault.blackhole,
    "half_close": actions_fault.half_close,
    "goto": actions_state.goto,
    "capture": actions_state.capture,
    "set": actions_state.set_,
    "incr": actions_state.incr,
    "unset": actions_state.unset,
    "tag": actions_observe.tag,
    "note": actions_observe.note,
    "log": actions_observe.log,
    "alert": actions_observe.alert,
    "expect": actions_observe.expect,
    "save": actions_observe.save,
    "script": actions_observe.script,
}


def compile_action(action: Action, surroundings: Surroundings, folder: str) -> Callable[[Turn], None]:
    """Return what carries an action out.

    Args:
        action: Its templates have no `problem`.
        surroundings: Files that it needs are read through them.
        folder: Of the rule file.

    Raises:
        ActionError: It can never be carried out: a regular expression, path or URL is none, scripts are not allowed.
    """
    name = action.name
    act = _MAKERS[name](getattr(action, name), Place(surroundings, folder, action.scope))

    def run(turn: Turn) -> None:
        detail = act(turn)
        turn.hits.append(Hit(turn.rule, name, detail))

    return run
