"""What comes again and again by itself in a recording: heartbeats, pings, the ticks of a clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from wsinspect.replay.recording import Event

OPENING = -1
"""Instead of the index of a message: before any."""
_LEAST_TICKS = 3
_LEAST_CONTROL = 2
"""Pings and pongs that make a rhythm."""
_LEAST_PERIOD_NS = 50_000_000
_UNEVEN = 0.25
"""How far, as a share of the period, a gap between ticks may be from it."""
_EVEN = 0.8
"""Share of the gaps that have to be even."""
_STOPPED = 2.5
"""Periods without a tick after which a ticker had stopped."""


@dataclass(frozen=True, slots=True)
class Said:
    """An event of the side that is played."""

    event: Event
    owner: int
    """Index of the message that it belongs to, or `OPENING`."""
    paired: bool
    """Whether it is surely the reply to that."""
    kind: object
    """The same for events that differ in their values only."""


@dataclass(frozen=True, slots=True)
class Ticker:
    """Events that come again and again."""

    events: tuple[Event, ...]
    period_ns: int
    stopped: bool
    """Whether it had stopped before the recording ended."""
    stopped_by: int | None = None
    """Index of the first message behind its last tick."""
    begins: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """For each message (or `OPENING`) behind which some of it came: which of `events` was the first then, and how long
    after the message."""

    def gap_ns(self, position: int) -> int:
        """Return how long after the tick before it one comes; before the first is the last."""
        if position == 0:
            return self.period_ns
        return self.events[position].time - self.events[position - 1].time


def tickers_of(
    said: Sequence[Said], others: Sequence[Event], begins: Mapping[int, int], end: int
) -> tuple[tuple[Ticker, ...], dict[int, int]]:
    """Find what ticks.

    Args:
        said: Events of one side, in order.
        others: Messages of the other.
        begins: When the messages came that events belong to.
        end: When the recording ended.

    Returns:
        The tickers, and for the index of each tick the position of its ticker among them.
    """
    kinds: dict[object, list[Said]] = defaultdict(list)
    last: dict[int, int] = {}
    first: dict[int, int] = {}
    for one in said:
        kinds[one.kind].append(one)
        first.setdefault(one.owner, one.event.index)
        if one.event.is_message:
            last[one.owner] = one.event.index
    tickers: list[Ticker] = []
    ticks: dict[int, int] = {}
    for ones in kinds.values():
        if not _is_regular(ones) or _are_answers(ones, first, begins) or _are_steps(ones, last):
            continue
        ticks.update((one.event.index, len(tickers)) for one in ones)
        tickers.append(_ticker(ones, others, begins, end))
    return tuple(tickers), ticks


def _ticker(ones: Sequence[Said], others: Sequence[Event], begins: Mapping[int, int], end: int) -> Ticker:
    events = tuple(one.event for one in ones)
    period_ns = _period(events)
    stopped = end - events[-1].time > _STOPPED * period_ns
    behind = (event.index for event in others if event.index > events[-1].index)
    starts: dict[int, tuple[int, int]] = {}
    for position, one in enumerate(ones):
        starts.setdefault(one.owner, (position, max(one.event.time - begins[one.owner], 0)))
    return Ticker(events, period_ns, stopped, next(behind, None) if stopped else None, starts)


def _is_regular(ones: Sequence[Said]) -> bool:
    """Tell whether events come in a rhythm."""
    if len(ones) < (_LEAST_TICKS if ones[0].event.is_message else _LEAST_CONTROL):
        return False
    events = [one.event for one in ones]
    period_ns = _period(events)
    if period_ns < _LEAST_PERIOD_NS:
        return False
    gaps = [later.time - earlier.time for earlier, later in pairwise(events)]
    even = sum(abs(gap - period_ns) <= _UNEVEN * period_ns for gap in gaps)
    return even >= _EVEN * len(gaps)


def _are_answers(ones: Sequence[Said], first: Mapping[int, int], begins: Mapping[int, int]) -> bool:
    """Tell whether most events are what is said soon upon a message: then it is the other side that has the rhythm.

    A heartbeat that the other side answers is said a whole period after that answer.
    """
    if not ones[0].event.is_message:
        return False
    soon_ns = _period([one.event for one in ones]) / 2
    answers = sum(
        one.paired
        or (
            one.owner != OPENING
            and first[one.owner] == one.event.index
            and one.event.time - begins[one.owner] < soon_ns
        )
        for one in ones
    )
    return answers * 2 > len(ones)


def _are_steps(ones: Sequence[Said], last: Mapping[int, int]) -> bool:
    """Tell whether events lead to something: all came upon one message, and then came something else, as a result."""
    if not ones[0].event.is_message:
        return False
    owner = ones[0].owner
    return owner != OPENING and ones[-1].owner == owner and last[owner] != ones[-1].event.index


def _period(events: Sequence[Event]) -> int:
    return int(median(later.time - earlier.time for earlier, later in pairwise(events)))
