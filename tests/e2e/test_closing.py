"""Close frames and how connections end: every code, who answers, half-closes, resets, and the four ends of TLS."""

from __future__ import annotations

import asyncio
import random

import pytest
from OpenSSL import SSL

from tests.peers import framing
from tests.peers.certificates import Certificate, raw_client_context
from tests.peers.endpoint import Endpoint
from tests.peers.engine import EngineProcess
from tests.peers.framing import BINARY, CLOSE, PING, TEXT, build
from tests.peers.lane import Lane, end_cleanly, exchange, other, receiver, sender
from tests.peers.waiting import side_by_side, until
from wsinspect.model import Direction, End, SessionState

KEY = b"\xa0\xb1\xc2\xd3"
CODES = (0, 1, 999, *range(1000, 1016), 1016, 2999, 3000, 3999, 4000, 4999, 5000, 65535)
ENDS = [("ws", End.FIN), ("ws", End.RESET), *(("wss", end) for end in End if end is not End.PROXY)]

both_directions = pytest.mark.parametrize("direction", list(Direction), ids=lambda one: one.label)


def _close(direction: Direction, code: int | None, reason: bytes = b"") -> bytes:
    payload = b"" if code is None else code.to_bytes(2, "big") + reason
    return build(CLOSE, payload, mask=KEY if direction is Direction.C2S else None)


async def _close_with(lane: Lane, direction: Direction, code: int | None, reason: bytes) -> None:
    async with lane.pair() as pair:
        first, answer = _close(direction, code, reason), _close(other(direction), 1000, b"the answer is its own")
        await sender(pair, direction).send(first)
        await receiver(pair, direction).expect(first)
        await receiver(pair, direction).send(answer)
        await sender(pair, direction).expect(answer)
        await end_cleanly(pair)
        recorded = await lane.assert_recorded(pair)
    close = recorded.session.close
    assert close is not None, f"no close on record for {code}"
    by = "client" if direction is Direction.C2S else "server"
    assert (close.by, close.code, close.clean) == (by, code, True), f"{code}: {close}"
    assert (close.reason or "").encode() == reason, f"{code}: {close}"
    assert [frame.close_code for frame in recorded.frames] == [code, 1000]


@both_directions
async def test_every_close_code_passes_and_is_on_record(lane: Lane, direction: Direction) -> None:
    jobs = [
        _close_with(lane, direction, code, b"" if code is None else f"reason {code}".encode())
        for code in (None, *CODES)
    ]
    await side_by_side(jobs, at_once=8)


@both_directions
async def test_nobody_but_the_peer_answers_a_close(lane: Lane, direction: Direction) -> None:
    async with lane.pair() as pair:
        close = _close(direction, 1000)
        await sender(pair, direction).send(close)
        await receiver(pair, direction).expect(close)
        # Had the proxy answered by itself, its close frame would be in front of this ping.
        ping = build(PING, b"no answer yet", mask=None if direction is Direction.C2S else KEY)
        await receiver(pair, direction).send(ping)
        await sender(pair, direction).expect(ping)
        await end_cleanly(pair)
        recorded = await lane.assert_recorded(pair)
    assert recorded.session.close is not None
    assert recorded.session.close.clean is False


@both_directions
async def test_a_connection_stays_open_after_both_closes_until_a_peer_ends_it(lane: Lane, direction: Direction) -> None:
    async with lane.pair() as pair:
        await exchange(pair, [_close(Direction.C2S, 1000)], [_close(Direction.S2C, 1000)])
        late = build(TEXT, b"after the handshake", mask=KEY if direction is Direction.C2S else None)
        await sender(pair, direction).send(late)
        await receiver(pair, direction).expect(late)
        assert (pair.client.ends, pair.server.ends) == ([], [])
        await end_cleanly(pair)
        await lane.assert_recorded(pair)


