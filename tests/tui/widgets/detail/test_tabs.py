"""Tabs are there that make sense, and the one that says most comes first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.recording import write_capture
from tests.tui.widgets.detail.showing import write_messages
from wsinspect.store.reader import CaptureReader
from wsinspect.tui.selection import Chosen, ChosenFrames, ChosenMessage, ChosenSession
from wsinspect.tui.widgets.detail.subject import Subject, Wish, read_subject
from wsinspect.tui.widgets.detail.tabs import Tab, first_tab, is_readable, tabs_of

OF_PAYLOAD = ["Text", "Hex", "Frames", "Change", "Session"]


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[CaptureReader]:
    with CaptureReader(write_capture(tmp_path / "x.wsi")) as opened:
        yield opened


def _subject(reader: CaptureReader, chosen: Chosen) -> Subject:
    found = read_subject(reader, Wish(chosen))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("chosen", "tabs", "first"),
    [
        (ChosenSession(1), ["Session"], Tab.SESSION),
        (ChosenMessage(1, 1), ["Decoded", "JSON", *OF_PAYLOAD], Tab.FORMAT),
        (ChosenMessage(1, 2), OF_PAYLOAD, Tab.TEXT),
        (ChosenMessage(1, 4), OF_PAYLOAD, Tab.HEX),
        (ChosenMessage(1, 5), ["Decoded", "JSON", *OF_PAYLOAD], Tab.CHANGE),
        (ChosenFrames(1, 4, 4, 1), ["Text", "Hex", "Frames", "Session"], Tab.FRAMES),
        (ChosenFrames(1, 4, 6, 2), ["Frames", "Session"], Tab.FRAMES),
    ],
)
def test_what_makes_sense_is_there(reader: CaptureReader, chosen: Chosen, tabs: list[str], first: Tab) -> None:
    subject = _subject(reader, chosen)

    assert list(tabs_of(subject).values()) == tabs
    assert first_tab(subject) is first


@pytest.mark.parametrize(
    ("opcode", "payload", "first"),
    [
        (1, b'{"a":1}', Tab.FORMAT),
        (2, b'{"a":1}', Tab.FORMAT),
        (1, b"plain", Tab.TEXT),
        (1, b"", Tab.TEXT),
        (2, "ümläut and more of it".encode(), Tab.TEXT),
        (2, b"text\x00", Tab.HEX),
        (2, b"\xff\xfe\xfd", Tab.HEX),
        (1, b"\x00", Tab.TEXT),
    ],
)
def test_what_says_most_comes_first(tmp_path: Path, opcode: int, payload: bytes, first: Tab) -> None:
    with CaptureReader(write_messages(tmp_path / "x.wsi", [(opcode, payload)])) as reader:
        subject = _subject(reader, ChosenMessage(1, 1))
        assert first_tab(subject) is first
        assert is_readable(subject) == (b"\xff" not in payload and (opcode == 1 or b"\x00" not in payload))
