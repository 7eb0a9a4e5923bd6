"""A capture for the reading commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.recording import write_capture


@pytest.fixture(scope="session")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished capture with one of everything."""
    return write_capture(tmp_path_factory.mktemp("capture") / "chat.wsi")
