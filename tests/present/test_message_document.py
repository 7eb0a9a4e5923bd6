"""What of a message a rule is made from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.present.test_rule_from_message import message
from wsinspect.present.message_document import document_of, scalars, step, telling_part


@pytest.mark.parametrize(
    ("payload", "document"), [(b'{"a":1}', {"a": 1}), (b"[1]", [1]), (b"1", None), (b"no", None), (b"", None)]
)
def test_objects_and_lists_are_documents(payload: bytes, document: object) -> None:
    assert document_of(message(payload)) == document


def test_what_is_not_wholly_on_record_is_no_document() -> None:
    assert document_of(replace(message(b'{"a":1}'), truncated=3)) is None


def test_values_come_with_their_paths() -> None:
    document = document_of(message(b'{"a":1,"b":{"C":[true,null]},"x\'y":2}'))
    assert list(scalars(document, 6)) == [("$.a", "a", 1), ("$.b.C[0]", "", True), ("$.b.C[1]", "", None)]
    assert list(scalars(document, 1)) == [("$.a", "a", 1)]


@pytest.mark.parametrize(("name", "path"), [("a", "$.a"), ("a b", "$['a b']"), ("it's", None), ("x" * 300, None)])
def test_a_name_becomes_a_step_of_a_path(name: str, path: str | None) -> None:
    assert step("$", name) == path


@pytest.mark.parametrize(
    ("payload", "opcode", "part"),
    [(b"order 17 is ready", 1, "is ready"), (b"17", 1, "17"), (b"", 1, None), (b"text", 2, None)],
)
def test_the_telling_part_of_a_text_has_no_numbers(payload: bytes, opcode: int, part: str | None) -> None:
    assert telling_part(message(payload, opcode)) == part