@both_directions
async def test_a_half_close_leaves_the_other_direction_open(lane: Lane, direction: Direction) -> None:
    async with lane.pair() as pair:
        ending, going_on = sender(pair, direction), receiver(pair, direction)
        await ending.send(build(TEXT, b"last", mask=KEY))
        await ending.half_close()
        clean = End.FIN if lane.scheme == "ws" else End.CLOSE_NOTIFY
        assert (await going_on.ended())[0] is clean
        data = b"".join(framing.well_formed(random.Random(3), 40, masked_frames=True))
        await asyncio.gather(going_on.send(data), ending.expect(data))
        assert ending.ends == []
        await going_on.half_close()
        assert (await ending.ended())[0] is clean
        recorded = await lane.assert_recorded(pair)
    assert recorded.session.state is SessionState.CLOSED
    assert recorded.ends(direction)[:1] == [clean]
    assert recorded.ends(other(direction))[:1] == [clean]
    assert recorded.session.close is None or recorded.session.close.clean is False


@both_directions
@pytest.mark.parametrize(("lane", "kind"), ENDS, indirect=["lane"], ids=lambda one: getattr(one, "value", one))
async def test_each_end_reaches_the_other_side_as_what_it_is(lane: Lane, direction: Direction, kind: End) -> None:
    async with lane.pair() as pair:
        ending, watching = sender(pair, direction), receiver(pair, direction)
        last = build(TEXT, b"last words", mask=KEY)
        await ending.send(last)
        await watching.expect(last)
        await ending.end(kind)
        ends = await watching.ended()
        if kind is End.TLS_ERROR:
            assert ends[0] in (End.RESET, End.TLS_ERROR), f"a broken TLS record became {ends}"
            assert (await ending.ended())[0] in (End.RESET, End.TLS_ERROR)
        else:
            assert ends[0] is kind, f"{kind} became {ends}"
        if kind in (End.FIN, End.CLOSE_NOTIFY):
            await watching.half_close()
            await ending.ended()
        recorded = await lane.record(pair)
    assert recorded.ends(direction)[:1] == [kind], recorded.session.ends
    assert recorded.session.close is None or recorded.session.close.clean is False


@both_directions
async def test_a_clean_tls_close_ends_the_session_at_once(lane: Lane, direction: Direction) -> None:
    async with lane.pair() as pair:
        await exchange(pair, [_close(Direction.C2S, 1000)], [_close(Direction.S2C, 1000)])
        await sender(pair, direction).half_close()
        await receiver(pair, direction).ended()
        await receiver(pair, direction).half_close()
        await sender(pair, direction).ended()
        # Neither TCP connection is closed by its peer yet.
        recorded = await lane.assert_recorded(pair)
    assert recorded.session.close is not None
    assert recorded.session.close.clean is True


@both_directions
async def test_loss_in_the_middle_of_a_frame_is_never_a_clean_close(lane: Lane, direction: Direction) -> None:
    async with lane.pair() as pair:
        part = build(TEXT, b"x" * 500, mask=KEY if direction is Direction.C2S else None)[:100]
        await sender(pair, direction).send(part)
        await receiver(pair, direction).expect(part)
        await sender(pair, direction).reset()
        assert await receiver(pair, direction).ended() == [End.RESET]
        assert receiver(pair, direction).rest == b"", "the proxy added bytes"
        recorded = await lane.assert_recorded(pair)
    assert recorded.session.state is SessionState.CLOSED
    assert recorded.session.close is None or recorded.session.close.clean is False
    assert recorded.ends(direction) == [End.RESET]


@both_directions
async def test_what_came_before_a_reset_is_passed(lane: Lane, direction: Direction) -> None:
    """Bytes of the other direction that are on their way may be lost to a reset, as without a proxy; these may not."""
    async with lane.pair() as pair:
        data = b"".join(framing.well_formed(random.Random(9), 60, masked_frames=direction is Direction.C2S))
        await asyncio.gather(sender(pair, direction).send(data), receiver(pair, direction).expect(data))
        await sender(pair, direction).reset()
        assert await receiver(pair, direction).ended() == [End.RESET]
        await lane.assert_recorded(pair)


