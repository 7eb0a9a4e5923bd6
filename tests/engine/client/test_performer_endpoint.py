"""What a performer does comes out of its endpoint, in order, and no faster than the other side takes it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.engine.client.playing import Script, once, script
from tests.engine.recording import Kept
from tests.peers.framing import BINARY, CLOSE, PING, PONG, TEXT, build, split
from tests.peers.waiting import until
from wsinspect.engine.carrier import Carrier, Reason
from wsinspect.engine.client.performer_endpoint import BATCH_BYTES, PerformerEndpoint
from wsinspect.model import Close, Direction, End
from wsinspect.replay.performing import Act, SendClose, SendFrame, SendMessage
from wsinspect.replay.performing import End as EndAct

C2S, S2C = Direction.C2S, Direction.S2C
KEY = b"\x01\x02\x03\x04"
HI = SendMessage(TEXT, b"hi")


@dataclass
class Stage:
    """A carrier one of whose sides is played; the other keeps what it is sent."""

    performer: Script
    side: Direction = C2S
    failures: list[Exception] = field(default_factory=list)
    now: int = 0
    logs: bool = False

    def __post_init__(self) -> None:
        self.carrier = Carrier(None, None, lambda: self.now, lambda _: None)
        self.played = PerformerEndpoint(
            self.carrier,
            self.performer,
            self.side,
            deflate=None,
            mask_key=lambda: KEY,
            clock=lambda: self.now,
            on_failure=None if self.logs else self.failures.append,
        )
        self.other = Kept()
        two = (self.played, self.other) if self.side is C2S else (self.other, self.played)
        self.carrier.client, self.carrier.server = two

    def hears(self, data: bytes) -> None:
        """Have the other side send something."""
        self.carrier.receive(self.side.opposite, data)

    async def says(self) -> bytes:
        """What the other side has been sent by now."""
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        said = bytes(self.other.data)
        self.other.data.clear()
        return said

    def frame(self, opcode: int, payload: bytes = b"") -> bytes:
        """A frame as the performer's side sends it."""
        return build(opcode, payload, mask=KEY if self.side is C2S else None)


async def test_it_begins_when_it_is_started() -> None:
    stage = Stage(script(HI, HI))
    assert await stage.says() == b""
    stage.played.start()
    assert not stage.other.data, "whoever starts it has the first word"
    assert await stage.says() == stage.frame(TEXT, b"hi") * 2
    assert not stage.played.tls


@pytest.mark.parametrize("side", Direction)
async def test_it_answers_what_it_heard(side: Direction) -> None:
    performer = script()
    performer.acts.append(once(lambda: performer.said, HI))
    stage = Stage(performer, side)
    stage.hears(build(TEXT, b"one", mask=None if side is C2S else KEY) + build(PONG))
    at_once = bytes(stage.other.data)
    assert bool(at_once) is (side is C2S), "a server's answer must not overtake what the carrier has to write"
    assert await stage.says() == stage.frame(TEXT, b"hi")
    assert (performer.said, performer.controls) == ([(TEXT, b"one")], [(PONG, b"")])


async def test_much_goes_in_batches_and_others_have_their_turns() -> None:
    stage = Stage(script(*[SendMessage(BINARY, bytes(1000))] * 200))
    stage.played.start()
    sizes: list[int] = []
    for _ in range(20):
        await asyncio.sleep(0)
        sizes.append(len(stage.other.data))
    frames, rest = split(bytes(stage.other.data))
    assert (len(frames), rest) == (200, b"")
    first = next(size for size in sizes if size)
    assert BATCH_BYTES <= first < BATCH_BYTES + 1100


async def test_it_says_nothing_while_it_is_paused() -> None:
    stage = Stage(script(HI))
    stage.played.pause(Reason.PEER)
    stage.played.pause(Reason.RECORDER)
    stage.played.start()
    stage.hears(build(PING, b"1") + build(PING, b"2"))
    assert await stage.says() == b""
    stage.played.resume(Reason.PEER)
    assert await stage.says() == b""
    stage.played.resume(Reason.RECORDER)
    assert await stage.says() == stage.frame(PONG, b"2") + stage.frame(TEXT, b"hi")


async def test_it_is_asked_again_when_it_is_poked() -> None:
    performer = script()
    stage = Stage(performer)
    stage.played.start()
    assert await stage.says() == b""
    performer.acts.append(HI)
    stage.played.poke()
    stage.played.poke()
    assert await stage.says() == stage.frame(TEXT, b"hi")


async def test_it_is_asked_again_at_its_time() -> None:
    performer = script(once(lambda: stage.now >= 2_000_000, HI))
    performer.wake_at = 2_000_000
    stage = Stage(performer)
    stage.played.start()
    assert await stage.says() == b""
    stage.now = 2_000_000
    await until(lambda: bool(stage.other.data), "it to wake up")
    assert bytes(stage.other.data) == stage.frame(TEXT, b"hi")


async def test_a_time_that_has_come_is_not_waited_for_again() -> None:
    asked = 0

    def nothing() -> None:
        nonlocal asked
        asked += 1

    performer = script(nothing)
    performer.wake_at = 1
    stage = Stage(performer)
    stage.played.start()
    await until(lambda: asked >= 3, "it to wake up too early, again and again")
    stage.now, before = 1, asked
    for _ in range(20):
        await asyncio.sleep(0)
    assert asked <= before + 1


async def test_another_time_takes_the_place_of_the_first() -> None:
    performer = script(once(lambda: stage.now >= 1, HI))
    performer.wake_at = 1 << 62
    stage = Stage(performer)
    stage.played.start()
    await stage.says()
    performer.wake_at = 1
    stage.played.poke()
    await stage.says()
    stage.now = 1
    await until(lambda: bool(stage.other.data), "it to wake up")


