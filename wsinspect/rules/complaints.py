"""What pydantic finds wrong, in words for whoever wrote the file, each thing once and with its place.

Of a value that may have several forms pydantic tells what is wrong with it as each of them. A person meant one: the one
that the value looks like, or else is told what there may be.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from wsinspect.rules.forms import (
    Form,
    fits_in_quotes,
    forms_of,
    in_words,
    keys_of,
    kind_in_words,
    models_of,
    part_of,
    shown,
)
from wsinspect.rules.problems import Place
from wsinspect.rules.schema import Action, Match, Rule, RuleFile, Strict
from wsinspect.rules.yaml_source import Node

_OTHER_FORM = {"quantity", "model_type", "model_attributes_type", "dict_type", "list_type", "string_type", "bool_type"}
_OTHER_FORM |= {"int_type", "float_type", "int_from_float", "none_required"}
"""Errors that say that a value is of another form than the one it was read as."""
_WORDS = {"enum", "literal_error"}
_BOUNDS = {
    "greater_than": "more than",
    "greater_than_equal": "at least",
    "less_than": "less than",
    "less_than_equal": "at most",
}
MAX_ERRORS = 10_000
"""Of pydantic, that are looked at: several may tell of one problem, but nobody reads so many."""
_MOST_KNOWN = 12
"""Keys that a sentence lists."""
_MOST_COMPARED = 40
"""Characters of a word that are looked at for what was meant."""
_LEAST_BEGINNING = 3
"""Characters of a word that a longer one, written instead, has to begin with."""
_WORD = re.compile(r"\w+(?=[:= ])")
_BELONGS = ((Action, "an item of do"), (Match, "match"), (Rule, "the rule"))
"""Where keys may be that were written elsewhere."""
_NAMES: dict[type[Strict], str] = {RuleFile: "a rule file", Rule: "a rule", Match: "match", Action: "an item of do"}


@dataclass(slots=True)
class _Found:
    """An error of pydantic, and where it led to."""

    error: ErrorDetails
    node: Node
    forms: list[Form]
    place: Place
    key: str | None
    """The last key on the way."""
    unions: list[tuple[Node, str, list[Form]]] = field(default_factory=list)
    """Values on the way that may have several forms: the one that was tried, and all of them."""
    unknown: str | None = None
    """A key that there must not be."""


def complaints(error: ValidationError, root: Node, model: type[Strict]) -> Iterator[tuple[Place, str]]:
    """Tell what is wrong.

    Args:
        error: What pydantic says.
        root: What it was asked about.
        model: As what.
    """
    errors = error.errors(include_url=False, include_input=False)[:MAX_ERRORS]
    found = [_follow(each, root, forms_of(model)) for each in errors]
    yield from _told([each for each in found if not _is_misspelt(each, found)], 0)


def _follow(error: ErrorDetails, node: Node, forms: list[Form]) -> _Found:
    """Go the way of an error through the file, beside which pydantic names the forms that it tried."""
    found = _Found(error, node, forms, node.place, None)
    *way, last = error["loc"] or ("",)
    steps = [*way, last] if error["type"] not in {"extra_forbidden", "missing"} else way
    for step in steps:
        if step == "[key]":
            continue
        inner = part_of(found.forms, step)
        if not inner:
            found.unions.append((found.node, str(step), found.forms))
            found.forms = [form for form in found.forms if form.kind.__name__ in str(step)] or found.forms
            continue
        found.forms = inner
        if isinstance(step, str):
            found.key = step
        if step in found.node.parts:
            key_place = found.node.keys.get(str(step))
            found.node = found.node.parts[step]
            found.place = key_place if steps[-1] == "[key]" and key_place else found.node.place
    if error["type"] == "extra_forbidden":
        found.unknown = str(last)
        found.place = found.node.keys.get(found.unknown, found.place)
    return found


def _is_misspelt(missing: _Found, found: Sequence[_Found]) -> bool:
    """Tell whether what is missing is there, as another error has it under a name that comes near."""
    if missing.error["type"] != "missing":
        return False
    keys = [each.unknown for each in found if each.unknown is not None and each.node is missing.node]
    return bool(difflib.get_close_matches(str(missing.error["loc"][-1]), keys, 1))


def _told(found: Iterable[_Found], depth: int) -> Iterator[tuple[Place, str]]:
    """Tell errors, those within a value of several forms together."""
    groups: dict[int, list[_Found]] = {}
    for each in found:
        if len(each.unions) <= depth:
            yield each.place, _message(each)
        else:
            groups.setdefault(id(each.unions[depth][0]), []).append(each)
    for group in groups.values():
        yield from _told_together(group, depth)


def _told_together(group: Sequence[_Found], depth: int) -> Iterator[tuple[Place, str]]:
    node, _, forms = group[0].unions[depth]
    branches: dict[str, list[_Found]] = {}
    for each in group:
        branches.setdefault(each.unions[depth][1], []).append(each)
    for branch in branches.values():
        if all(each.node is not node or not _is_other_form(each) for each in branch):
            yield from _told(branch, depth + 1)
            return
    yield node.place, _wanted(group[0].key, node, forms)


def _is_other_form(found: _Found) -> bool:
    kind = found.error["type"]
    return kind in _OTHER_FORM or (kind in _WORDS and not isinstance(found.node.value, str))


def _message(found: _Found) -> str:
    error, key = found.error, found.key or "a rule file"
    context = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            return _unknown(found)
        case "missing":
            return f"{_owner(found)} needs '{error['loc'][-1]}'"
        case "wrong":
            return str(context["message"])
        case "nothing":
            return f"there is nothing behind '{key}'"
        case "enum" | "literal_error" if isinstance(found.node.value, str):
            return _unknown_word(key, found.node.value, [shown(word) for form in found.forms for word in form.words])
        case bound if bound in _BOUNDS:
            (limit,) = context.values()
            return f"{key} has to be {_BOUNDS[bound]} {limit:g}" if limit < 1e6 else f"{key} has to be smaller"
        case "too_short" | "string_too_short":
            return f"{key} is empty"
        case "string_too_long":
            return f"{key} is longer than {context['max_length']} characters"
        case "string_pattern_mismatch":
            return f"the {key} has other characters than letters, digits, _ . -, or begins with . or -"
        case _:
            return _wanted(found.key, found.node, found.forms)


def _wanted(key: str | None, node: Node, forms: Sequence[Form]) -> str:
    wanted = f"{key or ('rules' if Rule in models_of(forms) else 'a rule file')} wants {in_words(forms)}"
    if isinstance(node.value, bool | int | float) and fits_in_quotes(forms, node.written):
        return f"{wanted}: put {shown(node.written)} in quotes"
    return f"{wanted}, not {kind_in_words(node.value)}"


def _owner(found: _Found) -> str:
    return next((_NAMES[model] for model in models_of(found.forms) if model in _NAMES), found.key or "it")


def _unknown_word(key: str, word: str, words: Sequence[str]) -> str:
    what = f"unknown event '{shown(word)}'" if key == "on" else f"unknown value '{shown(word)}' of {key}"
    return what + (meant(word, words) or f": it is {in_words([Form(object, words=tuple(words))])}")


def _unknown(found: _Found) -> str:
    key, models = str(found.unknown), models_of(found.forms)
    what = f"unknown action '{shown(key)}'" if Action in models else f"unknown key '{shown(key)}' in {_owner(found)}"
    for model, place in _BELONGS:
        if key in keys_of(model) and not {model, *models}.isdisjoint(_NAMES) and model not in models:
            return f"{what}: it belongs in {place}"
    known = [each for model in models for each in keys_of(model)]
    if (first := _WORD.match(key)) and first[0] in known:
        return f"{what}: behind '{first[0]}' there are a colon and a space"
    return what + (meant(key, known) or (f": there may be {', '.join(known)}" if len(known) <= _MOST_KNOWN else ""))


def meant(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` where a known word is near, else nothing."""
    word, choice = word[:_MOST_COMPARED].lower(), list(known)
    turned = [each for each in choice if "_" in each and sorted(each.split("_")) == sorted(word.split("_"))]
    longer = [each for each in choice if len(each) >= _LEAST_BEGINNING and word.startswith(each)]
    near = turned or difflib.get_close_matches(word, choice, 1) or longer
    return f" (did you mean '{near[0]}'?)" if near else ""
