"""The recorded messages of one side, found again by what they are: which of them is a message that comes now?

Theory of operation. A message is one of those that are of its kind (see `shape`). Among these the values decide: each
that is the same as in a recorded message speaks for it, but for those that number messages (an `id` that goes up from
message to message), which say nothing, and for other numbers that go up, which say little. What is left is decided by
order: the next that has not come yet, then later ones, then earlier ones, then the last that has.

A `Catalogue` is made once of a recording; each conversation has its own `Search`.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise

from wsinspect.replay.leaves import Layout, Scalar, layout
from wsinspect.replay.paths import general, last_name, matches
from wsinspect.replay.recording import Event
from wsinspect.replay.shape import ALIKE, Shape, likeness, shape_of
from wsinspect.wire.opcodes import Opcode

type Value = tuple[str, Scalar]
"""A value and its path."""

_NUMBERING = frozenset(
    "id ack ref requestid reqid req rid cid seq sequence nonce msgid messageid correlationid ts time timestamp t at"
    " date sent counter".split()
)
_LITTLE = 0.1
_MOST_LOOKED_AT, _FEW_LOOKED_AT = 12, 3
"""Recorded messages with the rarest value that are looked at before, and as many behind, where the search is; and those
with another value."""
_MOST_SHAPES = 512
"""Shapes that a message is compared with that has none of them."""
_TEXT = "text"
"""Instead of a path: all that is not a value in a text, or all of what cannot be read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A message that was taken apart."""

    layout: Layout
    shape: Shape

    @classmethod
    def of(cls, opcode: int, payload: bytes) -> Reading:
        """Take a message apart."""
        laid_out = layout(payload, of_text=opcode == Opcode.TEXT)
        return cls(laid_out, shape_of(opcode, laid_out))

    def values(self) -> Iterator[Value]:
        """Yield its values; what is not known to have any is one."""
        for leaf in self.layout.leaves:
            yield leaf.path, leaf.value
        if self.layout.format == "text" or not self.layout.leaves:
            yield _TEXT, self._rest()

    def _rest(self) -> bytes:
        payload, at = self.layout.payload, 0
        rest: list[bytes] = []
        for leaf in self.layout.leaves:
            rest.append(payload[at : leaf.start])
            at = leaf.end
        return b"\0".join([*rest, payload[at:]])


@dataclass(slots=True, eq=False)
class Kind:
    """Recorded messages that are the same but for their values."""

    events: list[int] = field(default_factory=list)
    """Their indexes in the recording."""
    places: dict[Value, list[int]] = field(default_factory=dict)
    """For each value the places, in `events`, of those that have it."""
    weights: dict[str, float] = field(default_factory=dict)
    """Of the values at a general path."""


class Catalogue:
    """The messages that may come, by what they are.

    Args:
        events: Messages of one side, in order.
        ignore: Paths whose values say nothing.
    """

    def __init__(self, events: Iterable[Event], ignore: Sequence[str] = ()) -> None:
        self._kinds: dict[Shape, Kind] = {}
        self._named: dict[tuple[int, str, str, str], Kind] = {}
        self._events: dict[int, Event] = {}
        columns: dict[Kind, dict[str, list[Scalar]]] = {}
        for event in events:
            self._events[event.index] = event
            reading = Reading.of(event.opcode, event.payload)
            kind = self._kind(reading.shape)
            place = len(kind.events)
            kind.events.append(event.index)
            of_kind = columns.setdefault(kind, {})
            for value in reading.values():
                kind.places.setdefault(value, []).append(place)
                of_kind.setdefault(general(value[0]), []).append(value[1])
        for kind, of_kind in columns.items():
            kind.weights = {path: _weight(path, column, ignore) for path, column in of_kind.items()}

    def _kind(self, shape: Shape) -> Kind:
        """Return the kind of recorded messages of a shape."""
        if shape not in self._kinds:
            name = (shape.opcode, shape.format, shape.prefix, shape.name)
            self._kinds[shape] = self._named.setdefault(name, Kind()) if shape.name else Kind()
        return self._kinds[shape]

    def __len__(self) -> int:
        """How many messages there are."""
        return len(self._events)

    def kind_of(self, shape: Shape) -> Kind | None:
        """Return the kind that a shape is of; None: none of those recorded."""
        if (kind := self._kinds.get(shape)) is not None:
            return kind
        alike, found = max(
            ((likeness(shape, other), other) for other in self._some_shapes()),
            key=lambda pair: pair[0],
            default=(0.0, shape),
        )
        return self._kinds[found] if alike >= ALIKE else None

    def nearest(self, reading: Reading) -> Event | None:
        """Return the recorded message that is most like one that is none of them; None: nothing was recorded."""
        found = max(self._some_shapes(), key=lambda other: _nearness(reading.shape, other), default=None)
        if found is None:
            return None
        kind = self._kinds[found]
        return self._events[kind.events[0]]

    def event(self, index: int) -> Event:
        """Return a message by its index in the recording."""
        return self._events[index]

    def _some_shapes(self) -> Iterator[Shape]:
        return islice(self._kinds, _MOST_SHAPES)


class Search:
    """Finds messages in the order in which they come.

    Args:
        catalogue: Of those that were recorded.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._came: set[int] = set()
        self._fresh: dict[tuple[Kind, int], int] = {}
        """For the place of a message that has come, one behind it; see `_fresh_from`."""
        self._at = -1
        """Index of the message that was found last."""

    @property
    def remaining(self) -> bool:
        """Whether there are messages that have not come yet."""
        return len(self._came) < len(self._catalogue)

    def begin_again(self) -> None:
        """Take all messages for not having come yet."""
        self._came.clear()
        self._fresh.clear()
        self._at = -1

    def find(self, reading: Reading) -> tuple[Event, bool] | None:
        """Return the recorded message that one is, and whether that has come already; None: it is none of them."""
        kind = self._catalogue.kind_of(reading.shape)
        if kind is None:
            return None
        place = self._best(kind, dict(reading.values()))
        index = kind.events[place]
        again = index in self._came
        self._came.add(index)
        self._fresh[kind, place] = place + 1
        self._at = index
        return self._catalogue.event(index), again

    def _best(self, kind: Kind, values: Mapping[str, Scalar]) -> int:
        """Return the place of the message that has most of the values, and among those with as many the next one."""
        here = bisect_left(kind.events, self._at + 1)
        telling = [
            (kind.places[value], weight)
            for value in values.items()
            if value in kind.places
            and (weight := kind.weights[general(value[0])]) > 0
            and len(kind.places[value]) < len(kind.events)  # else it tells nothing apart
        ]
        telling.sort(key=lambda each: len(each[0]))
        candidates = {self._next_fresh(kind, here), len(kind.events) - 1}
        most = _MOST_LOOKED_AT
        for places, _ in telling:
            middle = bisect_left(places, here)
            candidates.update(places[max(middle - most, 0) : middle + most])
            most = _FEW_LOOKED_AT

        def worth(place: int) -> tuple[float, int, int]:
            score = sum(weight for places, weight in telling if _has(places, place))
            if kind.events[place] in self._came:
                return round(score, 3), 0, place
            return (round(score, 3), 2, -place) if place >= here else (round(score, 3), 1, -place)

        return max(candidates, key=worth)

    def _next_fresh(self, kind: Kind, start: int) -> int:
        """Return the place of the next message that has not come, from a place on and then from the beginning.

        Where all have come, it is that of the last.
        """
        for first in (start, 0):
            place = self._fresh_from(kind, first)
            if place < len(kind.events):
                return place
        return len(kind.events) - 1

    def _fresh_from(self, kind: Kind, place: int) -> int:
        # Each look shortens the way for the next: what has come points behind itself, and never back.
        way: list[int] = []
        while (following := self._fresh.get((kind, place))) is not None:
            way.append(place)
            place = following
        for passed in way:
            self._fresh[kind, passed] = place
        return place


