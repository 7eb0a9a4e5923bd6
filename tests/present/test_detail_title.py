"""What is shown in detail has a name, and says what is special about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.cli.reading import assert_harmless
from tests.cli.recording import CHAT, REFUSED, frame
from wsinspect.model import Completeness, Direction, Message, Verdict
from wsinspect.present.detail_title import frames_title, message_title, session_title
from wsinspect.present.text import Cell

_MESSAGE = Message(1, CHAT.id, 17, 0, 0, Direction.S2C, 1, (1,), 12_000, 12_010, b"")


def _text(cells: Sequence[Cell]) -> str:
    return "".join(text for text, _ in cells)


@pytest.mark.parametrize(
    ("message", "held", "went", "said"),
    [
        (_MESSAGE, False, False, " 1.17 ◀ text 12.0k "),
        (_MESSAGE, True, True, " 1.17 ◀ text 12.0k ⏸ held ✎ as it would go "),
        (replace(_MESSAGE, verdict=Verdict.MODIFIED), False, True, " 1.17 ◀ text 12.0k ✎ as sent "),
        (replace(_MESSAGE, verdict=Verdict.MODIFIED), False, False, " 1.17 ◀ text 12.0k ✎ changed, here as it came "),
        (replace(_MESSAGE, verdict=Verdict.MODIFIED), False, None, " 1.17 ◀ text 12.0k ✎ changed "),
        (replace(_MESSAGE, verdict=Verdict.RECODED), False, False, " 1.17 ◀ text 12.0k "),
        (replace(_MESSAGE, verdict=Verdict.NOT_SENT), False, False, " 1.17 ◀ text 12.0k ✕ not sent "),
        (replace(_MESSAGE, completeness=Completeness.CUT_OFF), False, False, " 1.17 ◀ text 12.0k cut off "),
        (replace(_MESSAGE, violations=("x",)), False, False, " 1.17 ◀ text 12.0k ! "),
    ],
)
def test_a_message_is_named(message: Message, held: bool, went: bool | None, said: str) -> None:
    assert _text(message_title(message, would=held, went=went)) == said


def test_frames_are_named() -> None:
    ping = frame(4, 0, Direction.C2S, 0x89, b"p")

    assert _text(frames_title((ping,), 1)) == " 1.f4 ▶ ping 1 "
    assert _text(frames_title((ping,), 1200)) == " 1.f4 and on: 1,200 pings and pongs "


def test_a_session_is_named_harmlessly() -> None:
    assert _text(session_title(CHAT)) == " #1 closed wss://chat.test/room?a=1 "
    assert_harmless([_text(session_title(REFUSED))])
