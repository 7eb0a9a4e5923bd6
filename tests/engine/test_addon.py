"""Hooks of mitmproxy become sessions, whatever the order they come in; and nothing of a client outlives it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from mitmproxy import connection, http, tls
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import commands, events, mode_specs, server_hooks
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers import http as http_layers
from mitmproxy.test import taddons, tflow

from tests.engine.fake_rules import FakeRules
from tests.engine.live import LiveEngine, live_engine
from tests.engine.recording import recording
from tests.peers.capture import recorded_sessions
from tests.peers.certificates import Certificate, raw_client_context
from tests.peers.endpoint import Endpoint
from tests.peers.framing import TEXT, build
from tests.peers.upgrade import RawServer, accepting, answer, connect, parse_head, raw_server, request
from tests.peers.waiting import until, within
from wsinspect.engine.addon import CaptureAddon
from wsinspect.engine.recorder import Recorder
from wsinspect.engine.scope import Scope
from wsinspect.engine.seam import patches
from wsinspect.model import Carriage, SessionState

KEY = b"\x05\x06\x07\x08"
HELLO = b"\x03\x03" + bytes(32) + b"\0" + b"\0\x02\x13\x01" + b"\x01\0"
"""A ClientHello without extensions."""


def addon_of(recorder: Recorder, *scope: str) -> CaptureAddon:
    return CaptureAddon(recorder, Scope(scope), insecure=True)


def an_upgrade(host: str = "a.test", port: int = 80) -> http.HTTPFlow:
    flow = tflow.tflow(client_conn=a_client())
    flow.request = http.Request.make("GET", f"http://{host}:{port}/chat", headers=((b"Upgrade", b"websocket"),))
    return flow


def a_client() -> connection.Client:
    """A client that is still there."""
    client = tflow.tclient_conn()
    client.timestamp_end = None
    return client


def a_response(status: int) -> http.Response:
    return http.Response.make(status, b"", {"X-Why": "because"})


def kept(capture: Path) -> list[tuple[str, SessionState, str | None]]:
    return [(session.url, session.state, session.error) for session in recorded_sessions(capture)]


async def test_an_upgrade_that_is_refused(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi") as recorder:
        addon, flow = addon_of(recorder), an_upgrade()
        with taddons.context(addon):
            addon.requestheaders(flow)
            flow.response = a_response(403)
            addon.responseheaders(flow)
            addon.error(flow)
            assert flow.response.stream is True
            assert not addon._pending
    (session,) = recorded_sessions(tmp_path / "a.wsi")
    assert (session.state, session.status) == (SessionState.REFUSED, 403)
    assert session.error == "the server answered 403 Forbidden"
    assert session.response is not None
    assert ("X-Why", "because") in session.response.headers


async def test_an_upgrade_that_gets_no_answer(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi") as recorder:
        addon, flow, silent = addon_of(recorder), an_upgrade(), an_upgrade()
        flow.error = tflow.terr("server closed connection")
        for one in (flow, silent):
            addon.requestheaders(one)
            addon.error(one)
    errors = [(SessionState.FAILED, "server closed connection"), (SessionState.FAILED, "no answer")]
    assert [one[1:] for one in kept(tmp_path / "a.wsi")] == errors


async def test_an_upgrade_that_is_agreed(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi") as recorder:
        addon, flow = addon_of(recorder), an_upgrade()
        addon.requestheaders(flow)
        flow.response = a_response(101)
        addon.responseheaders(flow)
        assert flow.response.stream is False, "nothing of a 101 is to be streamed"
        addon.response(flow)
        assert flow.websocket, "mitmproxy looks at this to choose the layer"
        addon.begin(flow, Carriage.DIRECT, lambda _: None)
        assert not addon._pending
    (session,) = recorded_sessions(tmp_path / "a.wsi")
    assert (session.relay, session.status) == (Carriage.DIRECT, 101)


async def test_what_is_no_upgrade_is_streamed_and_no_session(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi") as recorder:
        addon, flow = addon_of(recorder), tflow.tflow(resp=True)
        addon.requestheaders(flow)
        addon.responseheaders(flow)
        addon.response(flow)
        addon.error(flow)
        assert flow.request.stream is True
        assert flow.response is not None
        assert flow.response.stream is True
        assert flow.websocket is None
    assert kept(tmp_path / "a.wsi") == []


async def test_a_101_to_something_else_stays_mitmproxys(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi") as recorder:
        addon, flow = addon_of(recorder), tflow.tflow()
        flow.response = a_response(101)
        addon.response(flow)
        assert flow.websocket is None


@pytest.mark.parametrize(
    ("scope", "seen"),
    [("a.test", True), ("*.test", True), ("a.test:81", True), ("a.test:80", False), ("b.test", False)],
)
async def test_only_what_is_in_scope_is_a_session(tmp_path: Path, scope: str, seen: bool) -> None:
    with recording(tmp_path / "a.wsi") as recorder:
        addon, flow = addon_of(recorder, scope), an_upgrade(port=81)
        addon.requestheaders(flow)
        flow.response = a_response(101)
        addon.response(flow)
        assert flow.websocket, "it gets the relay all the same"
        carrier = addon.begin(flow, Carriage.DIRECT, lambda _: None)
        assert (carrier._recording is not None) is seen
    assert len(kept(tmp_path / "a.wsi")) == seen


async def test_an_answer_behind_the_stop_opens_nothing_again(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi") as recorder:
        addon, flow = addon_of(recorder), an_upgrade()
        addon.requestheaders(flow)
        recorder.stop_sessions()
        flow.response = a_response(101)
        assert addon.begin(flow, Carriage.DIRECT, lambda _: None)._recording is None
    (session,) = recorded_sessions(tmp_path / "a.wsi")
    assert (session.state, session.status) == (SessionState.FAILED, None)


async def test_a_client_that_is_gone_takes_its_pending_upgrades_along(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi") as recorder, taddons.context(Proxyserver()):
        addon, flow, other = addon_of(recorder), an_upgrade(), an_upgrade()
        for one in (flow, other):
            addon.requestheaders(one)
        addon.client_disconnected(flow.client_conn)
        assert list(addon._pending) == [other.id]
        assert addon._spoke == {other.client_conn.id}
        late = an_upgrade()
        late.client_conn.timestamp_end = 1.0
        addon.requestheaders(late)
        assert list(addon._pending) == [other.id]
        assert addon._spoke == {other.client_conn.id}
    words = "the client was gone before the upgrade was done"
    assert kept(tmp_path / "a.wsi")[0] == ("ws://a.test/chat", SessionState.FAILED, words)


async def test_a_tunnel_that_cannot_be_made(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi") as recorder, taddons.context(Proxyserver()):
        addon = addon_of(recorder, "a.test")
        for host in ("a.test", "b.test"):
            flow = tflow.tflow(client_conn=a_client())
            flow.request = http.Request.make("CONNECT", f"http://{host}:81/")
            flow.server_conn.error = "[Errno 111] Connect call failed ('127.0.0.1', 81)"
            addon.http_connect(flow)
            addon.http_connect_error(flow)
            addon.client_disconnected(flow.client_conn)
        assert not addon._dialled
    (session,) = recorded_sessions(tmp_path / "a.wsi")
    assert (session.url, session.state) == ("a.test:81", SessionState.FAILED)


@pytest.mark.parametrize(
    ("mode", "scope", "asked"),
    [
        ("regular", "", ("a.test", 81)),
        ("regular", "a.test:81", ("a.test", 81)),
        ("regular", "b.test", None),
        ("upstream:http://c.test:1", "", ("a.test", 81)),
        ("reverse:http://a.test:81", "b.test", (None, 81)),
        ("socks5", "", (None, 81)),
    ],
)
async def test_rules_say_which_servers_wait_for_a_request(
    tmp_path: Path, mode: str, scope: str, asked: tuple[str | None, int] | None
) -> None:
    rules = FakeRules(reroutes=True)
    with recording(tmp_path / "a.wsi") as recorder, taddons.context(Proxyserver()) as testing:
        addon = CaptureAddon(recorder, Scope((scope,) if scope else ()), insecure=True, rules=rules)
        client = a_client()
        client.proxy_mode = mode_specs.ProxyMode.parse(mode)
        context = Context(client, testing.options)
        assert not addon.is_lazy(context), "a server that is not known"
        context.server.address = ("a.test", 81)
        assert addon.is_lazy(context) is (asked is not None)
        assert rules.asked == ([asked] if asked else [])
        assert not addon_of(recorder).is_lazy(context), "there are no rules"


async def test_a_tls_client_is_answered_before_its_server_where_that_waits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules = FakeRules()
    with recording(tmp_path / "a.wsi") as recorder, taddons.context(Proxyserver()) as testing:
        addon = CaptureAddon(recorder, Scope(()), insecure=True, rules=rules)
        context = Context(a_client(), testing.options)
        context.server.address = ("a.test", 81)

        def server_first(state: ConnectionState) -> bool:
            context.server.state = state
            data = tls.ClientHelloData(context, tls.ClientHello(HELLO))
            data.establish_server_tls_first = True
            addon.tls_clienthello(data)
            return data.establish_server_tls_first

        assert server_first(ConnectionState.CLOSED)
        rules.reroutes = True
        assert not server_first(ConnectionState.CLOSED)
        assert server_first(ConnectionState.OPEN), "it is connected to already"
        rules.broken = True
        assert server_first(ConnectionState.CLOSED), "rules that fail change nothing"
    assert "a rule broke" in caplog.text


def tls_data(client: connection.Client, context: Context) -> tls.TlsData:
    return tls.TlsData(client, context)


async def test_a_client_that_does_not_finish_tls(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi") as recorder, taddons.context(Proxyserver()) as testing:
        addon = addon_of(recorder)
        for sni, address in (("a.test", ("10.0.0.1", 444)), (None, ("10.0.0.1", 444)), (None, None)):
            client = a_client()
            client.sni, client.error = sni, "The client does not trust the proxy's certificate"
            context = Context(client, testing.options)
            context.server.address = address
            addon.tls_failed_client(tls_data(client, context))
            addon.client_disconnected(client)
        assert not addon._spoke
    sessions = recorded_sessions(tmp_path / "a.wsi")
    assert [session.url for session in sessions] == ["a.test:444", "10.0.0.1:444", "unknown:443"]
    assert all("wsinspect cert" in (session.error or "") for session in sessions)


@pytest.mark.parametrize(
    ("age_s", "spoke", "sni", "dialled", "url"),
    [
        (0.1, False, "a.test", "10.0.0.1:444", "a.test:444"),
        (0.1, False, "a.test", None, "a.test:443"),
        (0.1, False, None, "10.0.0.1:444", "10.0.0.1:444"),
        (0.1, False, None, None, None),
        (60.0, False, "a.test", None, None),
        (0.1, True, "a.test", None, None),
        (None, False, "a.test", None, None),
    ],
)
async def test_a_client_that_hangs_up_right_after_tls_may_not_trust_us(
    tmp_path: Path, age_s: float | None, spoke: bool, sni: str | None, dialled: str | None, url: str | None
) -> None:
    with recording(tmp_path / "a.wsi") as recorder, taddons.context(Proxyserver()):
        addon, client = addon_of(recorder), a_client()
        client.sni = sni
        client.timestamp_tls_setup = None if age_s is None else time.time() - age_s
        if dialled:
            flow = tflow.tflow(client_conn=client)
            flow.request = http.Request.make("CONNECT", f"http://{dialled}/")
            addon.http_connect(flow)
        if spoke:
            addon.tcp_start(tflow.ttcpflow(client_conn=client))
        addon.client_disconnected(client)
        assert not addon._spoke
        assert not addon._dialled
    assert [session.url for session in recorded_sessions(tmp_path / "a.wsi")] == ([url] if url else [])


async def test_a_server_that_cannot_be_reached_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    server = tflow.tserver_conn()
    server.error = "no route"
    with recording(tmp_path / "a.wsi") as recorder:
        addon_of(recorder).server_connect_error(server_hooks.ServerConnectionHookData(server, tflow.tclient_conn()))
    assert "no route" in caplog.text


class Conversation:
    """mitmproxy's own HTTP layer, played to step by step, with the add-on behind its hooks."""

    def __init__(self, addon: CaptureAddon, options: object) -> None:
        self.client = a_client()
        self.client.state, self.client.tls, self.client.alpn = ConnectionState.OPEN, False, None
        self.client.timestamp_tls_setup = None
        self.context = Context(self.client, options)  # type: ignore[arg-type]
        self.layer = http_layers.HttpLayer(self.context, http_layers.HTTPMode.regular)
        self.addon = addon
        self.held: commands.StartHook | None = None
        self.hold = ""
        self.server: connection.Connection | None = None
        self.closed: list[connection.Connection] = []
        self.play(events.Start())

    def play(self, event: events.Event) -> None:
        """Let the layer have an event, and do what it wants then; the hook that is called `hold` waits."""
        for command in list(self.layer.handle_event(event)):
            if isinstance(command, commands.StartHook):
                if command.name == self.hold:
                    self.held = command
                    continue
                self.finish(command)
            elif isinstance(command, commands.OpenConnection):
                self.server = command.connection
                command.connection.state = ConnectionState.OPEN
                self.play(events.OpenConnectionCompleted(command, None))
            elif isinstance(command, commands.CloseConnection):
                self.closed.append(command.connection)

    def finish(self, hook: commands.StartHook) -> None:
        """Call the add-on for a hook, and go on."""
        if method := getattr(self.addon, hook.name, None):
            method(*hook.args())
        if hook.blocking:
            self.play(events.HookCompleted(hook))


