"""Compares two recordings: what of the one is missing in the other, came elsewhere, or says something else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import repeat

from wsinspect.model import Direction
from wsinspect.replay.binding.volatile import Volatile
from wsinspect.replay.comparing.alignment import Side, aligned
from wsinspect.replay.comparing.comparison import (
    CompareOptions,
    Comparison,
    Entry,
    Fate,
    FieldChange,
    Rename,
    Shift,
    Stream,
    What,
)
from wsinspect.replay.comparing.head_changes import head_changes
from wsinspect.replay.comparing.judging import SPELLING, Judge, renames, varying_paths
from wsinspect.replay.comparing.latencies import shifts
from wsinspect.replay.comparing.message_changes import MessageChanges, message_changes
from wsinspect.replay.comparing.reading import Reader
from wsinspect.replay.comparing.sequences import Pair
from wsinspect.replay.playing.heartbeats import without_heartbeats
from wsinspect.replay.recording import Event, Recording
from wsinspect.replay.shape import Shape
from wsinspect.wire.opcodes import Opcode

_LEARNED_EVENTS = 4096
_SPELT = FieldChange("$", What.CHANGED, None, None)
_NO_SHAPE = Shape(0, "", "", "", frozenset())


def compare(old: Recording, new: Recording, options: CompareOptions | None = None) -> Comparison:
    """Compare two recordings.

    Args:
        old: What was expected.
        new: What came.
        options: What to compare, and what to pass over.
    """
    return _Comparing(old, new, options or CompareOptions()).run()


@dataclass(slots=True)
class _Draft:
    """A pair of messages on its way to become an entry."""

    changes: MessageChanges
    kept: list[FieldChange]
    renamed: int = 0


class _Comparing:
    def __init__(self, old: Recording, new: Recording, options: CompareOptions) -> None:
        self._recordings = (old, new)
        self._options = options
        reader = Reader()
        beats = [_heartbeats(recording, options) for recording in self._recordings]
        # As many as before are compared like all else.
        self._beats = beats if len(beats[0]) != len(beats[1]) else [[], []]
        self._old, self._new = (
            Side(events, [reader.read(event) for event in events])
            for events in map(_wanted, self._recordings, repeat(options), self._beats)
        )
        self._found = aligned(self._old, self._new)
        self._judge = Judge(options, options.volatile)
        self._names: dict[Shape, str] = {}

    def run(self) -> Comparison:
        old, new = self._recordings
        drafts = {pair: self._compared(pair) for pair in self._found.pairs}
        self._judge_all(drafts)
        renamed = self._rename(drafts)
        return Comparison(
            old,
            new,
            self._options,
            tuple(self._entries(drafts)),
            head=tuple(self._head()),
            renames=tuple(renamed),
            streams=(*self._heartbeats(), *self._streams()),
            ignored=self._judge.ignored(),
            remarks=tuple(self._remarks(drafts)),
        )

    def _compared(self, pair: Pair) -> _Draft:
        i, j = pair
        old, new = self._old, self._new
        changes = message_changes(old.events[i], new.events[j], old.contents[i], new.contents[j])
        return _Draft(changes, list(changes.fields))

    def _judge_all(self, drafts: dict[Pair, _Draft]) -> None:
        """Take out the differences that do not matter."""
        if self._judge.volatile is None and self._options.learn and any(draft.kept for draft in drafts.values()):
            self._judge.volatile = Volatile.of(*map(_beginning, self._recordings))
        of_streams: dict[int, list[Sequence[FieldChange]]] = defaultdict(list)
        if self._options.learn:
            for (place, _), draft in drafts.items():
                kind = self._found.kinds.old[place]
                if kind in self._found.streams:
                    of_streams[kind].append(draft.kept)
        varying = {kind: varying_paths(changes) for kind, changes in of_streams.items()}
        for (place, _), draft in drafts.items():
            shape = self._old.contents[place].shape
            if draft.changes.spelling:
                self._judge.ignore(self._kind(0, place), _SPELT, SPELLING)
            elif draft.kept:
                paths = varying.get(self._found.kinds.old[place], frozenset())
                draft.kept = self._judge.judged(self._kind(0, place), shape, draft.kept, paths)
        for (place, _), draft in drafts.items():
            draft.kept = draft.kept and self._judge.following(self._kind(0, place), draft.kept)

    def _rename(self, drafts: dict[Pair, _Draft]) -> list[Rename]:
        """Take out the values that became one other value everywhere."""
        found = renames([(self._old.contents[place], draft.kept) for (place, _), draft in drafts.items()])
        if found:
            names = {(type(one.old), one.old) for one in found}
            for draft in drafts.values():
                kept = [change for change in draft.kept if not _is_of(change, names)]
                draft.renamed = len(draft.kept) - len(kept)
                draft.kept = kept
        return found

    def _entries(self, drafts: dict[Pair, _Draft]) -> list[Entry]:
        """Put everything in order: as the old recording has it, what is extra after what is there instead."""
        slow = shifts(
            self._old.events, self._new.events, dict(self._found.pairs), self._found.requests, self._options.tolerance
        )
        placed: list[tuple[int, int, Entry]] = []
        for pair, draft in drafts.items():
            placed.append((pair[0], 0, self._entry(pair, draft, slow.get(pair[0]))))
        paired = {place for place, _ in drafts}
        missing = [place not in paired for place in range(len(self._old.events))]
        placed += [(place, 0, self._lone(0, place)) for place, is_missing in enumerate(missing) if is_missing]
        other = {there: here for here, there in drafts}
        last = _behind(missing, -1)
        for place in range(len(self._new.events)):
            here = other.get(place)
            if here is None:
                placed.append((last, place + 1, self._lone(1, place)))
            elif here not in self._found.moved:
                last = _behind(missing, here)
        return [entry for _, _, entry in sorted(placed, key=lambda one: one[:2])]

    def _entry(self, pair: Pair, draft: _Draft, shift: Shift | None) -> Entry:
        place, other = pair
        content = draft.changes.content or (draft.changes.words and bool(draft.kept))
        changes = () if draft.changes.words else tuple(draft.kept)
        return Entry(
            Fate.CHANGED if content or changes else Fate.SAME,
            self._kind(0, place),
            self._old.events[place],
            self._new.events[other],
            changes,
            content=content,
            moved=place in self._found.moved,
            stream=self._is_of_stream(self._found.kinds.old[place]),
            renamed=draft.renamed,
            cut=draft.changes.cut,
            shift=shift,
        )

    def _lone(self, side: int, place: int) -> Entry:
        """Make the entry of a message that only one of them has."""
        recording, kinds = ((self._old, self._found.kinds.old), (self._new, self._found.kinds.new))[side]
        event, stream = recording.events[place], self._is_of_stream(kinds[place])
        if side:
            return Entry(Fate.EXTRA, self._kind(side, place), None, event, stream=stream)
        return Entry(Fate.MISSING, self._kind(side, place), event, None, stream=stream)

    def _is_of_stream(self, kind: int) -> bool:
        return self._options.learn and kind in self._found.endless

    def _kind(self, side: int, place: int) -> str:
        """Say what a message is: of a reply that has no name of its own, what it answers."""
        contents = (self._old, self._new)[side].contents
        shape = contents[place].shape
        request = self._found.requests[side].get(place) if not shape.name else None
        if request is not None:
            return f"reply to {self._name(contents[request].shape)}"
        return self._name(shape)

    def _name(self, shape: Shape) -> str:
        name = self._names.get(shape)
        if name is None:
            name = self._names[shape] = str(shape)
        return name

    def _heartbeats(self) -> Iterator[Stream]:
        for direction in Direction:
            old, new = (sum(beat.direction is direction for beat in beats) for beats in self._beats)
            if old != new:
                yield Stream("heartbeat", direction, old, new)

    def _streams(self) -> Iterator[Stream]:
        counts = Counter(self._found.kinds.old), Counter(self._found.kinds.new)
        for place, kind in enumerate(self._found.kinds.old):
            old, new = counts[0].pop(kind, 0), counts[1][kind]
            if self._is_of_stream(kind) and old and old != new:
                direction = self._old.events[place].direction
                yield Stream(self._kind(0, place), direction, old, new)

    def _head(self) -> list[FieldChange]:
        if not self._options.head:
            return []
        old, new = self._recordings
        changes = head_changes(old.session, new.session)
        if not self._options.close:
            changes = [change for change in changes if not change.path.startswith("$.close.")]
        return self._judge.judged("session", _NO_SHAPE, changes)

    def _remarks(self, drafts: dict[Pair, _Draft]) -> Iterator[str]:
        old, new = (recording.problems for recording in self._recordings)
        for problem in dict.fromkeys((*old, *new)):
            which = ("Both" if problem in new else "Old") if problem in old else "New"
            yield f"{which}: {problem}"
        if cut := sum(draft.changes.cut for draft in drafts.values()):
            yield f"Of {cut:,} messages only a part is on record; that part is compared."
        if self._found.rough:
            yield "A part of the sessions is too long and too different to be aligned by more than counting."
        if self._found.kinds.cut:
            yield "There are too many kinds of messages to compare all of them with each other."


def _wanted(recording: Recording, options: CompareOptions, left_out: Sequence[Event]) -> list[Event]:
    """Return the events to compare; the close frame is compared with the rest of the close."""
    beats = {event.index for event in left_out}
    return [
        event
        for event in recording.events
        if options.direction in (None, event.direction)
        and (event.is_message or (options.control and event.opcode != Opcode.CLOSE))
        and event.index not in beats
    ]


def _heartbeats(recording: Recording, options: CompareOptions) -> list[Event]:
    """Return the heartbeats of either side and the answers to them, where how many there are does not matter."""
    if not options.learn:
        return []
    kept = without_heartbeats(without_heartbeats(recording, Direction.C2S), Direction.S2C).events
    left = {event.index for event in kept}
    return [
        event for event in recording.events if event.index not in left and options.direction in (None, event.direction)
    ]


def _behind(missing: Sequence[bool], place: int) -> int:
    """Return the last of the missing ones right behind a place, which is where they would have been."""
    while place + 1 < len(missing) and missing[place + 1]:
        place += 1
    return place


def _beginning(recording: Recording) -> Recording:
    """Return as much of a recording as is enough to learn from."""
    return replace(recording, events=recording.events[:_LEARNED_EVENTS])


def _is_of(change: FieldChange, names: Container[object]) -> bool:
    """Tell whether a value has merely become what it became everywhere."""
    is_part = isinstance(change.old, list | dict)
    return change.what is What.CHANGED and not is_part and (type(change.old), change.old) in names
