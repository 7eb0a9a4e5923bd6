"""Frames are laid out with every bit, and beside what was sent instead where there is room."""

from __future__ import annotations

from collections.abc import Iterable

from tests.cli.recording import frame
from wsinspect.model import Direction, Stage, Verdict
from wsinspect.present.documents import Line
from wsinspect.present.message_frames import frames_lines, run_lines

CAME = frame(8, 70, Direction.C2S, 0x81, b'{"a":1}', message=5)
SENT = frame(9, 71, Direction.C2S, 0x81, b"", message=5, stage=Stage.SENT, of=8, verdict=Verdict.MODIFIED)


def _texts(lines: Iterable[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def test_frames_stand_one_below_the_other() -> None:
    texts = _texts(frames_lines([CAME], [SENT], of_text=True, width=80, missing=3))

    assert texts[0] == "Frame 1.f8  text c2s"
    assert "  1... ....  FIN         1    last frame of its message" in texts
    assert 'Payload  {"a":1}' in texts
    assert "Frame 1.f9  text c2s" in texts
    assert "Payload  empty" in texts
    assert texts[-1] == "… 3 more frames"


def test_frames_stand_beside_what_was_sent_instead() -> None:
    texts = _texts(frames_lines([CAME], [SENT], of_text=True, width=120))

    assert [part.strip() for part in texts[0].split("│")] == ["As it came", "As it was sent on"]
    assert [part.strip() for part in texts[1].split("│")] == ["Frame 1.f8  text c2s", "Frame 1.f9  text c2s"]


def test_a_payload_that_is_no_text_is_shown_as_bytes() -> None:
    assert "Payload  7b 22 61 22 3a 31 7d" in _texts(frames_lines([CAME], [], of_text=False, width=80))


def test_a_run_is_listed() -> None:
    ping = frame(4, 0, Direction.C2S, 0x89, b"p")
    texts = _texts(run_lines([ping, ping], width=80, missing=1000))

    assert texts[0].startswith("id")
    assert texts[1].split()[0] == "1.f4"
    assert texts[-1] == "… 1,000 more frames"
    assert len(_texts(run_lines([ping], width=80))) == 2
