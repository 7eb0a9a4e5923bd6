"""What a payload was found to hold: a tree of nodes, each with the text or bytes that the peer wrote.

A tree is never deeper than `DEEPEST`, so that whoever walks it may do so as is easiest.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple

DEEPEST = 128
"""Levels of nodes below the root; what is nested deeper is jumped over."""


class Kind(enum.Enum):
    """What a node is."""

    OBJECT = "object"
    """Of JSON; a map of MessagePack and CBOR; a message of protobuf; the fields of a form."""
    ARRAY = "array"
    SEQUENCE = "sequence"
    """Several documents one behind the other."""
    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    NULL = "null"
    WORD = "word"
    """A value with a name of its own that JSON lacks, such as CBOR's `undefined`."""
    BYTES = "bytes"
    TIMESTAMP = "timestamp"
    EXTENSION = "extension"
    """Of MessagePack: a number that says what its bytes are."""
    TAG = "tag"
    """Of CBOR: a number that says what its only child is."""
    ELEMENT = "element"
    ATTRIBUTE = "attribute"
    TEXT = "text"
    """Between the tags of XML, or a whole text."""
    COMMENT = "comment"
    INSTRUCTION = "instruction"
    """Of XML: a processing instruction, or a declaration such as `<!DOCTYPE html>`."""


class Node(NamedTuple):
    """A value and what is in it.

    A named tuple, not a data class: a message may have thousands, and nothing else is made as fast.
    """

    kind: Kind
    key: str | None
    """What it is called in its container, in the notation of the format: `"price"` in JSON as written, with its quotes
    and escapes; the number of a protobuf field; the name of an element or attribute. None: it has a position only."""
    value: str | bytes | None
    """As the peer wrote it: a token of JSON, text of XML with its entities; strings of binary formats are quoted as in
    JSON, numbers written in full. Bytes for BYTES and EXTENSION. None for what has children instead."""
    start: int
    """Where it begins, in bytes of what was read; a member of an object begins with its value, not with its key."""
    end: int
    """Where it ends."""
    children: tuple[Node, ...] = ()
    label: str = ""
    """The type in the words of the format, where it says more than the kind: `uint16`, `tag 32`, `varint`."""
    remark: str = ""
    """For people: what was left out of it or is odd about it; another way to read it."""


@dataclass(frozen=True, slots=True)
class Structure:
    """A payload that was recognised."""

    format: str
    """For people: `JSON`, `XML`, `HTML`, `form`, `MessagePack`, `CBOR`, `protobuf`; `text` and `bytes` of what was
    compressed and is nothing else."""
    root: Node
    sure: bool
    """False where the format merely fits, or the payload is not quite what the format allows."""
    prefix: str = ""
    """What stands before the root, as `42` of Socket.IO does before JSON."""
    wrapping: str = ""
    """How it was compressed: `gzip`, `zlib`, `deflate`; empty if it was not."""
    unwrapped: bytes | None = None
    """What offsets of nodes refer to, where that is not the payload: its inflated content, or the beginning of it."""
    remarks: tuple[str, ...] = ()
    """For people: what was cut, and where the payload departs from the format. A sentence each."""
