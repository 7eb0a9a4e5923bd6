"""The recording add-on in somebody's own mitmproxy: ordinary HTTP is left alone, and other add-ons have their say."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest
from mitmproxy import http
from mitmproxy.addons.dumper import Dumper
from mitmproxy.addons.intercept import Intercept
from mitmproxy.test import taddons, tflow
from mitmproxy.websocket import WebSocketMessage

from tests.engine.recording import C2S, KEY, S2C, Kept, recording, the_one
from tests.peers.framing import TEXT, build
from tests.peers.waiting import until
from wsinspect.engine.carrier import Carrier
from wsinspect.engine.recorder import Recorder
from wsinspect.engine.rule_files import RuleFiles
from wsinspect.engine.shown_session import ShownRecorder
from wsinspect.engine.steering import Steering
from wsinspect.engine.stock_capture import StockCapture, others_judge
from wsinspect.model import Carriage, End, Source, Verdict
from wsinspect.store.rule_sources import surroundings_of


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
    steering = Steering(recorder, RuleFiles(surroundings_of({}, scripts=False)), lambda: None, hold_limit=1 << 20)
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

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def websocket_message(self, flow: http.HTTPFlow) -> None:
        """Do what a message says."""
        assert flow.websocket is not None
        message = flow.websocket.messages[-1]
        self.seen.append(message.content)
        await self.may_go_on.wait()
        if message.content == b"drop":
            message.drop()
        elif message.content == b"change":
            message.text = "changed"
        elif message.content == b"spoil":
            message.content = b"\xff"


async def test_a_hook_changes_and_drops_messages_and_the_others_go_as_they_came(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    frames = [build(TEXT, word) for word in (b"plain", b"drop", b"change", b"spoil")]
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        addon, changer = capture(recorder), _Changer()
        with taddons.context(addon, changer):
            carrier = upgraded(addon, flow := an_upgrade())
            for frame in frames:
                carrier.receive(S2C, frame)
            client = cast(Kept, carrier.client)
            assert client.data == b"", "they wait for the hook"
            await until(lambda: client.data.endswith(frames[3]), "the last message")
            assert client.data == frames[0] + build(TEXT, b"changed") + frames[3]
            assert changer.seen == [b"plain", b"drop", b"change", b"spoil"]
            assert flow.websocket is not None
            assert len(flow.websocket.messages) == 4, "none is shown twice"
            addon.stop()
    assert "goes on unchanged: a text message has to be valid UTF-8" in caplog.text
    verdicts = [message.verdict.name for message in the_one(tmp_path / "a.wsi").messages]
    assert verdicts == ["FORWARDED", "DROPPED", "MODIFIED", "FORWARDED"]


async def test_messages_pass_at_once_again_when_the_last_hook_is_gone(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        addon, changer = capture(recorder), _Changer()
        with taddons.context(addon, changer) as context:
            carrier = upgraded(addon, an_upgrade())
            context.master.addons.remove(changer)
            addon.let_others_judge()
            carrier.receive(S2C, build(TEXT, b"change"))
            assert cast(Kept, carrier.client).data == build(TEXT, b"change")
            context.master.addons.add(changer)
            addon.let_others_judge()
            carrier.receive(S2C, build(TEXT, b"change"))
            await until(lambda: bool(changer.seen), "the hook")
            addon.stop()


async def test_a_session_that_ends_while_a_hook_waits_has_ended(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        addon, changer = capture(recorder), _Changer()
        changer.may_go_on.clear()
        with taddons.context(addon, changer):
            carrier = upgraded(addon, flow := an_upgrade())
            carrier.receive(S2C, build(TEXT, b"change") + build(TEXT, b"next"))
            await until(lambda: bool(changer.seen), "the hook")
            carrier.end(C2S, End.RESET)
            changer.may_go_on.set()
            data = flow.websocket
            assert data is not None
            await until(lambda: data.timestamp_end is not None, "the end")
    assert [message.verdict for message in the_one(tmp_path / "a.wsi").messages] == [Verdict.NOT_SENT] * 2


async def test_a_message_that_a_rule_holds_is_an_intercepted_flow(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("version: 1\nrules: [{id: wait, match: {text: change}, do: [hold: {}]}]\n")
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        addon = capture(recorder)
        with taddons.context(addon):
            addon.load_rules([rules])
            carrier = upgraded(addon, flow := an_upgrade())
            carrier.receive(S2C, build(TEXT, b"change") + build(TEXT, b"next"))
            await until(lambda: flow.intercepted, "the flow to wait for a person")
            assert flow.websocket is not None
            flow.websocket.messages[-1].text = "edited"
            flow.resume()
            client, sent = cast(Kept, carrier.client), build(TEXT, b"edited") + build(TEXT, b"next")
            await until(lambda: client.data == sent, "the edited message and the one behind it")
            addon.stop()
            await addon.end()


async def test_what_is_injected_goes_and_is_on_record_as_a_persons(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi", recorder_type=ShownRecorder) as recorder:
        addon, flow = capture(recorder), an_upgrade()
        with taddons.context(addon):
            carrier = upgraded(addon, flow)
            addon.inject(flow, WebSocketMessage(TEXT, False, b"hello"))
            assert cast(Kept, carrier.client).data == build(TEXT, b"hello")
            addon.stop()
    (message,) = the_one(tmp_path / "a.wsi").messages
    assert (message.source, message.direction) == (Source.USER, S2C)


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
