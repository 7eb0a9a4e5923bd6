"""The add-on's life in somebody's own mitmproxy: when the capture is opened, when it is closed, and what if not."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.exceptions import OptionsError
from mitmproxy.proxy.context import Context
from mitmproxy.test import taddons, tflow
from mitmproxy.websocket import WebSocketMessage

from tests.engine.recording import S2C, Kept
from tests.engine.test_stock_capture import an_upgrade
from tests.peers.capture import recorded_sessions
from wsinspect.engine.seam.layer import RelayLayer
from wsinspect.engine.stock import StockAddon
from wsinspect.model import Carriage, SessionState


@pytest.fixture(autouse=True)
def _what_was_before() -> Iterator[None]:
    """Put back what an add-on leaves behind in a process: its own ends with it."""
    interval = sys.getswitchinterval()
    yield
    RelayLayer.injector = None
    sys.setswitchinterval(interval)


async def test_the_capture_is_opened_as_mitmproxy_runs_and_closed_with_it(tmp_path: Path) -> None:
    addon = StockAddon()
    capture = tmp_path / "a.wsi"
    with taddons.context(addon) as context:
        context.options.update(wsinspect_out=str(capture))
        assert addon.addons == []
        assert not capture.exists()
        addon.running()
        addon.running()
        assert len(addon.addons) == 1
        assert capture.exists()
        addon.done()
        assert addon.addons == []
    assert recorded_sessions(capture) == []
    assert [path.name for path in tmp_path.glob("a.wsi*")] == ["a.wsi"]  # noqa: ASYNC240 - a local folder


async def test_a_request_before_mitmproxy_says_that_it_runs_is_recorded(tmp_path: Path) -> None:
    addon, flow = StockAddon(), an_upgrade()
    with taddons.context(addon) as context:
        context.options.update(wsinspect_out=str(tmp_path / "a.wsi"))
        addon.requestheaders(flow)
        addon.addons[0].requestheaders(flow)
        addon.running()
        addon.done()
    (session,) = recorded_sessions(tmp_path / "a.wsi")
    assert (session.url, session.state) == ("ws://a.test/chat", SessionState.FAILED)


async def test_without_a_name_it_is_a_dated_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with taddons.context(addon := StockAddon()):
        addon.running()
        addon.done()
    assert len(list(tmp_path.glob("wsinspect/captures/*.wsi"))) == 1  # noqa: ASYNC240 - a local folder


async def test_an_existing_capture_is_only_gone_on_with_where_that_is_asked_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for append, opens in ((False, 1), (False, 0), (True, 1)):
        with taddons.context(addon := StockAddon()) as context:
            context.options.update(wsinspect_out=str(tmp_path / "a.wsi"), wsinspect_append=append)
            addon.running()
            assert len(addon.addons) == opens
            addon.done()
    assert [record.levelname for record in caplog.records if "wsinspect does nothing" in record.message] == ["ERROR"]


async def test_what_cannot_be_recorded_is_passed_on(tmp_path: Path) -> None:
    addon, flow = StockAddon(), an_upgrade()
    with taddons.context(addon, Proxyserver()) as context:
        context.options.update(wsinspect_out=str(tmp_path))
        addon.running()
        assert addon.addons == []
        carrier = addon.begin(flow, Carriage.DIRECT, lambda _: None)
        carrier.client = client = Kept()
        carrier.server = Kept()
        carrier.receive(S2C, b"whatever")
        assert client.data == b"whatever"
        layers = Context(flow.client_conn, context.options)
        assert (addon.handler(layers), addon.is_lazy(layers), addon.is_mocked(flow)) == (None, False, False)
        addon.inject(flow, WebSocketMessage(1, True, b"nowhere"))
        addon.configure({"intercept"})
        addon.done()


async def test_what_the_relay_layer_asks_is_asked_of_the_capture(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    addon, flow = StockAddon(), an_upgrade()
    with taddons.context(addon, Proxyserver()) as context:
        context.options.update(wsinspect_out=str(tmp_path / "a.wsi"))
        addon.running()
        assert RelayLayer.host is addon
        assert RelayLayer.injector is addon
        layers = Context(tflow.tclient_conn(), context.options)
        assert (addon.handler(layers), addon.is_lazy(layers), addon.is_mocked(flow)) == (None, False, False)
        addon.begin(flow, Carriage.DIRECT, lambda _: None)
        addon.inject(flow, WebSocketMessage(1, True, b"nowhere"))
        assert "nothing is injected" in caplog.text
        addon.configure({"scripts"})
        addon.done()


_RULES = "version: 1\nrules: [{{id: {name}, match: {{dir: s2c}}, do: [tag: seen]}}]\n"


async def test_rules_are_put_in_force_and_nothing_is_kept_where_no_capture_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    rules = tmp_path / "rules.yaml"
    rules.write_text(_RULES.format(name="one"))
    with taddons.context(addon := StockAddon(with_rules=True)) as context:
        context.options.update(wsinspect_rules=[str(rules)])
        addon.running()
        assert "wsinspect runs rules, and records nothing" in caplog.text
        assert f"rules in force: 1 of 1, from {rules}" in caplog.text
        assert list(temporary.glob("*"))
        addon.done()
        assert addon._ending is not None
        await addon._ending
    assert not list(temporary.glob("*"))


async def test_rules_that_cannot_be_used_are_an_error_at_the_start_and_later_change_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(_RULES.format(name="one"))
    bad.write_text("version: 1\nrules: [{id: bad, no: thing}]\n")
    with taddons.context(addon := StockAddon(with_rules=True)) as context:
        context.options.update(wsinspect_rules=[str(bad)])
        addon.running()
        assert addon.addons == []
    assert "wsinspect does nothing: " in caplog.text
    with taddons.context(addon := StockAddon(with_rules=True)) as context:
        context.options.update(wsinspect_rules=[str(good)], wsinspect_out=str(tmp_path / "a.wsi"))
        addon.running()
        with pytest.raises(OptionsError, match=r"the rules stay as they were: .*bad\.yaml:2"):
            context.configure(addon, wsinspect_rules=[str(bad)])
        context.configure(addon, wsinspect_rules=[str(good)])
        addon.done()
