"""Every key of the program, by where it works: for the reference, and for what the settings may name."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

from textual.dom import DOMNode

from wsinspect import tui
from wsinspect.tui.keys import Key, keys_of

SECTIONS: dict[str, tuple[str, ...]] = {
    "Everywhere": ("ScreenApp",),
    "Traffic": ("TrafficScreen",),
    "Lists": ("VirtualList", "ListPane"),
    "Sessions": ("SessionList",),
    "Messages": ("MessagesPane", "MessageList"),
    "Detail": ("DetailPane", "DocumentView", "FindBar"),
    "Held messages": ("HeldBar",),
    "Filter": ("LineInput",),
    "Rules": ("RulesScreen",),
    "Statistics": ("StatisticsScreen",),
    "Repeater": ("RepeaterScreen",),
    "Comparison": ("ComparisonScreen",),
    "Commands": ("ProgramScreen",),
    "Help": ("HelpScreen",),
}
"""The classes whose keys each part of the reference has; what is in none comes last, as dialogs."""
OTHERS = "Dialogs"


def section_of(owner: type[DOMNode]) -> str:
    """Name the section that the keys of a class are in."""
    names = {base.__name__ for base in owner.__mro__}
    return next((title for title, classes in SECTIONS.items() if names & set(classes)), OTHERS)


def every_key() -> dict[str, list[Key]]:
    """List all keys by section."""
    owners = {owner.__name__: owner for owner in _owners()}
    rest = sorted(owners.keys() - {name for names in SECTIONS.values() for name in names})
    told: set[str] = set()
    found: dict[str, list[Key]] = {}
    for title, names in [*SECTIONS.items(), (OTHERS, rest)]:
        # What does the same in several places has one name.
        keys = [key for name in names for key in keys_of(owners[name]) if key.name not in told]
        told |= {key.name for key in keys}
        if keys:
            found[title] = keys
    return found


def key_names() -> list[str]:
    """List the names of all keys."""
    return [key.name for keys in every_key().values() for key in keys]


def _owners() -> list[type[DOMNode]]:
    """Find the classes of the program that bind keys."""
    found: dict[str, type[DOMNode]] = {}
    for module in pkgutil.walk_packages(tui.__path__, f"{tui.__name__}."):
        for _, each in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if each.__module__ == module.name and issubclass(each, DOMNode) and "BINDINGS" in each.__dict__:
                found[each.__qualname__] = each
    return list(found.values())
