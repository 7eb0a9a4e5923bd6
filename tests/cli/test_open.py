"""`open` needs a terminal, and a capture; on the screen it is in the end-to-end tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from wsinspect.cli import open as module
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.main import main


def test_without_a_terminal_it_says_what_to_use_instead(capture: Path) -> None:
    result = CliRunner().invoke(main, ["open", str(capture)])
    assert result.exit_code == ExitStatus.USAGE
    assert "wsinspect messages" in result.stderr


def test_what_is_no_capture_is_told_before_there_is_a_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "need_terminal", lambda: None)
    path = tmp_path / "x.wsi"
    path.write_text("hello")
    result = CliRunner().invoke(main, ["open", str(path)])
    assert result.exit_code == ExitStatus.INPUT
    assert "not a wsinspect capture" in result.stderr
