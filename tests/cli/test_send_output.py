"""What is printed of a conversation: data in a pipe, records in JSON, lines for people."""

from __future__ import annotations

import json
from collections import deque
from typing import cast

import pytest

from tests.cli.talking import REQUEST, RESPONSE, PlayedSession
from wsinspect.cli.printer import Printer
from wsinspect.cli.send_connection import Speaker
from wsinspect.cli.send_output import Output, head_lines
from wsinspect.engine.client import ClientSession
from wsinspect.model import Close, Direction, TlsSide

C2S, S2C = Direction.C2S, Direction.S2C


@pytest.mark.parametrize(
    ("opcode", "payload", "printed"),
    [(1, b"a\nb", "a\nb\n"), (2, b"ab", "61 62\n"), (1, b"\xff", "ff\n")],
)
def test_what_is_received_is_data(
    capsys: pytest.CaptureFixture[str], opcode: int, payload: bytes, printed: str
) -> None:
    output = Output()
    output.message(C2S, 1, b"sent", 0)
    output.message(S2C, opcode, payload, 0)
    assert capsys.readouterr().out == printed


def test_a_terminal_shows_both_directions(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    output = Output(_printer=Printer(colour=False))
    output.message(C2S, 1, b"\x1b[2Jsent", 0)
    output.message(S2C, 2, b"\0", 0)
    sent, received = capsys.readouterr().out.splitlines()
    assert sent.endswith("→  text          8  \\x1b[2Jsent")
    assert received.endswith("←  binary        1  00")


def test_json_records(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(as_json=True, include=True)
    output.message(C2S, 1, b"a", 1_500_000_000)
    output.message(S2C, 1, b"\xff", 0)
    output.message(S2C, 2, b"\0", 0)
    output.closed(Close("server", None, None, clean=True))
    output.closed(Close("client", 1000, None, clean=True))
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"number": 1, "time": 1.5, "dir": "c2s", "type": "text", "size": 1, "text": "a"},
        {"number": 2, "time": 0.0, "dir": "s2c", "type": "text", "size": 1, "base64": "/w=="},
        {"number": 3, "time": 0.0, "dir": "s2c", "type": "binary", "size": 1, "base64": "AA=="},
        {"close": {"by": "server"}},
        {"close": {"by": "client", "code": 1000, "reason": ""}},
    ]


@pytest.mark.parametrize(
    ("close", "said"),
    [
        (Close("server", 4000, "\x1b[2J", clean=True), "the server closed with 4000 \\x1b[2J\n"),
        (Close("server", None, None, clean=True), "the server closed without a code\n"),
        (Close("server", 1000, "", clean=True), "the server closed with 1000\n"),
        (Close("client", 1000, "", clean=True), ""),
    ],
)
def test_the_close_is_told(capsys: pytest.CaptureFixture[str], close: Close, said: str) -> None:
    Output().closed(close)
    Output(silent=True).closed(close)
    assert capsys.readouterr().err == said


def test_control_frames_are_told_where_that_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    for output in (Output(), Output(verbose=True)):
        for opcode, payload in ((9, b"\x1b"), (10, b"\xff"), (10, b""), (8, b"")):
            output.control(S2C if opcode == 9 else C2S, opcode, payload)
    assert capsys.readouterr().err == "< ping \\x1b\n> pong ff\n> pong\n"


async def test_the_handshake(capsys: pytest.CaptureFixture[str]) -> None:
    session = PlayedSession(Speaker(deque(), print, print))
    session.tls = TlsSide(version="TLSv1.3", cipher="X")  # type: ignore[assignment]  # of a stand-in
    Output(include=True, verbose=True).opened(cast(ClientSession, session))
    out, err = capsys.readouterr()
    assert out == "HTTP/1.1 101 Switching Protocols\nServer: \\x1b[2J\n\n"
    assert err.splitlines() == [
        *("* Connected to 127.0.0.1:1", "* TLS: TLSv1.3, X", "> GET /chat HTTP/1.1", "> Host: a.test", ">"),
        *("< HTTP/1.1 101 Switching Protocols", "< Server: \\x1b[2J", "<", "* odd"),
    ]
    session.tls = None
    Output().opened(cast(ClientSession, session))
    Output(verbose=True).opened(cast(ClientSession, session))
    assert "TLS" not in capsys.readouterr().err


def test_heads() -> None:
    assert list(head_lines(REQUEST)) == ["GET /chat HTTP/1.1", "Host: a.test"]
    assert next(iter(head_lines(RESPONSE))) == "HTTP/1.1 101 Switching Protocols"
