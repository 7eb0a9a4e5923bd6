"""Actions of rules: from what a rule file says to what is done with an event.

An action works on a `Turn`: it changes what is on its way there, or puts effects into it, which whoever runs the session
carries out. Each run leaves a `Hit` in the turn. An action that is impossible raises `ActionError` and may have left the
turn half changed: whoever runs the rules takes that back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wsinspect.rules.acting import Act, Place
from wsinspect.rules.ruling import Hit
from wsinspect.rules.schema import Action
from wsinspect.rules.turn import Surroundings, Turn

_MAKERS: Mapping[str, Callable[[Any, Place], Act]] = {}


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
