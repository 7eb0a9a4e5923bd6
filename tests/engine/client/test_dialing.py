"""Every way to a server: TLS with and without a client certificate, HTTP and SOCKS proxies, wsinspect itself."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.engine.client.playing import echo_server, once, opened, played, script
from tests.engine.live import live_engine
from tests.engine.recording import the_one
from tests.peers.certificates import Authority, Certificate
from tests.peers.framing import TEXT
from tests.peers.socks import first_of, pump, socks_server
from tests.peers.upgrade import RawServer, answer, parse_head, raw_server
from tests.peers.waiting import until
from wsinspect.engine.client import ClientOptions, recording_to
from wsinspect.errors import EngineError, WsinspectError
from wsinspect.replay.performing import SendClose, SendMessage

pytestmark = pytest.mark.usefixtures("no_proxy")


async def talks(options: ClientOptions, capture: Path | None = None) -> None:
    """Have a conversation."""
    performer = script(SendMessage(TEXT, b"hello"), once(lambda: performer.said, SendClose(1000)))
    if capture is None:
        await played(options, performer)
    else:
        with recording_to(capture) as recorder:
            await played(options, performer, recorder)
    assert performer.said == [(TEXT, b"hello")]


async def why_not(options: ClientOptions) -> str:
    with pytest.raises(WsinspectError) as caught:
        await opened(options, script())
    return str(caught.value)


async def test_tls_with_a_named_authority(tmp_path: Path, authority: Authority, certificate: Certificate) -> None:
    async with echo_server(ssl=certificate.server_context(("http/1.1",))) as url:
        await talks(ClientOptions(url, ca_file=authority.path), tmp_path / "a.wsi")
        assert "not trusted" in await why_not(ClientOptions(url))
        await talks(ClientOptions(url, insecure=True))
    tls = the_one(tmp_path / "a.wsi").session.tls_server
    assert tls is not None
    assert (tls.sni, tls.alpn, tls.verified, tls.version) == ("localhost", "http/1.1", True, "TLSv1.3")


async def test_the_name_for_tls_may_be_another(authority: Authority) -> None:
    async with echo_server(ssl=authority.issue("other.test").server_context()) as url:
        assert "for another name" in await why_not(ClientOptions(url, ca_file=authority.path))
        await talks(ClientOptions(url, ca_file=authority.path, server_name="other.test"))


async def test_tls_to_a_plain_server_and_the_other_way_round(certificate: Certificate) -> None:
    async with echo_server() as url:
        assert "reached by ws://" in await why_not(ClientOptions(url.replace("ws:", "wss:"), insecure=True))
    async with echo_server(ssl=certificate.server_context()) as url:
        assert "answer" in await why_not(ClientOptions(url.replace("wss:", "ws:")))


async def test_a_client_certificate(tmp_path: Path, authority: Authority, certificate: Certificate) -> None:
    context = certificate.server_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.path)
    shown = authority.issue("client.test", for_client=True)
    async with echo_server(ssl=context) as url:
        options = ClientOptions(url, ca_file=authority.path, certificate=shown.certificate, key=shown.key)
        await talks(options)
        said = await why_not(ClientOptions(url, ca_file=authority.path))
        assert "TLS failed" in said or "may want a client certificate" in said, "its alert may be lost by the reset"


async def test_through_wsinspect_itself(tmp_path: Path, confdir: Path, private_runtime: None) -> None:
    async with live_engine(tmp_path, confdir) as engine, echo_server() as url:
        address = "{}:{}".format(*engine.address)
        await talks(ClientOptions(f"{url}/chat", proxy=f"http://{address}"), tmp_path / "client.wsi")
        await until(lambda: engine.connections == 0, "the proxy to let go")
    for capture in (engine.capture, tmp_path / "client.wsi"):
        recorded = the_one(capture)
        assert recorded.session.url == f"{url}/chat"
        assert [message.payload for message in recorded.messages] == [b"hello", b"hello"]


@pytest.mark.parametrize(
    ("kind", "by_name"), [("socks4", False), ("socks4a", True), ("socks5", False), ("socks5h", True), ("socks", False)]
)
async def test_socks(kind: str, by_name: bool) -> None:
    async with socks_server() as socks, echo_server() as url:
        await talks(ClientOptions(url, proxy=f"{kind}://127.0.0.1:{socks.port}"))
    assert socks.asked[0][0] == ("localhost" if by_name else "127.0.0.1")


async def test_socks_with_a_password_and_tls(authority: Authority, certificate: Certificate) -> None:
    async with socks_server(("u", "p:")) as socks, echo_server(ssl=certificate.server_context()) as url:
        options = ClientOptions(url, ca_file=authority.path, proxy=f"socks5h://u:p%3A@127.0.0.1:{socks.port}")
        await talks(options)
        wrong = ClientOptions(url, proxy=f"socks5h://u:wrong@127.0.0.1:{socks.port}")
        assert "the proxy does not work" in await why_not(wrong)


async def test_socks_that_refuses() -> None:
    async with socks_server(refuses=5) as socks:
        said = await why_not(ClientOptions("ws://a.test", proxy=f"socks5h://127.0.0.1:{socks.port}"))
    assert "the proxy does not work" in said
    assert "refused" in said.lower()


@pytest.mark.parametrize("kind", ["http", "https", "socks5"])
async def test_a_proxy_that_is_not_there(kind: str, unused_tcp_port: int) -> None:
    said = await why_not(ClientOptions("ws://127.0.0.1:1", proxy=f"{kind}://127.0.0.1:{unused_tcp_port}"))
    assert said.endswith(f"the proxy does not work: 127.0.0.1:{unused_tcp_port}: Connection refused")


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_a_proxy_that_nobody_knows(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: object, **__: object) -> list[tuple[object, ...]]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    said = await why_not(ClientOptions("ws://127.0.0.1:1", proxy=f"{kind}://no.test:1"))
    assert said.endswith("the proxy does not work: no.test:1: there is no such host")


async def test_of_several_addresses_none_may_answer(monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int) -> None:
    async def two(*_: object, **__: object) -> list[tuple[object, ...]]:
        hosts = ("127.0.0.1", "127.0.0.2")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, unused_tcp_port)) for host in hosts]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", two)
    said = await why_not(ClientOptions("ws://two.test"))
    assert said == "two.test: Connection refused"


@asynccontextmanager
async def tunnel(reply: bytes, certificate: Certificate | None = None) -> AsyncIterator[tuple[str, asyncio.Task[str]]]:
    """Run a proxy that answers one CONNECT so; yields its address, and the head it was sent."""
    async with raw_server(None if certificate is None else certificate.raw_server_context()) as proxy:
        yield proxy.authority, proxy.play(_answer_one(proxy, reply))


async def _answer_one(proxy: RawServer, reply: bytes) -> str:
    endpoint = await proxy.accept()
    head = await endpoint.take_head()
    await endpoint.send(reply)
    await endpoint.half_close()
    return head.decode()


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (
            answer("407 Proxy Authentication Required", b"log in"),
            "the proxy answered 407 Proxy Authentication Required",
        ),
        (b"HTTP/1.1 502\r\n\r\n", "the proxy answered 502"),
        (b"SSH-2.0\r\n", "the proxy does not work: what came is not HTTP"),
        (b"", "the proxy does not work: the connection ended unanswered"),
        (answer("200 OK"), "ended before there was an answer"),
    ],
)
async def test_http_proxies_that_do_not_work(reply: bytes, words: str) -> None:
    async with tunnel(reply) as (authority, asked):
        said = await why_not(ClientOptions("ws://[::1]:81/x", proxy=f"http://u:p%20@{authority}"))
        assert words in said
        lines = (await asked).split("\r\n")
    assert lines[:2] == ["CONNECT [::1]:81 HTTP/1.1", "Host: [::1]:81"]
    assert parse_head((await asked).encode()).get("proxy-authorization") == "Basic dTpwIA=="


async def test_a_proxy_by_tls(authority: Authority, certificate: Certificate) -> None:
    async with tunnel(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 403 No\r\n\r\n", certificate) as (address, asked):
        options = ClientOptions("ws://a.test/x", proxy=f"https://{address}", ca_file=authority.path)
        assert "the server answered 403 No" in await why_not(options)
        assert (await asked).startswith("CONNECT a.test:80 HTTP/1.1")


async def test_tls_within_tls(tmp_path: Path, authority: Authority, certificate: Certificate) -> None:
    """To a secure server through a proxy that is reached by TLS itself."""
    async with echo_server(ssl=certificate.server_context()) as url, echo_server() as plain:
        proxy = await asyncio.start_server(_tunnels, "127.0.0.1", 0, ssl=certificate.server_context())
        async with proxy:
            through = f"https://localhost:{proxy.sockets[0].getsockname()[1]}"
            await talks(ClientOptions(url, proxy=through, ca_file=authority.path), tmp_path / "a.wsi")
            await talks(ClientOptions(plain, proxy=through, ca_file=authority.path), tmp_path / "b.wsi")
    assert the_one(tmp_path / "a.wsi").session.tls_server is not None
    assert the_one(tmp_path / "b.wsi").session.tls_server is None, "only the proxy is reached by TLS"


async def _tunnels(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = parse_head(await reader.readuntil(b"\r\n\r\n"))
    host, _, port = head.target.rpartition(":")
    there, back = await asyncio.open_connection(host, int(port))
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    with contextlib.closing(writer), contextlib.closing(back):
        await first_of(pump(reader, back), pump(there, writer))


async def test_what_is_named_and_unusable(tmp_path: Path) -> None:
    assert "is no proxy" in await why_not(ClientOptions("ws://a.test", proxy="ftp://x"))
    assert "--cacert" in await why_not(ClientOptions("wss://a.test", ca_file=tmp_path / "absent"))


async def test_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with tunnel(answer("418 No")) as (authority, _):
        monkeypatch.setenv("ALL_PROXY", f"http://{authority}")
        with pytest.raises(EngineError, match="the proxy answered 418"):
            await opened("ws://a.test", script())
