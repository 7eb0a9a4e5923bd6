"""How one message differs from another one, before anything is said about what matters."""

from __future__ import annotations

from dataclasses import dataclass

from wsinspect.replay.comparing.comparison import FieldChange, What
from wsinspect.replay.comparing.field_changes import field_changes
from wsinspect.replay.comparing.reading import Content
from wsinspect.replay.leaves import layout
from wsinspect.replay.recording import Event
from wsinspect.wire.opcodes import Opcode

_VALUES_ALONE = ("JSON", "MessagePack", "CBOR", "form")
"""Formats in which there is nothing but values, and ways to write them."""


@dataclass(frozen=True, slots=True)
class MessageChanges:
    """How a message differs."""

    fields: tuple[FieldChange, ...] = ()
    words: bool = False
    """Whether these are words of a text, or bytes, which say little apart from what is around them."""
    content: bool = False
    """Whether there is more to it than these."""
    spelling: bool = False
    """Whether the same values are written in another way."""
    cut: bool = False
    """Whether a part of one is not on record; what is was compared byte by byte."""


_NONE = MessageChanges()


def message_changes(old: Event, new: Event, old_content: Content, new_content: Content) -> MessageChanges:
    """Compare two messages.

    Args:
        old: The one.
        new: The other.
        old_content: What the one says.
        new_content: What the other says.
    """
    if not (old.complete and new.complete):
        known = min(len(old.payload), len(new.payload))
        return MessageChanges(content=old.payload[:known] != new.payload[:known], cut=True)
    if (old.opcode, old.payload) == (new.opcode, new.payload):
        return _NONE
    what = (*_head("@type", _type(old), _type(new)),)
    if old_content.is_document and new_content.is_document:
        return _of_documents(what, old_content, new_content)
    if what or old_content.paths != new_content.paths:
        return MessageChanges(what, content=True)
    fields = tuple(field_changes(old_content, new_content))
    return MessageChanges(fields, words=True, content=_around(old) != _around(new))


def _of_documents(what: tuple[FieldChange, ...], old: Content, new: Content) -> MessageChanges:
    before, after = old.shape, new.shape
    fields = (*what, *_head("@prefix", before.prefix, after.prefix), *field_changes(old, new))
    if fields or before.format != after.format:
        return MessageChanges(fields, content=not fields)
    written = before.format in _VALUES_ALONE
    return MessageChanges(content=not written, spelling=written)


def _head(path: str, old: str, new: str) -> tuple[FieldChange, ...]:
    return () if old == new else (FieldChange(path, What.CHANGED, old, new),)


def _type(event: Event) -> str:
    return Opcode(event.opcode).name.lower() if event.opcode in Opcode else f"{event.opcode:#x}"


def _around(event: Event) -> list[bytes]:
    """Return what is before, between and after the words or bytes that are compared one by one."""
    found = layout(event.payload, of_text=event.opcode == Opcode.TEXT)
    pieces, at = [], 0
    for leaf in found.leaves:
        pieces.append(event.payload[at : leaf.start])
        at = leaf.end
    return [*pieces, event.payload[at:]]
