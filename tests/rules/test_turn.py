"""An event on its way."""

from __future__ import annotations

import pytest

from tests.rules.turns import message
from wsinspect.rules.turn import NO_JSON, UNREAD
from wsinspect.wire.opcodes import Opcode


def test_the_document_is_read_once_for_each_payload() -> None:
    turn = message('{"a":1}')
    before = turn.document
    assert before == {"a": 1}
    assert turn.document is before
    turn.change(b"[2]")
    after: object = turn.document
    assert after == [2]


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_has_none(payload: bytes) -> None:
    assert message(payload).document is NO_JSON


@pytest.mark.parametrize(
    ("payload", "opcode", "changed"),
    [
        (b"x", None, False),
        (b"x", Opcode.TEXT, False),
        (b"y", None, True),
        (b"x", Opcode.BINARY, True),
    ],
)
def test_it_is_changed_where_something_is_another(payload: bytes, opcode: int | None, changed: bool) -> None:
    turn = message("x")
    turn.change(payload, opcode)
    assert turn.changed is changed
    assert (turn.payload, turn.opcode) == (payload, Opcode.TEXT if opcode is None else opcode)


def test_a_document_that_was_read_elsewhere_is_taken_over() -> None:
    turn = message("{}")
    turn.take_document({"read": "before"})
    assert turn.document == {"read": "before"}
    turn.take_document(UNREAD)
    assert turn.document == {}
