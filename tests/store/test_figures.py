"""The figures that SQL counts are those that one gets by going through the records, live or not, in any steps."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.recording import CHAT, HOSTILE, NOW, write_capture
from wsinspect.errors import StoreError
from wsinspect.model import Completeness, Direction, Frame, Message, SessionId
from wsinspect.present.statistics import Statistics
from wsinspect.query import Target, parse, to_sql
from wsinspect.store import figures
from wsinspect.store.columns import Row
from wsinspect.store.figures import Figures, Gathering, Turnaround
from wsinspect.store.reader import CaptureReader
from wsinspect.store.rows import frame_row, message_row
from wsinspect.store.writer import CaptureWriter

C2S, S2C = Direction
MS = 1_000_000


def busy_rows(count: int, sessions: int = 3) -> list[tuple[Row, int]]:
    """Make messages of several sessions at random, and the number of each in its session."""
    chance = random.Random(7)
    numbers = dict.fromkeys(range(1, sessions + 1), 0)
    moment = NOW
    rows: list[tuple[Row, int]] = []
    for row_id in range(1, count + 1):
        session = chance.choice(list(numbers))
        numbers[session] += 1
        moment += chance.randrange(50 * MS)
        direction, payload = chance.randrange(2), b"x" * chance.choice([0, 3, 40, 120])
        header = bytes([0x81, len(payload)])
        number = numbers[session]
        opcode = chance.choice([1, 1, 2])
        rows.append(((row_id, session, number, number, direction, opcode, moment, header, len(payload), payload), 300))
    return rows


def write_busy(path: Path, rows: list[tuple[Row, int]], sessions: int = 3) -> Path:
    with CaptureWriter(path) as writer:
        for number in range(1, sessions + 1):
            writer.insert_session(replace(CHAT, id=SessionId(number)))
        for row in rows:
            writer.put_message(*row)
    return path


def gathered(path: Path, session: int | None = None) -> Figures:
    gathering = Gathering(session)
    with CaptureReader(path) as reader:
        while gathering.advance(reader, 0.0):
            assert 0 <= gathering.done <= 1
    assert gathering.done == 1
    return gathering.figures


@pytest.mark.parametrize("session", [None, 2])
def test_they_are_what_the_records_say(tmp_path: Path, session: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "_FIRST_ROWS", 16)
    path = write_busy(tmp_path / "x.wsi", busy_rows(500))
    found = gathered(path, session)
    statistics = Statistics()
    with CaptureReader(path) as reader:
        for message in reader.messages(session=session):
            statistics.add_message(message)
    whole = statistics.whole
    assert (found.messages, found.bytes) == (whole.messages, whole.bytes)
    for kind, tally in statistics.kinds.items():
        amount = found.kinds[kind.direction, kind.opcode]
        assert (amount.count, amount.bytes) == (tally.messages, tally.bytes)
    assert sum(spread.count for spread in found.sizes) == whole.messages
    assert sum(spread.total for spread in found.sizes) == whole.bytes
    assert sum(spread.count for spread in found.turnarounds) == whole.turnarounds.count
    assert sum(spread.total for spread in found.turnarounds) / 1e9 == pytest.approx(whole.turnarounds.total)
    assert max(spread.most or 0 for spread in found.turnarounds) / 1e9 == pytest.approx(whole.turnarounds.most)
    assert sum(one.messages + other.messages for one, other in found.rates.steps.values()) == whole.messages


def test_the_slowest_answers_are_told_by_their_messages(tmp_path: Path) -> None:
    path = write_busy(tmp_path / "x.wsi", busy_rows(500))
    slowest = gathered(path).slowest
    expected: list[Turnaround] = []
    last: dict[int, Message] = {}
    with CaptureReader(path) as reader:
        for message in reader.messages():
            before = last.get(message.session)
            if before is not None and before.direction is C2S and message.direction is S2C:
                expected.append(Turnaround(message.time - before.time, message.session, message.number))
            last[message.session] = message
    assert slowest == sorted(expected, reverse=True)[: figures.SLOWEST]


def test_one_of_everything_is_counted(tmp_path: Path) -> None:
    found = gathered(write_capture(tmp_path / "x.wsi"))
    counted = {(direction.label, opcode): amount.count for (direction, opcode), amount in found.kinds.items()}
    assert counted == {
        ("c2s", 1): 3, ("s2c", 1): 1, ("s2c", 2): 1, ("s2c", 9): 1, ("c2s", 10): 1, ("c2s", 8): 1,
    }  # fmt: skip
    assert found.messages == 5
    assert (found.pings.count, found.pings.total) == (1, 15 * MS)
    only = gathered(tmp_path / "x.wsi", 1)
    assert (only.messages, only.pings.count) == (5, 1)
    assert gathered(tmp_path / "x.wsi", 2).messages == 0
    with CaptureReader(tmp_path / "x.wsi") as reader:
        frames = reader.frames(to_sql(parse("opcode in (ping, pong, close)", Target.FRAME), Target.FRAME))
        assert sum(1 for _ in frames) == 3


def test_an_empty_capture_has_no_figures(tmp_path: Path) -> None:
    with CaptureWriter(tmp_path / "x.wsi"):
        pass
    found = gathered(tmp_path / "x.wsi")
    assert (found.messages, found.rates.columns(10), found.slowest) == (0, [], [])


def test_what_is_new_is_added(tmp_path: Path) -> None:
    rows = busy_rows(400)
    path = tmp_path / "x.wsi"
    gathering = Gathering()
    for end in (150, 151, 400):
        with CaptureWriter(path, append=end > 150) as writer:
            for row in rows[gathering.figures.messages : end]:
                writer.put_message(*row)
        with CaptureReader(path) as reader:
            while gathering.advance(reader):
                pass
        assert gathering.figures.messages == end
    whole = gathered(path)
    assert gathering.figures.turnarounds == whole.turnarounds
    assert gathering.figures.sizes == whole.sizes
    assert gathering.figures.slowest == whole.slowest
    assert not gathering.stale


@pytest.mark.parametrize("session", [None, 1])
@pytest.mark.parametrize("what", ["revised", "late"])
def test_what_is_revised_or_comes_late_makes_them_stale(tmp_path: Path, what: str, session: int | None) -> None:
    path = tmp_path / "x.wsi"
    row = busy_rows(1)[0][0]
    message = Message(2, SessionId(1), 2, NOW, NOW, C2S, 1, (2,), 4, 10, b"late", completeness=Completeness.ARRIVING)
    late = message_row(message, 2, header=b"\x81\x04", payload=b"late")
    gathering = Gathering(session)
    with CaptureWriter(path) as writer:
        writer.put_message((1, 1, 1, *row[3:]), 300)
        if what == "revised":
            writer.insert_message(late, 300)
        writer.put_message((3, 1, 3, *row[3:]), 300)
    with CaptureReader(path) as reader:
        assert not gathering.advance(reader)
        assert not gathering.stale
    with CaptureWriter(path, append=True) as writer:
        if what == "revised":
            writer.update_message(2, size=400, completeness=None)
        else:
            writer.insert_message(late, 300)
        writer.put_message((4, 1, 4, *row[3:]), 300)
    with CaptureReader(path) as reader:
        assert not gathering.advance(reader)
    assert gathering.stale
    assert gathering.figures.messages == (4 if what == "revised" else 3)


def test_what_is_remembered_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "_MOST_REMEMBERED", 3)
    path = tmp_path / "x.wsi"
    header = bytes([0x89, 1])
    with CaptureWriter(path) as writer:
        for number in range(1, 11):
            writer.put_message((number, number, 1, 1, 0, 1, NOW, b"\x81\x01", 1, b"x"), 300)
        for number in range(11, 21):
            ping = Frame(CHAT.id, number, NOW, S2C, header, 1, bytes([number]))
            writer.insert_frame(frame_row(ping, number), 300)
        for number in range(21, 31):
            pong = Frame(CHAT.id, number, NOW + MS, C2S, bytes([0x8A, 1]), 1, bytes([number - 10]))
            writer.insert_frame(frame_row(pong, number), 300)
    gathering = Gathering()
    with CaptureReader(path) as reader:
        while gathering.advance(reader):
            pass
    assert gathering.figures.pings.count == 3
    assert len(gathering._last) == 3


@pytest.mark.parametrize(("column", "value"), [("dir", 7), ("time", HOSTILE), ("session", None), ("opcode", HOSTILE)])
def test_a_damaged_capture_is_told(tmp_path: Path, column: str, value: object) -> None:
    path = write_busy(tmp_path / "x.wsi", busy_rows(20))
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"UPDATE message SET {column} = ? WHERE id = 7", (value,))
    with CaptureReader(path) as reader, pytest.raises(StoreError, match="damaged"):
        Gathering().advance(reader)
