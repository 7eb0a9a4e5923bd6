"""What of a session is read to be played: one of its two connections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.recording import CHAT, MS, NOW, REFUSED, frame, write_capture
from tests.peers.waiting import until
from wsinspect.errors import StoreError
from wsinspect.model import (
    Completeness,
    Direction,
    Gap,
    Leg,
    Message,
    Session,
    SessionId,
    SessionState,
    Source,
    Stage,
    Verdict,
)
from wsinspect.replay.recording import Recording
from wsinspect.store.reader import CaptureReader
from wsinspect.store.recording import read_recording
from wsinspect.store.rows import frame_row, message_row
from wsinspect.store.writer import CaptureWriter

C2S, S2C = Direction.C2S, Direction.S2C


def read(path: Path, session: int = 1, leg: Leg = Leg.SERVER, **options: int) -> Recording:
    with CaptureReader(path) as reader:
        return read_recording(reader, session, leg, **options)  # type: ignore[arg-type]  # a bool among them


def text(recording: Recording) -> list[str]:
    return [
        f"{'<' if event.direction else '>'} {event.payload.decode(errors='replace')}"
        for event in recording.events
        if event.is_message
    ]


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write_capture(tmp_path / "x.wsi")


def test_messages_and_control_frames_come_in_order(capture: Path) -> None:
    recording = read(capture)
    assert recording.session.url == CHAT.url
    assert [event.index for event in recording.events] == list(range(8))
    assert [event.opcode for event in recording.events] == [1, 1, 9, 1, 10, 2, 1, 8]
    assert [event.number for event in recording.events] == [1, 2, None, 3, None, 4, 5, None]
    assert recording.events[3].payload == b"one two!"
    assert recording.events[1].compressed
    assert [event.number for event in recording.messages(C2S)] == [1, 3, 5]
    assert len(recording.messages()) == 5
    assert recording.problems == ()


@pytest.mark.parametrize(("leg", "payload"), [(Leg.SERVER, b'{"a":2}'), (Leg.CLIENT, b'{"a":1}')])
def test_of_a_changed_message_what_went_over_the_connection_is_read(capture: Path, leg: Leg, payload: bytes) -> None:
    assert read(capture, leg=leg).messages()[-1].payload == payload


def test_frames_come_with_messages_where_they_are_wanted(capture: Path) -> None:
    exact = read(capture, exact=True)
    by_number = {event.number: [each.payload for each in event.frames] for event in exact.events if event.is_message}
    assert by_number[3] == [b"one ", b"two!"]
    assert by_number[2] == [b"\xcaH\xcd\xc9\xc9\x07\x00"]
    assert by_number[5] == []  # what went on is not what came
    assert [each.payload for each in read(capture, leg=Leg.CLIENT, exact=True).messages()[-1].frames] == [b'{"a":1}']
    assert all(event.frames == () for event in read(capture).events if event.is_message)
    assert [event.frames[0].seq for event in exact.events if not event.is_message] == [4, 6, 10]


def test_a_part_is_read(capture: Path) -> None:
    assert [event.number for event in read(capture, first=2, last=3).events] == [2, None, 3]
    assert [event.number for event in read(capture, first=5).events] == [5, None]
    assert [event.index for event in read(capture, first=5).events] == [0, 1]


def test_how_a_session_ended_is_no_part_of_its_beginning(capture: Path) -> None:
    assert read(capture).session.ends
    assert read(capture, last=3).session.ends == ()


@pytest.mark.parametrize(
    ("session", "options", "why"),
    [
        (9, {}, r"no session 9\nit has 1, 2$"),
        (2, {}, r"session 2 was refused with status 403: it has no messages\nthe server answered 403"),
        (1, {"first": 6}, r"no message 6 in the session\nits messages are 1 to 5"),
        (1, {"last": 0}, "no message 0"),
    ],
)
def test_what_is_not_there_is_told(capture: Path, session: int, options: dict[str, int], why: str) -> None:
    with pytest.raises(StoreError, match=why):
        read(capture, session, Leg.SERVER, **options)


def test_of_a_long_session_a_part_is_looked_at(capture: Path) -> None:
    with CaptureReader(capture) as reader:
        part = read_recording(reader, 1, within=(2, 3))
        assert [event.number for event in part.events if event.is_message] == [2, 3]
        assert part.events[0].number == 2
        assert [event.index for event in part.events] == list(range(len(part.events)))
        assert not any("has been removed" in problem for problem in part.problems)
        assert read_recording(reader, 1, within=(1, 99)) == read_recording(reader, 1)


@pytest.fixture
def making(tmp_path: Path) -> Callable[..., Path]:
    """Return what makes a capture of one session, with messages and frames as given."""

    def make(*records: Message | object, session: Session = CHAT, gap: Gap | None = None) -> Path:
        path = tmp_path / "made.wsi"
        with CaptureWriter(path) as writer:
            writer.insert_session(session)
            for row_id, record in enumerate(records, 1):
                if isinstance(record, Message):
                    header = bytes([0x81, len(record.payload)])
                    row = message_row(replace(record, id=row_id), row_id, header=header, payload=record.payload)
                    writer.insert_message(row, 300)
                    if record.sent is not None:
                        writer.insert("message_sent", (row_id, record.sent))
                else:
                    writer.insert_frame(frame_row(record, row_id), 300)  # type: ignore[arg-type]
            if gap is not None:
                writer.insert_gap(gap, gap.session)
        return path

    return make


def message(number: int, direction: Direction, payload: str, **more: object) -> Message:
    at = NOW + number * MS
    data = payload.encode()
    return Message(0, CHAT.id, number, at, at, direction, 1, (number,), len(data), len(data) + 2, data, **more)  # type: ignore[arg-type]


def test_each_leg_has_what_went_over_it(making: Callable[..., Path]) -> None:
    path = making(
        message(1, C2S, "asked"),
        message(2, C2S, "stopped", verdict=Verdict.DROPPED),
        message(3, C2S, "put in", source=Source.RULE),
        message(4, S2C, "answered"),
        message(5, S2C, "made up", source=Source.USER),
        message(6, S2C, "too late", verdict=Verdict.NOT_SENT),
    )
    assert text(read(path, leg=Leg.SERVER)) == ["> asked", "> put in", "< answered", "< too late"]
    assert text(read(path, leg=Leg.CLIENT)) == ["> asked", "> stopped", "< answered", "< made up"]


def test_who_is_played_by_a_person_stands_for_a_peer(making: Callable[..., Path]) -> None:
    path = making(message(1, C2S, "typed", source=Source.USER), message(2, S2C, "answered"))
    assert text(read(path, leg=Leg.CLIENT)) == ["> typed", "< answered"]


def test_control_frames_that_were_changed_are_those_of_the_leg(making: Callable[..., Path]) -> None:
    path = making(
        frame(1, 1, C2S, 0x89, b"came", verdict=Verdict.DROPPED),
        frame(2, 2, C2S, 0x89, b"went", stage=Stage.SENT, of=1, verdict=Verdict.MODIFIED),
        frame(3, 3, C2S, 0x83, b"odd"),
    )
    assert [event.payload for event in read(path, leg=Leg.SERVER).events] == [b"went", b"odd"]
    assert [event.payload for event in read(path, leg=Leg.CLIENT).events] == [b"came", b"odd"]


def test_what_came_at_one_time_is_in_the_order_of_the_wire(making: Callable[..., Path]) -> None:
    before, behind = (Message(0, CHAT.id, n, NOW, NOW, C2S, 1, (2 * n - 1,), 1, 7, b"x") for n in (1, 2))
    recording = read(making(before, frame(2, 0, C2S, 0x83, b"y"), behind))
    assert [event.opcode for event in recording.events] == [1, 3, 1]
    assert [event.index for event in recording.events] == [0, 1, 2]


@pytest.mark.parametrize(
    ("session", "problem"),
    [
        (replace(CHAT, close=None), "without a close code"),
        (CHAT, None),
    ],
)
def test_how_a_session_ended_is_told(making: Callable[..., Path], session: Session, problem: str | None) -> None:
    path = making(message(1, C2S, "a"), message(2, S2C, "b"), session=session)
    problems = read(path).problems
    assert len(problems) == (problem is not None)
    assert problem is None or problem in problems[0]
    assert read(path, last=1).problems == ()


async def test_a_session_that_goes_on_is_read_as_far_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "live.wsi"
    with CaptureWriter(path) as writer, CaptureReader(path) as reader:
        writer.insert_session(replace(CHAT, state=SessionState.OPEN, close=None, closed=None))
        await until(lambda: reader.session(1) is not None, "the session to be written")
        recording = read_recording(reader, 1)
    assert recording.problems == ("The session has not ended: what comes later is not in it.",)


def test_what_is_not_on_record_is_told(making: Callable[..., Path]) -> None:
    path = making(
        message(3, C2S, "abc", truncated=5),
        message(4, S2C, "abc", completeness=Completeness.CUT_OFF),
        gap=Gap(NOW + MS, NOW + 2 * MS, 7, 7, 70, "the disk was full"),
    )
    recording = read(path)
    assert recording.problems == (
        "Of 1 messages not all bytes are on record.",
        "1 messages were cut off by the end of the connection.",
        "What came before message 3 has been removed.",
        "7 frames were not recorded: the disk was full.",
    )
    assert [event.complete for event in recording.events] == [False, False]


@pytest.mark.parametrize(
    "gap", [Gap(NOW + MS, NOW, 1, 1, 1, "elsewhere", SessionId(9)), Gap(NOW - 9 * MS, NOW - MS, 1, 1, 1, "before")]
)
def test_gaps_elsewhere_do_not_matter(making: Callable[..., Path], gap: Gap) -> None:
    assert read(making(message(1, C2S, "a"), gap=gap)).problems == ()


def test_a_session_that_failed_has_nothing_to_play(making: Callable[..., Path]) -> None:
    with pytest.raises(StoreError, match="session 2 failed: it has no messages"):
        read(making(session=replace(REFUSED, state=SessionState.FAILED)), 2)


def test_many_sessions_are_not_all_named(tmp_path: Path) -> None:
    with CaptureWriter(tmp_path / "x.wsi") as writer:
        for number in range(1, 20):
            writer.insert_session(replace(CHAT, id=SessionId(number)))
    with pytest.raises(StoreError, match=r"11, 12 and more$"):
        read(tmp_path / "x.wsi", 40)


def test_an_empty_capture_has_no_sessions(tmp_path: Path) -> None:
    CaptureWriter(tmp_path / "x.wsi").close()
    with pytest.raises(StoreError, match="it has none"):
        read(tmp_path / "x.wsi")
