"""`capture` says where it is, counts on a terminal, and ends cleanly however it is told to."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.peers.waiting import until_blocking
from wsinspect.cli.capture import StatusLine, introduction, log_above
from wsinspect.cli.engine_process import GO_ON
from wsinspect.engine.registry import EngineInfo

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def confdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("confdir")


def started(tmp_path: Path, confdir: Path, *options: str) -> subprocess.Popen[str]:
    (tmp_path / "run").mkdir(mode=0o700, exist_ok=True)
    command = [sys.executable, "-m", "wsinspect", "capture", "--listen", "127.0.0.1:0", "-o", str(tmp_path / "x.wsi")]
    command += ["--confdir", str(confdir), "--ready-file", str(tmp_path / "ready"), *options]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path / "run")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "end of input"])
def test_it_ends_cleanly(how: str, tmp_path: Path, confdir: Path) -> None:
    options = ["--stop-with-stdin"] if how == "end of input" else []
    with started(tmp_path, confdir, *options) as process:
        until_blocking(lambda: (tmp_path / "ready").exists() or process.poll() is not None, "the ready file")
        if how.startswith("SIG"):
            process.send_signal(signal.Signals[how])
        output, errors = process.communicate(timeout=30)
    assert (process.returncode, output) == (0, ""), errors
    assert f"Recording to {tmp_path / 'x.wsi'}" in errors
    assert "No WebSocket came by" in errors
    assert sorted(path.name for path in tmp_path.glob("x.wsi*")) == ["x.wsi"]
    assert list((tmp_path / "run" / "wsinspect").iterdir()) == []


def test_it_outlives_a_starter_that_says_so(tmp_path: Path, confdir: Path) -> None:
    with started(tmp_path, confdir, "--stop-with-stdin") as process:
        until_blocking(lambda: (tmp_path / "ready").exists() or process.poll() is not None, "the ready file")
        assert process.stdin is not None
        process.stdin.write(GO_ON.decode())
        process.stdin.close()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def test_an_existing_file_is_refused_without_append(tmp_path: Path, confdir: Path) -> None:
    (tmp_path / "x.wsi").write_text("mine")
    with started(tmp_path, confdir) as process:
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 3, errors
    assert str(tmp_path / "x.wsi") in errors
    assert (tmp_path / "x.wsi").read_text() == "mine"


def test_a_port_in_use_is_understood(tmp_path: Path, confdir: Path) -> None:
    async def occupy() -> None:
        server = await asyncio.start_server(lambda _, __: None, "127.0.0.1", 0)
        address = "{}:{}".format(*server.sockets[0].getsockname())
        with started(tmp_path, confdir, "--listen", address) as process:
            _, errors = await asyncio.to_thread(process.communicate, timeout=30)
        server.close()
        assert process.returncode == 4, errors
        assert address.rpartition(":")[2] in errors
        assert "--listen" in errors
        assert "Traceback" not in errors

    asyncio.run(occupy())


def info(*modes: str) -> EngineInfo:
    listen = tuple(f"127.0.0.1:{8080 + number}" for number in range(len(modes)))
    return EngineInfo(1, "0", listen, modes, "/x.wsi", "/a folder/ca.pem")


def test_the_introduction_says_how_clients_get_there() -> None:
    text = "\n".join(introduction(info("regular", "socks5@8081", "reverse:wss://a.test@8082")))
    assert "Listening on 127.0.0.1:8080 (regular)" in text
    assert "--proxy http://127.0.0.1:8080 --cacert '/a folder/ca.pem'" in text
    assert "127.0.0.1:8081 as the SOCKS 5 proxy" in text
    assert "connect to 127.0.0.1:8082 in place of the server" in text
    assert "rules" not in text


def test_the_introduction_names_the_rules() -> None:
    text = "\n".join(introduction(info("regular"), [Path("a.yaml"), Path("b.yaml")]))
    assert "Acting by the rules in a.yaml, b.yaml, read again when they change" in text


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_counter_stays_below_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    line = StatusLine()
    line.show("one")
    line.show("one")
    line.above("said")
    line.clear()
    line.clear()
    assert terminal.getvalue() == "\r\x1b[Kone\r\x1b[Ksaid\n\r\x1b[Kone\r\x1b[K"


def test_there_is_no_counter_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.StringIO()
    monkeypatch.setattr(sys, "stderr", output)
    line = StatusLine()
    line.show("one")
    line.above("said")
    line.clear()
    assert output.getvalue() == "said\n"


def test_what_is_logged_is_shown_harmless(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    output = io.StringIO()
    monkeypatch.setattr(sys, "stderr", output)
    own = logging.getLogger("wsinspect")
    caplog.set_level(logging.DEBUG, own.name)
    with log_above(StatusLine()):
        logging.getLogger("somewhere").warning("what\x1b[2J %s", "now")
        logging.getLogger("somewhere").info("nothing")
        own.info("rules in force: 1 of 2")
        own.debug("nothing")
    assert output.getvalue() == "warning: what\\x1b[2J now\ninfo: rules in force: 1 of 2\n"
