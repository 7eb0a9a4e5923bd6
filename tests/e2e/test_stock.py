"""Somebody's own mitmproxy with wsinspect in it: what passes is on record, and mitmproxy's tools go on working."""

from __future__ import annotations

import contextlib
import random
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from websockets.asyncio.client import ClientConnection, connect

from tests.peers.capture import all_recorded, recorded_sessions, session_at
from tests.peers.certificates import Certificate, client_context, raw_client_context
from tests.peers.framing import well_formed
from tests.peers.lane import end_cleanly, exchange
from tests.peers.libraries import web_application, websockets_server
from tests.peers.stock import StockProcess, Web, stock_process
from tests.peers.upgrade import open_pair, raw_server
from tests.peers.waiting import until, until_told, within
from wsinspect.model import Direction, SessionState, Source, Verdict

schemes = pytest.mark.parametrize("scheme", ["ws", "wss"])

_READER = """
import json
def websocket_start(flow):
    print("start", flow.request.path)
class Reader:
    def websocket_end(self, flow):
        contents = [m.content.decode() for m in flow.websocket.messages]
        print("ended", json.dumps(contents), flow.websocket.close_code, flow.websocket.closed_by_client)
addons = [Reader()]
"""
_LAST = """
def websocket_message(flow):
    message = flow.websocket.messages[-1]
    print("seen", message.from_client, message.text)
    if message.text == "mark me":
        message.text = "marked"
    if message.text == "drop me":
        message.drop()
"""
_BODIES = """
def response(flow):
    flow.response.text = flow.response.text.replace("body", "changed body")
"""

_REPLACE = """
version: 1
rules:
  - id: word
    match: {{dir: c2s}}
    do: [{{replace: {{text: word, with: {word}}}}}]
"""
_HOLD = """
version: 1
rules:
  - id: wait
    match: {dir: c2s, text: {equals: wait}}
    do: [hold: {}]
"""
_SCRIPT = """
version: 1
rules:
  - id: up
    do: [script: up.py]
"""


@contextlib.asynccontextmanager
async def _connected(
    stock: StockProcess, certificate: Certificate, scheme: str, path: str
) -> AsyncIterator[ClientConnection]:
    """A client of an echo server."""
    server_tls = certificate.server_context() if scheme == "wss" else None
    client_tls = client_context(stock.ca) if scheme == "wss" else None
    async with (
        websockets_server(server_tls) as server,
        connect(server.url(scheme, path), ssl=client_tls, proxy=stock.url, ping_interval=None) as client,
    ):
        yield client


async def _say(client: ClientConnection, *messages: str) -> None:
    """Send messages, each when the one before has been echoed."""
    for message in messages:
        await client.send(message)
        assert await within(client.recv(), f"the echo of {message!r}") == message


def _script(folder: Path, source: str, name: str = "users_own.py") -> Path:
    path = folder / name
    path.write_text(source)
    return path


@schemes
async def test_every_byte_is_carried_and_on_record(
    tmp_path: Path, confdir: Path, certificate: Certificate, scheme: str
) -> None:
    chance = random.Random(5)
    c2s = well_formed(chance, 200, masked_frames=True)
    s2c = well_formed(chance, 200, masked_frames=False)
    tls = scheme == "wss"
    async with (
        stock_process(tmp_path, confdir) as stock,
        raw_server(certificate.raw_server_context() if tls else None) as server,
    ):
        client_tls = raw_client_context(stock.ca) if tls else None
        pair = await open_pair(stock.address, server, "/exact", client_tls=client_tls)
        await exchange(pair, c2s, s2c)
        await end_cleanly(pair)
        recorded = await session_at(stock.capture, "/exact")
        await pair.close()
    recorded.assert_holds(b"".join(c2s), b"".join(s2c))


@schemes
async def test_mitmdump_shows_messages_to_its_user_and_to_other_scripts(
    tmp_path: Path, confdir: Path, certificate: Certificate, scheme: str
) -> None:
    scripts = ("wsinspect_capture.py", _script(tmp_path, _READER))
    async with stock_process(tmp_path, confdir, "--set", "flow_detail=3", scripts=scripts) as stock:
        async with _connected(stock, certificate, scheme, "/chat") as client:
            await _say(client, "hello", "ünïcödé ☃")
        recorded = await session_at(stock.capture, "/chat")
        await until(lambda: "ended" in stock.log, f"the script to see the end: {stock.log}")
    assert [message.payload for message in recorded.messages] == [
        text.encode() for text in ("hello", "hello", "ünïcödé ☃", "ünïcödé ☃")
    ]
    assert 'ended ["hello", "hello", "\\u00fcn\\u00efc\\u00f6d\\u00e9 \\u2603"' in stock.log
    assert "1000 True" in stock.log
    assert "start /chat" in stock.log
    assert stock.log.count("WebSocket text message") == 4


