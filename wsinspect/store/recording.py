"""Reads a recorded session to be played or compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from wsinspect.errors import StoreError
from wsinspect.model import Completeness, Direction, Frame, Leg, Message, Session, SessionState, Source, Stage, Verdict
from wsinspect.query import SqlFilter, Target, parse, to_sql
from wsinspect.replay.recording import Event, Recording
from wsinspect.store.reader import CaptureReader
from wsinspect.store.recorded import by_end

_LEFT_OUT = frozenset({Verdict.DROPPED, Verdict.NOT_SENT})
_AS_IT_CAME = frozenset({Verdict.FORWARDED, Verdict.TOO_LARGE})
_SENT_ON = {Direction.C2S: Leg.SERVER, Direction.S2C: Leg.CLIENT}
"""The connection on which a direction goes on."""
_MOST_NAMED = 12
type _Place = tuple[int, int]
"""When the last frame of something came, and its number."""
_OUTSIDE = to_sql(parse("not has(message)", Target.FRAME), Target.FRAME)
_OF_MESSAGES = to_sql(parse("has(message)", Target.FRAME), Target.FRAME)


def read_recording(
    reader: CaptureReader,
    session: int,
    leg: Leg = Leg.SERVER,
    *,
    exact: bool = False,
    first: int | None = None,
    last: int | None = None,
    within: tuple[int, int] | None = None,
) -> Recording:
    """Read one leg of a session.

    Args:
        reader: Of the capture.
        session: Its number.
        leg: Which connection.
        exact: Whether the frames of messages are wanted, too.
        first: Number of the first message wanted; nothing before it is.
        last: Number of the last one; nothing behind it is.
        within: Numbers between which messages are looked at, if there are any; of a long session all others would take
            time and memory.

    Raises:
        StoreError: There is no such session or message, or the session had no WebSocket.
    """
    described = check_session(reader, session)
    if last is not None:
        described = replace(described, ends=())  # how the session ended is no part of this
    chosen = None if within is None else _of("number >= {} and number <= {}", *within)
    messages = list(by_end(reader.messages(chosen, session=session)))
    outside = list(reader.frames(_OUTSIDE, session=session))
    wire = _frames(reader, session) if exact else {}
    view = _View(leg, frozenset(Direction) - _spoken(reader, session, None if within else messages))
    found = [
        *(event for message in messages if (event := view.message(message, wire.get(message.number, ())))),
        *(event for frame in outside if (event := view.frame(frame))),
    ]
    # What came in one read has one time: the order on the wire tells then.
    found.sort(key=lambda placed: placed[0])
    wanted = [event for _, event in found]
    wanted = _between(wanted, first, last, where=str(reader.path)) if within is None else _around(wanted, within[0])
    events = tuple(replace(event, index=index) for index, event in enumerate(wanted))
    problems = list(
        _problems(reader, described, messages, ended=last is None, begins=1 if within is None else within[0])
    )
    return Recording(described, leg, events, tuple(problems))


def check_session(reader: CaptureReader, number: int) -> Session:
    """Return a session that can be played.

    Raises:
        StoreError: There is none with this number, or it had no WebSocket.
    """
    found = reader.session(number)
    where = str(reader.path)
    if found is None:
        names = [str(each.id) for each in reader.sessions(limit=_MOST_NAMED + 1)]
        hint = "it has none" if not names else f"it has {', '.join(names[:_MOST_NAMED])}"
        raise StoreError(
            f"there is no session {number}", where=where, hint=hint + (" and more" if len(names) > _MOST_NAMED else "")
        )
    if found.state in (SessionState.REFUSED, SessionState.FAILED):
        why = f"was refused with status {found.status}" if found.state is SessionState.REFUSED else "failed"
        raise StoreError(f"session {number} {why}: it has no messages", where=where, hint=found.error)
    return found


@dataclass(frozen=True, slots=True)
class _View:
    """One connection of a session: what went over it."""

    leg: Leg
    played: frozenset[Direction]
    """Directions in which nobody spoke but a person, a rule or a recording: they stand for the peer."""

    def message(self, message: Message, frames: Sequence[Frame]) -> tuple[_Place, Event] | None:
        if not self._went(message):
            return None
        changed = self._sent(message.direction) and message.sent is not None
        as_it_came = not self._sent(message.direction) or message.verdict in _AS_IT_CAME
        complete = message.completeness is Completeness.COMPLETE and not message.truncated
        event = Event(
            0,
            message.direction,
            message.time,
            message.opcode,
            message.sent if changed and message.sent is not None else message.payload,
            message.number,
            message.compressed,
            tuple(frames) if as_it_came and complete else (),
            complete,
        )
        return (message.end, message.frames[-1] if message.frames else 0), event

    def frame(self, frame: Frame) -> tuple[_Place, Event] | None:
        if not self._went(frame) or (frame.stage is Stage.SENT and not self._sent(frame.direction)):
            return None
        complete = frame.completeness is Completeness.COMPLETE and not frame.truncated
        return (frame.time, frame.seq), Event(
            0, frame.direction, frame.time, frame.opcode, frame.payload, frames=(frame,), complete=complete
        )

    def _sent(self, direction: Direction) -> bool:
        """Whether a direction goes on, rather than comes, on this connection."""
        return _SENT_ON[direction] is self.leg

    def _went(self, record: Message | Frame) -> bool:
        if self._sent(record.direction):
            return record.verdict not in _LEFT_OUT
        injected = record.source in (Source.RULE, Source.USER)
        return not injected or record.direction in self.played


def _spoken(reader: CaptureReader, session: int, messages: Sequence[Message] | None) -> frozenset[Direction]:
    """Return the directions in which the peer itself spoke; looked up where not all messages are at hand."""
    if messages is not None:
        return frozenset(message.direction for message in messages if message.source is Source.PEER)
    return frozenset(
        message.direction
        for direction in Direction
        for message in reader.messages(
            _of("source == peer and dir == {}", direction.name.lower()), session=session, limit=1, payload_limit=0
        )
    )


def _of(text: str, *values: object) -> SqlFilter:
    return to_sql(parse(text.format(*values), Target.MESSAGE), Target.MESSAGE)


def _around(events: list[Event], first: int) -> list[Event]:
    """Leave out the frames before the first message, where that is not the first of all."""
    start = next((index for index, event in enumerate(events) if event.is_message), 0) if first > 1 else 0
    return events[start:]


def _frames(reader: CaptureReader, session: int) -> dict[int, list[Frame]]:
    """Return the frames of each message as they came, by its number."""
    frames: dict[int, list[Frame]] = defaultdict(list)
    for frame in reader.frames(_OF_MESSAGES, session=session):
        if frame.message is not None and frame.stage is Stage.RECEIVED:
            frames[frame.message].append(frame)
    return frames


def _between(events: list[Event], first: int | None, last: int | None, *, where: str) -> list[Event]:
    """Return the events from one message to another."""
    places = {event.number: index for index, event in enumerate(events) if event.number is not None}
    for number in (first, last):
        if number is not None and number not in places:
            known = f"its messages are {min(places)} to {max(places)}" if places else "it has no messages"
            raise StoreError(f"there is no message {number} in the session", where=where, hint=known)
    start = 0 if first is None else places[first]
    return events[start : len(events) if last is None else places[last] + 1]


def _problems(
    reader: CaptureReader, session: Session, messages: Sequence[Message], *, ended: bool, begins: int
) -> Iterator[str]:
    cut = sum(bool(message.truncated) for message in messages)
    if cut:
        yield f"Of {cut:,} messages not all bytes are on record."
    broken = sum(message.completeness is Completeness.CUT_OFF for message in messages)
    if broken:
        yield f"{broken:,} messages were cut off by the end of the connection."
    if messages and min(message.number for message in messages) > begins:
        yield f"What came before message {min(message.number for message in messages):,} has been removed."
    for gap in reader.gaps():
        if gap.session in (None, session.id) and gap.end >= session.opened and gap.time <= (session.closed or gap.time):
            yield f"{gap.frames:,} frames were not recorded: {gap.why}."
    if not ended:
        return
    if session.state is SessionState.OPEN:
        yield "The session has not ended: what comes later is not in it."
    elif session.close is None or session.close.code is None:
        yield "The session ended without a close code."
