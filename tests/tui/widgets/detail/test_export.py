"""Payloads are written into files whole, under names that fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.recording import write_capture
from tests.tui.widgets.detail.showing import detail, write_messages
from wsinspect.errors import StoreError, WsinspectError
from wsinspect.store.extents import Extent
from wsinspect.store.reader import CaptureReader
from wsinspect.tui.selection import Chosen, ChosenFrames, ChosenMessage, ChosenSession
from wsinspect.tui.widgets.detail.export import file_name, save_payload
from wsinspect.tui.widgets.detail.subject import Payload, Wish, read_subject


@pytest.mark.parametrize(
    ("chosen", "went", "name"),
    [
        (ChosenMessage(1, 1), None, "session1-message1.json"),
        (ChosenMessage(1, 5), True, "session1-message5-sent.json"),
        (ChosenMessage(1, 2), None, "session1-message2.txt"),
        (ChosenMessage(1, 4), None, "session1-message4.bin"),
        (ChosenFrames(1, 4, 4, 1), None, "session1-frame4.txt"),
        (ChosenSession(1), None, "session1.txt"),
    ],
)
def test_a_file_is_named_after_what_is_in_it(tmp_path: Path, chosen: Chosen, went: bool | None, name: str) -> None:
    with CaptureReader(write_capture(tmp_path / "x.wsi")) as reader:
        subject = read_subject(reader, Wish(chosen, went=went))
        assert subject is not None
        assert file_name(subject) == name


async def test_a_large_payload_is_saved_whole(tmp_path: Path) -> None:
    payload = bytes(range(256)) * 12_345
    path = write_messages(tmp_path / "x.wsi", [(2, payload)])
    async with detail(path) as shown:
        extent = await shown.app.capture.read(lambda reader: reader.payload_extent(1, 1))
        saved = tmp_path / "saved"
        assert await save_payload(shown.app.capture, Payload(extent), saved) == len(payload)
        assert _read(saved) == payload
        assert await save_payload(shown.app.capture, Payload(None, b"held"), saved) == 4
        assert _read(saved) == b"held"


async def test_what_cannot_be_saved_is_told(tmp_path: Path) -> None:
    async with detail(write_capture(tmp_path / "x.wsi")) as shown:
        with pytest.raises(WsinspectError, match="cannot be written"):
            await save_payload(shown.app.capture, Payload(None, b"x"), tmp_path / "no" / "folder")
        gone = Payload(Extent((("message", "payload", 999, 5),), (5,)))
        with pytest.raises(StoreError, match="no longer on record"):
            await save_payload(shown.app.capture, gone, tmp_path / "saved")


def _read(path: Path) -> bytes:
    return path.read_bytes()