async def test_bodies_of_ordinary_http_stay_in_the_hands_of_other_scripts(tmp_path: Path, confdir: Path) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="the body")

    application = web.Application()
    application.router.add_get("/", page)
    scripts = ("wsinspect_capture.py", _script(tmp_path, _BODIES))
    async with (
        web_application(application) as port,
        stock_process(tmp_path, confdir, scripts=scripts) as stock,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/", proxy=stock.url) as response,
    ):
        assert await response.text() == "the changed body"
    assert recorded_sessions(stock.capture) == []


@schemes
async def test_mitmweb_lists_messages_and_injects_them(
    tmp_path: Path, confdir: Path, certificate: Certificate, scheme: str
) -> None:
    async with (
        stock_process(tmp_path, confdir, program="mitmweb") as stock,
        stock.web() as pages,
        _connected(stock, certificate, scheme, "/web") as client,
    ):
        await _say(client, "hello")
        await _until_listed(pages, "/web", [(True, "hello"), (False, "hello")])
        await pages.call("inject.websocket", "~u /web", "true", "to the client", "true")
        assert await within(client.recv(), "what was injected") == "to the client"
        await pages.call("inject.websocket", "~u /web", "false", "to the server", "false")
        assert await within(client.recv(), "the server's echo of what was injected") == b"to the server"
        listed = [(False, "to the client"), (True, "to the server"), (False, "to the server")]
        await _until_listed(pages, "/web", [(True, "hello"), (False, "hello"), *listed])
        await client.close()
        await session_at(stock.capture, "/web")
        closed = await until_told(
            lambda: pages.flow_of("/web"),
            lambda flow: "closed_by_client': True" in str(flow),
            "mitmweb to show the end",
        )
        assert "'close_code': 1000" in str(closed)
    (recorded,) = all_recorded(stock.capture)
    injected = [(m.direction, m.opcode, m.payload) for m in recorded.messages if m.source is Source.USER]
    assert injected == [(Direction.S2C, 1, b"to the client"), (Direction.C2S, 2, b"to the server")]


@schemes
async def test_other_scripts_change_and_drop_messages(
    tmp_path: Path, confdir: Path, certificate: Certificate, scheme: str
) -> None:
    scripts = ("wsinspect_capture.py", _script(tmp_path, _LAST))
    async with stock_process(tmp_path, confdir, scripts=scripts) as stock:
        async with _connected(stock, certificate, scheme, "/changed") as client:
            await _say(client, "hello")
            await client.send("drop me")
            await client.send("mark me")
            assert await within(client.recv(), "the echo of what a script changed") == "marked"
            await client.send(["pie", "ces"])
            assert await within(client.recv(), "the echo of fragments") == "pieces"
        recorded = await session_at(stock.capture, "/changed")
    assert re.findall(r"seen (True|False) (.*)", stock.log) == [
        ("True", "hello"),
        ("False", "hello"),
        ("True", "drop me"),
        ("True", "mark me"),
        ("False", "marked"),
        ("True", "pieces"),
        ("False", "pieces"),
    ]
    sent = [message for message in recorded.messages if message.direction is Direction.C2S]
    assert [(message.payload, message.verdict.name) for message in sent] == [
        (b"hello", "FORWARDED"),
        (b"drop me", "DROPPED"),
        (b"mark me", "MODIFIED"),
        (b"pieces", "RECODED"),
    ]


async def test_an_intercepted_message_waits_for_mitmwebs_user(
    tmp_path: Path, confdir: Path, certificate: Certificate
) -> None:
    async with (
        stock_process(tmp_path, confdir, program="mitmweb") as stock,
        stock.web() as pages,
        _connected(stock, certificate, "ws", "/held") as client,
    ):
        await _say(client, "hello")
        await pages.call("set", "intercept", "~websocket & ~b secret")
        await client.send("a secret")
        await client.send("another")
        await _until_intercepted(pages, "/held")
        await until(lambda: b"a secret" in _undecided(stock.capture), "the record to say that the message waits")
        await pages.call("set", "intercept", "")
        await pages.call("flow.resume", "~u /held")
        assert await within(client.recv(), "the echo of what was held") == "a secret"
        assert await within(client.recv(), "the echo of what came behind") == "another"


@schemes
@pytest.mark.parametrize("records", [True, False], ids=["recorded", "unrecorded"])
async def test_rules_act_and_act_anew_when_their_file_changes(
    tmp_path: Path, confdir: Path, certificate: Certificate, scheme: str, records: bool
) -> None:
    rules = _script(tmp_path, _REPLACE.format(word="one"), "rules.yaml")
    scripts = ("wsinspect_rules.py", _script(tmp_path, _READER))
    options = ("--set", f"wsinspect_rules={rules}")
    async with stock_process(tmp_path, confdir, *options, scripts=scripts, records=records) as stock:
        async with _connected(stock, certificate, scheme, "/ruled") as client:
            assert await _echo(client, "a word") == "a one"
            assert await _echo(client, "untouched") == "untouched"
            rules.write_text(_REPLACE.format(word="two"))
            await until_told(lambda: _echo(client, "a word"), lambda echo: echo == "a two", "the new rules to act")
            rules.write_text("version: 1\nrules: [{id: bad, no: thing}]\n")
            await until(lambda: "the rules stay as they were" in stock.log, "the log to tell what is wrong")
            assert await _echo(client, "a word") == "a two"
        await until(lambda: "ended" in stock.log, "the script to see the end")
    assert '"a one", "a one", "untouched", "untouched", "a ' in stock.log, "others see what rules made of a message"
    assert stock.capture.exists() == records
    if records:
        (recorded,) = all_recorded(stock.capture)
        first = recorded.messages[0]
        assert (first.payload, first.sent, first.verdict) == (b"a word", b"a one", Verdict.MODIFIED)


