"""What can wait in a direction: messages, whole or still arriving, and frames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from wsinspect.model import Source, Verdict
from wsinspect.wire.decisions import Drop, Hold, Modify, Plan
from wsinspect.wire.sending import Injection
from wsinspect.wire.spill import Kept, Pile
from wsinspect.wire.writing import Envelope


@dataclass(slots=True, eq=False)
class WaitingMessage:
    """A whole message."""

    envelope: Envelope
    plan: Plan
    """What is to become of it; the payload of a change is in `payload`."""
    raw: Kept
    """Its frames as they came."""
    payload: Kept
    """Readable, as it would go now."""
    since: int
    """When it was last decided on, or put on hold."""
    judged: bool
    reported: bool = False
    """Whether what became of it is on record; then it only has its turn."""
    held_ns: int | None = None
    aside_since: int | None = None
    """When it was set aside for others to overtake it."""
    aside_until: int | None = None
    """When it stopped to wait for others, and waited in the queue again."""

    @property
    def on_hold(self) -> bool:
        """Whether it waits for a decision."""
        return isinstance(self.plan.outcome, Hold)

    @property
    def is_to_be_overtaken(self) -> bool:
        """Whether it waits for later messages, and so stops none."""
        return not self.on_hold and self.plan.behind > 0

    @property
    def opcode(self) -> int:
        """What it goes as."""
        outcome = self.plan.outcome
        return outcome.opcode if isinstance(outcome, Modify) else self.envelope.opcode

    def waits(self, now: int) -> bool:
        """Tell whether it is not to go yet, even at the head of the queue."""
        return not self.reported and waits(self.plan, now)

    def overtaken(self) -> None:
        """Take note that a later message went first."""
        self.plan = replace(self.plan, behind=max(0, self.plan.behind - 1))
        if not self.plan.behind:
            self.plan = replace(self.plan, not_before=0)

    def stop_waiting(self, now: int) -> None:
        """Wait for no message and no time any more."""
        self.plan = replace(self.plan, behind=0, not_before=0)
        self.aside_until = now

    def waited(self, now: int) -> tuple[int | None, int | None]:
        """Return how long it was held, and how long it was delayed."""
        if self.on_hold:
            return now - self.since, None
        if self.aside_since is not None:
            return self.held_ns, (now if self.aside_until is None else self.aside_until) - self.aside_since
        delayed = min(now, self.plan.not_before) - self.since
        return self.held_ns, delayed if delayed > 0 else None

    def as_it_came(self) -> Iterable[bytes]:
        """Return its frames; raises what the spill raises."""
        return () if self.reported else (self.raw.load(),)


@dataclass(slots=True, eq=False)
class ArrivingMessage:
    """A message too large to be gathered: as much of it as has come."""

    envelope: Envelope
    raw: Pile
    plain: Pile
    verdict: Verdict
    """Once it goes."""
    ended: bool = False
    whole: bool = False
    """Whether it came, and could be read, to its end."""
    given_up: bool = False

    def drop(self) -> None:
        """Keep nothing of it."""
        self.raw.drop()
        self.plain.drop()

    def as_it_came(self) -> Iterable[bytes]:
        """Return its frames so far; raises what the spill raises."""
        return self.raw.load()


@dataclass(slots=True, eq=False)
class OutsideFrame:
    """A frame that belongs to no message: a control frame, or one that should not be."""

    seq: int
    header: bytes
    raw: bytes
    payload: bytes
    changed: Modify | None = None
    """What goes instead."""

    @property
    def opcode(self) -> int:
        """The four opcode bits."""
        return self.header[0] & 0x0F

    def as_it_came(self) -> Iterable[bytes]:
        """Return it."""
        return self.header, self.raw


@dataclass(slots=True, eq=False)
class OurFrames:
    """Frames of our own."""

    frames: list[Injection]
    injected: bool
    """Whether they are there by themselves, not behind a message."""

    def as_it_came(self) -> Iterable[bytes]:
        """Return nothing: no peer sent it."""
        return ()


@dataclass(slots=True, eq=False)
class SkippedMessage:
    """A dropped message, which the receiver's compression context has to be told of in its turn."""

    envelope: Envelope

    def as_it_came(self) -> Iterable[bytes]:
        """Return nothing: it was to be dropped."""
        return ()


type WaitingItem = WaitingMessage | ArrivingMessage | OutsideFrame | OurFrames | SkippedMessage


def waits(plan: Plan, now: int) -> bool:
    """Tell whether a message is not to go yet, even with none before it."""
    if isinstance(plan.outcome, Hold):
        return True
    if plan.behind:
        return not 0 < plan.not_before <= now
    return plan.not_before > now


def frames_behind(plan: Plan, payload: bytes, opcode: int) -> list[Injection]:
    """Return the copies of a message that goes with `payload`, and what else the plan has follow it."""
    outcome = plan.outcome
    copies: list[Injection] = []
    if plan.copies and not isinstance(outcome, Drop):
        source = outcome.source if isinstance(outcome, Modify) else Source.RULE
        copies = [Injection(opcode, payload, source=source)] * plan.copies
    return [*copies, *plan.then]
