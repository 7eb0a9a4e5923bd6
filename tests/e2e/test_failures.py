"""Upgrades that come to nothing are sessions too: state, status, reason, headers, and an error a person understands."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.capture import Recorded, recorded_sessions, session_at, session_where
from tests.peers.certificates import Authority, Certificate, raw_client_context
from tests.peers.endpoint import Endpoint
from tests.peers.engine import EngineProcess, engine_process
from tests.peers.lane import Lane
from tests.peers.upgrade import Head, answer, connect, connect_through, finish_upgrade, raw_server, request
from wsinspect.model import SessionState


@pytest.fixture(scope="module")
def verifying(tmp_path_factory: pytest.TempPathFactory, confdir: Path) -> Iterator[EngineProcess]:
    """An engine that verifies servers, as is the default, and does not know this run's authority."""
    with engine_process(tmp_path_factory.mktemp("verifying"), confdir, insecure=False) as running:
        yield running


async def _refuse(lane: Lane, path: str, reply: bytes) -> tuple[Head, bytes]:
    """Ask for an upgrade, answer it with a whole response, and return the head and the body that the client got."""
    async with raw_server(lane.server_tls) as server:

        async def serve() -> None:
            side = await server.accept()
            await side.take_head()
            await side.send(reply)

        async with await connect_through(lane.engine.address, server.authority) as client:
            serving = server.play(serve())
            if lane.client_tls is not None:
                await client.start_tls(lane.client_tls, server_name="localhost", server_side=False)
            head = await finish_upgrade(client, request(path, server.authority))
            await serving
            return head, await client.take(int(head.get("content-length") or 0))


@pytest.mark.parametrize("status", ["403 Forbidden", "401 Unauthorized", "200 OK", "302 Found", "503 Not Now"])
async def test_another_answer_than_101_is_a_refused_session(lane: Lane, status: str) -> None:
    path = lane.path("refused")
    reply = answer(status, b"the reason in full", extra=(("X-Reason", "because"), ("Location", "/elsewhere")))
    head, body = await _refuse(lane, path, reply)
    assert (head.first_line, body) == (f"HTTP/1.1 {status}", b"the reason in full")
    session = (await session_at(lane.engine.capture, path)).session
    code, _, reason = status.partition(" ")
    assert (session.state, session.status) == (SessionState.REFUSED, int(code))
    assert session.response is not None
    assert session.response.reason == reason
    assert ("X-Reason", "because") in session.response.headers
    assert session.request is not None
    assert ("Sec-WebSocket-Version", "13") in session.request.headers
    recorded = await session_at(lane.engine.capture, path)
    assert (recorded.frames, recorded.messages) == ((), ())
    assert code in (session.error or ""), f"the status is not in the error: {session.error!r}"


async def test_ordinary_requests_are_no_sessions(lane: Lane) -> None:
    path = lane.path("ordinary")
    async with raw_server(lane.server_tls) as server:

        async def serve() -> None:
            side = await server.accept()
            await side.take_head()
            await side.send(answer("200 OK", b"page"))

        async with await connect_through(lane.engine.address, server.authority) as client:
            serving = server.play(serve())
            if lane.client_tls is not None:
                await client.start_tls(lane.client_tls, server_name="localhost", server_side=False)
            await client.send(f"GET {path} HTTP/1.1\r\nHost: {server.authority}\r\n\r\n".encode())
            await client.take_head()
            await client.expect(b"page")
            await serving
    marker = lane.path("marker")
    await _refuse(lane, marker, answer("403 Forbidden"))
    await session_at(lane.engine.capture, marker)
    assert path not in [session.path for session in recorded_sessions(lane.engine.capture)]


async def _no_answer(engine: EngineProcess, path: str, authority: str) -> tuple[Head, Recorded]:
    """Ask, in absolute form, for what cannot be reached."""
    async with await connect(engine.address) as client:
        head = await finish_upgrade(client, request(f"ws://{authority}{path}", authority))
    return head, await session_at(engine.capture, path)


async def test_an_unreachable_server_is_a_failed_session(engine: EngineProcess) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        head, recorded = await _no_answer(engine, "/unreachable", f"127.0.0.1:{port}")
    assert head.status == 502
    session = recorded.session
    assert (session.state, session.host, session.port) == (SessionState.FAILED, "127.0.0.1", port)
    assert "refused" in (session.error or "").lower(), session.error
    assert session.request is not None


