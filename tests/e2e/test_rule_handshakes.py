"""Every handshake action of the rule language, from YAML to real peers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.peers.capture import session_at
from tests.peers.certificates import Certificate, raw_client_context
from tests.peers.framing import TEXT, build
from tests.peers.lane import end_cleanly, exchange
from tests.peers.rules import conversation
from tests.peers.steered import KEY, asks, client_tls, passes, steered
from tests.peers.upgrade import (
    Headers,
    Pair,
    RawServer,
    answer,
    connect,
    connect_through,
    finish_upgrade,
    free_ports,
    open_pair,
    parse_head,
    raw_server,
    request,
)
from wsinspect.model import End, HttpHead, SessionState

pytestmark = pytest.mark.usefixtures("private_runtime")

GONE = "gone.invalid"
SUBPROTOCOL, EXTENSIONS = "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"


@pytest.fixture(params=["ws", "wss"])
async def server(request: pytest.FixtureRequest, certificate: Certificate) -> AsyncIterator[RawServer]:
    async with raw_server(certificate.raw_server_context() if request.param == "wss" else None) as running:
        yield running


def went_on(head: HttpHead | None) -> HttpHead:
    assert head is not None
    assert head.sent is not None
    return head.sent


# ---- heads


HEADS = """
version: 1
vars: {who: ann}
rules:
  - id: asks
    on: handshake_request
    match: {path: /heads}
    do:
      - header_set: {x-ODD: "{{ vars.who }} at {{ session.host }}", X-New: "1"}
      - header_add: {Cookie: b=2}
      - header_remove: [origin, X-Secret]
      - path_set: "/v2{{ session.path }}&from={{ session.id }}"
  - id: answers
    on: handshake_response
    match: {path: /heads}
    do:
      - header_set: {Server: hidden}
      - header_add: {X-Seen: "{{ session.header.Last }}"}
      - header_remove: X-Powered-By
"""


async def test_heads_are_changed_and_what_nobody_named_keeps_its_place_and_spelling(
    tmp_path: Path, confdir: Path, server: RawServer
) -> None:
    extra = (("Origin", "o"), ("X-Odd", "1"), ("Cookie", "a=1"), ("X-odd", "2"), ("X-SECRET", "s"), ("Last", "x"))
    answered = (("server", "nginx"), ("X-Powered-By", "php"), ("Server", "two"))
    async with steered(tmp_path, confdir, HEADS) as engine:
        pair, recorded = await passes(engine, server, "/heads?a=1", extra=extra, answer_extra=answered)
    changed = (("X-Odd", "ann at 127.0.0.1"), ("Cookie", "a=1"), ("Last", "x"), ("X-New", "1"), ("Cookie", "b=2"))
    assert pair.request.headers[5:] == changed
    assert pair.request.target == "/v2/heads?a=1&from=1"
    assert pair.response.headers[3:] == (("server", "hidden"), ("X-Seen", "x"))
    asked, came = recorded.session.request, recorded.session.response
    assert asked is not None
    assert (asked.headers[5:], asked.target) == (extra, "/heads?a=1")
    assert (went_on(asked).headers, went_on(asked).target) == (pair.request.headers, pair.request.target)
    assert came is not None
    assert came.headers[3:] == answered
    assert went_on(came).headers == pair.response.headers
    assert recorded.session.path == "/heads?a=1"


async def test_other_sessions_are_left_alone(tmp_path: Path, confdir: Path, server: RawServer) -> None:
    async with steered(tmp_path, confdir, HEADS) as engine:
        pair, recorded = await passes(engine, server, "/other?a=1", extra=(("Origin", "o"), ("X-odd", "2")))
    assert pair.request.headers[5:] == (("Origin", "o"), ("X-odd", "2"))
    for head in (recorded.session.request, recorded.session.response):
        assert head is not None
        assert head.sent is None


async def test_later_rules_see_what_earlier_ones_made_of_a_head(
    tmp_path: Path, confdir: Path, server: RawServer
) -> None:
    rules = """
      - {id: third, priority: -1, on: handshake_request, match: {path: /new}, do: [{header_add: {X-Third: "1"}}]}
      - {id: first, priority: 9, on: handshake_request, do: [{path_set: /new}, {header_set: {X-First: "1"}}]}
      - {id: second, on: handshake_request, match: {header: {x-first: "1"}}, do: [{header_add: {X-Second: "1"}}]}
      - {id: never, on: handshake_request, match: {path: /old}, do: [{header_add: {X-Never: "1"}}]}
    """
    async with steered(tmp_path, confdir, rules) as engine:
        pair, _ = await passes(engine, server, "/old")
    assert pair.request.target == "/new"
    assert [name for name, _ in pair.request.headers[5:]] == ["X-First", "X-Second", "X-Third"]


BAD = """
version: 1
vars: {{bad: "a\\r\\nInjected: yes"}}
rules:
  - {{id: bad, on: handshake_request, on_error: {on_error}, do: [{{header_set: {{X-Bad: "{{{{ vars.bad }}}}"}}}}]}}
  - {{id: good, on: handshake_request, do: [{{header_set: {{X-Good: "1"}}}}]}}
