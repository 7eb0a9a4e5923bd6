"""A rule, and a file of them."""

from __future__ import annotations

import enum
from typing import Annotated, Literal

from pydantic import Field

from wsinspect.rules.quantities import Duration, Period
from wsinspect.rules.schema.action import Action
from wsinspect.rules.schema.match import Match
from wsinspect.rules.schema.shape import Maybe, OfType, Strict, Word
from wsinspect.rules.schema.texts import Condition, FileName, JsonTemplate, Rate, VariableName


class Event(enum.StrEnum):
    """What a rule may be on, besides timers and silence."""

    MESSAGE = "message"
    HANDSHAKE_REQUEST = "handshake_request"
    HANDSHAKE_RESPONSE = "handshake_response"
    OPEN = "open"
    PING = "ping"
    PONG = "pong"
    CLOSE = "close"


class OnTimer(Strict):
    """Every so often, in each session that the rule's match fits."""

    timer: Period
    """How often."""


class OnIdle(Strict):
    """Once, each time that no message has passed for so long."""

    idle: Period
    """For how long."""


class Then(enum.StrEnum):
    """Whether later rules see the message."""

    CONTINUE = "continue"
    STOP = "stop"


class OnError(enum.StrEnum):
    """What to do with a message that a rule fails on, or that is too large for it."""

    FORWARD = "forward"
    DROP = "drop"
    CLOSE = "close"


class Limit(Strict):
    """How often a rule may act."""

    times: Maybe[Annotated[int, Field(ge=1)]] = None
    """In all, over all sessions."""
    times_per_session: Maybe[Annotated[int, Field(ge=1)]] = None
    """In each session."""
    cooldown: Maybe[Duration] = None
    """Between two times, in one session."""
    rate: Maybe[Rate] = None
    """`10/s`, `100/m`, over all sessions."""
    until: Maybe[Duration] = None
    """Since the session opened."""
    injected: Annotated[int, Field(ge=0)] = 10_000
    """Most messages that the rule may send of its own in one session."""


class Rule(Strict):
    """One rule."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$", max_length=100)]
    """Its name, on record wherever it acts."""
    enabled: bool = True
    """False: it is checked, and never acts."""
    priority: int = 0
    """Higher goes first."""
    on: Word[Event] | OnTimer | OnIdle = Event.MESSAGE
    """What it is asked about."""
    match: Match = Field(default_factory=Match)
    when: Maybe[Condition] = None
    """A filter expression, in which `vars.x` are known."""
    rule_state: Maybe[Annotated[str, Field(min_length=1)]] = None
    """The rule lives only while the session is in this state; each begins in `start`."""
    probability: Maybe[Annotated[float, Field(ge=0, le=1)]] = None
    """With which it acts where all else holds."""
    limit: Limit = Field(default_factory=Limit)
    do: Annotated[list[Action], Field(min_length=1)]
    """Actions, in order."""
    then: Word[Then] = Then.CONTINUE
    """`stop`: later rules do not see the message."""
    on_error: Word[OnError] = OnError.FORWARD
    """What becomes of a message that the rule fails on."""
    on_oversize: Word[OnError] = OnError.FORWARD
    """What becomes of a message that is too large to be looked into."""
    note: Maybe[str] = None
    """For people."""


class RuleFile(Strict):
    """A rule file."""

    version: Annotated[Literal[1], OfType(int)]
    """Of the rule language."""
    seed: Maybe[int] = None
    """What is random repeats."""
    vars: dict[VariableName, JsonTemplate] = Field(default_factory=dict)
    """Variables as each session begins with them."""
    include: list[FileName] = Field(default_factory=list)
    """Rule files in the same folder or below it; their rules come first."""
    rules: list[Rule] = Field(default_factory=list)
    """In the order in which they act on a message, where `priority` does not say otherwise."""
