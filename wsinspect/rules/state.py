"""What rules remember: variables, counters, chance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class RuleState:
    """One rule, and what has come of it so far."""

    id: str
    place: str
    """`file:line:column`."""
    enabled: bool
    event: str
    hits: int = 0
    """How often its actions ran."""
    changed: int = 0
    """How many messages it changed or dropped."""
    errors: int = 0
    last_hit: int | None = None
    """Unix nanoseconds."""
    last_error: str | None = None
    note: str | None = None


class Memory:
    """What outlives a reload of the rules: variables of hosts and of all, counters, chance, what was enabled by hand."""
