"""What rules send of their own."""

from __future__ import annotations

import pytest

from tests.rules.schema.validating import errors_of, fits_json_schema, read
from wsinspect.rules.schema.contents import Broadcast, ControlFrame, RawFrame, Reply, Send, To

FINE = [
    (Send, {"to": "client", "text": "x"}),
    (Send, {"to": "both", "json": None, "after": "1s", "repeat": 3}),
    (Send, {"to": "server", "hex": "00ff", "repeat": {"every": "1s"}}),
    (Send, {"to": "server", "base64": "aGk=", "type": "text", "repeat": {"every": 1, "times": 5}}),
    (Send, {"to": "server", "hex": "{{ vars.x }}", "type": "text"}),
    (Send, {"to": "server", "file": "a.bin", "type": "binary"}),
    (Reply, {"json": {"a": "{{ message.json.id }}"}}),
    (Broadcast, {"to": "client", "text": "x", "match": {"host": "a"}}),
    (ControlFrame, {"to": "client"}),
    (ControlFrame, {"to": "client", "text": "x", "after": 1}),
    (RawFrame, {"to": "client", "opcode": 3, "fin": False, "rsv": 7, "mask": True, "length": 2**63 - 1}),
    (RawFrame, {"to": "client", "opcode": 1, "payload": "ff"}),
    (RawFrame, {"to": "client", "opcode": 1, "text": "ff"}),
]
WRONG = [
    (Send, {"text": "x"}),
    (Send, {"to": "all", "text": "x"}),
    (Send, {"to": "client"}),
    (Send, {"to": "client", "text": "x", "hex": "00"}),
    (Send, {"to": "client", "text": None}),
    (Send, {"to": "client", "text": 5}),
    (Send, {"to": "client", "text": "x", "repeat": 0}),
    (Send, {"to": "client", "text": "x", "repeat": {"times": 5}}),
    (Send, {"to": "client", "text": "x", "repeat": {"every": 0}}),
    (Reply, {"text": "x", "to": "client"}),
    (RawFrame, {"to": "client", "opcode": 16}),
    (RawFrame, {"to": "client", "opcode": 1, "rsv": 8}),
    (RawFrame, {"to": "client", "opcode": 1, "length": 2**63}),
    (ControlFrame, {"to": "client", "after": None}),
]


@pytest.mark.parametrize(("model", "value"), FINE)
def test_what_can_be_sent(model: object, value: dict[str, object]) -> None:
    assert errors_of(model, value) == []
    assert fits_json_schema(model, value)


@pytest.mark.parametrize(("model", "value"), WRONG)
def test_what_cannot_be_sent(model: object, value: dict[str, object]) -> None:
    assert errors_of(model, value) != []
    assert not fits_json_schema(model, value)


def test_a_raw_frame_has_one_payload() -> None:
    both = {"to": "client", "opcode": 1, "text": "x", "payload": "00"}
    assert "give one of text and payload" in errors_of(RawFrame, both)[0]
    assert not fits_json_schema(RawFrame, both)


@pytest.mark.parametrize("content", [{"hex": "ff"}, {"base64": "/w=="}])
def test_a_text_message_is_utf_8(content: dict[str, str]) -> None:
    [error] = errors_of(Reply, {**content, "type": "text"})
    assert "these bytes are no UTF-8" in error
    assert errors_of(Reply, {**content, "type": "binary"}) == []


@pytest.mark.parametrize("content", [{"hex": "c3a9"}, {"base64": "w6k="}, {"base64": "{{ vars.x }}"}, {"file": "x"}])
def test_bytes_that_are_text_may_be_a_text_message(content: dict[str, str]) -> None:
    assert errors_of(Reply, {**content, "type": "text"}) == []


def test_json_null_is_a_payload() -> None:
    assert read(Reply, {"json": None}).model_fields_set == {"json_"}
    assert read(Send, {"to": "both", "text": ""}).to is To.BOTH
