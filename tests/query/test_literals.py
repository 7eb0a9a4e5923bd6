"""Values of an expression, and errors about values a field cannot have."""

from __future__ import annotations

from decimal import Decimal

import pytest

from wsinspect.errors import FilterError
from wsinspect.query.nodes import Boolean, Comparison, Null, Number, Text, Value
from wsinspect.query.parser import parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("size > 4k", Number(Decimal(4), "k")),
        ("size > -1.5", Number(Decimal("-1.5"))),
        ("size > 0x10", Number(Decimal(16))),
        ("gap > 200ms", Number(Decimal(200), "ms")),
        ("held_ms > 2s", Number(Decimal(2), "s")),
        ("time > 1700000000.5", Number(Decimal("1700000000.5"))),
        ("time > 2026-01-31T12:00:00+01:00", Text("2026-01-31T12:00:00+01:00")),
        ("time > '2026-01-31 12:00'", Text("2026-01-31 12:00")),
        ("verdict == not_sent", Text("not_sent")),
        ("verdict ~ sent$", Text("sent$")),
        ("opcode == 0x3", Text("0x3")),
        ("opcode == 9", Text("ping")),
        ("opcode == 0x0a", Text("pong")),
        ("compressed == true", Boolean(True)),
        ("path == 42", Text("42")),
        ("path == true", Text("true")),
        ("path == in", Text("in")),
        (r'path ~ "\d\""', Text(r'\d"')),
        (r"bytes == '\xff'", Text("\udcff")),
        ("json.$ == 4", Number(Decimal(4))),
        ("json.$ == '4'", Text("4")),
        ("json.$ == 4kb", Text("4kb")),
        ("json.$ == null", Null()),
        ("json.$ != false", Boolean(False)),
        ("json.$ contains 4", Text("4")),
        ("json.$ ~ true", Text("true")),
    ],
)
def test_values(text: str, value: Value) -> None:
    expr = parse(text)
    assert isinstance(expr, Comparison)
    assert expr.value == value


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("size > big", "size is a size in bytes, so a number is expected", "size > 10"),
        ("size > '4'", "a number is expected", "size > 10"),
        ("size > 4kb", "there is no unit kb", "k, Ki, M"),
        ("size > 4ms", "never 4ms", "k, Ki, M"),
        ("gap > 4k", "never 4k", "ns, us, ms, s, m, h"),
        ("time > 4s", "time is a time", "write seconds since 1970"),
        ("time > soon", "time is a time", "write seconds since 1970"),
        ("verdict == droped", "verdict is never droped", "did you mean dropped?"),
        ("verdict == qqq", "verdict is never qqq", "it is one of forwarded"),
        ("opcode == 16", "opcode is never 16", "one of continuation"),
        ("opcode == 1.5", "opcode is never 1.5", "one of continuation"),
        ("opcode == 1k", "opcode is never 1k", "one of continuation"),
        ("compressed == 1", "compressed is true or false", "compressed == true"),
        ("path ~ '('", "missing ): (", "RE2"),
        ("bytes ~ '('", "missing ): (", "RE2"),
        ("json.$ ~ '('", "missing ): (", "RE2"),
        ("verdict ~ '('", "missing ): (", "RE2"),
        (r"path == '\xff'", "a byte that is no character", "only bytes"),
        (r"json.$ == '\xff'", "a byte that is no character", "only bytes"),
        ("json.$ < null", "neither more nor less", "== or !="),
        ("json.$ >= true", "neither more nor less", "== or !="),
    ],
)
def test_errors(text: str, message: str, hint: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert message in caught.value.message
    assert hint in str(caught.value.hint)
    assert caught.value.column == len(text) - len(text.split(maxsplit=2)[2]) + 1
