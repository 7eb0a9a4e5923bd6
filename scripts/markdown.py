"""Markdown of the generated pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def inline(text: str) -> str:
    """Put a paragraph on one line, and keep what looks like a tag from becoming one."""
    return " ".join(text.split()).replace("<", "&lt;")


def table(*heads: str, rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Write a table."""
    for row in [heads, ("---",) * len(heads), *rows]:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
