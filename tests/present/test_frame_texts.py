"""Continuations are text where their message is, and only then is the message looked for."""

from __future__ import annotations

import pytest

from wsinspect.model import Direction, Frame, Message, SessionId
from wsinspect.present.frame_texts import FrameTexts

SESSION = SessionId(1)


def frame(first_byte: int, message: int | None = 1) -> Frame:
    return Frame(SESSION, 1, 0, Direction.S2C, bytes([first_byte, 0]), 0, b"", message=message)


def message(opcode: int, *, compressed: bool = False) -> Message:
    return Message(1, SESSION, 1, 0, 0, Direction.S2C, opcode, (1,), 0, 0, b"", compressed)


class Finder:
    def __init__(self, found: Message | None) -> None:
        self.asked = 0
        self.found = found

    def __call__(self, session: SessionId, number: int) -> Message | None:
        self.asked += 1
        return self.found


@pytest.mark.parametrize(("first", "of_text"), [(0x01, True), (0x41, False)])
def test_a_continuation_is_as_the_first_frame_said(first: int, of_text: bool) -> None:
    finder = Finder(None)
    texts = FrameTexts(finder)
    assert [texts.is_text(frame(byte)) for byte in (first, 0x00, 0x80)] == [of_text] * 3
    assert finder.asked == 0


@pytest.mark.parametrize(
    ("found", "of_text"),
    [(message(1), True), (message(1, compressed=True), False), (message(2), False), (None, False)],
)
def test_without_its_first_frame_the_message_is_asked_for_once(found: Message | None, of_text: bool) -> None:
    finder = Finder(found)
    texts = FrameTexts(finder)
    assert [texts.is_text(frame(0x80)) for _ in range(3)] == [of_text] * 3
    assert finder.asked == 1


@pytest.mark.parametrize(("byte", "number"), [(0x82, 1), (0x89, None), (0x81, None), (0x8B, 1)])
def test_other_frames_are_not_text(byte: int, number: int | None) -> None:
    assert not FrameTexts(Finder(None)).is_text(frame(byte, number))


def test_memory_is_bounded() -> None:
    texts = FrameTexts(Finder(None))
    for number in range(1, 10_000):
        texts.is_text(frame(0x01, number))
    assert len(texts._known) <= 4096
