"""Every key of `match`, and what else says when a rule acts, on live traffic of real peers.

One conversation goes through one engine that has a rule for each row of the tables, and each row says which of the
messages its rule was to act on.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from tests.engine.live import LiveEngine, live_engine
from tests.peers.capture import Recorded, session_at
from tests.peers.waiting import within
from wsinspect.engine.steering import Steering
from wsinspect.model import Direction, Message, Source
from wsinspect.wire.sending import Injection

PATH = "/observe/room?token=abc&n=1"
SUBPROTOCOL = Subprotocol("chat.v2")

HELLO = '{"type":"hello","n":1,"user":{"name":"ann","age":31}}'
WELCOME = '{"type":"welcome","n":2.5,"list":[1,{"x":null}]}'
TEXT = "plain text with ünïcödé ☃"
BYTES = b"\x00\x01\x02\xffabc\xfe"
LONG = "x" * 2000
BYE = '{"type":"bye"}'
MADE = "made by a rule"
TYPED = "typed by a user"

SAID: tuple[tuple[Direction, str | bytes], ...] = (
    (Direction.C2S, HELLO),
    (Direction.S2C, WELCOME),
    (Direction.C2S, TEXT),
    (Direction.S2C, BYTES),
    (Direction.C2S, b"\xff" * 10),
    (Direction.S2C, LONG),
    (Direction.C2S, BYE),
)
"""By the peers, one after another. After the first the rule `say` sends MADE to the server; TYPED comes last."""

C2S = (HELLO, TEXT, b"\xff" * 10, BYE)
S2C = (WELCOME, BYTES, LONG)
ALL = tuple(message for _, message in SAID)
NONE: tuple[str | bytes, ...] = ()

type Row = tuple[dict[str, object], tuple[str | bytes, ...]]

MATCHES: dict[str, Row] = {
    "nothing": ({}, ALL),
    "url": ({"url": "ws://127.0.0.1:*/observe/room?token=abc&n=1"}, ALL),
    "url-regex": ({"url": r"~/observe/\w+\?"}, ALL),
    "url-other": ({"url": "wss://*"}, NONE),
    "host": ({"host": "127.0.*"}, ALL),
    "host-list": ({"host": ["a.test", "~^127\\."]}, ALL),
    "host-other": ({"host": "*.test"}, NONE),
    "path": ({"path": "/observe/room"}, ALL),
    "path-glob": ({"path": "/obs?rve/*"}, ALL),
    "path-other": ({"path": "/observe"}, NONE),
    "query": ({"query": {"token": "a*", "n": "1"}}, ALL),
    "query-other": ({"query": {"token": "abc", "m": "*"}}, NONE),
    "header": ({"header": {"X-CLIENT": "te*er"}}, ALL),
    "header-there": ({"header": {"User-Agent": True, "Origin": False}}, ALL),
    "header-other": ({"header": {"X-Client": False}}, NONE),
    "subprotocol": ({"subprotocol": "chat.*"}, ALL),
    "subprotocol-not-agreed": ({"subprotocol": "chat.v1"}, NONE),
    "status": ({"status": [101, 200]}, ALL),
    "status-other": ({"status": 403}, NONE),
    "dir-c2s": ({"dir": "c2s"}, C2S),
    "dir-s2c": ({"dir": "s2c"}, S2C),
    "type-text": ({"type": "text"}, (HELLO, WELCOME, TEXT, LONG, BYE)),
    "type-binary": ({"type": "binary"}, (BYTES, b"\xff" * 10)),
    "text": ({"text": "type"}, (HELLO, WELCOME, BYE)),
    "text-unicode": ({"text": {"icontains": "ÜNÏCÖDÉ", "starts": "plain", "ends": "☃"}}, (TEXT,)),
    "text-equals": ({"text": {"equals": BYE}}, (BYE,)),
    "regex": ({"regex": r'"n":\d\b'}, (HELLO, WELCOME)),
    "regex-anchors": ({"regex": r"^x+$"}, (LONG,)),
    "json": ({"json": {"$.type": "hello"}}, (HELLO,)),
    "json-number": ({"json": {"$.n": 2.5}}, (WELCOME,)),
    "json-gt": ({"json": {"$.user.age": {"gt": 30, "le": 31}}}, (HELLO,)),
    "json-exists": ({"json": {"$.list": {"exists": True}}}, (WELCOME,)),
    "json-absent": ({"json": {"$.n": {"exists": False}}, "text": "type"}, (BYE,)),
    "json-any-depth": ({"json": {"$..x": None}}, (WELCOME,)),
    "json-in": ({"json": {"$.type": {"in": ["bye", "welcome"]}}}, (WELCOME, BYE)),
    "json-regex": ({"json": {"$.type": {"regex": "^[a-h]"}}}, (HELLO, BYE)),
    "hex": ({"hex": "0102ff"}, (BYTES,)),
    "hex-any": ({"hex": "00 ?? 02"}, (BYTES,)),
    "bytes": ({"bytes": {"at": 4, "equals": "616263"}}, (BYTES,)),
    "bytes-from-the-end": ({"bytes": [{"at": -1, "equals": "fe"}, {"at": 0, "equals": "00"}]}, (BYTES,)),
    "size": ({"size": 10}, (b"\xff" * 10,)),
    "size-range": ({"size": {"gt": "1k", "le": 2000}}, (LONG,)),
    "index": ({"index": 2, "dir": "s2c"}, (BYTES,)),
    "index-every": ({"index": {"every": 2, "from": 1}, "dir": "s2c"}, (WELCOME, LONG)),
    "since-open": ({"since_open": {"lt": "1h"}}, ALL),
    "since-open-later": ({"since_open": {"gt": "1h"}}, NONE),
    "gap": ({"gap": {"lt": "1h"}}, (TEXT, BYTES, b"\xff" * 10, LONG, BYE)),
    "gap-longer": ({"gap": {"gt": "1h"}}, NONE),
    "tag": ({"tag": "gree*"}, (HELLO,)),
    "source-peer": ({"source": "peer"}, ALL),
    "source-any": ({"source": "any", "dir": "c2s"}, C2S),
    "any": ({"any": [{"text": "welcome"}, {"hex": "ffffff"}]}, (WELCOME, b"\xff" * 10)),
    "all": ({"all": [{"text": "type"}, {"dir": "c2s"}, {"size": {"gt": 20}}]}, (HELLO,)),
    "not": ({"not": {"any": [{"dir": "c2s"}, {"type": "binary"}]}}, (WELCOME, LONG)),
    "protocol-unknown": ({"protocol": "*"}, NONE),
    "event-unknown": ({"event": "*"}, NONE),
}

OF_OURS: dict[str, tuple[dict[str, object], tuple[str, ...]]] = {
    "ours-rule": ({"source": "rule"}, (MADE,)),
    "ours-user": ({"source": "user"}, (TYPED,)),
    "ours-any": ({"source": "any", "not": {"source": "peer"}}, (MADE, TYPED)),
    "ours-peer": ({"text": "by"}, ()),
}
"""Messages that no peer sent: what their rules tag is the session."""

CONDITIONS: dict[str, tuple[dict[str, object], tuple[str | bytes, ...]]] = {
    "when": ({"when": "size > 15 and dir == c2s"}, (HELLO, TEXT)),
    "when-json": ({"when": "json.$.user.name == ann or session.subprotocol == chat.v1"}, (HELLO,)),
    "when-vars": ({"when": "vars.heard == 2"}, (BYTES, b"\xff" * 10)),
    "state-start": ({"rule_state": "start"}, (HELLO, WELCOME)),
    "state-greeted": ({"rule_state": "greeted"}, (TEXT, BYTES, b"\xff" * 10, LONG, BYE)),
    "probability-none": ({"probability": 0}, NONE),
    "probability-all": ({"probability": 1.0}, ALL),
    "limit-times": ({"limit": {"times": 3}}, (HELLO, WELCOME, TEXT)),
    "limit-session": ({"limit": {"times_per_session": 1}, "match": {"dir": "s2c"}}, (WELCOME,)),
    "limit-cooldown": ({"limit": {"cooldown": "1h"}}, (HELLO,)),
    "limit-rate": ({"limit": {"rate": "2/h"}}, (HELLO, WELCOME)),
    "limit-until": ({"limit": {"until": "1h"}}, ALL),
    "limit-injected": ({"limit": {"injected": 0}, "do": [{"send": {"to": "server", "text": "too much"}}]}, ALL),
    "disabled": ({"enabled": False}, NONE),
}

AT_CLOSE: dict[str, tuple[dict[str, object], bool]] = {
    "close-code": ({"close_code": 4001}, True),
    "close-code-list": ({"close_code": [1000, 4001]}, True),
    "close-code-range": ({"close_code": {"ge": 4000, "lt": 5000}, "dir": "c2s"}, True),
    "close-code-other": ({"close_code": 1000}, False),
}

COINS = 200


def rule(name: str, match: dict[str, object], **more: object) -> dict[str, object]:
    return {"id": name, "match": match, "do": [{"tag": name}]} | more


def rule_file() -> str:
    """Write all rules; JSON is YAML too."""
    rules: list[dict[str, object]] = [
        rule("say", {"json": {"$.type": "hello"}}, priority=9, do=[{"send": {"to": "server", "text": MADE}}]),
        rule("greet", {"json": {"$.type": "hello"}}, priority=9, do=[{"tag": "greeting"}]),
        rule("count", {"dir": "s2c"}, priority=9, do=[{"incr": {"heard": 1}}]),
        *(rule(name, match) for name, (match, _) in MATCHES.items()),
        *(rule(name, {}) | more for name, (more, _) in CONDITIONS.items()),
        *(rule(name, match, do=[{"tag": f"{name}: {{{{ message.text }}}}"}]) for name, (match, _) in OF_OURS.items()),
        *(rule(name, match, on="close") for name, (match, _) in AT_CLOSE.items()),
        rule("goto", {"json": {"$.type": "welcome"}}, priority=-9, do=[{"goto": "greeted"}]),
        rule("coin", {"text": "coin"}, probability=0.5),
    ]
    return json.dumps({"version": 1, "seed": 5, "rules": rules})


@dataclass
class Talk:
    client: ClientConnection
    server: ServerConnection

    async def say(self, direction: Direction, message: str | bytes) -> None:
        """Send a message, and wait for it to come."""
        sender, receiver = (self.client, self.server) if direction is Direction.C2S else (self.server, self.client)
        await sender.send(message)
        assert await self.hear(receiver) == message

    @staticmethod
    async def hear(receiver: ClientConnection | ServerConnection) -> str | bytes:
        return await within(receiver.recv(), "a message")


@asynccontextmanager
async def talk(engine: LiveEngine, path: str) -> AsyncIterator[Talk]:
    """Let two peers talk through the engine."""
    arrived: asyncio.Future[ServerConnection] = asyncio.get_running_loop().create_future()

    async def handle(connection: ServerConnection) -> None:
        arrived.set_result(connection)
        await connection.wait_closed()

    host, port = engine.address
    async with (
        serve(handle, "127.0.0.1", 0, subprotocols=[SUBPROTOCOL], ping_interval=None) as server,
        connect(
            f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}{path}",
            proxy=f"http://{host}:{port}",
            subprotocols=[Subprotocol("chat.v1"), SUBPROTOCOL],
            additional_headers={"X-Client": "tester"},
            ping_interval=None,
        ) as client,
    ):
        yield Talk(client, await within(arrived, "the server's side"))
        await client.close(4001, "enough")


async def observed(folder: Path, confdir: Path) -> tuple[Recorded, Recorded]:
    """Return the record of the conversation, and that of many coins tossed."""
    (folder / "rules.yaml").write_text(rule_file())
    async with live_engine(folder, confdir, rules=(folder / "rules.yaml",)) as engine:
        steering = engine.addon._rules
        assert isinstance(steering, Steering)
        async with talk(engine, PATH) as peers:
            for direction, message in SAID:
                await peers.say(direction, message)
                if message == HELLO:
                    assert await peers.hear(peers.server) == MADE
            steering.inject(steering.sessions()[0].id, Direction.C2S, Injection(1, TYPED.encode()))
            assert await peers.hear(peers.server) == TYPED
        conversation = await session_at(engine.capture, PATH)
        async with talk(engine, "/coins") as peers:
            for number in range(COINS):
                await peers.say(Direction.C2S, f"coin {number}")
        return conversation, await session_at(engine.capture, "/coins")


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory, confdir: Path) -> tuple[Recorded, Recorded]:
    return asyncio.run(observed(tmp_path_factory.mktemp("observed"), confdir))


@pytest.fixture(scope="module")
def messages(records: tuple[Recorded, Recorded]) -> tuple[Message, ...]:
    return records[0].messages


def said(message: Message) -> str | bytes:
    return message.payload.decode() if message.opcode == 1 else message.payload


def acted_on(rule_id: str, messages: tuple[Message, ...]) -> tuple[str | bytes, ...]:
    return tuple(said(message) for message in messages if rule_id in message.rules)


def test_all_that_was_said_is_on_record_and_unchanged(messages: tuple[Message, ...]) -> None:
    by_peers = [(one.direction, said(one)) for one in messages if one.source is Source.PEER]
    assert by_peers == list(SAID)
    assert {said(one): one.source for one in messages if one.source is not Source.PEER} == {
        MADE: Source.RULE,
        TYPED: Source.USER,
    }
    assert not any(one.sent for one in messages)


@pytest.mark.parametrize("name", MATCHES)
def test_a_match_chooses_its_messages(messages: tuple[Message, ...], name: str) -> None:
    assert acted_on(name, messages) == MATCHES[name][1]


@pytest.mark.parametrize("name", OF_OURS)
def test_a_source_chooses_what_no_peer_sent(records: tuple[Recorded, Recorded], name: str) -> None:
    told = [tag for tag in records[0].session.tags if tag.startswith(f"{name}: ")]
    assert told == [f"{name}: {message}" for message in OF_OURS[name][1]]


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_chooses_its_messages(messages: tuple[Message, ...], name: str) -> None:
    assert acted_on(name, messages) == CONDITIONS[name][1]


@pytest.mark.parametrize("name", AT_CLOSE)
def test_a_close_code_is_told(records: tuple[Recorded, Recorded], name: str) -> None:
    assert (name in records[0].session.tags) == AT_CLOSE[name][1]


def test_tags_are_on_record(messages: tuple[Message, ...]) -> None:
    assert set(messages[0].tags) >= {"greeting", "tag", "json"}


def test_chance_hits_about_as_often_as_it_says(records: tuple[Recorded, Recorded]) -> None:
    assert 0.3 * COINS < len(acted_on("coin", records[1].messages)) < 0.7 * COINS


def test_chance_repeats_with_the_same_seed(records: tuple[Recorded, Recorded], tmp_path: Path, confdir: Path) -> None:
    again = asyncio.run(observed(tmp_path, confdir))
    assert acted_on("coin", again[1].messages) == acted_on("coin", records[1].messages)
