"""What a line means: a text to send, or a command with a slash in front. Reading a line does nothing but read files."""

from __future__ import annotations

import difflib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wsinspect.cli.prompt.payloads import LineError, payload_of
from wsinspect.cli.prompt.raw import frame_of
from wsinspect.present.json_layout import json_problem
from wsinspect.query.patterns import Pattern, problem
from wsinspect.query.units import TIMES
from wsinspect.replay.performing import SendClose, SendFrame, SendMessage
from wsinspect.wire.frames import encode_header
from wsinspect.wire.opcodes import Opcode, is_valid_close_code

LONGEST_CONTROL = 125
"""RFC 6455 5.5: 'All control frames MUST have a payload length of 125 bytes or less'."""
_LONGEST_REASON = LONGEST_CONTROL - 2
EXPECT_S = 10.0
"""How long `/expect` waits unless said."""


@dataclass(frozen=True, slots=True)
class Say:
    """Send a message or frame, or close."""

    act: SendMessage | SendFrame | SendClose
    control: int | None = None
    """Opcode, of a ping or pong."""
    payload: bytes = b""
    """Of a ping or pong."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Do something again and again."""

    times: int
    every_s: float | None
    said: Say


@dataclass(frozen=True, slots=True)
class Expect:
    """Watch for a message."""

    pattern: Pattern
    within_s: float


@dataclass(frozen=True, slots=True)
class Save:
    """Write the last message received into a file."""

    path: Path


@dataclass(frozen=True, slots=True)
class Pretty:
    """Lay messages out, or show them as they are."""

    on: bool


