"""Which values differ from one run of the same conversation to the next without meaning anything.

What is volatile is learned from recordings: values that one side issues and the other uses, timestamps, counts, and
values by chance that are other ones each time. A difference is only passed over where both values are of that way: a
price that is another one, or another word, is a difference, also where the one before it was bound.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, assert_never

from wsinspect.model import Direction
from wsinspect.replay.binding.bindings import find_bindings
from wsinspect.replay.binding.bound import HANDSHAKE, Bindings, Origin
from wsinspect.replay.binding.clocks import clock_of, clocks_in, form_of
from wsinspect.replay.binding.contents import contents_of
from wsinspect.replay.binding.issued import spans_of
from wsinspect.replay.binding.naming import Strength, is_uuid, looks_random, strength, traits
from wsinspect.replay.binding.pieces import Span, replaced
from wsinspect.replay.leaves import Scalar, layout
from wsinspect.replay.recording import Event, Recording
from wsinspect.replay.shape import Shape, shape_of
from wsinspect.wire.opcodes import Opcode

_MOST_PLACES = 4096
_MOST_MESSAGES = 20_000
_COUNTED = 3
_MOST_DIFFERENT = 64
_TOP = re.compile(r"(?:\$\d*)?(?:\.?[^.\[ ]*)?")
_LONG = 16
_SPACE = re.compile(r"\s")
_STAND_IN = "\N{HORIZONTAL ELLIPSIS}"


class Way(enum.Enum):
    """How the values in a place are volatile."""

    ISSUED = enum.auto()
    TIME = enum.auto()
    COUNT = enum.auto()
    CHANCE = enum.auto()


class _Place(NamedTuple):
    """A place in messages of a kind, so that recordings with more or fewer fields have it, too."""

    kind: tuple[int, str, str | frozenset[str]]
    path: str
    """General."""


@dataclass(slots=True)
class _Series:
    """What a place says in one recording."""

    sample: Event
    count: int = 0
    times: int = 0
    """How many of the values are timestamps."""
    random: int = 0
    last: Scalar = None
    steps: int = 0
    """How many are one more than that before."""
    different: set[Scalar] = field(default_factory=set)

    def take(self, value: Scalar, event: Event) -> None:
        self.count += 1
        self.times += _is_time(value, event.time)
        self.random += isinstance(value, str | bytes) and strength(value) is Strength.STRONG
        self.steps += _is_next(value, self.last)
        self.last = value
        if len(self.different) < _MOST_DIFFERENT:
            self.different.add(value)

    @property
    def is_random(self) -> bool:
        """Whether it says nothing but what nobody comes to by himself."""
        return self.random == self.count


type _AllSeries = dict[tuple[str, str], _Series]
"""By kind of message and general path."""


class Volatile:
    """What is known of volatile values; made by `of`."""

    def __init__(self) -> None:
        self._ways: dict[_Place, tuple[Way, str]] = {}
        self._anywhere: dict[str, tuple[Way, str]] = {}
        """By key, where a place is not known."""

    @classmethod
    def of(cls, *recordings: Recording, bindings: Iterable[tuple[Recording, Bindings]] = ()) -> Volatile:
        """Learn from recordings, such as the two that are compared.

        Args:
            recordings: Of runs of the same conversation.
            bindings: Those that were found already, with the recording that they were found in.
        """
        volatile = cls()
        known = list(bindings)
        for recording in recordings:
            for player in Direction:
                if not any(of is recording and found.player is player for of, found in known):
                    known.append((recording, find_bindings(recording, player)))
        for recording, found in known:
            volatile._learn_bindings(recording, found)
        every = [_series_of(recording) for recording in recordings]
        for series in every:
            volatile._learn_series(series)
        volatile._learn_differences(every)
        return volatile

    def is_volatile(self, shape: Shape, path: str, old: Scalar, new: Scalar) -> str | None:
        """Return why a value may be another one, for people; None where it may not.

        Args:
            shape: Of the message in the old recording.
            path: Of the value; exact or general.
            old: The value there.
            new: The value in the other recording.
        """
        known = traits(path)
        way, why = self._ways.get(_Place(_kind_of(shape), known.path), (None, ""))
        if way is None and known.is_id:
            way, why = self._anywhere.get(known.key, (None, ""))
        if way is not None and _is_alike(way, old, new, is_id=known.is_id):
            return why
        if _both_by_chance(old, new, is_id=known.is_id):
            return "a value by chance in both"
        return None

    def _learn_bindings(self, recording: Recording, bindings: Bindings) -> None:
        issuer = "client" if bindings.player is Direction.S2C else "server"
        for binding in bindings.found:
            if binding.origin is Origin.CLOCK:
                way, why = Way.TIME, "a timestamp"
            else:
                way, why = Way.ISSUED, f"issued by the {issuer} anew each time ({binding.name})"
            places = [(place.event, place.path) for place in binding.issued]
            places += [(use.event, use.path) for use in binding.uses]
            seen: set[tuple[str, str]] = set()
            for event, path in places[:_MOST_PLACES]:
                if event != HANDSHAKE:
                    message = recording.events[event]
                    kind = contents_of(message.opcode, message.payload).kind
                    if (kind, path) not in seen:
                        seen.add((kind, path))
                        self._know(message, path, way, why)

    def _learn_series(self, series: _AllSeries) -> None:
        """Learn from what goes on in one recording."""
        for (_, path), found in series.items():
            if found.times == found.count:
                self._know(found.sample, path, Way.TIME, "a timestamp")
            elif found.count >= _COUNTED and found.steps == found.count - 1 and traits(path).is_id:
                self._know(found.sample, path, Way.COUNT, "a number that counts on")
            elif found.is_random and len(found.different) >= _COUNTED:
                self._know(found.sample, path, Way.CHANCE, "another value by chance each time")

    def _learn_differences(self, every: Sequence[_AllSeries]) -> None:
        """Learn where all is random in several recordings, and never the same in two of them."""
        seen: dict[tuple[str, str], list[_Series]] = {}
        for series in every:
            for key, found in series.items():
                seen.setdefault(key, []).append(found)
        for (_, path), those in seen.items():
            values = [value for one in those for value in one.different]
            if len(those) > 1 and all(one.is_random for one in those) and len(values) == len(set(values)):
                self._know(those[0].sample, path, Way.CHANCE, "other values by chance in each recording")

    def _know(self, message: Event, path: str, way: Way, why: str) -> None:
        laid_out = layout(message.payload, of_text=message.opcode == Opcode.TEXT)
        known = traits(path)
        self._ways.setdefault(_Place(_kind_of(shape_of(message.opcode, laid_out)), known.path), (way, why))
        if known.is_id:
            self._anywhere.setdefault(known.key, (way, why))


def _series_of(recording: Recording) -> _AllSeries:
    series: _AllSeries = {}
    for event in recording.messages()[:_MOST_MESSAGES]:
        contents = contents_of(event.opcode, event.payload)
        for path, value in contents.values:
            key = (contents.kind, traits(path).path)
            if key in series or len(series) < _MOST_PLACES:
                series.setdefault(key, _Series(event)).take(value, event)
    return series


def _kind_of(shape: Shape) -> tuple[int, str, str | frozenset[str]]:
    """Return what is the same for messages of a kind, whatever optional fields they have."""
    return shape.opcode, shape.prefix, shape.name or frozenset(_TOP.match(field)[0] for field in shape.fields)  # type: ignore[index]  # it matches nothing, too


def _is_alike(way: Way, old: Scalar, new: Scalar, *, is_id: bool) -> bool:
    """Tell whether two values are of one way, so that their difference means nothing."""
    match way:
        case Way.TIME:
            return (form := form_of(old)) is not None and form == form_of(new)
        case Way.COUNT:
            return _is_whole(old) and _is_whole(new)
        case Way.ISSUED:
            return _both_issued(old, new, is_id=is_id)
        case Way.CHANCE:
            return type(old) is type(new) and Strength.STRONG is strength(old) is strength(new)
        case _:
            assert_never(way)


def _both_issued(old: Scalar, new: Scalar, *, is_id: bool) -> bool:
    if _is_whole(old) and _is_whole(new):
        return is_id or Strength.STRONG is strength(old) is strength(new)
    if isinstance(old, str) and isinstance(new, str):
        if is_id and min(len(old), len(new)) >= _LONG and not (_SPACE.search(old) or _SPACE.search(new)):
            return True
        return _without_chance(old) == _without_chance(new) != old or _is_alike(Way.TIME, old, new, is_id=is_id)
    return isinstance(old, bytes) and isinstance(new, bytes) and len(old) == len(new)


def _both_by_chance(old: Scalar, new: Scalar, *, is_id: bool) -> bool:
    """Tell whether two values are random whatever is known of their place."""
    if not isinstance(old, str) or not isinstance(new, str):
        return is_id and _is_whole(old) and _is_whole(new) and Strength.STRONG is strength(old) is strength(new)
    if is_uuid(old) and is_uuid(new):
        return True
    return is_id and len(old) == len(new) and looks_random(old) and looks_random(new)


def _without_chance(text: str) -> str:
    """Return a text without what is random in it."""
    if looks_random(text):
        return _STAND_IN
    taken: list[tuple[Span, str]] = []
    for span, piece in spans_of(text):
        if looks_random(piece) and not any(span.start < other.end and other.start < span.end for other, _ in taken):
            taken.append((span, _STAND_IN))
    return replaced(text, taken)


def _is_whole(value: Scalar) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_next(value: Scalar, before: Scalar) -> bool:
    return _is_whole(value) and _is_whole(before) and value == before + 1  # type: ignore[operator]  # numbers


def _is_time(value: Scalar, time: int) -> bool:
    if isinstance(value, str):
        return any(span == (0, len(value)) for span, _ in clocks_in(value, time))
    return clock_of(value, time) is not None
