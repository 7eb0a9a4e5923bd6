"""What the other side has said so far, indexed by value, so that what we say is found to be its.

Telling values are looked up wherever they were said. Of small numbers and words only the latest message of each kind
counts, and values of the same name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from wsinspect.replay.bound import HANDSHAKE, Place
from wsinspect.replay.contents import Contents, Said
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.naming import (
    Role,
    Strength,
    is_id,
    is_of_request,
    key_of,
    looks_random,
    says_what_it_is,
    strength,
)
from wsinspect.replay.paths import general
from wsinspect.replay.pieces import Around, Span, pieces

type Normal = int | float | str | bytes
"""A value so that the number 12 and the text `12` are the same."""

MOST_PLACES = 64
"""Places of a value behind these are not remembered."""
_MOST_OF_SLOT = 16
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
    latest: dict[Slot, list[tuple[Normal, Place]]] = field(default_factory=dict)
    """The values of the latest message of each kind."""
    holders: dict[Normal, dict[Slot, None]] = field(default_factory=dict)
    """By value: in which slots it is the latest."""

    def take(self, event: int, contents: Contents) -> None:
        """Remember what a message, or a head, of the other side says."""
        weak: dict[Slot, list[tuple[Normal, Place]]] = {}
        for said in contents.values:
            how = strength(said.value)
            if how is Strength.STRONG:
                self._take_telling(event, contents.kind, said, None)
            elif how is Strength.WEAK and event != HANDSHAKE and not says_what_it_is(said.path):
                self._take_weak(event, contents, said, weak)
            if isinstance(said.value, str):
                self._take_pieces(event, contents.kind, said, said.value)
        for slot, values in weak.items():
            self._renew(slot, values)

    def _take_telling(self, event: int, kind: str, said: Said, around: Around | None) -> None:
        value = normal(said.value)
        issue = self.telling.get(value)
        if issue is None:
            if value in self.own:
                return
            issue = self.telling[value] = Issue(Slot(kind, general(said.path)), [])
        if len(issue.places) < MOST_PLACES:
            issue.places.append(Place(event, said.path, said.value, around))

    def _take_pieces(self, event: int, kind: str, said: Said, text: str) -> None:
        for span in pieces(text):
            piece = text[span.start : span.end]
            if looks_random(piece):
                self._take_telling(event, kind, Said(said.path, piece), Around.of(text, span))

    def _take_weak(
        self, event: int, contents: Contents, said: Said, weak: dict[Slot, list[tuple[Normal, Place]]]
    ) -> None:
        shared = contents.role is not Role.NONE and is_of_request(said.path)
        if shared and contents.role is Role.ANSWERS:
            return  # it is ours
        value = normal(said.value)
        slot, place = Slot(contents.kind, general(said.path)), Place(event, said.path, said.value)
        if not shared and (key_of(said.path), value) in self.own_named:
            return
        if is_id(said.path) and not (isinstance(said.value, str) and "[" in said.path):
            # Which one of a list of words is meant is the choice of the user who was recorded.
            key = asked_key(said.path) if shared else key_of(said.path)
            if (key, value) not in self.named:
                self.counts[key] = self.counts.get(key, 0) + 1
            self.named[key, value] = slot, place
        if not shared:
            values = weak.setdefault(slot, [])
            if len(values) < _MOST_OF_SLOT:
                values.append((value, place))

    def _renew(self, slot: Slot, values: list[tuple[Normal, Place]]) -> None:
        for value, _ in self.latest.get(slot, ()):
            holders = self.holders.get(value, {})
            holders.pop(slot, None)
            if not holders:
                self.holders.pop(value, None)
        self.latest[slot] = values
        for value, _ in values:
            self.holders.setdefault(value, {})[slot] = None

    def place_in(self, slot: Slot, value: Normal) -> Place | None:
        """Return where the latest message of a kind has a value; None where it has not."""
        return next((place for known, place in self.latest[slot] if known == value), None)


def asked_key(path: str) -> str:
    """Return the key of the value that a request and its reply share."""
    return f"asked {path}"


def normal(value: Scalar) -> Normal:
    """Return a value as it is compared."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST_INTEGER:
        return int(value) if value[0] != "0" or value == "0" else value
    assert value is not None  # it has a strength
    return value


def spans_of(text: str) -> list[tuple[Span, str]]:
    """Return the telling pieces of a string, the longest first."""
    found = [(span, text[span.start : span.end]) for span in pieces(text)]
    found.sort(key=lambda piece: len(piece[1]), reverse=True)
    return [(span, piece) for span, piece in found if looks_random(piece) or "%" in piece]
