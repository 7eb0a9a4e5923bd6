"""A conversation for people: a line for what fits, a layout for the rest, nothing that a terminal would obey."""

from __future__ import annotations

from collections.abc import Iterable

import msgpack  # type: ignore[import-untyped]  # it has no types
import pytest

from tests.peers.hostile import OBEYED
from wsinspect.model import Direction
from wsinspect.present.conversation import Line, close_text, control_line, lost_line, message_lines
from wsinspect.wire.frames import encode_close
from wsinspect.wire.opcodes import Opcode

T = 1_700_000_000_123_000_000
S2C, C2S = Direction.S2C, Direction.C2S


def plain(lines: Iterable[Line]) -> list[str]:
    """Return the text behind the time of the first line, and of the others."""
    texts = ["".join(text for text, _ in line) for line in lines]
    return [texts[0][14:], *texts[1:]]


@pytest.mark.parametrize(
    ("opcode", "payload", "shown"),
    [
        (1, b"hello", ["←  text          5  hello"]),
        (1, b"", ["←  text          0  "]),
        (1, b"one\n\ttwo", ["←  text          8  one", "      two"]),
        (1, b"\xff", ["←  text          1  ff"]),
        (1, b'{"a": 1,"b":[ true]}', ['←  text         20  {"a": 1, "b": [true]}']),
        (1, b"{}", ["←  text          2  {}"]),
        (2, b"\0\xff", ["←  binary        2  00 ff"]),
        (2, b'{"a":1}', ["←  binary        7  JSON", "  {", '    "a": 1', "  }"]),
        (2, b"", ["←  binary        0  "]),
    ],
)
def test_messages(opcode: int, payload: bytes, shown: list[str]) -> None:
    assert plain(message_lines(S2C, opcode, payload, T)) == shown


def test_json_that_does_not_fit_a_line_is_laid_out() -> None:
    text = b'{"name":"%s","list":[1]}' % (b"x" * 60)
    shown = plain(message_lines(C2S, 1, text, T))
    assert shown[0].endswith("JSON")
    assert shown[1:] == ["  {", f'    "name": "{"x" * 60}",', '    "list": [', "      1", "    ]", "  }"]
    assert plain(message_lines(C2S, 1, text, T, pretty=False)) == [f"→  text         {len(text)}  {text.decode()}"]


def test_a_binary_format_that_is_found_is_laid_out() -> None:
    payload = msgpack.packb({"hello": "world", "list": [1, 2]})
    shown = plain(message_lines(S2C, 2, payload, T))
    assert shown[0].endswith("MessagePack")
    assert '    "hello": "world",' in shown
    assert "MessagePack" not in plain(message_lines(S2C, 2, payload, T, pretty=False))[0]


def test_bytes_that_are_nothing_known_are_dumped() -> None:
    shown = plain(message_lines(S2C, 2, b"\0\xff" * 9, T))
    assert shown == [
        "←  binary       18  ",
        "  00000000  00 ff 00 ff 00 ff 00 ff  00 ff 00 ff 00 ff 00 ff  ................",
        f"  00000010  {'00 ff'.ljust(48)}  ..",
    ]


def test_what_is_left_out_is_said() -> None:
    shown = plain(message_lines(S2C, 1, b"x" * 100, T, most=10))
    assert shown == ["←  text        100  xxxxxxxxxx", "  … 90 more bytes; /save FILE keeps the whole message"]
    value = plain(message_lines(S2C, 1, b'["%s"]' % (b"x" * 100), T, most=10))
    assert value[2] == '    "xxxxxxxxx… +92'
    assert plain(message_lines(S2C, 2, b"\0" * 100, T, most=16))[-1].startswith("  … 84 more bytes")


def test_a_huge_document_is_laid_out_only_where_all_is_shown() -> None:
    text = b"[%s]" % b",".join([b"1"] * 40_000)
    assert plain(message_lines(S2C, 1, text, T))[1] == "  ["
    assert len(plain(message_lines(S2C, 1, text, T, most=10))) == 2


def test_remarks_on_a_format_are_shown() -> None:
    payload = msgpack.packb(["word"] * 3000)
    assert any("Shown are the first" in line for line in plain(message_lines(S2C, 2, payload, T)))


@pytest.mark.parametrize("text", OBEYED)
def test_nothing_a_terminal_obeys_is_shown(text: str) -> None:
    payload = text.encode()
    lines = [
        *message_lines(S2C, 1, payload, T),
        *message_lines(S2C, 1, b'["' + payload + b'"]', T),
        *message_lines(S2C, 2, b'{"a":"' + payload + b'"}', T),
        control_line(S2C, Opcode.PING, payload, T),
        control_line(S2C, Opcode.CLOSE, encode_close(4000, text), T),
    ]
    assert all(character.isprintable() for line in lines for text, _ in line for character in text)


@pytest.mark.parametrize(
    ("opcode", "payload", "shown"),
    [
        (Opcode.PING, b"hi", "←  ping          2  hi"),
        (Opcode.PING, b"\0\xff", "←  ping          2  00 ff"),
        (Opcode.CLOSE, encode_close(1001, "bye"), '←  close         5  1001 going away, "bye"'),
        (3, b"ab", "←  0x3           2  ab  an opcode that nothing is defined for"),
        (0xB, b"", "←  0xb           0    an opcode that nothing is defined for"),
    ],
)
def test_control_frames(opcode: int, payload: bytes, shown: str) -> None:
    assert plain([control_line(S2C, opcode, payload, T)]) == [shown]


def test_a_pong_says_how_long_it_took() -> None:
    assert plain([control_line(S2C, Opcode.PONG, b"x", T, took_ns=1_200_000)])[0].endswith("x  after 1.2ms")


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (None, None, "without a code"),
        (1000, "", "1000 normal closure"),
        (4001, "enough", '4001, the application\'s own, "enough"'),
        (3000, None, "3000"),
        (999, "x", '999, "x"'),
    ],
)
def test_close_codes_in_words(code: int | None, reason: str | None, words: str) -> None:
    assert close_text(code, reason) == words


def test_a_loss() -> None:
    assert plain([lost_line(T, "reset")]) == ["×  lost    reset"]
