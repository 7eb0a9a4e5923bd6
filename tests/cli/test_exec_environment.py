"""The environment of `exec`: its variables, and that Node programs use its proxy, whatever they connect with."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from tests.cli.tunnel import Tunnel, tunnel
from tests.peers.certificates import Authority
from tests.peers.programs import NODE, node
from tests.peers.waiting import within
from wsinspect.cli import exec_environment as module
from wsinspect.cli.exec_environment import PRELOAD, exec_environment

WS = """
import WebSocket from "ws";
const socket = new WebSocket(process.argv[1]);
socket.on("error", (error) => console.log("error", error.message));
socket.on("open", () => socket.send("hello"));
socket.on("message", (data) => { console.log(String(data)); socket.close(); });
"""
GLOBAL_WEBSOCKET = """
const socket = new WebSocket(process.argv[1]);
socket.onopen = () => socket.send("hello");
socket.onmessage = (event) => { console.log(event.data); socket.close(); };
"""
FETCH = "console.log(await (await fetch(process.argv[1])).text());"
REQUEST = """
import { get } from "NAME";
get(process.argv[1], (response) => response.on("data", (data) => console.log(String(data))));
"""


@pytest.fixture
async def proxy() -> AsyncIterator[Tunnel]:
    async with tunnel() as running:
        yield running


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


def page(connection: ServerConnection, request: Request) -> Response | None:
    return connection.respond(HTTPStatus.OK, "a page") if request.path == "/page" else None


@pytest.fixture(params=["plain", "tls"])
async def server(request: pytest.FixtureRequest, authority: Authority) -> AsyncIterator[str]:
    """`//localhost:PORT` with an `s` in front where it speaks TLS."""
    context: ssl.SSLContext | None = authority.issue().server_context() if request.param == "tls" else None
    async with serve(echo, "127.0.0.1", 0, ssl=context, process_request=page) as running:
        port = next(iter(running.sockets)).getsockname()[1]
        yield f"{'s' if context else ''}://localhost:{port}"


async def run_node(script: str, url: str, environment: Mapping[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        os.environ.get("WSINSPECT_NODE") or node(),
        "--input-type=module",
        "-e",
        script,
        url,
        cwd=NODE,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await within(process.communicate(), "node to end")
    return output.decode().strip() or errors.decode()


@pytest.fixture
def environment(proxy: Tunnel, authority: Authority) -> dict[str, str]:
    return exec_environment(os.environ, proxy=proxy.url, bundle=authority.path)


def test_every_variable_points_at_the_proxy_or_the_bundle() -> None:
    base = {"PATH": "/bin", "NO_PROXY": "localhost", "no_proxy": "127.0.0.1", "NODE_OPTIONS": "--no-warnings"}
    environment = exec_environment(base, proxy="http://127.0.0.1:8080", bundle=Path("/b.pem"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "WS_PROXY", "WSS_PROXY"):
        assert environment[name] == environment[name.lower()] == "http://127.0.0.1:8080"
    assert environment["NO_PROXY"] == environment["no_proxy"] == ""
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO"):
        assert environment[name] == "/b.pem"
    assert environment["NODE_USE_ENV_PROXY"] == "1"
    assert environment["NODE_OPTIONS"] == f"--no-warnings --require {PRELOAD}"
    assert environment["PATH"] == "/bin"
    assert base["NO_PROXY"] == "localhost", "the environment it is made from stays"


@pytest.mark.peer
async def test_a_path_with_a_space_and_a_backslash_reaches_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preload = tmp_path / "a b\\c.cjs"
    preload.write_text("console.log('loaded');")
    monkeypatch.setattr(module, "PRELOAD", preload)
    environment = exec_environment(os.environ, proxy="http://127.0.0.1:1", bundle=tmp_path)
    environment.pop("NODE_EXTRA_CA_CERTS")
    assert await run_node("", "", environment) == "loaded"


@pytest.mark.peer
async def test_the_ws_library(server: str, proxy: Tunnel, environment: dict[str, str]) -> None:
    assert await run_node(WS, f"ws{server}", environment) == "hello"
    assert proxy.targets == [server.partition("//")[2]]


@pytest.mark.peer
async def test_the_global_websocket(server: str, proxy: Tunnel, environment: dict[str, str]) -> None:
    if await run_node("console.log(typeof WebSocket)", "", environment) == "undefined":  # before Node 22
        environment["NODE_OPTIONS"] += " --experimental-websocket"
    assert await run_node(GLOBAL_WEBSOCKET, f"ws{server}", environment) == "hello"
    assert proxy.targets == [server.partition("//")[2]]


@pytest.mark.peer
async def test_fetch(server: str, proxy: Tunnel, environment: dict[str, str]) -> None:
    assert await run_node(FETCH, f"http{server}/page", environment) == "a page"
    assert proxy.targets == [server.partition("//")[2]]


@pytest.mark.peer
async def test_http_requests(server: str, proxy: Tunnel, environment: dict[str, str]) -> None:
    library = "node:https" if server.startswith("s") else "node:http"
    script = REQUEST.replace("NAME", library)
    printed = await run_node(script, f"http{server}/page", environment)
    [target] = proxy.targets
    # A Node that knows proxies sends plain requests in absolute form, which this proxy does not serve.
    assert (printed == "a page" and target == server.partition("//")[2]) or target == f"GET http{server}/page"


@pytest.mark.peer
async def test_a_tunnel_that_is_refused_is_an_error_of_the_connection(
    proxy: Tunnel, environment: dict[str, str]
) -> None:
    proxy.answer = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
    printed = await run_node(WS, "wss://nowhere.test/", environment)
    assert printed == "error the proxy answered 502 to CONNECT nowhere.test:443"


@pytest.mark.peer
async def test_connections_stay_direct_without_a_proxy(
    proxy: Tunnel, authority: Authority, environment: dict[str, str]
) -> None:
    context = authority.issue().server_context()
    kept = {name: value for name, value in environment.items() if "PROXY" not in name.upper()}
    async with serve(echo, "127.0.0.1", 0, ssl=context) as running:
        url = f"wss://localhost:{next(iter(running.sockets)).getsockname()[1]}"
        assert await run_node(WS, url, kept) == "hello"
    assert proxy.targets == []
