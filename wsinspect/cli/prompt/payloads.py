"""Payloads as they are written on a line: text, `@file`, `hex:…`, `base64:…`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from wsinspect.errors import WsinspectError
from wsinspect.present.written_bytes import WrittenProblem, bytes_of_base64, bytes_of_hex

FORMS = {"@": "the content of a file", "hex:": "bytes in hexadecimal", "base64:": "bytes in base64", "text:": "a text"}
"""How a payload may begin, and what follows then."""
_WRITTEN: dict[str, Callable[[str], bytes | WrittenProblem]] = {"hex:": bytes_of_hex, "base64:": bytes_of_base64}


class LineError(WsinspectError):
    """A line that cannot be done as it stands.

    Args:
        message: What is wrong.
        at: Characters of the line before the place where it is wrong.
    """

    def __init__(self, message: str, at: int = 0) -> None:
        super().__init__(message)
        self.at = at


def payload_of(written: str, at: int = 0) -> bytes:
    """Return the bytes that a payload stands for.

    Args:
        written: The payload as written.
        at: Where in the line it begins.

    Raises:
        LineError: It stands for none.
    """
    if written.startswith("@"):
        return _content_of(written[1:].strip(), at)
    for prefix, read in _WRITTEN.items():
        if written.startswith(prefix):
            found = read(written.removeprefix(prefix))
            if isinstance(found, WrittenProblem):
                within = found.column - 1 if found.line == 1 else 0
                raise LineError(found.message, at + len(prefix) + within)
            return found
    try:
        return written.removeprefix("text:").encode()
    except UnicodeEncodeError as error:
        raise LineError("a character in it is half of a pair, and no text by itself", at + error.start) from error


def _content_of(name: str, at: int) -> bytes:
    if not name:
        raise LineError("name a file: @FILE", at + 1)
    path = Path(name).expanduser()
    try:
        # What is no file may have no end.
        if path.exists() and not path.is_file():
            raise LineError(f"{path} is no file", at + 1)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise LineError(f"cannot read {path}: {why}", at + 1) from error