@both_directions
async def test_everything_sent_before_an_end_arrives_before_it(lane: Lane, direction: Direction) -> None:
    """The end is sent while megabytes are on their way, and the reader is slow to begin."""
    async with lane.pair() as pair:
        ending, watching = sender(pair, direction), receiver(pair, direction)
        key = KEY if direction is Direction.C2S else None
        data = b"".join(build(BINARY, bytes((number,)) * 60_000, mask=key) for number in range(120))
        watching.pause()
        sending = asyncio.gather(_send_and_end(ending, data))
        await until(lambda: len(ending.sent) > 0, "the sender to begin")
        watching.resume()
        await watching.expect(data)
        await watching.ended()
        await sending
        await watching.half_close()
        await ending.ended()
        await lane.assert_recorded(pair)


async def _send_and_end(endpoint: Endpoint, data: bytes) -> None:
    await endpoint.send(data)
    await endpoint.half_close()


@both_directions
@pytest.mark.parametrize("lane", ["wss"], indirect=True)
async def test_close_notify_and_fin_pass_as_two_ends(lane: Lane, direction: Direction) -> None:
    """What TLS libraries do on a close: the one, and right behind it the other."""
    async with lane.pair() as pair:
        ending, watching = sender(pair, direction), receiver(pair, direction)
        await ending.send(build(TEXT, b"last", mask=KEY))
        await ending.close_notify()
        await ending.fin()
        assert await watching.ended(2) == [End.CLOSE_NOTIFY, End.FIN]
        answer = build(TEXT, b"still heard", mask=KEY)
        await watching.send(answer)
        await ending.expect(answer)
        await watching.close_notify()
        await watching.fin()
        assert await ending.ended(2) == [End.CLOSE_NOTIFY, End.FIN]
        recorded = await lane.assert_recorded(pair)
    assert [end for _, end in recorded.session.ends] == [End.CLOSE_NOTIFY] * 2


@both_directions
async def test_both_sides_ending_at_once_is_no_trouble(lane: Lane, direction: Direction) -> None:
    async def one(kind: End) -> None:
        async with lane.pair() as pair:
            await exchange(pair, [build(TEXT, b"c", mask=KEY)], [build(TEXT, b"s")])
            await asyncio.gather(sender(pair, direction).end(kind), receiver(pair, direction).half_close())
            recorded = await lane.assert_recorded(pair)
            assert recorded.session.state is SessionState.CLOSED

    kinds = (End.FIN, End.RESET) if lane.scheme == "ws" else (End.FIN, End.RESET, End.CLOSE_NOTIFY, End.TLS_ERROR)
    await side_by_side((one(kind) for kind in kinds for _ in range(5)), at_once=4)


@both_directions
@pytest.mark.parametrize("kind", [End.CLOSE_NOTIFY, End.FIN, End.RESET], ids=lambda one: one.value)
async def test_tls_1_2_ends_pass_like_those_of_1_3(
    engine: EngineProcess, certificate: Certificate, direction: Direction, kind: End
) -> None:
    server_tls, client_tls = certificate.raw_server_context(), raw_client_context(engine.ca)
    for context in (server_tls, client_tls):
        context.set_max_proto_version(SSL.TLS1_2_VERSION)
    lane = Lane(engine, server_tls, client_tls)
    async with lane.pair() as pair:
        assert pair.client.tls is not None
        assert pair.client.tls.get_protocol_version_name() == "TLSv1.2"
        await exchange(pair, [build(TEXT, b"c", mask=KEY)], [build(TEXT, b"s")])
        await sender(pair, direction).end(kind)
        assert (await receiver(pair, direction).ended())[0] is kind
        if kind is not End.RESET:
            last = build(TEXT, b"still heard", mask=None if direction is Direction.C2S else KEY)
            await receiver(pair, direction).send(last)
            await sender(pair, direction).expect(last)
            await receiver(pair, direction).half_close()
            await sender(pair, direction).ended()
        await lane.assert_recorded(pair)
