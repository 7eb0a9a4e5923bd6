"""What a side sends: its messages in their frames, but not what the connection answers by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.replay.playing.stage import shown
from tests.replay.recordings import recorded
from wsinspect.model import Direction, End, Frame, SessionId
from wsinspect.replay.performing import Act, SendClose, SendFrame, SendMessage
from wsinspect.replay.playing.report import Closing
from wsinspect.replay.playing.steps import begins_message, recorded_close, step_of, steps_of, until_event
from wsinspect.replay.recording import Event, Recording

KEY = bytes.fromhex("01020304")


def frame(seq: int, first: int, payload: bytes) -> Frame:
    header = bytes([first, 0x80 | len(payload)]) + KEY
    return Frame(SessionId(1), seq, seq, Direction.C2S, header, len(payload), payload)


def sent(recording: Recording, *, plain: bool = False) -> list[str]:
    return [shown(act) for step in steps_of(recording, Direction.C2S, plain=plain).steps for act in step.acts]


def with_frames(recording: Recording, frames: dict[int, tuple[Frame, ...]]) -> Recording:
    events = tuple(replace(event, frames=frames.get(event.index, ())) for event in recording.events)
    return replace(recording, events=events)


def test_steps_know_how_much_came_before() -> None:
    steps = steps_of(recorded("> a", "< b", "<< ping", "< c", "> d", "> e"), Direction.C2S).steps
    assert [(step.event.payload, step.after) for step in steps] == [(b"a", 0), (b"d", 2), (b"e", 2)]


def test_the_server_may_be_played_too() -> None:
    steps = steps_of(recorded("> a", "< b", "> c", "< d"), Direction.S2C).steps
    assert [(step.event.payload, step.after) for step in steps] == [(b"b", 1), (b"d", 2)]


def test_answers_of_the_connection_are_left_to_it() -> None:
    lines = (
        "<< ping 1",
        "<< ping 2",
        ">> pong 2",
        ">> pong 1",
        ">> ping x",
        ">> pong",
        "<< close 1000",
        ">> close 1000",
    )
    assert sent(recorded(*lines)) == [">> pong 1", ">> ping x", ">> pong"]


def test_an_own_close_is_sent() -> None:
    recording = recorded("> a", ">> close 1000 bye", "<< close 1000 bye")
    assert sent(recording) == ["> a", ">> close 1000 bye"]
    assert [step.is_close for step in steps_of(recording, Direction.C2S).steps] == [False, True]
    assert sent(recorded(">> close")) == [">> close"]


def test_messages_go_in_the_frames_they_came_in_with_what_was_between_them() -> None:
    recording = with_frames(
        recorded("> onetwo", ">> ping p", "> end", ">> ping q"),
        {
            0: (frame(1, 0x01, b"one"), frame(3, 0x80, b"two")),
            1: (frame(2, 0x89, b"p"),),
            2: (frame(5, 0x01, b"e"), frame(6, 0x80, b"nd")),
            3: (frame(9, 0x89, b"q"),),
        },
    )
    assert sent(recording) == [
        "frame 01 one", "frame 89 p", "frame 80 two", "frame 01 e", "frame 80 nd", "frame 89 q",
    ]  # fmt: skip
    assert sent(recording, plain=True) == ["> onetwo", ">> ping p", "> end", ">> ping q"]
    changed = steps_of(recording, Direction.C2S).steps[0].with_payload(b"other")
    assert changed[0] == SendMessage(1, b"other", compressed=False, fragments=(3,), event=0)
    assert [shown(act) for act in changed[1:]] == ["frame 89 p"]


def test_a_close_frame_goes_as_it_was_where_no_library_would_send_it() -> None:
    recording = recorded("> a", ">> close 1000")
    assert sent(with_frames(recording, {1: (frame(2, 0x88, b"\x03\xe8"),)})) == ["> a", ">> close 1000"]
    masked = replace(frame(2, 0x88, b"\x03\xe8"), header=b"\x88\x82abcd")
    close = steps_of(with_frames(recording, {1: (masked,)}), Direction.C2S).steps[1].acts[0]
    assert close == SendClose(1000, event=1, mask_key=b"abcd")
    broken = with_frames(recording, {1: (frame(2, 0xC8, b"\x03\xe8"),)})
    assert isinstance(steps_of(broken, Direction.C2S).steps[1].acts[0], SendFrame)
    odd = replace(broken.events[1], payload=b"\x00\x01")
    steps = steps_of(replace(broken, events=(broken.events[0], odd)), Direction.C2S).steps
    assert isinstance(steps[1].acts[0], SendFrame)


def test_what_is_not_wholly_on_record_is_left_out_and_named() -> None:
    recording = recorded("> a", "> b", ">> ping")
    events = tuple(replace(event, complete=event.index == 0) for event in recording.events)
    planned = steps_of(replace(recording, events=events), Direction.C2S)
    assert [step.event.payload for step in planned.steps] == [b"a"]
    assert planned.remarks == ("Left out, as they are not wholly on record: message 2, a frame.",)
    many = recorded(*("> a" for _ in range(12)))
    cut = tuple(replace(event, complete=False) for event in many.events)
    (remark,) = steps_of(replace(many, events=cut), Direction.C2S).remarks
    assert remark.endswith("message 8 and 4 more.")


def test_unknown_opcodes_are_no_plain_messages() -> None:
    recording = recorded("> a")
    unknown = Event(1, Direction.C2S, 1, 0xB, b"?", frames=(frame(2, 0x8B, b"?"),))
    recording = replace(recording, events=(*recording.events, unknown))
    assert sent(recording) == ["> a", "frame 8b ?"]
    planned = steps_of(recording, Direction.C2S, plain=True)
    assert [shown(act) for step in planned.steps for act in step.acts] == ["> a"]
    assert planned.remarks == ("Left out, as they are no plain messages: 1 frames with unknown opcodes.",)


@pytest.mark.parametrize(
    ("act", "begins"),
    [
        (SendMessage(1, b"a"), True),
        (SendFrame(b"\x01\x80", b"a"), True),
        (SendFrame(b"\x80\x80", b"a"), False),
        (SendFrame(b"\x89\x80", b"a"), False),
        (SendFrame(b"", b"a"), False),
        (SendClose(1000), False),
    ],
)
def test_a_message_begins_with_its_first_frame(act: Act, begins: bool) -> None:
    assert begins_message(act) is begins


def test_answers_have_no_turn_of_their_own() -> None:
    recording = recorded("< 2", "> 3", "> a")
    steps = steps_of(recording, Direction.C2S, answers=[1]).steps
    assert [step.event.index for step in steps] == [2]
    assert [shown(act) for act in step_of(recording.events[1]).acts] == ["> 3"]
    assert [shown(act) for act in step_of(recording.events[1], plain=True).acts] == ["> 3"]


def test_a_part_ends_with_a_step_that_sends_nothing() -> None:
    recording = recorded("> a", "< b", "> c", "< d", "> e")
    steps = until_event(steps_of(recording, Direction.C2S).steps, recording, Direction.C2S, 2)
    assert [(step.event.index, len(step.acts), step.after) for step in steps] == [(0, 1, 0), (2, 0, 1)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["> a"], (None, False)),
        ([">> close 1000"], (None, False)),
        (["<< close 1001 bye", ">> close 1001"], (Closing(1001, "bye"), True)),
        (["<< close"], (Closing(None), True)),
        ([">> close 1000", "<< close 1000"], (Closing(1000), False)),
    ],
)
def test_the_other_sides_close_is_known(lines: list[str], expected: tuple[Closing | None, bool]) -> None:
    assert recorded_close(recorded(*lines), Direction.C2S) == expected


def test_who_ended_the_connection_without_a_close_is_known() -> None:
    lost = recorded("> a")
    by_server = replace(lost.session, ends=((Direction.S2C, End.RESET), (Direction.C2S, End.FIN)))
    assert recorded_close(replace(lost, session=by_server), Direction.C2S) == (None, True)
    assert recorded_close(replace(lost, session=by_server), Direction.S2C) == (None, False)
