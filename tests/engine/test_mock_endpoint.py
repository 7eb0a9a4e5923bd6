"""What a server that is none answers."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import pytest

from tests.engine.recording import Kept
from tests.peers.framing import BINARY, CLOSE, PING, PONG, TEXT, build
from wsinspect.engine.carrier import Carrier, Reason
from wsinspect.engine.mock_endpoint import MockEndpoint
from wsinspect.model import End

KEY = b"\x01\x02\x03\x04"


@dataclass
class Stage:
    """A carrier without a record, whose server is a mock."""

    client: Kept = field(default_factory=Kept)

    def __post_init__(self) -> None:
        self.carrier = Carrier(None, None, lambda: 0, lambda _: None)
        self.mock = MockEndpoint(self.carrier)
        self.carrier.client, self.carrier.server = self.client, self.mock

    async def says(self) -> bytes:
        """What the client has been sent by now."""
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        said = bytes(self.client.data)
        self.client.data.clear()
        return said


def masked(opcode: int, payload: bytes = b"") -> bytes:
    return build(opcode, payload, mask=KEY)


async def test_it_answers_pings_and_nothing_else() -> None:
    stage = Stage()
    stage.mock.send(masked(TEXT, b"hi") + masked(PING, b"one") + masked(BINARY, b"x" * 600_000) + masked(PING, b"two"))
    stage.mock.send(masked(PONG, b"unasked"))
    assert not stage.client.data, "not before the carrier is done with what it hands on"
    assert await stage.says() == build(PONG, b"one") + build(PONG, b"two")
    assert not stage.mock.tls


@pytest.mark.parametrize(
    ("payload", "answer"),
    [
        (b"", b""),
        (b"\x03\xe8bye", b"\x03\xe8"),
        (b"\x0f\xa0", b"\x0f\xa0"),
        (b"\x03\xed", b"\x03\xea"),
        (b"\x03", b"\x03\xea"),
        (b"\x03\xe8\xff", b"\x03\xea"),
    ],
)
async def test_it_answers_a_close_and_ends(payload: bytes, answer: bytes) -> None:
    stage = Stage()
    stage.mock.send(masked(PING, b"last") + masked(CLOSE, payload) + masked(PING, b"too late"))
    assert await stage.says() == build(PONG, b"last") + build(CLOSE, answer)
    assert stage.client.told == [(End.FIN, False)]
    stage.mock.send(masked(PING, b"too late"))
    assert await stage.says() == b""


async def test_frames_may_come_in_any_pieces() -> None:
    chance = random.Random(3)
    stream = b"".join(masked(PING, b"%d" % number) + masked(TEXT, b"x" * 70_000) for number in range(20))
    stage = Stage()
    while stream:
        size = chance.randrange(1, 5000)
        stage.mock.send(stream[:size])
        stream = stream[size:]
    assert await stage.says() == b"".join(build(PONG, b"%d" % number) for number in range(20))


async def test_a_ping_that_is_too_long_gets_no_answer() -> None:
    stage = Stage()
    stage.mock.send(masked(PING, b"x" * 126))
    assert await stage.says() == b""


async def test_of_pings_that_cannot_be_answered_yet_the_last_is_kept() -> None:
    stage = Stage()
    stage.mock.pause(Reason.PEER)
    stage.mock.pause(Reason.RECORDER)
    for number in range(1000):
        stage.mock.send(masked(PING, b"%d" % number))
    assert await stage.says() == b""
    stage.mock.resume(Reason.PEER)
    assert await stage.says() == b""
    stage.mock.resume(Reason.RECORDER)
    assert await stage.says() == build(PONG, b"999")
    stage.mock.resume(Reason.RECORDER)
    assert await stage.says() == b""


async def test_a_close_is_answered_though_the_client_is_slow() -> None:
    stage = Stage()
    stage.mock.pause(Reason.PEER)
    stage.mock.send(masked(CLOSE))
    assert await stage.says() == build(CLOSE)


async def test_it_ends_with_its_client() -> None:
    stage = Stage()
    stage.mock.end_writing(End.FIN, source_tls=False)
    assert await stage.says() == b""
    assert stage.client.told == [(End.FIN, False)]


@pytest.mark.parametrize("how", ["close", "reset"])
async def test_when_it_is_gone_it_says_nothing(how: str) -> None:
    stage = Stage()
    stage.mock.send(masked(PING))
    getattr(stage.mock, how)()
    assert await stage.says() == b""
    assert stage.client.told == []
