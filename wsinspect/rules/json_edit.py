r"""Changes of JSON texts that leave every other byte: order, white space, spelling of numbers, duplicate keys.

Theory of operation. The text is known to be JSON, because `orjson` has read it, so the scanner does not check it. What
is to be changed is a tree of names and positions, `_Spot`: those of a plain path itself, or of the locations to which a
path with wildcards or filters leads. The scanner walks that tree and the text once, side by side: it enters the
containers that lead to a change, and jumps over all else with a few regular expressions, which take several levels of
nesting in one step. It gathers splices, which are put in at the end.

A key may be there several times. Most readers take the last, but not all, so all of them are changed or deleted; what
is missing is added to the last.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import jsonpath
import orjson
from jsonpath.segments import JSONPathChildSegment
from jsonpath.selectors import IndexSelector, NameSelector

from wsinspect.query import documents
from wsinspect.rules.turn import ActionError
from wsinspect.rules.values import json_text, shown

MOST_BYTES = 8 << 20
"""Of a text that is changed."""
MOST_SEARCHED = 1 << 20
"""Of a text in which a path that is not plain is looked for: that goes through every value."""
MOST_PLACES = 10_000
"""To which such a path may lead."""
MOST_STEPS = 100
"""Of a path, or a location."""

type Step = str | int
type Setter = Callable[[bytes, bytes], bytes]
"""From a JSON text, and a new value as JSON, to the changed text."""
type Deleter = Callable[[bytes], bytes]

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_WHITE = rb"[ \t\r\n]*+"
_SCALAR_TEXT = rb"(?:" + _STRING + rb'|[^\[\]{}",: \t\r\n]++)'
_LEVELS = 4


def _within(levels: int) -> bytes:
    """Return an expression for what is in a container with at most so many levels of others in it."""
    deeper = rb"|[\[{]" + _within(levels - 1) + rb"[\]}]" if levels else b""
    return rb'(?:[^"\[\]{}]++|' + _STRING + deeper + rb")*+"


_INSIDE = re.compile(_within(_LEVELS), re.DOTALL)
_MEMBER = re.compile(
    rb'[, \t\r\n]*+("[^"\\]*+(?:\\.[^"\\]*+)*+")' + _WHITE + rb":" + _WHITE + rb"(" + _SCALAR_TEXT + rb")?+", re.DOTALL
)
_MANY = 128
_VALUE_TEXT = rb"(?:" + _SCALAR_TEXT + rb"|[\[{]" + _within(_LEVELS) + rb"[\]}])"
"""Of a value that is not nested too deeply for one step."""
_MANY_ITEMS = re.compile(rb"(?:[, \t\r\n]*+" + _VALUE_TEXT + rb"){%d}+" % _MANY, re.DOTALL)
_SCALAR = re.compile(_SCALAR_TEXT, re.DOTALL)
_BLANK = re.compile(_WHITE)
_BETWEEN = re.compile(rb"[, \t\r\n]*+")
_OPENING = b"[{"
_DESCENDANTS = re.compile(r"\.\.|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_ENVIRONMENT = jsonpath.JSONPathEnvironment(strict=True)


def problem(path: str) -> str | None:
    """Say why nothing can be set or deleted at a path, None where it can."""
    found = documents.problem(path)
    if found is not None:
        return f"{found[0]}, at character {found[1] + 1} of the path"
    if _DESCENDANTS.findall(path).count("..") > 1:
        return "only one .. may be in the path: each of them goes through all that is below"
    if len(_steps(path) or ()) > MOST_STEPS:
        return f"a path has at most {MOST_STEPS} steps"
    return None


def setter(path: str) -> Setter:
    """Return a function that sets what is at a path.

    A plain path, of names and positions only, adds what it does not find: the last key, the objects on the way to it,
    and the item right behind the last one of an array. Any other path changes only what it finds. The function raises
    `ActionError` where a plain path leads through what is no object or array, or behind the end of an array.

    Args:
        path: Without a `problem`.
    """
    steps = _steps(path)
    if steps is not None:
        root = _plain_tree([steps])
        return lambda text, value: _spliced(text, _Edit(text, value, adding=True), root)
    locate = _locator(path)
    return lambda text, value: _spliced(text, _Edit(text, value), _tree(locate(text)))


def deleter(paths: Sequence[str]) -> Deleter:
    """Return a function that deletes what is at all of the paths, as they are before anything is deleted.

    Args:
        paths: Each without a `problem`. That of the whole document deletes nothing.
    """
    plain = [_steps(path) for path in paths]
    if None not in plain:
        root = _plain_tree(steps for steps in plain if steps is not None)
        return lambda text: _spliced(text, _Edit(text, None), root)
    locators = [
        _locator(path) if steps is None else functools.partial(_itself, steps)
        for path, steps in zip(paths, plain, strict=True)
    ]
    return lambda text: _spliced(
        text, _Edit(text, None), _tree(itertools.chain.from_iterable(locate(text) for locate in locators))
    )


def _steps(path: str) -> Sequence[Step] | None:
    """Return the names and positions that a path is made of, None where there is anything else in it."""
    compiled = _ENVIRONMENT.compile(path)
    found: list[Step] = []
    for segment in compiled.segments if isinstance(compiled, jsonpath.JSONPath) else ():
        selector = segment.selectors[0]
        if not isinstance(segment, JSONPathChildSegment) or len(segment.selectors) > 1:
            return None
        if isinstance(selector, NameSelector):
            found.append(selector.name)
        elif isinstance(selector, IndexSelector) and selector.index >= 0:
            found.append(selector.index)
        else:
            return None
    return found


def _itself(steps: Sequence[Step], _: bytes) -> Iterable[Sequence[Step]]:
    return (steps,)


def _locator(path: str) -> Callable[[bytes], Iterable[Sequence[Step]]]:
    compiled = _ENVIRONMENT.compile(path)

    def locate(text: bytes) -> Iterable[Sequence[Step]]:
        if len(text) > MOST_SEARCHED:
            raise ActionError(f"the message is over {MOST_SEARCHED >> 20} MiB: too large to look for {shown(path)}")
        document = orjson.loads(text)
        # The library would read a text as JSON once more.
        if not isinstance(document, dict | list):
            return ()
        try:
            found = [node.parts for node in itertools.islice(compiled.finditer(document), MOST_PLACES + 1)]
        except (jsonpath.JSONPathError, RecursionError) as error:
            raise ActionError(f"{shown(path)} cannot be looked for: {error.args[0]}") from error
        if len(found) > MOST_PLACES:
            raise ActionError(f"{shown(path)} leads to more than {MOST_PLACES} values")
        if any(len(parts) > MOST_STEPS for parts in found):
            raise ActionError(f"{shown(path)} leads to a value deeper than {MOST_STEPS}")
        return found

    return locate


@dataclass(slots=True)
class _Spot:
    """A value that is to be changed, or has such values in it."""

    path: str
    wanted: bool = False
    inner: dict[Step, _Spot] = field(default_factory=dict)
    names: dict[bytes, str] = field(default_factory=dict)
    """Of `inner`, by their spelling in UTF-8."""
    others: re.Pattern[bytes] | None = None
    """Members with another key, as far as they are plain to see."""

    def enter(self, step: Step) -> _Spot:
        """Return a spot in this one."""
        if step not in self.inner:
            if isinstance(step, str):
                self.names[step.encode()] = step
            self.inner[step] = _Spot(f"{self.path}[{step}]" if isinstance(step, int) else f"{self.path}.{step}")
        return self.inner[step]


def _tree(locations: Iterable[Sequence[Step]]) -> _Spot:
    root = _Spot("$")
    for steps in locations:
        functools.reduce(_Spot.enter, steps, root).wanted = True
    return root


def _plain_tree(paths: Iterable[Sequence[Step]]) -> _Spot:
    """Return a tree that is used again and again."""
    root = _tree(paths)
    pending = [root]
    while pending:
        spot = pending.pop()
        pending += spot.inner.values()
        if spot.names:
            names = b"|".join(map(re.escape, spot.names))
            spot.others = re.compile(
                rb'(?:[, \t\r\n]*+(?!"(?:' + names + rb')")"[^"\\]*+"' + _WHITE + rb":" + _WHITE
                + _VALUE_TEXT + rb")*+", re.DOTALL
            )  # fmt: skip
    return root


def _spliced(text: bytes, edit: _Edit, root: _Spot) -> bytes:
    pieces: list[bytes] = []
    done = 0
    for start, end, piece in edit.splices(root):
        pieces += (text[done:start], piece)
        done = end
    return b"".join([*pieces, text[done:]]) if pieces else text


type _Splice = tuple[int, int, bytes]
type _Conditional = _Splice | ActionError
"""What is to be done, or is wrong, unless the same key is there once more."""


class _Edit:
    """Finds the splices in a text."""

    def __init__(self, text: bytes, value: bytes | None, *, adding: bool = False) -> None:
        self._text = text
        self._value = value
        self._adding = adding
        self._splices: list[_Splice] = []

    def splices(self, root: _Spot) -> list[_Splice]:
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

    def _enter(self, at: int, spot: _Spot) -> tuple[int, list[_Conditional]]:
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

    def _object(self, at: int, spot: _Spot) -> tuple[int, list[_Conditional]]:
        text = self._text
        latest: dict[Step, list[_Conditional]] = {}
        cut = _Cut(self._splices)
        position = at
        while True:
            if spot.others is not None and (end := spot.others.match(text, position).end()) > position:  # type: ignore[union-attr]
                cut.kept(self._between(position))
                position = end
            member = _MEMBER.match(text, position)
            if member is None:
                break
            start, before, position = member.start(1), position, member.end()
            name = self._name(start, member.end(1), spot.names)
            # The value of a member follows its match where it is a container.
            at_value = member.start(2) if member.start(2) >= 0 else position
            if name is None:
                position = self._end(position) if at_value == position else position
                cut.kept(start)
            elif self._value is None and spot.inner[name].wanted:
                position = self._end(at_value)
                cut.removed(before, start, position)
            else:
                position, latest[name] = self._enter(at_value, spot.inner[name])
                cut.kept(start)
        cut.close()
        for name in spot.names.values() if self._adding else ():
            if name not in latest:
                added = json_text(name).encode() + b":" + self._new(spot.inner[name])
                latest[name] = [(position, position, added if position == at else b"," + added)]
        return self._left(position), list(itertools.chain.from_iterable(latest.values()))

    def _name(self, start: int, end: int, names: dict[bytes, str]) -> str | None:
        raw = self._text[start + 1 : end - 1]
        return names.get(orjson.loads(self._text[start:end]).encode() if b"\\" in raw else raw)

    def _array(self, at: int, spot: _Spot) -> tuple[int, list[_Conditional]]:
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

    def _appended(self, position: int, count: int, index: int, inner: _Spot) -> _Conditional:
        if index > count:
            return ActionError(f"{shown(inner.path)} is behind the end: there are {count} items")
        return position, position, (b"," if count else b"") + self._new(inner)

    def _new(self, spot: _Spot) -> bytes:
        """Return the JSON of a value that is missing, with what is in it."""
        opening: list[bytes] = []
        while not spot.wanted:
            ((step, spot),) = spot.inner.items()
            if isinstance(step, int):
                raise ActionError(f"{shown(spot.path)} is missing: only objects are added on the way to a value")
            opening.append(b"{" + json_text(step).encode() + b":")
        assert self._value is not None  # nothing is added where something is deleted
        return b"".join(opening) + self._value + b"}" * len(opening)

    def _end(self, at: int) -> int:
        """Return the end of the value at a place."""
        if self._text[at] in _OPENING:
            return self._left(at + 1)
        return _SCALAR.match(self._text, at).end()  # type: ignore[union-attr]  # it is JSON

    def _left(self, position: int) -> int:
        """Return the end of the container in which a place is."""
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
