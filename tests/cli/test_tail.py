"""`wsinspect tail`: at once, to the end of the engine, and understandably where there is nothing to follow."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from tests.cli.reading import assert_harmless, lines, records, run
from tests.cli.recording import CHAT, hot_row
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.engine import registry
from wsinspect.store.writer import CaptureWriter


@contextmanager
def tailing(*arguments: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `wsinspect tail` beside the test."""
    command = [sys.executable, "-c", "from wsinspect.cli.main import main; main()", "tail", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def test_a_live_capture_is_followed_at_once_and_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "live.wsi"
    writer = CaptureWriter(path)
    writer.insert_session(CHAT)
    writer.put_message(hot_row(1, 1, 1, b"first"), 100)
    with tailing(path, "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert orjson.loads(process.stdout.readline())["text"] == "first"
        delays = []
        for number in range(2, 12):
            began = time.monotonic()
            writer.put_message(hot_row(number, number, number, b"next"), 100)
            assert orjson.loads(process.stdout.readline())["number"] == number
            delays.append(time.monotonic() - began)
        # Half of them: this machine may be busy.
        assert sorted(delays)[5] < 0.2
        writer.put_message(hot_row(12, 12, 12, b"last"), 100)
        writer.close()
        assert orjson.loads(process.stdout.read())["text"] == "last"
        assert process.stderr.read() == b""
        assert process.wait(10) == ExitStatus.DONE


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for one process")
def test_ctrl_c_interrupts(tmp_path: Path) -> None:
    path = tmp_path / "live.wsi"
    with CaptureWriter(path) as writer:
        writer.insert_session(CHAT)
        with tailing(path) as process:
            assert process.stdout is not None
            assert process.stdout.readline().split()[0] == b"id"
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == ExitStatus.INTERRUPTED


def test_a_finished_capture_shows_its_end(capture: Path) -> None:
    printed = lines("tail", capture, "-n", "2")
    assert [line.split()[0] for line in printed] == ["id", "1.4", "1.5", "sent"]
    assert_harmless(printed)


@pytest.mark.parametrize(
    ("arguments", "key", "expected"),
    [
        ([], "number", [1, 2, 3, 4, 5]),
        (["--all"], "number", [1, 2, 3, 4, 5]),
        (["dir == s2c"], "number", [2, 4]),
        (["dir == s2c", "-n", "1"], "number", [4]),
        (["--sessions"], "id", [1, 2]),
        (["--sessions", "state == refused"], "id", [2]),
        (["--frames", "opcode in (ping, pong)"], "seq", [4, 6]),
    ],
)
def test_records_are_chosen(capture: Path, arguments: list[str], key: str, expected: list[int]) -> None:
    found = records("tail", capture, *arguments)
    assert [record[key] for record in found] == expected
    assert not any("rev" in record for record in found)


def test_updates_have_a_revision(capture: Path) -> None:
    assert [record["rev"] for record in records("tail", capture, "--updates")] == [1] * 5


def test_without_a_file_it_is_the_capture_of_the_running_engine(
    capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(registry, "runtime_directory", lambda: tmp_path)
    assert run("tail", "login").exit_code == ExitStatus.ENGINE
    info = registry.EngineInfo(1, "0", (), (), str(capture), "ca.pem")
    with registry.register(info):
        assert [record["number"] for record in records("tail", "login")] == [1]
        assert [record["number"] for record in records("tail", "--engine", "1", "-n", "1")] == [5]


@pytest.mark.parametrize("arguments", [["a.wsi", "b", "c"], ["--frames", "--updates"], ["x.wsi", "size >"]])
def test_wrong_usage(arguments: list[str]) -> None:
    assert run("tail", *arguments).exit_code == ExitStatus.USAGE


def test_a_file_that_is_not_there_is_an_unusable_input(tmp_path: Path) -> None:
    assert run("tail", tmp_path / "none.wsi").exit_code == ExitStatus.INPUT
