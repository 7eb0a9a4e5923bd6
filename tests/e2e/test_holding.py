"""Holding live messages: what stops, what goes on, and what becomes of what is held."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.peers.rules import Conversation, connected, conversation
from tests.peers.waiting import until, within
from wsinspect.engine.steered import Held, Notice, NoticeKind
from wsinspect.errors import EngineError
from wsinspect.model import Completeness, Direction, Source, Verdict

C2S, S2C = Direction.C2S, Direction.S2C
NOTHING = "version: 1\n"


async def held_one(talk: Conversation) -> Held:
    """Wait for the one message that is held."""
    return (await until(lambda: talk.steering.held() or None, "a message to be held"))[0]


async def echo(talk: Conversation) -> None:
    """Send back what the server gets, until the end."""
    async for message in talk.server:
        await talk.server.send(message)


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "deflate"])
async def test_rules_and_breakpoints_come_and_go_under_load_and_nothing_is_lost(
    tmp_path: Path, confdir: Path, compressed: bool
) -> None:
    """Pass and assemble take turns, both directions, while thousands of messages are on their way."""
    chance = random.Random(5)
    count = 6000
    async with conversation(tmp_path, confdir, NOTHING, compressed=compressed) as talk:
        rules = tmp_path / "rules.yaml"
        echoing = asyncio.create_task(echo(talk))
        said = [f"{number} " + "filler " * chance.randrange(30) for number in range(count)]
        heard: list[str | bytes] = []

        async def listen() -> None:
            async for message in talk.client:
                heard.append(message)
                if len(heard) == count:
                    return

        listening = asyncio.create_task(listen())
        switches = 0

        async def switch() -> None:
            nonlocal switches
            while not listening.done():
                number = talk.steering.add_breakpoint("text ~ '^[0-9]+77 '", "")
                await asyncio.sleep(0.002)
                talk.steering.release_all(None, None)
                talk.steering.remove_breakpoint(number)
                talk.steering.release_all(None, None)
                body = "  - {id: a, match: {text: never said}, do: [drop]}\n" if switches % 2 else ""
                rules.write_text(f"version: 1\nrules:\n{body}" if body else NOTHING)
                talk.steering.reload_rules()
                switches += 1
                await asyncio.sleep(0.003)

        switching = asyncio.create_task(switch())
        for number, message in enumerate(said):
            await talk.client.send(message)
            if number % 20 == 0:
                await asyncio.sleep(0.001)
        await within(listening, "every echo", 60)
        await switching
        assert heard == said
        assert switches > 10
        recorded = await talk.record()
        await echoing
    assert len(recorded.messages) == 2 * count
    assert {message.verdict for message in recorded.messages} == {Verdict.FORWARDED}
    assert {message.completeness for message in recorded.messages} == {Completeness.COMPLETE}


async def test_a_keepalive_outlives_a_long_hold(tmp_path: Path, confdir: Path) -> None:
    """Scaled down: a client that gives up after 0.4 s without a pong, and a message that is held four times as long."""
    async with (
        conversation(tmp_path, confdir, NOTHING) as first,
        connected(first.engine, ping_interval=0.1, ping_timeout=0.3) as talk,
    ):
        talk.steering.add_breakpoint("text == 'held'", "")
        await talk.say("held", "behind it")
        held = await held_one(talk)
        await asyncio.sleep(1.6)
        talk.steering.release(held.session, held.number)
        assert [await talk.heard(), await talk.heard()] == ["held", "behind it"]
        recorded = await talk.record()
    assert recorded.messages[0].held_ns is not None
    assert recorded.messages[0].held_ns >= 1_500_000_000
    assert recorded.messages[0].verdict is Verdict.FORWARDED


async def test_a_close_waits_behind_what_is_held(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, NOTHING) as talk:
        talk.steering.add_breakpoint("dir == c2s", "")
        await talk.say("last words")
        closing = asyncio.create_task(talk.client.close(4000, "bye"))
        held = await held_one(talk)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(talk.server.recv(), 0.2)
        talk.steering.release(held.session, held.number)
        assert await talk.heard() == "last words"
        with pytest.raises(ConnectionClosed) as closed:
            await talk.heard()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4000
        await closing


@pytest.mark.parametrize("way", ["close", "reset"])
async def test_what_is_held_for_a_peer_that_goes_is_not_sent(tmp_path: Path, confdir: Path, way: str) -> None:
    notices: list[Notice] = []
    async with conversation(tmp_path, confdir, NOTHING) as talk:
        talk.steering.subscribe(notices.append)
        talk.steering.add_breakpoint("dir == c2s", "")
        await talk.say("too late")
        held = await held_one(talk)
        if way == "close":
            await talk.server.close()
        else:
            talk.server.transport.abort()
        await until(lambda: not talk.steering.held(), "the message to be given up")
        with pytest.raises(EngineError):
            talk.steering.release(held.session, held.number)
        recorded = await talk.record()
    (message,) = recorded.messages
    assert (message.verdict, message.completeness) == (Verdict.NOT_SENT, Completeness.COMPLETE)
    assert message.held_ns
    assert [notice.text for notice in notices if notice.kind is NoticeKind.RELEASED] == ["not_sent"]


async def test_a_person_drops_and_injects(tmp_path: Path, confdir: Path) -> None:
    from wsinspect.wire.sending import Injection  # noqa: PLC0415

    async with conversation(tmp_path, confdir, NOTHING, compressed=True) as talk:
        point = talk.steering.add_breakpoint("text contains 'stop'", "")
        await talk.say("first stop", "second")
        held = await held_one(talk)
        talk.steering.inject(held.session, C2S, Injection(1, b"past what is held"))
        assert await talk.heard() == "past what is held"
        talk.steering.drop(held.session, held.number)
        assert await talk.heard() == "second"
        talk.steering.remove_breakpoint(point)
        talk.steering.inject(held.session, S2C, Injection(2, b"\x00"))
        assert await talk.answer() == b"\x00"
        await talk.say("first stop")
        assert await talk.heard() == "first stop"
        recorded = await talk.record()
    assert [(m.verdict, m.source) for m in recorded.messages if m.direction is C2S] == [
        (Verdict.DROPPED, Source.PEER),
        (Verdict.RECODED, Source.PEER),
        (Verdict.FORWARDED, Source.USER),
        (Verdict.RECODED, Source.PEER),
    ]


async def test_text_that_is_none_is_refused(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, NOTHING) as talk:
        talk.steering.add_breakpoint("dir == c2s", "")
        await talk.say("text")
        held = await held_one(talk)
        with pytest.raises(EngineError, match="UTF-8"):
            talk.steering.edit(held.session, held.number, b"\xff", None)
        talk.steering.edit(held.session, held.number, b"\xff", 2)
        talk.steering.release(held.session, held.number)
        assert await talk.heard() == b"\xff"


async def test_beyond_the_hold_limit_reading_stops_and_goes_on(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, NOTHING, hold_limit=20_000_000) as talk:
        point = talk.steering.add_breakpoint("dir == c2s", "")
        payloads = [bytes([number]) * 1_000_000 for number in range(40)]

        async def flood() -> None:
            for payload in payloads:
                await talk.client.send(payload)

        flooding = asyncio.create_task(flood())
        notices: list[Notice] = []
        talk.steering.subscribe(notices.append)
        await until(lambda: NoticeKind.LIMIT in {notice.kind for notice in notices}, "reading to stop")
        assert not flooding.done()
        await talk.server.send("the other direction goes on")
        assert await talk.answer() == "the other direction goes on"
        talk.steering.remove_breakpoint(point)
        talk.steering.release_all(None, None)
        assert [await talk.heard() for _ in payloads] == payloads
        await flooding
        recorded = await talk.record()
    assert "--hold-limit" in (recorded.session.note or "")


@pytest.mark.parametrize(("what", "code"), [("forward", None), ("drop", None), ("close", 1009)])
async def test_a_message_that_is_too_large_does_as_the_rule_says(
    tmp_path: Path, confdir: Path, what: str, code: int | None
) -> None:
    rules = f"  - {{id: big, match: {{dir: c2s}}, on_oversize: {what}, do: [{{replace: {{text: a, with: b}}}}]}}\n"
    async with conversation(tmp_path, confdir, rules, assemble_limit=1000) as talk:
        await talk.say("a" * 2000, "a")
        if code is not None:
            with pytest.raises(ConnectionClosed) as closed:
                await talk.heard()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == code
        else:
            assert await talk.heard() == ("a" * 2000 if what == "forward" else "b")
        recorded = await talk.record()
    assert recorded.messages[0].verdict is (Verdict.TOO_LARGE if what == "forward" else Verdict.DROPPED)
