"""Which stacks of layers may be taken over, found in those that mitmproxy really built."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from mitmproxy.connection import Connection
from mitmproxy.proxy import layer as mitm_layer
from mitmproxy.proxy import layers
from mitmproxy.proxy import server as mitm_server
from mitmproxy.proxy.commands import RequestWakeup
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.events import Start
from mitmproxy.proxy.layers.http import HttpLayer

from tests.engine.live import LiveEngine, live_engine
from tests.peers.certificates import Certificate, raw_client_context
from tests.peers.tap import connect_proxy
from tests.peers.upgrade import RawServer, connect, connect_through, finish_upgrade, raw_server, request
from wsinspect.engine.seam import stack

pytestmark = pytest.mark.usefixtures("private_runtime")


@dataclass(frozen=True, slots=True)
class Found:
    """What `find_sockets` was asked, and what it said."""

    context: Context
    layer: mitm_layer.Layer
    handler: mitm_server.ConnectionHandler
    sockets: tuple[stack.Socket, stack.Socket] | None

    def again(self) -> tuple[stack.Socket, stack.Socket] | None:
        return stack.find_sockets(self.context, self.layer, self.handler)


@asynccontextmanager
async def upgraded(
    engine: LiveEngine, server: RawServer, monkeypatch: pytest.MonkeyPatch, *, tunnelled: bool = True
) -> AsyncIterator[Found]:
    """Upgrade through an engine, and hand over the stack of it while the session goes on."""
    found: list[Found] = []
    original = stack.find_sockets

    def find_sockets(
        context: Context, layer: mitm_layer.Layer, handler: mitm_server.ConnectionHandler
    ) -> tuple[stack.Socket, stack.Socket] | None:
        found.append(Found(context, layer, handler, original(context, layer, handler)))
        return found[-1].sockets

    with monkeypatch.context() as patch:
        patch.setattr(stack, "find_sockets", find_sockets)
        accepting = server.play(server.accept_upgrade())
        if tunnelled:
            client = await connect_through(engine.address, server.authority)
            if server.tls:
                await client.start_tls(raw_client_context(), server_name="localhost", server_side=False)
            target = "/stack"
        else:
            client = await connect(engine.address)
            target = f"{server.scheme}://{server.authority}/stack"
        async with client:
            assert (await finish_upgrade(client, request(target, server.authority))).status == 101
            await accepting
            (one,) = found
            yield one


@pytest.mark.parametrize("tunnelled", [True, False])
@pytest.mark.parametrize("tls", [True, False])
async def test_the_sockets_of_a_regular_proxy(
    tmp_path: Path,
    confdir: Path,
    certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
    tls: bool,
    tunnelled: bool,
) -> None:
    async with (
        live_engine(tmp_path, confdir) as engine,
        raw_server(certificate.raw_server_context() if tls else None) as server,
        upgraded(engine, server, monkeypatch, tunnelled=tunnelled) as found,
    ):
        assert found.sockets is not None
        client, upstream = found.sockets
        assert (client.connection, upstream.connection) == (found.context.client, found.context.server)
        assert (client.tls is not None, upstream.tls is not None) == (tls and tunnelled, tls)
        assert client.writer.get_extra_info("sockname")[1] == engine.address[1]
        assert upstream.writer.get_extra_info("peername")[1] == server.port


@pytest.mark.parametrize("tls", [True, False])
async def test_a_tunnel_through_another_proxy_is_resolved_to_its_socket(
    tmp_path: Path, confdir: Path, certificate: Certificate, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    async with (
        connect_proxy() as proxy,
        live_engine(tmp_path, confdir, modes=(f"upstream:{proxy.url}",)) as engine,
        raw_server(certificate.raw_server_context() if tls else None) as server,
        upgraded(engine, server, monkeypatch) as found,
    ):
        assert found.sockets is not None
        _, upstream = found.sockets
        assert upstream.connection != found.context.server, "the socket is that of the tunnel"
        assert upstream.writer.get_extra_info("peername") == proxy.address
        assert (upstream.tls is not None) is tls


async def test_what_is_not_known_is_not_taken_over(
    tmp_path: Path, confdir: Path, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        live_engine(tmp_path, confdir) as engine,
        raw_server(certificate.raw_server_context()) as server,
        upgraded(engine, server, monkeypatch) as found,
    ):
        assert found.again() is not None
        above = found.context.layers
        strange = layers.TCPLayer(found.context.fork())
        above.append(strange)
        assert found.again() is None, "a layer that is not known"
        above.remove(strange)
        tls = next(one for one in above if isinstance(one, layers.ClientTLSLayer))
        above.append(tls)
        assert found.again() is not None, "one layer in two places is one layer"
        above.pop()
        another = layers.ClientTLSLayer(found.context.fork())
        another.tls = tls.tls
        above.append(another)
        assert found.again() is None, "TLS in TLS"
        above.remove(another)
        http = [one for one in above if isinstance(one, HttpLayer)][-1]
        _without(found, http, found.context.client)
        _without(found, http, found.context.server)
        transports = found.handler.transports
        for connection in (found.context.client, found.context.server):
            transport = transports.pop(connection)
            assert found.again() is None, "no socket"
            reader, transport.reader = transport.reader, None
            transports[connection] = transport
            assert found.again() is None, "a stream that is not asyncio's"
            transport.reader = reader
        assert found.again() is not None


def _without(found: Found, http: HttpLayer, connection: Connection) -> None:
    """Look again without the HTTP/1 layer of a connection."""
    kept = http.connections.pop(connection)
    assert found.again() is None
    http.connections[connection] = kept


async def test_a_stack_is_settled_when_no_layer_holds_anything_back(
    tmp_path: Path, confdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        live_engine(tmp_path, confdir) as engine,
        raw_server() as server,
        upgraded(engine, server, monkeypatch) as found,
    ):
        assert stack.settled(found.context)
        http = [one for one in found.context.layers if isinstance(one, HttpLayer)][-1]
        below = list(stack._descend(http.connections[found.context.server]))
        for layer in (*found.context.layers, *below):
            waiting = mitm_layer.Paused(RequestWakeup(1), found.layer.handle_event(Start()))
            layer._paused = waiting
            assert not stack.settled(found.context)
            layer._paused = None
        assert stack.settled(found.context)
