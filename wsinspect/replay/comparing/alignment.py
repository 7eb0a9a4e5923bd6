"""Finding which message of one recording is which of another.

Theory of operation. Not by number: messages are sorted by what they are and by what they say (`kinds`), and each
direction is aligned by itself (`lanes`), for the two race each other. Replies go with their requests. What a side says
again and again unasked, such as prices or heartbeats, races all else in its direction, too, and is aligned apart.

What is left over is looked for elsewhere in its direction: it has moved. An order that differs between the directions
is a difference only where a reply came before its request.

The result does not depend on which recording is called the old one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from wsinspect.model import Direction
from wsinspect.replay.comparing.kinds import Kinds, Told, sort
from wsinspect.replay.comparing.lanes import Effort, Lane, align
from wsinspect.replay.comparing.pairing import requests_of
from wsinspect.replay.comparing.reading import Content
from wsinspect.replay.comparing.sequences import Pair, by_occurrence, increasing
from wsinspect.replay.recording import Event

_STREAM = 4
"""Messages of a kind, in each recording, that make a stream."""
_ENDLESS = 10
"""So many of them in one recording, or messages that are all the same, and nobody counts them."""
_LONGEST_BLOCK = 8


@dataclass(frozen=True, slots=True)
class Side:
    """What is aligned of a recording."""

    events: Sequence[Event]
    contents: Sequence[Content]
    """What each event says."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Which message is which. Places are those in `Side.events`."""

    pairs: tuple[Pair, ...]
    """In the order of the old recording."""
    moved: frozenset[int]
    """Places in the old recording of those that came elsewhere in the new one."""
    kinds: Kinds
    streams: frozenset[int]
    """Kinds that are said again and again unasked."""
    endless: frozenset[int]
    """Those of them of which one more or less means nothing."""
    requests: tuple[dict[int, int], dict[int, int]]
    """In each recording the request of each reply."""
    rough: bool
    """Whether a part was too large and too different for more than counting."""


def aligned(old: Side, new: Side) -> Alignment:
    """Align two recordings."""
    if _is_behind(old, new):
        found = _Aligning(new, old).run()
        pairs = tuple(sorted((i, j) for j, i in found.pairs))
        moved = frozenset(i for j, i in found.pairs if j in found.moved)
        kinds = found.kinds
        turned = Kinds(kinds.new, kinds.old, kinds.new_keys, kinds.old_keys, kinds.told, kinds.cut)
        return Alignment(pairs, moved, turned, found.streams, found.endless, found.requests[::-1], found.rough)
    return _Aligning(old, new).run()


def _is_behind(old: Side, new: Side) -> bool:
    """Tell whether the one is behind the other in an order that has nothing to do with which is the old one."""
    for event, other in zip(old.events, new.events, strict=False):
        mine, theirs = ((each.direction, each.opcode, each.payload) for each in (event, other))
        if mine != theirs:
            return mine > theirs
    return len(old.events) > len(new.events)


