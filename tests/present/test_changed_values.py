"""Values that differ are shown as what they were and are, harmless and no longer than needed."""

from __future__ import annotations

import pytest

from wsinspect.present.changed_values import change_line, path_text, value_text
from wsinspect.replay.comparing.comparison import FieldChange, Value, What


def shown(path: str, what: What, old: Value, new: Value, *, whole: bool = False) -> str:
    return "".join(text for text, _ in change_line(FieldChange(path, what, old, new), whole=whole))


@pytest.mark.parametrize(
    ("path", "text"),
    [("$.a.b", "a.b"), ("$[0]", "[0]"), ("$", "the document"), ("@ack", "@ack"), ("$['a\x1b']", "['a\\x1b']")],
)
def test_paths_are_short(path: str, text: str) -> None:
    assert path_text(path) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"), (True, "true"), (1.5, "1.5"), ("a\x1b[2J\n", '"a\\u001b[2J\\n"'), ("\u202e", '"\\u202e"'),
        (b"\x00\xff", "0x00ff"), ({"a": [1, b"\x01"]}, '{"a": [1, "01"]}'), ("x" * 70, f'"{"x" * 60}…'),
        (b"\x01" * 40, f"0x{'01' * 30}…"), (["x" * 70], f'["{"x" * 58}…'), ("\ud800", '"\\ud800"'),
    ],
)  # fmt: skip
def test_values_are_short_and_harmless(value: Value, text: str) -> None:
    assert value_text(value) == text


def test_values_may_be_wanted_whole() -> None:
    assert value_text("x" * 70, whole=True) == f'"{"x" * 70}"'
    assert value_text(b"\x01" * 40, whole=True) == f"0x{'01' * 40}"
    assert shown("$.a", What.CHANGED, "x" * 70, "y" * 70, whole=True) == f'  a  "{"x" * 70}" → "{"y" * 70}"'


@pytest.mark.parametrize(
    ("what", "old", "new", "line"),
    [
        (What.CHANGED, 24.5, 26.0, "  a  24.5 → 26.0"),
        (What.TYPE, 1, "1", '  a  1 → "1"  (another type)'),
        (What.ADDED, None, {"b": 1}, '+ a  {"b": 1}'),
        (What.REMOVED, "x", None, '- a  "x"'),
        (What.LENGTH, 3, 4, "  a  3 → 4 elements"),
    ],
)
def test_differences_have_marks_as_well_as_colours(what: What, old: Value, new: Value, line: str) -> None:
    assert shown("$.a", what, old, new) == line


def test_of_long_texts_that_is_shown_where_they_differ() -> None:
    line = shown("$.a", What.CHANGED, "x" * 100 + "one", "x" * 100 + "two")
    assert line == f'  a  "…{"x" * 12}one" → "…{"x" * 12}two"'
    assert shown("$.a", What.CHANGED, "one" + "x" * 100, "two") == f'  a  "one{"x" * 57}… → "two"'
    assert shown("$.a", What.CHANGED, "x" * 100, "x" * 101).endswith(f'→ "…{"x" * 13}"')
