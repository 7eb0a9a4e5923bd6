"""The rows of messages and control frames: in order, paired, timed, and heartbeats in a line that opens."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.recording import CHAT, MS, NOW, frame, hot_row, write_capture
from wsinspect.model import Direction
from wsinspect.present.message_rows import BeatsRow, FrameRow, GoneRow, MessageRow, MoreRow, Row
from wsinspect.query import Target, parse
from wsinspect.store.message_listing import Choice, Order
from wsinspect.store.reader import CaptureReader
from wsinspect.store.rows import frame_row
from wsinspect.store.writer import CaptureWriter
from wsinspect.tui.widgets import message_table
from wsinspect.tui.widgets.feed import Found
from wsinspect.tui.widgets.message_table import MessageTable, beats_key

C2S, S2C = Direction.C2S, Direction.S2C


def filled(reader: CaptureReader, choice: Choice) -> MessageTable:
    table = MessageTable(reader, choice)
    while table.advance(0.01):
        pass
    return table


def told(rows: list[Row]) -> list[str]:
    return [_told(row) for row in rows]


def _told(row: Row) -> str:
    match row:
        case MessageRow(message=message):
            return f"{message.number}"
        case FrameRow(frame=shown):
            return f"f{shown.seq}"
        case BeatsRow(count=count, opened=opened):
            return f"{'open' if opened else 'folded'} {count}"
        case MoreRow(count=count):
            return f"{count} more"
        case GoneRow():
            return "gone"


@pytest.fixture
def beating(tmp_path: Path) -> Path:
    """A request, six heartbeats, its reply, and two more heartbeats."""
    path = tmp_path / "beats.wsi"
    with CaptureWriter(path) as writer:
        writer.insert_session(CHAT)
        writer.put_message(hot_row(1, 1, 1, b'{"id":7,"op":"x"}', at_ms=10), 300)
        for seq in range(2, 8):
            writer.insert_frame(frame_row(frame(seq, 10 * seq, S2C, 0x89, b"p"), seq), 300)
        writer.put_message(hot_row(8, 2, 8, b'{"id":7,"ok":1}', at_ms=90, direction=1), 300)
        for seq in (9, 10):
            writer.insert_frame(frame_row(frame(seq, 10 * seq, C2S, 0x89, b"q"), seq), 300)
    return path


def test_messages_and_control_frames_as_they_came(tmp_path: Path) -> None:
    with CaptureReader(write_capture(tmp_path / "x.wsi")) as reader:
        table = filled(reader, Choice(1, fold=False))
        assert (table.size, table.scanned, table.total) == (8, 1.0, None)
        rows = table.rows(0, 100, 4, rough=False)
        assert told(rows) == ["1", "2", "3", "f4", "f6", "4", "5", "f10"]
        assert told(table.rows(3, 2, 4, rough=False)) == ["f4", "f6"]
        first = rows[0]
        assert isinstance(first, MessageRow)
        assert first.message.payload == b'{"op'
        assert [row.times.since_start for row in rows[:3] if isinstance(row, MessageRow)] == [10 * MS, 20 * MS, 30 * MS]
        before = [row.times.since_before for row in rows if isinstance(row, MessageRow | FrameRow)]
        assert before == [None, 10 * MS, 10 * MS, 10 * MS, 15 * MS, 5 * MS, 10 * MS, 10 * MS]
        later = table.rows(2, 1, 0, rough=False)[0]
        assert isinstance(later, MessageRow)
        assert later.times.since_before == 10 * MS
        table.close()


def test_only_what_matches_and_of_how_many(tmp_path: Path) -> None:
    with CaptureReader(write_capture(tmp_path / "x.wsi")) as reader:
        table = filled(reader, Choice(1, messages=parse("dir == c2s", Target.MESSAGE), show_control=False))
        assert told(table.rows(0, 9, 0, rough=False)) == ["1", "3", "5"]
        assert table.total == 5
        assert filled(reader, Choice(None, messages=parse("dir == c2s", Target.MESSAGE))).total is None
        assert filled(reader, Choice(99, messages=parse("dir == c2s", Target.MESSAGE))).total is None
        assert filled(reader, Choice(99)).rows(0, 9, 0, rough=False) == []


def test_what_is_sorted_tells_no_time_since_the_row_before(tmp_path: Path) -> None:
    with CaptureReader(write_capture(tmp_path / "x.wsi")) as reader:
        table = filled(reader, Choice(1, order=Order.SIZE, descending=True))
        rows = table.rows(0, 9, 0, rough=False)
        assert told(rows)[:2] == ["4", "1"]
        assert {row.times.since_before for row in rows if isinstance(row, MessageRow)} == {None}


def test_requests_and_replies_are_paired(beating: Path) -> None:
    with CaptureReader(beating) as reader:
        table = filled(reader, Choice(1, show_control=False))
        quick = table.rows(0, 9, 100, rough=True)
        assert {row.answer for row in quick if isinstance(row, MessageRow)} == {None}
        assert table.rough
        rows = table.rows(0, 9, 100, rough=False)
        assert not table.rough
        assert table.rows(0, 9, 100, rough=True) == rows
        answers = [row.answer for row in rows if isinstance(row, MessageRow)]
        assert [answer and (answer.id, answer.number, answer.latency_ns) for answer in answers] == [
            (8, 2, 80 * MS),
            (1, 1, 80 * MS),
        ]


def test_heartbeats_are_one_row_that_opens(beating: Path) -> None:
    with CaptureReader(beating) as reader:
        table = filled(reader, Choice(1))
        rows = table.rows(0, 9, 9, rough=False)
        assert told(rows) == ["1", "folded 6", "2", "folded 2"]
        beats = rows[1]
        assert isinstance(beats, BeatsRow)
        assert (beats.key, beats.first.seq, beats.last.seq) == (beats_key(2), 2, 7)
        layout = table.layout
        table.unfold(frozenset({beats.key}))
        assert table.layout != layout
        assert table.size == 10
        opened = table.rows(0, 10, 9, rough=False)
        assert told(opened) == ["1", "open 6", "f2", "f3", "f4", "f5", "f6", "f7", "2", "folded 2"]
        assert told(table.rows(4, 3, 9, rough=False)) == ["f4", "f5", "f6"]
        assert [table.find(row.key) for row in opened] == [Found(place, exact=True) for place in range(10)]
        assert len({row.key for row in opened}) == 10
        table.advance(0.01)
        table.unfold(frozenset())
        assert told(table.rows(0, 9, 9, rough=False)) == ["1", "folded 6", "2", "folded 2"]
        # One that is folded away is told by the row that holds it.
        assert table.find(beats_key(2, 3)) == Found(1, exact=False)
        assert table.find(4) == Found(1, exact=False)
        assert table.find(0) is None


def test_what_is_unfolded_and_not_listed_any_more_harms_nobody(beating: Path) -> None:
    with CaptureReader(beating) as reader:
        table = filled(reader, Choice(1, fold=False))
        table.unfold(frozenset({beats_key(2), beats_key(0), beats_key(99)}))
        assert table.size == 10
        assert table.find(beats_key(2)) == Found(1, exact=False)
        assert table.find(beats_key(99)) == Found(9, exact=False)
        assert filled(reader, Choice(99)).find(5) is None


def test_of_very_many_heartbeats_some_are_counted_only(beating: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_table, "MOST_UNFOLDED", 3)
    with CaptureReader(beating) as reader:
        table = filled(reader, Choice(1))
        table.unfold(frozenset({beats_key(2)}))
        assert told(table.rows(0, 9, 9, rough=False)) == ["1", "open 6", "f2", "f3", "f4", "3 more", "2", "folded 2"]


def test_records_that_were_deleted_are_told_as_gone(beating: Path) -> None:
    with CaptureReader(beating) as reader:
        table = filled(reader, Choice(1))
        table.unfold(frozenset({beats_key(2)}))
        single = filled(reader, Choice(1, fold=False))
        with closing(sqlite3.connect(beating)) as connection, connection:
            connection.execute("DELETE FROM message")
            connection.execute("DELETE FROM frame WHERE id > 2")
        assert told(table.rows(0, 10, 9, rough=False)) == ["gone"] * 10
        assert told(single.rows(0, 10, 9, rough=False)) == ["gone", "f2", *["gone"] * 8]


def test_times_of_sessions_that_are_gone_count_from_the_record(beating: Path) -> None:
    with closing(sqlite3.connect(beating)) as connection, connection:
        connection.execute("UPDATE session SET opened = ?", (NOW - 5 * MS,))
    with CaptureReader(beating) as reader:
        row = filled(reader, Choice(None)).rows(0, 1, 0, rough=False)[0]
        assert isinstance(row, MessageRow)
        assert row.times.since_start == 15 * MS
