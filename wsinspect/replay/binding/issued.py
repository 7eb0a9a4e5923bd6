"""What the other side has said so far, indexed by value, so that what we say is found to be its.

Telling values are looked up wherever they were said. Of small numbers and words only the latest message of each kind
counts, and values of the same name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from wsinspect.replay.binding.bound import HANDSHAKE, Place
from wsinspect.replay.binding.contents import Contents, Said
from wsinspect.replay.binding.naming import Role, Strength, Traits, looks_random, strength, traits
from wsinspect.replay.binding.pieces import Around, Span, pieces
from wsinspect.replay.leaves import Scalar

type Normal = int | float | str | bytes
"""A value so that the number 12 and the text `12` are the same."""

MOST_PLACES = 64
"""Places of a value behind these are not remembered."""
_MOST_KINDS = 256
"""Of kinds behind these, no message is remembered as the latest."""
_LONGEST_INTEGER = 18


class Slot(NamedTuple):
    """Where values of one meaning are: a path in messages of a kind."""

    kind: str
    path: str
    """General."""


@dataclass(slots=True)
class Issue:
    """A telling value that was issued."""

    slot: Slot
    places: list[Place]
    """The first one is where it was said first."""


@dataclass(slots=True)
class Issued:
    """Remembers what the other side said."""

    own: set[Normal] = field(default_factory=set)
    """Telling values that we said first."""
    own_named: set[tuple[str, Normal]] = field(default_factory=set)
    """Others that we said first, with their keys."""
    telling: dict[Normal, Issue] = field(default_factory=dict)
    named: dict[tuple[str, Normal], tuple[Slot, Place]] = field(default_factory=dict)
    """By key and value, where it was said last."""
    counts: dict[str, int] = field(default_factory=dict)
    """Of each key: how many different values there were."""
    _latest: dict[str, tuple[int, Contents]] = field(default_factory=dict)
    """The latest message of each kind."""

    def take(self, event: int, contents: Contents) -> None:
        """Remember what a message, or a head, of the other side says."""
        for said in contents.values:
            value = said.value
            how = strength(value)
            if how is Strength.STRONG:
                self._take_telling(event, contents.kind, said, None)
            elif how is Strength.WEAK and event != HANDSHAKE and (known := traits(said.path)).is_id:
                self._take_named(event, contents, said, known)
            if isinstance(value, str):
                for span in pieces(value):
                    piece = value[span.start : span.end]
                    if looks_random(piece):
                        self._take_telling(event, contents.kind, Said(said.path, piece), Around.of(value, span))
        if event != HANDSHAKE and (contents.kind in self._latest or len(self._latest) < _MOST_KINDS):
            self._latest[contents.kind] = event, contents

    def _take_telling(self, event: int, kind: str, said: Said, around: Around | None) -> None:
        value = normal(said.value)
        issue = self.telling.get(value)
        if issue is None:
            if value in self.own:
                return
            issue = self.telling[value] = Issue(Slot(kind, traits(said.path).path), [])
        if len(issue.places) < MOST_PLACES:
            issue.places.append(Place(event, said.path, said.value, around))

    def _take_named(self, event: int, contents: Contents, said: Said, known: Traits) -> None:
        value = normal(said.value)
        if known.is_fixed or (isinstance(said.value, str) and known.in_list) or self._is_ours(contents, known, value):
            # Which one of a list of words is meant is the choice of the user who was recorded.
            return
        key = asked_key(said.path) if known.is_shared and contents.role is Role.ASKS else known.key
        if (key, value) not in self.named:
            self.counts[key] = self.counts.get(key, 0) + 1
        self.named[key, value] = Slot(contents.kind, known.path), Place(event, said.path, said.value)

    def _is_ours(self, contents: Contents, known: Traits, value: Normal) -> bool:
        """Tell whether the other side only repeats a value."""
        if known.is_shared and contents.role is not Role.NONE:
            return contents.role is Role.ANSWERS
        return (known.key, value) in self.own_named

    def following(self, value: Normal) -> Iterator[tuple[Slot, Place]]:
        """Find small numbers and words in the latest messages that are equal to a value of ours."""
        for kind, (event, contents) in self._latest.items():
            for said in contents.values:
                if _is_equal(said.value, value) and self._may_be_followed(contents, said, value):
                    yield Slot(kind, traits(said.path).path), Place(event, said.path, said.value)

    def place_in(self, slot: Slot, value: Normal) -> Place | None:
        """Return where the latest message of a kind has a value in a place; None where it has not."""
        event, contents = self._latest[slot.kind]
        for said in contents.values:
            if _is_equal(said.value, value) and traits(said.path).path == slot.path:
                return Place(event, said.path, said.value) if self._may_be_followed(contents, said, value) else None
        return None

    def _may_be_followed(self, contents: Contents, said: Said, value: Normal) -> bool:
        known = traits(said.path)
        return not (
            known.is_fixed
            or (known.is_shared and contents.role is not Role.NONE)
            or (known.is_id and self._is_ours(contents, known, value))
        )


def asked_key(path: str) -> str:
    """Return the key of the value that a request and its reply share."""
    return f"asked {path}"


def normal(value: Scalar) -> Normal:
    """Return a value as it is compared."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST_INTEGER:
        return int(value) if value[0] != "0" or value == "0" else value
    assert value is not None  # it has a strength
    return value


def _is_equal(value: Scalar, wanted: Normal) -> bool:
    if value == wanted:
        return not isinstance(value, bool)
    return isinstance(value, str) and isinstance(wanted, int) and value.isdigit() and value == str(wanted)


def spans_of(text: str) -> list[tuple[Span, str]]:
    """Return the telling pieces of a string, the longest first."""
    found = [(span, text[span.start : span.end]) for span in pieces(text)]
    found.sort(key=lambda piece: len(piece[1]), reverse=True)
    return [(span, piece) for span, piece in found if looks_random(piece) or "%" in piece]
