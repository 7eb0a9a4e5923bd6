"""Rulings on the upgrade, carried out between real peers on both kinds of connection and in every mode."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest
from OpenSSL import SSL

from tests.engine.fake_rules import FakeRules, abort, fail, reject, remote, with_headers, without_headers
from tests.engine.live import LiveEngine, live_engine
from tests.peers.capture import recorded_sessions, session_at
from tests.peers.certificates import Certificate, raw_client_context
from tests.peers.endpoint import Endpoint
from tests.peers.framing import TEXT, build
from tests.peers.lane import end_cleanly, exchange
from tests.peers.tap import connect_proxy
from tests.peers.upgrade import (
    Pair,
    RawServer,
    answer,
    connect,
    connect_through,
    connect_through_socks,
    finish_upgrade,
    free_ports,
    parse_head,
    raw_server,
    request,
)
from tests.peers.waiting import until
from wsinspect.engine.seam import lazy
from wsinspect.model import Carriage, End, SessionState

pytestmark = pytest.mark.usefixtures("private_runtime")

KEY = b"\x01\x02\x03\x04"
SECOND_NS = 1_000_000_000


@pytest.fixture
async def engine(tmp_path: Path, confdir: Path) -> AsyncIterator[LiveEngine]:
    async with live_engine(tmp_path, confdir) as running:
        yield running


@pytest.fixture(params=["ws", "wss"])
async def server(request: pytest.FixtureRequest, certificate: Certificate) -> AsyncIterator[RawServer]:
    async with raw_server(certificate.raw_server_context() if request.param == "wss" else None) as running:
        yield running


async def client_of(engine: LiveEngine, authority: str, tls: SSL.Context | None) -> Endpoint:
    """A client in a tunnel to a server, after TLS where it is wss."""
    client = await connect_through(engine.address, authority)
    client.forget_taken()
    if tls is not None:
        await client.start_tls(tls, server_name="localhost", server_side=False)
    return client


def client_tls(server: RawServer) -> SSL.Context | None:
    return raw_client_context() if server.tls else None


async def carries(coming: Awaitable[Endpoint], server: RawServer, head: bytes, path: str) -> Pair:
    """Upgrade, exchange a message each way, and end."""
    accepting = server.play(server.accept_upgrade())
    client = await coming
    response = await finish_upgrade(client, head)
    assert response.status == 101, response
    side, asked = await accepting
    side.forget_taken()
    pair = Pair(client, side, path, asked, response)
    await exchange(pair, [build(TEXT, b"hi", mask=KEY)], [build(TEXT, b"hello")])
    await end_cleanly(pair)
    await pair.close()
    return pair


async def test_a_changed_request_keeps_order_spelling_and_bytes(engine: LiveEngine, server: RawServer) -> None:
    FakeRules(with_headers(("x-NEW", "ünï"), target="/else?a=b c")).put_into(engine)
    head = request("/changed", server.authority, extra=(("x-oDD", "caf\xe9"), ("X-Odd", "two"), ("Cookie", "a=1")))
    pair = await carries(client_of(engine, server.authority, client_tls(server)), server, head, "/changed")
    asked = parse_head(head)
    assert pair.request.headers[:-1] == asked.headers
    assert pair.request.headers[-1] == ("x-NEW", "ünï".encode().decode("latin-1"))
    assert pair.request.target == "/else?a=b%20c"
    recorded = await session_at(engine.capture, "/changed")
    assert recorded.session.request is not None
    assert recorded.session.request.headers == asked.headers, "on record is what the client wrote"
    assert (recorded.session.request.target, recorded.session.status) == ("/changed", 101)
    sent = recorded.session.request.sent
    assert sent is not None
    assert sent.headers == (*asked.headers, ("x-NEW", "ünï")), "and what went on"
    assert sent.target == "/else?a=b%20c"
    assert recorded.session.relay is Carriage.DIRECT


async def test_what_rules_leave_alone_goes_on_as_it_came(engine: LiveEngine, server: RawServer) -> None:
    rules = FakeRules()
    rules.put_into(engine)
    head = request("/left", server.authority, extra=(("x-oDD", "caf\xe9"),))
    pair = await carries(client_of(engine, server.authority, client_tls(server)), server, head, "/left")
    assert pair.request == parse_head(head)
    assert [one.target for one in rules.heads] == ["/left", None]
    assert [one.status for one in rules.heads] == [None, 101]
    ((session, carrier),) = rules.carriers
    assert session.session.url.endswith("/left")
    assert carrier.finished


async def test_rules_that_fail_change_nothing_and_say_so_once_a_head(
    engine: LiveEngine, server: RawServer, caplog: pytest.LogCaptureFixture
) -> None:
    FakeRules(fail, fail).put_into(engine)
    head = request("/failed", server.authority)
    pair = await carries(client_of(engine, server.authority, client_tls(server)), server, head, "/failed")
    assert pair.request == parse_head(head)
    assert caplog.text.count("goes on as it came") == 2
    recorded = await session_at(engine.capture, "/failed")
    assert recorded.session.state is SessionState.CLOSED


async def test_what_cannot_be_sent_is_not_sent(
    engine: LiveEngine, server: RawServer, caplog: pytest.LogCaptureFixture
) -> None:
    bad = with_headers(("X-Split", "a\r\nInjected: yes"))
    FakeRules(bad, bad).put_into(engine)
    head = request("/split", server.authority)
    pair = await carries(client_of(engine, server.authority, client_tls(server)), server, head, "/split")
    assert pair.request == parse_head(head)
    assert pair.response.get("x-split") is None
    assert caplog.text.count("control character") == 2


async def test_a_changed_answer(engine: LiveEngine, server: RawServer) -> None:
    FakeRules(on_response=with_headers(("X-Late", "yes"))).put_into(engine)
    pair = await carries(
        client_of(engine, server.authority, client_tls(server)), server, request("/answer", server.authority), "/answer"
    )
    assert pair.response.headers[-1] == ("X-Late", "yes")
    recorded = await session_at(engine.capture, "/answer")
    assert recorded.session.response is not None
    assert recorded.session.response.headers == pair.response.headers[:-1], "on record is what the server wrote"
    assert recorded.session.response.sent is not None
    assert recorded.session.response.sent.headers == pair.response.headers, "and what the client got"


async def test_extensions_stripped_from_the_request_are_agreed_by_nobody(engine: LiveEngine, server: RawServer) -> None:
    FakeRules(without_headers("sec-websocket-extensions")).put_into(engine)
    extra = (("Sec-WebSocket-Extensions", "permessage-deflate"),)
    pair = await carries(
        client_of(engine, server.authority, client_tls(server)),
        server,
        request("/plain", server.authority, extra=extra),
        "/plain",
    )
    assert pair.request.get("sec-websocket-extensions") is None
    recorded = await session_at(engine.capture, "/plain")
    assert recorded.session.extensions is None


# ---- elsewhere


@pytest.mark.parametrize("keep_host", [False, True])
@pytest.mark.parametrize("to_tls", [False, True], ids=["to ws", "to wss"])
@pytest.mark.parametrize("from_tls", [False, True], ids=["ws", "wss"])
async def test_a_tunnel_to_a_server_that_is_not_there_is_moved_to_one_that_is(
    engine: LiveEngine, certificate: Certificate, from_tls: bool, to_tls: bool, keep_host: bool
) -> None:
    async with raw_server(certificate.raw_server_context() if to_tls else None) as server:
        url = f"{server.scheme}://localhost:{server.port}/moved?x=1"
        rules = FakeRules(remote(url, keep_host=keep_host), reroutes=True)
        rules.put_into(engine)
        (nowhere,) = free_ports(1)
        authority = f"127.0.0.1:{nowhere}"
        head = request("/from", authority, extra=(("After", "x"),)).replace(b"Host:", b"hOST:")
        pair = await carries(
            client_of(engine, authority, raw_client_context() if from_tls else None), server, head, "/from"
        )
        host = authority if keep_host else f"localhost:{server.port}"
        assert pair.request.headers == (("hOST", host), *parse_head(head).headers[1:])
        assert pair.request.target == "/moved?x=1"
        recorded = await session_at(engine.capture, "/from")
        assert recorded.session.request is not None
        assert recorded.session.request.sent is not None
        assert recorded.session.request.sent.target == "/moved?x=1"
        assert recorded.session.request.sent.headers == pair.request.headers
        assert recorded.session.server == server.authority
        assert recorded.session.relay is Carriage.DIRECT
        assert (recorded.session.tls_server.sni if recorded.session.tls_server else None) == (
            "localhost" if to_tls else None
        )
        assert ("127.0.0.1", nowhere) in rules.asked


async def test_a_request_in_absolute_form_is_moved(engine: LiveEngine, server: RawServer) -> None:
    FakeRules(remote(f"{server.scheme}://{server.authority}")).put_into(engine)
    (nowhere,) = free_ports(1)
    head = request(f"ws://127.0.0.1:{nowhere}/absolute", f"127.0.0.1:{nowhere}")
    pair = await carries(connect(engine.address), server, head, "/absolute")
    assert (pair.request.target, pair.request.get("host")) == ("/absolute", server.authority)


@pytest.mark.parametrize("tls", [False, True], ids=["ws", "wss"])
async def test_reverse_mode_is_moved(tmp_path: Path, confdir: Path, server: RawServer, tls: bool) -> None:
    (nowhere,) = free_ports(1)
    mode = f"reverse:{'https' if tls else 'http'}://127.0.0.1:{nowhere}"
    async with live_engine(tmp_path, confdir, modes=(mode,)) as engine:
        rules = FakeRules(remote(f"{server.scheme}://{server.authority}"), reroutes=True)
        rules.put_into(engine)

        async def client() -> Endpoint:
            side = await connect(engine.address)
            if tls:
                await side.start_tls(raw_client_context(), server_name="localhost", server_side=False)
            return side

        pair = await carries(client(), server, request("/reverse", "any.test"), "/reverse")
        assert pair.request.get("host") == server.authority
        assert (None, nowhere) in rules.asked
        await engine.until_empty()


@pytest.mark.parametrize("tls", [False, True], ids=["ws", "wss"])
async def test_upstream_mode_asks_the_other_proxy_for_the_new_server(
    tmp_path: Path, confdir: Path, server: RawServer, tls: bool
) -> None:
    async with (
        connect_proxy() as proxy,
        live_engine(tmp_path, confdir, modes=(f"upstream:{proxy.url}",)) as engine,
    ):
        FakeRules(remote(f"{server.scheme}://{server.authority}"), reroutes=True).put_into(engine)
        (nowhere,) = free_ports(1)
        client = client_of(engine, f"127.0.0.1:{nowhere}", raw_client_context() if tls else None)
        await carries(client, server, request("/upstream", "any.test"), "/upstream")
        assert proxy.asked == [server.authority]


async def test_the_new_server_cannot_be_reached(engine: LiveEngine, server: RawServer) -> None:
    (nowhere,) = free_ports(1)
    FakeRules(remote(f"ws://127.0.0.1:{nowhere}"), reroutes=True).put_into(engine)
    client = await client_of(engine, server.authority, client_tls(server))
    response = await finish_upgrade(client, request("/unreachable", server.authority))
    assert response.status == 502
    await client.close()
    recorded = await session_at(engine.capture, "/unreachable")
    assert recorded.session.state is SessionState.FAILED
    assert "refused" in (recorded.session.error or "")


@pytest.mark.parametrize("url", ["http:///x", "ftp://a.test", "ws://a.test:99999", "ws://a..b"])
async def test_a_remote_that_is_none_is_passed_over(
    engine: LiveEngine, server: RawServer, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    FakeRules(remote(url)).put_into(engine)
    head = request("/kept", server.authority)
    pair = await carries(client_of(engine, server.authority, client_tls(server)), server, head, "/kept")
    assert pair.request == parse_head(head)
    assert "goes on as it came" in caplog.text


# ---- late connections


async def test_where_no_rule_may_act_a_tunnel_is_dialled_at_once(engine: LiveEngine) -> None:
    rules = FakeRules()
    rules.put_into(engine)
    (nowhere,) = free_ports(1)
    client = await connect(engine.address)
    await client.send(f"CONNECT 127.0.0.1:{nowhere} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert parse_head(await client.take_head()).status == 502
    assert rules.asked == [("127.0.0.1", nowhere)]
    await client.close()


async def test_what_is_not_rerouted_after_all_reaches_its_server(engine: LiveEngine, server: RawServer) -> None:
    FakeRules(reroutes=True).put_into(engine)
    head = request("/late", server.authority)
    pair = await carries(client_of(engine, server.authority, client_tls(server)), server, head, "/late")
    assert pair.request == parse_head(head)
    recorded = await session_at(engine.capture, "/late")
    assert recorded.session.relay is Carriage.DIRECT


@pytest.mark.parametrize("socks", [False, True], ids=["CONNECT", "SOCKS"])
async def test_a_server_that_speaks_first_is_connected_to_when_its_client_stays_silent(
    tmp_path: Path, confdir: Path, monkeypatch: pytest.MonkeyPatch, socks: bool
) -> None:
    monkeypatch.setattr(lazy, "PATIENCE_S", 0.05)
    async with (
        raw_server() as server,
        live_engine(tmp_path, confdir, modes=("socks5",) if socks else ("regular",)) as engine,
    ):
        FakeRules(reroutes=True).put_into(engine)
        client = await (connect_through_socks if socks else connect_through)(engine.address, server.authority)
        client.forget_taken()
        side = await server.accept()
        await side.send(b"220 at your service\r\n")
        await client.expect(b"220 at your service\r\n")
        await client.send(b"HELO\r\n")
        await side.expect(b"HELO\r\n")
        await client.close()
        await side.close()
        await engine.until_empty()


async def test_a_server_that_would_rather_speak_http2_is_not_offered_it_for_an_upgrade(
    engine: LiveEngine, certificate: Certificate
) -> None:
    offered: list[list[bytes]] = []

    def select(_: SSL.Connection, offers: list[bytes]) -> bytes:
        offered.append(offers)
        return offers[-1]

    context, client_context = certificate.raw_server_context(), raw_client_context()
    context.set_alpn_select_callback(select)
    client_context.set_alpn_protos([b"http/1.1", b"h2"])
    FakeRules(reroutes=True).put_into(engine)
    async with raw_server(context) as server:
        head = request("/alpn", server.authority)
        await carries(client_of(engine, server.authority, client_context), server, head, "/alpn")
    assert offered == [[b"http/1.1"]]


# ---- refusals


async def test_a_rejected_request_reaches_no_server(engine: LiveEngine, server: RawServer) -> None:
    FakeRules(reject(418, ("X-Why", "tea"), body=b"short and stout"), reroutes=True).put_into(engine)
    (nowhere,) = free_ports(1)
    client = await client_of(engine, f"127.0.0.1:{nowhere}", client_tls(server))
    for number in (1, 2):  # the connection goes on
        response = await finish_upgrade(client, request(f"/rejected/{number}", "a.test"))
        assert (response.status, response.get("x-why")) == (418, "tea")
        assert response.get("content-length") == "15"
        await client.expect(b"short and stout")
        client.forget_taken()
    await client.close()
    recorded = await session_at(engine.capture, "/rejected/2")
    assert (recorded.session.state, recorded.session.status) == (SessionState.REFUSED, 418)
    assert recorded.session.error == "rejected by rule gate"
    assert recorded.session.server is None
    await engine.until_empty()


async def test_a_rejected_answer_closes_the_server(engine: LiveEngine, server: RawServer) -> None:
    FakeRules(on_response=reject(403, body=b"no")).put_into(engine)
    accepting = server.play(server.accept_upgrade(behind=build(TEXT, b"too early")))
    client = await client_of(engine, server.authority, client_tls(server))
    response = await finish_upgrade(client, request("/rejected", server.authority))
    assert (response.status, response.get("connection")) == (403, "close")
    await client.expect(b"no")
    side, _ = await accepting
    await side.ended()
    await client.ended()
    recorded = await session_at(engine.capture, "/rejected")
    assert (recorded.session.state, recorded.session.status) == (SessionState.REFUSED, 403)
    assert recorded.session.error == "rejected by rule gate; the server had answered 101"
    assert recorded.session.response is not None
    assert recorded.session.response.status == 101
    assert recorded.session.response.sent is not None
    assert recorded.session.response.sent.status == 403
    assert recorded.session.server == server.authority
    await client.close()
    await engine.until_empty()


@pytest.mark.parametrize("body", [b"", b"the server's own words"])
async def test_a_refusal_of_the_servers_is_replaced(engine: LiveEngine, server: RawServer, body: bytes) -> None:
    FakeRules(on_response=reject(503, body=b"later")).put_into(engine)

    async def refuse() -> None:
        side = await server.accept()
        for _ in range(2):
            await side.take_head()
            await side.send(answer("401 Unauthorized", body))

    serving = server.play(refuse())
    client = await client_of(engine, server.authority, client_tls(server))
    for _ in range(2):  # both connections go on
        response = await finish_upgrade(client, request("/refused", server.authority))
        assert (response.status, response.get("content-length")) == (503, "5")
        assert await client.take(5) == b"later"
        client.forget_taken()
    await serving
    await client.close()
    recorded = await session_at(engine.capture, "/refused")
    assert recorded.session.error == "rejected by rule gate; the server had answered 401"


async def test_a_refusal_of_the_servers_passes_with_changed_headers(engine: LiveEngine, server: RawServer) -> None:
    FakeRules(on_response=with_headers(("X-Seen", "1"))).put_into(engine)

    async def refuse() -> None:
        side = await server.accept()
        await side.take_head()
        await side.send(answer("401 Unauthorized", b"who are you"))

    serving = server.play(refuse())
    client = await client_of(engine, server.authority, client_tls(server))
    response = await finish_upgrade(client, request("/who", server.authority))
    assert (response.status, response.get("x-seen")) == (401, "1")
    await client.expect(b"who are you")
    await serving
    await client.close()
    recorded = await session_at(engine.capture, "/who")
    assert recorded.session.error == "the server answered 401 Unauthorized"


@pytest.mark.parametrize("phase", ["request", "response"])
async def test_an_abort_resets_the_client(engine: LiveEngine, server: RawServer, phase: str) -> None:
    rules = FakeRules(abort, reroutes=True) if phase == "request" else FakeRules(on_response=abort)
    rules.put_into(engine)
    accepting = server.play(server.accept_upgrade()) if phase == "response" else None
    client = await client_of(engine, server.authority, client_tls(server))
    await client.send(request("/aborted", server.authority))
    assert End.RESET in await client.ended()
    if accepting is not None:
        side, _ = await accepting
        await side.ended()
    recorded = await session_at(engine.capture, "/aborted")
    assert (recorded.session.state, recorded.session.error) == (SessionState.FAILED, "aborted by rule axe")
    await client.close()
    await engine.until_empty()


# ---- delays


async def test_delayed_heads_arrive(engine: LiveEngine, server: RawServer) -> None:
    late = with_headers(("X-Late", "1"), delay_ns=SECOND_NS // 20)
    FakeRules(late, late).put_into(engine)
    began = asyncio.get_running_loop().time()
    pair = await carries(
        client_of(engine, server.authority, client_tls(server)),
        server,
        request("/delayed", server.authority),
        "/delayed",
    )
    assert asyncio.get_running_loop().time() - began > 0.1
    assert pair.request.get("x-late") == pair.response.get("x-late") == "1"


@pytest.mark.parametrize("phase", ["request", "response"])
async def test_a_client_that_leaves_during_a_delay_is_not_waited_for(
    engine: LiveEngine, server: RawServer, phase: str
) -> None:
    long = with_headers(("X-Never", "1"), delay_ns=3600 * SECOND_NS)
    rules = FakeRules(long, reroutes=True) if phase == "request" else FakeRules(on_response=long)
    rules.put_into(engine)
    accepting = server.play(server.accept_upgrade()) if phase == "response" else None
    client = await client_of(engine, server.authority, client_tls(server))
    await client.send(request("/left", server.authority))
    if accepting is not None:
        await accepting
    else:
        await _until_asked(rules)
    await client.close()
    recorded = await session_at(engine.capture, "/left")
    assert recorded.session.state is SessionState.FAILED
    await engine.until_empty()


async def test_the_engine_stops_during_a_delay(tmp_path: Path, confdir: Path, server: RawServer) -> None:
    async with live_engine(tmp_path, confdir) as engine:
        rules = FakeRules(reject(delay_ns=3600 * SECOND_NS), reroutes=True)
        rules.put_into(engine)
        client = await client_of(engine, server.authority, client_tls(server))
        await client.send(request("/stopped", server.authority))
        await _until_asked(rules)
    await client.ended()
    await client.close()
    (session,) = recorded_sessions(engine.capture)
    assert session.error == "wsinspect was stopped before the upgrade was answered"


async def _until_asked(rules: FakeRules) -> None:
    await until(lambda: bool(rules.heads), "the rules to be asked")
