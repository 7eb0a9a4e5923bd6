"""What passes through a session comes to mitmproxy's tools as whole messages, and is on record all the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.engine.recording import C2S, DEFLATE, KEY, S2C, recording, the_one
from tests.engine.showing import Tools, show
from tests.peers.framing import BINARY, CLOSE, CONTINUATION, PING, TEXT, build, cut_anywhere, deflated, well_formed
from wsinspect.engine.flow_feed import MAX_LISTED_BYTES, CloseFrame
from wsinspect.engine.shown_session import ShownRecorder, ShownSession
from wsinspect.model import Completeness, Direction, Source, Verdict
from wsinspect.wire.sink import MessageSeen

Shown = tuple[bool, int, bytes, bool, bool]


def as_shown(tools: Tools) -> list[Shown]:
    return [(one.from_client, one.type, one.content, one.dropped, one.injected) for one in tools.seen]


def sent(direction: Direction, opcode: int, payload: bytes) -> Shown:
    return (direction is C2S, opcode, payload, False, False)


async def test_every_way_a_message_is_sent_is_shown_whole(tmp_path: Path) -> None:
    large = random.Random(1).randbytes(700_000)
    tools = Tools()
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        going, _ = show(recorder, tools)
        going.carrier.receive(C2S, build(TEXT, b"plain", mask=KEY))
        going.carrier.receive(S2C, build(BINARY, b"back"))
        for piece in (
            build(TEXT, b"one ", fin=False, mask=KEY),
            build(PING, b"between", mask=KEY),
            build(CONTINUATION, b"", fin=False, mask=KEY),
            build(CONTINUATION, b"two", mask=KEY),
        ):
            going.carrier.receive(C2S, piece)
        for place in range(0, len(stream := build(BINARY, large)), 50_000):
            going.carrier.receive(S2C, stream[place : place + 50_000])
        going.carrier.receive(C2S, build(TEXT, b"cut off", fin=False, mask=KEY))
        await tools.until_seen(4)
        going.end()
    assert as_shown(tools) == [
        sent(C2S, TEXT, b"plain"),
        sent(S2C, BINARY, b"back"),
        sent(C2S, TEXT, b"one two"),
        sent(S2C, BINARY, large),
    ]
    assert [len(message.payload) for message in the_one(tmp_path / "a.wsi").messages] == [5, 4, 7, len(large), 7]


async def test_compressed_messages_are_shown_inflated(tmp_path: Path) -> None:
    payloads = [b"hello", b"hello again", b"x" * 600_000]
    tools = Tools()
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        going, _ = show(recorder, tools, DEFLATE)
        for frame in deflated(payloads, mask=KEY):
            going.carrier.receive(C2S, frame)
        await tools.until_seen(3)
        going.end()
    assert as_shown(tools) == [sent(C2S, TEXT, payload) for payload in payloads]


@pytest.mark.parametrize("seed", range(5))
async def test_the_list_and_the_record_agree(tmp_path: Path, seed: int) -> None:
    chance, tools = random.Random(seed), Tools()
    stream = b"".join(well_formed(chance, 60, masked_frames=True))
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        going, _ = show(recorder, tools)
        for piece in cut_anywhere(chance, stream):
            going.carrier.receive(C2S, piece)
        going.end()
        await tools.until_hook("websocket_end")
    recorded = the_one(tmp_path / "a.wsi")
    whole = [message for message in recorded.messages if message.completeness is Completeness.COMPLETE]
    assert as_shown(tools) == [sent(C2S, message.opcode, message.payload) for message in whole]
    recorded.assert_frames(C2S, stream)


async def test_a_large_message_is_shown_by_its_beginning(tmp_path: Path) -> None:
    tools = Tools()
    payload = b"a" * MAX_LISTED_BYTES + b"rest"
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        going, _ = show(recorder, tools)
        going.carrier.receive(S2C, build(BINARY, payload))
        (message,) = await tools.until_seen(1)
        going.end()
    assert message.content == payload[:MAX_LISTED_BYTES]
    assert the_one(tmp_path / "a.wsi").messages[0].size == len(payload)


async def test_what_became_of_a_message_is_shown(tmp_path: Path) -> None:
    """What a relay reports of messages that were changed, dropped, held and injected."""
    tools = Tools()
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        going, _ = show(recorder, tools)
        session = going.session

        def begun(number: int, source: Source = Source.PEER) -> None:
            session.message_started(MessageSeen(number, number, C2S, number, TEXT, True, source))

        def ended(number: int, verdict: Verdict, completeness: Completeness = Completeness.COMPLETE) -> None:
            session.message_ended(number, number, 8, 10, b"received", 0, (), completeness, verdict)

        begun(1)
        session.message_sent(1, b"changed")
        ended(1, Verdict.MODIFIED)
        begun(2)
        ended(2, Verdict.DROPPED)
        begun(3)
        ended(3, Verdict.FORWARDED, Completeness.WAITING)
        begun(4, Source.RULE)
        ended(4, Verdict.FORWARDED)
        session.message_sent(3, b"edited")
        session.message_decided(3, 9, Verdict.MODIFIED, 5, None)
        begun(5)
        ended(5, Verdict.NOT_SENT)
        await tools.until_seen(5)
    assert [(content, dropped, injected) for _, _, content, dropped, injected in as_shown(tools)] == [
        (b"changed", False, False),
        (b"received", True, False),
        (b"received", False, True),
        (b"edited", False, False),
        (b"received", True, False),
    ]


async def test_the_first_close_frame_is_kept(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        going, _ = show(recorder, Tools())
        assert isinstance(going.session, ShownSession)
        going.carrier.receive(S2C, build(CLOSE, b"\x03\xe9going"))
        going.carrier.receive(C2S, build(CLOSE, b"\x03\xe8", mask=KEY))
        assert going.session.close_frame == CloseFrame(S2C, 1001, "going")
        going.end()


async def test_a_session_without_a_feed_is_recorded_only(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        going, _ = show(recorder, tools := Tools())
        assert isinstance(going.session, ShownSession)
        going.session.feed = None
        going.carrier.receive(S2C, build(TEXT, b"whole"))
        going.carrier.receive(S2C, build(TEXT, b"frag", fin=False) + build(CONTINUATION, b"ments"))
        await tools.until_hook("websocket_start")
        going.end()
    assert tools.seen == []
    assert [message.payload for message in the_one(tmp_path / "a.wsi").messages] == [b"whole", b"fragments"]
