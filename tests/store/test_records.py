"""What the record lacks is told on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.samples import hot_row, session, wide_row
from wsinspect.model import Completeness
from wsinspect.store.columns import FRAME_COLUMNS, MESSAGE_COLUMNS
from wsinspect.store.reader import CaptureReader
from wsinspect.store.writer import CaptureWriter

HUGE = b"\x02\xff" + b"\xff" * 8 + b"mask"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.wsi"


def test_a_piece_that_was_refused_counts_as_truncated(path: Path) -> None:
    with CaptureWriter(path) as writer:
        writer.insert_session(session())
        row = wide_row(MESSAGE_COLUMNS, id=1, session=1, number=1, seq=1, dir=0, opcode=2, time=1, size=9, wire_size=11)
        writer.insert_message(row, 1)
        row = wide_row(
            FRAME_COLUMNS, id=1, session=1, seq=1, message=1, dir=0, time=1, header=b"\x82\x09", size=9, chunks=1
        )
        writer.insert_frame(row, 1)
        writer.insert_chunk(1, 0, 0, b"abc")
        writer.insert_chunk(1, 0, 6, b"ghi")
    with CaptureReader(path) as reader:
        message, frame = reader.message(1, 1), reader.frame(1, 1)
        shortened = reader.message(1, 1, payload_limit=2)
    assert message is not None
    assert frame is not None
    assert shortened is not None
    assert (message.payload, message.truncated) == (b"abc", 6)
    assert (frame.payload, frame.truncated) == (b"abc", 6)
    assert (shortened.payload, shortened.truncated) == (b"ab", 0)


def test_sizes_beyond_any_column_are_read_from_the_headers(path: Path) -> None:
    with CaptureWriter(path) as writer:
        writer.insert_session(session())
        cut_off = Completeness.CUT_OFF.value
        row = wide_row(MESSAGE_COLUMNS, id=1, session=1, number=1, seq=1, dir=0, opcode=2, time=1, completeness=cut_off)
        writer.insert_message(row, 1)
        for row_id, header, size in ((1, b"\x02\x01", 1), (2, HUGE, None)):
            row = wide_row(
                FRAME_COLUMNS, id=row_id, session=1, seq=row_id, message=1, dir=0, time=1, header=header, size=size
            )
            writer.insert_frame(row, 1)
    with CaptureReader(path) as reader:
        (message,) = reader.messages()
    assert message.frames == (1, 2)
    assert (message.size, message.wire_size) == (1 << 64, (1 << 64) + 16)


def test_a_decoders_view_without_fields_is_told(path: Path) -> None:
    with CaptureWriter(path) as writer:
        writer.insert_session(session())
        row = wide_row(
            MESSAGE_COLUMNS,
            id=1,
            session=1,
            number=1,
            seq=1,
            dir=0,
            opcode=1,
            time=1,
            header=b"\x81\0",
            size=0,
            payload=b"",
        )
        writer.insert_message(row, 1)
        writer.insert("view", (1, "p", None, None, "ü", None))
    with CaptureReader(path) as reader:
        (message,) = reader.messages()
    assert (message.protocol, message.decoded) == ("p", '{"summary": "ü"}')


def test_tags_and_rules_that_are_no_valid_unicode_can_be_read(path: Path) -> None:
    tags = ("\ud800a", "\x00\x9b", "plain")
    with CaptureWriter(path) as writer:
        writer.insert_session(session(tags=tags))
        writer.put_message(hot_row(1), 100)
        writer.tag(1, 1, tags)
        writer.insert("rule_hit", (1, 1, b"\xed\xa0\x80", "tag", b"\xed\xa0\x80"))
    with CaptureReader(path) as reader:
        (found,), (message,), (hit,) = reader.sessions(), reader.messages(), reader.hits(1, 1)
    assert found.tags == message.tags == tags
    assert message.rules == ("\ud800",)
    assert hit.detail == "\ud800"
