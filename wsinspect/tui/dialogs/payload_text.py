"""A payload as text in an editor, and back: as text, as JSON or as hexadecimal digits, none with a loss."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from wsinspect.present.json_layout import COMPACT, is_document, json_problem, laid_out, on_one_line, separators_of
from wsinspect.present.text import size_text
from wsinspect.present.written_bytes import WrittenProblem, bytes_of_base64, bytes_of_hex, hex_text

LARGEST_EDITED = 1 << 20
"""Bytes of a payload that is edited on the screen; larger ones go to the person's editor."""
LARGEST_HEX = 64 << 10
"""Bytes that are edited as hexadecimal digits, each of which takes three characters."""
LONGEST_LINE = 16 << 10
"""Characters of a line that is edited on the screen: with longer ones each key would take its time."""
MOST_LINES = 10_000
"""As many as are edited on the screen, for the same reason."""


class Form(enum.StrEnum):
    """How a payload is written in the editor."""

    TEXT = "text"
    JSON = "JSON"
    HEX = "hex"


class Layout(enum.StrEnum):
    """What of JSON in the editor is sent."""

    AS_TYPED = "as typed"
    COMPACT = "compact"


@dataclass(frozen=True, slots=True)
class Written:
    """A payload as it is written in the editor."""

    form: Form
    text: str
    layout: Layout
    separators: tuple[str, str]
    """What stands between the tokens of JSON that is sent compact."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What there is to say about what is written."""

    text: str
    good: bool
    """False where it is not what it looks like."""


def written(payload: bytes, *, of_text: bool) -> Written | None:
    """Write a payload in the form that fits it.

    Args:
        payload: The payload.
        of_text: Whether it belongs to a text message.

    Returns:
        The text; None where the payload is too large to be edited on the screen, or has too long a line.
    """
    text = _readable(payload, of_text=of_text)
    if len(payload) > (LARGEST_HEX if text is None else LARGEST_EDITED):
        return None
    if text is None:
        return in_form(payload, Form.HEX)
    return in_form(payload, Form.JSON if is_document(text) else Form.TEXT)


def in_form(payload: bytes, form: Form) -> Written | None:
    """Write a payload in a form; None where it cannot be written so on the screen."""
    if form is Form.HEX:
        return Written(form, hex_text(payload), Layout.AS_TYPED, COMPACT) if len(payload) <= LARGEST_HEX else None
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return None
    if form is Form.JSON and (separators := separators_of(text)) is not None:
        over_lines = laid_out(text)
        if over_lines is not None and fits_screen(over_lines):
            return Written(form, over_lines, Layout.COMPACT, separators)
    return Written(form, text, Layout.AS_TYPED, COMPACT) if fits_screen(text) else None


def fits_screen(text: str) -> bool:
    """Tell whether the lines of a text are short and few enough to be edited on the screen."""
    lines = text.split("\n")
    return len(lines) <= MOST_LINES and max(map(len, lines)) <= LONGEST_LINE


def payload_of(written: Written) -> bytes | WrittenProblem:
    """Return the payload that is written: JSON that is to be compact, but is none, is taken as it is typed."""
    if written.form is Form.HEX:
        return bytes_of_hex(written.text)
    if written.form is Form.JSON and written.layout is Layout.COMPACT:
        return (on_one_line(written.text, written.separators) or written.text).encode()
    return written.text.encode()


def finding(written: Written, before: int, *, of_text: bool) -> Finding:
    """Say what there is to say: the size, and whether it is what it looks like.

    Args:
        written: What is in the editor.
        before: Size that the payload had.
        of_text: Whether it is for a text message.
    """
    payload = payload_of(written)
    if isinstance(payload, WrittenProblem):
        return Finding(f"{_place(payload.line, payload.column)}: {payload.message}", good=False)
    size = f"{size_text(len(payload))} B"
    if len(payload) != before:
        size = f"{size_text(before)} B \u2192 {size}"
    if written.form is Form.JSON and (problem := json_problem(written.text)) is not None:
        return Finding(
            f"{size}  no JSON, sent as typed: {_place(problem.line, problem.column)}: {problem.message}", good=False
        )
    if of_text and _readable(payload, of_text=True) is None:
        return Finding(f"{size}  not UTF-8, which a text message has to be; sent all the same", good=False)
    return Finding(f"{size}  JSON" if written.form is Form.JSON else size, good=True)


def pasted_as_hex(text: str) -> str:
    """Turn what is pasted among hexadecimal digits into such: it may be base64."""
    if isinstance(bytes_of_hex(text), WrittenProblem) and isinstance(data := bytes_of_base64(text), bytes):
        return hex_text(data)
    return text


def _readable(payload: bytes, *, of_text: bool) -> str | None:
    """Return the text of a payload, where it is one that a person would want to edit as text."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return None
    return text if of_text or all(char.isprintable() or char in "\r\n\t" for char in text) else None


def _place(line: int, column: int) -> str:
    return f"line {line} column {column}"
