"""Records become rows and come back equal, through the file."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.store import samples
from wsinspect.model import Completeness, Direction, Frame, Message, PerDirection, Session, SessionId, Source, Verdict
from wsinspect.store.reader import CaptureReader
from wsinspect.store.rows import announced_size, frame_row, message_row, session_values, size_value, text_value
from wsinspect.store.writer import CaptureWriter

slow = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@slow
@given(samples.sessions)
def test_a_session_comes_back_equal(session: Session) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.wsi"
        with CaptureWriter(path) as writer:
            writer.insert_session(session)
        with CaptureReader(path) as reader:
            assert list(reader.sessions()) == [session]
            assert reader.session(1) == session


@slow
@given(samples.frames())
def test_a_frame_comes_back_equal(frame: Frame) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.wsi"
        with CaptureWriter(path) as writer:
            writer.insert_session(samples.session())
            writer.insert_frame(frame_row(frame, 1), 100)
        with CaptureReader(path) as reader:
            assert list(reader.frames()) == [frame]
            assert reader.frame(1, frame.seq) == frame


MESSAGE = Message(
    id=1,
    session=SessionId(1),
    number=1,
    time=samples.T0,
    end=samples.T0,
    direction=Direction.C2S,
    opcode=1,
    frames=(1,),
    size=3,
    wire_size=5,
    payload=b"abc",
)


@pytest.mark.parametrize(
    "message",
    [
        MESSAGE,
        replace(MESSAGE, size=0, wire_size=2, payload=b""),
        replace(MESSAGE, end=samples.T0 + 7, source=Source.USER, verdict=Verdict.DROPPED, held_ns=0, delayed_ns=5),
        replace(MESSAGE, violations=("RFC 6455 5.1: ü",), direction=Direction.S2C, opcode=2),
        replace(MESSAGE, size=10, wire_size=12, truncated=7),
        replace(MESSAGE, completeness=Completeness.CUT_OFF, size=9, wire_size=11),
    ],
)
def test_a_message_of_one_frame_comes_back_equal_with_its_frame(tmp_path: Path, message: Message) -> None:
    path = tmp_path / "a.wsi"
    with CaptureWriter(path) as writer:
        writer.insert_session(samples.session())
        row = message_row(message, 1, header=samples.HEADER, payload=message.payload)
        writer.insert_message(row, 100)
    with CaptureReader(path) as reader:
        assert list(reader.messages()) == [message]
        frame = reader.frame(1, 1)
    assert frame is not None
    assert (frame.message, frame.payload, frame.size) == (1, message.payload, message.size)


def test_a_compressed_message_of_one_row_has_the_wire_payload_as_its_frame(tmp_path: Path) -> None:
    path = tmp_path / "a.wsi"
    message = replace(MESSAGE, compressed=True, size=3, wire_size=4)
    with CaptureWriter(path) as writer:
        writer.insert_session(samples.session())
        row = message_row(message, 1, header=b"\xc1\x02", payload=b"abc", wire_payload=b"zz")
        writer.insert_message(row, 100)
    with CaptureReader(path) as reader:
        assert list(reader.messages()) == [message]
        (frame,) = reader.frames()
    assert (frame.payload, frame.size, frame.truncated) == (b"zz", 2, 0)


def test_save_session_leaves_counters_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.wsi"
    with CaptureWriter(path) as writer:
        session = samples.session()
        writer.insert_session(session)
        writer.update_counters([(1, 1, 2, 3, 4, 5, 6)])
        writer.save_session(replace(session, error="lost"))
    with CaptureReader(path) as reader:
        (found,) = reader.sessions()
    assert (found.error, found.bytes) == ("lost", PerDirection(5, 6))


def test_values_that_no_column_can_hold_have_a_stand_in() -> None:
    assert text_value("a\udc80") == b"a\xed\xb2\x80"
    assert text_value("ä") == "ä"
    assert size_value(1 << 63) is None
    assert size_value((1 << 63) - 1) == (1 << 63) - 1
    assert session_values(samples.session())["request"] is None


@pytest.mark.parametrize(
    ("header", "size"),
    [
        (b"", 0),
        (b"\x81", 0),
        (b"\x81\x85abcd", 5),
        (b"\x81\x7e\x01\x00", 256),
        (b"\x82\x7f" + b"\xff" * 8, (1 << 64) - 1),
    ],
)
def test_a_header_tells_its_length(header: bytes, size: int) -> None:
    assert announced_size(header) == size
