"""The log does not grow without bound, and nothing of it is lost."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from tests.store.samples import hot_row, session
from wsinspect.store.checkpoint import WAIT_BYTES
from wsinspect.store.reader import CaptureReader
from wsinspect.store.schema import wal_path
from wsinspect.store.writer import CaptureWriter

DEADLINE_S = 30


def test_the_log_is_used_again_while_much_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.wsi"
    written = threading.Semaphore(0)
    payload = bytes(1 << 20)
    with CaptureWriter(path, on_progress=written.release) as writer:
        writer.insert_session(session())
        for row_id in range(1, 129):
            writer.put_message(hot_row(row_id, payload=payload), len(payload))
            if row_id % 8 == 0:
                deadline = time.monotonic() + DEADLINE_S
                while writer.backlog:
                    assert written.acquire(timeout=deadline - time.monotonic())
        log_bytes = wal_path(path).stat().st_size
        file_bytes = path.stat().st_size
    assert log_bytes < WAIT_BYTES + (32 << 20)
    assert file_bytes > 32 << 20
    with CaptureReader(path) as reader:
        assert sum(message.size for message in reader.messages(payload_limit=0)) == 128 << 20


def test_a_reader_that_looks_on_only_puts_a_checkpoint_off(tmp_path: Path) -> None:
    path = tmp_path / "a.wsi"
    payload = bytes(1 << 20)
    with CaptureWriter(path) as writer:
        writer.insert_session(session())
        with CaptureReader(path) as reader:
            reader._connection.execute("BEGIN")
            reader._connection.execute("SELECT count(*) FROM session").fetchone()
            for row_id in range(1, 31):
                writer.put_message(hot_row(row_id, payload=payload), len(payload))
            deadline = time.monotonic() + DEADLINE_S
            while writer.backlog:
                assert time.monotonic() < deadline
                writer._backlog._wake.put(None)
            reader._connection.execute("ROLLBACK")
    with CaptureReader(path) as reader:
        assert len(list(reader.messages(payload_limit=0))) == 30