@pytest.mark.parametrize("hook", ["requestheaders", "request", "responseheaders", "response"])
async def test_a_client_that_is_gone_while_a_hook_runs_ends_its_session(tmp_path: Path, hook: str) -> None:
    with recording(tmp_path / "a.wsi") as recorder:
        addon = addon_of(recorder)
        patches.install(addon)
        with taddons.context(Proxyserver()) as testing:
            talk = Conversation(addon, testing.options)
            talk.hold = hook
            talk.play(events.DataReceived(talk.client, request("ws://a.test/gone", "a.test")))
            if talk.held is None:
                assert talk.server is not None
                talk.play(events.DataReceived(talk.server, accepting(parse_head(request("/", "a.test")))))
            assert talk.held is not None
            talk.client.state = ConnectionState.CAN_WRITE
            talk.play(events.ConnectionClosed(talk.client))
            talk.hold = ""
            talk.finish(talk.held)
            assert talk.client in talk.closed
            addon.client_disconnected(talk.client)
        assert not addon._pending
        assert not addon._spoke
    (session,) = recorded_sessions(tmp_path / "a.wsi")
    assert session.state is SessionState.FAILED
    assert session.error


# ---- real clients, gone at every moment

Step = Callable[[Endpoint, RawServer], Awaitable[None]]


