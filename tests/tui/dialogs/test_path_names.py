"""Names of files are proposed from what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from wsinspect.tui.dialogs.path_names import PathNames


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("chat.wsi", "chart.png", ".hidden", "odd\x1bname"):
        (tmp_path / name).touch()
    (tmp_path / "charts").mkdir()
    return tmp_path


def test_names_that_begin_so_are_proposed_folders_first(folder: Path) -> None:
    text = f"{folder}/cha"
    found = PathNames().proposals(text, len(text))
    assert found.words == ("charts/", "chart.png", "chat.wsi")
    assert found.asked
    assert PathNames().taken(text, len(text), found.start, "charts/") == (f"{folder}/charts/", len(str(folder)) + 8)


def test_hidden_names_are_proposed_when_they_are_begun(folder: Path) -> None:
    assert ".hidden" not in PathNames().proposals(f"{folder}/", len(f"{folder}/")).words
    assert PathNames().proposals(f"{folder}/.h", len(f"{folder}/.h")).words == (".hidden",)


def test_a_name_in_the_middle_is_replaced(folder: Path) -> None:
    text = f"{folder}/cha/x"
    cursor = len(text) - 2
    found = PathNames().proposals(text, cursor)
    assert PathNames().taken(text, cursor, found.start, "charts/")[0] == f"{folder}/charts/x"


@pytest.mark.parametrize("text", ["/no/such/folder/x", "~nobody-here/", "a\0b/"])
def test_what_is_not_there_has_no_names(text: str) -> None:
    assert PathNames().proposals(text, len(text)).words == ()


def test_home_and_the_current_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.chdir(folder)
    assert "chat.wsi" in PathNames().proposals("~/", 2).words
    assert PathNames().proposals("chat", 4).words == ("chat.wsi",)
    assert not PathNames().proposals("", 0).asked
