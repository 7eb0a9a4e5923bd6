"""`wsinspect ctl` against a control channel without traffic."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from tests.cli.reading import assert_harmless, lines, records, run
from tests.control.engine import FakeEngine, engine_in_thread
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.main import main
from wsinspect.control.methods import METHODS
from wsinspect.engine import registry
from wsinspect.engine.steered import NoticeKind

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the folder is set by XDG_RUNTIME_DIR")


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "run"
    directory.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(directory))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return directory


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[FakeEngine]:
    """An engine that is found."""
    with engine_in_thread(tmp_path) as (engine, address, _):
        info = registry.EngineInfo(os.getpid(), "0.1", (), (), str(tmp_path / "a.wsi"), "/ca.pem", address)
        with registry.register(info):
            yield engine


# ---- calls


def test_lists_are_tables(engine: FakeEngine) -> None:
    assert engine.open
    sessions = lines("ctl", "sessions")
    assert sessions[0].split() == ["id", "opened", "messages", "bytes", "url"]
    assert sessions[1].split()[-3:] == ["2/3", "20/30", "wss://chat.test/room"]
    held = lines("ctl", "held")
    assert held[0].split() == ["id", "since", "dir", "type", "size", "changed", "by"]
    assert held[1].split()[0] == "1.5"
    rules = lines("ctl", "rules.list")
    assert rules[2] == "    text: no 'x' in \\x1b[31m"
    assert_harmless([*sessions, *held, *rules])


def test_with_json_each_object_is_a_line(engine: FakeEngine) -> None:
    assert engine.open
    assert [each["session"] for each in records("ctl", "held")] == [1, 2]
    assert records("ctl", "drop", "session=1", "message=5") == [None]
    assert records("ctl", "status")[0]["held"] == 1


def test_what_is_no_list_is_json(engine: FakeEngine) -> None:
    engine.waiting[1, 5] = (1, "\x1b[31m\u202e".encode())
    printed = lines("ctl", "payload", "session=1", "message=5")
    assert json.loads("\n".join(printed).replace("\\u202e", ""))["text"] == "\x1b[31m"
    assert_harmless(printed)
    assert lines("ctl", "pause") == []


def test_a_message_is_held_edited_and_released(engine: FakeEngine) -> None:
    assert json.loads("".join(lines("ctl", "hold", "filter=dir == c2s and text == 'hello'"))) == {"breakpoint": 1}
    assert engine.points[0].filter == "dir == c2s and text == 'hello'"
    assert engine.points[0].owner == "", "a breakpoint of ctl stays"
    assert lines("ctl", "edit", "session=1", "message=5", 'text={"a": 1}') == []
    assert json.loads("".join(lines("ctl", "release", '{"session": 1, "message": 5}'))) == {"released": 1}
    assert engine.calls == [("edit", 1, 5, b'{"a": 1}', None), ("release", 1, 5)]


def test_rule_files_are_those_of_the_folder_one_is_in(
    engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines("ctl", "rules.load", "files=a.yaml", "files=/b.yaml")
    assert engine.calls == [("load_rules", tmp_path / "a.yaml", Path("/b.yaml"))]


# ---- what is wrong


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["sesions"], ExitStatus.USAGE, "did you mean 'sessions'?"),
        (["held", "x=1"], ExitStatus.USAGE, "unknown parameter 'x'"),
        (["abort", "session=x"], ExitStatus.USAGE, "'wsinspect ctl help abort' explains it"),
        (["hold", "filter=size >"], ExitStatus.USAGE, "      ^"),
        (["drop", "session=1", "message=9"], ExitStatus.ENGINE, "message 1.9 is not held\n'held' lists what is"),
        (["rules.load", "files=/bad.yaml"], ExitStatus.INPUT, "/bad.yaml:2:1: unknown key 'relpace'"),
        (["held", "--engine", "7"], ExitStatus.ENGINE, "no running engine is '7'"),
    ],
)
def test_an_error_has_its_status(engine: FakeEngine, arguments: list[str], status: ExitStatus, told: str) -> None:
    assert engine.calls == []
    result = run("ctl", *arguments)
    assert told in result.stderr
    assert result.exit_code == status
    assert result.stdout == ""


def test_without_an_engine_there_is_nobody_to_ask() -> None:
    result = run("ctl", "held")
    assert result.exit_code == ExitStatus.ENGINE
    assert "no engine is running" in result.stderr


# ---- help


def test_the_methods_are_listed_without_an_engine() -> None:
    for arguments in (["ctl"], ["ctl", "methods"]):
        assert [line.split()[0] for line in lines(*arguments)[1:]] == list(METHODS)
    assert [each["method"] for each in records("ctl")] == list(METHODS)


@pytest.mark.parametrize("name", METHODS)
def test_each_method_is_explained_with_an_example_that_runs(engine: FakeEngine, name: str) -> None:
    explained = "\n".join(lines("ctl", "help", name))
    assert METHODS[name].meaning.split(".")[0] in " ".join(explained.split())
    example = explained.partition("Example:\n")[2].strip()
    engine.waiting[3, 17] = (1, b"")
    engine.add_breakpoint("x", "")
    if name != "subscribe":
        result = run(*shlex.split(example)[1:])
        assert result.exit_code == 0, result.stderr


def test_help_says_what_is_different_on_the_command_line() -> None:
    assert "keep is true" in "\n".join(lines("ctl", "help", "hold"))


def test_help_is_for_one_known_method() -> None:
    assert run("ctl", "help").exit_code == ExitStatus.USAGE
    assert run("ctl", "help", "releese").exit_code == ExitStatus.USAGE


def completed(arguments: list[str], incomplete: str) -> list[str]:
    complete = ShellComplete(main, {}, "wsinspect", "_WSINSPECT_COMPLETE")
    return [item.value for item in complete.get_completions(arguments, incomplete)]


def test_methods_and_parameters_are_completed() -> None:
    assert completed(["ctl"], "rules.") == ["rules.list", "rules.load", "rules.reload", "rules.enable", "rules.disable"]
    assert "help" in completed(["ctl"], "he")
    assert completed(["ctl", "help"], "hel") == ["held", "hello", "help"]
    assert completed(["ctl", "hold"], "") == ["filter=", "keep="]
    assert completed(["ctl", "hold", "filter=x"], "k") == ["keep="]
    assert completed(["ctl", "nothing"], "") == []
    assert isinstance(main.get_command(click.Context(main), "ctl"), click.Command)


# ---- notices


def test_notices_are_followed_until_the_engine_goes_or_ctrl_c(tmp_path: Path) -> None:
    with engine_in_thread(tmp_path) as (engine, address, loop):
        info = registry.EngineInfo(os.getpid(), "0.1", (), (), str(tmp_path / "a.wsi"), "/ca.pem", address)
        with registry.register(info):
            command = [sys.executable, "-m", "wsinspect", "ctl", "subscribe", "status_every=0.1"]
            with (
                subprocess.Popen(command, stdout=subprocess.PIPE) as plain,
                subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE) as as_json,
            ):
                assert plain.stdout is not None
                assert as_json.stdout is not None
                assert plain.stdout.readline().startswith(b"2 sessions open, 27 messages")
                assert json.loads(as_json.stdout.readline())["kind"] == "status"
                loop.call_soon_threadsafe(engine.tell, NoticeKind.ALERT, "look \x1b[31m", 1, 5)
                alert = next(line for line in plain.stdout if b"alert" in line)
                assert alert.split()[1:] == [b"alert", b"1.5", b"look", b"\\x1b[31m"]
                told = next(each for line in as_json.stdout if (each := json.loads(line))["kind"] == "alert")
                assert (told["session"], told["message"]) == (1, 5)
                as_json.send_signal(signal.SIGINT)
                assert as_json.wait(20) == ExitStatus.INTERRUPTED
    assert plain.wait(20) == ExitStatus.DONE