async def _connect(client: Endpoint, server: RawServer) -> None:
    await client.send(f"CONNECT {server.authority} HTTP/1.1\r\nHost: {server.authority}\r\n\r\n".encode())


async def _answered(client: Endpoint, server: RawServer) -> None:
    await client.take_head()


async def _half_a_hello(client: Endpoint, server: RawServer) -> None:
    await client.send_below_tls(b"\x16\x03\x01\x02\x00\x01\x00") if client.tls else await client.send(b"\x16\x03\x01")


async def _tls(client: Endpoint, server: RawServer) -> None:
    await client.start_tls(raw_client_context(), server_name="localhost", server_side=False)


async def _half_a_request(client: Endpoint, server: RawServer) -> None:
    await client.send(request("/gone", server.authority)[:-2])


async def _rest_of_request(client: Endpoint, server: RawServer) -> None:
    await client.send(b"\r\n")


async def _upgraded(client: Endpoint, server: RawServer) -> None:
    await client.take_head()


async def _spoken(client: Endpoint, server: RawServer) -> None:
    await client.send(build(TEXT, b"hi", mask=KEY))


MOMENTS: dict[str, tuple[Step, ...]] = {
    "connected": (),
    "tunnel asked for": (_connect,),
    "tunnel there": (_connect, _answered),
    "half a hello": (_connect, _answered, _half_a_hello),
    "TLS": (_connect, _answered, _tls),
    "half a request": (_connect, _answered, _tls, _half_a_request),
    "request": (_connect, _answered, _tls, _half_a_request, _rest_of_request),
    "upgraded": (_connect, _answered, _tls, _half_a_request, _rest_of_request, _upgraded),
    "spoken": (_connect, _answered, _tls, _half_a_request, _rest_of_request, _upgraded, _spoken),
}


