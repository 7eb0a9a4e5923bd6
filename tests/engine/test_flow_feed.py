"""mitmproxy's list of a flow's messages, and its hooks: in order, bounded, and never while the relay is busy."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from mitmproxy.websocket import WebSocketMessage

from tests.engine.recording import C2S, KEY, S2C, recording
from tests.engine.showing import Tools, show
from tests.peers.framing import CLOSE, TEXT, build
from tests.peers.waiting import until
from wsinspect.engine.flow_feed import MAX_LISTED, MAX_LISTED_BYTES
from wsinspect.engine.shown_session import ShownRecorder
from wsinspect.model import End


async def test_hooks_come_in_order_and_each_sees_its_message_last(tmp_path: Path) -> None:
    tools = Tools()
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        going, _ = show(recorder, tools)
        for number in range(3):
            going.carrier.receive(S2C, build(TEXT, b"%d" % number))
        assert tools.hooks == [], "nothing of mitmproxy runs while the relay is busy"
        going.end()
        await tools.until_hook("websocket_end")
    assert tools.hooks == ["websocket_start", *["websocket_message"] * 3, "websocket_end"]
    assert [message.content for message in tools.seen] == [b"0", b"1", b"2"]
    assert [message.content for message in tools.listed] == [b"0", b"1", b"2"]


@pytest.mark.parametrize(
    ("frames", "by_client", "code", "reason"),
    [
        ([(C2S, build(CLOSE, b"\x03\xe8done", mask=KEY))], True, 1000, "done"),
        ([(S2C, build(CLOSE, b"\x0f\xa0")), (C2S, build(CLOSE, b"\x0f\xa0", mask=KEY))], False, 4000, ""),
        ([(S2C, build(CLOSE))], False, 1005, None),
        ([], True, 1006, None),
    ],
)
async def test_the_end_says_how_it_was_closed(
    tmp_path: Path, frames: list[tuple[int, bytes]], by_client: bool, code: int, reason: str | None
) -> None:
    tools = Tools()
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        going, feed = show(recorder, tools)
        for direction, frame in frames:
            going.carrier.receive(C2S if direction == C2S else S2C, frame)
        going.end()
        feed.ended()
        feed.ended()
        await tools.until_hook("websocket_end")
    data = tools.flow.websocket
    assert data is not None
    assert (data.closed_by_client, data.close_code, data.close_reason) == (by_client, code, reason)
    assert data.timestamp_end is not None
    assert tools.hooks.count("websocket_end") == 1


async def test_a_lost_server_is_told(tmp_path: Path) -> None:
    tools = Tools()
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        going, feed = show(recorder, tools)
        going.carrier.end(S2C, End.RESET)
        feed.ended()
        await tools.until_hook("websocket_end")
    assert tools.flow.websocket is not None
    assert (tools.flow.websocket.closed_by_client, tools.flow.websocket.close_code) == (False, 1006)


async def test_the_list_is_bounded_by_its_count(tmp_path: Path) -> None:
    tools = Tools()
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        going, _ = show(recorder, tools)
        for number in range(MAX_LISTED + 10):
            going.carrier.receive(S2C, build(TEXT, b"%d" % number))
            if number % 500 == 0:
                await tools.until_seen(number + 1)
        await tools.until_seen(MAX_LISTED + 10)
        going.end()
    assert len(tools.listed) == MAX_LISTED
    assert (tools.listed[0].content, tools.listed[-1].content) == (b"10", b"%d" % (MAX_LISTED + 9))


async def test_the_list_is_bounded_by_its_size_even_where_add_ons_change_it(tmp_path: Path) -> None:
    tools = Tools()
    part = MAX_LISTED_BYTES // 8
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        going, _ = show(recorder, tools)
        for number in range(20):
            going.carrier.receive(S2C, build(TEXT, b"a" * part))
            await tools.until_seen(number + 1)
            assert sum(len(message.content) for message in tools.listed) <= MAX_LISTED_BYTES
            if number == 10:
                tools.listed.clear()
        going.carrier.receive(S2C, build(TEXT, b"b" * MAX_LISTED_BYTES))
        await tools.until_seen(21)
        going.end()
    assert [message.content[:1] for message in tools.listed] == [b"b"]


async def test_slow_add_ons_slow_nothing_and_what_they_miss_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    release = asyncio.Event()

    async def wait(_: WebSocketMessage) -> None:
        await release.wait()

    tools = Tools(wait)
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        going, _ = show(recorder, tools)
        going.carrier.receive(S2C, build(TEXT, b"first"))
        await tools.until_seen(1)
        for _ in range(MAX_LISTED + 25):
            going.carrier.receive(S2C, build(TEXT, b"next"))
        assert len(tools.seen) == 1
        assert len(going.client.data) == len(build(TEXT, b"first")) + (MAX_LISTED + 25) * len(build(TEXT, b"next"))
        release.set()
        going.end()
        await tools.until_hook("websocket_end")
    assert len(tools.seen) == MAX_LISTED + 1
    assert "25 messages of http://example.com/ws passed without their hooks" in caplog.text


async def test_an_intercepted_message_that_has_passed_already_is_let_go(tmp_path: Path) -> None:
    async def intercept(_: WebSocketMessage) -> None:
        tools.flow.intercept()

    tools = Tools(intercept)
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        going, _ = show(recorder, tools)
        going.carrier.receive(S2C, build(TEXT, b"first") + build(TEXT, b"second"))
        await tools.until_seen(2)
        await until(lambda: not tools.flow.intercepted, "the flow to go on")
        going.end()


async def test_nothing_is_told_to_a_mitmproxy_that_ends(tmp_path: Path) -> None:
    release = asyncio.Event()

    async def wait(_: WebSocketMessage) -> None:
        await release.wait()

    tools = Tools(wait)
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        going, feed = show(recorder, tools)
        going.carrier.receive(S2C, build(TEXT, b"first") + build(TEXT, b"second"))
        await tools.until_seen(1)
        feed.forget()
        release.set()
        going.end()
        feed.ended()
    await asyncio.sleep(0)
    assert tools.hooks == ["websocket_start", "websocket_message"]


async def test_a_flow_without_a_list_gets_one(tmp_path: Path) -> None:
    tools = Tools()
    tools.flow.websocket = None
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        going, _ = show(recorder, tools)
        going.carrier.receive(S2C, build(TEXT, b"first"))
        await tools.until_seen(1)
        going.end()
