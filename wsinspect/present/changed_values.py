"""Values that differ, for people: `result.price  24.5 → 26.0`."""

from __future__ import annotations

import json

from wsinspect.present.differences import GONE, NEW
from wsinspect.present.lines import MARK, QUIET
from wsinspect.present.text import Cell, escape
from wsinspect.replay.comparing.comparison import FieldChange, Value, What

SHORT_CHARACTERS = 60
_CONTEXT_CHARACTERS = 12
"""Shown of what two long texts begin with, before they differ."""
ARROW = "\u2192"
_ELLIPSIS = "\u2026"


def path_text(path: str) -> str:
    """Write a path as short as it is clear: `result.price`, `[0]`; the whole is `the document`."""
    shown = path.removeprefix("$").removeprefix(".") if path.startswith("$") else path
    return escape(shown) or "the document"


def value_text(value: Value, *, whole: bool = False) -> str:
    """Write a value as in JSON, bytes as hex; one that is long is cut unless it is wanted whole."""
    if isinstance(value, str):
        # Cut before it is written: it may be a megabyte.
        shown = value if whole else value[: SHORT_CHARACTERS + 1]
        return _cut(escape(json.dumps(shown, ensure_ascii=False)[1:-1]), cut=not whole, quote='"')
    if isinstance(value, bytes):
        shown_bytes = value if whole else value[: SHORT_CHARACTERS // 2]
        return f"0x{shown_bytes.hex()}" + (_ELLIPSIS if len(shown_bytes) < len(value) else "")
    return _cut(escape(json.dumps(value, ensure_ascii=False, default=bytes.hex)), cut=not whole)


def change_line(change: FieldChange, *, whole: bool = False) -> list[Cell]:
    """Make the line of a value that differs."""
    name: Cell = (path_text(change.path), "")
    match change.what:
        case What.ADDED:
            return [("+ ", NEW), name, ("  ", ""), (value_text(change.new, whole=whole), NEW)]
        case What.REMOVED:
            return [("- ", GONE), name, ("  ", ""), (value_text(change.old, whole=whole), GONE)]
        case What.LENGTH:
            return [("  ", ""), name, (f"  {value_text(change.old)} {ARROW} {value_text(change.new)} elements", MARK)]
        case What.CHANGED | What.TYPE:
            old, new = _texts(change.old, change.new, whole=whole)
            line: list[Cell] = [("  ", ""), name, ("  ", ""), (old, GONE), (f" {ARROW} ", QUIET), (new, NEW)]
            return [*line, ("  (another type)", QUIET)] if change.what is What.TYPE else line


def _texts(old: Value, new: Value, *, whole: bool) -> tuple[str, str]:
    """Write two values; of long texts what is about the first place where they differ."""
    if whole or not isinstance(old, str) or not isinstance(new, str) or max(len(old), len(new)) <= SHORT_CHARACTERS:
        return value_text(old, whole=whole), value_text(new, whole=whole)
    same = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    start = max(same - _CONTEXT_CHARACTERS, 0)
    before = _ELLIPSIS if start else ""
    shown = [text[start : start + SHORT_CHARACTERS + 1] for text in (old, new)]
    return value_text(before + shown[0]), value_text(before + shown[1])


def _cut(text: str, *, cut: bool, quote: str = "") -> str:
    if cut and len(text) > SHORT_CHARACTERS:
        return f"{quote}{text[:SHORT_CHARACTERS]}{_ELLIPSIS}"
    return f"{quote}{text}{quote}"
