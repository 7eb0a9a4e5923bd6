"""The variables that rules are given: those of the files, with their templates filled in, and those of --var."""

from __future__ import annotations

from wsinspect.errors import FilterError, RuleError
from wsinspect.model import Carriage, Session, SessionId, SessionState
from wsinspect.rules.load import LoadedRules
from wsinspect.rules.state import Memory, SessionVariables
from wsinspect.rules.state import SessionState as RulesState
from wsinspect.rules.templates import compile_value
from wsinspect.rules.turn import ActionError, Surroundings, Turn


def given_variables(loaded: LoadedRules, surroundings: Surroundings) -> dict[str, object]:
    """Return the variables that every session begins with.

    Templates know the environment and the functions; there is no session or message yet.

    Raises:
        RuleError: A template cannot be filled in, as where the environment lacks a variable.
    """
    nowhere = Session(SessionId(0), Carriage.DIRECT, SessionState.OPEN, "", 0)
    turn = Turn(
        nowhere,
        0,
        SessionVariables(Memory(), "", RulesState().own),
        surroundings.random(loaded.seed),
        "",
        environment=surroundings.environment,
    )
    found: dict[str, object] = {}
    problems = []
    for name, value in loaded.variables.items():
        if name in surroundings.variables:
            continue
        try:
            found[name] = compile_value(value)(turn)
        except (ActionError, FilterError) as error:
            problems.append(f"vars: {name}: {error}")
    if problems:
        where = loaded.files[0] if loaded.files else None
        raise RuleError("\n".join(problems), where=where, hint="--var NAME=VALUE gives a variable another value")
    return {**found, **surroundings.variables}
