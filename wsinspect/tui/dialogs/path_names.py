"""Names of files while they are typed."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from wsinspect.tui.widgets.proposals import Proposals

_MOST_READ = 5000
"""Entries of a folder that are looked at: a person does not go through more."""
_MOST_PROPOSED = 200


class PathNames:
    """Completes paths, from what there is."""

    def proposals(self, text: str, cursor: int) -> Proposals:
        """List the entries of a folder that begin as the name before the cursor does, folders with a `/`."""
        head, separator, begun = text[:cursor].rpartition("/")
        start = cursor - len(begun)
        found = sorted(_entries(head + separator, begun), key=_folders_first)
        words = tuple(name for name in found[:_MOST_PROPOSED] if name != begun)
        return Proposals(start, words, asked=bool(text) and bool(words))

    def taken(self, text: str, cursor: int, start: int, word: str) -> tuple[str, int]:
        """Put a name in place of what was begun of it."""
        rest = text[cursor:].removeprefix("/") if word.endswith("/") else text[cursor:]
        return text[:start] + word + rest, start + len(word)


def _entries(folder: str, begun: str) -> list[str]:
    try:
        with os.scandir(Path(folder).expanduser()) as entries:
            return [
                f"{entry.name}/" if entry.is_dir() else entry.name
                for entry in itertools.islice(entries, _MOST_READ)
                if entry.name.startswith(begun)
                and entry.name.isprintable()
                and (begun.startswith(".") or not entry.name.startswith("."))
            ]
    except (OSError, RuntimeError, ValueError):
        # It is not there, nobody has such a home, or it is no name at all.
        return []


def _folders_first(name: str) -> tuple[bool, str]:
    return not name.endswith("/"), name
