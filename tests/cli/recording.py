"""A small capture with one of everything, written by the real writer."""

from __future__ import annotations

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
    Stage,
    TlsSide,
    Verdict,
)
from wsinspect.store.columns import Row
from wsinspect.store.rows import frame_row, message_row
from wsinspect.store.writer import CaptureWriter

NOW = 1_700_000_000_000_000_000
MS = 1_000_000
HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202e\x00[bold red]x[/]"

CHAT = Session(
    id=SessionId(1),
    relay=Carriage.DIRECT,
    state=SessionState.CLOSED,
    url="wss://chat.test/room?a=1",
    opened=NOW,
    scheme="wss",
    host="chat.test",
    port=443,
    path="/room?a=1",
    client="127.0.0.1:50000",
    server="192.0.2.1:443",
    listener="regular@127.0.0.1:8080",
    subprotocol="chat",
    extensions="permessage-deflate",
    status=101,
    closed=NOW + 900 * MS,
    close=Close("client", 1000, "bye", clean=True),
    ends=((Direction.C2S, End.CLOSE_NOTIFY), (Direction.S2C, End.FIN)),
    request=HttpHead("HTTP/1.1", (("Host", "chat.test"), ("X-Odd", HOSTILE)), method="GET", target="/room?a=1"),
    response=HttpHead("HTTP/1.1", (("Upgrade", "websocket"),), status=101, reason="Switching Protocols"),
    tls_client=TlsSide("TLSv1.3", "TLS_AES_256_GCM_SHA384", "chat.test", "http/1.1"),
    tls_server=TlsSide("TLSv1.3", "TLS_AES_256_GCM_SHA384", "chat.test", "http/1.1", verified=True),
    frames=PerDirection(6, 3),
    messages=PerDirection(3, 2),
    bytes=PerDirection(200, 100),
)
REFUSED = Session(
    SessionId(2),
    Carriage.LAYERED,
    SessionState.REFUSED,
    f"ws://{HOSTILE}/",
    NOW + 950 * MS,
    status=403,
    error="the server answered 403 Forbidden",
    response=HttpHead("HTTP/1.1", (), status=403, reason="Forbidden"),
)
KEY = bytes.fromhex("01020304")


def hot_row(
    row_id: int, number: int, seq: int, payload: bytes, *, session: int = 1, at_ms: int = 0, direction: int = 0
) -> Row:
    """Make the row of a text message in one frame, as the hot path does."""
    header = bytes([0x81, 0x80 | len(payload)]) + KEY if direction == 0 else bytes([0x81, len(payload)])
    return (row_id, session, number, seq, direction, 1, NOW + at_ms * MS, header, len(payload), payload)


def frame(seq: int, at_ms: int, direction: Direction, first: int, payload: bytes, **more: object) -> Frame:
    """Make a frame of the chat; `first` is the first byte of its header."""
    header = bytes([first, (0 if direction else 0x80) | len(payload)]) + (b"" if direction else KEY)
    return Frame(CHAT.id, seq, NOW + at_ms * MS, direction, header, len(payload), payload, leg=Leg(direction), **more)  # type: ignore[arg-type]


def write_capture(path: Path) -> Path:
    """Write the capture.

    Session 1, the chat: 1.1 text c2s; 1.2 text s2c, compressed; 1.3 text c2s in fragments with a ping between them; 1.4
    binary s2c, hostile text as bytes; 1.5 text c2s, JSON, modified by a rule. Session 2 was refused.
    """
    c2s, s2c = Direction.C2S, Direction.S2C
    with CaptureWriter(path) as writer:
        writer.insert_session(CHAT)
        writer.put_message(hot_row(1, 1, 1, b'{"op":"login","user":"ann"}', at_ms=10), 300)
        deflated = b"\xcaH\xcd\xc9\xc9\x07\x00"
        compressed = Message(2, CHAT.id, 2, NOW + 20 * MS, NOW + 20 * MS, s2c, 1, (2,), 5, 9, b"Hello", compressed=True)
        writer.insert_message(
            message_row(compressed, 2, header=b"\xc1\x07", payload=b"Hello", wire_payload=deflated), 300
        )
        fragmented = Message(3, CHAT.id, 3, NOW + 30 * MS, NOW + 50 * MS, c2s, 1, (3, 5), 8, 20, b"one two!")
        writer.insert_message(message_row(fragmented, 3, header=None, payload=None), 300)
        writer.insert_frame(frame_row(frame(3, 30, c2s, 0x01, b"one ", message=3), 3), 300)
        writer.insert_frame(frame_row(frame(4, 40, s2c, 0x89, b"p"), 4), 300)
        writer.insert_frame(frame_row(frame(5, 50, c2s, 0x80, b"two!", message=3), 5), 300)
        writer.insert_frame(frame_row(frame(6, 55, c2s, 0x8A, b"p"), 6), 300)
        hostile = HOSTILE.encode()
        binary = Message(
            7, CHAT.id, 4, NOW + 60 * MS, NOW + 60 * MS, s2c, 2, (7,), len(hostile), len(hostile) + 2, hostile
        )
        writer.insert_message(message_row(binary, 7, header=bytes([0x82, len(hostile)]), payload=hostile), 300)
        changed = Message(
            8, CHAT.id, 5, NOW + 70 * MS, NOW + 70 * MS, c2s, 1, (8,), 7, 13, b'{"a":1}', verdict=Verdict.MODIFIED
        )
        writer.insert_message(message_row(changed, 8, header=b"\x81\x87" + KEY, payload=b'{"a":1}'), 300)
        writer.insert("message_sent", (8, b'{"a":2}'))
        writer.insert("rule_hit", (8, 1, "rewrite", "replace", None))
        writer.insert("rule_hit", (None, 1, HOSTILE, "header_set", HOSTILE))
        sent = frame(9, 71, c2s, 0x81, b'{"a":2}', message=5, stage=Stage.SENT, of=8, verdict=Verdict.MODIFIED)
        writer.insert_frame(frame_row(sent, 9), 300)
        close = frame(
            10, 80, c2s, 0x88, b"\x03\xe8bye", close_code=1000, close_reason="bye",
            violations=("RFC 6455 5.1: a violation of this test",),
        )  # fmt: skip
        writer.insert_frame(frame_row(close, 10), 300)
        writer.insert_session(REFUSED)
    return path
