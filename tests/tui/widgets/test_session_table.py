"""The rows of sessions: in order, with what is shown beside them, and told where a record is gone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.recording import CHAT, NOW, hot_row, write_capture
from tests.peers.waiting import until
from wsinspect.model import Carriage, PerDirection, Session, SessionId, SessionState
from wsinspect.query import Target, parse
from wsinspect.store.reader import CaptureReader
from wsinspect.store.session_listing import SessionChoice, SessionOrder
from wsinspect.store.writer import CaptureWriter
from wsinspect.tui.widgets import session_table
from wsinspect.tui.widgets.feed import Found
from wsinspect.tui.widgets.session_table import SessionTable

NEWEST_FIRST = SessionChoice(descending=True)


def filled(reader: CaptureReader, choice: SessionChoice) -> SessionTable:
    table = SessionTable(reader, choice)
    while table.advance(0.01):
        pass
    return table


def test_sessions_in_order(tmp_path: Path) -> None:
    with CaptureReader(write_capture(tmp_path / "x.wsi")) as reader:
        table = filled(reader, NEWEST_FIRST)
        assert (table.size, table.scanned, table.total) == (2, 1.0, None)
        rough = table.rows(0, 10, 100, rough=True)
        assert table.rough
        rows = table.rows(0, 10, 100, rough=False)
        assert not table.rough
        assert [(row.key, row.session and row.session.state) for row in rows] == [
            (2, SessionState.REFUSED),
            (1, SessionState.CLOSED),
        ]
        assert [row.activity for row in rough] == [(), ()]
        assert rows[0].activity == ()
        assert len(rows[1].activity) == 8
        assert [table.find(number) for number in (1, 2)] == [Found(1, exact=True), Found(0, exact=True)]
        table.unfold(frozenset({1}))
        table.close()


def test_only_those_that_match(tmp_path: Path) -> None:
    with CaptureReader(write_capture(tmp_path / "x.wsi")) as reader:
        table = filled(reader, SessionChoice(parse("host == chat.test", Target.SESSION), order=SessionOrder.HOST))
        assert [row.key for row in table.rows(0, 10, 100, rough=False)] == [1]
        assert table.find(2) is None
        assert table.total == 2


async def test_new_sessions_and_the_last_message_of_open_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def activity(reader: CaptureReader, number: int, buckets: int) -> list[float]:
        made.append(number)
        return [1.0] * buckets

    monkeypatch.setattr(session_table, "activity", activity)
    path = tmp_path / "x.wsi"
    with CaptureWriter(path) as writer:
        writer.insert_session(opened(3, messages=1))
        writer.put_message(hot_row(20, 1, 1, b"hello", session=3, direction=1), 300)
        await until(lambda: writer.backlog == 0 or None, "the records")
        with CaptureReader(path) as reader:
            table = filled(reader, NEWEST_FIRST)
            first = table.rows(0, 1, 3, rough=False)[0]
            assert first.last is not None
            assert first.last.payload == b"hel"
            layout = table.layout
            writer.insert_session(opened(4))
            writer.update_session(3, messages_s2c=2)
            await until(lambda: writer.backlog == 0 or None, "what is new")
            table.advance(0.01)
            assert table.layout != layout
            rows = table.rows(0, 9, 0, rough=False)
            assert [(row.key, row.session and row.session.messages.s2c) for row in rows] == [(4, 0), (3, 2)]
            assert not table.rough
            # Not again within two seconds.
            assert made == [3]


def test_one_that_was_deleted_is_told_as_gone(tmp_path: Path) -> None:
    path = write_capture(tmp_path / "x.wsi")
    with CaptureReader(path) as reader:
        table = filled(reader, SessionChoice())
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("DELETE FROM session WHERE id = 1")
        assert [(row.key, row.session is None) for row in table.rows(0, 2, 0, rough=False)] == [(1, True), (2, False)]


def opened(number: int, messages: int = 0) -> Session:
    counted = PerDirection(0, messages)
    return Session(SessionId(number), Carriage.DIRECT, SessionState.OPEN, CHAT.url, NOW, messages=counted)