"""


async def test_a_rule_that_fails_is_as_if_it_were_not_there(tmp_path: Path, confdir: Path, server: RawServer) -> None:
    async with steered(tmp_path, confdir, BAD.format(on_error="forward")) as engine:
        pair, _ = await passes(engine, server, "/bad")
    assert pair.request.headers[5:] == (("X-Good", "1"),)


async def test_a_rule_that_must_not_fail_answers_for_the_server(
    tmp_path: Path, confdir: Path, server: RawServer
) -> None:
    async with steered(tmp_path, confdir, BAD.format(on_error="drop")) as engine:
        server.play(server.accept())
        client, response = await asks(engine, server.authority, request("/bad", server.authority), client_tls(server))
        assert response.status == 502
        await client.close()
        recorded = await session_at(engine.capture, "/bad")
    assert (recorded.session.state, recorded.session.status) == (SessionState.REFUSED, 502)


# ---- what is agreed


@pytest.mark.parametrize(
    ("do", "offered", "agreed", "server_saw", "client_saw"),
    [
        ("on: handshake_request, do: [{subprotocol_set: 'v2, v3'}]", "v1", "v2", "v2, v3", "v2"),
        ("on: handshake_request, do: [{subprotocol_set: ''}]", "v1", None, None, None),
        ("on: handshake_request, do: [{subprotocol_set: v1}]", None, "v1", "v1", "v1"),
        ("on: handshake_response, do: [{subprotocol_set: v1}]", "v1, v2", "v2", "v1, v2", "v1"),
        ("on: handshake_response, do: [{subprotocol_set: ''}]", "v1", "v1", "v1", None),
    ],
)
async def test_subprotocols(
    tmp_path: Path,
    confdir: Path,
    do: str,
    offered: str | None,
    agreed: str | None,
    server_saw: str | None,
    client_saw: str | None,
) -> None:
    def header(value: str | None) -> Headers:
        return () if value is None else ((SUBPROTOCOL, value),)

    async with steered(tmp_path, confdir, f"  - {{id: it, {do}}}") as engine, raw_server() as server:
        pair, recorded = await passes(engine, server, "/agree", extra=header(offered), answer_extra=header(agreed))
    assert (pair.request.get(SUBPROTOCOL), pair.response.get(SUBPROTOCOL)) == (server_saw, client_saw)
    assert recorded.session.subprotocol == agreed
    assert recorded.session.violations == ()


@pytest.mark.parametrize("do", ["extensions_strip", "{extensions_strip: permessage-deflate}"])
async def test_extensions_taken_out_of_the_offer_are_used_by_nobody(tmp_path: Path, confdir: Path, do: str) -> None:
    rules = f"  - {{id: it, on: handshake_request, do: [{do}]}}"
    async with conversation(tmp_path, confdir, rules, compressed=True) as talk:
        await talk.say("a" * 100)
        assert await talk.heard() == "a" * 100
        await talk.server.send("b" * 100)
        assert await talk.answer() == "b" * 100
        recorded = await talk.record()
    asked = recorded.session.request
    assert asked is not None
    assert EXTENSIONS in {name for name, _ in asked.headers}
    assert EXTENSIONS not in {name for name, _ in went_on(asked).headers}
    assert recorded.session.extensions is None
    assert [message.compressed for message in recorded.messages] == [False, False]


@pytest.mark.parametrize(
    ("event", "server_saw", "client_saw"),
    [("handshake_request", "x-b; q=1", "x-a, x-b"), ("handshake_response", "x-a, x-b; q=1", "x-b")],
)
async def test_one_of_several_extensions_is_taken_out(
    tmp_path: Path, confdir: Path, event: str, server_saw: str, client_saw: str
) -> None:
    rules = f"  - {{id: it, on: {event}, do: [{{extensions_strip: X-A}}]}}"
    offer, agree = ((EXTENSIONS, "x-a, x-b; q=1"),), ((EXTENSIONS, "x-a, x-b"),)
    async with steered(tmp_path, confdir, rules) as engine, raw_server() as server:
        pair, recorded = await passes(engine, server, "/some", extra=offer, answer_extra=agree)
    assert (pair.request.get(EXTENSIONS), pair.response.get(EXTENSIONS)) == (server_saw, client_saw)
    assert recorded.session.extensions == "x-a, x-b"
    not_offered = any("not offered" in violation for violation in recorded.session.violations)
    assert not_offered is (event == "handshake_request"), "the server agreed to what it was not asked"


# ---- elsewhere


@pytest.mark.parametrize("keep_host", [False, True])
@pytest.mark.parametrize("from_tls", [False, True], ids=["from ws", "from wss"])
async def test_a_session_is_moved_to_another_server(
    tmp_path: Path, confdir: Path, server: RawServer, from_tls: bool, keep_host: bool
) -> None:
    rules = f"""
      - id: it
        on: handshake_request
        match: {{host: "*.invalid", path: /from}}
        do:
          - map_remote:
              url: "{server.scheme}://localhost:{server.port}/to?was={{{{ session.host }}}}"
              keep_host: {str(keep_host).lower()}
    """
    async with steered(tmp_path, confdir, rules) as engine:
        accepting = server.play(server.accept_upgrade())
        head = request("/from", GONE)
        tls = raw_client_context() if from_tls else None
        client, response = await asks(engine, f"{GONE}:81", head, tls)
        assert response.status == 101
        side, asked = await accepting
        side.forget_taken()
        pair = Pair(client, side, "/from", asked, response)
        await exchange(pair, [build(TEXT, b"hi", mask=KEY)], [build(TEXT, b"hello")])
        await end_cleanly(pair)
        await pair.close()
        recorded = await session_at(engine.capture, "/from")
    assert pair.request.get("host") == (GONE if keep_host else f"localhost:{server.port}")
    assert pair.request.headers[1:] == parse_head(head).headers[1:]
    assert pair.request.target == f"/to?was={GONE}"
    assert (recorded.session.host, recorded.session.server) == (GONE, server.authority)
    assert (went_on(recorded.session.request).headers, went_on(recorded.session.request).target) == (
        pair.request.headers,
        pair.request.target,
    )
    assert (recorded.session.tls_server is not None) is (server.tls is not None)


async def test_a_session_in_reverse_mode_needs_no_server_where_a_rule_answers(tmp_path: Path, confdir: Path) -> None:
    (nowhere,) = free_ports(1)
    rules = "  - {id: it, on: handshake_request, match: {path: /reverse}, do: [{reject: 418}]}"
    async with steered(tmp_path, confdir, rules, modes=(f"reverse:http://127.0.0.1:{nowhere}",)) as engine:
        client = await connect(engine.address)
        assert (await finish_upgrade(client, request("/reverse", "a.test"))).status == 418
        await client.close()
        client = await connect(engine.address)
        assert (await finish_upgrade(client, request("/else", "b.test"))).status == 502
        await client.close()


# ---- no session


REJECT = """
  - id: it
    on: {event}
    match: {{path: /rejected}}
    do:
      - tag: refused
      - reject:
          status: 429
          headers: {{Retry-After: "7", X-Host: "{{{{ session.host }}}}"}}
          body: 'not "{{{{ session.path }}}}"'
  - {{id: behind-it, on: {event}, match: {{path: /rejected}}, do: [{{tag: never}}]}}
