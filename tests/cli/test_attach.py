"""`attach` needs a terminal, and an engine; on the screen it is in the end-to-end tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from wsinspect.cli import attach as module
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.main import main


def test_without_a_terminal_it_says_what_to_use_instead() -> None:
    result = CliRunner().invoke(main, ["attach"])
    assert result.exit_code == ExitStatus.USAGE
    assert "needs a terminal" in result.stderr


def test_without_an_engine_it_says_how_to_start_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "need_terminal", lambda: None)
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    result = CliRunner().invoke(main, ["attach"])
    assert result.exit_code == ExitStatus.ENGINE
    assert "wsinspect capture" in result.stderr
