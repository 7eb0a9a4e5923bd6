"""Actions on what a session's rules remember."""

from __future__ import annotations

from collections.abc import Callable

from wsinspect.query.patterns import group_finder
from wsinspect.rules.acting import Act, Place
from wsinspect.rules.arithmetic import counted
from wsinspect.rules.documents import values_at
from wsinspect.rules.schema import Capture, Json
from wsinspect.rules.template_names import header_of
from wsinspect.rules.templates import compile_value
from wsinspect.rules.turn import ActionError, Turn
from wsinspect.rules.values import shown

type _Source = Callable[[Turn], dict[str, object]]


def goto(settings: str, _: Place) -> Act:
    """Bring the session into a state."""

    def act(turn: Turn) -> str:
        turn.state = settings
        return shown(settings)

    return act


def capture(settings: Capture, place: Place) -> Act:
    """Take values out of the event into variables; of several at a JSONPath the first."""
    sources: list[_Source] = []
    if settings.json_ is not None:
        sources.append(_values(settings.json_))
    if settings.regex is not None:
        groups = group_finder(settings.regex)
        sources.append(lambda turn: dict(groups(turn.payload)))
    if settings.header is not None:
        sources.append(_headers(settings.header))

    def act(turn: Turn) -> str:
        found = {name: value for source in sources for name, value in source(turn).items()}
        for name, value in found.items():
            turn.variables.set(place.scope, name, value)
        return shown(", ".join(found)) or "nothing"

    return act


def _values(paths: dict[str, str]) -> _Source:
    finders = [(name, values_at(path)) for name, path in paths.items()]

    def find(turn: Turn) -> dict[str, object]:
        found = ((name, values(turn)) for name, values in finders)
        return {name: values[0] for name, values in found if values}

    return find


def _headers(names: dict[str, str]) -> _Source:
    def find(turn: Turn) -> dict[str, object]:
        heads = (turn.head, turn.session.request, turn.session.response)
        found = ((name, [header_of(head, header) for head in heads]) for name, header in names.items())
        values = ((name, next((value for value in among if value is not None), None)) for name, among in found)
        return {name: value for name, value in values if value is not None}

    return find


def set_(settings: dict[str, Json], place: Place) -> Act:
    """Set variables; their templates see them as they were before."""
    make = compile_value(dict(settings))

    def act(turn: Turn) -> str:
        values = make(turn)
        assert isinstance(values, dict)
        for name, value in values.items():
            turn.variables.set(place.scope, name, value)
        return shown(", ".join(settings))

    return act


def incr(settings: dict[str, int], place: Place) -> Act:
    """Add to variables; one that is not there counts as 0."""

    def act(turn: Turn) -> str:
        for name, step in settings.items():
            value = turn.variables.get(name)
            if value is None:
                value = 0
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ActionError(f"the variable {name} is no number")
            turn.variables.set(place.scope, name, counted(value + step))
        return shown(", ".join(settings))

    return act


def unset(settings: str | list[str], place: Place) -> Act:
    """Forget variables."""
    names = [settings] if isinstance(settings, str) else settings

    def act(turn: Turn) -> str:
        for name in names:
            turn.variables.unset(place.scope, name)
        return shown(", ".join(names))

    return act
