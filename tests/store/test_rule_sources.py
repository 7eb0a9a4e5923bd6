"""Rules name no file outside of their folder, and none that would be waited for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wsinspect.errors import RuleError
from wsinspect.store import rule_sources
from wsinspect.store.rule_sources import contained, read_content


def test_content_comes_from_the_folder_or_below(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    (folder / "below").mkdir(parents=True)
    (folder / "below" / "a.bin").write_bytes(b"\x00content")
    (tmp_path / "secret").write_text("not yours")
    (folder / "link").symlink_to(tmp_path / "secret")
    assert read_content(str(folder), "below/a.bin") == b"\x00content"
    for name in ("../secret", str(tmp_path / "secret"), "link", "below/../../secret"):
        with pytest.raises(RuleError, match="outside"):
            read_content(str(folder), name)
    with pytest.raises(RuleError, match="cannot be read"):
        read_content(str(folder), "missing")
    assert contained(str(folder), "new/file") == (folder / "new" / "file").resolve()


def test_content_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_sources, "MAX_CONTENT_BYTES", 10)
    (tmp_path / "a").write_bytes(b"x" * 11)
    with pytest.raises(RuleError, match="larger"):
        read_content(str(tmp_path), "a")


def test_what_is_no_plain_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(RuleError, match="cannot be read"):
            read_content(str(tmp_path), name)