def differences(came: Reading, recorded: Reading, ignore: Sequence[str] = (), most: int = 8) -> list[str]:
    """Say how a message differs from a recorded one, for people: `$.item: "lamp", recorded "kettle"`."""
    told: list[str] = []
    if came.shape.opcode != recorded.shape.opcode:
        told.append(f"it is {_type(came)}, recorded was {_type(recorded)}")
    if came.layout.format != recorded.layout.format:
        told.append(f"it is {came.layout.format}, recorded was {recorded.layout.format}")
    if came.layout.prefix != recorded.layout.prefix:
        told.append(f"it begins with {came.layout.prefix!r}, recorded was {recorded.layout.prefix!r}")
    now, then = dict(came.values()), dict(recorded.values())
    for path in [*now, *(path for path in then if path not in now)]:
        if matches(path, ignore):
            continue
        if path not in then:
            told.append(f"{path}: {_shown(now[path])} was not there")
        elif path not in now:
            told.append(f"{path}: {_shown(then[path])} is missing")
        elif now[path] != then[path]:
            told.append(f"{path}: {_shown(now[path])}, recorded {_shown(then[path])}")
    return told if len(told) <= most else [*told[:most], f"and {len(told) - most} more"]


def _weight(path: str, column: Sequence[Scalar], ignore: Sequence[str]) -> float:
    """Say how much the values at a path speak for a message."""
    if path != _TEXT and matches(path, ignore):
        return 0
    numbers = [number for value in column if (number := _number(value)) is not None]
    counts = len(column) > 1 and len(numbers) == len(column)
    if not counts or any(one >= other for one, other in pairwise(numbers)):
        return 1
    name = "".join(letter for letter in last_name(path).lower() if letter.isalnum())
    return 0 if name in _NUMBERING or name.endswith("id") or path == "@ack" else _LITTLE


def _number(value: Scalar) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20 else None


def _nearness(one: Shape, other: Shape) -> tuple[float, int, int]:
    shared = len(one.fields & other.fields) / max(len(one.fields | other.fields), 1)
    same = (one.opcode, one.format) == (other.opcode, other.format)
    return likeness(one, other) + shared, int(same), int(one.prefix == other.prefix)


def _has(places: Sequence[int], place: int) -> bool:
    at = bisect_left(places, place)
    return at < len(places) and places[at] == place


def _type(reading: Reading) -> str:
    return "text" if reading.shape.opcode == Opcode.TEXT else "binary"


def _shown(value: Scalar, longest: int = 60) -> str:
    if isinstance(value, bytes):
        value = value.decode(errors="replace").replace("\0", "…")
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= longest else shown[:longest] + "…"