async def test_a_performer_may_answer_pings_itself() -> None:
    stage = Stage(script(answers_pings=True))
    stage.hears(build(PING, b"x"))
    assert await stage.says() == b""
    assert stage.performer.controls == [(PING, b"x")]


async def test_pings_that_no_peer_may_send_are_not_answered() -> None:
    stage = Stage(script())
    stage.hears(build(PING, b"x" * 126) + build(15) + build(PING, b"x" * 125))
    assert await stage.says() == stage.frame(PONG, b"x" * 125)


@pytest.mark.parametrize("side", Direction)
async def test_a_close_is_answered_for_it(side: Direction) -> None:
    stage = Stage(script(), side)
    mask = None if side is C2S else KEY
    stage.hears(build(CLOSE, b"\x0f\xa0bye", mask=mask) + build(PING, b"late", mask=mask))
    assert await stage.says() == stage.frame(CLOSE, b"\x0f\xa0")
    by = "server" if side is C2S else "client"
    assert stage.played.closing == Close(by, 4000, "bye", clean=True)
    ends = [] if side is C2S else [(End.FIN, False)]
    assert stage.other.told == ends, "the server ends the connection"
    stage.performer.acts.append(HI)
    stage.played.poke()
    assert await stage.says() == b""


async def test_a_performer_may_answer_a_close_itself() -> None:
    performer = script(once(lambda: performer.controls, HI), SendClose(4001, "mine"))
    stage = Stage(performer)
    stage.hears(build(CLOSE, b"\x03\xe8"))
    assert await stage.says() == stage.frame(TEXT, b"hi") + stage.frame(CLOSE, b"\x0f\xa1mine")
    assert stage.played.closing == Close("server", 1000, "", clean=True)


@pytest.mark.parametrize(
    ("act", "close"),
    [
        (SendClose(1000, "bye"), Close("client", 1000, "bye", clean=True)),
        (SendClose(None), Close("client", None, None, clean=True)),
        (SendFrame(b"\x88\x02", b"\x0f\xa0"), Close("client", 4000, "", clean=True)),
    ],
)
async def test_its_own_close(act: Act, close: Close) -> None:
    stage = Stage(script(act, SendFrame(b"\x88\x00", b""), SendFrame(b"\x89\x00", b"")))
    stage.played.start()
    said = await stage.says()
    assert said.endswith(b"\x88\x00\x89\x00"), "it may go on"
    assert stage.played.closing is not None
    assert not stage.played.closing.clean
    stage.hears(build(CLOSE, b"\x03\xea"))
    assert stage.played.closing == close
    assert await stage.says() == b""


async def test_a_pause_counts_after_a_close_too() -> None:
    performer = script(SendClose(1000), *[SendMessage(BINARY, bytes(1000))] * 500)
    stage = Stage(performer)
    stage.hears(build(CLOSE))
    stage.played.pause(Reason.PEER)
    await stage.says()
    left = len(performer.acts)
    assert 0 < left < 500
    await stage.says()
    assert len(performer.acts) == left


async def test_it_ends_the_connection() -> None:
    stage = Stage(script(HI, EndAct(), HI))
    stage.played.start()
    assert await stage.says() == stage.frame(TEXT, b"hi")
    assert stage.other.told == [(End.FIN, False)]
    stage.hears(build(TEXT, b"more"))
    assert stage.performer.said == [(TEXT, b"more")], "it goes on listening"
    assert stage.performer.ends == 0
    stage.carrier.end(S2C, End.FIN)
    assert (stage.performer.ends, stage.carrier.finished) == (1, True)


async def test_it_resets_the_connection() -> None:
    stage = Stage(script(HI, EndAct(reset=True)))
    stage.played.start()
    assert await stage.says() == stage.frame(TEXT, b"hi")
    assert "reset" in stage.other.told
    assert (stage.performer.ends, stage.carrier.finished) == (1, True)


async def test_it_ends_with_the_other_side() -> None:
    stage = Stage(script(once(lambda: False, HI)))
    stage.carrier.end(S2C, End.FIN)
    assert stage.performer.ends == 1
    stage.hears(build(TEXT, b"impossible"))
    await stage.says()
    assert stage.carrier.finished
    assert (stage.performer.ends, stage.performer.said) == (1, [])


def _fail() -> Act | None:
    raise LookupError("mine")


@pytest.mark.parametrize("act", [_fail, SendMessage(99, b"")])
async def test_its_failure_ends_the_session_and_is_told(act: Act | Callable[[], Act | None]) -> None:
    stage = Stage(script(HI, act))
    stage.played.start()
    assert await stage.says() == stage.frame(TEXT, b"hi"), "what it did before goes"
    await until(lambda: stage.carrier.finished, "the end")
    assert len(stage.failures) == 1
    assert "reset" in stage.other.told


async def test_a_failure_in_listening_is_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    performer = script()

    def fail(*_: object) -> None:
        raise LookupError("mine")

    monkeypatch.setattr(performer, "heard", fail)
    monkeypatch.setattr(performer, "ended", fail)
    stage = Stage(performer)
    stage.hears(build(TEXT, b"x"))
    await until(lambda: stage.carrier.finished, "the end")
    assert [str(failure) for failure in stage.failures] == ["mine", "mine"]


async def test_without_anybody_to_tell_it_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage(script(_fail), logs=True)
    stage.played.start()
    with caplog.at_level(logging.ERROR):
        await until(lambda: stage.carrier.finished, "the end")
    assert "what plays a session has failed" in caplog.text
