"""A page over HTTP/3 loads through the engine, in the reverse modes: QUIC on both sides."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import QuicEvent

from tests.peers.certificates import Certificate
from tests.peers.engine import running_engine
from tests.peers.upgrade import free_ports
from tests.peers.waiting import within

PAGE = b"page over h3 " * 10_000


class _Http3(QuicConnectionProtocol):
    """HTTP/3 on one QUIC connection."""

    http: H3Connection | None = None
    answer: asyncio.Future[tuple[dict[bytes, bytes], bytes]]

    def quic_event_received(self, event: QuicEvent) -> None:
        if self.http is None:
            self.http = H3Connection(self._quic)
        for one in self.http.handle_event(event):
            self.http_event(self.http, one)
        self.transmit()

    def http_event(self, http: H3Connection, event: H3Event) -> None:
        """Do what an event asks for."""


class _Server(_Http3):
    def http_event(self, http: H3Connection, event: H3Event) -> None:
        if isinstance(event, HeadersReceived):
            asked = dict(event.headers)
            http.send_headers(event.stream_id, [(b":status", b"200"), (b"x-asked", asked[b":path"])])
            http.send_data(event.stream_id, PAGE, end_stream=True)


class _Client(_Http3):
    headers: dict[bytes, bytes]
    body: bytes = b""

    def http_event(self, http: H3Connection, event: H3Event) -> None:
        if isinstance(event, HeadersReceived):
            self.headers = dict(event.headers)
        elif isinstance(event, DataReceived):
            self.body += event.data
        if isinstance(event, HeadersReceived | DataReceived) and event.stream_ended:
            self.answer.set_result((self.headers, self.body))

    async def get(self, authority: str, path: str) -> tuple[dict[bytes, bytes], bytes]:
        """Ask for a page, and wait for all of it."""
        self.answer = asyncio.get_running_loop().create_future()
        http = self.http = self.http or H3Connection(self._quic)
        names = ((":method", "GET"), (":scheme", "https"), (":authority", authority), (":path", path))
        stream = self._quic.get_next_available_stream_id()
        http.send_headers(stream, [(name.encode(), value.encode()) for name, value in names], end_stream=True)
        self.transmit()
        return await within(self.answer, "the page")


def _configuration(certificate: Certificate | None = None) -> QuicConfiguration:
    configuration = QuicConfiguration(is_client=certificate is None, alpn_protocols=H3_ALPN)
    if certificate is None:
        configuration.verify_mode = ssl.CERT_NONE
        configuration.server_name = "localhost"
    else:
        configuration.load_cert_chain(certificate.certificate, certificate.key)
    return configuration


@pytest.mark.parametrize("scheme", ["https", "http3"])
async def test_a_page_over_http3_loads(tmp_path: Path, confdir: Path, certificate: Certificate, scheme: str) -> None:
    (port,) = free_ports(1)
    client: Callable[..., QuicConnectionProtocol] = _Client
    server = await serve("127.0.0.1", port, configuration=_configuration(certificate), create_protocol=_Server)
    try:
        async with running_engine(tmp_path, confdir, "--mode", f"reverse:{scheme}://127.0.0.1:{port}") as engine:
            async with connect(*engine.address, configuration=_configuration(), create_protocol=client) as connection:
                assert isinstance(connection, _Client)
                headers, body = await connection.get("localhost", "/page")
            assert (headers[b":status"], headers[b"x-asked"]) == (b"200", b"/page")
            assert body == PAGE
    finally:
        server.close()  # type: ignore[no-untyped-call]