class _Aligning:
    def __init__(self, old: Side, new: Side) -> None:
        self._old, self._new = old, new
        said = [
            [(event.direction, content) for event, content in zip(side.events, side.contents, strict=True)]
            for side in (old, new)
        ]
        self._kinds = sort(said[0], said[1])
        self._requests = (requests_of(old.events, old.contents), requests_of(new.events, new.contents))
        self._streams = self._find_streams()
        self._effort = Effort()
        self._other: dict[int, int] = {}
        """For each place of the old one that in the new one."""
        self._taken: set[int] = set()
        """Places of the new one that have been paired."""
        self._moved: set[int] = set()

    def run(self) -> Alignment:
        for stream in sorted(self._streams):
            self._align_stream(stream)
        # The client's come first: replies are found by their requests.
        for direction in Direction:
            self._align_direction(direction)
        self._find_crossed()
        return Alignment(
            tuple(sorted(self._other.items())),
            frozenset(self._moved),
            self._kinds,
            frozenset(self._streams),
            frozenset(stream for stream in self._streams if self._is_endless(stream)),
            self._requests,
            self._effort.rough,
        )

    def _find_streams(self) -> set[int]:
        counts = [Counter(self._kinds.old), Counter(self._kinds.new)]
        asked: Counter[int] = Counter()
        for requests, kinds in zip(self._requests, (self._kinds.old, self._kinds.new), strict=True):
            asked.update(kinds[place] for pair in requests.items() for place in pair)
        return {
            kind
            for kind, told in self._kinds.told.items()
            if told is not Told.BY_VALUES
            and min(counts[0][kind], counts[1][kind]) >= _STREAM
            and 2 * asked[kind] < counts[0][kind] + counts[1][kind]
        }

    def _is_endless(self, stream: int) -> bool:
        said = [
            [content.values for kind, content in zip(kinds, side.contents, strict=True) if kind == stream]
            for kinds, side in ((self._kinds.old, self._old), (self._kinds.new, self._new))
        ]
        return max(map(len, said)) >= _ENDLESS or len({values for side in said for values in side}) == 1

    def _pair(self, place: int, other: int, *, moved: bool = False) -> None:
        self._other[place] = other
        self._taken.add(other)
        if moved:
            self._moved.add(place)

    def _align_stream(self, stream: int) -> None:
        """Pair messages that say the same, where most do, or else just the first with the first."""
        here = [place for place, kind in enumerate(self._kinds.old) if kind == stream]
        there = [place for place, kind in enumerate(self._kinds.new) if kind == stream]
        keys = [self._kinds.old_keys[place] for place in here], [self._kinds.new_keys[place] for place in there]
        pairs = by_occurrence(*keys)
        if 2 * len(pairs) < min(len(here), len(there)):
            pairs = [(number, number) for number in range(min(len(here), len(there)))]
        for i, j in pairs:
            self._pair(here[i], there[j])

    def _align_direction(self, direction: Direction) -> None:
        replies = self._replies(direction)
        kept = increasing(replies)
        stay = set(kept)
        for pair in replies:
            self._pair(*pair, moved=pair not in stay)
        here = [place for place in self._places(self._old, self._kinds.old, direction) if place not in self._moved]
        elsewhere = {self._other[place] for place in self._moved}
        there = [place for place in self._places(self._new, self._kinds.new, direction) if place not in elsewhere]
        at, other_at = ({place: number for number, place in enumerate(places)} for places in (here, there))
        pairs = align(
            self._lane(here, self._kinds.old, self._kinds.old_keys),
            self._lane(there, self._kinds.new, self._kinds.new_keys),
            lambda i, j: _likeness(self._old.contents[here[i]], self._new.contents[there[j]]),
            [(at[place], other_at[other]) for place, other in kept],
            self._effort,
        )
        for i, j in pairs:
            self._pair(here[i], there[j])
        self._find_moved(here, there)
        self._find_replaced(here, there)

    def _places(self, side: Side, kinds: Sequence[int], direction: Direction) -> list[int]:
        """List the places of a direction but for the streams."""
        return [
            place
            for place, event in enumerate(side.events)
            if event.direction is direction and kinds[place] not in self._streams
        ]

    def _lane(self, places: Sequence[int], kinds: Sequence[int], keys: Sequence[int]) -> Lane:
        mine = [kinds[place] for place in places]
        return Lane(mine, [keys[place] for place in places], [self._kinds.told[kind] is not Told.NOT for kind in mine])

    def _replies(self, direction: Direction) -> list[Pair]:
        """Find the replies of a direction whose requests are paired."""
        reply_of = {request: reply for reply, request in self._requests[1].items()}
        found = []
        for reply, request in sorted(self._requests[0].items()):
            other = reply_of.get(self._other.get(request, -1))
            if other is None or self._old.events[reply].direction is not direction:
                continue
            if not self._streams & {self._kinds.old[reply], self._kinds.new[other]}:
                found.append((reply, other))
        return found

    def _find_moved(self, here: Sequence[int], there: Sequence[int]) -> None:
        """Pair what is left over in one place with what is left over in another and says or is the same."""
        for old, new in (
            (self._kinds.old_keys, self._kinds.new_keys),
            # What says something else is the same only if there is no other of its kind.
            (self._single(self._kinds.old), self._single(self._kinds.new)),
        ):
            waiting: dict[Hashable, list[int]] = defaultdict(list)
            for place in reversed(there):
                if place not in self._taken:
                    waiting[new[place]].append(place)
            for place in here:
                if place not in self._other and old[place] is not None and (same := waiting.get(old[place])):
                    self._pair(place, same.pop(), moved=True)

    def _single(self, kinds: Sequence[int]) -> list[int | None]:
        counts = Counter(self._kinds.old) | Counter(self._kinds.new)
        return [kind if counts[kind] == 1 else None for kind in kinds]

    def _find_replaced(self, here: Sequence[int], there: Sequence[int]) -> None:
        """Pair what stands in the place of something else, where neither says what it is."""
        stays = [place for place in here if place in self._other and place not in self._moved]
        ends = {self._other[place] for place in stays}
        mine = _blocks(here, set(stays), lambda place: place not in self._other)
        theirs = _blocks(there, ends, lambda place: place not in self._taken)
        for block, others in zip(mine, theirs, strict=True):
            if len(block) == len(others) <= _LONGEST_BLOCK:
                for place, other in zip(block, others, strict=True):
                    if _may_replace(self._old.contents[place], self._new.contents[other]):
                        self._pair(place, other)

    def _find_crossed(self) -> None:
        """Find the replies that came before their requests in one of the recordings."""
        places = {other: place for place, other in self._other.items()}
        for reply, request in self._requests[0].items():
            if reply in self._other and request in self._other and self._other[reply] < self._other[request]:
                self._moved.add(reply)
        for reply, request in self._requests[1].items():
            if reply in places and request in places and places[reply] < places[request]:
                self._moved.add(places[reply])


def _blocks(places: Sequence[int], ends: set[int], is_left: Callable[[int], bool]) -> list[list[int]]:
    """Return what is left over before, between and after what stays in its place."""
    blocks: list[list[int]] = [[]]
    for place in places:
        if place in ends:
            blocks.append([])
        elif is_left(place):
            blocks[-1].append(place)
    return blocks


def _may_replace(old: Content, new: Content) -> bool:
    return not old.shape.name and not new.shape.name and old.shape.opcode == new.shape.opcode


def _likeness(old: Content, new: Content) -> float:
    """Tell how many of the values of two messages are the same, 0 to 1."""
    if old.paths is new.paths:
        same = [a == b for a, b in zip(old.values, new.values, strict=True)]
        return sum(same) / max(len(same), 1)
    mine, theirs = (set(zip(content.paths, content.values, strict=True)) for content in (old, new))
    return len(mine & theirs) / max(len(mine), len(theirs))
