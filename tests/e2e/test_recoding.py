"""Compression after a change: whatever is done to messages, the inflaters of real receivers read what was meant."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pytest
from aiohttp import web

from tests.engine.live import LiveEngine, live_engine
from tests.peers.browser import browser
from tests.peers.capture import Recorded, session_at
from tests.peers.libraries import web_application
from tests.peers.rules import conversation as rule_conversation
from tests.peers.talkers import Compression, Heard, NodeTalker, Said, Talker, as_heard, hears, linked, node_server
from tests.peers.waiting import until, within
from wsinspect.engine.steered import Notice, NoticeKind
from wsinspect.engine.steering import Steering
from wsinspect.model import Direction, Message, Source, Stage, Verdict

pytestmark = pytest.mark.peer

C2S, S2C = Direction.C2S, Direction.S2C
MODIFIED, RECODED, FORWARDED, DROPPED = Verdict.MODIFIED, Verdict.RECODED, Verdict.FORWARDED, Verdict.DROPPED
LISTENER = Path(__file__).parents[1] / "peers" / "listener.html"

TABLE = """
  - {id: replace, match: {text: "do=replace"}, do: [{replace: {text: e, with: "☃"}}]}
  - {id: drop, match: {text: "do=drop"}, do: [drop]}
  - {id: duplicate, match: {text: "do=duplicate"}, do: [{duplicate: 2}]}
  - {id: delay, match: {text: "do=delay"}, do: [{delay: 3}]}
  - {id: fragment, match: {text: "do=fragment"}, do: [{fragment: [1, 7, 100]}]}
  - {id: to-server, match: {dir: c2s, text: "do=send"}, do: [{send: {to: server, text: "behind it ☃"}}]}
  - {id: to-client, match: {dir: s2c, text: "do=send"}, do: [{send: {to: client, text: "behind it ☃"}}]}
  - id: all
    match: {text: "do=all"}
    do: [{replace: {text: e, with: "☃"}}, {fragment: [50, 1000]}, {delay: 1}, duplicate]
"""
BREAKPOINT = "text contains 'do=ask'"
BEHIND = "behind it ☃".encode()

CHAOS = """
  - {id: replace, match: {type: text}, probability: 0.1, do: [{replace: {text: e, with: "☃"}}]}
  - {id: corrupt, match: {type: binary}, probability: 0.2, do: [{corrupt: {bits: 1}}]}
  - {id: drop, probability: 0.05, do: [drop]}
  - {id: duplicate, probability: 0.05, do: [duplicate]}
  - {id: delay, probability: 0.1, do: [{delay: {ms: 1, jitter: 1}}]}
  - {id: reorder, probability: 0.1, do: [{reorder: {window: 4, within: 20ms}}]}
  - {id: fragment, probability: 0.1, do: [{fragment: [3, 100]}]}
  - {id: hold, match: {type: text}, probability: 0.05, do: [hold]}
  - {id: to-server, match: {dir: c2s}, probability: 0.05, do: [{send: {to: server, text: "behind it ☃"}}]}
  - {id: to-client, match: {dir: s2c}, probability: 0.05, do: [{send: {to: client, text: "behind it ☃"}}]}
"""


def changed(payload: bytes) -> bytes:
    """What `replace` makes of a text."""
    return payload.replace(b"e", "☃".encode())


def edited(payload: bytes) -> bytes:
    """What the person makes of a text."""
    return payload.upper() + "… edited by hand".encode()


MEANT: dict[str, Callable[[bytes], list[bytes]]] = {
    "replace": lambda payload: [changed(payload)],
    "drop": lambda _: [],
    "duplicate": lambda payload: [payload] * 3,
    "delay": lambda payload: [payload],
    "fragment": lambda payload: [payload],
    "send": lambda payload: [payload, BEHIND],
    "all": lambda payload: [changed(payload)] * 2,
    "ask to edit": lambda payload: [edited(payload)],
    "ask to drop": lambda _: [],
    "ask to release": lambda payload: [payload],
}
"""What is to arrive for a message that says `do=…`."""


def meant(message: Said) -> list[Heard]:
    """What is to arrive for a message."""
    order = message.payload.partition(b"do=")[2].partition(b";")[0].decode() if not message.binary else ""
    payloads = MEANT[order](message.payload) if order else [message.payload]
    return [as_heard(payload, binary=message.binary) for payload in payloads]


def conversation(seed: int, count: int, *, orders: bool) -> list[Said]:
    """Messages of all kinds, whose paragraphs come again and again, further apart than any window but the largest."""
    chance = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz ünïcödé ☃ 🎉"
    paragraphs = ["".join(chance.choices(letters, k=1500)) for _ in range(14)]
    messages = []
    for number in range(count):
        text = f"#{number} " + "".join(chance.choices(paragraphs, k=chance.randrange(1, 3)))
        if orders and number % 3 == 2:
            text = f"do={chance.choice(list(MEANT))}; {text}"
        match chance.randrange(12):
            case 0 if "do=" not in text:
                messages.append(Said(True, (chance.randbytes(chance.randrange(3000)),)))
            case 1 if "do=" not in text:
                messages.append(Said(chance.random() < 0.5, (b"",)))
            case 2:
                messages.append(Said(False, ((text + "".join(paragraphs) * 2).encode(),)))
            case 3:
                parts = tuple(text[start : start + 700].encode() for start in range(0, len(text), 700))
                messages.append(Said(False, parts))
            case 4 if "do=" not in text:
                messages.append(Said(True, (text.encode()[:2000],)))
            case _:
                messages.append(Said(False, (text.encode(),)))
    return messages


def calm(seed: int) -> list[Said]:
    """Messages that nothing is done to, and more of them than a window holds."""
    return [
        Said(False, (f"calm #{seed} {one.payload.hex()[: 40 * number]}".encode(),))
        for number, one in enumerate(conversation(seed, 80, orders=False))
    ]


async def say_all(talker: Talker, messages: Sequence[Said]) -> None:
    """Send messages with pings between."""
    for number, message in enumerate(messages):
        await talker.say(message)
        if number % 10 == 0:
            await talker.ping()


def steering_of(engine: LiveEngine) -> Steering:
    """The engine's control."""
    steering = engine.addon._rules
    assert isinstance(steering, Steering)
    return steering