async def test_a_message_that_a_rule_holds_is_changed_and_let_go_in_mitmweb(
    tmp_path: Path, confdir: Path, certificate: Certificate
) -> None:
    rules = _script(tmp_path, _HOLD, "rules.yaml")
    options = ("--set", f"wsinspect_rules={rules}")
    scripts = ("wsinspect_rules.py",)
    async with (
        stock_process(tmp_path, confdir, *options, scripts=scripts, program="mitmweb") as stock,
        stock.web() as pages,
        _connected(stock, certificate, "ws", "/held") as client,
    ):
        assert await _echo(client, "hello") == "hello"
        await client.send("wait")
        await _until_intercepted(pages, "/held")
        assert (await pages.messages_of("/held"))[-1] == (True, "wait")
        await pages.call("flow.resume", "~u /held")
        assert await within(client.recv(), "the echo of what was held") == "wait"


async def test_rules_run_functions_of_the_user_where_that_is_allowed(
    tmp_path: Path, confdir: Path, certificate: Certificate
) -> None:
    rules = _script(tmp_path, _SCRIPT, "rules.yaml")
    _script(tmp_path, "def act(message):\n    return message.text.upper() if message.dir == 'c2s' else None\n", "up.py")
    options = ("--set", f"wsinspect_rules={rules}", "--set", "wsinspect_allow_scripts=true")
    async with (
        stock_process(tmp_path, confdir, *options, scripts=("wsinspect_rules.py",)) as stock,
        _connected(stock, certificate, "ws", "/script") as client,
    ):
        assert [await _echo(client, word) for word in ("one", "two")] == ["ONE", "TWO"]


async def test_an_interrupt_ends_open_sessions_and_the_file(
    tmp_path: Path, confdir: Path, certificate: Certificate
) -> None:
    async with stock_process(tmp_path, confdir) as stock, _connected(stock, certificate, "ws", "/open") as client:
        await _say(client, "hello")
        stock.stop()
        (session,) = recorded_sessions(stock.capture)
        assert (session.state, session.error) == (SessionState.CLOSED, "wsinspect was stopped")
        assert [path.name for path in tmp_path.glob("capture*")] == ["capture.wsi"]  # noqa: ASYNC240 - a local folder


@pytest.mark.parametrize(
    ("scripts", "message"),
    [
        (("wsinspect_capture.py",), "capture.wsi"),
        (("wsinspect_capture.py", "wsinspect_rules.py"), "already exists"),
    ],
)
def test_what_cannot_be_opened_ends_the_start_with_a_clear_message(
    tmp_path: Path, confdir: Path, scripts: tuple[str, ...], message: str
) -> None:
    stock = StockProcess(tmp_path, confdir, scripts)
    if len(scripts) == 1:
        stock.capture.write_bytes(b"something else")
    with pytest.raises(AssertionError, match="it ended with status 1"):
        stock.start()
    assert message in stock.log
    if len(scripts) == 1:
        assert "wsinspect does nothing" in stock.log
        assert "Traceback" not in stock.log


def test_the_options_tell_what_they_are_for(confdir: Path) -> None:
    mitmdump = Path(sys.executable).parent / "mitmdump"
    script = Path(__file__).parents[2] / "addons" / "wsinspect_capture.py"
    said = subprocess.run(
        [mitmdump, "-s", script, "--set", f"confdir={confdir}", "--options"], capture_output=True, text=True, check=True
    ).stdout
    assert "wsinspect_out" in said
    assert "wsinspect_append" in said


async def _until_listed(pages: Web, path: str, messages: list[tuple[bool, str]]) -> None:
    await until_told(lambda: pages.messages_of(path), lambda listed: listed == messages, f"mitmweb to list {messages}")


async def _until_intercepted(pages: Web, path: str) -> None:
    await until_told(lambda: pages.flow_of(path), lambda flow: flow["intercepted"] is True, "mitmweb to hold a message")


async def _echo(client: ClientConnection, message: str) -> str | bytes:
    await client.send(message)
    return await within(client.recv(), f"the echo of {message!r}")


def _undecided(capture: Path) -> list[bytes]:
    return [
        message.payload for one in all_recorded(capture) for message in one.messages if message.completeness.undecided
    ]
