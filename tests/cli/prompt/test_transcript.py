"""The conversation above the prompt is bounded, whatever a server sends."""

from __future__ import annotations

import pytest

from tests.cli.talking import REQUEST, RESPONSE
from wsinspect.cli.prompt.commands import COMMANDS
from wsinspect.cli.prompt.transcript import Transcript
from wsinspect.model import Close, Direction
from wsinspect.present.conversation import Line

S2C = Direction.S2C


class Shown:
    """Lines as text, and a clock."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.time = 0.0
        self.transcript = Transcript(self._take, lambda: self.time)

    def _take(self, line: Line) -> None:
        self.lines.append("".join(text for text, _ in line))


@pytest.fixture
def shown() -> Shown:
    return Shown()


def test_a_message_of_many_lines_is_cut(shown: Shown) -> None:
    shown.transcript.message(S2C, 1, b"\n" * 5000, 0)
    assert len(shown.lines) == 121
    assert "more lines; /save FILE" in shown.lines[-1]


def test_a_long_message_is_cut(shown: Shown) -> None:
    shown.transcript.message(S2C, 1, b"x" * 100_000, 0)
    assert sum(map(len, shown.lines)) < 5000
    assert "95.9k more bytes" in shown.lines[-1]


def test_a_flood_is_counted(shown: Shown) -> None:
    for _ in range(1000):
        shown.transcript.message(S2C, 1, b"ab", 0)
        shown.transcript.control(S2C, 9, b"ab", 0)
    assert len(shown.lines) == 300
    assert shown.transcript.is_flooded
    shown.time = 2.0
    shown.transcript.message(S2C, 1, b"last", 0)
    assert shown.lines[300:301] == ["… 1,700 more messages (3400 bytes) came too fast to be shown"]
    assert shown.lines[-1].endswith("last")
    assert not shown.transcript.is_flooded
    shown.transcript.catch_up()
    assert len(shown.lines) == 302


@pytest.mark.parametrize(
    ("close", "loss", "said"),
    [
        (Close("server", 1001, "bye", clean=True), None, "the server closed the connection"),
        (Close("client", 1000, "", clean=False), None, "closed, and the close was not answered"),
        (None, "the connection was reset", "×  lost    the connection was reset"),
    ],
)
def test_the_end(shown: Shown, close: Close | None, loss: str | None, said: str) -> None:
    shown.transcript.closed(close, 0, loss=loss)
    assert shown.lines[0].endswith(said)


@pytest.mark.parametrize(
    ("header", "payload", "said"),
    [
        (b"\x83\x02", b"ab", "0x3           2  ab  an opcode that nothing is defined for  frame 83 02 + 2 bytes"),
        (b"\x01\x01", b"a", "text          1  a  frame 01 01 + 1 byte"),
        (b"\x89\x00", b"", "ping          0    frame 89 00 + 0 bytes"),
    ],
)
def test_frames_made_by_hand(shown: Shown, header: bytes, payload: bytes, said: str) -> None:
    shown.transcript.frame(header, payload, 0)
    assert shown.lines[0][17:] == said


def test_a_connection(shown: Shown) -> None:
    shown.transcript.opened("ws://a.test", None, None)
    shown.transcript.opened("ws://a.test", "chat\x1b", "permessage-deflate")
    assert shown.lines == [
        "connected to ws://a.test",
        "connected to ws://a.test  (subprotocol chat\\x1b, permessage-deflate)",
    ]


def test_the_handshake(shown: Shown) -> None:
    shown.transcript.handshake(REQUEST, RESPONSE)
    assert shown.lines == [
        *("→ GET /chat HTTP/1.1", "  Host: a.test"),
        *("← HTTP/1.1 101 Switching Protocols", "  Server: \\x1b[2J"),
    ]


def test_help(shown: Shown) -> None:
    shown.transcript.help(None)
    assert all(any(line.startswith(f"/{name}") for line in shown.lines) for name in COMMANDS)
    del shown.lines[:]
    shown.transcript.help("ping")
    assert len(shown.lines) == 1
    shown.transcript.help("raw")
    assert any(line.startswith("  fin=") for line in shown.lines)


def test_notes_keep_their_lines(shown: Shown) -> None:
    shown.transcript.complain("a\nb")
    assert shown.lines == ["a", "b"]
