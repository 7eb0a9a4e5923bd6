"""JSONPath (RFC 9535) on JSON texts, never raising.

A path of names and positions only, which nearly all are, is walked directly; the rest is left to `jsonpath`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from wsinspect.query.path_functions import Environment

_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[(0|[1-9][0-9]{0,8})\]|\['([^'\\\x00-\x1f]*)'\]")

type Finder = Callable[[bytes | str], Sequence[object]]
type Walker = Callable[[object], Sequence[object]]


@functools.cache
def environment() -> Environment:
    """Return what compiles paths; the library behind it is imported when the first path needs it."""
    from wsinspect.query.path_functions import Environment  # noqa: PLC0415 - start-up time

    return Environment(strict=True)


def problem(path: str) -> tuple[str, int] | None:
    """Say why a path is none, and at which 0-based character; None where it is one."""
    from jsonpath import JSONPathError  # noqa: PLC0415 - start-up time

    try:
        environment().compile(path)
    except JSONPathError as error:
        token = error.token
        # The end of the path has no place of its own.
        place = token.index if token is not None and token.index >= 0 else len(path)
        return str(error.args[0]), place
    return None


@functools.lru_cache(maxsize=256)
def finder(path: str) -> Finder:
    """Return a function that lists the values at a path in a JSON text; none where the text is no JSON.

    Args:
        path: A valid JSONPath, such as `$.a.b[0]`.
    """
    walk = walker(path)

    def find(text: bytes | str) -> Sequence[object]:
        try:
            return walk(orjson.loads(text))
        except orjson.JSONDecodeError:
            return ()

    return find


@functools.lru_cache(maxsize=256)
def walker(path: str) -> Walker:
    """Return a function that lists the values at a path in a JSON document that has been read.

    Args:
        path: A valid JSONPath.
    """
    simple = steps(path)
    return _query(path) if simple is None else _walk(simple)


def steps(path: str) -> list[str | int] | None:
    """Return the names and positions of a path that has nothing else; None for other paths."""
    found: list[str | int] = []
    position = 1
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            return None
        name, index, quoted = step.groups()
        found.append(int(index) if index is not None else quoted if name is None else name)
        position = step.end()
    return found


def _walk(simple: list[str | int]) -> Walker:
    def walk(document: object) -> Sequence[object]:
        value: Any = document
        try:
            for step in simple:
                # A text steps into an object only, a number into an array only.
                if not isinstance(value, list if isinstance(step, int) else dict):
                    return ()
                value = value[step]  # type: ignore[index]  # the types fit, by the line above
        except LookupError:
            return ()
        return (value,)

    return walk


def _query(path: str) -> Walker:
    from jsonpath import JSONPathError  # noqa: PLC0415 - start-up time

    compiled = environment().compile(path)

    def walk(document: object) -> Sequence[object]:
        # The library would read a text as JSON once more.
        if not isinstance(document, dict | list):
            return ()
        try:
            return compiled.findall(document)
        # It has a limit on nesting, and a filter function may meet any value.
        except (JSONPathError, RecursionError):
            return ()

    return walk
