"""A growing capture is followed: each record once it is decided, up to the end of the engine and no further."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.recording import CHAT, KEY, MS, NOW, frame, hot_row
from wsinspect.cli.following import Batch, follow_frames, follow_messages, follow_sessions
from wsinspect.cli.parameters import sql_filter
from wsinspect.model import Completeness, Direction, Message, Session, SessionId, SessionState
from wsinspect.store.rows import frame_row, message_row
from wsinspect.store.writer import CaptureWriter

type Step = Callable[[CaptureWriter], None]


class Engine:
    """Plays the engine: does one step whenever the follower naps, and ends after the last."""

    def __init__(self, path: Path, *steps: Step) -> None:
        self.path = path
        self._steps = iter(steps)
        self.writer = CaptureWriter(path)
        self._ending = threading.Thread(target=self.writer.close)
        self.writer.insert_session(OPEN_CHAT)
        self._settle()

    def nap(self, seconds: float) -> None:
        assert seconds < 0.1
        step = next(self._steps, None)
        if step is None:
            # As in another process: it ends while the follower still has the file open.
            if not self._ending.is_alive():
                self._ending.start()
            self._ending.join(0.02)
            return
        step(self.writer)
        self._settle()

    def _settle(self) -> None:
        deadline = time.monotonic() + 10
        while self.writer.backlog:
            assert time.monotonic() < deadline
            time.sleep(0.001)


OPEN_CHAT = Session(SessionId(1), CHAT.relay, SessionState.OPEN, CHAT.url, NOW, host=CHAT.host)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "live.wsi"


def text(number: int) -> Step:
    return lambda writer: writer.put_message(hot_row(number, number, number, b"m%d" % number, at_ms=number), 100)


def arriving(number: int) -> Step:
    message = Message(
        number,
        SessionId(1),
        number,
        NOW,
        NOW,
        Direction.C2S,
        1,
        (number,),
        2,
        8,
        b"hi",
        completeness=Completeness.ARRIVING,
    )
    return lambda writer: writer.insert_message(
        message_row(message, number, header=b"\x81\x82" + KEY, payload=b"hi"), 100
    )


def completed(number: int) -> Step:
    return lambda writer: writer.update_message(number, completeness=None, end=NOW + 5 * MS)


def numbers(batches: Iterator[Batch[Message]]) -> list[tuple[int, int]]:
    return [(message.number, revision) for batch in batches for message, revision in batch]


def test_messages_come_as_they_are_written_and_the_end_is_the_engines(path: Path) -> None:
    engine = Engine(path, text(1), text(2), lambda _: None, text(3))
    assert numbers(follow_messages(path, None, last=0, revisions=False, nap=engine.nap)) == [(1, 1), (2, 1), (3, 1)]


def test_a_message_waits_until_it_is_decided(path: Path) -> None:
    engine = Engine(path, arriving(1), text(2), completed(1), text(3))
    found = numbers(follow_messages(path, None, last=0, revisions=False, nap=engine.nap))
    assert found == [(2, 1), (1, 1), (3, 1)]


def test_revisions_are_counted_where_they_are_asked_for(path: Path) -> None:
    def noted(writer: CaptureWriter) -> None:
        writer.update_message(1, verdict=2)

    for revisions, expected in ((True, [(1, 1), (2, 1), (1, 2)]), (False, [(1, 1), (2, 1)])):
        engine = Engine(path.with_suffix(f".{revisions}.wsi"), text(1), text(2), noted)
        assert numbers(follow_messages(engine.path, None, last=0, revisions=revisions, nap=engine.nap)) == expected


@pytest.mark.parametrize(("last", "expected"), [(0, [4]), (2, [2, 3, 4]), (10, [1, 2, 3, 4]), (None, [1, 2, 3, 4])])
def test_where_it_begins(path: Path, last: int | None, expected: list[int]) -> None:
    engine = Engine(path, text(4))
    for number in (1, 2, 3):
        text(number)(engine.writer)
    engine._settle()
    found = numbers(follow_messages(path, None, last=last, revisions=True, nap=engine.nap))
    assert found == [(number, 1) for number in expected]


def test_messages_are_chosen(path: Path) -> None:
    engine = Engine(path, text(1), text(2), text(3))
    condition = sql_filter("m2", "message")
    assert numbers(follow_messages(path, condition, last=0, revisions=False, nap=engine.nap)) == [(2, 1)]


def test_many_at_once_all_come(path: Path) -> None:
    def many(writer: CaptureWriter) -> None:
        for number in range(1, 3501):
            text(number)(writer)

    engine = Engine(path, many)
    found = numbers(follow_messages(path, None, last=0, revisions=False, nap=engine.nap))
    assert found == [(number, 1) for number in range(1, 3501)]


def test_a_finished_capture_is_told_and_that_is_all(capture: Path) -> None:
    def nap(_: float) -> None:
        raise AssertionError

    assert len(numbers(follow_messages(capture, None, last=2, revisions=False, nap=nap))) == 2


def killed_after(engine: Engine) -> Callable[[float], None]:
    """Make a nap in which the engine does one step, and after which it is gone without an end."""
    steps = iter([engine.nap])

    def nap(seconds: float) -> None:
        step = next(steps, None)
        if step is None:
            engine.writer._opened.lock.release()  # as the system does for a process that was killed
        else:
            step(seconds)

    return nap


def test_a_message_that_a_killed_engine_left_is_told_as_cut_off(path: Path) -> None:
    nap = killed_after(Engine(path, arriving(1)))
    batches = follow_messages(path, None, last=0, revisions=False, nap=nap)
    assert [message.completeness for batch in batches for message, _ in batch] == [Completeness.CUT_OFF]


def test_a_frame_that_a_killed_engine_left_is_told_as_cut_off(path: Path) -> None:
    nap = killed_after(Engine(path, arriving(1)))
    batches = follow_frames(path, None, last=0, nap=nap)
    assert [item.completeness for batch in batches for item, _ in batch] == [Completeness.CUT_OFF]


def test_a_session_that_a_killed_engine_left_is_told_as_closed(path: Path) -> None:
    engine = Engine(path, text(1))
    engine.writer.update_session(1, status=101)
    batches = follow_sessions(path, lambda _: True, last=None, revisions=False, nap=killed_after(engine))
    assert [session.state for batch in batches for session, _ in batch] == [SessionState.CLOSED]


@pytest.mark.parametrize(
    ("revisions", "expected"),
    [(False, [(2, "closed", 1)]), (True, [(2, "open", 1), (2, "closed", 2)])],
)
def test_sessions_come_when_they_end(path: Path, revisions: bool, expected: list[tuple[int, str, int]]) -> None:
    second = Session(SessionId(2), CHAT.relay, SessionState.OPEN, CHAT.url, NOW)
    engine = Engine(
        path,
        lambda writer: writer.insert_session(second),
        text(1),
        lambda writer: writer.update_session(2, state=SessionState.CLOSED.value, closed=NOW + MS),
    )

    def accepts(session: Session) -> bool:
        return session.id == 2

    found = [
        (session.id, session.state.name.lower(), revision)
        for batch in follow_sessions(path, accepts, last=0, revisions=revisions, nap=engine.nap)
        for session, revision in batch
    ]
    assert found == expected


def test_sessions_that_are_there_already(capture: Path) -> None:
    found = [
        session.id
        for batch in follow_sessions(capture, lambda _: True, last=1, revisions=False)
        for session, _ in batch
    ]
    assert found == [2]


def test_frames_come_as_they_are_written(path: Path) -> None:
    def ping(writer: CaptureWriter) -> None:
        writer.insert_frame(frame_row(frame(2, 2, Direction.S2C, 0x89, b"p"), 2), 100)

    def half(writer: CaptureWriter) -> None:
        unfinished = frame(3, 3, Direction.S2C, 0x82, b"", completeness=Completeness.ARRIVING, message=2)
        writer.insert_frame(frame_row(unfinished, 3), 100)

    engine = Engine(path, text(1), ping, half, text(4), lambda writer: writer.update_frame(3, completeness=None))
    found = [
        (item.seq, revision) for batch in follow_frames(path, None, last=0, nap=engine.nap) for item, revision in batch
    ]
    assert found == [(1, 1), (2, 1), (4, 1), (3, 1)]


def test_frames_that_are_there_already(capture: Path) -> None:
    found = [item.seq for batch in follow_frames(capture, None, last=3) for item, _ in batch]
    assert found == [8, 9, 10]
    found = [item.seq for batch in follow_frames(capture, None, last=None) for item, _ in batch]
    assert found == list(range(1, 11))
