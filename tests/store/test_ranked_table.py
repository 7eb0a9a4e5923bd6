"""Entries are found by place and place by entry, sorted by id or by a key."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from wsinspect.store import ranked_table, ranks
from wsinspect.store.ranked_table import RankedTable


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    for module in (ranks, ranked_table):
        monkeypatch.setattr(module, "BLOCK", 4)
    opened = sqlite3.connect(":memory:", isolation_level=None)
    yield opened
    opened.close()


def put(connection: sqlite3.Connection, table: RankedTable, *rows: tuple[int, int | bytes]) -> None:
    connection.executemany(f"INSERT INTO {table.name}(id, kind, key) VALUES (?, 0, ?)", rows)


def put_ids(connection: sqlite3.Connection, table: RankedTable, *ids: int) -> None:
    connection.executemany(f"INSERT INTO {table.name}(id, kind) VALUES (?, 0)", [(row_id,) for row_id in ids])


def ids(table: RankedTable) -> list[int]:
    found = [row[0] for row in table.rows(0, 10_000)]
    assert [table.place_of(row_id) for row_id in found] == list(range(len(found)))
    assert [table.rows(place, 1)[0][0] for place in range(len(found))] == found
    return found


def test_sorted_by_id(connection: sqlite3.Connection) -> None:
    table = RankedTable(connection, keyed=False)
    assert (table.size, table.rows(0, 5), table.place_of(1), table.settle()) == (0, [], None, False)
    for first in range(10, 60, 10):
        put_ids(connection, table, *range(first, first + 3))
        table.took_newer(3)
    table.took_newer(0)
    assert ids(table) == [first + place for first in range(10, 60, 10) for place in range(3)]
    assert list(table.rows(14, 9)[0]) == [52, 0, None, None]
    assert table.rows(15, 1) == []


def test_late_ones_take_their_places(connection: sqlite3.Connection) -> None:
    table = RankedTable(connection, keyed=False)
    put_ids(connection, table, *range(10, 101, 10))
    table.took_newer(10)
    late = [5, 44, 45, 46, 47, 48, 49, 101]
    put_ids(connection, table, *late)
    table.took(late)
    put_ids(connection, table, 102)
    table.took_newer(1)
    assert ids(table) == sorted([*range(10, 101, 10), *late, 102])
    assert [table.place_of(row_id) for row_id in (4, 7, 43, 999)] == [None, 0, 4, 18]
    table.remove([5, 44, 102])
    assert ids(table) == sorted([*range(10, 101, 10), *late[2:]])
    table.drop()


def test_what_comes_out_of_order_is_counted_anew(connection: sqlite3.Connection) -> None:
    for keyed in (False, True):
        table = RankedTable(connection, keyed=keyed)
        table.settle()
        for batch in ([50, 60], [40, 70], [30, 20], [80]):
            if keyed:
                put(connection, table, *((row_id, 1) for row_id in batch))
            else:
                put_ids(connection, table, *batch)
            table.took_newer(len(batch))
        assert ids(table) == [20, 30, 40, 50, 60, 70, 80]


def test_sorted_by_a_key(connection: sqlite3.Connection) -> None:
    table = RankedTable(connection, keyed=True)
    rows = [(row_id, row_id * 7 % 5) for row_id in range(1, 300)]
    put(connection, table, *rows[:250])
    table.took_newer(250)
    table.took([3])
    table.change_key(1, 2, 9)
    table.remove([2])
    assert (table.size, table.place_of(1), table.settling) == (0, None, False)
    assert table.settle()
    assert table.settling
    while table.settle():
        pass
    assert not table.settling
    put(connection, table, *rows[250:])
    table.took_newer(49)
    wanted = [(key, row_id) for row_id, key in rows[2:]] + [(9, 1)]
    assert ids(table) == [row_id for _, row_id in sorted(wanted)]
    table.change_key(1, 9, -1)
    table.remove([299])
    assert ids(table)[0] == 1
    assert table.size == 297
    assert table.place_of(5000) is None


def test_keys_may_be_bytes_and_come_anywhere(connection: sqlite3.Connection) -> None:
    table = RankedTable(connection, keyed=True)
    table.settle()
    words = [b"", b"b", b"a", b"\xff", "é".encode(), b"b"]
    put(connection, table, *((9 - place, word) for place, word in enumerate(words)))
    table.took(range(4, 10))
    assert ids(table) == [9, 7, 4, 8, 5, 6]


def test_a_table_of_a_closed_connection_is_dropped_with_it() -> None:
    connection = sqlite3.connect(":memory:")
    table = RankedTable(connection, keyed=False)
    connection.close()
    table.drop()


def test_places_can_be_counted_from_the_end(connection: sqlite3.Connection) -> None:
    table = RankedTable(connection, keyed=False)
    put_ids(connection, table, 1, 2, 3)
    table.took_newer(3)
    assert [row[0] for row in table.window(0, 2, descending=True)] == [3, 2]
    assert [row[0] for row in table.window(1, 9, descending=False)] == [2, 3]
    assert table.window(-1, 2, descending=False) == table.window(3, 1, descending=True) == []
    assert [table.seat(row_id, descending=True) for row_id in (1, 3, 0)] == [2, 0, None]
