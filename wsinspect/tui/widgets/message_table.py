"""The rows of the list of messages: messages, control frames and folded heartbeats, and what is shown beside them.

Keys are the ids of records. What is folded has none of its own: its line is known by the negative of its first frame's
id times `_BELOW`, and the lines below it by the numbers that follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wsinspect.model import Frame, Message
from wsinspect.present.message_rows import Answer, BeatsRow, FrameRow, GoneRow, MessageRow, MoreRow, Row, Times
from wsinspect.store.message_listing import Choice, Entry, Kind, MessageListing, Order
from wsinspect.store.reader import CaptureReader
from wsinspect.tui.widgets.feed import Found
from wsinspect.tui.widgets.open_folds import OpenFolds, Spot

MOST_UNFOLDED = 1000
"""Heartbeats that are shown one by one of what is folded; of more it is said how many they are."""
_BELOW = 4096
_KEPT_ANSWERS = 10_000


def beats_key(first_id: int, inside: int | None = None) -> int:
    """Make the key of heartbeats.

    Args:
        first_id: Of the first of them.
        inside: Which of them, from 0; None: the line of them all.
    """
    return -(first_id * _BELOW + (0 if inside is None else inside + 1))


@dataclass(frozen=True, slots=True)
class _Line:
    """What stands at a position."""

    entry: Entry
    inside: int | None


class MessageTable:
    """The messages and control frames of a choice; a `Table`.

    Args:
        reader: The capture.
        choice: Which, and in which order.
    """

    def __init__(self, reader: CaptureReader, choice: Choice) -> None:
        self._reader = reader
        self._choice = choice
        self._listing = MessageListing(reader, choice)
        self._unfolded: frozenset[int] = frozenset()
        self._folds = OpenFolds()
        self._layout = 0
        self._rough = False
        self._opened: dict[int, int] = {}
        """When sessions were opened, by their numbers."""
        self._known_answers: dict[int, Answer] = {}

    @property
    def size(self) -> int:
        """How many rows there are."""
        return self._listing.size + self._folds.more

    @property
    def total(self) -> int | None:
        """How many messages the session has, where only some of them are listed."""
        choice = self._choice
        if choice.session is None or (choice.messages is None and choice.frames is None):
            return None
        session = self._reader.session(choice.session)
        return None if session is None else session.messages.c2s + session.messages.s2c

    @property
    def scanned(self) -> float:
        """How much of the capture was looked at, 0 to 1."""
        return self._listing.scanned

    @property
    def layout(self) -> int:
        """Changes when there are more rows, which may stand anywhere, and when some are opened or folded."""
        return self._layout

    @property
    def rough(self) -> bool:
        """Whether pairs of the rows that were read last may be missing."""
        return self._rough

    def advance(self, budget_s: float) -> bool:
        """Take in what is new."""
        before = self._listing.size
        more = self._listing.advance(budget_s)
        if self._listing.size != before:
            self._layout += 1
        if self._unfolded:
            self._open_folds()
        return more

    def unfold(self, keys: frozenset[int]) -> None:
        """Show the heartbeats of these lines one by one, and of no others."""
        if keys != self._unfolded:
            self._unfolded = keys
            self._layout += 1
            self._open_folds()

    def rows(self, first: int, count: int, payload_limit: int, *, rough: bool) -> list[Row]:
        """Read rows; rough ones lack pairs that were not found before."""
        self._rough = rough
        # The one before tells how long it took to the first.
        before = min(first, 1)
        lines = self._lines(first - before, count + before)
        ids = [line.entry.id for line in lines if line.entry.kind is Kind.MESSAGE]
        messages = self._reader.messages_by_id(ids, payload_limit=payload_limit)
        ends = [row_id for line in lines if line.entry.kind is not Kind.MESSAGE for row_id in _ends(line.entry)]
        frames = self._reader.frames_by_id(ends, payload_limit=payload_limit)
        answers = self._answers(ids, rough=rough)
        below = self._below(lines, frames, payload_limit)
        rows: list[Row] = []
        earlier: int | None = None
        for line in lines:
            row, at = self._row(line, messages, frames, below, earlier)
            if isinstance(row, MessageRow) and (answer := answers.get(row.key)) is not None:
                row = MessageRow(row.key, row.message, row.times, answer)
            rows.append(row)
            earlier = at if self._choice.order is Order.ARRIVAL and not self._choice.descending else None
        return rows[before:]

    def find(self, key: int) -> Found | None:
        """Tell where a record stands; a heartbeat that is folded, at the line of all of them."""
        record_id, inside = divmod(-key, _BELOW) if key < 0 else (key, 0)
        place = self._listing.place_of(record_id)
        if place is None:
            return None
        found = self._listing.entries(place, 1)
        if not found:
            return None
        entry, position = found[0], self._folds.position(Spot(place))
        if key >= 0:
            return Found(position, exact=entry.id == key and entry.kind is not Kind.BEATS)
        if entry.id != record_id or entry.kind is not Kind.BEATS:
            return Found(position, exact=False)
        if not inside:
            return Found(position, exact=True)
        shown = self._folds.spot(position + inside) == Spot(place, inside - 1)
        return Found(position + inside if shown else position, exact=shown)

    def close(self) -> None:
        """Let go of what is kept in the reader."""
        self._listing.close()

    def _open_folds(self) -> None:
        counts: dict[int, int] = {}
        for key in self._unfolded:
            place = self._listing.place_of(-key // _BELOW)
            for entry in [] if place is None else self._listing.entries(place, 1):
                if entry.kind is Kind.BEATS and beats_key(entry.id) == key:
                    counts[entry.place] = min(entry.count, MOST_UNFOLDED + 1)
        self._folds = OpenFolds(counts)

    def _lines(self, first: int, count: int) -> list[_Line]:
        spots = [self._folds.spot(position) for position in range(first, min(first + count, self.size))]
        if not spots:
            return []
        start = spots[0].place
        entries = self._listing.entries(start, spots[-1].place - start + 1)
        return [_Line(entries[spot.place - start], spot.inside) for spot in spots if spot.place - start < len(entries)]

    def _below(self, lines: Sequence[_Line], frames: dict[int, Frame], payload_limit: int) -> dict[int, list[Frame]]:
        """Read the frames of lines that are open, by the ids of the lines' first ones."""
        return {
            entry.id: self._reader.frames_between(
                frames[entry.id].session, entry.id, entry.last_id, limit=MOST_UNFOLDED, payload_limit=payload_limit
            )
            for entry in {line.entry for line in lines if line.inside is not None}
            if entry.id in frames
        }

    def _row(
        self,
        line: _Line,
        messages: dict[int, Message],
        frames: dict[int, Frame],
        below: dict[int, list[Frame]],
        earlier: int | None,
    ) -> tuple[Row, int | None]:
        """Make a row, and tell its time; `earlier` is the time of the row before."""
        entry = line.entry
        if entry.kind is Kind.MESSAGE:
            message = messages.get(entry.id)
            if message is None:
                return GoneRow(entry.id), None
            return MessageRow(entry.id, message, self._times(message, earlier)), message.time
        if entry.kind is Kind.BEATS and line.inside is not None:
            return self._beat(line, below.get(entry.id, []), earlier)
        frame = frames.get(entry.id)
        if entry.kind is Kind.CONTROL:
            return (
                (GoneRow(entry.id), None)
                if frame is None
                else (FrameRow(entry.id, frame, self._times(frame, earlier)), frame.time)
            )
        key, last = beats_key(entry.id), frames.get(entry.last_id)
        if frame is None or last is None:
            return GoneRow(key), None
        return BeatsRow(key, frame, last, entry.count, self._times(frame, earlier), key in self._unfolded), last.time

    def _beat(self, line: _Line, beats: Sequence[Frame], earlier: int | None) -> tuple[Row, int | None]:
        entry, inside = line.entry, line.inside or 0
        key = beats_key(entry.id, inside)
        if inside >= MOST_UNFOLDED:
            return MoreRow(key, entry.count - MOST_UNFOLDED), None
        if inside >= len(beats):
            return GoneRow(key), None
        frame = beats[inside]
        return FrameRow(key, frame, self._times(frame, earlier), inside=True), frame.time

    def _times(self, record: Message | Frame, earlier: int | None) -> Times:
        opened = self._opened.get(record.session)
        if opened is None:
            session = self._reader.session(record.session)
            opened = self._opened[record.session] = record.time if session is None else session.opened
        return Times(record.time, record.time - opened, None if earlier is None else record.time - earlier)

    def _answers(self, ids: Sequence[int], *, rough: bool) -> dict[int, Answer]:
        known = self._known_answers
        if not rough:
            unknown = [row_id for row_id in ids if row_id not in known]
            for row_id, pair in self._reader.pairs(unknown).items() if unknown else ():
                known[row_id] = Answer(pair.other_id, pair.other_number, pair.latency_ns)
        found = {row_id: known[row_id] for row_id in ids if row_id in known}
        while len(known) > _KEPT_ANSWERS:
            del known[next(iter(known))]
        return found


def _ends(entry: Entry) -> tuple[int, ...]:
    return (entry.id,) if entry.last_id == entry.id else (entry.id, entry.last_id)
