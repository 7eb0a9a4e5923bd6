"""What a YAML parser finds wrong, in words for whoever wrote the file.

The parser's own words name its grammar's parts. The mistakes that are made most in rule files are told as what to do.
"""

from __future__ import annotations

import re

import yaml

from wsinspect.rules.problems import Place

_BARE_TEMPLATE = re.compile(r"(?:^|[:,\[-])\s*\{\{")


def explain(error: yaml.YAMLError, text: str) -> tuple[Place | None, str]:
    """Say where and what is wrong.

    Args:
        error: The parser's.
        text: Of the file.
    """
    mark, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    words = [getattr(error, "context", None), getattr(error, "problem", None)]
    why = ", ".join(word for word in words if word) or str(error)
    if mark is None:
        return None, f"this is no YAML: {why}"
    lines = text.splitlines() or [""]
    if context is not None and "expected ':'" in why:
        mark, why = context, "there is no colon, with a space behind it, after this key"
    elif mark.line < len(lines):
        why = _advice(why, lines[mark.line], mark.column) or why
    return _place_within(lines, mark.line + 1, mark.column + 1), f"this is no YAML: {why}"


def _advice(why: str, line: str, column: int) -> str | None:
    if "cannot start any token" in why:
        sign = line[column : column + 1]
        return "it is indented with spaces, not with tabs" if sign == "\t" else _wants_quotes(sign)
    if "while scanning an alias" in why or "while scanning an anchor" in why:
        return _wants_quotes("*" if "alias" in why else "&")
    if "unknown escape character" in why:
        return r"in double quotes a backslash begins an escape; in single quotes it is itself: '\d+'"
    if _BARE_TEMPLATE.search(line[:column]):
        return _wants_quotes("{{")
    if "mapping values are not allowed" in why:
        return "a second colon: put quotes around a text that has one, and a key on a line of its own"
    return None


def _wants_quotes(beginning: str) -> str:
    return f"a text that begins with {beginning} needs quotes"


def _place_within(lines: list[str], line: int, column: int) -> Place:
    """Return a place, or the end of the file where the parser means a line behind it."""
    return Place(line, column) if line <= len(lines) else Place(len(lines), len(lines[-1]) + 1)
