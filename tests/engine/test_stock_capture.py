"""The recording add-on in somebody's own mitmproxy: ordinary HTTP is left alone, and other add-ons have their say."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import cast

import pytest
from mitmproxy import http
from mitmproxy.addons.dumper import Dumper
from mitmproxy.addons.intercept import Intercept
from mitmproxy.test import taddons, tflow
from mitmproxy.websocket import WebSocketMessage

from tests.engine.recording import C2S, KEY, S2C, Kept, recording
from tests.peers.framing import TEXT, build
from tests.peers.waiting import until
from wsinspect.engine.carrier import Carrier
from wsinspect.engine.recorder import Recorder
from wsinspect.engine.rule_files import surroundings_of
from wsinspect.engine.shown_session import ShownRecorder
from wsinspect.engine.steering import Steering
from wsinspect.engine.stock_capture import StockCapture, others_judge
from wsinspect.model import Carriage


def an_upgrade() -> http.HTTPFlow:
    client = tflow.tclient_conn()
    client.timestamp_end = None
    flow = tflow.tflow(client_conn=client)
    flow.request = http.Request.make("GET", "http://a.test/chat", headers=((b"Upgrade", b"websocket"),))
    return flow


def upgraded(addon: StockCapture, flow: http.HTTPFlow) -> Carrier:
    """Have a flow upgraded, and carried between endpoints that keep what they are sent."""
    addon.requestheaders(flow)
    flow.response = http.Response.make(101, b"", {"Upgrade": "websocket"})
    addon.responseheaders(flow)
    addon.response(flow)
    carrier = addon.begin(flow, Carriage.DIRECT, lambda _: None)
    carrier.client, carrier.server = Kept(), Kept()
    return carrier


def capture(recorder: Recorder) -> StockCapture:
    steering = Steering(recorder, surroundings_of({}, scripts=False), lambda: None, hold_limit=1 << 20)
    return StockCapture(recorder, steering, insecure=True)


@pytest.mark.parametrize("streams", [False, True])
async def test_bodies_of_ordinary_http_are_streamed_only_where_mitmproxy_wants_it(
    tmp_path: Path, streams: bool
) -> None:
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        addon, flow = capture(recorder), tflow.tflow(resp=True)
        assert flow.response is not None
        flow.request.stream = flow.response.stream = streams
        with taddons.context(addon):
            addon.requestheaders(flow)
            addon.responseheaders(flow)
        assert (flow.request.stream, flow.response.stream) == (streams, streams)


async def test_the_answer_to_a_refused_upgrade_is_left_alone_too(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        addon, flow = capture(recorder), an_upgrade()
        with taddons.context(addon):
            addon.requestheaders(flow)
            flow.response = http.Response.make(403, b"no")
            addon.responseheaders(flow)
        assert flow.response.stream is False


async def test_messages_are_in_the_flows_list_and_the_end_is_told(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        addon, flow = capture(recorder), an_upgrade()
        with taddons.context(addon):
            carrier = upgraded(addon, flow)
            carrier.receive(C2S, build(TEXT, b"hello", mask=KEY))
            data = flow.websocket
            assert data is not None
            await until(lambda: bool(data.messages), "the message in the list")
            assert data.messages[0].text == "hello"
            carrier.stop()
            assert data.timestamp_end is not None
            assert not addon._feeds


async def test_an_end_of_mitmproxy_ends_the_sessions(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        addon = capture(recorder)
        with taddons.context(addon):
            carrier = upgraded(addon, an_upgrade())
            addon.stop()
        assert carrier.finished


async def test_a_session_goes_on_where_mitmproxys_tools_cannot_be_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        addon, flow = capture(recorder), an_upgrade()
        with taddons.context(addon) as context:
            context.master.addons.handle_lifecycle = None
            context.master.addons.chain.append(_Unruly())
            carrier = upgraded(addon, flow)
            carrier.receive(S2C, build(TEXT, b"hello"))
            carrier.stop()
        assert cast(Kept, carrier.client).data == build(TEXT, b"hello")
    assert "it cannot be told whether other add-ons want to change messages" in caplog.text


async def test_what_is_injected_into_a_closed_session_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        capture(recorder).inject(an_upgrade(), WebSocketMessage(TEXT, True, b"hello"))
    assert "nothing is injected into http://a.test/chat: session 0 is not open" in caplog.text


async def test_text_that_is_none_is_not_injected(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        addon, flow = capture(recorder), an_upgrade()
        with taddons.context(addon):
            carrier = upgraded(addon, flow)
            addon.inject(flow, WebSocketMessage(TEXT, True, b"\xff"))
            carrier.stop()
        assert cast(Kept, carrier.server).data == b""
    assert "a text message has to be valid UTF-8" in caplog.text


class _Unruly:
    """An add-on whose attributes cannot be looked at."""

    @property
    def websocket_message(self) -> None:
        raise ZeroDivisionError


class _Changer:
    """An add-on of a user's."""

    def websocket_message(self, flow: http.HTTPFlow) -> None:
        """Do anything."""


def _module(name: str) -> ModuleType:
    module = ModuleType(name)
    module.websocket_message = lambda flow: None  # type: ignore[attr-defined]
    return module


@pytest.mark.parametrize(
    ("addons", "judge"),
    [
        ([Dumper()], False),
        ([Dumper(), _Changer()], True),
        ([_module("__mitmproxy_script__.mine")], True),
        ([_module("mitmproxy.addons.theirs")], False),
        ([ModuleType("__mitmproxy_script__.other")], False),
    ],
)
async def test_hooks_of_others_judge_messages_and_those_of_mitmproxy_only_look(
    addons: list[object], judge: bool
) -> None:
    with taddons.context() as context:
        context.master.addons.chain.extend(addons)
        assert others_judge() is judge


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # mitmproxy uses old names of pyparsing
async def test_a_filter_that_intercepts_judges_messages() -> None:
    with taddons.context(intercept := Intercept()) as context:
        assert not others_judge()
        context.configure(intercept, intercept="~websocket")
        assert others_judge()
        context.configure(intercept, intercept_active=False)
        assert not others_judge()
