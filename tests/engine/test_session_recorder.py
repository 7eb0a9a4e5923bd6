"""Whatever a relay reports is on record exactly: read back from a real capture and compared with the bytes."""

from __future__ import annotations

import random
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.recording import C2S, DEFLATE, KEY, S2C, Kept, begin, count, opened_session, recording, the_one
from tests.engine.recording import answer as accepted
from tests.peers import framing
from tests.peers.capture import Recorded, recorded_gaps, recorded_sessions
from tests.peers.framing import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, build
from tests.peers.waiting import until
from wsinspect.model import (
    Carriage,
    Close,
    Completeness,
    Direction,
    End,
    HttpHead,
    PerDirection,
    Session,
    SessionState,
    TlsSide,
    Verdict,
)
from wsinspect.wire.deflate import INFLATE_LIMIT

CHUNK = 256 << 10
LETTERS = bytes(random.Random(1).choices(b"abcdefghij", k=3 * CHUNK))


def up(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0) -> bytes:
    return build(opcode, payload, fin=fin, rsv=rsv, mask=KEY)


def deflated(payload: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return (compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\x00\x00\xff\xff")


async def record(
    capture: Path,
    c2s: bytes = b"",
    s2c: bytes = b"",
    *,
    extra: tuple[tuple[str, str], ...] = (),
    step: int | None = None,
    max_payload: int = 64 << 20,
) -> Recorded:
    """Send two streams, in pieces of so many bytes, through a session, and return what is on record of it."""
    with recording(capture, max_payload=max_payload) as recorder:
        going = begin(recorder, *extra)
        for direction, stream in ((C2S, c2s), (S2C, s2c)):
            size = step or len(stream) or 1
            for place in range(0, len(stream), size):
                going.carrier.receive(direction, stream[place : place + size])
        assert (bytes(going.server.data), bytes(going.client.data)) == (c2s, s2c)
        going.end()
    return the_one(capture)


STREAMS = {
    "plain": (up(TEXT, b"Hello") + up(BINARY, b"\x00" * 70_000) + up(TEXT), build(TEXT, "é".encode()), ()),
    "fragmented": (
        up(TEXT, b"one ", fin=False) + up(PING, b"between") + up(CONTINUATION, b"two ", fin=False) + up(0, b"three"),
        build(BINARY, b"", fin=False) + build(CONTINUATION, b""),
        (),
    ),
    "control": (up(PING, b"p" * 125) + up(PONG), build(PONG, b"p" * 125) + build(CLOSE, b"\x03\xe8bye"), ()),
    "violating": (
        up(3, b"reserved") + build(TEXT, b"unmasked") + up(CONTINUATION, b"of nothing") + up(TEXT, b"\xff\xfe"),
        build(TEXT, b"masked", mask=KEY) + build(PING, b"x" * 126) + build(BINARY, b"rsv", rsv=2),
        (),
    ),
    "compressed": (
        up(TEXT, deflated(b"Hello " * 50), rsv=4) + up(TEXT, b"plain all the same"),
        build(BINARY, deflated(b"\x01" * 1000), rsv=4),
        (DEFLATE,),
    ),
    "compressed and fragmented": (
        up(TEXT, deflated(b"Hello")[:3], fin=False, rsv=4) + up(PING) + up(CONTINUATION, deflated(b"Hello")[3:]),
        b"",
        (DEFLATE,),
    ),
    "not what it says": (up(TEXT, b"\xff\xff\xff no deflate", rsv=4), build(TEXT, b"after it"), (DEFLATE,)),
}


@pytest.mark.parametrize("step", [None, 1, 7])
@pytest.mark.parametrize("name", STREAMS)
async def test_every_kind_of_frame_is_on_record_as_it_was_on_the_wire(
    tmp_path: Path, name: str, step: int | None
) -> None:
    c2s, s2c, extra = STREAMS[name]
    recorded = await record(tmp_path / "a.wsi", c2s, s2c, extra=extra, step=step)
    recorded.assert_holds(c2s, s2c)
    counted = recorded.session.messages
    assert (counted.c2s, counted.s2c) == tuple(
        sum(message.direction is direction for message in recorded.messages) for direction in Direction
    )
    assert [message.number for message in recorded.messages] == list(range(1, len(recorded.messages) + 1))
    for message in recorded.messages:
        frames = [frame for frame in recorded.frames if frame.message == message.number]
        assert message.frames == tuple(frame.seq for frame in frames)
        assert message.wire_size == sum(frame.wire_size for frame in frames)
        assert message.verdict is Verdict.FORWARDED
        if not message.compressed:
            assert message.payload == b"".join(frame.payload for frame in frames)


async def test_a_plain_message_is_one_row(tmp_path: Path) -> None:
    recorded = await record(tmp_path / "a.wsi", up(TEXT, b"Hello"), build(BINARY, b"\x00"))
    assert [message.payload for message in recorded.messages] == [b"Hello", b"\x00"]
    assert [message.opcode for message in recorded.messages] == [1, 2]
    assert [message.direction for message in recorded.messages] == [C2S, S2C]
    assert count(tmp_path / "a.wsi", "SELECT count(*) FROM frame") == 0


async def test_a_compressed_message_of_one_frame_is_one_row(tmp_path: Path) -> None:
    text = b"again and " * 100 + b"again"
    recorded = await record(tmp_path / "a.wsi", up(TEXT, deflated(text), rsv=4), extra=(DEFLATE,))
    (message,) = recorded.messages
    assert (message.payload, message.compressed, message.size) == (text, True, len(text))
    assert message.wire_size == 6 + len(deflated(text))
    assert message.completeness is Completeness.COMPLETE
    assert count(tmp_path / "a.wsi", "SELECT count(*) FROM frame") == 0
    assert count(tmp_path / "a.wsi", "SELECT count(*) FROM message WHERE header IS NOT NULL") == 1


async def test_fragments_make_one_message(tmp_path: Path) -> None:
    recorded = await record(tmp_path / "a.wsi", *STREAMS["fragmented"][:2])
    first, second = recorded.messages
    assert (first.payload, first.frames) == (b"one two three", (1, 3, 4))
    assert (second.payload, second.frames) == (b"", (5, 6))
    assert [frame.message for frame in recorded.frames] == [1, None, 1, 1, 2, 2]


async def test_control_frames_belong_to_no_message(tmp_path: Path) -> None:
    recorded = await record(tmp_path / "a.wsi", *STREAMS["control"][:2])
    assert recorded.messages == ()
    closing = recorded.frames[-1]
    assert (closing.close_code, closing.close_reason) == (1000, "bye")
    assert recorded.session.close == Close("server", 1000, "bye", clean=False)


async def test_violations_are_on_record_with_their_section(tmp_path: Path) -> None:
    recorded = await record(tmp_path / "a.wsi", *STREAMS["violating"][:2])
    for frame in recorded.frames:
        message = next((one for one in recorded.messages if one.number == frame.message), None)
        found = frame.violations + (message.violations if message else ())
        assert found, f"nothing is said of {frame}"
        assert all(violation.startswith("RFC 6455") for violation in found), found


@pytest.mark.parametrize("step", [None, 1000, CHUNK])
@pytest.mark.parametrize("size", [CHUNK, CHUNK + 1, len(LETTERS)])
async def test_large_frames_are_whole(tmp_path: Path, size: int, step: int | None) -> None:
    c2s, s2c = up(TEXT, LETTERS[:size]) + up(TEXT, b"behind"), build(BINARY, LETTERS[:size])
    recorded = await record(tmp_path / "a.wsi", c2s, s2c, step=step)
    recorded.assert_holds(c2s, s2c)
    assert [message.payload for message in recorded.messages] == [LETTERS[:size], b"behind", LETTERS[:size]]
    assert not [message for message in recorded.messages if message.completeness is not Completeness.COMPLETE]


@pytest.mark.parametrize("step", [None, 5000])
async def test_large_compressed_messages_are_whole(tmp_path: Path, step: int | None) -> None:
    noise = random.Random(2).randbytes(2 * CHUNK)
    c2s = up(BINARY, deflated(noise), rsv=4) + up(TEXT, deflated(LETTERS), rsv=4)
    recorded = await record(tmp_path / "a.wsi", c2s, extra=(DEFLATE,), step=step)
    recorded.assert_holds(c2s, b"")
    assert [message.payload for message in recorded.messages] == [noise, LETTERS]
    assert all(message.compressed for message in recorded.messages)


async def test_what_is_over_the_limit_is_counted(tmp_path: Path) -> None:
    sizes = (999, 1000, 1001, 2 * CHUNK)
    c2s = b"".join(up(BINARY, LETTERS[:size]) for size in sizes)
    recorded = await record(tmp_path / "a.wsi", c2s, max_payload=1000, step=4096)
    for records in (recorded.frames, recorded.messages):
        kept = [(one.payload, one.size, one.truncated) for one in records]
        assert kept == [(LETTERS[: min(size, 1000)], size, max(0, size - 1000)) for size in sizes]
    assert recorded.session.bytes == PerDirection(len(c2s), 0)


async def test_a_zip_bomb_says_what_it_is(tmp_path: Path) -> None:
    compressor = zlib.compressobj(wbits=-15)
    zeros = bytes(1 << 20)
    parts = [compressor.compress(zeros) for _ in range((INFLATE_LIMIT >> 20) + 2)]
    bomb = (b"".join(parts) + compressor.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\x00\x00\xff\xff")
    c2s = up(BINARY, bomb, rsv=4) + up(TEXT, b"behind it")
    recorded = await record(tmp_path / "a.wsi", c2s, extra=(DEFLATE,), max_payload=1 << 20)
    recorded.assert_holds(c2s, b"")
    bombed, behind = recorded.messages
    assert any("RFC 7692" in violation for violation in bombed.violations), bombed.violations
    assert len(bombed.payload) <= 1 << 20
    assert behind.payload == b"behind it"


@pytest.mark.parametrize(
    ("stream", "messages"),
    [
        (up(TEXT, b"whole") + up(TEXT, LETTERS[:300])[:3], 2),
        (up(TEXT, b"whole") + up(TEXT, b"not whole")[:-4], 2),
        (up(TEXT, b"the rest is missing", fin=False), 1),
        (up(BINARY, LETTERS)[: CHUNK + 4321], 1),
        (up(PING, b"ping")[:-1], 0),
    ],
    ids=["header", "payload", "fragment", "large", "control"],
)
async def test_what_is_cut_off_is_on_record_as_such(tmp_path: Path, stream: bytes, messages: int) -> None:
    recorded = await record(tmp_path / "a.wsi", stream)
    sent, rest = framing.split(stream)
    assert b"".join(frame.header for frame in recorded.frames) == b"".join(frame.header for frame in sent) + rest
    assert [len(frame.payload) for frame in recorded.frames][: len(sent)] == [len(frame.payload) for frame in sent]
    assert len(recorded.messages) == messages
    states = [frame.completeness for frame in recorded.frames] + [one.completeness for one in recorded.messages]
    assert Completeness.CUT_OFF in states
    assert Completeness.ARRIVING not in states


async def test_the_handshake_is_on_record(tmp_path: Path) -> None:
    extra = (("Sec-WebSocket-Protocol", "chat"), ("Sec-WebSocket-Extensions", "x-odd"))
    with recording(tmp_path / "a.wsi") as recorder:
        session = recorder.open(opened_session)
        tls = TlsSide("TLSv1.3", "AES", verified=True)
        carrier = session.upgraded(
            accepted(*extra), Carriage.DIRECT, server="127.0.0.1:443", tls_server=tls, on_finished=lambda _: None
        )
        carrier.client, carrier.server = Kept(), Kept()
        assert not session.over
        carrier.stop()
        assert session.over
    kept = the_one(tmp_path / "a.wsi").session
    assert (kept.relay, kept.status, kept.server, kept.tls_server) == (Carriage.DIRECT, 101, "127.0.0.1:443", tls)
    assert (kept.subprotocol, kept.extensions) == ("chat", "x-odd")
    assert kept.response == accepted(*extra)
    assert kept.violations, "neither was offered"


async def test_counters_are_final_and_ends_in_order(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi") as recorder:
        going = begin(recorder)
        going.carrier.receive(C2S, up(TEXT, b"x") * 3)
        going.carrier.end(S2C, End.CLOSE_NOTIFY)
        going.carrier.receive(C2S, up(TEXT, b"y", fin=False))
        going.carrier.end(C2S, End.RESET)
    kept = the_one(tmp_path / "a.wsi").session
    assert (kept.frames, kept.messages, kept.bytes) == (PerDirection(4), PerDirection(4), PerDirection(28))
    assert kept.ends == ((S2C, End.CLOSE_NOTIFY), (C2S, End.RESET))
    assert kept.state is SessionState.CLOSED
    assert kept.closed
    assert kept.error is None


@pytest.mark.parametrize("state", [SessionState.REFUSED, SessionState.FAILED])
async def test_a_session_without_an_upgrade(tmp_path: Path, state: SessionState) -> None:
    response = HttpHead("HTTP/1.1", (("Server", "x"),), status=403, reason="No") if state == 2 else None
    with recording(tmp_path / "a.wsi") as recorder:
        session = recorder.open(opened_session)
        session.ended_without_upgrade(state, "why", response=response, server="1.2.3.4:5")
        session.ended_without_upgrade(SessionState.FAILED, "a later reason does not count")
        session.stop()
    kept = the_one(tmp_path / "a.wsi").session
    assert (kept.state, kept.error, kept.server, kept.response) == (state, "why", "1.2.3.4:5", response)
    assert kept.status == (response.status if response else None)
    assert kept.closed


async def test_what_rules_sent_on_instead_is_on_record(tmp_path: Path) -> None:
    sent = HttpHead("HTTP/1.1", (("Host", "b.test"),), method="GET", target="/else")
    refusal = HttpHead("HTTP/1.1", (), status=403)
    with recording(tmp_path / "a.wsi") as recorder:
        session = recorder.open(opened_session)
        session.request_sent(sent)
        wanted = session.session.request
        assert wanted is not None
        assert wanted.sent == sent
        await until(
            lambda: [one.request for one in recorded_sessions(tmp_path / "a.wsi")] == [wanted],
            "the request on record before it is answered",
        )
        session.ended_without_upgrade(SessionState.REFUSED, "why", response=replace(accepted(), sent=refusal))
    kept = the_one(tmp_path / "a.wsi").session
    assert kept.request == wanted
    assert kept.response == replace(accepted(), sent=refusal)
    assert kept.status == 403, "as the client got it"


async def test_a_session_that_never_said_what_it_wanted(tmp_path: Path) -> None:
    def unknown(number: object) -> Session:
        session = opened_session(number)  # type: ignore[arg-type]
        return Session(session.id, session.relay, session.state, "a.test:443", session.opened)

    with recording(tmp_path / "a.wsi") as recorder:
        recorder.open(unknown).ended_without_upgrade(SessionState.FAILED, "no TLS")
    kept = the_one(tmp_path / "a.wsi").session
    assert (kept.state, kept.url, kept.request, kept.violations) == (SessionState.FAILED, "a.test:443", None, ())


async def test_a_session_that_was_aborted_was_not_stopped(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi") as recorder:
        begin(recorder).carrier.abort()
    assert the_one(tmp_path / "a.wsi").session.error == "ended by wsinspect"


async def test_a_stop_ends_what_is_open_and_what_is_not_answered(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi") as recorder:
        going = begin(recorder)
        going.carrier.receive(S2C, build(TEXT, b"hello"))
        going.session.stop()
    kept = the_one(tmp_path / "a.wsi").session
    assert (kept.state, kept.error) == (SessionState.CLOSED, "wsinspect was stopped")
    assert kept.ends == ((C2S, End.PROXY), (S2C, End.PROXY))
    assert kept.frames == PerDirection(0, 1)
    with recording(tmp_path / "b.wsi") as recorder:
        recorder.open(opened_session).stop()
    kept = the_one(tmp_path / "b.wsi").session
    assert kept.state is SessionState.FAILED
    assert "before the upgrade" in (kept.error or "")


async def test_an_error_of_ours_is_on_record_and_ends_no_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first = up(TEXT, b"begun", fin=False) + up(PING) + up(BINARY, LETTERS)[: CHUNK + 1000]
    with recording(tmp_path / "a.wsi") as recorder:
        going = begin(recorder)
        going.carrier.receive(C2S, first)

        def broken(*_: object) -> None:
            raise ZeroDivisionError("a bug")

        monkeypatch.setattr(going.session, "chunk", broken)
        monkeypatch.setattr(going.session, "frame", broken)
        for direction in Direction:
            going.carrier.receive(direction, b"\x00" * (2 * CHUNK))
        assert bytes(going.server.data) == first + b"\x00" * (2 * CHUNK)
        assert bytes(going.client.data) == b"\x00" * (2 * CHUNK)
        going.end()
    assert "a bug" in caplog.text
    recorded = the_one(tmp_path / "a.wsi")
    assert "an error of wsinspect: ZeroDivisionError: a bug" in (recorded.session.error or "")
    assert recorded.session.state is SessionState.CLOSED
    assert recorded.session.ends == ((C2S, End.FIN), (S2C, End.FIN))
    assert {one.completeness for one in recorded.messages} == {Completeness.CUT_OFF}
    (gap,) = recorded_gaps(tmp_path / "a.wsi")
    assert (gap.session, gap.why) == (1, "an error of wsinspect: ZeroDivisionError: a bug")
