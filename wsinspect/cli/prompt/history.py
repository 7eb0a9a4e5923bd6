"""What was typed at the prompt, kept in a file of the user's own that others cannot read and that does not grow on."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import override

import platformdirs
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

_MOST_BYTES = 1 << 20
_ENTRY = b"\n# "
"""Where an entry begins: with a comment that says when it was typed."""


def history_path() -> Path:
    """Where it is kept."""
    return platformdirs.user_state_path("wsinspect", appauthor=False) / "send-history"


def open_history(path: Path | None) -> History:
    """Open it; where the file cannot be written, nothing is kept.

    Args:
        path: The file; None: nothing is kept.
    """
    if path is None:
        return InMemoryHistory()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Messages may hold passwords and tokens.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600))
        _shorten(path)
    except OSError:
        return InMemoryHistory()
    return KeptHistory(str(path))


def _shorten(path: Path) -> None:
    if path.stat().st_size <= _MOST_BYTES:
        return
    content = path.read_bytes()
    begin = content.find(_ENTRY, len(content) - _MOST_BYTES // 2)
    path.write_bytes(content[begin:] if begin >= 0 else b"")


class KeptHistory(FileHistory):
    """A history file that is left alone where it cannot be used any more."""

    @override
    def load_history_strings(self) -> Iterable[str]:
        found: list[str] = []
        with contextlib.suppress(OSError):
            found = list(super().load_history_strings())
        # What is no UTF-8 in the file comes as lone surrogates or replacements, which a terminal cannot be given.
        return [entry.encode("utf-8", "replace").decode() for entry in found]

    @override
    def store_string(self, string: str) -> None:
        # A full disk is no reason not to send a message.
        with contextlib.suppress(OSError):
            super().store_string(string)
