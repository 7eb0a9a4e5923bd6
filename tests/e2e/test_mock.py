"""Sessions without a server, with clients that people use, on every way into the engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from websockets.asyncio.client import connect as connect_websockets
from websockets.exceptions import ConnectionClosedOK
from websockets.typing import Subprotocol

from tests.engine.fake_rules import FakeRules, mock
from tests.engine.layered import tls_in_tls
from tests.engine.live import LiveEngine, live_engine
from tests.peers.browser import browser
from tests.peers.capture import Recorded, session_at
from tests.peers.certificates import client_context, raw_client_context
from tests.peers.endpoint import Endpoint
from tests.peers.framing import CLOSE, PING, PONG, TEXT, build
from tests.peers.libraries import web_application
from tests.peers.programs import NODE, node, program
from tests.peers.upgrade import (
    accept_for,
    connect,
    connect_through,
    connect_through_socks,
    finish_upgrade,
    parse_head,
    request,
)
from tests.peers.waiting import until, within
from wsinspect.engine.carrier import Carrier
from wsinspect.engine.session_recorder import SessionRecorder
from wsinspect.model import Carriage, Direction, End, SessionState, Source

pytestmark = pytest.mark.usefixtures("private_runtime")

KEY = b"\x01\x02\x03\x04"
HOST = "no-such-host.invalid"


@pytest.fixture
async def engine(tmp_path: Path, confdir: Path) -> AsyncIterator[LiveEngine]:
    async with live_engine(tmp_path, confdir, modes=("regular", "socks5@127.0.0.1:0")) as running:
        yield running


def mocking(engine: LiveEngine, subprotocol: str | None = None, *headers: tuple[str, str]) -> FakeRules:
    rules = FakeRules(mock(subprotocol, *headers), reroutes=True)
    rules.put_into(engine)
    return rules


async def recorded_mock(engine: LiveEngine, path: str, carriage: Carriage = Carriage.DIRECT) -> Recorded:
    recorded = await session_at(engine.capture, path)
    session = recorded.session
    assert (session.state, session.status, session.server) == (SessionState.CLOSED, 101, "mock")
    assert (session.relay, session.tls_server, session.violations) == (carriage, None, ())
    assert not [frame for frame in recorded.frames if frame.violations]
    return recorded


async def talk(client: Endpoint, path: str, *, target: str | None = None, host: str = HOST) -> None:
    """Upgrade, send, ping, close and see the connection end."""
    head = request(target or path, host)
    response = await finish_upgrade(client, head)
    asked = parse_head(head)
    assert response.first_line == "HTTP/1.1 101 Switching Protocols"
    assert response.headers == (
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept_for(asked.get("sec-websocket-key") or "")),
    )
    await client.send(build(TEXT, b"to nobody", mask=KEY) + build(PING, b"there?", mask=KEY))
    await client.expect(build(PONG, b"there?"))
    await client.send(build(CLOSE, b"\x0f\xa0bye", mask=KEY))
    await client.expect(build(CLOSE, b"\x0f\xa0"))
    await client.ended()
    await client.close()


@pytest.mark.parametrize("way", ["absolute", "CONNECT ws", "CONNECT wss", "SOCKS ws", "SOCKS wss"])
async def test_a_mock_needs_no_server(engine: LiveEngine, way: str) -> None:
    rules = mocking(engine)
    regular, socks = engine.addresses
    target = None
    if way == "absolute":
        client, target = await connect(regular), f"ws://{HOST}/mock"
    else:
        client = await (connect_through if "CONNECT" in way else connect_through_socks)(
            regular if "CONNECT" in way else socks, f"{HOST}:443"
        )
        client.forget_taken()
    if way.endswith("wss"):
        await client.start_tls(raw_client_context(), server_name=HOST, server_side=False)
    await talk(client, "/mock", target=target)
    recorded = await recorded_mock(engine, "/mock")
    assert [(frame.direction, frame.opcode, frame.source) for frame in recorded.frames] == [
        (Direction.C2S, TEXT, Source.PEER),
        (Direction.C2S, PING, Source.PEER),
        (Direction.S2C, PONG, Source.PEER),
        (Direction.C2S, CLOSE, Source.PEER),
        (Direction.S2C, CLOSE, Source.PEER),
    ]
    assert [one.status for one in rules.heads] == [None], "rules are asked about the client's request alone"
    assert recorded.session.close is not None
    assert (recorded.session.close.by, recorded.session.close.clean) == ("client", True)
    assert recorded.ends(Direction.S2C) == [End.FIN]
    await engine.until_empty()


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("mode", ["reverse", "upstream"])
async def test_a_mock_in_other_modes(tmp_path: Path, confdir: Path, mode: str, scheme: str) -> None:
    spec = f"{mode}:{scheme if mode == 'reverse' else 'http'}://{HOST}:9"
    async with live_engine(tmp_path, confdir, modes=(spec,)) as engine:
        mocking(engine)
        if mode == "reverse":
            client = await connect(engine.address)
        else:
            client = await connect_through(engine.address, f"{HOST}:9")
            client.forget_taken()
        if scheme == "https":
            await client.start_tls(raw_client_context(), server_name=HOST, server_side=False)
        await talk(client, "/mode")
        await recorded_mock(engine, "/mode")
        await engine.until_empty()


async def test_a_layered_mock(engine: LiveEngine) -> None:
    mocking(engine)
    async with tls_in_tls(engine, f"{HOST}:443") as client:
        await client.start_tls(raw_client_context(), server_name=HOST, server_side=False)
        await talk(client, "/layered")
    await recorded_mock(engine, "/layered", Carriage.LAYERED)
    await engine.until_empty()


def send(carrier: Carrier, text: bytes) -> None:
    """Send as a rule does."""
    carrier.client.send(build(TEXT, text))


@pytest.mark.parametrize("scheme", ["ws", "wss"])
@pytest.mark.parametrize(("wanted", "agreed"), [(None, "first"), ("second", "second")])
async def test_websockets_talks_to_a_mock(
    engine: LiveEngine, confdir: Path, scheme: str, wanted: str | None, agreed: str
) -> None:
    rules = mocking(engine, wanted, ("X-Mock", "yes"))
    host, port = engine.address
    async with connect_websockets(
        f"{scheme}://{HOST}/lib",
        ssl=client_context(confdir / "mitmproxy-ca-cert.pem") if scheme == "wss" else None,
        proxy=f"http://{host}:{port}",
        subprotocols=[Subprotocol("first"), Subprotocol("second")],
        ping_interval=0.01,
        ping_timeout=5,
    ) as client:
        assert client.subprotocol == agreed
        assert client.response is not None
        assert client.response.headers["X-Mock"] == "yes"
        assert not client.protocol.extensions
        await client.send("hello")
        await within(await client.ping(b"are you there"), "a pong")
        ((_, carrier),) = rules.carriers
        send(carrier, b"from a rule")
        assert await within(client.recv(), "what a rule sends") == "from a rule"
        await client.close(4001, "enough")
        with pytest.raises(ConnectionClosedOK if client.close_code == 1000 else Exception):
            await client.recv()
        assert client.close_code == 4001
    recorded = await recorded_mock(engine, "/lib")
    assert recorded.session.subprotocol == agreed
    assert recorded.session.extensions is None
    assert [message.payload for message in recorded.messages] == [b"hello"]


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_aiohttp_talks_to_a_mock(engine: LiveEngine, confdir: Path, scheme: str) -> None:
    rules = mocking(engine)
    host, port = engine.address
    tls = client_context(confdir / "mitmproxy-ca-cert.pem") if scheme == "wss" else False
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{scheme}://{HOST}/aio", proxy=f"http://{host}:{port}", ssl=tls, heartbeat=0.05) as client,
    ):
        await client.send_str("hello")
        ((_, carrier),) = rules.carriers
        send(carrier, b"from a rule")
        assert await within(client.receive_str(), "what a rule sends") == "from a rule"
        await client.close(code=4002)
        assert client.close_code == 4002
    await recorded_mock(engine, "/aio")


@pytest.mark.peer
@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_node_talks_to_a_mock(engine: LiveEngine, confdir: Path, tmp_path: Path, scheme: str) -> None:
    rules = mocking(engine)
    host, port = engine.address
    asking = [node(), str(NODE / "client.mjs"), f"{scheme}://{HOST}/node", "--deflate"]
    asking += ["--proxy", f"http://{host}:{port}", "--ca", str(confdir / "mitmproxy-ca-cert.pem")]
    async with program(asking, "client.mjs", tmp_path) as client:
        assert not (await client.event("open"))["extensions"]
        ((_, carrier),) = rules.carriers
        send(carrier, b"from a rule")
        assert (await client.event("message"))["size"] == len(b"from a rule")
        await client.order("ping", "hello")
        assert (await client.event("pong"))["data"] == "hello"
        await client.order("close", 4567, "node says bye")
        assert (await client.event("close"))["code"] == 4567
    await recorded_mock(engine, "/node")


_PAGE = """<script>
const talks = location.search.slice(1).split("&").map(url => new Promise(done => {
  const socket = new WebSocket(url, ["chat"]);
  const heard = [];
  socket.onmessage = event => { heard.push(event.data); socket.close(4003, "enough"); };
  socket.onclose = event => done([socket.protocol, socket.extensions, heard, event.code, event.wasClean]);
}));
Promise.all(talks).then(report => fetch("/report", {method: "POST", body: JSON.stringify(report)}));
</script>"""


@pytest.mark.peer
async def test_chromium_talks_to_a_mock(engine: LiveEngine, confdir: Path, tmp_path: Path) -> None:
    rules = mocking(engine)
    attach = rules.attach

    def greet(session: SessionRecorder, carrier: Carrier) -> None:
        attach(session, carrier)
        asyncio.get_running_loop().call_soon(send, carrier, b"from a rule")

    rules.attach = greet  # type: ignore[method-assign]
    reported: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=_PAGE, content_type="text/html")

    async def report(request: web.Request) -> web.Response:
        reported.set_result(await request.read())
        return web.Response()

    application = web.Application()
    application.router.add_get("/", page)
    application.router.add_post("/report", report)
    profile = tmp_path / "browser"
    profile.mkdir()
    host, port = engine.address
    async with web_application(application) as page_port:
        url = f"http://localhost:{page_port}/?ws://{HOST}/page&wss://{HOST}/page-tls"
        proxy = f"http://{host}:{port}"
        async with browser(url, profile, proxy=proxy, trusted=confdir / "mitmproxy-ca-cert.pem"):
            seen = json.loads(await within(reported, "the page's report", 60))
    assert seen == [["chat", "", ["from a rule"], 4003, True]] * 2
    for path in ("/page", "/page-tls"):
        await recorded_mock(engine, path)


async def test_a_mock_ends_with_a_client_that_says_nothing(engine: LiveEngine) -> None:
    mocking(engine)
    for how in ("half_close", "reset"):
        client = await connect(engine.address)
        await finish_upgrade(client, request(f"ws://{HOST}/{how}", HOST))
        await (client.half_close() if how == "half_close" else client.reset())
        if how == "half_close":
            assert await client.ended() == [End.FIN]
        await client.close()
        await recorded_mock(engine, f"/{how}")
    await engine.until_empty()


async def test_a_mock_stops_with_the_engine(tmp_path: Path, confdir: Path) -> None:
    async with live_engine(tmp_path, confdir) as engine:
        rules = mocking(engine)
        client = await connect(engine.address)
        await finish_upgrade(client, request(f"ws://{HOST}/stop", HOST))
        await until(lambda: bool(rules.carriers), "the session")
    await client.ended()
    await client.close()
    recorded = await session_at(engine.capture, "/stop")
    assert recorded.session.error == "wsinspect was stopped"
