"""The pairs of a capture are found around what is shown, and for filters from the beginning."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.samples import HEADER, T0, session, wide_row
from wsinspect.model import Completeness
from wsinspect.query import Target, parse, to_sql
from wsinspect.store.columns import FRAME_COLUMNS, MESSAGE_COLUMNS
from wsinspect.store.pairs import Pair, Pairs, Strand
from wsinspect.store.reader import CaptureReader
from wsinspect.store.writer import CaptureWriter


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two sessions: 1 asks and is answered by turns, 3000 times; 2 has odd messages."""
    path = tmp_path / "a.wsi"
    with CaptureWriter(path) as writer:
        for number in (1, 2):
            writer.insert_session(session(number))
        for number in range(1, 6001):
            said = {"id": (number - 1) // 2, **({"method": "a"} if number % 2 else {"result": number})}
            payload = json.dumps(said).encode()
            time = T0 + 10_000 * number + number * (number % 2 == 0)
            writer.put_message((number, 1, number, number, 1 - number % 2, 1, time, HEADER, len(payload), payload), 100)
        payload = b'{"id": 1, "method": "a"}'
        rows: list[dict[str, int | bytes]] = [
            {"dir": 0, "payload": payload, "size": len(payload), "header": HEADER},
            {"dir": 1, "payload": b'{"id": 1, "result": 0}' + b" " * 70000, "size": 70022},
            {"dir": 1, "size": 0, "completeness": Completeness.ARRIVING.value},
            {"dir": 1, "size": 22, "chunks": 1},
        ]
        for number, odd in enumerate(rows, 1):
            place = {"id": 6000 + number, "session": 2, "number": number, "seq": number, "time": T0 + number}
            writer.insert_message(wide_row(MESSAGE_COLUMNS, opcode=1, **place, **odd), 100)
        writer.insert_chunk(6004, 1, 0, b'{"id": 1, "result": 1}')
        ping = {"id": 6005, "session": 2, "seq": 9, "dir": 0, "opcode": 9, "header": b"\x89\2", "size": 2, "time": T0}
        writer.insert_frame(wide_row(FRAME_COLUMNS, payload=b"hi", **ping), 100)  # type: ignore[arg-type]
    return path


@pytest.fixture
def reader(path: Path) -> Iterator[CaptureReader]:
    with CaptureReader(path) as opened:
        yield opened


def test_pairs_are_found_around_what_is_shown(reader: CaptureReader) -> None:
    assert reader.pairs([3001, 3002, 9, 6001, 99999]) == {
        9: Pair(10, 10, 10_010, answers=False),
        3001: Pair(3002, 3002, 13_002, answers=False),
        3002: Pair(3001, 3001, 13_002, answers=True),
        6001: Pair(6004, 4, 3, answers=False),
    }
    assert reader.pairs([]) == {}


def test_what_is_large_or_has_not_come_is_passed_over(reader: CaptureReader) -> None:
    assert reader.pairs([6001, 6002, 6003, 6004]) == {
        6001: Pair(6004, 4, 3, answers=False),
        6004: Pair(6001, 1, 3, answers=True),
    }


def test_scrolling_looks_at_each_message_about_once(reader: CaptureReader) -> None:
    looked: list[int] = []
    pairs = Pairs(reader.connection)
    reader.connection.set_trace_callback(lambda sql: looked.append(1) if "wsi_payload" in sql else None)

    def shown(first: int) -> int:
        looked.clear()
        found = pairs.of(range(first, first + 50))
        assert [(row_id, pair.other_id) for row_id, pair in found.items()] == [
            (row_id, row_id + 1 if row_id % 2 else row_id - 1) for row_id in range(first, first + 50)
        ]
        return len(looked)

    assert shown(3001) > 10
    assert max(shown(first) for first in range(3051, 3501, 50)) <= 2
    assert shown(2951) == 0
    assert shown(1001) > 10
    assert shown(5001) > 10
    reader.connection.set_trace_callback(None)


def test_few_strands_are_kept(tmp_path: Path) -> None:
    with CaptureWriter(tmp_path / "b.wsi") as writer:
        for number in range(1, 101):
            writer.insert_session(session(number))
            for row_id, said in ((2 * number - 1, b'{"ref": 1, "method": "a"}'), (2 * number, b'{"ref": 1, "ok": 1}')):
                place = 2 - row_id % 2
                row = (row_id, number, place, place, place - 1, 1, T0 + row_id, HEADER, len(said), said)
                writer.put_message(row, 100)
    with CaptureReader(tmp_path / "b.wsi") as opened:
        assert len(opened.pairs(range(1, 201))) == len(opened.pairs(range(1, 201))) == 200


def test_pairs_from_the_beginning_serve_what_is_shown(reader: CaptureReader) -> None:
    pairs = Pairs(reader.connection)
    assert [pairs.latency(1, number) for number in (4000, 3999, 2, 4002, 9000)] == [14_000, None, 10_002, 14_002, None]
    assert pairs.of([4000, 4001, 5001]) == {
        4000: Pair(3999, 3999, 14_000, answers=True),
        4001: Pair(4002, 4002, 14_002, answers=False),
        5001: Pair(5002, 5002, 15_002, answers=False),
    }


def test_a_pair_that_is_far_apart_is_sought_step_by_step(tmp_path: Path) -> None:
    path = tmp_path / "c.wsi"
    with CaptureWriter(path) as writer:
        writer.insert_session(session(1))
        for number in range(1, 4001):
            said = {1: b'{"id": 1, "method": "a"}', 4000: b'{"id": 1, "result": 1}', 7: b'{"id": 2, "method": "b"}'}
            payload = said.get(number, b'{"tick": 1}')
            row = (number, 1, number, number, int(number > 7), 1, T0 + number, HEADER, len(payload), payload)
            writer.put_message(row, 100)
    with CaptureReader(path) as opened:
        assert opened.pairs([1, 4000]) == {}
        assert opened.seek_pair(4000, 3000) == (None, True)
        assert opened.seek_pair(4000, 3000) == (Pair(1, 1, 3999, answers=True), False)
        assert opened.seek_pair(1, 3000) == (Pair(4000, 4000, 3999, answers=False), False)
        assert opened.seek_pair(7, 3000) == (None, False)
        assert opened.pairs([4000]) == {4000: Pair(1, 1, 3999, answers=True)}
    with CaptureReader(path) as opened:
        assert opened.seek_pair(2, 3000) == (None, False), "what neither asks nor answers is not looked for"
        assert opened.seek_pair(9999, 3000) == (None, False)


def test_a_pair_whose_other_is_gone_is_none(path: Path) -> None:
    with CaptureReader(path) as opened:
        assert 2 in opened.pairs([2])
        whole = Strand(opened.connection, 1, 0)
        whole.extend(2)
        assert (whole.request_of(2), whole.request_of(1), whole.reply_of(2)) == ((1, 10_002), None, None)
        other = sqlite3.connect(path)
        other.execute("DELETE FROM message WHERE id = 1")
        other.commit()
        other.close()
        assert opened.pairs([2]) == {}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("latency > 15999ns", [6000]),
        ("latency <= 10010ns", [2, 4, 6, 8, 10]),
        ("has(latency) and number < 5", [2, 4]),
        ("(frames == 9999 or latency > 15995ns) and number > 5990", [5996, 5998, 6000]),
    ],
)
def test_the_filter_field_works_in_captures(reader: CaptureReader, text: str, numbers: list[int]) -> None:
    chosen = to_sql(parse(text), Target.MESSAGE)
    assert [message.number for message in reader.messages(chosen, session=1)] == numbers
    assert [message.number for message in reader.messages(chosen, session=1, last=1)] == numbers[-1:]