"""


async def test_a_request_is_refused_without_a_server(tmp_path: Path, confdir: Path) -> None:
    async with steered(tmp_path, confdir, REJECT.format(event="handshake_request")) as engine:
        client, response = await asks(engine, f"{GONE}:80", request("/rejected", GONE))
        assert (response.status, response.get("retry-after"), response.get("x-host")) == (429, "7", GONE)
        await client.expect(b'not "/rejected"')
        await client.close()
        recorded = await session_at(engine.capture, "/rejected")
    session = recorded.session
    assert (session.state, session.status, session.error) == (SessionState.REFUSED, 429, "rejected by rule it")
    assert (session.tags, session.server) == (("refused",), None)


@pytest.mark.parametrize("status", [101, 404])
async def test_an_answer_is_refused_whatever_it_was(
    tmp_path: Path, confdir: Path, server: RawServer, status: int
) -> None:
    async def refuse() -> None:
        side = await server.accept()
        await side.take_head()
        await side.send(answer("404 Not Found", b"nothing here"))

    async with steered(tmp_path, confdir, REJECT.format(event="handshake_response")) as engine:
        serving = server.play(refuse() if status == 404 else server.accept_upgrade())
        head = request("/rejected", server.authority)
        client, response = await asks(engine, server.authority, head, client_tls(server))
        assert (response.status, response.get("retry-after")) == (429, "7")
        assert await client.take(15) == b'not "/rejected"'
        await serving
        await client.close()
        recorded = await session_at(engine.capture, "/rejected")
    session = recorded.session
    assert (session.state, session.status, session.tags) == (SessionState.REFUSED, 429, ("refused",))
    assert session.response is not None
    assert (session.response.status, went_on(session.response).status) == (status, 429)


@pytest.mark.parametrize("event", ["handshake_request", "handshake_response"])
async def test_an_abort_resets_the_client(tmp_path: Path, confdir: Path, server: RawServer, event: str) -> None:
    async with steered(tmp_path, confdir, f"  - {{id: it, on: {event}, do: [abort]}}") as engine:
        serving = server.play(server.accept_upgrade()) if event == "handshake_response" else None
        client = await connect_through(engine.address, server.authority)
        client.forget_taken()
        if server.tls:
            await client.start_tls(raw_client_context(), server_name="localhost", server_side=False)
        await client.send(request("/aborted", server.authority))
        assert End.RESET in await client.ended()
        if serving is not None:
            await serving
        await client.close()
        recorded = await session_at(engine.capture, "/aborted")
    assert (recorded.session.state, recorded.session.error) == (SessionState.FAILED, "aborted by rule it")


@pytest.mark.parametrize("event", ["handshake_request", "handshake_response"])
async def test_a_head_is_delayed(tmp_path: Path, confdir: Path, server: RawServer, event: str) -> None:
    rules = f"  - {{id: it, on: {event}, do: [{{delay: 60}}, {{header_add: {{X-Late: '1'}}}}]}}"
    async with steered(tmp_path, confdir, rules) as engine:
        clock = asyncio.get_running_loop().time
        began = clock()
        pair = await open_pair(engine.address, server, "/late", client_tls=client_tls(server))
        assert clock() - began >= 0.06
        await end_cleanly(pair)
        await pair.close()
        recorded = await session_at(engine.capture, "/late")
    late = pair.request if event == "handshake_request" else pair.response
    assert late.get("x-late") == "1"
    assert recorded.session.state is SessionState.CLOSED
