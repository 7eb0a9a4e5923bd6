"""Rows for the reference pages."""

from __future__ import annotations

from wsinspect.query.fields import Kind
from wsinspect.query.nodes import Operator
from wsinspect.query.parser import parse
from wsinspect.query.reference import field_rows, operator_rows, unit_rows
from wsinspect.query.table import find
from wsinspect.query.target import Target


def test_every_field_is_listed_once_by_its_shortest_name() -> None:
    names = [row.name for row in field_rows()]
    assert len(names) == len(set(names))
    assert {"host", "session.tags", "tags", "json.$.a.b[0]", "fields.x"} <= set(names)
    assert "session.host" not in names
    assert all(find(name) for name in names)


def test_a_field_says_what_it_takes() -> None:
    rows = {row.name: row for row in field_rows()}
    assert rows["dir"].words == ("c2s", "s2c")
    assert rows["type"].words == ("text", "binary")
    assert rows["size"].operators == ("==", "!=", "<", "<=", ">", ">=", "in")
    assert rows["size"].targets == (Target.MESSAGE, Target.FRAME)
    assert rows["close"].operators == ()
    assert rows["size"].kind == Kind.SIZE.value
    assert all(row.meaning for row in rows.values())


def test_examples_parse_and_cover_every_operator() -> None:
    for row in operator_rows():
        parse(row.example, Target.MESSAGE)
    forms = " ".join(row.form for row in operator_rows())
    assert all(f" {operator} " in forms for operator in Operator)


def test_units_parse() -> None:
    for row in unit_rows():
        parse(f"{'gap' if row.of_time else 'size'} > 1{row.name}")
    assert {row.name: row.factor for row in unit_rows()}["ms"] == 10**6
