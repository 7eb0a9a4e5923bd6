"""What all actions have in common: how they are made, and what may leave them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wsinspect.rules.schema import Scope
from wsinspect.rules.turn import Surroundings, Turn

type Act = Callable[[Turn], str | None]
"""Does one thing; returns what, in a few words."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an action is written."""

    surroundings: Surroundings
    folder: str
    """Of the rule file."""
    scope: Scope = Scope.SESSION
