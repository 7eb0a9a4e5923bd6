"""Templates: texts of rule files with `{{ expressions }}` in them. There are no statements and no comments.

A text without `{{` is itself and costs nothing. A JSON value that is one expression and nothing else keeps the
expression's type; any other text becomes a text, into which JSON values are written as JSON.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from wsinspect.rules.evaluation import Evaluation
from wsinspect.rules.expressions import Expression, TemplateProblem, read
from wsinspect.rules.schema import Json
from wsinspect.rules.turn import Turn
from wsinspect.rules.values import json_text, text_of, utf8

_MOST_TEMPLATE = 256 << 10
_FOREIGN = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)

type _Parts = tuple[str | Expression, ...]


def is_constant(text: str) -> bool:
    """Tell whether a text is itself, whatever it is used on."""
    return "{{" not in text


def problem(text: str) -> str | None:
    """Say what is wrong with a template, with a suggestion and the place; None where nothing is."""
    try:
        _read(text)
    except TemplateProblem as error:
        return f"{error.message}, at character {error.place + 1} of the template"
    return None


def compile_text(text: str) -> Callable[[Turn], str]:
    """Return a function that fills a template in, raising `ActionError` where that is impossible.

    Args:
        text: Without a `problem`.
    """
    if is_constant(text):
        return lambda _: text
    fill = _filler(text)
    return lambda turn: fill(Evaluation(turn))


def segments(text: str) -> list[str | Callable[[Turn], str]]:
    """Return the parts of a template in order: what is as it stands, and what makes the texts between."""
    return [part if isinstance(part, str) else functools.partial(_alone, part) for part in _read(text)]


def _alone(part: Expression, turn: Turn) -> str:
    return _filled(part, Evaluation(turn))


def compile_value(value: Json) -> Callable[[Turn], Json]:
    """Return a function that fills in all templates of a JSON value, as `compile_text` does."""
    make = _value(value)
    if make is None:
        return lambda _: value
    return lambda turn: make(Evaluation(turn))


def compile_json(value: Json) -> Callable[[Turn], bytes]:
    """Return a function that writes a JSON value with its templates filled in.

    Raises:
        ActionError: It has no JSON.
    """
    make = _value(value)
    if make is None:
        text = utf8(json_text(value))
        return lambda _: text
    return lambda turn: utf8(json_text(make(Evaluation(turn))))


@functools.lru_cache(maxsize=256)
def _read(text: str) -> _Parts:
    foreign = _FOREIGN.search(text) if is_constant(text) else None
    parts: list[str | Expression] = []
    place = 0
    while foreign is None and (start := text.find("{{", place)) >= 0:
        if len(text) > _MOST_TEMPLATE:
            raise TemplateProblem(f"a template is no longer than {_MOST_TEMPLATE} characters", 0)
        foreign = _FOREIGN.search(text, place, start)
        expression, end = read(text, start)
        parts += [text[place:start], expression]
        place = end
    foreign = foreign or _FOREIGN.search(text, place)
    if foreign is not None:
        raise TemplateProblem(
            "there are only {{ expressions }}, no {% statements %} and {# comments #}", foreign.start()
        )
    parts.append(text[place:])
    return tuple(part for part in parts if part != "")


def _filler(text: str) -> Callable[[Evaluation], str]:
    parts = _read(text)

    def fill(evaluation: Evaluation) -> str:
        return evaluation.made("".join([_filled(part, evaluation) for part in parts]))

    return fill


def _filled(part: str | Expression, evaluation: Evaluation) -> str:
    return part if isinstance(part, str) else text_of(evaluation.made(part(evaluation)))


def _value(value: Json) -> Callable[[Evaluation], Json] | None:
    """Return what makes a value, None where it is constant."""
    if isinstance(value, str):
        return None if is_constant(value) else _typed(value)
    if isinstance(value, list):
        makers = [_value(item) for item in value]
        if not any(makers):
            return None
        items = list(zip(value, makers, strict=True))
        return lambda evaluation: [item if make is None else make(evaluation) for item, make in items]
    if isinstance(value, dict):
        pairs = {key: (item, _value(item)) for key, item in value.items()}
        if not any(make for _, make in pairs.values()):
            return None
        return lambda evaluation: {
            key: item if make is None else make(evaluation) for key, (item, make) in pairs.items()
        }
    return None


def _typed(text: str) -> Callable[[Evaluation], Json]:
    parts = _read(text)
    only = parts[0]
    if len(parts) > 1 or isinstance(only, str):
        return _filler(text)
    return lambda evaluation: evaluation.made(only(evaluation))
