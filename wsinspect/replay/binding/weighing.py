"""Weighs whether the small numbers and words in one place of our messages follow what the other side said.

One number that is the same proves nothing. What does: that they go on being the same while they change, that they have
the name of an id on both sides, or that they count on from where the other side told to begin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from wsinspect.replay.binding.bound import Place
from wsinspect.replay.binding.contents import Contents, Said
from wsinspect.replay.binding.issued import Issued, Normal, Slot, asked_key, normal
from wsinspect.replay.binding.naming import Role, traits

_SAME_NAME_USES = 2
_OTHER_NAME_USES = 3
_HOW = {
    0: "always that of the latest of",
    1: "always one more than that of the latest of",
    -1: "always one less than that of the latest of",
}
_MOST_CANDIDATES = 16
_TELLING_START = 1000
"""A count that goes on from a larger number was told where to begin."""
_ANSWERED = 0.8
"""So much of what was asked is answered, where numbers are those of requests."""


class Following(NamedTuple):
    """A value of ours, and what it follows."""

    event: int
    said: Said
    place: Place
    slot: Slot
    """Of what it follows."""
    offset: int


@dataclass(slots=True)
class _Use:
    event: int
    said: Said
    value: Normal
    named: tuple[Slot, Place] | None
    """What was said before with the same value and key."""


@dataclass(slots=True)
class Weighing:
    """The values of one place of our messages.

    Args:
        slot: Which.
    """

    slot: Slot
    role: Role = Role.NONE
    _uses: list[_Use] = field(default_factory=list)
    _values: set[Normal] = field(default_factory=set)
    _fitting: dict[tuple[Slot, int], list[Place]] = field(default_factory=dict)
    """By what they may follow, at which distance: the place of each value so far."""
    _beginnings: dict[tuple[Slot, int], Place] = field(default_factory=dict)
    """What fitted the first value."""
    _counts: bool = True
    """Whether each value is one more than that before."""
    _hopeless: bool = False
    """Whether nothing can be known any more."""

    def use(self, event: int, said: Said, contents: Contents, issued: Issued) -> None:
        """Take a value of ours, with what the other side has said so far."""
        if self._hopeless:
            return
        value, known = normal(said.value), traits(said.path)
        role = contents.role if known.is_shared else Role.NONE
        if role is Role.ASKS:
            return  # the number of our own request
        self.role = role
        named = self._named(said, value, issued) if known.is_id else None
        if self._uses:
            before = self._uses[-1].value
            self._counts = self._counts and isinstance(value, int) and value - 1 == before
            self._go_on(value, issued)
        elif self.role is Role.NONE:
            self._counts = isinstance(value, int)
            self._begin(value, issued)
        self._uses.append(_Use(event, said, value, named))
        self._values.add(value)
        self._hopeless = not (self._fitting or self._counts or known.is_id)

    def _named(self, said: Said, value: Normal, issued: Issued) -> tuple[Slot, Place] | None:
        if self.role is Role.ANSWERS:
            return issued.named.get((asked_key(said.path), value))
        key = traits(said.path).key
        if (key, value) in issued.own_named:
            return None
        found = issued.named.get((key, value))
        if found is None:
            issued.own_named.add((key, value))
        return found

    def _begin(self, value: Normal, issued: Issued) -> None:
        for offset in _HOW if isinstance(value, int) else (0,):
            wanted = value - offset if isinstance(value, int) else value
            for slot, place in sorted(issued.following(wanted), key=lambda found: self._unlike(found[0])):
                if len(self._fitting) < _MOST_CANDIDATES:
                    self._fitting[slot, offset] = [place]
                    self._beginnings[slot, offset] = place

    def _go_on(self, value: Normal, issued: Issued) -> None:
        for (slot, offset), places in list(self._fitting.items()):
            wanted = value - offset if isinstance(value, int) else value
            place = issued.place_in(slot, wanted)
            if place is None:
                del self._fitting[slot, offset]
            else:
                places.append(place)

    def _unlike(self, slot: Slot) -> bool:
        return not self._same_name(slot)

    def _same_name(self, slot: Slot) -> bool:
        return traits(slot.path).key == traits(self.slot.path).key

    @property
    def is_own_count(self) -> bool:
        """Whether we count by ourselves, from the start."""
        return self._counts and len(self._uses) > 1 and self._uses[0].value in (0, 1)

    def verdict(self, issued: Issued) -> tuple[list[Following], str]:
        """Return what follows something, and how that is known."""
        if not self._uses:
            return [], ""
        for followings, why in (self._latest(), self._counted(), self._by_name(issued)):
            if followings:
                return list(followings), why
        return [], ""

    def _latest(self) -> tuple[list[Following], str]:
        """Weigh whether they always are those of the latest message."""
        different = len(self._values)
        for (slot, offset), places in sorted(self._fitting.items(), key=self._rank):
            if self._same_name(slot):
                sure = different >= _SAME_NAME_USES and not (self.is_own_count and offset)
            else:
                sure = different >= _OTHER_NAME_USES and not self.is_own_count
            if sure:
                followings = [
                    Following(use.event, use.said, place, slot, offset)
                    for use, place in zip(self._uses, places, strict=True)
                ]
                return followings, _HOW[offset]
        return [], ""

    def _rank(self, candidate: tuple[tuple[Slot, int], list[Place]]) -> tuple[bool, bool, int]:
        (slot, offset), places = candidate
        return self._unlike(slot), offset != 0, -places[-1].event

    def _counted(self) -> tuple[list[Following], str]:
        """Weigh whether they count on from what was told."""
        first = self._uses[0].value
        if not self._counts or not isinstance(first, int) or self.is_own_count:
            return [], ""
        several = len(self._uses) >= _SAME_NAME_USES
        for (slot, offset), place in sorted(self._beginnings.items(), key=lambda item: self._unlike(item[0][0])):
            same, told = self._same_name(slot), first >= _TELLING_START
            if offset >= 0 and first > 1 and ((same and told) or (several and (same or told))):
                followings = [
                    Following(use.event, use.said, place, slot, offset + step) for step, use in enumerate(self._uses)
                ]
                return followings, "counted on from that of"
        return [], ""

    def _by_name(self, issued: Issued) -> tuple[list[Following], str]:
        """Weigh whether they are what was said with the same name."""
        followings = list(self._followings_by_name())
        if not followings:
            return [], ""
        if self.role is Role.NONE and self.is_own_count:
            asked = issued.counts.get(traits(self.slot.path).key, 0)
            if len(followings) < len(self._uses) or len(self._values) < _ANSWERED * asked:
                return [], ""
        return (
            followings,
            "the number of the request" if self.role is Role.ANSWERS else "the same by value and name as in",
        )

    def _followings_by_name(self) -> Iterator[Following]:
        for use in self._uses:
            if use.named is not None:
                slot, place = use.named
                yield Following(use.event, use.said, place, slot, 0)
