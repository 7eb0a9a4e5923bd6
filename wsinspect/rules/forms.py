"""The forms that a value in a rule file may have, by the annotations of the models: to be told in plain words."""

from __future__ import annotations

import enum
import types
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAliasType, Union, get_args, get_origin

from wsinspect.rules.quantities import Quantity
from wsinspect.rules.schema import Action, Nothing, Rule, Strict
from wsinspect.rules.schema.texts import Meaning

_MOST_KEYS = 8
"""That a sentence lists."""
_MOST_SHOWN = 60
_NOUNS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", dict: "a mapping"}
_MODEL_NOUNS: dict[type[Strict], str] = {Action: "an action", Rule: "a rule", Nothing: "nothing"}

type Marker = Meaning | Quantity


@dataclass(frozen=True, slots=True)
class Form:
    """One of the forms of a value."""

    kind: type
    """A model, an enum, `list`, `dict`, or a plain type; `Literal`s have `object`."""
    inner: object = None
    """Annotation of the values in a list or mapping."""
    words: tuple[str | int | bool, ...] = ()
    """All that it may be, of an enum or a `Literal`."""
    marker: Marker | None = None
    """What it means."""


def forms_of(annotation: object, notes: Iterable[object] = ()) -> list[Form]:
    """List the forms that an annotation allows; None is no form, as nobody writes it.

    Args:
        annotation: The type.
        notes: What is written beside it.
    """
    if isinstance(annotation, TypeAliasType):
        return forms_of(annotation.__value__, notes)
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return forms_of(parts[0], (*notes, *parts[1:]))
    if origin in {Union, types.UnionType}:
        return [form for part in parts for form in forms_of(part)]
    if origin is Literal:
        return [Form(object, words=parts)]
    if origin in {list, dict}:
        return [Form(origin, parts[-1])]
    if not isinstance(annotation, type) or annotation is types.NoneType:
        return []
    if issubclass(annotation, enum.Enum):
        return [Form(annotation, words=tuple(each.value for each in annotation))]
    return [Form(annotation, marker=next((note for note in notes if isinstance(note, Meaning | Quantity)), None))]


def keys_of(model: type[Strict]) -> dict[str, str]:
    """Return the keys of a model as they are written, each with its field's name."""
    return {field.alias or name: name for name, field in model.model_fields.items()}


def models_of(forms: Iterable[Form]) -> list[type[Strict]]:
    """List the models among forms."""
    return [form.kind for form in forms if issubclass(form.kind, Strict)]


def part_of(forms: Iterable[Form], key: str | int) -> list[Form]:
    """List the forms of what has a key or a position in values of these forms; none: it cannot be there."""
    found: list[Form] = []
    for form in forms:
        if issubclass(form.kind, Strict):
            name = keys_of(form.kind).get(str(key))
            if name is not None:
                field = form.kind.model_fields[name]
                found += forms_of(field.annotation, field.metadata)
        elif form.kind is (list if isinstance(key, int) else dict):
            found += forms_of(form.inner)
    return found


def in_words(forms: Sequence[Form]) -> str:
    """Say what is wanted."""
    single = list(dict.fromkeys(_noun(form) for form in forms if not _is_collection(form)))
    if "a number" in single and "a whole number" in single:
        single.remove("a whole number")
    mappings = [_noun(form) for form in forms if _is_collection(form) and form.kind is not list]
    if any(form.kind is list for form in forms):
        if single:
            single.append("a list of them")
        else:
            mappings.append("a list of them" if mappings else "a list")
    return ", or ".join(single + mappings)


def _is_collection(form: Form) -> bool:
    return form.kind in {list, dict} or issubclass(form.kind, Strict)


def _noun(form: Form) -> str:
    if form.words:
        words = list(map(shown, form.words))
        return words[0] if len(words) == 1 else f"one of {', '.join(words)}"
    if issubclass(form.kind, Strict):
        keys = keys_of(form.kind)
        listed = f"a mapping of {', '.join(keys)}" if len(keys) <= _MOST_KEYS else "a mapping"
        return _MODEL_NOUNS.get(form.kind, listed)
    return form.marker.wants if form.marker else _NOUNS[form.kind]


def fits_in_quotes(forms: Iterable[Form], text: str) -> bool:
    """Tell whether what was read as another value would fit as a text."""
    texts = [form for form in forms if form.kind is str]
    return any(not isinstance(form.marker, Meaning) or form.marker.problem(text) is None for form in texts)


def shown(value: object) -> str:
    """Write a word as YAML has it, if that is not too long."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def kind_in_words(value: object) -> str:
    """Say what a value of a file is."""
    match value:
        case None:
            return "nothing"
        case str():
            return f"'{shown(value)}'"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return shown(value)
