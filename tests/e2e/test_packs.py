"""Each pack of `rules/` does what its comments say, on traffic of real peers."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Origin, Subprotocol

from tests.engine.live import LiveEngine, live_engine
from tests.peers.capture import all_recorded, session_at
from tests.peers.waiting import until, within
from wsinspect.engine.steering import Steering
from wsinspect.model import Direction, Verdict

PACKS = Path(__file__).parents[2] / "rules"
MIB = 1 << 20


@dataclass
class World:
    """An engine with a pack, and a server behind it."""

    engine: LiveEngine
    port: int
    requests: list[Any] = field(default_factory=list)
    """That reached the server."""
    connections: asyncio.Queue[ServerConnection] = field(default_factory=asyncio.Queue)

    @property
    def steering(self) -> Steering:
        steering = self.engine.addon._rules
        assert isinstance(steering, Steering)
        return steering

    @property
    def hits(self) -> dict[str, int]:
        """How often each rule acted."""
        return {status.id: status.hits for status in self.steering.rules()}

    @asynccontextmanager
    async def client(self, path: str = "/", url: str | None = None, **options: Any) -> AsyncIterator[ClientConnection]:
        """Connect through the engine."""
        host, port = self.engine.address
        asked = url or f"ws://127.0.0.1:{self.port}{path}"
        async with connect(
            asked, proxy=f"http://{host}:{port}", ping_interval=None, close_timeout=2, **options
        ) as client:
            yield client


async def keep(connection: ServerConnection) -> None:
    """Serve by letting the test do it."""
    await connection.wait_closed()


async def echo(connection: ServerConnection) -> None:
    """Serve by answering each message with itself."""
    with contextlib.suppress(ConnectionClosed):
        async for message in connection:
            await connection.send(message)


@asynccontextmanager
async def world(
    folder: Path,
    confdir: Path,
    pack: str,
    serving: Callable[[ServerConnection], Awaitable[None]] = keep,
    *,
    engine_options: dict[str, Any] | None = None,
    **server_options: Any,
) -> AsyncIterator[World]:
    """Run an engine with a pack, and a server."""
    made: World | None = None

    async def serve_one(connection: ServerConnection) -> None:
        assert made is not None
        made.requests.append(connection.request)
        made.connections.put_nowait(connection)
        await serving(connection)

    options = {"compression": None, "ping_interval": None, "close_timeout": 2, **server_options}
    rules = (PACKS / f"{pack}.yaml",)
    async with (
        serve(serve_one, "127.0.0.1", 0, **options) as server,
        live_engine(folder, confdir, rules=rules, **(engine_options or {})) as engine,
    ):
        made = World(engine, next(iter(server.sockets)).getsockname()[1])
        yield made


async def heard(connection: ClientConnection | ServerConnection) -> str | bytes:
    return await within(connection.recv(), "a message")


async def test_redact_secrets(tmp_path: Path, confdir: Path) -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
    cases = {
        '{"user": {"password": "p\\"w", "n": 1.50}}': '{"user": {"password": "[redacted]", "n": 1.50}}',
        '{"pass\\u0077ord":"x"}': '{"pass\\u0077ord":"[redacted]"}',
        '42["login",{"auth_token": "x\\"y"}]': '42["login",{"auth_token": "[redacted]"}]',
        "Authorization: Bearer abcdefgh1234==": "Authorization: Bearer [redacted]",
        f'["{token}"]': '["[redacted-jwt]"]',
        "write to ann.b+c@mail.example.co.uk!": "write to nobody@redacted.invalid!",
        '{"card":4111111111111111,"at":1700000000000}': '{"card":9999999999999999,"at":1700000000000}',
        "5555 5555 5555 4444 or 3782-822463-10005": "9999999999999999 or 9999999999999999",
        "nothing to see here": "nothing to see here",
    }
    async with world(tmp_path, confdir, "redact-secrets", engine_options={"assemble_limit": 100_000}) as made:
        async with made.client() as client:
            server = await within(made.connections.get(), "the server's side")
            for said, sent in cases.items():
                await client.send(said)
                assert await heard(server) == sent
            await client.send("x" * 200_000)
            await client.send("behind what nobody could look into")
            assert await heard(server) == "behind what nobody could look into"
            await server.send('{"token":"x","api_key":"k"}')
            assert json.loads(await heard(client)) == {"token": "[redacted]", "api_key": "[redacted]"}
        assert all(made.hits.values()), made.hits


async def test_mobile_network(tmp_path: Path, confdir: Path) -> None:
    count = 200
    async with world(tmp_path, confdir, "mobile-network") as made:
        async with made.client("/phone") as client:
            server = await within(made.connections.get(), "the server's side")
            for number in range(count):
                await client.send(str(number))
            await until(lambda: made.hits["upload"] + made.hits["loss"] >= count, "all messages to be judged")
            lost = made.hits["loss"]
            numbers = [int(await heard(server)) for _ in range(count - lost)]
        assert 0 < lost < 20
        assert numbers == sorted(numbers)
        recorded = await session_at(made.engine.capture, "/phone")
    assert Counter(message.verdict for message in recorded.messages) == {
        Verdict.DROPPED: lost,
        Verdict.FORWARDED: count - lost,
    }
    delays_ms = [message.delayed_ns / 1e6 for message in recorded.messages if message.delayed_ns is not None]
    assert len(delays_ms) > 0.9 * (count - lost)
    assert 40 < sum(delays_ms) / len(delays_ms) < 2000


async def test_flaky_server(tmp_path: Path, confdir: Path) -> None:
    endings: Counter[int] = Counter()
    waits: set[str] = set()

    async def live_and_die(made: World) -> None:
        try:
            async with made.client() as client:
                for number in range(200):
                    await client.send(f"message {number}")
                    await heard(client)
        except InvalidStatus as error:
            waits.add(error.response.headers["Retry-After"])
            endings[error.response.status_code] += 1
        except ConnectionClosed as error:
            endings[error.rcvd.code if error.rcvd else 1006] += 1

    async with world(tmp_path, confdir, "flaky-server", echo) as made:
        for _ in range(150):
            await live_and_die(made)
            if all(made.hits.values()):
                break
        assert all(made.hits.values()), made.hits
    assert (set(endings), waits) == ({503, 1001, 1006, 1011, 1012, 1013}, {"2"})


async def test_slow_consumer(tmp_path: Path, confdir: Path) -> None:
    async with world(tmp_path, confdir, "slow-consumer") as made:
        made.steering.enable_rule("no-pongs", enabled=True)
        async with made.client("/slow") as client:
            server = await within(made.connections.get(), "the server's side")
            for number in range(20):
                await server.send(str(number))
            await server.ping(b"are you there?")
            assert [await heard(client) for _ in range(20)] == [str(number) for number in range(20)]
            await client.send("got them")
            assert await heard(server) == "got them"
        recorded = await session_at(made.engine.capture, "/slow")
    sent = [message.time + (message.delayed_ns or 0) for message in recorded.messages]
    assert sent[19] - sent[0] > 0.8e9  # 20 a second
    assert (recorded.messages[20].delayed_ns or 0) > 50e6
    [pong] = [frame for frame in recorded.frames if frame.opcode == 0xA]
    assert (pong.direction, pong.verdict) == (Direction.C2S, Verdict.DROPPED)


@pytest.mark.parametrize("checks", [True, False], ids=["server checks", "server does not"])
async def test_cswsh_check(tmp_path: Path, confdir: Path, *, checks: bool) -> None:
    own = Origin("https://app.example")
    options: dict[str, Any] = {"origins": [own]} if checks else {}
    if not checks:
        options["select_subprotocol"] = lambda _, offered: offered[0] if offered else None
    statuses: list[int | None] = []
    async with world(tmp_path, confdir, "cswsh-check", **options) as made:
        for _ in range(6):
            try:
                async with made.client(origin=own, subprotocols=[Subprotocol("chat")]):
                    statuses.append(101)
            except InvalidStatus as error:
                statuses.append(error.response.status_code)
            except InvalidHandshake:  # a subprotocol that the client never offered
                statuses.append(None)
        failures = made.steering.expect_failures
        refused = [request.headers.get("Origin") for request in made.requests]
    if checks:
        assert (statuses, failures) == ([403, 403, 403, 403, 101, 101], 0)
    else:
        assert (statuses, failures) == ([101, 101, 101, 101, None, 101], 5)
        assert refused[:4] == ["https://attacker.example", "null", "https://127.0.0.1.attacker.example", None]


async def test_swap_token(tmp_path: Path, confdir: Path) -> None:
    variables = (("token", "another one"),)
    async with world(tmp_path, confdir, "swap-token", engine_options={"variables": variables}) as made:
        headers = {"Authorization": "Bearer mine"}
        async with made.client("/socket?token=mine", additional_headers=headers) as client:
            server = await within(made.connections.get(), "the server's side")
            for said in ('{"type":"auth","token":"mine"}', '{"type":"say","token":"as it is"}'):
                await client.send(said)
            assert json.loads(await heard(server)) == {"type": "auth", "token": "another one"}
            assert json.loads(await heard(server)) == {"type": "say", "token": "as it is"}
        [request] = made.requests
        assert request.headers.get_all("Authorization") == ["Bearer another one"]
        assert request.path == "/socket?token=another%20one"
        async with made.client("/without"):
            pass
        assert "Authorization" not in made.requests[1].headers


async def test_mock_ticker(tmp_path: Path, confdir: Path) -> None:
    async with world(tmp_path, confdir, "mock-ticker") as made, made.client(url="ws://ticker.test/prices") as client:
        await client.send("hello?")
        assert json.loads(await heard(client))["type"] == "error"
        await client.send('{"type":"subscribe","symbol":"ACME"}')
        answer = json.loads(await heard(client))
        assert (answer["type"], answer["symbol"]) == ("subscribed", "ACME")
        ticks = [json.loads(await heard(client)) for _ in range(3)]
        assert [(tick["type"], tick["n"], tick["symbol"]) for tick in ticks] == [
            ("tick", number, "ACME") for number in (1, 2, 3)
        ]
        prices = [tick["price"] for tick in ticks]
        assert all(isinstance(price, float) and 110 < price < 130 for price in prices)
        assert len(set(prices)) == 3
        await client.send('{"type":"unsubscribe"}')
        while (last := json.loads(await heard(client)))["type"] == "tick":
            pass
        assert last == {"type": "unsubscribed", "symbol": "ACME"}
        assert made.requests == []


async def test_chaos(tmp_path: Path, confdir: Path) -> None:
    async def suffer(made: World) -> None:
        with contextlib.suppress(ConnectionClosed):
            async with made.client() as client:
                for number in range(150):
                    await client.send(json.dumps({"type": "say", "n": number}) if number % 3 else number.to_bytes(40))
                async with asyncio.timeout(1):
                    async for _ in client:
                        pass

    wanted = {
        "late",
        "out-of-order",
        "lost",
        "twice",
        "corrupted",
        "in-pieces",
        "uninvited-pong",
        "cut-short",
        "cut-off",
    }
    async with world(tmp_path, confdir, "chaos", echo) as made:
        for _ in range(40):
            with contextlib.suppress(TimeoutError):
                await suffer(made)
            if all(made.hits[name] for name in wanted):
                break
        hits = made.hits
        assert all(hits[name] for name in wanted), hits
        assert not any(status.errors for status in made.steering.rules())
        passed = [message for one in all_recorded(made.engine.capture) for message in one.messages]
    untouched = [message for message in passed if not message.rules]
    assert len(untouched) > 0.5 * len(passed)


async def test_assertions(tmp_path: Path, confdir: Path) -> None:
    async with world(
        tmp_path, confdir, "assertions", echo, server_header="acme", subprotocols=[Subprotocol("chat")]
    ) as made:
        async with made.client(subprotocols=[Subprotocol("chat")]) as client:
            for said in ('{"type":"hello"}', "[1,2]", b"bytes"):
                await client.send(said)
                assert await heard(client) == said
        assert made.steering.expect_failures == 0
        assert not any(status.errors for status in made.steering.rules())


BAD = ('{"type":"error"}', "no JSON", '{"n":1}', '{"type":"user","password":"x"}', b"x" * (MIB + 1))


async def test_assertions_that_do_not_hold(tmp_path: Path, confdir: Path) -> None:
    failed: set[str | None] = set()
    async with world(tmp_path, confdir, "assertions", echo, server_header="acme/2.1", max_size=None) as made:
        made.steering.subscribe(lambda notice: failed.add(notice.rule))
        async with made.client(subprotocols=[Subprotocol("chat")], max_size=None) as client:
            for said in BAD:
                await client.send(said)
                assert await heard(client) == said
            server = await within(made.connections.get(), "the server's side")
            await server.close(1011)
            await client.wait_closed()
        assert made.steering.expect_failures >= 8
    assert failed - {None} == {
        "no-version-in-headers", "agreed-subprotocol", "text-is-json", "has-a-type", "no-server-errors", "small-enough",
        "no-secrets-in-the-clear", "no-bad-closes",
    }  # fmt: skip


def test_every_pack_is_exercised_and_offers_its_schema_to_editors() -> None:
    for pack in PACKS.glob("*.yaml"):
        assert f"test_{pack.stem.replace('-', '_')}" in globals()
        assert pack.read_text().startswith("# yaml-language-server: $schema=./wsinspect-rules.schema.json\n")
    assert (PACKS / "wsinspect-rules.schema.json").is_file()
