"""What was entered into a kind of field before, such as the filters of messages: in a file, for the next time too.

A file that cannot be read or written is no reason to stop a person: what was entered since the program started is
remembered all the same. Several programs may write the same file: each puts what it knows to what it finds.
"""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
from pathlib import Path

import platformdirs

MOST_ENTRIES = 200
LONGEST_ENTRY = 10_000
"""As long as a filter may be; longer ones are not kept."""
_LARGEST_FILE = MOST_ENTRIES * LONGEST_ENTRY


class History:
    """The entries of one kind, each once.

    Args:
        path: The file, a line for each entry, the newest last.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entered: list[str] = []

    def entries(self) -> list[str]:
        """Return what was entered, the newest last."""
        return _newest([*self._on_disk(), *self._entered])

    def add(self, entry: str) -> None:
        """Remember an entry as the newest; what is not one line of text is not kept."""
        if not _is_kept(entry):
            return
        self._entered = _newest([*self._entered, entry])
        with contextlib.suppress(OSError):
            self._write(self.entries())

    def _on_disk(self) -> list[str]:
        try:
            with self._path.open("rb") as file:
                text = file.read(_LARGEST_FILE).decode("utf-8", "replace")
        except OSError:
            return []
        return [line for line in text.split("\n") if _is_kept(line)]

    def _write(self, entries: list[str]) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A name of its own in the same folder: whoever reads sees the old file or the new one, never half of one.
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write("".join(f"{entry}\n" for entry in entries).encode("utf-8", "replace"))
            Path(name).replace(self._path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise


class Walk:
    """Goes back and forth through a history, from a text that is being written, and back to that text.

    Args:
        history: The history as it is now.
        draft: The text that was there before.
    """

    def __init__(self, history: History, draft: str) -> None:
        self._texts = [*(entry for entry in history.entries() if entry != draft), draft]
        self._place = len(self._texts) - 1

    def older(self) -> str | None:
        """Return the entry before; None at the oldest."""
        return self._go(-1)

    def newer(self) -> str | None:
        """Return the entry after, the draft at last; None after that."""
        return self._go(1)

    def _go(self, step: int) -> str | None:
        if not 0 <= self._place + step < len(self._texts):
            return None
        self._place += step
        return self._texts[self._place]


def folder() -> Path:
    """Return where histories are kept: the user's folder for such things."""
    return platformdirs.user_state_path("wsinspect", appauthor=False) / "history"


def history_of(kind: str) -> History:
    """Return the history of a kind such as `messages`, the same one each time."""
    return _history_at(folder() / kind)


@functools.cache
def _history_at(path: Path) -> History:
    return History(path)


def _newest(entries: list[str]) -> list[str]:
    # A dict keeps the place of a key's first mention: turned around, that is the last one.
    return list(dict.fromkeys(reversed(entries)))[:MOST_ENTRIES][::-1]


def _is_kept(entry: str) -> bool:
    return 0 < len(entry) <= LONGEST_ENTRY and not entry.isspace() and entry.isprintable()