async def test_an_unreachable_server_behind_connect_is_a_failed_session(engine: EngineProcess) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        async with await connect(engine.address) as client:
            await client.send(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            await client.take_head()
        recorded = await session_where(engine.capture, lambda one: one.port == port, f"a session to port {port}")
    assert recorded.session.state is SessionState.FAILED
    assert "refused" in (recorded.session.error or "").lower(), recorded.session.error


async def test_an_unknown_host_is_a_failed_session(engine: EngineProcess) -> None:
    head, recorded = await _no_answer(engine, "/unknown-host", "no-such-host.invalid:80")
    assert head.status == 502
    assert recorded.session.state is SessionState.FAILED
    assert recorded.session.error


@pytest.mark.parametrize("how", ["reset", "fin"])
async def test_a_server_that_hangs_up_on_the_request_is_a_failed_session(lane: Lane, how: str) -> None:
    path = lane.path("hang-up")
    async with raw_server(lane.server_tls) as server:

        async def serve() -> Endpoint:
            side = await server.accept()
            await side.take_head()
            await (side.reset() if how == "reset" else side.close())
            return side

        async with await connect_through(lane.engine.address, server.authority) as client:
            serving = server.play(serve())
            if lane.client_tls is not None:
                await client.start_tls(lane.client_tls, server_name="localhost", server_side=False)
            await client.send(request(path, server.authority))
            await serving
            await client.ended()
    session = (await session_at(lane.engine.capture, path)).session
    assert session.state is SessionState.FAILED
    assert session.error


async def test_a_client_that_gives_up_before_the_answer_is_a_failed_session(lane: Lane) -> None:
    path = lane.path("gave-up")
    async with raw_server(lane.server_tls) as server:

        async def serve() -> None:
            side = await server.accept()
            await side.take_head()

        async with await connect_through(lane.engine.address, server.authority) as client:
            serving = server.play(serve())
            if lane.client_tls is not None:
                await client.start_tls(lane.client_tls, server_name="localhost", server_side=False)
            await client.send(request(path, server.authority))
            await serving
            await client.reset()
        session = (await session_at(lane.engine.capture, path)).session
    assert session.state is SessionState.FAILED
    assert session.error


async def test_a_client_that_does_not_trust_the_engine_is_a_failed_session(
    engine: EngineProcess, certificate: Certificate, authority: Authority
) -> None:
    async with raw_server(certificate.raw_server_context()) as server:
        server.play(server.accept())
        async with await connect_through(engine.address, f"localhost:{server.port}") as client:
            with pytest.raises(AssertionError, match="TLS handshake failed"):
                await client.start_tls(raw_client_context(authority.path), server_name="localhost", server_side=False)
        recorded = await session_where(
            engine.capture, lambda one: one.port == server.port, f"a session to port {server.port}"
        )
        session = recorded.session
    assert (session.state, session.host) == (SessionState.FAILED, "localhost")
    assert "trust" in (session.error or ""), session.error


async def test_a_server_that_cannot_be_verified_is_a_failed_session(
    verifying: EngineProcess, certificate: Certificate
) -> None:
    async with raw_server(certificate.raw_server_context()) as server:
        server.play(server.accept())
        async with await connect_through(verifying.address, f"localhost:{server.port}") as client:
            await client.start_tls(raw_client_context(verifying.ca), server_name="localhost", server_side=False)
            head = await finish_upgrade(client, request("/unverified", f"localhost:{server.port}"))
            assert head.status == 502
            recorded = await session_where(
                verifying.capture, lambda one: one.port == server.port, f"a session to port {server.port}"
            )
    session = recorded.session
    assert session.state is SessionState.FAILED
    assert "certificate" in (session.error or "").lower(), session.error
    assert "--insecure" in (session.error or ""), f"the error does not say what to do: {session.error}"


async def test_a_server_whose_authority_is_known_is_verified(
    tmp_path: Path, confdir: Path, certificate: Certificate, authority: Authority
) -> None:
    with engine_process(tmp_path, confdir, "--upstream-ca", str(authority.path), insecure=False) as engine:
        lane = Lane(engine, certificate.raw_server_context(), raw_client_context(engine.ca))
        async with lane.pair("/verified") as pair:
            await pair.client.half_close()
            await pair.server.ended()
            await pair.server.half_close()
            recorded = await lane.record(pair)
    assert recorded.session.tls_server is not None
    assert recorded.session.tls_server.verified is True
