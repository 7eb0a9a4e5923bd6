"""The scanner that finds what is to be changed in a JSON text.

Theory of operation. The text is known to be JSON, because `orjson` has read it, so the scanner does not check it. What
is to be changed is a tree of names and positions. The scanner walks that tree and the text once, side by side: it
enters the containers that lead to a change, and jumps over all else with a few regular expressions, which take several
levels of nesting in one step and never go back. It gathers splices, which are put in at the end. A key may be there
several times: all are changed or deleted, and what is missing is added to the last.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import orjson

from wsinspect.rules.turn import ActionError
from wsinspect.rules.values import json_text, shown

type Step = str | int

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
WHITE = rb"[ \t\r\n]*+"
_SCALAR_TEXT = rb"(?:" + _STRING + rb'|[^\[\]{}",: \t\r\n]++)'
_LEVELS = 4


def _within(levels: int) -> bytes:
    """Return an expression for what is in a container with at most so many levels of others in it."""
    deeper = rb"|[\[{]" + _within(levels - 1) + rb"[\]}]" if levels else b""
    return rb'(?:[^"\[\]{}]++|' + _STRING + deeper + rb")*+"


_INSIDE = re.compile(_within(_LEVELS), re.DOTALL)
_MEMBER = re.compile(
    rb'[, \t\r\n]*+("[^"\\]*+(?:\\.[^"\\]*+)*+")' + WHITE + rb":" + WHITE + rb"(" + _SCALAR_TEXT + rb")?+", re.DOTALL
)
_MANY = 128
VALUE_TEXT = rb"(?:" + _SCALAR_TEXT + rb"|[\[{]" + _within(_LEVELS) + rb"[\]}])"
"""Of a value that is not nested too deeply for one step."""
_MANY_ITEMS = re.compile(rb"(?:[, \t\r\n]*+" + VALUE_TEXT + rb"){%d}+" % _MANY, re.DOTALL)
_SCALAR = re.compile(_SCALAR_TEXT, re.DOTALL)
_BLANK = re.compile(WHITE)
_BETWEEN = re.compile(rb"[, \t\r\n]*+")
_OPENING = b"[{"
_CLOSING = b"]}"


def others_than(names: bytes) -> bytes:
    """Return an expression for members with other keys, as far as those are plainly spelled and not nested deeply."""
    key = rb'(?!"(?:' + names + rb')")"[^"\\]*+"'
    return rb"(?:[, \t\r\n]*+" + key + WHITE + rb":" + WHITE + VALUE_TEXT + rb")*+"


@dataclass(slots=True)
class Spot:
    """A value that is to be changed, or has such values in it."""

    path: str
    wanted: bool = False
    inner: dict[Step, Spot] = field(default_factory=dict)
    names: dict[bytes, str] = field(default_factory=dict)
    """Of `inner`, by their spelling in UTF-8."""
    others: re.Pattern[bytes] | None = None
    """Members with another key, as far as they are plain to see."""

    def enter(self, step: Step) -> Spot:
        """Return a spot in this one."""
        if step not in self.inner:
            if isinstance(step, str):
                self.names[step.encode()] = step
            self.inner[step] = Spot(f"{self.path}[{step}]" if isinstance(step, int) else f"{self.path}.{step}")
        return self.inner[step]


def tree_of(locations: Iterable[Sequence[Step]]) -> Spot:
    """Return the tree of several locations."""
    root = Spot("$")
    for steps in locations:
        functools.reduce(Spot.enter, steps, root).wanted = True
    return root


def plain_tree(paths: Iterable[Sequence[Step]]) -> Spot:
    """Return a tree that is worth more effort, as it is used again and again."""
    root = tree_of(paths)
    pending = [root]
    while pending:
        spot = pending.pop()
        pending += spot.inner.values()
        if spot.names:
            spot.others = re.compile(others_than(b"|".join(map(re.escape, spot.names))), re.DOTALL)
    return root


def spliced(text: bytes, edit: Edit, root: Spot) -> bytes:
    """Return a text with what an edit does at the spots of a tree."""
    pieces: list[bytes] = []
    done = 0
    for start, end, piece in edit.splices(root):
        pieces += (text[done:start], piece)
        done = end
    return b"".join([*pieces, text[done:]]) if pieces else text


type _Splice = tuple[int, int, bytes]
type _Conditional = _Splice | ActionError
"""What is to be done, or is wrong, unless the same key is there once more."""


class Edit:
    """Finds the splices in a text.

    Args:
        text: JSON.
        value: What to put in place, as JSON; None: what is found is deleted.
        adding: Whether to add what is missing; the tree has then but one branch.
    """

    def __init__(self, text: bytes, value: bytes | None, *, adding: bool = False) -> None:
        self._text = text
        self._value = value
        self._adding = adding
        self._splices: list[_Splice] = []

    def splices(self, root: Spot) -> list[_Splice]:
        """Return them in order."""
        start = _BLANK.match(self._text).end()  # type: ignore[union-attr]  # it matches nothing at all, too
        if root.wanted:
            if self._value is not None:
                self._splices.append((start, len(self._text.rstrip(b" \t\r\n")), self._value))
        else:
            for found in self._enter(start, root)[1]:
                if isinstance(found, ActionError):
                    raise found
                self._splices.append(found)
        return sorted(self._splices)

    def _enter(self, at: int, spot: Spot) -> tuple[int, list[_Conditional]]:
        """Go through the value at a place; return the end of it, and what is conditional."""
        if spot.wanted:
            end = self._end(at)
            assert self._value is not None  # what is deleted is not entered
            self._splices.append((at, end, self._value))
            return end, []
        first = self._text[at]
        if first == 0x7B and spot.names:
            return self._object(at + 1, spot)
        if first == 0x5B and len(spot.inner) > len(spot.names):
            return self._array(at + 1, spot)
        wrong = ActionError(f"{shown(spot.path)} is no {'object' if spot.names else 'array'}")
        return self._end(at), [wrong] if self._adding else []

    def _object(self, at: int, spot: Spot) -> tuple[int, list[_Conditional]]:
        text = self._text
        latest: dict[Step, list[_Conditional]] = {}
        deleting = self._value is None
        cut = _Cut(self._splices)
        position = at
        while True:
            if spot.others is not None and (end := spot.others.match(text, position).end()) > position:  # type: ignore[union-attr]
                if deleting:
                    cut.kept(self._between(position))
                position = end
            # Most often it is the end, without white space in front.
            member = None if text[position] == 0x7D else _MEMBER.match(text, position)
            if member is None:
                break
            start, before, position = member.start(1), position, member.end()
            name = self._name(start, member.end(1), spot.names)
            # The value of a member follows its match where it is a container.
            at_value = member.start(2) if member.start(2) >= 0 else position
            if name is None:
                position = self._end(position) if at_value == position else position
                cut.kept(start)
            elif deleting and spot.inner[name].wanted:
                position = self._end(at_value)
                cut.removed(before, start, position)
            else:
                position, latest[name] = self._enter(at_value, spot.inner[name])
                cut.kept(start)
        cut.close()
        for name in spot.names.values() if self._adding else ():
            if name not in latest:
                comma = b"" if position == at else b","
                latest[name] = [self._added(position, comma + json_text(name).encode() + b":", spot.inner[name])]
        return self._left(position), list(itertools.chain.from_iterable(latest.values()))

    def _name(self, start: int, end: int, names: dict[bytes, str]) -> str | None:
        raw = self._text[start + 1 : end - 1]
        return names.get(orjson.loads(self._text[start:end]).encode() if b"\\" in raw else raw)

    def _array(self, at: int, spot: Spot) -> tuple[int, list[_Conditional]]:
        found: list[_Conditional] = []
        cut = _Cut(self._splices)
        position = at
        index = 0
        for wanted in sorted(step for step in spot.inner if isinstance(step, int)):
            inner = spot.inner[wanted]
            position, index = self._skipped(position, index, wanted, cut)
            start = self._item(position)
            if start is None:
                if self._adding:
                    found.append(self._appended(position, index, wanted, inner))
                break
            index += 1
            if self._value is None and inner.wanted:
                before, position = position, self._end(start)
                cut.removed(before, start, position)
            else:
                position, conditional = self._enter(start, inner)
                found += conditional
                cut.kept(start)
        rest = self._item(position)
        if rest is not None:
            cut.kept(rest)
        cut.close()
        return self._left(position), found

    def _skipped(self, position: int, index: int, wanted: int, cut: _Cut) -> tuple[int, int]:
        """Jump over items up to the one that is wanted, or to the end; return where that is, and its index."""
        tried = index
        while index < wanted and (start := self._item(position)) is not None:
            cut.kept(start)
            if wanted - index >= _MANY and index >= tried:
                tried = index + _MANY
                many = _MANY_ITEMS.match(self._text, position)
                if many is not None:
                    position, index = many.end(), index + _MANY
                    continue
            position, index = self._end(start), index + 1
        return position, index

    def _item(self, position: int) -> int | None:
        """Return where the item behind a place begins, None at the end of the array."""
        start = self._between(position)
        return None if self._text[start] == 0x5D else start

    def _between(self, position: int) -> int:
        """Return where the member behind a place begins, or the container ends."""
        return _BETWEEN.match(self._text, position).end()  # type: ignore[union-attr]  # it matches nothing at all, too

    def _appended(self, position: int, count: int, index: int, inner: Spot) -> _Conditional:
        if index > count:
            return ActionError(f"{shown(inner.path)} is behind the end: there are {count} items")
        return self._added(position, b"," if count else b"", inner)

    def _added(self, position: int, before: bytes, spot: Spot) -> _Conditional:
        """Add a value that is missing, with what is in it."""
        opening: list[bytes] = []
        while not spot.wanted:
            ((step, spot),) = spot.inner.items()
            if isinstance(step, int):
                return ActionError(f"{shown(spot.path)} is missing: only objects are added on the way to a value")
            opening.append(b"{" + json_text(step).encode() + b":")
        assert self._value is not None  # nothing is added where something is deleted
        return position, position, before + b"".join(opening) + self._value + b"}" * len(opening)

    def _end(self, at: int) -> int:
        """Return the end of the value at a place."""
        if self._text[at] in _OPENING:
            return self._left(at + 1)
        return _SCALAR.match(self._text, at).end()  # type: ignore[union-attr]  # it is JSON

    def _left(self, position: int) -> int:
        """Return the end of the container in which a place is."""
        if self._text[position] in _CLOSING:
            return position + 1
        depth = 1
        while depth:
            position = _INSIDE.match(self._text, position).end()  # type: ignore[union-attr]  # it matches nothing at all, too
            depth += 1 if self._text[position] in _OPENING else -1
            position += 1
        return position


class _Cut:
    """Takes members out of a container, each with one of its commas."""

    def __init__(self, splices: list[_Splice]) -> None:
        self._splices = splices
        self._any_kept = False
        self._run: tuple[int, int] | None = None
        """Members that go, in front of any that stays."""

    def kept(self, start: int) -> None:
        """Note a member that stays."""
        if self._run is not None:
            self._splices.append((self._run[0], start, b""))
            self._run = None
        self._any_kept = True

    def removed(self, before: int, start: int, end: int) -> None:
        """Note a member that goes; `before` is where the one in front of it ends."""
        if self._any_kept:
            self._splices.append((before, end, b""))
        else:
            self._run = (start if self._run is None else self._run[0], end)

    def close(self) -> None:
        """Note the end of the container."""
        if self._run is not None:
            self._splices.append((*self._run, b""))
