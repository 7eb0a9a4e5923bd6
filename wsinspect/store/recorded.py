"""A capture as it happened: sessions, whole messages and control frames in one stream, by time."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator

from wsinspect.model import Frame, Message, Session
from wsinspect.query import SqlFilter, Target, parse, to_sql
from wsinspect.store.reader import CaptureReader

type Happening = Session | Message | Frame


def happenings(
    reader: CaptureReader, chosen: SqlFilter | None = None, *, session: int | None = None, control: bool = True
) -> Iterator[Happening]:
    """Yield what happened, in order: a session when it began, a message when it was complete.

    Args:
        reader: Of the capture.
        chosen: Which messages; None for all.
        session: Only this session.
        control: Whether pings, pongs and close frames are wanted.
    """
    only = None if session is None else reader.session(session)
    sessions = reader.sessions() if session is None else iter([only] if only else [])
    messages = by_end(reader.messages(chosen, session=session))
    frames: Iterator[Frame] = iter(())
    if control:
        chosen_frames = to_sql(parse("opcode in (ping, pong, close)", Target.FRAME), Target.FRAME)
        frames = reader.frames(chosen_frames, session=session)
    return heapq.merge(sessions, messages, frames, key=moment)


def moment(happening: Happening) -> int:
    """Return when something happened, in Unix nanoseconds."""
    match happening:
        case Session():
            return happening.opened
        case Message():
            return happening.end
        case Frame():
            return happening.time


def by_end(messages: Iterable[Message]) -> Iterator[Message]:
    """Put messages that come by their first frames into the order of their last ones."""
    begun: list[tuple[int, int, Message]] = []
    for message in messages:
        while begun and begun[0][0] <= message.time:
            yield heapq.heappop(begun)[2]
        heapq.heappush(begun, (message.end, message.id, message))
    while begun:
        yield heapq.heappop(begun)[2]
