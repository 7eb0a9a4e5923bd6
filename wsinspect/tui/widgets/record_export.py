"""Writing the records of a list into a file, a few at a time: whoever reads the capture too is not kept waiting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from wsinspect.errors import StoreError
from wsinspect.formats.records import frame_record, json_line, message_record
from wsinspect.store.message_listing import Choice, Entry, Kind, MessageListing
from wsinspect.store.reader import CaptureReader
from wsinspect.tui.data.capture import Capture, Lane

_AT_ONCE = 16


async def export(capture: Capture, choice: Choice, path: Path) -> int:
    """Write the records of a choice, in its order, as JSON lines; return how many.

    Raises:
        StoreError: The capture cannot be read, or the file not be written.
    """
    export = _Export(replace(choice, fold=False))
    try:
        with path.open("wb") as file:
            while await capture.read(lambda reader: export.step(reader, file), Lane.FIGURES):
                pass
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", where=str(path)) from error
    return export.written


class _Export:
    def __init__(self, choice: Choice) -> None:
        self.written = 0
        self._choice = choice
        self._reader: CaptureReader | None = None
        self._listing: MessageListing | None = None
        self._place = 0

    def step(self, reader: CaptureReader, file: BinaryIO) -> bool:
        """Do a little more; False when all is written."""
        if self._listing is None or reader is not self._reader:
            self._reader, self._listing = reader, MessageListing(reader, self._choice)
        if not self._listing.complete:
            self._listing.advance()
            return True
        entries = self._listing.entries(self._place, _AT_ONCE)
        for line in _lines(reader, entries):
            file.write(line)
            self.written += 1
        self._place += len(entries)
        if not entries:
            self._listing.close()
        return bool(entries)


def _lines(reader: CaptureReader, entries: Sequence[Entry]) -> list[bytes]:
    messages = reader.messages_by_id([entry.id for entry in entries if entry.kind is Kind.MESSAGE])
    frames = reader.frames_by_id([entry.id for entry in entries if entry.kind is not Kind.MESSAGE])
    lines: list[bytes] = []
    for entry in entries:
        if (message := messages.get(entry.id)) is not None and entry.kind is Kind.MESSAGE:
            lines.append(json_line(message_record(message)))
        elif (frame := frames.get(entry.id)) is not None:
            lines.append(json_line(frame_record(frame)))
    return lines
