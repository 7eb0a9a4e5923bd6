"""Whole pages: what is on record is said, and nothing a peer wrote gets through unescaped."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import pytest

from wsinspect.model import (
    Carriage,
    Close,
    Completeness,
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
from wsinspect.present.pages import frame_page, message_page, session_page
from wsinspect.present.text import Cell
from wsinspect.store.reader import Hit

NOW = 1_700_000_000_123_456_789
HOSTILE = "\x1b[2J\u202e\x00\n[red]"
FULL_SESSION = Session(
    id=SessionId(3),
    relay=Carriage.DIRECT,
    state=SessionState.CLOSED,
    url=f"wss://a.test/{HOSTILE}",
    opened=NOW,
    client="127.0.0.1:5000",
    server="192.0.2.1:443",
    listener="regular@127.0.0.1:8080",
    subprotocol=HOSTILE,
    extensions=HOSTILE,
    status=101,
    closed=NOW + 1_000_000_000,
    close=Close("client", 1000, HOSTILE, clean=True),
    ends=((Direction.C2S, End.CLOSE_NOTIFY), (Direction.S2C, End.RESET)),
    request=HttpHead("HTTP/1.1", (("Host", HOSTILE), (HOSTILE, "x")), method="GET", target=HOSTILE),
    response=HttpHead("1.1", (("Upgrade", "websocket"),), status=101, reason="Switching Protocols"),
    tls_client=TlsSide("TLSv1.3", "AES", HOSTILE, HOSTILE),
    tls_server=TlsSide("TLSv1.3", "AES", verified=False),
    violations=(HOSTILE,),
    messages=PerDirection(1, 2000),
    tags=(HOSTILE,),
    note=HOSTILE,
)
MESSAGE = Message(9, SessionId(3), 17, NOW, NOW, Direction.C2S, 1, (1,), 8, 14, b'{"a": 1}')
FRAME = Frame(SessionId(3), 45, NOW, Direction.C2S, bytes.fromhex("818201020304"), 2, b"hi", message=17)


def plain(lines: Iterable[list[Cell]]) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def test_a_session_page_has_handshake_tls_close_and_counts() -> None:
    page = plain(session_page(FULL_SESSION))
    for expected in (
        '  close        1000 normal closure "\\x1b[2J\\u202e\\x00\\n[red]" by the client, clean',
        "  client end   close notify",
        "  server end   reset",
        "  listener     regular@127.0.0.1:8080",
        "  TLS server   TLSv1.3, AES, certificate not verified",
        "  messages     1 c2s, 2,000 s2c",
        "  HTTP/1.1 101 Switching Protocols",
        "  Upgrade: websocket",
    ):
        assert expected in page


@pytest.mark.parametrize(
    ("target", "sent", "told"),
    [
        (
            "ws://a.test/chat",
            HttpHead("HTTP/1.1", (("Host", "a.test"), ("B", HOSTILE), ("A", "1")), method="GET", target="/chat"),
            ["  changed by rules", "  - A: 1", "  + B: \\x1b[2J\\u202e\\x00\\n[red]"],
        ),
        (
            "/chat",
            HttpHead("HTTP/1.1", (("Host", "b.test"), ("A", "1"), ("A", "1")), method="GET", target="/else"),
            ["  changed by rules", "  - GET /chat HTTP/1.1", "  - Host: a.test", "  + GET /else HTTP/1.1",
             "  + Host: b.test"],
        ),
        (
            "ws://a.test",
            HttpHead("HTTP/1.1", (("Host", "a.test"), ("A", "1"), ("A", "1")), method="GET", target="/"),
            ["  sent to another server by rules"],
        ),
    ],
)  # fmt: skip
def test_what_went_on_instead_of_a_head_is_told_by_what_is_different(
    target: str, sent: HttpHead, told: list[str]
) -> None:
    came = HttpHead("HTTP/1.1", (("Host", "a.test"), ("A", "1"), ("A", "1")), method="GET", target=target, sent=sent)
    page = plain(session_page(dataclasses.replace(FULL_SESSION, request=came, response=None)))
    assert page[-len(told) :] == told


def test_a_refusal_instead_of_the_servers_answer_is_told() -> None:
    refusal = HttpHead("HTTP/1.1", (("Content-Length", "0"),), status=403, reason="Forbidden")
    came = HttpHead("HTTP/1.1", (("Upgrade", "websocket"),), status=101, reason="Switching Protocols", sent=refusal)
    page = plain(session_page(dataclasses.replace(FULL_SESSION, response=came)))
    assert page[-5:] == [
        "  changed by rules",
        "  - HTTP/1.1 101 Switching Protocols",
        "  - Upgrade: websocket",
        "  + HTTP/1.1 403 Forbidden",
        "  + Content-Length: 0",
    ]


def test_a_session_that_failed_says_why() -> None:
    session = Session(SessionId(1), Carriage.LAYERED, SessionState.REFUSED, "ws://a", NOW, status=403, error="no")
    page = plain(session_page(session))
    assert page[1:3] == ["  state        refused, status 403", "  why          no"]
    assert not any("close" in line or "Request" in line for line in page)


def test_a_message_page() -> None:
    page = plain(message_page(MESSAGE, limit=None))
    assert page[0] == "Message 3.17  text c2s"
    assert page[-4:] == ["Payload", "{", '  "a": 1', "}"]


def test_a_message_page_says_what_became_of_it() -> None:
    message = dataclasses.replace(
        MESSAGE,
        end=NOW + 1_000_000,
        payload=b"",
        source=Source.RULE,
        verdict=Verdict.MODIFIED,
        held_ns=1_000_000,
        delayed_ns=2_000_000,
        rules=("r",),
        sent=b"\x00\x01",
        truncated=5,
        completeness=Completeness.CUT_OFF,
        compressed=True,
        protocol="mqtt",
        decoded='{"event":"x"}',
    )
    page = plain(message_page(dataclasses.replace(message, opcode=2), limit=1))
    for expected in (
        "  took         1ms to its last frame",
        "  size         8 bytes, 14 on the wire, compressed",
        "  verdict      modified",
        "  made by      rule",
        "  held         1ms",
        "  truncated    5 bytes are not on record",
        "Payload  empty",
        "Sent instead",
        "\u2026 1 more bytes; --payload full shows all",
        "Decoded as mqtt",
        '  "event": "x"',
    ):
        assert expected in page
    assert any(line.startswith("  cut off ") for line in page)


def test_what_is_arriving_has_no_verdict_yet() -> None:
    page = plain(message_page(dataclasses.replace(MESSAGE, completeness=Completeness.ARRIVING), limit=None))
    assert "  verdict      none yet, still arriving" in page


def test_a_frame_page_names_its_header() -> None:
    page = plain(frame_page(FRAME, limit=None))
    assert page[0] == "Frame 3.f45  text c2s"
    assert "Header  81 82 01 02 03 04" in page
    assert "             masking key 01 02 03 04" in page
    assert page[-2:] == ["Payload", "hi"]


def test_a_close_frame_sent_instead_of_another() -> None:
    frame = dataclasses.replace(
        FRAME,
        header=b"\x88\x05",
        payload=b"\x03\xe8bye",
        close_code=1000,
        close_reason="bye",
        stage=Stage.SENT,
        leg=Leg.SERVER,
        of=44,
        sent_time=NOW,
        message=None,
    )
    page = plain(frame_page(frame, limit=None))
    assert "  leg          sent, server side, for 3.f44" in page
    assert '  close        1000 normal closure "bye"' in page


def test_a_continuation_is_shown_as_its_message_is() -> None:
    frame = dataclasses.replace(FRAME, header=b"\x80\x02")
    assert plain(frame_page(frame, limit=None))[-1].startswith("00000000  68 69")
    assert plain(frame_page(frame, of_text=True, limit=None))[-1] == "hi"


def test_what_rules_did_stands_in_columns() -> None:
    hits = [Hit("price", "json_set", "$.price", 1), Hit("tick", "send", "5 bytes", 1_200), Hit("a", "error", "no", 1)]
    message = dataclasses.replace(MESSAGE, rules=("price", "tick", "a"))
    page = plain(message_page(message, hits, limit=None))
    start = page.index("What rules did")
    assert page[start - 1 : start + 4] == [
        "",
        "What rules did",
        "  price  json_set  $.price",
        "  tick   send      5 bytes (1,200 times)",
        "  a      error     no",
    ]
    assert not any(line.startswith("  rules") for line in page)
    page = plain(session_page(FULL_SESSION, hits))
    assert page.index("What rules did") < page.index("Request")


def test_nothing_hostile_gets_through() -> None:
    message = dataclasses.replace(
        MESSAGE, payload=HOSTILE.encode(), violations=(HOSTILE,), rules=(HOSTILE,), note=HOSTILE, decoded=HOSTILE
    )
    frame = dataclasses.replace(FRAME, payload=HOSTILE.encode(), close_code=1, close_reason=HOSTILE)
    for page in (
        session_page(FULL_SESSION, [Hit(HOSTILE, HOSTILE, HOSTILE, 1)]),
        message_page(message, limit=None),
        frame_page(frame, limit=None),
    ):
        assert all(line.isprintable() for line in plain(page))
