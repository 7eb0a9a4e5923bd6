"""Sessions are told apart by their handshakes, and rules of the handshake and of messages work together, live."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect as connect_websockets
from websockets.typing import Subprotocol

from tests.peers.capture import session_at
from tests.peers.certificates import Certificate, client_context
from tests.peers.rules import conversation
from tests.peers.steered import asks, client_tls, passes, steered
from tests.peers.upgrade import Head, RawServer, answer, raw_server, request
from tests.peers.waiting import within
from wsinspect.model import Direction, Source

pytestmark = pytest.mark.usefixtures("private_runtime")

GONE = "gone.invalid"
SUBPROTOCOL = "Sec-WebSocket-Protocol"


@pytest.fixture(params=["ws", "wss"])
async def server(request: pytest.FixtureRequest, certificate: Certificate) -> AsyncIterator[RawServer]:
    async with raw_server(certificate.raw_server_context() if request.param == "wss" else None) as running:
        yield running


REQUEST_MATCHES: dict[str, tuple[str, bool, bool]] = {
    "url": ("{url: '*://127.0.0.1:*/chat/*'}", True, False),
    "url-by-regex": (r"{url: '~^wss?://[^/]+/other$'}", False, True),
    "host": ("{host: 127.0.0.*}", True, True),
    "no-such-host": ("{host: [a.test, '~^b\\.']}", False, False),
    "path": ("{path: /chat/room}", True, False),
    "path-glob": ("{path: ['/x', '/ch?t/*']}", True, False),
    "path-is-whole": ("{path: /chat}", False, False),
    "query": ("{query: {user: 'a*', empty: ''}}", True, False),
    "query-by-regex": ("{query: {user: '~n{2}'}}", True, False),
    "query-that-is-not-there": ("{query: {user: ann, who: '*'}}", False, False),
    "header": ("{header: {origin: 'https://*.test'}}", True, False),
    "header-by-regex": ("{header: {X-FLAG: '~^o[nf]+$'}}", True, True),
    "any-of-a-header": ("{header: {x-flag: off}}", True, False),
    "header-present": ("{header: {Origin: true}}", True, False),
    "header-absent": ("{header: {Origin: false}}", False, True),
    "subprotocol": ("{subprotocol: v2}", True, False),
    "subprotocols": ("{subprotocol: ['v9', 'v*']}", True, False),
    "any": ("{any: [{path: /other}, {subprotocol: v1}]}", True, True),
    "all": ("{all: [{header: {X-Flag: true}}, {path: /other}]}", False, True),
    "not": ("{not: {path: /other}}", True, False),
}


def tagging(event: str, matches: dict[str, str], do: str) -> str:
    """Rules that do something that names them."""
    return "\n".join(
        f"  - {{id: '{name}', on: {event}, match: {match}, do: [{do.replace('NAME', name)}]}}"
        for name, match in matches.items()
    )


def named(head: Head) -> set[str]:
    """The rules that added their header."""
    return {value for name, value in head.headers if name == "X-Rule"}


async def test_requests_are_matched(tmp_path: Path, confdir: Path, server: RawServer) -> None:
    matches = {name: match for name, (match, _, _) in REQUEST_MATCHES.items()}
    rules = tagging("handshake_request", matches, "{header_add: {X-Rule: 'NAME'}}")
    chat = (("Origin", "https://a.test"), ("X-Flag", "on"), ("X-Flag", "off"), (SUBPROTOCOL, "v1, v2"))
    async with steered(tmp_path, confdir, rules) as engine:
        one, _ = await passes(engine, server, "/chat/room?user=ann&empty=", extra=chat)
        other, _ = await passes(engine, server, "/other", extra=(("X-Flag", "on"),))
    assert named(one.request) == {name for name, (_, wanted, _) in REQUEST_MATCHES.items() if wanted}
    assert named(other.request) == {name for name, (_, _, wanted) in REQUEST_MATCHES.items() if wanted}


RESPONSE_MATCHES: dict[str, tuple[str, bool, bool]] = {
    "status": ("{status: 101}", True, False),
    "statuses": ("{status: [401, 403]}", False, True),
    "header-of-the-response": ("{header: {Server: nginx*}}", True, False),
    "header-of-the-request": ("{header: {Origin: true}}", False, False),
    "subprotocol-as-agreed": ("{subprotocol: v2}", True, False),
    "subprotocol-on-offer": ("{subprotocol: v1}", False, False),
    "path": ("{path: /answered, host: 127.0.0.1}", True, True),
    "query": ("{query: {a: '1'}}", True, True),
}


async def test_answers_are_matched(tmp_path: Path, confdir: Path, server: RawServer) -> None:
    matches = {name: match for name, (match, _, _) in RESPONSE_MATCHES.items()}
    rules = tagging("handshake_response", matches, "{header_add: {X-Rule: 'NAME'}}")
    extra = (("Origin", "o"), (SUBPROTOCOL, "v1, v2"))

    async def refuse() -> None:
        side = await server.accept()
        await side.take_head()
        await side.send(answer("403 Forbidden"))

    async with steered(tmp_path, confdir, rules) as engine:
        path = "/answered?a=1"
        agreed = (("Server", "nginx/1"), (SUBPROTOCOL, "v2"))
        pair, _ = await passes(engine, server, path, extra=extra, answer_extra=agreed)
        serving = server.play(refuse())
        head = request(path, server.authority, extra=extra)
        client, refused = await asks(engine, server.authority, head, client_tls(server))
        await serving
        await client.close()
    assert named(pair.response) == {name for name, (_, wanted, _) in RESPONSE_MATCHES.items() if wanted}
    assert named(refused) == {name for name, (_, _, wanted) in RESPONSE_MATCHES.items() if wanted}


MESSAGE_MATCHES = {
    "host": ("{host: 127.0.0.1}", True),
    "path": ("{path: /talk-*}", True),
    "other-path": ("{path: /other}", False),
    "query": ("{query: {a: '*'}}", False),
    "header": ("{header: {User-Agent: '*websockets*'}}", True),
    "header-absent": ("{header: {Origin: false}}", True),
    "status": ("{status: 101}", True),
    "other-status": ("{status: 403}", False),
    "subprotocol": ("{subprotocol: '*'}", False),
    "not": ("{not: {subprotocol: '*'}, dir: c2s}", True),
    "tag-of-the-session": ("{tag: 'marked*'}", True),
}


async def test_messages_are_matched_by_their_handshake(tmp_path: Path, confdir: Path) -> None:
    rules = "  - {id: mark, on: handshake_request, do: [{tag: marked-now}]}\n"
    rules += tagging("message", {name: match for name, (match, _) in MESSAGE_MATCHES.items()}, "{tag: 'NAME'}")
    async with conversation(tmp_path, confdir, rules) as talk:
        await talk.say("hi")
        assert await talk.heard() == "hi"
        recorded = await talk.record()
    (message,) = recorded.messages
    wanted = {name for name, (_, matches) in MESSAGE_MATCHES.items() if matches}
    assert set(message.tags) == set(message.rules) == wanted


# ---- what goes on into the session


REMEMBERS = """
  - id: remembers
    on: handshake_request
    do:
      - capture: {header: {agent: user-agent, none: X-None}}
      - set: {asked: "{{ session.path }}"}
      - incr: {sessions: 1}
        scope: global
      - goto: asked
      - tag: [remembered, "on-{{ session.host }}"]
      - note: "asked for {{ vars.asked }}"
  - id: answered
    on: handshake_response
    rule_state: asked
    match: {status: 101}
    do:
      - capture: {header: {served: Server}}
      - goto: ready
      - tag: answered
      - note: "by {{ vars.served }}"
  - id: tells
    rule_state: ready
    match: {dir: c2s, text: who}
    do:
      - set_text: "{{ vars.agent }}|{{ vars.served }}|{{ vars.asked }}|{{ vars.sessions }}"
  - id: never
    rule_state: start
    do: [drop]