@pytest.fixture
async def engine(tmp_path: Path, confdir: Path, private_runtime: None) -> AsyncIterator[LiveEngine]:
    async with live_engine(tmp_path, confdir) as running:
        yield running


async def serve(server: RawServer, served: list[asyncio.Task[None]]) -> None:
    """Be a server to whoever comes, until they are gone."""

    async def one(side: Endpoint) -> None:
        assert server.tls is not None
        await side.start_tls(server.tls, server_side=True)
        await side.send(accepting(parse_head(await side.take_head())) + build(TEXT, b"x" * 100_000))
        await side.ended()
        await side.close()

    while True:
        served.append(server.play(one(await server.accept_tcp())))


@pytest.mark.parametrize("how", ["reset", "close"])
async def test_nothing_is_left_of_a_client_that_is_gone(
    engine: LiveEngine, certificate: Certificate, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with raw_server(certificate.raw_server_context()) as server:
        served: list[asyncio.Task[None]] = []
        server.play(serve(server, served))
        for steps in MOMENTS.values():
            for _ in range(4):
                client = await connect(engine.address)
                for step in steps:
                    await step(client, server)
                await (client.reset() if how == "reset" else client.close())
        await engine.until_empty()
        # A server is reset, too, when it has all that was sent to it before: that is behind the end of its client.
        await within(asyncio.wait(served), "every server to see the end")

        def states() -> list[SessionState]:
            return [session.state for session in recorded_sessions(engine.capture)]

        await until(lambda: states().count(SessionState.CLOSED) == 8, "the sessions that began to be on record")
        assert SessionState.OPEN not in states()
    assert "crashed" not in caplog.text
    assert "Addon error" not in caplog.text


async def test_nothing_is_left_of_kept_connections_and_their_ordinary_requests(
    engine: LiveEngine, certificate: Certificate
) -> None:
    async with raw_server() as server:

        async def pages() -> None:
            side = await server.accept()
            for _ in range(20):
                await side.take_head()
                await side.send(answer("200 OK", b"page"))

        serving = server.play(pages())
        client = await connect(engine.address)
        for _ in range(20):
            await client.send(f"GET http://{server.authority}/ HTTP/1.1\r\nHost: {server.authority}\r\n\r\n".encode())
            assert parse_head(await client.take_head()).status == 200
            await client.expect(b"page")
        assert len(engine.addon._spoke) == 1
        await asyncio.wait([serving])
        await client.close()
        await engine.until_empty()
    assert recorded_sessions(engine.capture) == []
