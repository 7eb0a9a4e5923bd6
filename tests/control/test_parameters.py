"""Parameters become what the engine takes, or a problem."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from wsinspect.control import parameters
from wsinspect.control.parameters import Close, Edit, Inject, Release, directions
from wsinspect.model import Direction, Source
from wsinspect.wire.sending import Injection


def inject(**params: Any) -> Injection:
    return Inject.model_validate({"session": 1, "to": "client", **params}).frame()


@pytest.mark.parametrize(
    ("params", "opcode", "payload"),
    [
        ({"text": "é"}, 1, "é".encode()),
        ({"text": ""}, 1, b""),
        ({"json": {"a": [1, None]}}, 1, b'{"a":[1,null]}'),
        ({"json": None}, 1, b"null"),
        ({"base64": "AP8="}, 2, b"\0\xff"),
        ({"hex": "00 fF"}, 2, b"\0\xff"),
        ({"hex": "6869", "type": "text"}, 1, b"hi"),
        ({"text": "hi", "type": "binary"}, 2, b"hi"),
        ({"opcode": "ping"}, 9, b""),
        ({"opcode": "pong", "text": "a"}, 10, b"a"),
        ({"opcode": 3, "hex": "01"}, 3, b"\x01"),
        ({"opcode": "0xB"}, 11, b""),
        ({"opcode": "close"}, 8, b""),
        ({"opcode": "close", "code": 1001}, 8, b"\x03\xe9"),
        ({"opcode": "close", "code": 4000, "reason": "é"}, 8, b"\x0f\xa0\xc3\xa9"),
        ({"opcode": "close", "hex": "03"}, 8, b"\x03"),
    ],
)
def test_a_frame_has_the_payload_and_the_opcode_that_were_meant(
    params: dict[str, Any], opcode: int, payload: bytes
) -> None:
    assert inject(**params) == Injection(opcode, payload)


def test_a_frame_may_have_any_header_bits() -> None:
    frame = inject(text="a", fin=False, rsv=5, masked=True, length_bytes=8, announced=7)
    assert frame == Injection(1, b"a", False, 5, Source.USER, True, 8, 7)


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({}, "nothing to send"),
        ({"type": "text"}, "nothing to send"),
        ({"text": "a", "hex": "00"}, "give one of"),
        ({"text": 1}, "has to be text"),
        ({"text": None}, "has to be text"),
        ({"base64": "AP8"}, "no base64"),
        ({"base64": "A P8="}, "no base64"),
        ({"base64": 1}, "no base64"),
        ({"hex": "0"}, "no hexadecimal"),
        ({"hex": 10}, "no hexadecimal"),
        ({"opcode": "png"}, "one of continuation"),
        ({"opcode": 16}, "0 to 15"),
        ({"opcode": True}, "0 to 15"),
        ({"opcode": "0x1f"}, "0 to 15"),
        ({"opcode": "0x"}, "0 to 15"),
        ({"opcode": "ping", "type": "text"}, "type or opcode"),
        ({"opcode": "ping", "code": 1000}, "of a close frame"),
        ({"text": "a", "reason": "x"}, "of a close frame"),
        ({"opcode": "close", "reason": "x"}, "needs a code"),
        ({"opcode": "close", "code": 1000, "reason": "é" * 62}, "123 bytes"),
        ({"opcode": "close", "code": 1000, "hex": "00"}, "of a close frame"),
        ({"text": "a" * 126, "length_bytes": 0}, "does not fit"),
        ({"text": "a", "rsv": 8}, "less than or equal to 7"),
        ({"text": "a", "to": "srv"}, "'client', 'server' or 'both'"),
        ({"text": "a", "session": 0}, "greater than or equal to 1"),
        ({"text": "a", "session": 1 << 63}, "less than or equal"),
        ({"text": "a", "fin": 1}, "boolean"),
    ],
)
def test_a_frame_that_cannot_be_is_a_problem(params: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        inject(**params)


def test_json_that_cannot_be_written_is_a_problem() -> None:
    nested: list[Any] = []
    for _ in range(300):
        nested = [nested]
    with pytest.raises(ValidationError, match="cannot be written"):
        inject(json=nested)


def test_an_edit_needs_a_payload_and_keeps_the_type_unless_it_says_one() -> None:
    with pytest.raises(ValidationError, match="new payload is missing"):
        Edit.model_validate({"session": 1, "message": 2})
    edit = Edit.model_validate({"session": 1, "message": 2, "text": "a"})
    assert (edit.payload, edit.opcode_of_type) == (b"a", None)
    assert Edit.model_validate({"session": 1, "message": 2, "text": "a", "type": "binary"}).opcode_of_type == 2


def test_a_release_is_of_one_or_of_all() -> None:
    one = Release.model_validate({"session": 1, "message": 2, "text": "a"})
    assert (one.one, one.payload) == ((1, 2), b"a")
    assert Release.model_validate({"all": True}).one is None
    for wrong in (
        {}, {"session": 1}, {"all": False}, {"all": True, "session": 1}, {"all": True, "text": "a"},
        {"session": 1, "message": 2, "type": "text"},
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            Release.model_validate(wrong)


def test_a_close_may_have_no_code() -> None:
    assert Close.model_validate({"session": 1}).code == 1000
    assert Close.model_validate({"session": 1, "code": None}).code is None
    for wrong in ({"code": 70_000}, {"code": None, "reason": "x"}, {"reason": "x" * 124}):
        with pytest.raises(ValidationError):
            Close.model_validate({"session": 1, **wrong})


@pytest.mark.parametrize("file", ["rules.yaml", "", 1, "/a\0b", None])
def test_a_rule_file_is_an_absolute_path(file: object) -> None:
    with pytest.raises(ValidationError, match="absolute path"):
        parameters.Files.model_validate({"files": [file]})


@pytest.mark.parametrize("name", ["", "a\nb", "\x1b[31m", "a" * 65, 1])
def test_a_name_is_short_and_printable(name: object) -> None:
    with pytest.raises(ValidationError):
        parameters.Hello.model_validate({"name": name})


def test_the_directions_to_a_side() -> None:
    assert directions("client") == [Direction.S2C]
    assert directions("server") == [Direction.C2S]
    assert directions("both") == [Direction.C2S, Direction.S2C]
