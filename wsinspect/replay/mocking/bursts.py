"""Messages of the other side that were sent one behind the other: upon which of them was said what came then?

Theory of operation. What came behind a burst may have been said upon any message of it, and who waits for that after
the first of them says nothing more before it has come. So there is *patience*: who has begun a burst and is silent for
so long hears what came behind the whole of it. What is surely said upon one message, as its reply, waits for that one.

A message long after the one before it is no burst with that, unless its answer took as long.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wsinspect.replay.mocking.tickers import Said
from wsinspect.replay.recording import Event

_LONGEST_GAP_NS = 500_000_000
_LEAST_PATIENCE_NS, _MOST_PATIENCE_NS = 200_000_000, 5_000_000_000
_GAPS = 2
"""How many times as long as between two of its messages nothing is heard before a burst is taken for not going on."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Messages between which nothing was said."""

    last: int
    """Index of its last message, behind which something was said that may belong to any."""
    gap_ns: int
    """The longest between two of its messages."""
    answer_ns: int
    """How long after its last message something was said."""

    def patience_ns(self, speed: float = 1.0) -> int:
        """Return how long nothing is heard before what came behind the burst is said upon a part of it.

        Args:
            speed: How much faster than recorded answers come.
        """
        wanted = max(_LEAST_PATIENCE_NS, self.gap_ns * _GAPS, int(self.answer_ns / speed))
        return min(wanted, _MOST_PATIENCE_NS)


def groups_of(others: Sequence[Event], said: Iterable[Said]) -> list[list[Event]]:
    """Group messages that nothing was said between.

    Args:
        others: Messages of the other side.
        said: Upon these, in order; without what comes by itself.

    Returns:
        The groups, the last first, and so their messages.
    """
    answers = [one.event for one in said if one.event.is_message]
    indexes = [event.index for event in answers]
    groups: list[list[Event]] = []
    answered, longest_ns = -1, 0
    for event in reversed(others):
        following = bisect(indexes, event.index)
        if following == answered and groups[-1][-1].time - event.time <= longest_ns:
            groups[-1].append(event)
            continue
        answered = following
        answer_ns = answers[following].time - event.time if following < len(answers) else 0
        longest_ns = max(_LONGEST_GAP_NS, answer_ns)
        groups.append([event])
    return groups


def bursts_of(groups: Iterable[Sequence[Event]], unsure: Mapping[int, int]) -> dict[int, Burst]:
    """Find the bursts behind which something was said that may belong to any of their messages.

    Args:
        groups: As `groups_of` returns them.
        unsure: For the index of each message behind which such a thing was said, when the first was.

    Returns:
        By the index of each of their messages.
    """
    found: dict[int, Burst] = {}
    for group in groups:
        last = group[0]
        if len(group) > 1 and last.index in unsure:
            gap_ns = max(later.time - earlier.time for later, earlier in pairwise(group))
            burst = Burst(last.index, gap_ns, unsure[last.index] - last.time)
            found.update((event.index, burst) for event in group)
    return found


class Begun:
    """Knows in one conversation which bursts have begun, and whether what came behind them was said.

    Args:
        bursts: By the index of each of their messages.
    """

    def __init__(self, bursts: Mapping[int, Burst]) -> None:
        self._bursts = bursts
        self._begun: set[int] = set()
        self._said: set[int] = set()

    def heard(self, index: int) -> Burst | None:
        """Take a message that comes for the first time; return the burst that it begins, None where it begins none."""
        burst = self._bursts.get(index)
        if burst is None or burst.last == index or burst.last in self._begun or burst.last in self._said:
            return None
        self._begun.add(burst.last)
        return burst

    def say(self, last: int) -> bool:
        """Note that what came behind a message is said now; return whether it was not before."""
        if last in self._said:
            return False
        self._said.add(last)
        return True

    def break_silence(self, burst: Burst) -> bool:
        """Note that the rest of a burst is not waited for any longer; return whether it was until now."""
        return burst.last in self._begun and self.say(burst.last)

    def begin_again(self) -> None:
        """Take all messages for not having come yet."""
        self._begun.clear()
        self._said.clear()
