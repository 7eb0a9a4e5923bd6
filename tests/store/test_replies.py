"""Replies are counted as they are paired, session by session, and come back to where a session goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.cli.recording import CHAT, NOW
from tests.peers.waiting import until
from wsinspect.errors import StoreError
from wsinspect.model import Direction, SessionId, SessionState
from wsinspect.store import replies
from wsinspect.store.columns import Row
from wsinspect.store.reader import CaptureReader
from wsinspect.store.replies import Reply, ReplyCount
from wsinspect.store.writer import CaptureWriter

MS = 1_000_000
C2S, S2C = Direction


def exchange(first_id: int, session: int, count: int, *, after: int = 0) -> list[Row]:
    """Make requests and their replies; the n-th one takes n milliseconds."""
    rows: list[Row] = []
    for place in range(count):
        number, asked = after + 2 * place + 1, NOW + (after + place) * 1000 * MS
        request = b'{"id":%d,"method":"get"}' % number
        reply = b'{"id":%d,"result":true}' % number
        for step, (direction, payload) in enumerate(((0, request), (1, reply))):
            row_id, moment = first_id + 2 * place + step, asked + step * (place + 1) * MS
            header = bytes([0x81, len(payload)])
            rows.append(
                (row_id, session, number + step, number + step, direction, 1, moment, header, len(payload), payload)
            )
    return rows


def write(path: Path, *rows: Row, state: SessionState = SessionState.CLOSED, append: bool = False) -> Path:
    with CaptureWriter(path, append=append) as writer:
        if not append:
            for number in sorted({row[1] for row in rows if isinstance(row[1], int)}):
                closed = NOW if state is SessionState.CLOSED else None
                writer.insert_session(replace(CHAT, id=SessionId(number), state=state, closed=closed))
        for row in rows:
            writer.put_message(row, 300)
    return path


def _written(path: Path, table: str) -> int:
    with CaptureReader(path) as reader:
        count: int = reader.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return count


def _has(path: Path, messages: int) -> bool:
    return _written(path, "message") == messages


def counted(path: Path, session: int | None = None) -> ReplyCount:
    count = ReplyCount(session)
    with CaptureReader(path) as reader:
        while count.advance(reader, 0.001):
            pass
    return count


def test_replies_of_all_sessions_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "x.wsi", *exchange(1, 1, 100), *exchange(201, 2, 30))
    count = counted(path)
    figures = count.figures
    assert (figures.count, figures.latencies[S2C].count, figures.latencies[C2S].count) == (130, 130, 0)
    assert figures.latencies[S2C].total == (sum(range(101)) + sum(range(31))) * MS
    assert figures.slowest[:2] == [Reply(100 * MS, 1, 200, 199, S2C), Reply(99 * MS, 1, 198, 197, S2C)]
    assert len(figures.slowest) == replies.SLOWEST
    assert count.looked_at == 260
    assert counted(path, 2).figures.count == 30
    assert counted(path, 9).figures.count == 0


@pytest.mark.parametrize("remembered", [32, 0])
async def test_a_session_that_goes_on_is_come_back_to(
    tmp_path: Path, remembered: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "_MOST_MATCHERS", max(remembered, 1))
    path = tmp_path / "x.wsi"
    rows = exchange(1, 1, 100)
    count = ReplyCount()
    # The reply to the last request comes later.
    with CaptureWriter(path) as writer:
        for number in (1, 2):
            writer.insert_session(replace(CHAT, id=SessionId(number), state=SessionState.OPEN, closed=None))
        await until(lambda: (path.exists() and _written(path, "session") == 2) or None, "the sessions")
        with CaptureReader(path) as reader:
            assert not count.advance(reader, 5)
            for start, end in ((0, 151), (151, 151), (151, 200)):
                for row in rows[start:end]:
                    writer.put_message(row, 300)
                await until(partial(_has, path, end), "the messages")
                if not remembered:
                    count._matchers.clear()
                while count.advance(reader):
                    pass
                assert count.figures.count == end // 2
    assert count.looked_at == 200
    assert count.figures.latencies[S2C].total == sum(range(101)) * MS


def test_a_damaged_capture_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "x.wsi", *exchange(1, 1, 3))
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE message SET dir = 7 WHERE id = 2")
    with CaptureReader(path) as reader, pytest.raises(StoreError, match="damaged"):
        ReplyCount().advance(reader, 5)
