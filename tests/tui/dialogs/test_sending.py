"""What is written in the form becomes a call that the engine takes, or a problem in words."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from wsinspect.control.messages import Json
from wsinspect.errors import WsinspectError
from wsinspect.tui.dialogs import sending
from wsinspect.tui.dialogs.sending import WRITINGS, Draft, Kind, Writing, call_of, said_of


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("draft", "method", "given", "said"),
    [
        (Draft(content="hé\n"), "inject", {"to": "server", "text": "hé\n"}, "text 4 B to server"),
        (Draft("client", Kind.JSON, content="[1]"), "inject", {"to": "client", "text": "[1]"}, "text 3 B to client"),
        (
            Draft("both", Kind.BINARY, Writing.HEX, "0a 1b"),
            "inject",
            {"to": "both", "base64": encoded(b"\x0a\x1b"), "type": "binary"},
            "binary 2 B to both",
        ),
        (
            Draft(kind=Kind.BINARY, writing=Writing.BASE64, content="aGk"),
            "inject",
            {"to": "server", "base64": encoded(b"hi"), "type": "binary"},
            "binary 2 B to server",
        ),
        (Draft(kind=Kind.PING), "inject", {"to": "server", "base64": "", "opcode": "ping"}, "ping 0 B to server"),
        (
            Draft(kind=Kind.PONG, content="x"),
            "inject",
            {"to": "server", "base64": encoded(b"x"), "opcode": "pong"},
            "pong 1 B to server",
        ),
        (
            Draft("both", Kind.CLOSE, code="1001", reason="away"),
            "close",
            {"side": "both", "code": 1001, "reason": "away"},
            "close 1001 to both",
        ),
        (
            Draft("client", Kind.CLOSE, code=""),
            "close",
            {"side": "client", "code": None, "reason": ""},
            "close without a code to client",
        ),
        (
            Draft(kind=Kind.FRAME, content="x"),
            "inject",
            {"to": "server", "base64": encoded(b"x"), "opcode": "text", "fin": True, "rsv": 0},
            "text 1 B to server",
        ),
        (
            Draft(
                kind=Kind.FRAME, writing=Writing.HEX, content="ff", opcode=" 11 ", fin=False, rsv=5, masked="no",
                length_bytes="8", announced="70000",
            ),
            "inject",
            {
                "to": "server", "base64": encoded(b"\xff"), "opcode": 11, "fin": False, "rsv": 5, "masked": False,
                "length_bytes": 8, "announced": 70000,
            },
            "opcode 11 1 B to server",
        ),
        (
            Draft(kind=Kind.FRAME, opcode="0xF", masked="yes"),
            "inject",
            {"to": "server", "base64": "", "opcode": "0xf", "fin": True, "rsv": 0, "masked": True},
            "0xf 0 B to server",
        ),
    ],
)  # fmt: skip
def test_each_kind_has_its_call(draft: Draft, method: str, given: dict[str, Json], said: str) -> None:
    call = call_of(draft, 3)
    assert call == (method, {"session": 3, **given})
    assert said_of(call) == said


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        (Draft(kind=Kind.JSON, content='{"a":'), "no JSON, line 1 column 6: unexpected end of data"),
        (Draft(kind=Kind.BINARY, writing=Writing.HEX, content="0a\n1"), "line 2 column 1: a byte has two"),
        (Draft(kind=Kind.BINARY, writing=Writing.BASE64, content="a"), "no base64"),
        (Draft(kind=Kind.BINARY, writing=Writing.FILE), "write the name of a file"),
        (Draft(kind=Kind.BINARY, writing=Writing.FILE, file="/no/such"), "/no/such: there is no such file"),
        (Draft(kind=Kind.BINARY, writing=Writing.FILE, file="~nobody-here/x"), "cannot be read"),
        (Draft(kind=Kind.CLOSE, code="x"), "the code has to be a number"),
        (Draft(kind=Kind.CLOSE, code="70000"), "parameter 'code'"),
        (Draft(kind=Kind.CLOSE, code="", reason="why"), "a reason needs a code"),
        (Draft(kind=Kind.CLOSE, reason="x" * 124), "123 bytes at most"),
        (Draft(kind=Kind.FRAME, opcode="16"), "parameter 'opcode' has to be one of"),
        (Draft(kind=Kind.FRAME, opcode="pung"), "parameter 'opcode' has to be one of"),
        (Draft(kind=Kind.FRAME, announced="-1"), "the announced length has to be a number"),
        (Draft(kind=Kind.FRAME, announced="9" * 19), "parameter 'announced'"),
        (Draft(kind=Kind.FRAME, announced="70000", length_bytes="2"), "length"),
        (Draft(to="nobody"), "parameter 'to'"),
    ],
)
def test_what_will_not_do_is_told(draft: Draft, said: str) -> None:
    with pytest.raises(WsinspectError) as told:
        call_of(draft, 3)
    assert said in str(told.value)


def test_a_file_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"\x00\xff")
    draft = Draft(kind=Kind.BINARY, writing=Writing.FILE, file=f" {path} ")
    assert call_of(draft, 3)[1]["base64"] == encoded(b"\x00\xff")


def test_what_is_too_much_for_a_call_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "LARGEST_SENT", 3)
    (tmp_path / "data").write_bytes(b"12345678")
    draft = Draft(kind=Kind.BINARY, writing=Writing.FILE, file=str(tmp_path / "data"))
    with pytest.raises(WsinspectError, match="more than can be sent: 3 at most"):
        call_of(draft, 3)
    with pytest.raises(WsinspectError, match="more than can be sent"):
        call_of(replace(draft, writing=Writing.TEXT, content="1234"), 3)


def test_each_kind_offers_its_ways_of_writing() -> None:
    assert WRITINGS[Kind.BINARY][0] is Writing.HEX
    assert Kind.TEXT not in WRITINGS
