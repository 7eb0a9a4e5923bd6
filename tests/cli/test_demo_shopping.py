"""`demo --shop-client` visits a shop once, and says so when that is none, or another than it knows."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import DNSName
from mitmproxy.certs import CertStore
from websockets.asyncio.server import Server, ServerConnection, serve

from tests.demo.conftest import served
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.main import main
from wsinspect.demo.shop import Shop


@pytest.fixture(autouse=True)
def private_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


def port_of(server: Server) -> int:
    port = next(iter(server.sockets)).getsockname()[1]
    assert isinstance(port, int)
    return port


async def shopped(url: str, folder: Path, *options: str) -> Result:
    arguments = ["demo", "--shop-client", url, "--confdir", str(folder), *options]
    return await asyncio.to_thread(CliRunner().invoke, main, arguments)


async def test_it_buys_in_a_shop_as_it_knows_it(tmp_path: Path) -> None:
    async with served(tmp_path) as way:
        result = await shopped(f"{way.url}/shop", tmp_path, "--upstream-ca", str(tmp_path / "demo-ca.pem"))
    assert result.exit_code == ExitStatus.DONE, result.output
    assert result.stdout.splitlines() == [
        "logged in as ana",
        "the kettle costs 24.5",
        "the lamp costs 39.0",
        "the toaster costs 31.9",
        "ordered the kettle, for 24.5",
        "the shop says: shipped",
        "orders so far: 1",
    ]
    assert "as this program knows it" in result.stderr


async def test_it_notices_a_new_version(tmp_path: Path) -> None:
    async with served(tmp_path, changed=True) as way:
        result = await shopped(f"{way.url}/shop", tmp_path, "--insecure")
    assert result.exit_code == ExitStatus.DIFFERS
    assert "an answer has no total" in result.stderr


async def test_it_trusts_the_authority_of_the_proxy_that_a_mock_has_too(tmp_path: Path) -> None:
    store = CertStore.from_store(tmp_path, "mitmproxy", 2048)
    entry = store.get_cert("localhost", [DNSName("localhost")])
    key = entry.privatekey.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "server.pem").write_bytes(key + entry.cert.to_pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    async with serve(Shop(0.01).serve, "127.0.0.1", 0, ssl=context) as server:
        result = await shopped(f"wss://localhost:{port_of(server)}/any", tmp_path)
    assert result.exit_code == ExitStatus.DONE, result.output


async def test_it_needs_no_authority_without_tls(tmp_path: Path) -> None:
    async with serve(Shop(0.01).serve, "127.0.0.1", 0) as server:
        result = await shopped(f"ws://localhost:{port_of(server)}", tmp_path)
    assert result.exit_code == ExitStatus.DONE, result.output


async def test_a_server_that_closes_is_no_such_shop(tmp_path: Path) -> None:
    async def close(connection: ServerConnection) -> None:
        await connection.close(1013, "full\x1b")

    async with serve(close, "127.0.0.1", 0) as server:
        result = await shopped(f"ws://127.0.0.1:{port_of(server)}/shop", tmp_path)
    assert result.exit_code == ExitStatus.DIFFERS
    assert "1013" in result.stderr
    assert "full\\x1b" in result.stderr


async def test_a_certificate_that_is_not_trusted_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    async with served(tmp_path) as way:
        result = await shopped(f"{way.url}/shop", tmp_path)
    assert result.exit_code == ExitStatus.ENGINE
    assert "--insecure" in result.stderr


@pytest.mark.parametrize("scheme", ["http", "ws", "wss"])
async def test_nobody_there_is_an_error(tmp_path: Path, unused_tcp_port: int, scheme: str) -> None:
    result = await shopped(f"{scheme}://127.0.0.1:{unused_tcp_port}/shop", tmp_path)
    assert result.exit_code == ExitStatus.ENGINE
    assert "there is no WebSocket" in result.stderr


async def test_a_file_without_certificates_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    result = await shopped("wss://127.0.0.1:1/shop", tmp_path, "--upstream-ca", str(tmp_path / "empty.pem"))
    assert result.exit_code == ExitStatus.ENGINE
    assert "empty.pem: no certificates" in result.stderr
