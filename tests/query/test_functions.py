"""The functions that conditions call."""

from __future__ import annotations

import sqlite3

import pytest

from wsinspect.query.functions import register_functions, sql_functions


@pytest.mark.parametrize(
    ("name", "arguments", "result"),
    [
        ("wsi_regex", (b"^a", 0, b"ab"), 1),
        ("wsi_regex", (b"^a", 0, "ba"), 0),
        ("wsi_regex", (b"^..$", 1, "é".encode()), 1),
        ("wsi_regex", (b"a", 0, None), 0),
        ("wsi_icontains", (b"A.", 0, b"xa."), 1),
        ("wsi_icontains", (b"\xff", 1, b"\xff"), 1),
        ("wsi_icontains", (b"a", 0, None), 0),
        ("wsi_json", ("json.$.a == 1", b'{"a": 1}'), 1),
        ("wsi_json", ("has(json.$.b)", '{"a": 1}'), 0),
        ("wsi_json", ("fields.a in (1, 2)", '{"a": 1}'), 1),
        ("wsi_json", ("json.$.a == 1", None), 0),
        ("wsi_json", ("json.$.a ==", b"{}"), 0),
        ("wsi_json", ("size == 1", b"{}"), 0),
        ("wsi_json", ("word", b"{}"), 0),
        ("wsi_utf8", ("é".encode(),), 1),
        ("wsi_utf8", (b"\xff",), 0),
        ("wsi_utf8", (None,), 0),
    ],
)
def test_function(name: str, arguments: tuple[object, ...], result: int) -> None:
    assert sql_functions()[name](*arguments) == result
    connection = sqlite3.connect(":memory:")
    register_functions(connection)
    (found,) = connection.execute(f"SELECT {name}({', '.join('?' * len(arguments))})", arguments).fetchone()
    connection.close()
    assert found == result


def test_index_counts_within_session_and_direction_in_any_order() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE message(session, number, dir)")
    rows = [(1, 1, 0), (1, 2, 1), (1, 3, 0), (2, 1, 0), (1, 5, 0), (1, 6, 1)]
    connection.executemany("INSERT INTO message VALUES (?, ?, ?)", rows)
    register_functions(connection)
    sql = "SELECT wsi_index(session, dir, number) FROM message ORDER BY rowid"
    forwards = [index for (index,) in connection.execute(sql)]
    backwards = [index for (index,) in connection.execute(f"{sql} DESC")]
    again = [index for (index,) in connection.execute(sql)]
    connection.close()
    assert forwards == again == [1, 1, 2, 1, 3, 2]
    assert backwards == forwards[::-1]
