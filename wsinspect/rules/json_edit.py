"""Changes of JSON texts that leave every other byte: order, white space, spelling of numbers, duplicate keys.

A path is plain where it has names and positions only. Any other path is left to `jsonpath`, which finds the locations
to which it leads; what is at plain paths and locations is found in the text by `json_scanner`, or, for most plain paths
and texts, by one regular expression.

A key may be there several times. Most readers take the last, but not all, so all of them are changed or deleted; what
is missing is added to the last.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Sequence

import jsonpath
import orjson
from jsonpath.segments import JSONPathChildSegment
from jsonpath.selectors import IndexSelector, NameSelector

from wsinspect.query import documents
from wsinspect.query.bounded_documents import bounded_locator
from wsinspect.query.patterns import TooMuchWork
from wsinspect.rules.json_scanner import VALUE_TEXT, WHITE, Edit, Step, others_than, plain_tree, spliced, tree_of
from wsinspect.rules.turn import ActionError
from wsinspect.rules.values import shown

MOST_BYTES = 4 << 20
"""Of a text that is changed."""
MOST_SEARCHED = 1 << 20
"""Of a text in which a path that is not plain is looked for: that goes through every value."""
MOST_PLACES = 10_000
"""To which such a path may lead."""
MOST_STEPS = 100
"""Of a path, or a location."""

type Setter = Callable[[bytes, bytes], bytes]
"""From a JSON text, and a new value as JSON, to the changed text."""
type Deleter = Callable[[bytes], bytes]

_SPELLED_OTHERWISE = re.compile(rb'["\\\x00-\x1f]')
_MOST_AT_ONCE = 10
"""Steps of a path for which there is one expression."""
_DESCENDANTS = re.compile(r"\.\.|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)


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
        return _plain_setter(steps)
    locate = _locator(path)
    return lambda text, value: spliced(text, Edit(text, value), tree_of(locate(text)))


def _plain_setter(steps: Sequence[Step]) -> Setter:
    root = plain_tree([steps])
    whole = _whole(steps)

    def replace(text: bytes, value: bytes) -> bytes:
        found = None if whole is None else whole.fullmatch(text)
        if found is None:
            return spliced(text, Edit(text, value, adding=True), root)
        return text[: found.start(1)] + value + text[found.end(1) :]

    return replace


def _whole(steps: Sequence[Step]) -> re.Pattern[bytes] | None:
    """Return an expression for a whole text with one value at a path, None where there can be none.

    It is much faster than the scanner, and fits nearly all texts: those where each key on the way is there once,
    plainly spelled, and nothing is nested deeply.
    """
    names = [step.encode() for step in steps if isinstance(step, str)]
    if not 0 < len(names) == len(steps) <= _MOST_AT_ONCE or any(map(_SPELLED_OTHERWISE.search, names)):
        return None
    inner = rb"(" + VALUE_TEXT + rb")"
    for name in map(re.escape, reversed(names)):
        others = others_than(name)
        key = rb'[, \t\r\n]*+"' + name + rb'"' + WHITE + rb":" + WHITE
        inner = rb"\{" + others + key + inner + others + WHITE + rb"\}"
    return re.compile(WHITE + inner + WHITE, re.DOTALL)


def deleter(paths: Sequence[str]) -> Deleter:
    """Return a function that deletes what is at all of the paths, as they are before anything is deleted.

    Args:
        paths: Each without a `problem`. That of the whole document deletes nothing.
    """
    plain = [_steps(path) for path in paths]
    if None not in plain:
        root = plain_tree(steps for steps in plain if steps is not None)
        return lambda text: spliced(text, Edit(text, None), root)
    locators = [
        _locator(path) if steps is None else functools.partial(_itself, steps)
        for path, steps in zip(paths, plain, strict=True)
    ]
    return lambda text: spliced(
        text, Edit(text, None), tree_of(itertools.chain.from_iterable(locate(text) for locate in locators))
    )


def _steps(path: str) -> Sequence[Step] | None:
    """Return the names and positions that a path is made of, None where there is anything else in it."""
    compiled = documents.environment().compile(path)
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
    places = bounded_locator(path)

    def locate(text: bytes) -> Iterable[Sequence[Step]]:
        if len(text) > MOST_SEARCHED:
            raise ActionError(f"the message is over {MOST_SEARCHED >> 20} MiB: too large to look for {shown(path)}")
        try:
            found = places(orjson.loads(text), MOST_PLACES + 1)
        except TooMuchWork as error:
            raise ActionError(f"{shown(path)} takes too much work in a document of this size") from error
        except (jsonpath.JSONPathError, RecursionError) as error:
            raise ActionError(f"{shown(path)} cannot be looked for: {error.args[0]}") from error
        if len(found) > MOST_PLACES:
            raise ActionError(f"{shown(path)} leads to more than {MOST_PLACES} values")
        if any(len(parts) > MOST_STEPS for parts in found):
            raise ActionError(f"{shown(path)} leads to a value deeper than {MOST_STEPS}")
        return found

    return locate
