"""Every key there is, for the help, the palette and the reference: read from the bindings of the widgets and screens.

A binding's `id` is its name in the settings, `description` what the footer says, `tooltip` what the help says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from textual.binding import ActiveBinding, Binding
from textual.dom import DOMNode


@dataclass(frozen=True, slots=True)
class Key:
    """A key and what it does."""

    name: str
    """In the settings."""
    keys: str
    """As they are pressed: `ctrl+p`, `f1, ?`."""
    does: str
    """A sentence."""


def keys_of(owner: type[DOMNode]) -> list[Key]:
    """List the keys that a class of widgets, a screen or the app binds itself.

    Args:
        owner: The class.
    """
    found: dict[str, Key] = {}
    for binding in _bindings(owner):
        if binding.id is None or not binding.tooltip:
            continue
        before = found.get(binding.id)
        keys = ", ".join(shown(key) for key in binding.key.split(","))
        found[binding.id] = Key(binding.id, f"{before.keys}, {keys}" if before else keys, binding.tooltip)
    return list(found.values())


def active_keys(bindings: Iterable[ActiveBinding]) -> Iterator[ActiveBinding]:
    """Choose of what a screen's keys do now what a person can be told, each thing once."""
    told: set[str] = set()
    for active in bindings:
        binding = active.binding
        if binding.tooltip and active.enabled and binding.action not in told:
            told.add(binding.action)
            yield active


def shown(key: str) -> str:
    """Write a key as people do: `?` for `question_mark`."""
    return _SIGNS.get(key.strip(), key.strip())


def _bindings(owner: type[DOMNode]) -> Iterator[Binding]:
    for binding in owner.__dict__.get("BINDINGS", []):
        if isinstance(binding, Binding):
            yield binding


_SIGNS = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "comma": ",",
    "full_stop": ".",
    "plus": "+",
    "minus": "-",
    "less_than_sign": "<",
    "greater_than_sign": ">",
}
