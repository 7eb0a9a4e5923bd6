"""Opcodes and close codes."""

from __future__ import annotations

import pytest

from wsinspect.wire.opcodes import CloseCode, Opcode, is_valid_close_code


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999])
def test_codes_that_may_be_sent(code: int) -> None:
    assert is_valid_close_code(code)


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535])
def test_codes_that_must_not_be_sent(code: int) -> None:
    assert not is_valid_close_code(code)


def test_names_are_those_of_the_rfc() -> None:
    assert [opcode.name for opcode in Opcode] == ["CONTINUATION", "TEXT", "BINARY", "CLOSE", "PING", "PONG"]
    assert CloseCode(1009).name == "MESSAGE_TOO_BIG"
