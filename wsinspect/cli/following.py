"""What `tail` yields: the records of a capture while it is being written, each once it is decided.

Theory of operation. The capture is asked every 50 ms what is new or was revised; what the engine has seen is in it
within 50 ms more. The end is told by the engine's run, which is marked as ended before the file is given its final
form: whoever still had it open then would keep it from that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import batched
from pathlib import Path

from wsinspect.cli.decided import DecidedOnly
from wsinspect.model import Frame, Message, Session, SessionState
from wsinspect.query import SqlFilter
from wsinspect.store.lock import is_locked
from wsinspect.store.reader import CaptureReader, Point

_LOOK_EVERY_S = 0.05
_AT_ONCE = 1000

type Batch[Item] = list[tuple[Item, int]]
"""Records to print, each with its revision."""


def _points(reader: CaptureReader, nap: Callable[[float], None]) -> Iterator[None]:
    """Yield whenever it is time to look, the last time when the engine has ended."""
    while reader.live and not _has_ended(reader):
        yield
        nap(_LOOK_EVERY_S)
    yield


def _has_ended(reader: CaptureReader) -> bool:
    runs = reader.runs()
    return not is_locked(reader.path) or bool(runs and runs[-1].ended is not None)


def follow_messages(
    path: Path,
    condition: SqlFilter | None,
    *,
    last: int | None,
    revisions: bool,
    nap: Callable[[float], None] = time.sleep,
) -> Iterator[Batch[Message]]:
    """Yield the messages of a capture as they are decided.

    Args:
        path: The capture.
        condition: Which; None for all.
        last: How many of those already there to begin with; None for all.
        revisions: Whether to yield a message again when it was changed after it was decided.
        nap: Waits so many seconds.
    """
    chooser: DecidedOnly[tuple[int, int]] = DecidedOnly(revisions=revisions)

    def due(messages: list[Message]) -> Batch[Message]:
        batch = []
        for message in messages:
            decided = not message.completeness.undecided
            if revision := chooser.revision((message.session, message.number), decided=decided):
                batch.append((message, revision))
        return batch

    with CaptureReader(path) as reader:
        point = Point()
        if last is not None:
            point = reader.point()
            there = reader.messages(condition, last=last)
            yield due([message for message in there if message.id <= point.last_id])
        for _ in _points(reader, nap):
            while True:
                changes = reader.changes(point, condition, limit=_AT_ONCE)
                point = changes.point
                yield due(changes.messages)
                if len(changes.messages) < _AT_ONCE:
                    break
    if chooser.waiting:
        # Their engine is gone without an end for them; read anew, they are told as cut off.
        with CaptureReader(path) as reader:
            found = [reader.message(*key) for key in sorted(chooser.waiting)]
            yield due([message for message in found if message is not None])


def follow_sessions(
    path: Path,
    accepts: Callable[[Session], bool],
    *,
    last: int | None,
    revisions: bool,
    nap: Callable[[float], None] = time.sleep,
) -> Iterator[Batch[Session]]:
    """Yield the sessions of a capture as they end; with revisions, as they open too, and whenever they change.

    Args:
        path: The capture.
        accepts: Which.
        last: How many of those already there to begin with; None for all.
        revisions: Whether to yield sessions before their end, and again when they change.
        nap: Waits so many seconds.
    """
    chooser: DecidedOnly[int] = DecidedOnly(revisions=revisions)

    def due(sessions: list[Session]) -> Batch[Session]:
        batch = []
        for session in filter(accepts, sessions):
            decided = revisions or session.state is not SessionState.OPEN
            if revision := chooser.revision(session.id, decided=decided):
                batch.append((session, revision))
        return batch

    no_messages = SqlFilter("0", (), None)
    with CaptureReader(path) as reader:
        point = Point()
        if last is not None:
            point = reader.point()
            there = [session for session in reader.sessions() if session.id <= point.last_session and accepts(session)]
            yield due(there[len(there) - min(last, len(there)) :])
        for _ in _points(reader, nap):
            changes = reader.changes(point, no_messages)
            point = changes.point
            yield due(changes.sessions)
    if chooser.waiting:
        with CaptureReader(path) as reader:
            found = [reader.session(key) for key in sorted(chooser.waiting)]
            yield due([session for session in found if session is not None])


def follow_frames(
    path: Path, condition: SqlFilter | None, *, last: int | None, nap: Callable[[float], None] = time.sleep
) -> Iterator[Batch[Frame]]:
    """Yield the frames of a capture as they are decided.

    Args:
        path: The capture.
        condition: Which; None for all.
        last: How many of those already there to begin with; None for all.
        nap: Waits so many seconds.
    """
    chooser: DecidedOnly[tuple[int, int]] = DecidedOnly(revisions=False)

    def due(frames: Iterable[Frame]) -> Batch[Frame]:
        batch = []
        for frame in frames:
            decided = not frame.completeness.undecided
            if revision := chooser.revision((frame.session, frame.seq), decided=decided):
                batch.append((frame, revision))
        return batch

    def waited(reader: CaptureReader) -> list[Frame]:
        found = [reader.frame(*key) for key in sorted(chooser.waiting)]
        return [frame for frame in found if frame is not None]

    with CaptureReader(path) as reader:
        place = 0
        if last is not None:
            place = reader.point().last_id
            yield due(reader.frames(condition, last=last))
        for _ in _points(reader, nap):
            yield due(waited(reader))
            newest = reader.point().last_id
            yield from map(due, batched(reader.frames(condition, after_id=place), _AT_ONCE))
            place = newest
    if chooser.waiting:
        with CaptureReader(path) as reader:
            yield due(waited(reader))
