"""Finds the values that one side of a recording issued and the other side used later.

Theory of operation. The messages are gone through once, in order. What the other side says is indexed by value; what
we say is looked up there. A telling value (a token, a hash, a large number) that is there is bound at once, also as a
piece of a string. Timestamps that are about as old as their message are the clock's, unless the other side said each of
them before. Small numbers and words are gathered by the place that they have in messages of a kind, and weighed at the
end. What we said first is ours: that the other side repeats it issues nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from urllib.parse import unquote

from wsinspect.model import Direction
from wsinspect.replay.binding.bound import HANDSHAKE, Binding, Bindings, Origin, Place, Use
from wsinspect.replay.binding.clocks import Clock, clock_of, clocks_in
from wsinspect.replay.binding.contents import Contents, Said, contents_of, contents_of_head
from wsinspect.replay.binding.corrections import Rebind, corrected, parse_rebind
from wsinspect.replay.binding.issued import Issue, Issued, Slot, normal, spans_of
from wsinspect.replay.binding.naming import Strength, looks_random, name_of, strength, traits
from wsinspect.replay.binding.pieces import Span
from wsinspect.replay.binding.weighing import Following, Weighing
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.recording import Event, Recording

__all__ = ["HANDSHAKE", "Binding", "Bindings", "Origin", "Place", "Rebind", "Use", "find_bindings", "parse_rebind"]

MOST_VALUES = 2_000_000
MOST_BYTES = 256 << 20
_MOST_SLOTS = 4096
_HALF = 0.5
_SECOND = 10**9


def find_bindings(
    recording: Recording, player: Direction, *, rebind: Sequence[Rebind] = (), ignore: Sequence[str] = ()
) -> Bindings:
    """Find what is to be written anew when one side of a recording is played.

    Args:
        recording: Whole.
        player: The side that is played.
        rebind: What a user asked for, in addition or instead.
        ignore: Paths, as for `paths.matches`, of values that are to stay as they were recorded, on either side.
    """
    search = _Search(recording, player)
    search.run()
    found = [*search.telling(), *search.weighed(), *search.clocks()]
    found, remarks = corrected(recording, player, found, rebind, ignore)
    return Bindings(player, tuple(_with_names(found)), (*search.remarks, *remarks))


class _Telling(NamedTuple):
    """A telling value of ours that the other side had said."""

    event: int
    said: Said
    issue: Issue
    span: Span | None = None
    encoded: bool = False

    def use(self) -> Use:
        """Return it as it is bound."""
        event, (path, value), issue, span, encoded = self
        piece = value[span.start : span.end] if span and isinstance(value, str) else value
        first = issue.places[0]
        return Use(event, path, piece, first.value, first.event, span, encoded)


class _Timestamp(NamedTuple):
    event: int
    said: Said
    span: Span | None
    clock: Clock
    issue: Issue | None

    def use(self) -> Use:
        """Return it as it is bound to the time."""
        event, (path, value), span, clock, _ = self
        piece = value[span.start : span.end] if span and isinstance(value, str) else value
        return Use(event, path, piece, span=span, clock=clock)


@dataclass(slots=True)
class _Search:
    recording: Recording
    player: Direction
    remarks: list[str] = field(default_factory=list)
    _issued: Issued = field(default_factory=Issued)
    _telling: list[_Telling] = field(default_factory=list)
    _weighings: dict[Slot, Weighing] = field(default_factory=dict)
    _timestamps: dict[Slot, list[_Timestamp]] = field(default_factory=dict)

    def run(self) -> None:
        """Go through the messages."""
        self._handshake()
        values = read = passed_over = 0
        for event in self.recording.events:
            if not event.is_message:
                continue
            if values > MOST_VALUES or read > MOST_BYTES:
                what = f"only what is before message {event.number}"
                self.remarks.append(f"{what} was looked through for values that follow others: there are very many")
                break
            contents = contents_of(event.opcode, event.payload)
            passed_over += contents.passed_over
            values, read = values + len(contents.values), read + len(event.payload)
            if event.direction is self.player:
                self._ours(event, contents)
            else:
                self._issued.take(event.index, contents)
        if passed_over:
            what = f"{passed_over} messages are" if passed_over > 1 else "one message is"
            self.remarks.append(f"not all was looked through for values that follow others: {what} very large")

    def _handshake(self) -> None:
        """The request comes first: what it says is the client's, and what only the response says the server's."""
        session = self.recording.session
        for direction, head in ((Direction.C2S, session.request), (Direction.S2C, session.response)):
            contents = contents_of_head(head)
            if direction is not self.player:
                self._issued.take(HANDSHAKE, contents)
                continue
            for said in contents.values:
                self._tell(HANDSHAKE, said, strength(said.value))
        self._telling.clear()  # heads are not rewritten

    def _ours(self, event: Event, contents: Contents) -> None:
        for said in contents.values:
            how = strength(said.value)
            if how is Strength.NOTHING or self._is_time(event, contents, said):
                continue
            known = traits(said.path)
            if self._tell(event.index, said, how) or how is Strength.STRONG or known.is_fixed:
                continue
            self._weigh(Slot(contents.kind, known.path), event, said, contents)
            if known.is_id:
                self._weigh(Slot("", known.path), event, said, contents)

    def _weigh(self, slot: Slot, event: Event, said: Said, contents: Contents) -> None:
        weighing = self._weighings.get(slot)
        if weighing is None:
            if len(self._weighings) >= _MOST_SLOTS:
                return
            weighing = self._weighings[slot] = Weighing(slot)
        weighing.use(event.index, said, contents, self._issued)

    def _is_time(self, event: Event, contents: Contents, said: Said) -> bool:
        """Take the timestamps in a value; tell whether it is one as a whole."""
        value = said.value
        found: list[tuple[Span | None, Clock]] = []
        if isinstance(value, str):
            found += clocks_in(value, event.time)
        elif clock := clock_of(value, event.time):
            found.append((None, clock))
        for span, clock in found:
            whole = span is None or (isinstance(value, str) and span == (0, len(value)))
            issue = self._issued.telling.get(normal(value)) if whole else None
            # Ours is not kept: the other side, saying the same, says it again this time, or has read its own clock.
            slot = Slot(contents.kind, traits(said.path).path)
            timestamp = _Timestamp(event.index, said, None if whole else span, clock, issue)
            self._timestamps.setdefault(slot, []).append(timestamp)
            if whole:
                return True
        return False

    def _tell(self, event: int, said: Said, how: Strength) -> bool:
        """Look a value up, or the pieces of a string; tell whether any is the other side's, and keep what is ours."""
        issued = self._issued
        if how is Strength.STRONG:
            if issue := issued.telling.get(normal(said.value)):
                self._telling.append(_Telling(event, said, issue))
                return True
            issued.own.add(normal(said.value))
        if not isinstance(said.value, str):
            return False
        taken: list[Span] = []
        for span, piece in spans_of(said.value):
            if any(span.start < other.end and other.start < span.end for other in taken):
                continue
            plain = unquote(piece)
            if issue := issued.telling.get(normal(plain)):
                self._telling.append(_Telling(event, said, issue, span, plain != piece))
                taken.append(span)
            elif looks_random(plain):
                issued.own.add(normal(plain))
        return bool(taken)

    def telling(self) -> Iterable[Binding]:
        """Return what is bound as its values are telling."""
        timestamps = [
            stamp for stamps in self._timestamps.values() for stamp in stamps if self._is_issued(stamp, stamps)
        ]
        every = self._telling + [_Telling(at.event, at.said, at.issue) for at in timestamps if at.issue]
        for path, uses in _by(every, lambda telling: telling.issue.slot.path).items():
            uses.sort(key=lambda telling: telling.event)
            issues = {id(telling.issue): telling.issue for telling in uses}
            places = tuple(place for issue in issues.values() for place in issue.places)
            first, events = uses[0], {telling.event for telling in uses}
            said = f"{self._origin(first.issue.places[0].event, first.issue.slot)} said {_described(first.use().value)}"
            said += f" first, and so on for {len(issues)} values" if len(issues) > 1 else " first"
            number = self._number(first.event)
            ours = (
                f"{len(events)} messages of ours, from {number} on" if len(events) > 1 else f"message {number} of ours"
            )
            why = f"{said}, and it came back in {ours}"
            yield Binding(_name(path), Origin.FOUND, tuple(telling.use() for telling in uses), places, why)

    def weighed(self) -> Iterable[Binding]:
        """Return what is bound as it goes on fitting."""
        done: set[tuple[int, str]] = set()
        grouped: dict[tuple[str, str, str], list[Following]] = {}
        whole = {slot.path: weighing for slot, weighing in self._weighings.items() if not slot.kind}
        for slot, weighing in sorted(self._weighings.items(), key=lambda item: bool(item[0].kind)):
            if slot.kind and slot.path in whole and whole[slot.path].is_own_count:
                continue
            followings, why = weighing.verdict(self._issued)
            for following in followings:
                if (following.event, following.said.path) not in done:
                    done.add((following.event, following.said.path))
                    grouped.setdefault((following.slot.path, slot.path, why), []).append(following)
        for (theirs, ours, why), found in grouped.items():
            places = tuple(dict.fromkeys(following.place for following in found))
            uses = [
                Use(at.event, at.said.path, at.said.value, at.place.value, at.place.event, offset=at.offset)
                for at in found
            ]
            first = self._origin(found[0].place.event, found[0].slot)
            evidence = f"{_name(ours)} of ours, {len(uses)} times, is {why} {first}"
            yield Binding(_name(theirs), Origin.FOUND, tuple(uses), places, evidence)

    def clocks(self) -> Iterable[Binding]:
        """Return what is the time."""
        grouped: dict[tuple[str, str], list[Use]] = {}
        for slot, stamps in self._timestamps.items():
            for stamp in stamps:
                if not self._is_issued(stamp, stamps):
                    grouped.setdefault((slot.path, str(stamp.clock)), []).append(stamp.use())
        for (path, unit), uses in grouped.items():
            why = f"the time of sending, in {unit}, {len(uses)} times"
            yield Binding(_name(path), Origin.CLOCK, tuple(uses), (), why)

    def _is_issued(self, stamp: _Timestamp, stamps: list[_Timestamp]) -> bool:
        """Tell whether a timestamp is the other side's, and not the same by chance."""
        if stamp.issue is None:
            return False
        of_others = sum(other.issue is not None for other in stamps)
        coarse = stamp.clock.unit_ns == _SECOND and not stamp.clock.decimals
        if coarse and traits(stamp.issue.slot.path).key != traits(stamp.said.path).key:
            return False
        return of_others == len(stamps) or (not coarse and of_others > len(stamps) * _HALF)

    def _origin(self, event: int, slot: Slot) -> str:
        side = "the server's" if self.player is Direction.C2S else "the client's"
        if event == HANDSHAKE:
            return f"{side} handshake"
        return f"{side} {slot.kind} (message {self._number(event)})"

    def _number(self, event: int) -> int | None:
        return self.recording.events[event].number


def _by[K, V](items: Iterable[V], key: Callable[[V], K]) -> dict[K, list[V]]:
    groups: dict[K, list[V]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _name(path: str) -> str:
    """Return what people call the values at a path."""
    return path.removeprefix("$").lstrip(".") if path.startswith("$") else path.removeprefix("@").rpartition(":")[2]


def _described(value: Scalar) -> str:
    if isinstance(value, int | float):
        return f"a number of {len(str(value))} digits"
    what = "bytes" if isinstance(value, bytes) else "characters"
    return f"a value of {len(value or '')} {what}"


def _with_names(found: Iterable[Binding]) -> list[Binding]:
    """Give each binding a short name, or its whole path where several would have the same."""
    named: list[Binding] = []
    taken: dict[str, int] = {}
    bindings = list(found)
    short = Counter(_short(binding.name) for binding in bindings)
    for binding in bindings:
        name = _short(binding.name) if short[_short(binding.name)] == 1 else binding.name
        taken[name] = taken.get(name, 0) + 1
        named.append(replace(binding, name=name if taken[name] == 1 else f"{name} {taken[name]}"))
    return named


def _short(path: str) -> str:
    return name_of(f"${path}" if path.startswith("[") else f"$.{path}")
