"""Calls of an engine end with what is wrong about them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.control.engine import FakeEngine, engine_in_thread
from wsinspect.cli.control_call import call, converse
from wsinspect.control.client import ControlClient
from wsinspect.engine import registry
from wsinspect.errors import EngineError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the folder is set by XDG_RUNTIME_DIR")


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEngine]:
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    with engine_in_thread(tmp_path) as (engine, address, _):
        info = registry.EngineInfo(os.getpid(), "0.1", (), (), "/a.wsi", "/ca.pem", address)
        with registry.register(info):
            yield engine


def test_a_call_returns_the_result(engine: FakeEngine) -> None:
    assert call(None, "rules.disable", {"rule": "vip"}) is None
    assert engine.calls == [("enable_rule", "vip", False)]
    assert call(str(os.getpid()), "rules.reload", {}) == {"rules": 1}


def test_several_calls_share_a_connection(engine: FakeEngine) -> None:
    async def talk(client: ControlClient) -> int:
        await client.call("hello", name="anna")
        await client.call("hold", filter="x")
        return len(engine.points)

    assert converse(None, talk) == 1
    assert engine.points[0].owner == "anna"


def test_what_the_engine_does_not_understand_is_wrong_usage(engine: FakeEngine) -> None:
    assert engine.calls == []
    with pytest.raises(click.UsageError, match="no method 'held2'"):
        call(None, "held2", {})
    with pytest.raises(EngineError, match="not held"):
        call(None, "drop", {"session": 9, "message": 9})
