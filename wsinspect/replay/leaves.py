"""The values in a payload, each with its path and its place, so that single ones can be compared and replaced.

All bytes but those of the replaced values stay as they are.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

type Scalar = str | int | float | bool | bytes | None


class Form(enum.Enum):
    """How a value is written where it stands."""

    JSON = "json"
    MESSAGEPACK = "messagepack"
    CBOR = "cbor"
    TEXT = "text"
    """As it is: a word of a text, the value of a form, text and attributes of XML."""
    BYTES = "bytes"
    """In place, in as many bytes as it has now."""


class Leaf(NamedTuple):
    """A value."""

    path: str
    """As JSONPath in the notation of RFC 9535: `$.user.id`, `$[1]['a b']`; `$` is the whole document, and the first of
    several documents is `$0`, the second `$1`. What is no document: `@ack` is the number behind the prefix of
    Socket.IO, `@3` the fourth word with a digit in a text, `@4:8` bytes 4 to 7."""
    value: Scalar
    start: int
    """Offset in the payload, in bytes."""
    end: int
    form: Form


@dataclass(frozen=True, slots=True)
class Layout:
    """A payload and the values in it."""

    payload: bytes
    format: str
    """`JSON`, `MessagePack` …, `text`, `bytes`."""
    prefix: str
    """What stands before the document, without numbers that change: `42` of Socket.IO."""
    leaves: tuple[Leaf, ...]
    containers: tuple[str, ...]
    """Paths of objects and arrays that are empty."""


def layout(payload: bytes, *, of_text: bool) -> Layout:
    """Find the values in a payload. Raises nothing on what a peer sent.

    Args:
        payload: Readable.
        of_text: Whether it belongs to a text message.
    """
    raise NotImplementedError


def rewritten(laid_out: Layout, changes: Iterable[tuple[Leaf, Scalar]]) -> bytes:
    """Return the payload with some values replaced.

    Raises:
        ValueError: A value cannot be written where it is to go.
    """
    raise NotImplementedError


def general(path: str) -> str:
    """Return a path with `*` for each position in an array, so that paths of like messages are the same."""
    raise NotImplementedError


def matches(path: str, patterns: Sequence[str]) -> bool:
    """Tell whether a path is meant by one of those that a user wrote.

    `token` and `$..token` mean every value with that name, `$.user` and all below it, `$.items[*].id` one in each.
    """
    raise NotImplementedError