def put_a_person_at(steering: Steering) -> None:
    """Have somebody decide on what is held, as the messages ask for."""
    loop = asyncio.get_running_loop()

    def decide(session: int, number: int) -> None:
        opcode, payload = steering.held_payload(session, number)
        if b"do=ask to edit" in payload:
            steering.edit(session, number, edited(payload), opcode)
        if b"do=ask to drop" in payload:
            steering.drop(session, number)
        else:
            steering.release(session, number)

    def told(notice: Notice) -> None:
        if notice.kind is NoticeKind.HELD:
            assert notice.session is not None
            assert notice.message is not None
            loop.call_soon(decide, notice.session, notice.message)

    steering.subscribe(told)


def calm_down(steering: Steering) -> None:
    """Switch off all rules and breakpoints."""
    for rule in steering.rules():
        steering.enable_rule(rule.id, enabled=False)
    for point in steering.breakpoints():
        steering.remove_breakpoint(point.number)


def assert_verdicts(recorded: Recorded, direction: Direction, bits: int, *, takeover: bool) -> None:
    """Check that compressed messages went as they came whenever their receiver could read that, and only then.

    Raises:
        AssertionError: One did not.
    """
    agreed = f"{'client' if direction is C2S else 'server'}_max_window_bits={bits}"
    assert agreed in (recorded.session.extensions or ""), recorded.session.extensions
    sent: dict[int, list[int]] = {}
    for frame in recorded.of(direction):
        if frame.stage is Stage.SENT and frame.message is not None:
            sent.setdefault(frame.message, []).append(frame.rsv)
    differs, identical = False, 0
    for message in (one for one in recorded.messages if one.direction is direction):
        if not message.compressed:
            assert message.source is not Source.PEER
            continue
        what = f"{direction.label} message {message.number} {message.payload[:40]!r}: {message.verdict.name}"
        if message.verdict in (MODIFIED, DROPPED):
            differs, identical = takeover, 0
        elif differs:
            assert message.verdict is RECODED, what
            identical += len(message.payload)
            differs = bits == 8 or identical < 1 << bits
        else:
            assert message.verdict is FORWARDED, what
        if message.verdict in (MODIFIED, RECODED):
            assert sent[message.number][0] == (0 if bits == 8 else 4), what
    assert differs == (takeover and bits == 8)


PAIRS = [
    ("python", "node", Compression()),
    ("node", "python", Compression()),
    ("python", "node", Compression(9, 9)),
    ("node", "python", Compression(9, 9)),
    ("python", "node", Compression(10, 12)),
    ("node", "python", Compression(10, 12)),
    ("node", "python", Compression(12, 10, client_takeover=False)),
    ("python", "node", Compression(9, 15, server_takeover=False)),
    ("python", "node", Compression(15, 9, server_takeover=False, client_takeover=False)),
    ("node", "python", Compression(15, 9, server_takeover=False, client_takeover=False)),
    ("python", "node", Compression(8, 15)),
    ("node", "python", Compression(15, 8)),
    ("node", "node", Compression(8, 8)),
    ("node", "node", Compression(8, 8, server_takeover=False, client_takeover=False)),
]


