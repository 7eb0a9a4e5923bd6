"""Payloads that rules make of their own."""

from __future__ import annotations

import random

import pytest

from tests.rules.turns import SURROUNDINGS, message
from wsinspect.rules.acting import Place
from wsinspect.rules.content import compile_content, file_name
from wsinspect.rules.schema import Content
from wsinspect.rules.turn import ActionError, Surroundings
from wsinspect.wire.opcodes import Opcode

PLACE = Place(SURROUNDINGS, "rules")
VARIABLES = {"x": 5, "hex": "0a0B", "name": "a.txt", "bad": "zz", "up": "../../etc/passwd"}


@pytest.mark.parametrize(
    ("content", "opcode", "payload"),
    [
        ({"text": "é"}, Opcode.TEXT, "é".encode()),
        ({"text": ""}, Opcode.TEXT, b""),
        ({"text": "{{ vars.x }}é"}, Opcode.TEXT, "5é".encode()),
        ({"text": "a", "type": "binary"}, Opcode.BINARY, b"a"),
        ({"json": {"a": [1, None]}}, Opcode.TEXT, b'{"a":[1,null]}'),
        ({"json": None}, Opcode.TEXT, b"null"),
        ({"json": ["{{ vars.x }}"], "type": "binary"}, Opcode.BINARY, b"[5]"),
        ({"hex": "0a FF"}, Opcode.BINARY, b"\x0a\xff"),
        ({"hex": "ff {{ vars.hex }}"}, Opcode.BINARY, b"\xff\x0a\x0b"),
        ({"hex": "41", "type": "text"}, Opcode.TEXT, b"A"),
        ({"base64": "/w=="}, Opcode.BINARY, b"\xff"),
        ({"base64": "{{ 'hi'|b64encode }}"}, Opcode.BINARY, b"hi"),
        ({"file": "a.txt"}, Opcode.BINARY, b"rules/a.txt"),
        ({"file": "{{ vars.name }}", "type": "text"}, Opcode.TEXT, b"rules/a.txt"),
    ],
)
def test_contents(content: object, opcode: Opcode, payload: bytes) -> None:
    build = compile_content(Content.model_validate(content), PLACE)
    assert build(message("", variables=VARIABLES)) == (opcode, payload)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"hex": "{{ vars.bad }}"}, "'zz' are no pairs of hexadecimal digits"),
        ({"base64": "{{ vars.bad }}!"}, "'zz!' is no base64"),
        ({"hex": "{{ 'ff' }}", "type": "text"}, "what is sent as text would be no UTF-8"),
        ({"file": "{{ vars.up }}"}, "is no name of a file in the folder of the rule file"),
        ({"text": "{{ vars.none }}"}, "there is no variable"),
        ({"text": "{{ '\\ud800' }}"}, "lone surrogate"),
    ],
)
def test_contents_that_cannot_be_made_are_errors_when_they_are_wanted(content: object, reason: str) -> None:
    build = compile_content(Content.model_validate(content), PLACE)
    with pytest.raises(ActionError, match=reason):
        build(message("", variables=VARIABLES))


def test_a_file_named_for_good_is_read_at_once_and_once_only() -> None:
    names: list[str] = []

    def read(_: str, name: str) -> bytes:
        names.append(name)
        return b"content"

    place = Place(Surroundings(random.Random, read=read), "rules")
    build = compile_content(Content.model_validate({"file": "a.txt"}), place)
    for _ in range(3):
        build(message(""))
    assert names == ["a.txt"]


def test_a_file_that_is_not_there_is_an_error_at_once() -> None:
    with pytest.raises(ActionError, match="no such file"):
        compile_content(Content.model_validate({"file": "missing.txt"}), PLACE)


def test_what_is_sent_is_bounded() -> None:
    text = "x" * ((16 << 20) + 1)
    with pytest.raises(ActionError, match="over 16 MiB"):
        compile_content(Content.model_validate({"text": text}), PLACE)(message(""))


@pytest.mark.parametrize("name", ["a", "a/b.bin", "ö.txt", "..a", "a..b", ".hidden"])
def test_names_of_files(name: str) -> None:
    assert file_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "\\\\host\\share", "C:\\x", "..", "a/../b", "a\\..\\b", "a\0b", "a\nb", "x" * 1001]
)
def test_what_may_lead_elsewhere_is_no_name(name: str) -> None:
    with pytest.raises(ActionError, match="is no name of a file"):
        file_name(name)