"""


async def test_what_the_handshake_told_is_used_in_the_session(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, REMEMBERS) as talk:
        await talk.say("who", "else")
        told = await talk.heard()
        assert isinstance(told, str)
        agent, served, asked, sessions = told.split("|")
        assert ("websockets" in agent, "websockets" in served, asked, sessions) == (True, True, talk.path, "1")
        assert await talk.heard() == "else"
        recorded = await talk.record()
    assert recorded.session.tags == ("remembered", "on-127.0.0.1", "answered")
    assert recorded.session.note == f"asked for {talk.path}\nby {served}"
    assert [message.rules for message in recorded.messages] == [("tells",), ()]


async def test_a_subprotocol_that_a_rule_offers_is_matched_once_it_is_agreed(tmp_path: Path, confdir: Path) -> None:
    rules = """
      - {id: offer, on: handshake_request, do: [{subprotocol_set: v2}]}
      - {id: use, match: {subprotocol: v2, dir: c2s}, do: [{tag: of-v2}]}
      - {id: never, match: {subprotocol: v1, dir: c2s}, do: [{tag: of-v1}]}
    """
    async with steered(tmp_path, confdir, rules) as engine, raw_server() as server:
        extra, agreed = ((SUBPROTOCOL, "v1"),), ((SUBPROTOCOL, "v2"),)
        _, recorded = await passes(engine, server, "/offered", extra=extra, answer_extra=agreed)
    assert [message.tags for message in recorded.messages if message.direction is Direction.C2S] == [("of-v2",)]
    assert recorded.session.violations == ()


MOCK = """
  - id: stage
    on: handshake_request
    match: {host: "*.invalid"}
    do:
      - mock: {upstream: false, subprotocol: "{{ 'v2' }}", headers: {X-Mocked: "{{ session.path }}"}}
      - set: {n: 0}
  - id: greet
    on: open
    do: [{send: {to: client, json: {hello: "{{ session.host }}"}}}]
  - id: tick
    on: {timer: 30ms}
    limit: {times: 2}
    do: [{incr: {n: 1}}, {send: {to: client, text: "tick {{ vars.n }}"}}]
  - id: echo
    match: {dir: c2s, regex: 'echo (?P<what>.*)'}
    do: [{reply: "{{ match.what }}"}]
"""


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_a_mock_speaks_by_rules_alone(tmp_path: Path, confdir: Path, scheme: str) -> None:
    async with steered(tmp_path, confdir, MOCK) as engine:
        host, port = engine.address
        async with connect_websockets(
            f"{scheme}://{GONE}/stage",
            proxy=f"http://{host}:{port}",
            subprotocols=[Subprotocol("v1"), Subprotocol("v2")],
            compression=None,
            ssl=client_context(confdir / "mitmproxy-ca-cert.pem") if scheme == "wss" else None,
        ) as client:
            assert client.subprotocol == "v2"
            assert client.response is not None
            assert client.response.headers["X-Mocked"] == "/stage"
            heard = [await within(client.recv(), "what the mock says") for _ in range(3)]
            assert heard == [f'{{"hello":"{GONE}"}}', "tick 1", "tick 2"]
            await client.send("echo back")
            assert await within(client.recv(), "the echo") == "back"
        recorded = await session_at(engine.capture, "/stage")
    session = recorded.session
    assert (session.server, session.subprotocol, session.status) == ("mock", "v2", 101)
    assert session.violations == ()
    said = [message for message in recorded.messages if message.direction is Direction.S2C]
    assert [message.source for message in said] == [Source.RULE] * 4
