"""An open session is steered from outside, and tells how it ended."""

from __future__ import annotations

import asyncio

import pytest

from tests.engine.client.playing import Script, echo_server, opened, script
from tests.peers.framing import TEXT, build
from tests.peers.upgrade import raw_server
from tests.peers.waiting import until, within
from wsinspect.engine.client.session import UnrecordedSession
from wsinspect.model import Close, Direction, End
from wsinspect.replay.performing import Act, SendMessage

pytestmark = pytest.mark.usefixtures("no_proxy")


async def test_something_to_do_may_come_from_outside() -> None:
    performer = script()
    async with echo_server() as url:
        session = await opened(url, performer)
        assert (session.is_over, session.close) == (False, None)
        performer.acts.append(SendMessage(TEXT, b"hello"))
        session.poke()
        await until(lambda: performer.said == [(TEXT, b"hello")], "the echo")
        session.stop()
        await within(session.finished(), "the end")
    assert session.close == Close("proxy", None, None, clean=False)


async def test_it_may_stop_listening_for_a_while() -> None:
    performer = script()
    async with raw_server() as server:
        side = server.play(server.accept_upgrade())
        session = await opened(f"ws://{server.authority}", performer)
        endpoint, _ = await side
        session.listen(on=False)
        await endpoint.send(build(TEXT, b"x"))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not performer.said
        session.listen(on=True)
        await until(lambda: bool(performer.said), "what was sent")
        await endpoint.reset()
        await within(session.finished(), "the end")
    assert session.ends[0] == (Direction.S2C, End.RESET)
    assert session.close == Close("server", None, None, clean=False)


async def test_what_is_broken_is_told() -> None:
    performer = script()
    async with raw_server() as server:
        side = server.play(server.accept_upgrade())
        session = await opened(f"ws://{server.authority}", performer)
        endpoint, _ = await side
        await endpoint.send(build(11, b"x") + build(TEXT, b"never")[:3])
        await endpoint.reset()
        await within(session.finished(), "the end")
    assert session.violations == {"RFC 6455 5.2: reserved opcode": 1}
    assert session.unfinished_bytes == 3


async def test_what_the_performer_raises_is_raised() -> None:
    def fail() -> Act | None:
        raise LookupError("mine")

    performer: Script = script(fail)
    async with echo_server() as url:
        session = await opened(url, performer)
        with pytest.raises(LookupError, match="mine"):
            await within(session.finished(), "the end")
    assert session.close == Close("proxy", None, None, clean=False)


def test_a_session_that_is_not_on_record_keeps_its_ends() -> None:
    session = UnrecordedSession()
    session.ended(Direction.C2S, End.FIN)
    session.finished(1)
    session.failed("why", 1)
    assert (session.ends, session.behind()) == (((Direction.C2S, End.FIN),), False)
