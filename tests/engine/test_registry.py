"""Running engines are found, dead ones are not."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from wsinspect.engine import registry
from wsinspect.errors import EngineError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the folder is set by XDG_RUNTIME_DIR")


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "runtime"
    directory.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(directory))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return directory / "wsinspect"


def an_engine(capture: str = "/captures/a.wsi", pid: int = 4711) -> registry.EngineInfo:
    return registry.EngineInfo(pid, "0.1.0", ("127.0.0.1:8080",), ("regular",), capture, "/ca.pem")


def test_a_registered_engine_is_running_until_it_is_not() -> None:
    with registry.register(an_engine()):
        assert registry.running() == [an_engine()]
        assert registry.running() == [an_engine()], "looking does not end it"
    assert registry.running() == []


def test_the_folder_and_the_file_are_the_users_alone(runtime: Path) -> None:
    with registry.register(an_engine()):
        assert runtime.stat().st_mode & 0o777 == 0o700
        (file,) = runtime.iterdir()
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_folder_open_to_others_is_closed_to_them(runtime: Path) -> None:
    runtime.mkdir(mode=0o755)
    assert registry.runtime_directory() == runtime
    assert runtime.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_no_folder_is_not_used(runtime: Path, tmp_path: Path) -> None:
    runtime.symlink_to(tmp_path)
    assert registry.runtime_directory() == tmp_path / "state" / "wsinspect" / "run"


def test_an_error_says_that_no_folder_will_do(runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime.symlink_to(tmp_path)
    (tmp_path / "state").write_text("in the way")
    with pytest.raises(EngineError, match="no private folder"):
        registry.runtime_directory()


def test_an_engine_that_was_killed_leaves_the_list(runtime: Path) -> None:
    code = (
        "import os, sys; from wsinspect.engine import registry as r\n"
        "with r.register(r.EngineInfo(os.getpid(), '0', (), (), 'b.wsi', 'ca.pem')):\n"
        "    print('registered', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert [engine.pid for engine in registry.running()] == [process.pid]
        os.kill(process.pid, signal.SIGKILL)
    assert len(list(runtime.iterdir())) == 1
    assert registry.running() == []
    assert list(runtime.iterdir()) == []


def test_a_file_that_is_being_written_is_left_alone(runtime: Path) -> None:
    registry.runtime_directory()
    (runtime / "0-1-a.json").touch()
    assert registry.running() == []
    assert len(list(runtime.iterdir())) == 1


def test_the_only_engine_needs_no_selector() -> None:
    with registry.register(an_engine()):
        assert registry.find() == an_engine()


def test_an_engine_is_found_by_capture_and_by_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = an_engine(str(tmp_path / "one.wsi"), 1)
    two = an_engine(str(tmp_path / "two.wsi"), 2)
    monkeypatch.chdir(tmp_path)
    with registry.register(one), registry.register(two):
        assert registry.find("two.wsi") == two
        assert registry.find(str(tmp_path / "one.wsi")) == one
        assert registry.find("2") == two


def test_several_engines_need_a_selector_and_the_error_lists_them() -> None:
    with registry.register(an_engine("/a.wsi", 1)), registry.register(an_engine("/b.wsi", 2)):
        with pytest.raises(EngineError) as raised:
            registry.find()
        assert "--engine" in str(raised.value)
        assert "/a.wsi" in str(raised.value)
        assert "/b.wsi" in str(raised.value)
        with pytest.raises(EngineError, match="no running engine is '3'"):
            registry.find("3")


def test_no_engine_is_an_error_that_says_how_to_start_one() -> None:
    with pytest.raises(EngineError, match="wsinspect capture"):
        registry.find()


def test_the_json_form_has_the_documented_keys() -> None:
    text = registry.to_json(an_engine())
    assert json.loads(text) == {
        "pid": 4711,
        "version": "0.1.0",
        "listen": ["127.0.0.1:8080"],
        "modes": ["regular"],
        "capture": "/captures/a.wsi",
        "ca": "/ca.pem",
    }
    assert registry.from_json(text) == an_engine()
    controlled = dataclasses.replace(an_engine(), control="unix:/run/x")
    assert registry.from_json(registry.to_json(controlled)) == controlled


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"{}", b'{"pid": "x"}'])
def test_what_describes_no_engine_is_an_error(text: bytes) -> None:
    with pytest.raises(EngineError, match="not the description"):
        registry.from_json(text)
