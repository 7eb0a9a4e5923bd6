"""`wsinspect rules list`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.cli.reading import assert_harmless, lines, records, run
from tests.control.engine import engine_in_thread
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.engine import registry

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the folder is set by XDG_RUNTIME_DIR")


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_rules_are_listed_with_what_they_did(tmp_path: Path) -> None:
    with engine_in_thread(tmp_path) as (_, address, _loop):
        info = registry.EngineInfo(os.getpid(), "0.1", (), (), str(tmp_path / "a.wsi"), "/ca.pem", address)
        with registry.register(info):
            printed = lines("rules", "list")
            chosen = lines("rules", "list", "--engine", tmp_path / "a.wsi")
            rules = records("rules", "list")
    assert printed[0].split() == ["rule", "event", "hits", "changed", "errors", "last", "hit", "place"]
    assert printed[1].split()[:6] == ["vip", "on", "message", "4", "2", "1"]
    assert printed[1].endswith("/rules.yaml:3:5")
    assert printed[2] == "    text: no 'x' in \\x1b[31m"
    assert_harmless(printed)
    assert chosen == printed
    (rule,) = rules
    assert (rule["id"], rule["hits"], rule["last_error"]) == ("vip", 4, "text: no 'x' in \x1b[31m")


def test_an_engine_without_a_control_channel_says_so() -> None:
    with registry.register(registry.EngineInfo(4711, "0.1", (), (), "/a.wsi", "/ca.pem")):
        result = run("rules", "list")
    assert result.exit_code == ExitStatus.ENGINE
    assert "engine 4711: it has no control channel" in result.stderr


def test_an_engine_that_hangs_up_is_an_error(tmp_path: Path) -> None:
    info = registry.EngineInfo(4711, "0.1", (), (), "/a.wsi", "/ca.pem", f"unix:{tmp_path}/gone.sock")
    with registry.register(info):
        result = run("rules", "list")
    assert result.exit_code == ExitStatus.ENGINE
    assert "cannot be reached" in result.stderr
