"""What one side of a recording says, each of its events behind the message of the other side that it was said upon.

Theory of operation. An event belongs to the message that it is the reply to (see `decode.pairing`), else to the last
one before it; what came before any message is the opening. What comes again and again by itself, as heartbeats and the
ticks of a clock do, has a rhythm of its own (see `tickers`), which begins upon the message upon which it began. What
came behind two ticks keeps its recorded distance, so that it stays behind them; so do a close, the end of the
connection, and pings. Of several messages in a row the last is as good as any other (see `bursts`), but for what was
said upon its kind where it stood alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from wsinspect.decode.pairing import Matcher
from wsinspect.model import Direction, End
from wsinspect.replay.binding.contents import contents_of
from wsinspect.replay.mocking.bursts import Burst, bursts_of, groups_of
from wsinspect.replay.mocking.catalogue import Reading
from wsinspect.replay.mocking.heartbeats import Heartbeat, heartbeat_of
from wsinspect.replay.mocking.tickers import OPENING, Said, Ticker, tickers_of
from wsinspect.replay.recording import Event, Recording
from wsinspect.wire.opcodes import Opcode

_SEVERAL = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One event to be played."""

    event: Event
    after_ns: int
    """How long after the message that it belongs to it came."""
    timed: bool = False
    """Whether it keeps that distance whatever the pace is."""
    reply: bool = True
    """Whether it is said again where its message comes again; else it only happened to come then."""
    sure: bool = False
    """Whether it surely belongs to its message; else, behind a burst, it may belong to any message of that."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a side ended the connection without a close frame."""

    owner: int
    """Index of the message behind which it did, or `OPENING`."""
    after_ns: int
    reset: bool


@dataclass(frozen=True, slots=True)
class Cues:
    """One side of a recording."""

    side: Direction
    others: tuple[Event, ...]
    """The messages of the other side."""
    said: tuple[Event, ...]
    """All that is played, in order."""
    lines: Mapping[int, tuple[Line, ...]]
    """By the index of the message that they belong to, or `OPENING`."""
    tickers: tuple[Ticker, ...] = ()
    ending: Ending | None = None
    heartbeat: Heartbeat | None = None
    bursts: Mapping[int, Burst] = field(default_factory=dict)
    """Of the client, where the server is played; by the index of each of their messages."""


def cues_of(recording: Recording, side: Direction) -> Cues:
    """Find what a side says upon what.

    Args:
        recording: What is to be played.
        side: Who is played.
    """
    heartbeat = heartbeat_of(recording, side)
    events = [
        event
        for event in recording.events
        if heartbeat is None or not event.is_message or not heartbeat.concerns(event.opcode, event.payload)
    ]
    others = tuple(event for event in events if event.direction is not side and event.is_message)
    begins = {event.index: event.time for event in others} | {OPENING: recording.session.opened}
    said = list(_said(events, side))
    tickers, ticks = tickers_of(said, others, begins, _end_of(recording))
    answers = [one for one in said if one.event.index not in ticks]
    kinds = {event.index: _kind(event) for event in others}
    usual = _usual(kinds, answers)
    groups = groups_of(others, answers)
    alone = _usual({group[0].index: kinds[group[0].index] for group in groups if len(group) == 1}, answers)
    by_owner: dict[int, list[Line]] = defaultdict(list)
    counts: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    unsure: dict[int, int] = {}
    for one in said:
        kind = kinds.get(one.owner)
        sure = one.event.is_message and (one.paired or one.kind in alone.get(kind, ()))
        if not sure:
            unsure.setdefault(one.owner, one.event.time)
        if one.event.index in ticks:
            counts[one.owner][ticks[one.event.index]] += 1
            continue
        timed = not one.event.is_message or any(count >= _SEVERAL for count in counts[one.owner].values())
        reply = one.event.is_message and (one.paired or one.kind in usual.get(kind, (one.kind,)))
        by_owner[one.owner].append(Line(one.event, max(one.event.time - begins[one.owner], 0), timed, reply, sure))
    lines = {owner: tuple(lines) for owner, lines in by_owner.items()}
    return Cues(
        side,
        others,
        tuple(one.event for one in said),
        lines,
        tickers,
        _ending(recording, side, others),
        heartbeat,
        # A server that is slow with the rest of what it says is no client that waits for an answer: it is let finish.
        bursts_of(groups, unsure) if side is Direction.S2C else {},
    )