@pytest.mark.parametrize(("client", "server", "compression"), PAIRS, ids=str)
async def test_every_message_inflates_to_what_was_meant(
    tmp_path: Path, confdir: Path, client: str, server: str, compression: Compression
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(f"version: 1\nrules:{TABLE}")
    said = {direction: conversation(direction + 1, 120, orders=True) for direction in Direction}
    after = {direction: calm(direction + 3) for direction in Direction}
    async with live_engine(tmp_path, confdir, rules=(rules,)) as engine:
        steering = steering_of(engine)
        put_a_person_at(steering)
        steering.add_breakpoint(BREAKPOINT, "")
        host, port = engine.address
        async with linked(client, server, compression, f"http://{host}:{port}", "/talk", tmp_path) as talkers:
            for messages in (said, after):
                both = [(talkers[d], messages[d], talkers[d.opposite]) for d in Direction]
                await asyncio.gather(*(say_all(talker, some) for talker, some, _ in both))
                for _, some, receiver in both:
                    await hears(receiver, next(one[-1] for one in map(meant, reversed(some)) if one))
                calm_down(steering)
            await talkers[0].close()
        recorded = await session_at(engine.capture, "/talk")
    for direction in Direction:
        everything = (*said[direction], *after[direction])
        assert talkers[direction.opposite].heard == [heard for message in everything for heard in meant(message)]
        peers = [one for one in recorded.messages if one.direction is direction and one.source is Source.PEER]
        assert [(one.opcode == 2, one.payload) for one in peers] == [(one.binary, one.payload) for one in everything]
    assert_verdicts(recorded, C2S, compression.client_bits, takeover=compression.client_takeover)
    assert_verdicts(recorded, S2C, compression.server_bits, takeover=compression.server_takeover)


@pytest.mark.parametrize("what", ["forward", "drop"])
async def test_a_message_too_large_for_rules_where_the_contexts_differ(
    tmp_path: Path, confdir: Path, what: str
) -> None:
    """Its first half is sent, and recorded in chunks, while the frame that it came in still streams."""
    rules = f"""
  - id: first
    match: {{dir: c2s, text: "do=replace"}}
    on_oversize: {what}
    do: [{{replace: {{text: e, with: "☃"}}}}]
"""
    letters = random.Random(1)
    paragraph = letters.randbytes(300).hex()
    large = letters.randbytes(400_000).hex()
    said = ["do=replace; e", paragraph, large, paragraph, f"do=replace; {paragraph}", *[paragraph * 30] * 5]
    async with rule_conversation(tmp_path, confdir, rules, compressed=True, assemble_limit=500_000) as talk:
        saying = asyncio.create_task(talk.say(*said))
        meant = [text.replace("e", "☃") if text.startswith("do=") else text for text in said]
        if what == "drop":
            meant.remove(large)
        assert ["".join([str(part) async for part in talk.server.recv_streaming()]) for _ in meant] == meant
        await saying
        recorded = await talk.record()
    assert recorded.session.error is None
    assert [one.payload.decode() for one in recorded.messages] == said
    too_large = Verdict.TOO_LARGE if what == "forward" else DROPPED
    expected = [MODIFIED, RECODED, too_large, RECODED, MODIFIED, RECODED, *[FORWARDED] * 4]
    assert [one.verdict for one in recorded.messages] == expected
    sent = [one for one in recorded.frames if one.message == 3 and one.stage is Stage.SENT]
    assert b"".join(one.payload for one in sent).decode() == (large if what == "forward" else "")
    assert {one.rsv for one in sent} <= {0}


CHAOTIC = [
    ("python", "node", Compression()),
    ("node", "python", Compression(10, 9)),
    ("node", "node", Compression(8, 12)),
    ("node", "python", Compression(12, 15, server_takeover=False, client_takeover=False)),
]


@pytest.mark.parametrize(("client", "server", "compression"), CHAOTIC, ids=str)
async def test_chaos_changes_only_what_it_says(
    tmp_path: Path, confdir: Path, client: str, server: str, compression: Compression
) -> None:
    """Reordering, too: what arrives is what the record says was sent, and that is no more than the rules may do."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(f"version: 1\nseed: 11\nrules:{CHAOS}")
    said = {direction: conversation(direction + 5, 300, orders=False) for direction in Direction}
    after = {direction: calm(direction + 7) for direction in Direction}
    async with live_engine(tmp_path, confdir, rules=(rules,)) as engine:
        steering = steering_of(engine)
        put_a_person_at(steering)
        host, port = engine.address
        async with linked(client, server, compression, f"http://{host}:{port}", "/chaos", tmp_path) as talkers:
            await asyncio.gather(*(say_all(talkers[d], said[d]) for d in Direction))
            calm_down(steering)
            await asyncio.gather(*(say_all(talkers[d], after[d]) for d in Direction))
            for direction in Direction:
                await hears(talkers[direction.opposite], *meant(after[direction][-1]))
            await talkers[0].close()
        recorded = await session_at(engine.capture, "/chaos")
    for direction in Direction:
        messages = [one for one in recorded.messages if one.direction is direction]
        peers = [one for one in messages if one.source is Source.PEER]
        assert [one.payload for one in peers] == [one.payload for one in (*said[direction], *after[direction])]
        assert_arrived(messages, talkers[direction.opposite].heard)
        for one in peers:
            assert may_become(one), one
        assert {one.verdict for one in peers[-10:]} == {RECODED if bits_of(compression, direction) == 8 else FORWARDED}
        assert {MODIFIED, DROPPED} <= {one.verdict for one in peers}


def bits_of(compression: Compression, direction: Direction) -> int:
    """The window of who sends in a direction."""
    return compression.client_bits if direction is C2S else compression.server_bits


def as_sent(message: Message) -> Heard:
    """What the record says was sent on."""
    payload = message.payload if message.sent is None else message.sent
    return as_heard(payload, binary=message.opcode == 2)


def assert_arrived(messages: Sequence[Message], heard: Sequence[Heard]) -> None:
    """Check that what was sent by the record is what arrived, in order where nothing was moved.

    Raises:
        AssertionError: It is not.
    """
    went = [one for one in messages if one.verdict is not DROPPED]
    assert Counter(heard) == Counter(map(as_sent, went))
    place = {one: number for number, one in reversed(list(enumerate(heard)))}
    single = {
        one for one, count in Counter(as_sent(one) for one in went if one.source is Source.PEER).items() if count == 1
    }
    unmoved = [as_sent(one) for one in went if one.source is Source.PEER and "reorder" not in one.rules]
    places = [place[one] for one in unmoved if one in single]
    assert places == sorted(places)


def may_become(message: Message) -> bool:
    """Tell whether the rules of `CHAOS` can have made of a message what was sent."""
    if message.verdict is not MODIFIED:
        return message.sent is None
    assert message.sent is not None
    if message.opcode == 1:
        return message.sent in (message.payload, changed(message.payload))
    different = sum((a ^ b).bit_count() for a, b in zip(message.payload, message.sent, strict=True))
    return different == 1 or (different == 0 and "fragment" in message.rules)


def reports(talker: NodeTalker) -> list[Heard]:
    """What the page says it heard."""
    return [
        msgspec.convert((told["binary"], told["size"], told["sha256"]), Heard)
        for told in map(msgspec.json.decode, talker.texts)
    ]


def has_reported(talker: NodeTalker, last: Heard) -> bool:
    """Whether this is the last that the page says it heard."""
    return reports(talker)[-1:] == [last]


async def serve_listener(_: web.Request) -> web.FileResponse:
    """Give the page."""
    return web.FileResponse(LISTENER)


async def test_chromium_reads_what_was_meant(tmp_path: Path, confdir: Path) -> None:
    """A page answers each message with its digest; its own messages are nobody's business."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(f"version: 1\nrules:{TABLE}")
    agreed = [
        Compression(), Compression(12), Compression(10), Compression(9), Compression(8),
        Compression(9, 9, server_takeover=False, client_takeover=False),
    ]  # fmt: skip
    said, after = conversation(9, 120, orders=True), calm(10)
    wanted = [heard for message in (*said, *after) for heard in meant(message)]
    async with live_engine(tmp_path, confdir, rules=(rules,)) as engine, contextlib.AsyncExitStack() as stack:
        steering = steering_of(engine)
        put_a_person_at(steering)
        steering.add_breakpoint(BREAKPOINT, "")
        servers = [await stack.enter_async_context(node_server(one, tmp_path)) for one in agreed]
        page = web.Application()
        page.router.add_get("/", serve_listener)
        page_port = await stack.enter_async_context(web_application(page))
        urls = [("url", f"ws://localhost:{port}/page-{number}") for number, (port, _) in enumerate(servers)]
        host, port = engine.address
        address = f"http://localhost:{page_port}/?{urlencode(urls)}"
        await stack.enter_async_context(
            browser(address, tmp_path, proxy=f"http://{host}:{port}", trusted=Path(engine.info.ca))
        )
        talkers = [await within(arrived, "Chromium to connect", 60) for _, arrived in servers]
        for messages in (said, after):
            await asyncio.gather(*(say_all(talker, messages) for talker in talkers))
            last = next(one[-1] for one in map(meant, reversed(messages)) if one)
            for talker in talkers:
                await until(partial(has_reported, talker, last), "the page's last report", 30)
            calm_down(steering)
        for talker in talkers:
            await talker.close()
        sessions = [await session_at(engine.capture, path) for path in (f"/page-{n}" for n in range(len(agreed)))]
    for compression, talker, recorded in zip(agreed, talkers, sessions, strict=True):
        assert reports(talker) == wanted, compression
        assert_verdicts(recorded, S2C, compression.server_bits, takeover=compression.server_takeover)
