"""Takes payloads out of the program: into a file, and as a name for one."""

from __future__ import annotations

import asyncio
from pathlib import Path

from wsinspect.errors import StoreError, WsinspectError
from wsinspect.store.reader import CaptureReader
from wsinspect.tui.data.capture import Capture, Lane
from wsinspect.tui.selection import ChosenFrames, ChosenMessage
from wsinspect.tui.widgets.detail.subject import Payload, Subject
from wsinspect.tui.widgets.detail.tabs import is_readable

_STEP_BYTES = 1 << 20
_SUFFIXES = {"JSON": ".json", "XML": ".xml", "HTML": ".html", "MessagePack": ".msgpack", "CBOR": ".cbor"}


def suffix_of(subject: Subject) -> str:
    """Return what the name of a file with the payload ends with."""
    found = subject.structure
    if found is not None and found.sure and not found.wrapping and found.format in _SUFFIXES:
        return _SUFFIXES[found.format]
    return ".txt" if is_readable(subject) else ".bin"


def file_name(subject: Subject) -> str:
    """Propose a name for a file with the payload."""
    match subject.chosen:
        case ChosenMessage(session, number):
            name = f"session{session}-message{number}"
        case ChosenFrames(session, first):
            name = f"session{session}-frame{first}"
        case _:
            name = f"session{subject.chosen.session}"
    return f"{name}{'-sent' if subject.shows_went else ''}{suffix_of(subject)}"


async def save_payload(capture: Capture, payload: Payload, path: Path) -> int:
    """Write a payload into a file, piece by piece; a file that is there is overwritten.

    Returns:
        How many bytes were written.

    Raises:
        WsinspectError: The file cannot be written, or the payload is no longer on record.
    """
    written = 0
    try:
        file = await asyncio.to_thread(path.open, "wb")
        try:
            while written < payload.size:
                data = await read_part(capture, payload, written, written + _STEP_BYTES)
                if not data:
                    raise StoreError("the payload is no longer on record: retention has removed it")
                await asyncio.to_thread(file.write, data)
                written += len(data)
        finally:
            await asyncio.to_thread(file.close)
    except OSError as error:
        raise WsinspectError(f"cannot be written: {error.strerror or error}", where=str(path)) from error
    return written


async def read_part(capture: Capture, payload: Payload, start: int, stop: int) -> bytes:
    """Read a part of a payload.

    Raises:
        StoreError: The capture cannot be read.
    """

    def look(reader: CaptureReader) -> bytes:
        return payload.part(reader, start, stop)

    return await capture.read(look, Lane.DETAIL)
