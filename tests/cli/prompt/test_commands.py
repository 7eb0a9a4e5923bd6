"""What a line at the prompt means, and what is said of one that means nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from wsinspect.cli.prompt.commands import (
    COMMANDS,
    Expect,
    Help,
    Plain,
    Pretty,
    Repeat,
    Save,
    Say,
    close_of,
    control_frame,
    duration_of,
    entry_of,
    random_key,
)
from wsinspect.cli.prompt.payloads import LineError
from wsinspect.query.patterns import Pattern
from wsinspect.replay.performing import SendClose, SendFrame, SendMessage
from wsinspect.wire.opcodes import Opcode


def text(payload: str) -> Say:
    return Say(SendMessage(Opcode.TEXT, payload.encode(), compressed=True))


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("", None),
        ("  ", None),
        ("hello", text("hello")),
        (" /ping", text(" /ping")),
        ("@file", text("@file")),
        ("hex:00", text("hex:00")),
        ("//ping", text("/ping")),
        ("/text", text("")),
        ("/text a\nb", text("a\nb")),
        ('/json {"a":\n1}', text('{"a":\n1}')),
        ("/binary hex:00ff", Say(SendMessage(Opcode.BINARY, b"\0\xff", compressed=True))),
        ("/close", Say(SendClose(1000))),
        ("/close 4001 so long", Say(SendClose(4001, "so long"))),
        ("/expect a b within 500ms", Expect(Pattern("a b"), 0.5)),
        ("/expect a within", Expect(Pattern("a within"), 10.0)),
        ("/save a b.bin", Save(Path("a b.bin"))),
        ("/pretty off", Pretty(on=False)),
        ("/pretty on ", Pretty(on=True)),
        ("/help", Help(None)),
        ("/? /raw", Help("raw")),
        ("/exit", Plain("quit")),
        ("/reconnect ", Plain("reconnect")),
        ("/repeat 3 every 1s /text x", Repeat(3, 1.0, text("x"))),
        ("/repeat 2 hello you", Repeat(2, None, text("hello you"))),
    ],
)
def test_lines(line: str, meaning: object) -> None:
    assert entry_of(line) == meaning


def test_a_file_may_be_json(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_text("[1]")
    bad.write_text("[\n1,]")
    assert entry_of(f"/json @{good}") == text("[1]")
    with pytest.raises(LineError, match=r"no JSON: .* in line 2, column \d"):
        entry_of(f"/json @{bad}")


@pytest.mark.parametrize("name", ["ping", "pong"])
def test_control_frames_are_masked(name: str) -> None:
    said = entry_of(f"/{name} hi")
    assert isinstance(said, Say)
    assert isinstance(said.act, SendFrame)
    assert said.act.header[:2] == bytes((0x80 | Opcode[name.upper()], 0x82))
    assert (len(said.act.header), said.act.payload) == (6, b"hi")


def test_raw_frames() -> None:
    assert entry_of("/raw opcode=3 mask=no payload=x") == Say(SendFrame(b"\x83\x01", b"x"))


@pytest.mark.parametrize(
    ("line", "message", "at"),
    [
        ("/pin", "did you mean /ping", 1),
        ("/zzz", "/help lists them", 1),
        ("/", "there is no command /", 1),
        ("/quit now", "/quit takes nothing", 6),
        ("/close 1005", "no code that may be sent", 7),
        ("/close x", "no code that may be sent", 7),
        (f"/close 1000 {'x' * 124}", "123 bytes at most", 12),
        (f"/ping {'x' * 126}", "125 bytes at most; /raw opcode=ping", 6),
        ("/binary hex:0", "two hexadecimal digits", 12),
        ('/json {"a": tru}', "no JSON", 12),
        ("/json {\n1}", "no JSON", 8),
        ("/raw", "say something of the frame", 4),
        ("/raw opcode=99", "number from 0 to 15", 12),
        ("/repeat x y", "no number of times", 8),
        ("/repeat 0 y", "no number of times", 8),
        ("/repeat 2", "something to send", 9),
        ("/repeat 2 every", "no duration", 15),
        ("/repeat 2 every 1y x", "no duration", 16),
        ("/repeat 2 every 1s /close", "something to send", 19),
        ("/repeat 2 /pin", "did you mean /ping", 11),
        ("/expect", "give a regular expression", 7),
        ("/expect (", "no regular expression", 8),
        ("/expect a within 5x", "no duration", 17),
        ("/save ", "name a file", 6),
        ("/pretty", "/pretty on or /pretty off", 7),
        ("/help nothing", "there is no command /nothing", 6),
    ],
)
def test_what_is_wrong_says_where(line: str, message: str, at: int) -> None:
    with pytest.raises(LineError, match=message) as caught:
        entry_of(line)
    assert caught.value.at == at


@pytest.mark.parametrize(("written", "seconds"), [("2", 2.0), ("1.5s", 1.5), (".5m", 30.0), ("100us", 0.0001)])
def test_durations(written: str, seconds: float) -> None:
    assert duration_of(written, 0) == pytest.approx(seconds)


def test_a_close_without_anything_is_normal() -> None:
    assert close_of(" ") == SendClose(1000)


def test_every_command_is_explained() -> None:
    assert all(command.help for command in COMMANDS.values())


def test_masks_are_random() -> None:
    assert len({random_key() for _ in range(9)}) == 9
    assert control_frame(Opcode.PING, b"").header != control_frame(Opcode.PING, b"").header
