"""Settings are read, and all that is wrong with them is told, with what may be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from wsinspect.errors import WsinspectError
from wsinspect.tui.settings import Settings, read_settings, settings_path


def read(folder: Path, text: str) -> Settings:
    path = folder / "screen.toml"
    path.write_text(text)
    return read_settings(path, themes=lambda: ["nord", "dracula"], keys=lambda: ["traffic.break", "messages.follow"])


def test_there_need_not_be_any(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "none.toml", themes=list, keys=list) == Settings()
    assert read(tmp_path, "") == Settings()
    assert settings_path().name == "screen.toml"


def test_a_theme_and_keys(tmp_path: Path) -> None:
    text = 'theme = "nord"\n[keys]\n"traffic.break" = "ctrl+b"\n'
    assert read(tmp_path, text) == Settings("nord", {"traffic.break": "ctrl+b"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("theme = ", "is no TOML"),
        ('theme = "nort"', r"there is no theme 'nort' \(did you mean 'nord'\?\)"),
        ("thema = 1", r"unknown setting 'thema' \(did you mean 'theme'\?\)"),
        ("keys = 3", "has to be a table"),
        ('[keys]\n"traffic.brake" = "b"', r"did you mean 'traffic.break'\?"),
        ('[keys]\n"traffic.break" = 3', "has to be text"),
        ('theme = "x"\n[keys]\n"traffic.break" = ""', "there is no theme 'x'; the key of"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(WsinspectError, match=told) as raised:
        read(tmp_path, text)
    assert raised.value.where == str(tmp_path / "screen.toml")


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(WsinspectError, match="cannot be read"):
        read_settings(tmp_path, themes=list, keys=list)
