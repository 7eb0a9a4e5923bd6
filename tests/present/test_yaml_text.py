"""Values written as YAML are read as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.present.yaml_text import quoted, scalar
from wsinspect.rules.yaml_source import parse

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.one_of(texts, st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.floats(-(2.0**63), 2.0**63))


@given(values)
def test_a_value_is_read_as_it_was(value: object) -> None:
    problems: list[object] = []
    root = parse(f"- {scalar(value)}\n- {{a: {scalar(value)}}}\n", lambda *problem: problems.append(problem))
    assert problems == []
    assert root is not None
    assert root.value == [value, {"a": value}]


@given(texts)
def test_a_text_is_on_one_line_and_printable(text: str) -> None:
    assert quoted(text).isprintable()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("price", "price"),
        ("$.user.id", "$.user.id"),
        ("/socket.io/", "/socket.io/"),
        ("true", '"true"'),
        ("a b", '"a b"'),
        ("", '""'),
        ('say "hi"\n', '"say \\"hi\\"\\n"'),
        ("\x1b[31m\u202e\U000e0001", '"\\x1b[31m\\u202e\\U000e0001"'),
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (99.5, "99.5"),
        (-7, "-7"),
    ],
)
def test_a_value_is_written_plainly_where_that_is_enough(value: object, written: str) -> None:
    assert scalar(value) == written