def _said(events: Sequence[Event], side: Direction) -> Iterator[Said]:
    """Yield what is to be played, each with the message that it belongs to."""
    theirs = [event for event in events if event.direction is not side]
    closed = next((event.index for event in theirs if event.opcode == Opcode.CLOSE), len(events))
    pinged = any(event.opcode == Opcode.PING for event in theirs)
    owners = _Owners(side)
    for event in events:
        owner, paired = owners.take(event)
        if event.direction is not side or not event.complete:
            continue
        match event.opcode:
            case Opcode.CLOSE:
                wanted = event.index < closed  # else it answers the other side's, which the connection does by itself
            case Opcode.PONG:
                wanted = not pinged
            case opcode:
                wanted = event.is_message or opcode == Opcode.PING
        if wanted:
            yield Said(event, owner, paired, _kind(event))


class _Owners:
    """Finds out upon which message each event was said."""

    def __init__(self, side: Direction) -> None:
        self._side = side
        self._pairs = Matcher()
        self._acks: dict[object, int] = {}
        """By the number that Socket.IO gave a message that is to be acknowledged."""
        self._last = OPENING

    def take(self, event: Event) -> tuple[int, bool]:
        """Take the next event of either side.

        Returns:
            The message that it belongs to, and whether it is surely the reply to that.
        """
        if not event.is_message:
            return self._last, False
        pair = self._pairs.take(event.index, event.direction, event.time, event.payload)
        ack = _ack(event)
        if event.direction is not self._side:
            self._last = event.index
            if ack is not None:
                self._acks[ack] = event.index
            return event.index, False
        if ack in self._acks:
            return self._acks.pop(ack), True
        return (self._last, False) if pair is None else (pair[0], True)


def _ack(event: Event) -> object:
    """Return the number of the acknowledgement that Socket.IO has in front of a message, None where there is none."""
    if event.payload[:1] != b"4" or not event.payload[2:3].isdigit():
        return None
    values = contents_of(event.opcode, event.payload).values
    return next((value for path, value in values if path == "@ack"), None)


def _kind(event: Event) -> object:
    """Return what events of a kind have in common."""
    if not event.is_message:
        return event.opcode
    if event.payload[:1] in (b"{", b"["):  # which is most, and is read much faster so
        return event.opcode, contents_of(event.opcode, event.payload).kind
    shape = Reading.of(event.opcode, event.payload).shape
    return (shape.opcode, shape.format, shape.prefix, shape.name) if shape.name else shape


def _usual(kinds: Mapping[int, object], said: Sequence[Said]) -> dict[object, frozenset[object]]:
    """For kinds of messages that came several times, return the kinds of what was said upon at least half of these."""
    alike: dict[object, list[int]] = defaultdict(list)
    for index, kind in kinds.items():
        alike[kind].append(index)
    upon: dict[int, set[object]] = defaultdict(set)
    for one in said:
        upon[one.owner].add(one.kind)
    found: dict[object, frozenset[object]] = {}
    for kind, owners in alike.items():
        if len(owners) >= _SEVERAL:
            counts = Counter(answer for owner in owners for answer in upon[owner])
            found[kind] = frozenset(answer for answer, count in counts.items() if count * 2 >= len(owners))
    return found


def _end_of(recording: Recording) -> int:
    """Return when the recording ended."""
    last = recording.events[-1].time if recording.events else recording.session.opened
    return max(last, recording.session.closed or 0)


def _ending(recording: Recording, side: Direction, others: Sequence[Event]) -> Ending | None:
    """Find out whether a side ended the connection by itself, and without a close frame."""
    ends = recording.session.ends
    if not ends or ends[0][0] is not side or ends[0][1] in (End.PROXY, End.TLS_ERROR):
        return None
    if any(event.opcode == Opcode.CLOSE for event in recording.events):
        return None
    owner, begin = (others[-1].index, others[-1].time) if others else (OPENING, recording.session.opened)
    return Ending(owner, max(_end_of(recording) - begin, 0), ends[0][1] is End.RESET)
