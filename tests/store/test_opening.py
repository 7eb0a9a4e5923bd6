"""A capture is made, or taken up where its last run left it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.store.samples import T0, hot_row, session, wide_row
from wsinspect.errors import StoreError
from wsinspect.model import Completeness, SessionState, Verdict
from wsinspect.store.columns import FRAME_COLUMNS, MESSAGE_COLUMNS
from wsinspect.store.opening import STOPPED, open_capture
from wsinspect.store.reader import CaptureReader
from wsinspect.store.writer import CaptureWriter


def leave(path: Path) -> None:
    """Begin a run and end it as a killed engine does: nothing is said about it."""
    opened = open_capture(path, append=path.exists(), durable=False, version="", wall=lambda: 1)
    opened.connection.close()
    opened.lock.release()


def test_a_new_capture_is_tuned_for_its_use(tmp_path: Path) -> None:
    opened = open_capture(tmp_path / "a.wsi", append=False, durable=True, version="1", wall=lambda: 5)
    try:
        pragmas = {
            name: opened.connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "auto_vacuum", "page_size", "wal_autocheckpoint")
        }
        run = opened.connection.execute("SELECT started, version, pid, clean FROM run").fetchall()
    finally:
        opened.connection.close()
        opened.lock.release()
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "auto_vacuum": 2,
        "page_size": 16384,
        "wal_autocheckpoint": 0,
    }
    assert run == [(5, "1", os.getpid(), 0)]
    assert (opened.run, opened.last_id, opened.last_session, opened.last_change) == (1, 0, 0, 0)


def test_what_was_left_open_is_marked_and_told_alike_before_and_after(tmp_path: Path) -> None:
    path = tmp_path / "a.wsi"
    with CaptureWriter(path) as writer:
        writer.insert_session(session(1))
        writer.insert_session(session(2, status=None))
        writer.insert_session(session(3, state=SessionState.REFUSED, status=403))
        writer.insert_session(session(4, error="odd"))
        writer.put_message(hot_row(9, session=1), 100)
        arriving = Completeness.ARRIVING.value
        values = {"session": 1, "seq": 10, "dir": 0, "time": T0 + 50, "completeness": arriving}
        row = wide_row(MESSAGE_COLUMNS, id=10, number=10, opcode=1, size=0, wire_size=0, **values)
        writer.insert_message(row, 100)
        writer.insert_frame(wide_row(FRAME_COLUMNS, id=10, message=10, header=b"\1\0", size=0, **values), 100)
        values["completeness"] = Completeness.WAITING.value
        held = wide_row(MESSAGE_COLUMNS, id=11, number=11, opcode=1, size=0, header=b"\x81\0", payload=b"", **values)
        writer.insert_message(held, 100)
        writer.insert_frame(
            wide_row(FRAME_COLUMNS, id=12, opcode=8, header=b"\x88\0", size=0, payload=b"", **values), 100
        )
    with CaptureReader(path) as reader:
        before = list(reader.sessions()), list(reader.messages()), list(reader.frames())
    leave(path)
    with CaptureReader(path) as reader:
        after = list(reader.sessions()), list(reader.messages()), list(reader.frames())
    assert before == after
    sessions, messages, frames = after
    assert [found.state for found in sessions] == [
        SessionState.CLOSED,
        SessionState.FAILED,
        SessionState.REFUSED,
        SessionState.CLOSED,
    ]
    assert [found.error for found in sessions] == [STOPPED, STOPPED, None, "odd"]
    assert [found.closed for found in sessions] == [T0 + 50, T0, None, T0]
    decided = [(message.completeness, message.verdict) for message in messages]
    never_sent = (Completeness.COMPLETE, Verdict.NOT_SENT)
    assert decided[-2:] == [(Completeness.CUT_OFF, Verdict.FORWARDED), never_sent]
    assert [(frame.completeness, frame.verdict) for frame in frames][-3:] == [*decided[-2:], never_sent]


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        open_capture(tmp_path / "missing" / "a.wsi", append=False, durable=False, version="", wall=lambda: 0)


def test_a_failure_lets_go_of_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.wsi"

    def broken() -> int:
        raise RuntimeError("no time")

    with pytest.raises(RuntimeError):
        open_capture(path, append=False, durable=False, version="", wall=broken)
    leave(path)
