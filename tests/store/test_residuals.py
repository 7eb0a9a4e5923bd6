"""What SQL cannot judge is judged of no more than what it looks at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.growing import Growing, new_frame, new_message, new_session
from wsinspect.query import Target, parse
from wsinspect.store import residuals
from wsinspect.store.reader import CaptureReader
from wsinspect.store.residuals import accepted_frames, accepted_messages, accepted_sessions


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CaptureReader]:
    """Session 1 with the messages 1 to 9 of as many bytes, session 2 with 11 to 13, and pings from 21 on."""
    monkeypatch.setattr(residuals, "_ROWS_AT_ONCE", 2)
    monkeypatch.setattr(residuals, "_BYTES_AT_ONCE", 10)
    with closing(Growing(tmp_path / "a.wsi")) as capture:
        capture.commit(new_session(1, host="a.test"), new_session(2, host="b.test"))
        capture.commit(*(new_message(number, 1, number, number, b"x" * number) for number in range(1, 10)))
        capture.commit(*(new_message(10 + number, 2, number, number, b"needle") for number in range(1, 4)))
        capture.commit(*(new_frame(20 + number, 1, 20 + number, 9, b"p%d" % number) for number in range(1, 5)))
        with CaptureReader(capture.path) as opened:
            yield opened


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("frames == 7", [7]),
        ("xxxxxxxx", [8, 9]),
        ("needle or frames == 2", [2, 11, 12, 13]),
        ("host == b.test", [11, 12, 13]),
        ("not host == b.test", list(range(1, 10))),
        ("index == 2", [3, 4, 13]),
        ("size > 8 or gap > 1000s", [9]),
    ],
)
def test_messages(reader: CaptureReader, text: str, ids: list[int]) -> None:
    everything = [*range(1, 10), 11, 12, 13, 99]
    assert accepted_messages(reader, parse(text), everything) == ids
    assert accepted_messages(reader, parse(text), []) == []


def test_frames_and_sessions(reader: CaptureReader) -> None:
    assert accepted_frames(reader, parse("bytes == p3 or seq == 21"), [21, 22, 23, 24]) == [21, 23]
    assert accepted_frames(reader, parse("session.host == b.test"), [21, 22]) == []
    assert accepted_sessions(reader, parse("host == b.test", Target.SESSION), [1, 2, 3]) == [2]


def test_payloads_are_read_a_few_at_a_time_and_only_for_filters_that_look_at_them(reader: CaptureReader) -> None:
    read: list[str] = []
    reader.connection.set_trace_callback(lambda sql: read.append(sql) if "m.id IN (" in sql else None)
    accepted_messages(reader, parse("needle or frames == 2"), [1, 2, 3, 8, 9])
    assert [sql.rsplit("IN ", 1)[1] for sql in read] == ["(1, 2)", "(3)", "(8)", "(9)"]
    read.clear()
    accepted_messages(reader, parse("frames == 2"), [1, 2, 9])
    assert all("x''" in sql for sql in read)
    assert len(read) == 2
    read.clear()
    accepted_messages(reader, parse("session.host == a.test"), list(range(1, 10)))
    assert len(read) == 1
    reader.connection.set_trace_callback(None)
