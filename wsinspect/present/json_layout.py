"""JSON laid out over lines and put together again, token by token: no digit, escape or double key is re-encoded."""

from __future__ import annotations

import re
from dataclasses import dataclass

import orjson

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s"\[\]{},:]+')
_STRING = re.compile(r'("(?:[^"\\]|\\.)*")')
_INDENT = "  "
_DEEPEST = 64
"""JSON nested deeper is not laid out: its indentation would outgrow it."""
COMPACT = (",", ":")
SPACED = (", ", ": ")
"""What most programs put between tokens where they put it all into one line: comma and colon."""


@dataclass(frozen=True, slots=True)
class JsonProblem:
    """Why a text is no JSON."""

    message: str
    line: int
    """1-based."""
    column: int
    """1-based, in characters."""


def json_problem(text: str) -> JsonProblem | None:
    """Say why a text is no JSON; None if it is."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return JsonProblem(error.msg, error.lineno, error.colno)
    return None


def is_document(text: str) -> bool:
    """Tell whether a text is a JSON object or array: a number or a word by itself is rather a text."""
    return text.lstrip()[:1] in ("{", "[") and json_problem(text) is None


def laid_out(text: str) -> str | None:
    """Lay JSON out, one value a line; None where the text is no JSON, or too deep to be laid out."""
    if json_problem(text) is not None:
        return None
    depth = 0
    parts: list[str] = []
    tokens = _TOKEN.findall(text)
    for token, following in zip(tokens, [*tokens[1:], ""], strict=True):
        match token:
            case "{" | "[":
                depth += 1
                if depth > _DEEPEST:
                    return None
                parts.append(token if following in ("}", "]") else f"{token}\n{_INDENT * depth}")
            case "}" | "]":
                depth -= 1
                # What is empty stays on its line.
                parts.append(token if parts[-1] in ("{", "[") else f"\n{_INDENT * depth}{token}")
            case ",":
                parts.append(f",\n{_INDENT * depth}")
            case ":":
                parts.append(": ")
            case _:
                parts.append(token)
    return "".join(parts)


def on_one_line(text: str, separators: tuple[str, str] = COMPACT) -> str | None:
    """Put JSON into one line; None where the text is no JSON.

    Args:
        text: The JSON.
        separators: What stands between values, and between a key and its value.
    """
    if json_problem(text) is not None:
        return None
    comma, colon = separators
    # Strings, and what stands between them by turns.
    parts = _STRING.split(text)
    parts[::2] = [
        "".join(part.split()).replace(",", comma).replace(":", colon) if part != ":" else colon for part in parts[::2]
    ]
    return "".join(parts)


def separators_of(text: str) -> tuple[str, str] | None:
    """Tell how JSON on one line is written; None where it is written in a way of its own."""
    return next((each for each in (COMPACT, SPACED) if on_one_line(text, each) == text), None)