@dataclass(frozen=True, slots=True)
class Help:
    """Explain the commands, or one."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Plain:
    """A command without arguments."""

    name: str


type Entry = Say | Repeat | Expect | Save | Pretty | Help | Plain


@dataclass(frozen=True, slots=True)
class Command:
    """A command for people."""

    arguments: str
    help: str
    read: Callable[[str, int], Entry] | None = None
    """Reads its arguments, which begin at a place in the line; None: it takes none."""


def entry_of(line: str) -> Entry | None:
    """Read a line.

    Returns:
        What it means; None where it is empty.

    Raises:
        LineError: It means nothing.
    """
    if not line.strip():
        return None
    if not line.startswith("/"):
        return _message(Opcode.TEXT, line, 0, plain=True)
    if line.startswith("//"):
        return _message(Opcode.TEXT, line[1:], 1, plain=True)
    name, arguments, at = _cut(line[1:], 1)
    name = ALIASES.get(name, name)
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, list(COMMANDS), n=1)
        meant = f"did you mean /{near[0]}?" if near else "/help lists them"
        raise LineError(f"there is no command /{name}: {meant}  (//… sends a text that begins with a slash)", 1)
    command = COMMANDS[name]
    if command.read is not None:
        return command.read(arguments, at)
    if arguments.strip():
        raise LineError(f"/{name} takes nothing", at)
    return Plain(name)


def close_of(written: str, at: int = 0) -> SendClose:
    """Read code and reason of a close; nothing: 1000.

    Raises:
        LineError: They cannot be sent.
    """
    if not written.strip():
        return SendClose(1000)
    code_text, reason, reason_at = _cut(written, at)
    code = int(code_text) if re.fullmatch(r"\d{1,5}", code_text, re.ASCII) else -1
    if not is_valid_close_code(code):
        allowed = "1000 to 1014 as registered, or 3000 to 4999"
        raise LineError(f"{code_text!r} is no code that may be sent: {allowed}; /raw opcode=close sends any", at)
    if len(reason.encode("utf-8", "replace")) > _LONGEST_REASON:
        raise LineError(f"the reason of a close has {_LONGEST_REASON} bytes at most", reason_at)
    return SendClose(code, reason)


def duration_of(written: str, at: int) -> float:
    """Read a duration: `500ms`, `1s`, `2m`, or seconds.

    Raises:
        LineError: It is none.
    """
    match = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)([a-z]*)", written, re.ASCII)
    if match is None or (match[2] and match[2] not in TIMES):
        raise LineError(f"{written!r} is no duration: write 500ms, 1s, 2m …", at)
    return float(match[1]) * TIMES[match[2] or "s"] / TIMES["s"]


def _cut(text: str, at: int) -> tuple[str, str, int]:
    """Cut the first word off; return it, the rest, and where in the line that begins."""
    match = re.match(r"(\S*)\s*", text)
    assert match is not None
    return match[1], text[match.end() :], at + match.end()


def _message(opcode: Opcode, written: str, at: int, *, plain: bool = False) -> Say:
    payload = payload_of(f"text:{written}" if plain else written, at - len("text:") if plain else at)
    return Say(SendMessage(opcode, payload, compressed=True))


def _json(written: str, at: int) -> Say:
    payload = payload_of(written, at)
    wrong = json_problem(payload.decode("utf-8", "replace"))
    if wrong is None:
        return Say(SendMessage(Opcode.TEXT, payload, compressed=True))
    place = f" in line {wrong.line}, column {wrong.column}" if written.startswith("@") else ""
    lines = written.split("\n")
    before = sum(len(line) + 1 for line in lines[: wrong.line - 1]) + wrong.column - 1
    raise LineError(f"no JSON: {wrong.message}{place}", at if place else at + before)


def _control(opcode: Opcode) -> Callable[[str, int], Say]:
    def read(written: str, at: int) -> Say:
        payload = payload_of(written, at)
        if len(payload) > LONGEST_CONTROL:
            name = opcode.name.lower()
            raise LineError(f"a {name} has {LONGEST_CONTROL} bytes at most; /raw opcode={name} sends more", at)
        return Say(control_frame(opcode, payload), opcode, payload)

    return read


def _close(written: str, at: int) -> Say:
    return Say(close_of(written, at))


def _raw(written: str, at: int) -> Say:
    if not written.strip():
        raise LineError("say something of the frame, such as opcode=3 fin=0 payload=hex:00ff", at)
    return Say(frame_of(written, at, random_key))


def _repeat(written: str, at: int) -> Repeat:
    times_text, rest, place = _cut(written, at)
    if not re.fullmatch(r"[1-9]\d{0,8}", times_text, re.ASCII):
        raise LineError(f"{times_text!r} is no number of times: /repeat 10 [every 1s] hello", at)
    every_s = None
    word, behind, behind_at = _cut(rest, place)
    if word == "every":
        duration, rest, place = _cut(behind, behind_at)
        every_s = duration_of(duration, behind_at)
    try:
        said = entry_of(rest)
    except LineError as error:
        raise LineError(error.message, place + error.at) from error
    if not isinstance(said, Say) or isinstance(said.act, SendClose):
        raise LineError("what is repeated has to be something to send", place)
    return Repeat(int(times_text), every_s, said)


def _expect(written: str, at: int) -> Expect:
    match = re.fullmatch(r"(.*?)(?:\s+within\s+(\S+))?\s*", written, re.DOTALL)
    assert match is not None
    if not match[1]:
        raise LineError("give a regular expression: /expect REGEX [within 10s]", at)
    pattern = Pattern(match[1])
    if why := problem(pattern):
        raise LineError(f"no regular expression: {why}", at)
    return Expect(pattern, EXPECT_S if match[2] is None else duration_of(match[2], at + match.start(2)))


def _save(written: str, at: int) -> Save:
    if not written.strip():
        raise LineError("name a file: /save FILE", at)
    return Save(Path(written.strip()).expanduser())


def _pretty(written: str, at: int) -> Pretty:
    if written.strip() not in ("on", "off"):
        raise LineError("write /pretty on or /pretty off", at)
    return Pretty(written.strip() == "on")


def _help(written: str, at: int) -> Help:
    name = written.strip().removeprefix("/")
    name = ALIASES.get(name, name)
    if name and name not in COMMANDS:
        raise LineError(f"there is no command /{name}", at)
    return Help(name or None)


_PAYLOAD = "[TEXT|@FILE|hex:…|base64:…]"
COMMANDS = {
    "text": Command(_PAYLOAD, "send a text, as it is", lambda text, at: _message(Opcode.TEXT, text, at)),
    "binary": Command(_PAYLOAD, "send a binary message", lambda text, at: _message(Opcode.BINARY, text, at)),
    "json": Command("JSON|@FILE", "check that it is JSON, and send it as a text", _json),
    "multi": Command("", "write several lines: Enter begins a new one, Alt+Enter sends"),
    "ping": Command(_PAYLOAD, "send a ping; its pong shows how long it took", _control(Opcode.PING)),
    "pong": Command(_PAYLOAD, "send a pong that nobody asked for", _control(Opcode.PONG)),
    "close": Command("[CODE [REASON]]", "close the connection; 1000 unless said", _close),
    "raw": Command("KEY=VALUE…", "send a frame with any header; /help raw lists the keys", _raw),
    "repeat": Command("N [every 1s] …", "send a message, or what a command sends, N times", _repeat),
    "stop": Command("", "end what /repeat does"),
    "expect": Command("REGEX [within 10s]", "say whether such a message comes", _expect),
    "save": Command("FILE", "write the last message received into a file", _save),
    "pretty": Command("on|off", "lay out JSON and binary formats, or show them as they are", _pretty),
    "headers": Command("", "show the handshake"),
    "reconnect": Command("", "connect again"),
    "help": Command("[COMMAND]", "explain the commands", _help),
    "quit": Command("", "close the connection and end; so does Ctrl-D"),
}  # fmt: skip
"""The commands by name, in the order in which they are explained."""
ALIASES = {"exit": "quit", "q": "quit", "bin": "binary", "?": "help", "h": "help", "connect": "reconnect"}


def control_frame(opcode: Opcode, payload: bytes) -> SendFrame:
    """Make a ping or pong."""
    return SendFrame(encode_header(opcode, len(payload), mask_key=random_key()), payload)


def random_key() -> bytes:
    """Return a masking key."""
    return secrets.token_bytes(4)
