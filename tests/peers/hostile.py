"""A capture of hostile peers: wherever a peer, a file or a person reaches stands what a terminal would obey."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from wsinspect.model import (
    Carriage,
    Close,
    Direction,
    End,
    Frame,
    HttpHead,
    Leg,
    Message,
    PerDirection,
    Session,
    SessionId,
    SessionState,
    Source,
    Stage,
    TlsSide,
    Verdict,
)
from wsinspect.store.rows import frame_row, message_row
from wsinspect.store.writer import CaptureWriter

T0 = 1_700_000_000_000_000_000
MS = 1_000_000

OBEYED = (
    "\x1b]0;OWNED\x07",  # the title of the window
    "\x1b]52;c;T1dORUQ=\x1b\\",  # the clipboard
    "\x1b]8;;http://owned.test/\x1b\\link\x1b]8;;\x1b\\",
    "\x1b[2J\x1b[H\x1b[31;5mOWNED\x1b[0m",  # all the screen
    "\x1b[?1049l\x1b[?1000l\x1b[?25h",  # what the screen has set
    "\x1bP+q544e\x1b\\",  # a question that the terminal answers as if it was typed
    "\x1b[6n\x1b[c\x05",
    "\x1b_GOWNED\x1b\\\x1b^x\x1b\\",
    "\x9b2J\x9d0;OWNED\x9c\x90q\x9c",  # the same in one character
    "\x08\x08\x7f\x0b\x0c\x0e\x0f\x00\r\x85",
)
"""What a terminal obeys."""
TURNED = ("\u202eowned\u202c", "\u2066\u2067\u2068x\u2069", "\u202a\u202b\u202d", "\u200e\u200f\u061c")
"""What turns the order of what stands beside it."""
MARKUP = (
    "[bold red]x[/]",
    "[@click=app.exit()]x[/]",
    "[link=http://owned.test]x[/link]",
    "[/]",
    "[/nothing]",
    "[[[",
    "\\[",
    "[$error]x",
    "$primary",
    ":smile:",
    "{x}",
    "%s",
)
"""What Textual and Rich would take for markup."""
ODD = (
    "\u200b\u200c\u200d\u2060\ufeff",  # no width
    "👩\u200d👩\u200d👧\u200d👦 ❤\ufe0f 👍🏽 🇩🇪 1\ufe0f\u20e3",
    "\u3164\u115f\u1160\uffa0",  # fillers that are letters
    "全角ＷＩＤＥ한글",
    "\u0915\u094d\u0937\u093f\u0bb8\u0bcd",
    "a" + "\u0300\u0301\u0489\u20dd" * 20,
    "\u2028\u2029\u00ad\u034f\U000e0041\U000e0101",
    "\ufdfd𒐫⸻",
    "\ud800\udfff",
    "\uffff\ufffe\U0010ffff\ue000",
    "\t\ttabs\n\nlines\r\n",
)
"""What is wide, narrow, or hard to see."""
ALL = (*OBEYED, *TURNED, *MARKUP, *ODD)
EVIL = "".join(ALL)
"""All of it."""
SHORT = "\x1b]0;OWNED\x07\x1b[2J\u202e\x9b31m[@click=app.exit()][/]\x00全❤\ufe0f\u3164"
"""A little of each kind, for where there is little room."""


def utf8(text: str) -> bytes:
    """Encode a text, lone surrogates too."""
    return text.encode("utf-8", "surrogatepass")


def evil_session(
    number: int, evil: str = EVIL, *, state: SessionState = SessionState.CLOSED, repeat: int = 1
) -> Session:
    """Make a session whose every text is hostile; with `repeat` times the headers."""
    headers = tuple((f"X-{number}-{each}", each) for each in (*ALL, evil)) * repeat
    tls = TlsSide(evil, evil, evil, evil, verified=False)
    status = {SessionState.REFUSED: 403, SessionState.FAILED: None}.get(state, 101)
    return Session(
        id=SessionId(number),
        relay=Carriage.DIRECT,
        state=state,
        url=f"ws://{evil}/{evil}?{evil}",
        opened=T0,
        scheme="ws",
        host=evil,
        port=80,
        path=f"/{evil}",
        client=evil,
        server=evil,
        listener=f"{SHORT}@{SHORT}",
        subprotocol=evil,
        extensions=evil,
        protocol=evil,
        status=status,
        closed=None if state is SessionState.OPEN else T0 + 1000 * MS,
        close=Close(evil, 4999, evil, clean=False) if state is SessionState.CLOSED else None,
        ends=((Direction.C2S, End.RESET), (Direction.S2C, End.TLS_ERROR)),
        error=evil,
        request=HttpHead(evil, headers, method=evil, target=evil),
        response=HttpHead(evil, headers, status=status or 0, reason=evil, sent=HttpHead(evil, headers, status=1)),
        tls_client=tls,
        tls_server=tls,
        violations=(evil, *ALL),
        frames=PerDirection(100, 100),
        messages=PerDirection(100, 100),
        bytes=PerDirection(10_000, 10_000),
        tags=(evil, SHORT),
        note=evil,
    )


class HostileWriter:
    """Puts messages one after the other.

    Args:
        writer: Of the capture.
    """

    def __init__(self, writer: CaptureWriter) -> None:
        self.writer = writer
        self.next_id = 1
        self._numbers: dict[int, int] = {}
        self._seqs: dict[int, int] = {}

    def message(
        self,
        payload: bytes,
        *,
        session: int = 1,
        binary: bool = False,
        sent: bytes | None = None,
        violations: Sequence[str] = (),
    ) -> int:
        """Put a message; return its id."""
        number = self._numbers[session] = self._numbers.get(session, 0) + 1
        row_id, seq, direction = self.next_id, self._seq(session), Direction(number % 2)
        self.next_id += 1
        at = T0 + row_id * MS
        header = bytes([0x82 if binary else 0x81, 127]) + len(payload).to_bytes(8)
        made = Message(
            row_id, SessionId(session), number, at, at, direction, 2 if binary else 1, (seq,), len(payload),
            len(payload) + len(header), payload, source=Source.PEER,
            verdict=Verdict.FORWARDED if sent is None else Verdict.MODIFIED, violations=tuple(violations),
        )  # fmt: skip
        self.writer.insert_message(message_row(made, seq, header=header, payload=payload), len(payload) + 300)
        if sent is not None:
            self.writer.insert("message_sent", (row_id, sent), len(sent) + 300)
            frame = Frame(
                SessionId(session), self._seq(session), at, direction, header, len(sent), sent, message=number,
                leg=Leg(direction), stage=Stage.SENT, of=seq, verdict=Verdict.MODIFIED,
            )  # fmt: skip
            self.writer.insert_frame(frame_row(frame, self.next_id), len(sent) + 300)
            self.next_id += 1
        return row_id

    def close_frame(self, reason: bytes, session: int = 1) -> None:
        """Put a close frame."""
        payload = (4999).to_bytes(2) + reason
        frame = Frame(
            SessionId(session), self._seq(session), T0 + self.next_id * MS, Direction.S2C,
            bytes([0x88, len(payload) & 0x7F]), len(payload), payload, close_code=4999,
            close_reason=reason.decode("utf-8", "surrogateescape"), violations=(EVIL,),
        )  # fmt: skip
        self.writer.insert_frame(frame_row(frame, self.next_id), 300)
        self.next_id += 1

    def ping(self, payload: bytes, session: int = 1) -> None:
        """Put a ping."""
        header = bytes([0x89, len(payload) & 0x7F])
        frame = Frame(
            SessionId(session), self._seq(session), T0 + self.next_id * MS, Direction.S2C, header, len(payload), payload
        )
        self.writer.insert_frame(frame_row(frame, self.next_id), 300)
        self.next_id += 1

    def _seq(self, session: int) -> int:
        self._seqs[session] = self._seqs.get(session, 0) + 1
        return self._seqs[session]


def write_hostile_capture(path: Path) -> Path:
    """Write a capture with everything that is hostile by what it says; nothing in it is large."""
    with CaptureWriter(path) as writer:
        writer.insert_session(evil_session(1))
        writer.insert_session(evil_session(2, state=SessionState.REFUSED))
        writer.insert_session(evil_session(3, state=SessionState.FAILED))
        put = HostileWriter(writer)
        for text in ALL:
            put.message(utf8(text))
        for payload in evil_payloads():
            put.message(payload, binary=False)
            put.message(payload, binary=True, violations=(EVIL,))
        changed = put.message(utf8(EVIL), sent=utf8(EVIL[::-1]), violations=ALL)
        writer.insert("rule_hit", (changed, 1, SHORT, "log", utf8(EVIL)))
        writer.insert("rule_hit", (None, 1, SHORT, "log", utf8(EVIL)))
        for tag in ALL:
            writer.insert("tag", (1, 1, utf8(tag)))
        writer.insert("note", (1, utf8(EVIL)))
        writer.insert("note", (changed, utf8(EVIL)))
        put.ping(utf8(SHORT))
        put.ping(utf8(EVIL)[:125])
        put.close_frame(utf8(SHORT))
    return path


def evil_payloads() -> list[bytes]:
    """Return hostile payloads of every format that is taken apart."""
    document = {EVIL: EVIL, SHORT: [SHORT, {MARKUP[0]: MARKUP[1]}], "id": EVIL, "type": SHORT, "": ""}
    xml = f'<?xml version="1.0"?><!-- {MARKUP[1]} \x9b2J --><a b="{TURNED[0]}\x9d0;OWNED\x9c">{MARKUP[0]}\x85&#27;</a>'
    name = utf8(SHORT)
    packed = b"\x82" + b"\xd9" + bytes([len(name)]) + name + b"\xda" + len(utf8(EVIL)).to_bytes(2) + utf8(EVIL)
    packed += b"\xa1k" + b"\xc7" + bytes([len(name), 5]) + name
    cbor = b"\xa1\x78" + bytes([len(name)]) + name + b"\x79" + len(utf8(EVIL)).to_bytes(2) + utf8(EVIL)
    size = len(name)
    protobuf = b"\x0a" + bytes([size]) + name + b"\x12" + bytes([size]) + name + b"\x18\x01"
    return [
        json.dumps(document).encode(),
        utf8(json.dumps(document, ensure_ascii=False)),
        json.dumps(document)[:-20].encode(),
        xml.encode(),
        packed,
        cbor,
        protobuf,
        b"a=%1b%5d0;OWNED%07&" + b"%e2%80%ae=[/]&b=%9b2J",
        utf8(EVIL) * 3,
        b"\xff\xfe\x00\xd8" + utf8(EVIL),
        b"",
    ]
