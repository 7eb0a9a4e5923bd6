"""Stretches cover a capture, each thing once, in steps that are never large."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from tests.store.growing import Growing, new_frame, new_message, new_session
from wsinspect.store.reader import CaptureReader
from wsinspect.store.stretches import OneSession, Reach, Stretches, WholeCapture


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[Growing]:
    with closing(Growing(tmp_path / "a.wsi")) as capture:
        capture.commit(new_session(1), new_session(2))
        yield capture


@pytest.fixture
def reader(growing: Growing) -> Iterator[CaptureReader]:
    with CaptureReader(growing.path) as opened:
        yield opened


def cover(stretches: Stretches, rows: int) -> list[Reach]:
    reaches = [stretches.begin()]
    while (end := stretches.next(reaches[-1], rows)) != reaches[-1]:
        reaches.append(end)
        assert len(reaches) < 1000
    assert stretches.done(reaches[-1]) == 1.0
    return reaches


def taken(reader: CaptureReader, stretches: Stretches, reaches: list[Reach]) -> list[tuple[list[int], list[int]]]:
    found = []
    for low, high in pairwise(reaches):
        pair = []
        for table, where, bounds in (
            ("message AS m", stretches.messages, (low.messages, high.messages)),
            ("frame AS f", stretches.frames, (low.frames, high.frames)),
        ):
            select = f"SELECT id FROM {table} WHERE {where} ORDER BY id"
            pair.append([row_id for (row_id,) in reader.connection.execute(select, (*stretches.scope, *bounds))])
        found.append((pair[0], pair[1]))
    return found


def test_an_empty_capture_is_done(reader: CaptureReader) -> None:
    for stretches in (WholeCapture(reader.connection), OneSession(reader.connection, 1)):
        assert len(cover(stretches, 5)) == 1


def test_all_ids_are_gone_through(growing: Growing, reader: CaptureReader) -> None:
    growing.commit(*(new_message(number, 1, number, number) for number in range(100, 110)), new_frame(200, 1, 11, 9))
    stretches = WholeCapture(reader.connection)
    reaches = cover(stretches, 4)
    assert [reach.messages for reach in reaches] == [99, 103, 107, 111, 200]
    assert [len(messages) + len(frames) for messages, frames in taken(reader, stretches, reaches)] == [4, 4, 2, 1]
    assert stretches.done(reaches[0]) == 0.0
    growing.commit(new_message(201, 2, 1, 1))
    assert stretches.next(reaches[-1], 9) == Reach(201, 201)


def test_a_session_is_gone_through_by_its_numbers(growing: Growing, reader: CaptureReader) -> None:
    rows = []
    for number in range(1, 11):
        rows += [new_message(number * 10, 1, number, number * 3), new_frame(number * 10 + 2, 1, number * 3 + 2, 9)]
        rows.append(new_message(number * 10 + 5, 2, number, number))
    growing.commit(*rows)
    stretches = OneSession(reader.connection, 1)
    reaches = cover(stretches, 4)
    assert reaches == [Reach(0, 0), Reach(4, 12), Reach(8, 24), Reach(10, 32)]
    assert taken(reader, stretches, reaches) == [
        ([10, 20, 30, 40], [12, 22, 32]),
        ([50, 60, 70, 80], [42, 52, 62, 72]),
        ([90, 100], [82, 92, 102]),
    ]
    assert [stretches.done(reach) for reach in reaches] == [0.0, 0.4, 0.8, 1.0]


def test_many_frames_make_stretches_of_their_own(growing: Growing, reader: CaptureReader) -> None:
    alone = (40, 41, 95)
    rows = [new_frame(seq, 1, seq, 9) for seq in range(1, 101) if seq not in alone]
    growing.commit(*rows, *(new_message(seq, 1, place, seq) for place, seq in enumerate(alone, 7)))
    stretches = OneSession(reader.connection, 1)
    for rows_at_once in (1, 7, 30):
        reaches = cover(stretches, rows_at_once)
        found = taken(reader, stretches, reaches)
        assert all(len(frames) <= rows_at_once + 1 for _, frames in found)
        assert [row_id for messages, _ in found for row_id in messages] == [40, 41, 95]
        assert [row_id for _, frames in found for row_id in frames] == [
            seq for seq in range(1, 101) if seq not in alone
        ]
        ends = [(min(messages + frames), max(messages + frames)) for messages, frames in found]
        assert all(before[1] < after[0] for before, after in pairwise(ends))


def test_absurd_numbers_end_too(growing: Growing, reader: CaptureReader) -> None:
    top = (1 << 63) - 1
    growing.commit(new_message(1, 1, 5, 5), new_message(top, 1, top, top), new_frame(top - 1, 1, 1 << 50, 9))
    for stretches in (WholeCapture(reader.connection), OneSession(reader.connection, 1)):
        assert sum(len(messages) for messages, _ in taken(reader, stretches, cover(stretches, 2))) == 2
