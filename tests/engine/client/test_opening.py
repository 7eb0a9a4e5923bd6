"""Sessions with real servers, and with servers that misbehave in every way at the handshake."""

from __future__ import annotations

import asyncio
import random
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request, Response

from tests.engine.client.playing import bytes_server, echo_server, once, opened, played, port_of, script
from tests.engine.recording import the_one
from tests.peers.capture import all_recorded
from tests.peers.framing import CLOSE, TEXT, build
from tests.peers.upgrade import accepting, parse_head, raw_server
from tests.peers.waiting import within
from wsinspect.engine.client import ClientOptions, open_session, recording_to
from wsinspect.errors import EngineError, WsinspectError
from wsinspect.model import Close, Direction, End, HttpHead, SessionState, Source
from wsinspect.replay.client.framing import exact_frames
from wsinspect.replay.performing import End as EndAct
from wsinspect.replay.performing import SendClose, SendFrame, SendMessage
from wsinspect.store.reader import CaptureReader
from wsinspect.store.recording import read_recording

pytestmark = pytest.mark.usefixtures("no_proxy")

BYE = SendClose(1000, "bye")
ACCEPT = "Sec-WebSocket-Accept"


async def failure(options: ClientOptions | str) -> EngineError:
    with pytest.raises(EngineError) as caught:
        await opened(options, script())
    return caught.value


async def test_a_conversation_is_on_record_as_a_proxied_one(tmp_path: Path) -> None:
    performer = script(
        SendMessage(TEXT, b"hello"),
        SendMessage(TEXT, b"compress this " * 9, compressed=True),
        SendMessage(2, b"abcdef", fragments=(1, 2)),
        SendFrame(b"\x89\x82abcd", b"hi"),
        once(lambda: len(performer.said) == 3, BYE),
    )
    async with echo_server() as url:
        with recording_to(tmp_path / "a.wsi") as recorder:
            session = await played(f"{url}/chat?q", performer, recorder)
    assert performer.said == [(TEXT, b"hello"), (TEXT, b"compress this " * 9), (2, b"abcdef")]
    assert performer.controls == [(10, b"hi"), (CLOSE, b"\x03\xe8bye")]
    assert performer.ends == 1
    assert session.close == Close("client", 1000, "bye", clean=True)
    assert session.session_id == 1
    assert session.response.status == 101
    assert session.extensions is not None
    recorded = the_one(tmp_path / "a.wsi")
    kept = recorded.session
    assert (kept.state, kept.error, kept.close, kept.violations) == (SessionState.CLOSED, None, session.close, ())
    assert (kept.url, kept.listener, kept.server) == (f"{url}/chat?q", "replay", session.server)
    assert kept.client is not None
    assert kept.request == session.request
    assert kept.response == session.response
    assert {frame.source for frame in recorded.of(Direction.C2S)} == {Source.REPLAY}
    assert {frame.source for frame in recorded.of(Direction.S2C)} == {Source.PEER}
    assert [(message.direction, message.source, message.compressed) for message in recorded.messages[:3]] == [
        (Direction.C2S, Source.REPLAY, False),
        (Direction.C2S, Source.REPLAY, True),
        (Direction.C2S, Source.REPLAY, False),
    ]


async def test_a_person_may_be_the_source(tmp_path: Path) -> None:
    performer = script(SendMessage(TEXT, b"x" * 300_000), BYE)
    async with echo_server() as url:
        with recording_to(tmp_path / "a.wsi") as recorder:
            session = await opened(url, performer, recorder, Source.USER)
            await within(session.finished(), "the end")
    recorded = the_one(tmp_path / "a.wsi")
    assert {frame.source for frame in recorded.of(Direction.C2S)} == {Source.USER}
    assert recorded.messages[0].payload == b"x" * 300_000
    assert recorded.session.listener == "send"


async def test_without_a_recorder() -> None:
    async with echo_server() as url:
        session = await played(url, script(SendMessage(TEXT, b"hello"), BYE))
    assert session.session_id is None
    assert session.close == Close("client", 1000, "bye", clean=True)
    assert session.is_over
    assert session.ends == ((Direction.S2C, End.FIN), (Direction.C2S, End.FIN))


async def test_bytes_behind_the_101_are_frames() -> None:
    async with raw_server() as server:
        side = server.play(server.accept_upgrade(behind=build(TEXT, b"first") + build(TEXT, b"second")[:3]))
        performer = script(once(lambda: len(performer.said) == 2, EndAct()))
        session = await opened(f"ws://{server.authority}/", performer)
        endpoint, _ = await side
        assert performer.said[:1] == [(TEXT, b"first")]
        await endpoint.send(b"econd"[:0] + build(TEXT, b"second")[3:])
        assert await endpoint.ended() == [End.FIN]
        await endpoint.close()
        await within(session.finished(), "the end")
    assert performer.said == [(TEXT, b"first"), (TEXT, b"second")]
    assert session.close == Close("client", None, None, clean=False)


