"""What a listing of messages and control frames shows: which, in what order, and what each of its entries is."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from wsinspect.query import Expr, SqlFilter, Target, to_sql


class Kind(enum.IntEnum):
    """What an entry is."""

    MESSAGE = 0
    CONTROL = 1
    """A control frame."""
    BEATS = 2
    """A run of pings and pongs of one session."""


class Order(enum.Enum):
    """What a listing is sorted by."""

    ARRIVAL = "arrival"
    SIZE = "size"
    """Nothing is folded in it."""
    LATENCY = "latency"
    """Only messages that answer one are listed in it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is listed, and how."""

    session: int | None = None
    """The number of one; None for all."""
    messages: Expr | None = None
    """Which messages; None for all."""
    show_messages: bool = True
    frames: Expr | None = None
    """Which control frames; None for all."""
    show_control: bool = True
    fold: bool = True
    """Whether pings and pongs without anything listed between them are one entry."""
    order: Order = Order.ARRIVAL
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a listing."""

    place: int
    """From 0."""
    kind: Kind
    id: int
    """Of the message, or of the first frame."""
    last_id: int
    """Of the last frame of a run; otherwise the same."""
    count: int
    """Of frames in a run; otherwise 1."""


class Chosen:
    """A filter, ready for statements.

    Args:
        expr: The filter, None for all.
        target: What it is asked of.
    """

    def __init__(self, expr: Expr | None, target: Target) -> None:
        alias, table = {Target.MESSAGE: ("m", "message"), Target.FRAME: ("f", "frame")}[target]
        split = SqlFilter("1", (), None) if expr is None else to_sql(expr, target)
        self.where, self.parameters, self.residual = split.where, split.parameters, split.residual
        self.source = f"FROM {table} AS {alias}"
        if expr is not None:
            self.source += f" JOIN session AS s ON s.id = {alias}.session"
