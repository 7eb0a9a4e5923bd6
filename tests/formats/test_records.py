"""The JSON records: keys as documented, absent where they do not apply, payloads as text or base64."""

from __future__ import annotations

import base64
import dataclasses

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.formats.records import (
    frame_record,
    json_line,
    message_record,
    milliseconds,
    opcode_name,
    payload_record,
    session_record,
    unix_seconds,
)
from wsinspect.model import (
    Carriage,
    Close,
    Completeness,
    Direction,
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

NOW = 1_700_000_000_123_456_789

SESSION_KEYS = (
    "id relay state url scheme host port path client server subprotocol extensions protocol status opened closed "
    "close request response tls frames messages bytes tags note"
).split()
FRAME_KEYS = (
    "session seq time dir opcode fin rsv masked mask_key size wire_size message source verdict held_ms delayed_ms "
    "sent_time leg stage of violations close text base64 truncated"
).split()
MESSAGE_KEYS = (
    "session number time end dir type frames size wire_size compressed source verdict held_ms delayed_ms rules "
    "text base64 sent protocol decoded tags note"
).split()

BARE_SESSION = Session(SessionId(3), Carriage.DIRECT, SessionState.FAILED, "wss://a.test/chat", NOW)
FULL_SESSION = Session(
    id=SessionId(3),
    relay=Carriage.LAYERED,
    state=SessionState.CLOSED,
    url="wss://a.test/chat",
    opened=NOW,
    scheme="wss",
    host="a.test",
    port=443,
    path="/chat",
    client="127.0.0.1:5000",
    server="192.0.2.1:443",
    subprotocol="mqtt",
    extensions="permessage-deflate",
    protocol="mqtt",
    status=101,
    closed=NOW + 1_000_000_000,
    close=Close("client", 1000, "bye", clean=True),
    request=HttpHead("1.1", (("Host", "a.test"),), method="GET", target="/chat"),
    response=HttpHead("1.1", (("Upgrade", "websocket"),), status=101, reason="Switching Protocols"),
    tls_client=TlsSide("TLSv1.3", "AES", "a.test", "http/1.1"),
    tls_server=TlsSide("TLSv1.3", "AES", "a.test", "http/1.1", verified=True),
    frames=PerDirection(2, 3),
    messages=PerDirection(1, 2),
    bytes=PerDirection(10, 20),
    tags=("odd",),
    note="look",
)
TEXT_FRAME = Frame(SessionId(3), 1, NOW, Direction.C2S, bytes.fromhex("818201020304"), 2, b"hi", message=1)
TEXT_MESSAGE = Message(9, SessionId(3), 1, NOW, NOW, Direction.C2S, 1, (1,), 2, 8, b"hi")


def test_a_whole_session_has_every_key_in_the_documented_order() -> None:
    record = session_record(FULL_SESSION)
    assert list(record) == SESSION_KEYS
    assert record["close"] == {"by": "client", "code": 1000, "reason": "bye", "clean": True}
    assert record["request"] == {"http_version": "1.1", "headers": [["Host", "a.test"]]}
    assert record["response"] == {"http_version": "1.1", "status": 101, "headers": [["Upgrade", "websocket"]]}
    assert record["tls"] == {
        "client": {"version": "TLSv1.3", "cipher": "AES", "sni": "a.test", "alpn": "http/1.1"},
        "server": {"version": "TLSv1.3", "cipher": "AES", "sni": "a.test", "alpn": "http/1.1", "verified": True},
    }
    assert record["bytes"] == {"c2s": 10, "s2c": 20}
    assert record["relay"] == "layered"


def test_heads_tell_what_went_on_instead() -> None:
    sent = HttpHead("1.1", (("Host", "b.test"),), method="GET", target="/else?x=" + chr(0xDCFF))
    refusal = HttpHead("1.1", (("X", "y"),), status=403, reason="Forbidden")
    request, response = FULL_SESSION.request, FULL_SESSION.response
    assert request is not None
    assert response is not None
    record = session_record(
        dataclasses.replace(
            FULL_SESSION,
            request=dataclasses.replace(request, sent=sent),
            response=dataclasses.replace(response, sent=refusal),
        )
    )
    assert orjson.loads(json_line(record))["request"] == {
        "http_version": "1.1",
        "headers": [["Host", "a.test"]],
        "sent": {"target": "/else?x=\xff", "http_version": "1.1", "headers": [["Host", "b.test"]]},
    }
    assert record["response"] == {
        "http_version": "1.1",
        "status": 101,
        "headers": [["Upgrade", "websocket"]],
        "sent": {"http_version": "1.1", "status": 403, "headers": [["X", "y"]]},
    }


def test_a_session_leaves_out_what_does_not_apply() -> None:
    record = session_record(BARE_SESSION)
    assert set(record) == {"id", "relay", "state", "url", "opened", "frames", "messages", "bytes"}


def test_a_close_without_a_code_has_none() -> None:
    record = session_record(dataclasses.replace(BARE_SESSION, close=Close("server", None, None, clean=False)))
    assert record["close"] == {"by": "server", "clean": False}


@pytest.mark.parametrize("value", ["caf\u00e9", chr(0xDCFF), chr(0xD800)])
def test_text_of_a_peer_can_always_be_encoded(value: str) -> None:
    head = HttpHead("1.1", (("X", value),))
    record = session_record(dataclasses.replace(BARE_SESSION, request=head))
    assert orjson.loads(json_line(record))["request"]["headers"][0][0] == "X"


def test_header_bytes_that_are_not_utf8_are_read_as_latin_1() -> None:
    head = HttpHead("1.1", (("X", b"caf\xe9".decode("utf-8", "surrogateescape")),))
    record = session_record(dataclasses.replace(BARE_SESSION, request=head))
    assert record["request"] == {"http_version": "1.1", "headers": [["X", "caf\u00e9"]]}


def test_a_plain_text_frame() -> None:
    assert frame_record(TEXT_FRAME) == {
        "session": 3,
        "seq": 1,
        "time": 1700000000.123457,
        "dir": "c2s",
        "opcode": "text",
        "fin": True,
        "rsv": 0,
        "masked": True,
        "mask_key": "01020304",
        "size": 2,
        "wire_size": 8,
        "message": 1,
        "source": "peer",
        "verdict": "forwarded",
        "leg": "client",
        "stage": "received",
        "text": "hi",
    }


def test_a_frame_that_was_sent_instead_of_another() -> None:
    frame = dataclasses.replace(
        TEXT_FRAME,
        header=b"\x81\x02",
        source=Source.RULE,
        verdict=Verdict.MODIFIED,
        held_ns=1_500_000,
        delayed_ns=2_000,
        sent_time=NOW,
        leg=Leg.SERVER,
        stage=Stage.SENT,
        of=1,
        violations=("RFC 6455 5.1: unmasked client frame",),
        truncated=7,
    )
    record = frame_record(frame)
    assert set(record) <= set(FRAME_KEYS)
    assert record["masked"] is False
    assert "mask_key" not in record
    assert (record["leg"], record["stage"], record["of"]) == ("server", "sent", 1)
    assert (record["held_ms"], record["delayed_ms"], record["sent_time"]) == (1.5, 0.002, 1700000000.123457)
    assert record["violations"] == ["RFC 6455 5.1: unmasked client frame"]
    assert record["truncated"] == 7


def test_a_frame_that_was_cut_off_in_its_header_is_masked_but_has_no_key() -> None:
    frame = dataclasses.replace(TEXT_FRAME, header=bytes.fromhex("81820102"), payload=b"")
    record = frame_record(dataclasses.replace(frame, completeness=Completeness.CUT_OFF))
    assert record["masked"] is True
    assert "mask_key" not in record


def test_a_close_frame_gives_code_and_reason_beside_the_payload() -> None:
    payload = b"\x03\xe8bye"
    frame = Frame(SessionId(3), 2, NOW, Direction.S2C, b"\x88\x05", 5, payload, close_code=1000, close_reason="bye")
    record = frame_record(frame)
    assert record["close"] == {"code": 1000, "reason": "bye"}
    assert record["base64"] == base64.b64encode(payload).decode()


def test_the_payload_of_a_compressed_frame_is_base64_even_where_it_would_read_as_text() -> None:
    assert "base64" in frame_record(dataclasses.replace(TEXT_FRAME, header=b"\xc1\x02"))


@pytest.mark.parametrize(("of_text", "key"), [(True, "text"), (False, "base64"), (None, "base64")])
def test_a_continuation_is_text_where_its_message_is(of_text: bool | None, key: str) -> None:
    assert key in frame_record(dataclasses.replace(TEXT_FRAME, header=b"\x80\x02"), of_text=of_text)


def test_what_is_still_arriving_has_no_verdict() -> None:
    arriving = Completeness.ARRIVING
    assert "verdict" not in frame_record(dataclasses.replace(TEXT_FRAME, completeness=arriving))
    record = message_record(dataclasses.replace(TEXT_MESSAGE, completeness=arriving))
    assert "verdict" not in record
    assert "end" not in record


def test_a_plain_message() -> None:
    assert message_record(TEXT_MESSAGE) == {
        "session": 3,
        "number": 1,
        "time": 1700000000.123457,
        "end": 1700000000.123457,
        "dir": "c2s",
        "type": "text",
        "frames": [1],
        "size": 2,
        "wire_size": 8,
        "compressed": False,
        "source": "peer",
        "verdict": "forwarded",
        "text": "hi",
    }


def test_a_message_with_everything() -> None:
    message = dataclasses.replace(
        TEXT_MESSAGE,
        held_ns=1,
        delayed_ns=1,
        rules=("r",),
        sent=b"\xff",
        protocol="mqtt",
        decoded='{"event": "publish"}',
        tags=("t",),
        note="n",
    )
    record = message_record(message)
    assert list(record) == [key for key in MESSAGE_KEYS if key != "base64"]
    assert record["sent"] == {"base64": "/w=="}
    assert record["decoded"] == {"event": "publish"}


@given(st.binary(), st.booleans())
def test_a_payload_is_always_one_key_that_gives_the_bytes_back(payload: bytes, of_text: bool) -> None:
    record = orjson.loads(json_line(payload_record(payload, of_text)))
    if "text" in record:
        assert of_text
        assert record == {"text": payload.decode()}
    else:
        assert record.keys() == {"base64"}
        assert base64.b64decode(record["base64"]) == payload


@given(st.integers(0, 2**62))
def test_times_print_with_six_digits_at_most(time: int) -> None:
    seconds = unix_seconds(time)
    if time < 4_000_000_000 * 10**9:
        assert abs(seconds - time / 1e9) < 1e-6
        assert len(repr(seconds).partition(".")[2]) <= 6 or "e" in repr(seconds)


def test_durations_are_milliseconds() -> None:
    assert milliseconds(1_234_567) == 1.235


def test_reserved_opcodes_are_numbers() -> None:
    assert [opcode_name(opcode) for opcode in (0, 1, 2, 3, 8, 9, 10, 15)] == [
        *("continuation", "text", "binary", "0x3", "close", "ping", "pong", "0xf")
    ]
