"""`wsinspect` alone is the screen, which needs a terminal; what it is told of the engine, and says at its end."""

from __future__ import annotations

import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from wsinspect.cli.engine_process import EngineProcess
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.main import main
from wsinspect.cli.screen import make_screen, say_farewell, shown_engine
from wsinspect.engine.registry import EngineInfo
from wsinspect.errors import WsinspectError


def info(mode: str = "regular", listen: str = "0.0.0.0:8080") -> EngineInfo:
    return EngineInfo(7, "1", (listen,), (mode,), "/tmp/x.wsi", "/ca.pem", "unix:/tmp/x")  # noqa: S108 - no file is made


@pytest.mark.parametrize("arguments", [["screen"], ["--listen", "127.0.0.1:0"]])
def test_without_a_terminal_it_says_what_to_use_instead(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == ExitStatus.USAGE
    assert "wsinspect capture" in result.stderr


def test_in_a_pipe_wsinspect_alone_prints_its_help() -> None:
    result = CliRunner().invoke(main, [])
    assert result.exit_code == 0
    assert "starts the engine and the screen" in result.stdout


@pytest.mark.parametrize(
    ("mode", "hint"),
    [
        ("regular", "the proxy 127.0.0.1:8080, or run one: wsinspect exec -- PROGRAM"),
        ("socks5", "SOCKS proxy 127.0.0.1:8080"),
        ("reverse:wss://a.test@8080", "connect to 127.0.0.1:8080 in place of the server"),
        ("wireguard", "Let clients connect"),
    ],
)
def test_the_screen_is_told_what_to_do_where_nothing_is_captured_yet(mode: str, hint: str) -> None:
    shown = shown_engine(info(mode), owned=True)
    assert hint in shown.hint
    assert (shown.capture, shown.control, shown.owned) == (Path("/tmp/x.wsi"), "unix:/tmp/x", True)  # noqa: S108


def test_settings_that_cannot_be_used_are_told_before_there_is_a_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "wsinspect").mkdir()
    (tmp_path / "wsinspect" / "screen.toml").write_text('theme = "mauve"\n')
    with pytest.raises(WsinspectError, match="no theme 'mauve'"):
        make_screen(shown_engine(info(), owned=False))


@pytest.mark.parametrize(
    ("detached", "status", "said", "ends"),
    [
        (True, 0, "The engine 7 goes on.", 0),
        (False, 0, "No WebSocket came by", 0),
        (False, 1, "an expectation of a rule did not hold", 1),
    ],
)
def test_at_the_end_it_says_what_there_is(
    tmp_path: Path, detached: bool, status: int, said: str, ends: int, capsys: pytest.CaptureFixture[str]
) -> None:
    process: subprocess.Popen[bytes] = subprocess.Popen(["false" if status else "true"])
    process.wait()
    engine = EngineProcess(info(), process, tmp_path / "log", detached)
    with click.Context(click.Command("screen")):
        try:
            say_farewell(engine, tmp_path / "x.wsi")
            ended = 0
        except click.exceptions.Exit as end:
            ended = end.exit_code
    assert said in capsys.readouterr().err
    assert ended == ends
