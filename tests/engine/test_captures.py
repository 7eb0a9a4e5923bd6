"""Files for captures that nobody named a place for."""

from __future__ import annotations

from pathlib import Path

import pytest

from wsinspect.engine.captures import captures_directory, default_capture_path
from wsinspect.errors import EngineError


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path / "wsinspect" / "captures"


def test_a_name_is_a_date_in_the_users_data_folder_and_no_file_yet(data: Path) -> None:
    path = default_capture_path()
    assert path.parent == captures_directory() == data
    assert path.suffix == ".wsi"
    assert data.is_dir()
    assert not path.exists()


def test_a_name_that_is_taken_is_not_taken_again() -> None:
    taken = {default_capture_path()}
    for path in taken:
        path.touch()
    assert default_capture_path() not in taken


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "wsinspect").write_text("in the way")
    with pytest.raises(EngineError, match="folder of captures"):
        default_capture_path()
