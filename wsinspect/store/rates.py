"""Messages and bytes over time, in so many steps at most however long a capture is: where it grows, they are joined."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from wsinspect.model import Direction

MOST_STEPS = 2048
_SHORTEST_NS = 1 << 20
"""About a millisecond; longer steps are powers of two as well, so that each is made of whole ones."""


@dataclass(slots=True)
class Flow:
    """What passed in one direction in a time."""

    messages: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Rate:
    """What passed in one direction in a second."""

    messages: float
    bytes: float


@dataclass(slots=True)
class Rates:
    """Messages and bytes over time."""

    step_ns: int = _SHORTEST_NS
    """How long a step is. Steps begin at multiples of it."""
    steps: dict[int, tuple[Flow, Flow]] = field(default_factory=dict)
    """By time divided by `step_ns`; of clients, of servers."""

    def fit(self, first: int, last: int) -> None:
        """Make the steps long enough for a stretch of time (ns) that is known to come."""
        while last // self.step_ns - first // self.step_ns >= MOST_STEPS:
            self._join()

    def add(self, step: int, direction: Direction, messages: int, size: int) -> None:
        """Count messages of a step; after several calls, call `fit_steps`."""
        flows = self.steps.get(step)
        if flows is None:
            flows = self.steps[step] = (Flow(), Flow())
        flow = flows[direction]
        flow.messages += messages
        flow.bytes += size

    def fit_steps(self) -> None:
        """Join steps, if there are too many."""
        if self.steps:
            self.fit(min(self.steps) * self.step_ns, max(self.steps) * self.step_ns)

    @property
    def span(self) -> tuple[int, int]:
        """From when to when there is something, in nanoseconds; zeros where there is nothing."""
        if not self.steps:
            return 0, 0
        return min(self.steps) * self.step_ns, (max(self.steps) + 1) * self.step_ns

    def columns(self, count: int) -> list[tuple[Rate, Rate]]:
        """Put the whole time into so many columns of equal length, give or take a step: what passed in a second.

        Returns:
            For each column what clients and what servers sent; nothing where nothing passed.
        """
        if not self.steps:
            return []
        first, steps = min(self.steps), max(self.steps) - min(self.steps) + 1
        made: list[tuple[Rate, Rate]] = []
        for column in range(count):
            low = column * steps // count
            high = max((column + 1) * steps // count, low + 1)
            flows = [self.steps[step] for step in range(first + low, first + high) if step in self.steps]
            seconds = (high - low) * self.step_ns / 1e9
            made.append((_rate((flow for flow, _ in flows), seconds), _rate((flow for _, flow in flows), seconds)))
        return made

    def _join(self) -> None:
        before, self.steps = self.steps, {}
        self.step_ns *= 2
        for step, flows in before.items():
            for direction in Direction:
                self.add(step // 2, direction, flows[direction].messages, flows[direction].bytes)


def _rate(flows: Iterable[Flow], seconds: float) -> Rate:
    messages = size = 0
    for flow in flows:
        messages += flow.messages
        size += flow.bytes
    return Rate(messages / seconds, size / seconds)
