"""What all actions have in common."""

from __future__ import annotations

import random

import pytest

from tests.rules.turns import SURROUNDINGS, event, message
from wsinspect.rules.acting import MOST_PAYLOAD, Place, change, check_control, check_text
from wsinspect.rules.turn import ActionError, Surroundings
from wsinspect.wire.opcodes import Opcode

PLACE = Place(SURROUNDINGS, "rules")


def test_files_are_read_from_the_folder_of_the_rule_file() -> None:
    assert PLACE.read("a.txt") == b"rules/a.txt"


@pytest.mark.parametrize(
    ("place", "name", "reason"),
    [
        (PLACE, "missing.txt", "there is no such file"),
        (PLACE, "huge.bin", "huge.bin is over 16 MiB"),
        (Place(Surroundings(random.Random), "rules"), "a.txt", "no files can be read here"),
    ],
)
def test_files_that_cannot_be_read_are_errors(place: Place, name: str, reason: str) -> None:
    with pytest.raises(ActionError, match=reason):
        place.read(name)


@pytest.mark.parametrize(
    ("opcode", "payload"),
    [
        (Opcode.TEXT, "é".encode()),
        (Opcode.BINARY, b"\xff"),
        (Opcode.PING, b"\xff" * 125),
        (Opcode.CLOSE, b""),
        (Opcode.CLOSE, b"\x03\xe8bye"),
    ],
)
def test_payloads_that_fit_are_put_in_place(opcode: Opcode, payload: bytes) -> None:
    turn = message(b"before", opcode)
    change(turn, payload)
    assert (turn.payload, turn.opcode, turn.changed) == (payload, opcode, True)


@pytest.mark.parametrize(
    ("opcode", "payload", "reason"),
    [
        (Opcode.TEXT, b"a\xff", "the text message would be no UTF-8, at byte 2: put set_type: binary before"),
        (Opcode.PONG, bytes(126), "a control frame holds 125 bytes, not 126"),
        (Opcode.CLOSE, b"\x03\xe8\xff", "the reason of the close would be no UTF-8"),
        (Opcode.BINARY, bytes(MOST_PAYLOAD + 1), "over 16 MiB"),
    ],
)
def test_payloads_that_do_not_fit_are_refused(opcode: Opcode, payload: bytes, reason: str) -> None:
    turn = message(b"before", opcode)
    with pytest.raises(ActionError, match=reason):
        change(turn, payload)
    assert (turn.payload, turn.changed) == (b"before", False)


def test_where_there_is_no_message_there_is_nothing_to_change() -> None:
    with pytest.raises(ActionError, match="no message"):
        change(event(), b"")


def test_a_message_that_was_larger_already_may_stay_so() -> None:
    turn = message(bytes(MOST_PAYLOAD + 2))
    change(turn, bytes(MOST_PAYLOAD + 1))
    assert turn.changed


def test_checks_let_through_what_fits() -> None:
    check_text("aé".encode())
    check_control(bytes(125))
