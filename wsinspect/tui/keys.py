"""Every key there is, for the help, the palette and the reference: read from the bindings of the widgets and screens.

A binding's `id` is its name in the settings, `description` what the footer says, `tooltip` what the help says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from textual.app import App
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


@dataclass(frozen=True, slots=True)
class ActiveKeys:
    """What can be done now, and the keys that do it."""

    bindings: tuple[Binding, ...]
    owner: DOMNode
    """Whose action it is."""
    action: str

    @property
    def does(self) -> str:
        """A sentence."""
        return self.bindings[0].tooltip

    def written(self, app: App[object]) -> str:
        """Write the keys as they are pressed: `q, ^q`."""
        return ", ".join(dict.fromkeys(app.get_key_display(binding) for binding in self.bindings))


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


def active_keys(bindings: Iterable[ActiveBinding]) -> list[ActiveKeys]:
    """Gather what a screen's keys do now, as far as a person can be told; what several keys do is told once.

    Args:
        bindings: The active ones, the nearest to the focus first.
    """
    found: dict[tuple[DOMNode, str], list[Binding]] = {}
    for active in bindings:
        if active.binding.tooltip and active.enabled:
            found.setdefault((active.node, active.binding.action), []).append(active.binding)
    return [ActiveKeys(tuple(each), owner, action) for (owner, action), each in found.items()]


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
