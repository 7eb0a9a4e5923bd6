"""A capture is told in the order in which it happened: a message when it was complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.recording import NOW, write_capture
from wsinspect.model import Direction, Frame, Message, Session, SessionId
from wsinspect.query import Target, parse, to_sql
from wsinspect.store.reader import CaptureReader
from wsinspect.store.recorded import happenings, moment
from wsinspect.store.rows import message_row
from wsinspect.store.writer import CaptureWriter


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A finished capture with one of everything."""
    return write_capture(tmp_path / "chat.wsi")


def told(path: Path, *, session: int | None = None, control: bool = True, chosen: str | None = None) -> list[str]:
    condition = None if chosen is None else to_sql(parse(chosen, Target.MESSAGE), Target.MESSAGE)
    with CaptureReader(path) as reader:
        return [name(one) for one in happenings(reader, condition, session=session, control=control)]


def name(happening: Session | Message | Frame) -> str:
    match happening:
        case Session():
            return f"{happening.id}"
        case Message():
            return f"{happening.session}.{happening.number}"
        case Frame():
            return f"{happening.session}.f{happening.seq}"


def test_sessions_messages_and_control_frames_come_by_time(capture: Path) -> None:
    # Message 3 has a ping between its fragments.
    assert told(capture) == ["1", "1.1", "1.2", "1.f4", "1.3", "1.f6", "1.4", "1.5", "1.f10", "2"]


def test_less_may_be_asked_for(capture: Path) -> None:
    assert told(capture, control=False) == ["1", "1.1", "1.2", "1.3", "1.4", "1.5", "2"]
    assert told(capture, session=2) == ["2"]
    assert told(capture, session=9) == []
    assert told(capture, control=False, chosen="dir == s2c") == ["1", "1.2", "1.4", "2"]


def test_a_message_comes_when_its_last_frame_has(tmp_path: Path, capture: Path) -> None:
    with CaptureReader(capture) as reader:
        session = reader.session(1)
        assert session is not None
    ends = [(0, 50), (10, 20), (20, 20), (30, 70), (40, 45)]
    with CaptureWriter(tmp_path / "x.wsi") as writer:
        writer.insert_session(session)
        for number, (begin, end) in enumerate(ends, 1):
            message = Message(
                number, SessionId(1), number, NOW + begin, NOW + end, Direction.C2S, 1, (number,), 1, 3, b"x"
            )
            writer.insert_message(message_row(message, number, header=b"\x81\x01", payload=b"x"), 300)
    with CaptureReader(tmp_path / "x.wsi") as reader:
        ordered = [one for one in happenings(reader) if isinstance(one, Message)]
    assert [one.number for one in ordered] == [2, 3, 5, 1, 4]
    assert [moment(one) - NOW for one in ordered] == [20, 20, 45, 50, 70]
