"""`wsinspect show`: one session, message or frame in full."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import click

from wsinspect.cli.parameters import RecordId, RecordIdType, capture_argument, json_option, payload_option, sql_filter
from wsinspect.cli.printer import Printer
from wsinspect.formats.records import Record, frame_record, json_line, message_record, session_record
from wsinspect.model import Frame, Message, Session
from wsinspect.present.frame_texts import FrameTexts
from wsinspect.present.lines import BAD, FRAME_TITLES, FRAME_WIDTHS, frame_line, titles
from wsinspect.present.pages import Line, frame_page, message_page, session_page
from wsinspect.store.reader import CaptureReader, Hit

_PAYLOAD_SHOWN = 16_384
_FRAMES_SHOWN = 100
_HITS_SHOWN = 100
_HITS_IN_JSON = 10_000
_VIOLATIONS_SHOWN = 10
_LINE_BYTES = 4096


@click.command("show")
@capture_argument
@click.argument("record", metavar="ID", type=RecordIdType())
@json_option
@payload_option
def command(capture: Path, record: RecordId, as_json: bool, payload_limit: int | None) -> None:
    """Show one session, message or frame in full.

    ID is 3 for session 3, 3.17 for its message 17, and 3.f45 for its frame 45. Of a session and a message it tells what
    rules did, in JSON under 'actions'.
    """
    limit = _PAYLOAD_SHOWN if payload_limit is None else None if payload_limit < 0 else payload_limit
    with CaptureReader(capture) as reader:
        if as_json:
            sys.stdout.buffer.write(json_line(_json_record(reader, record)))
            sys.stdout.buffer.flush()
            return
        printer = Printer()
        for line in _page(reader, record, limit, printer.width):
            printer.line(line, wrap=True)
        printer.flush()


def _json_record(reader: CaptureReader, record: RecordId) -> Record:
    if record.message is not None:
        return message_record(_message(reader, record)) | _actions(reader, record)
    if record.frame is not None:
        frame = _frame(reader, record)
        return frame_record(frame, of_text=FrameTexts(reader.message).is_text(frame))
    return session_record(_session(reader, record)) | _actions(reader, record)


def _actions(reader: CaptureReader, record: RecordId) -> Record:
    hits = reader.hits(record.session, record.message, limit=_HITS_IN_JSON)
    return {"actions": [asdict(hit) for hit in hits]} if hits else {}


def _page(reader: CaptureReader, record: RecordId, limit: int | None, width: int | None) -> Iterator[Line]:
    if record.message is not None:
        message = _message(reader, record)
        yield from message_page(message, _hits(reader, record), limit=limit)
        yield from _frames_of(reader, message, width)
    elif record.frame is not None:
        frame = _frame(reader, record)
        yield from frame_page(frame, of_text=FrameTexts(reader.message).is_text(frame), limit=limit)
    else:
        yield from session_page(_session(reader, record), _hits(reader, record))
        yield from _violations_of(reader, record, width)


def _hits(reader: CaptureReader, record: RecordId) -> list[Hit]:
    return reader.hits(record.session, record.message, limit=_HITS_SHOWN)


def _frames_of(reader: CaptureReader, message: Message, width: int | None) -> Iterator[Line]:
    frames = reader.frames_of(message.session, message.number, payload_limit=_LINE_BYTES)
    yield from _frame_table("Frames", frames, _FRAMES_SHOWN, width, reader)


def _violations_of(reader: CaptureReader, record: RecordId, width: int | None) -> Iterator[Line]:
    violating = reader.frames(sql_filter("has(violations)", "frame"), session=record.session, payload_limit=_LINE_BYTES)
    yield from _frame_table("Frames that break the rules", violating, _VIOLATIONS_SHOWN, width, reader)


def _frame_table(
    title: str, frames: Iterable[Frame], limit: int, width: int | None, reader: CaptureReader
) -> Iterator[Line]:
    texts = FrameTexts(reader.message)
    frames = iter(frames)
    shown = list(islice(frames, limit))
    if not shown:
        return
    yield []
    yield [(title, BAD if "rules" in title else "bold")]
    yield titles(FRAME_TITLES, FRAME_WIDTHS)
    for frame in shown:
        yield frame_line(frame, of_text=texts.is_text(frame), width=width)
    if next(frames, None) is not None:
        yield [("\u2026 and more: see the frames command", "yellow")]


def _session(reader: CaptureReader, record: RecordId) -> Session:
    return _found(reader.session(record.session), f"no session {record.session} in this capture")


def _message(reader: CaptureReader, record: RecordId) -> Message:
    assert record.message is not None
    found = reader.message(record.session, record.message)
    return _found(found, f"no message {record.message} in session {record.session} of this capture")


def _frame(reader: CaptureReader, record: RecordId) -> Frame:
    assert record.frame is not None
    found = reader.frame(record.session, record.frame)
    return _found(found, f"no frame {record.frame} in session {record.session} of this capture")


def _found[Found](record: Found | None, complaint: str) -> Found:
    if record is None:
        raise click.BadParameter(complaint, param_hint="ID")
    return record