async def test_a_recorded_request_is_sent_as_it_was(tmp_path: Path) -> None:
    headers = (("HOST", "old.test"), ("x-A", "1"), ("Upgrade", "websocket"), ("connection", "Upgrade"),
               ("Sec-WebSocket-Key", "x" * 22 + "=="), ("Sec-WebSocket-Version", "13"), ("Cookie", "a"))  # fmt: skip
    request = HttpHead("HTTP/1.1", headers, method="GET", target="/a%2Fb")
    async with raw_server() as server:
        side = server.play(server.accept_upgrade())
        options = ClientOptions(f"ws://{server.authority}", (("cookie", "b"),), request=request, fresh_key=False)
        performer = script(EndAct(reset=True))
        session = await opened(options, performer)
        endpoint, asked = await side
        assert asked.first_line == "GET /a%2Fb HTTP/1.1"
        changed = {"HOST": server.authority, "Cookie": "b"}
        expected = [(name, changed.get(name, value)) for name, value in headers]
        assert list(asked.headers) == [*expected[:-1], ("cookie", "b")]
        assert await endpoint.ended() == [End.RESET]
        await within(session.finished(), "the end")
    assert session.ends[0] == (Direction.C2S, End.RESET)


@pytest.mark.parametrize(
    ("pieces", "then", "words"),
    [
        ((), "fin", "ended before there was an answer"),
        ((), "reset", "ended before there was an answer"),
        ((b"HTTP/1.1 101 Swi",), "fin", "did not answer with HTTP"),
        ((b"HTTP/1.1 101 Swi",), "reset", "ended|did not answer"),
        ((b"SSH-2.0-x\r\n",), "stall", "did not answer with HTTP"),
        ((b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 20_000,), "stall", "did not answer with HTTP"),
        ((b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno!",), "stall", "answered 403 Forbidden"),
        ((b"HTTP/1.1 403 Forbidden\r\n\r\nno!",), "fin", "answered 403 Forbidden"),
        ((b"HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",), "stall", f"no {ACCEPT}"),
        (
            (b"HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",),
            "stall",
            "does not belong to the key",
        ),
        ((b"HTTP/1.1 101 OK\r\nConnection: upgrade\r\n\r\n",), "stall", "no 'Upgrade: websocket'"),
    ],
)
async def test_servers_that_agree_to_nothing(tmp_path: Path, pieces: tuple[bytes, ...], then: str, words: str) -> None:
    async with bytes_server(*pieces, then=then) as url:
        with recording_to(tmp_path / "a.wsi") as recorder:
            performer = script()
            with pytest.raises(EngineError, match=words):
                await opened(url, performer, recorder)
    kept = the_one(tmp_path / "a.wsi").session
    refused = b" 403 " in b"".join(pieces)
    assert kept.state is (SessionState.REFUSED if refused else SessionState.FAILED)
    assert kept.error
    assert kept.status == (403 if refused else 101 if words and "HTTP/1.1 101 OK" in str(pieces) else None)
    assert kept.closed is not None
    assert not performer.ends


async def test_a_stalling_server_is_waited_for_only_so_long(tmp_path: Path) -> None:
    async with bytes_server(b"HTTP/1.1 101 ", then="stall") as url:
        with (
            recording_to(tmp_path / "a.wsi") as recorder,
            pytest.raises(EngineError, match=r"no answer within 0\.05 s"),
        ):
            await opened(ClientOptions(url, connect_timeout_s=0.05), script(), recorder)
    assert the_one(tmp_path / "a.wsi").session.state is SessionState.FAILED


async def test_an_answer_may_come_byte_by_byte() -> None:
    async with raw_server() as server:

        async def drip() -> None:
            endpoint = await server.accept()
            head = await endpoint.take_head()
            whole = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + accepting(parse_head(head)) + build(TEXT, b"hello")
            for place in range(len(whole)):
                await endpoint.send(whole[place : place + 1])
            await endpoint.take(len(build(CLOSE, mask=b"abcd")))
            await endpoint.send(build(CLOSE))
            await endpoint.close()

        side = server.play(drip())
        performer = script(once(lambda: performer.said, SendClose(None)))
        session = await played(f"ws://{server.authority}", performer)
        await side
    assert performer.said == [(TEXT, b"hello")]
    assert session.close == Close("client", None, None, clean=True)


async def test_nobody_listens(tmp_path: Path, unused_tcp_port: int) -> None:
    with recording_to(tmp_path / "a.wsi") as recorder, pytest.raises(EngineError, match="refused"):
        await opened(f"ws://localhost:{unused_tcp_port}", script(), recorder)
    assert "refused" in str(the_one(tmp_path / "a.wsi").session.error)


async def test_redirects_are_followed(tmp_path: Path) -> None:
    def answer_with(connection: ServerConnection, request: Request) -> Response | None:
        if request.path == "/there":
            assert "Authorization" not in request.headers
            return None
        response = connection.respond(HTTPStatus.FOUND, "")
        far = f"http://127.0.0.1:{port_of(server)}/there"
        response.headers["Location"] = {"/here": "there", "/far": far}.get(request.path, "/loop")
        return response

    async def nothing(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with serve(nothing, "127.0.0.1", 0, process_request=answer_with) as server:
        with recording_to(tmp_path / "a.wsi") as recorder:
            base = f"ws://u:p@localhost:{port_of(server)}"
            log_in = (("Authorization", "x"),)
            await played(ClientOptions(f"{base}/far", log_in), script(BYE), recorder)
            await played(f"ws://localhost:{port_of(server)}/here", script(BYE), recorder)
            assert "answered 302" in str(await failure(f"{base}/loop"))
            assert "answered 302" in str(await failure(ClientOptions(f"{base}/here", most_redirects=0)))
    states = [recorded.session.state for recorded in all_recorded(tmp_path / "a.wsi")]
    assert states == [SessionState.REFUSED, SessionState.CLOSED] * 2


async def test_a_request_that_cannot_be_sent(tmp_path: Path) -> None:
    with pytest.raises(WsinspectError, match="cannot be sent: the header A has a control character"):
        await opened(ClientOptions("ws://127.0.0.1:1", (("A", "x\ny"),)), script())


async def test_user_and_password_of_the_url_log_in() -> None:
    async with raw_server() as server:
        side = server.play(server.accept_upgrade())
        session = await opened(f"ws://u%20:p@{server.authority}/", script())
        endpoint, asked = await side
        assert asked.get("authorization") == "Basic dSA6cA=="
        assert asked.get("host") == server.authority
        session.stop()
        assert await endpoint.ended() == [End.FIN]
        await within(session.finished(), "the end")
        assert session.close == Close("proxy", None, None, clean=False)


async def test_giving_up_while_it_opens_is_on_record(tmp_path: Path) -> None:
    async with bytes_server(then="stall", reads=0) as url:
        with recording_to(tmp_path / "a.wsi") as recorder:
            opening = asyncio.create_task(open_session(ClientOptions(url), script(), recorder))
            await asyncio.sleep(0)
            opening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await opening
    assert the_one(tmp_path / "a.wsi").session.error == "it was given up"


_NARROW = ServerPerMessageDeflateFactory(server_max_window_bits=9, client_max_window_bits=9)
_FORGETFUL = ServerPerMessageDeflateFactory(client_no_context_takeover=True)


@pytest.mark.parametrize(
    ("arguments", "same_bytes"),
    [
        ({}, True),
        ({"extensions": [_NARROW]}, False),
        ({"extensions": [_FORGETFUL]}, False),
        ({"compression": None}, False),
    ],
)
async def test_recorded_frames_are_understood_whatever_is_agreed_this_time(
    tmp_path: Path, arguments: dict[str, object], same_bytes: bool
) -> None:
    twice = random.Random(1).randbytes(100).hex().encode()
    texts = [twice, *(b'{"id": %d, "text": "hello hello"}' % number for number in range(20)), twice]
    compressed = [SendMessage(TEXT, text, compressed=True, fragments=(3,)) for text in texts]
    performer = script(*compressed, once(lambda: len(performer.said) == len(texts), BYE))
    async with echo_server() as url:
        with recording_to(tmp_path / "a.wsi") as recorder:
            await played(url, performer, recorder)
    with CaptureReader(tmp_path / "a.wsi") as reader:
        recorded = read_recording(reader, 1, exact=True)
    frames = [act for event in recorded.messages(Direction.C2S) for act in exact_frames(event)]
    assert len(frames) == 2 * len(texts)
    again = script(*frames, once(lambda: len(again.said) == len(texts), BYE))
    async with echo_server(**arguments) as url:
        with recording_to(tmp_path / "b.wsi") as recorder:
            await played(ClientOptions(url, request=recorded.session.request), again, recorder)
    assert again.said == [(TEXT, text) for text in texts]
    recorded_frames = [the_one(tmp_path / name).of(Direction.C2S)[:-1] for name in ("a.wsi", "b.wsi")]
    first, second = ([(frame.header, frame.payload) for frame in frames] for frames in recorded_frames)
    assert (first == second) is same_bytes
