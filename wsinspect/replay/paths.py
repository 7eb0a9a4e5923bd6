"""Paths to values: written, generalised, and matched with those that users write.

A path is in the notation of RFC 9535: `$.user.id`, `$[1]['a b']`. `$` is the whole document; of several in one payload
the first is `$0`, the second `$1`. What is no document: `@ack` is the number behind the prefix of Socket.IO,
`@3` the fourth word with a digit in a text, `@4:8` bytes 4 to 7.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

_PLAIN = re.compile(r"[^\W\d]\w*")
_INDEX = re.compile(r"\[\d+\]")
_STEP = re.compile(r"(\.\.)|\.?(\*|[^\W\d][\w-]*)|\.|\[(\*|\d+|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\]")
_ROOT = re.compile(r"\$(\d*)")
_ANY, _BELOW = "[*]", ".."


def member(key: str) -> str:
    """Return the step to a member, as it is put behind a path."""
    if _PLAIN.fullmatch(key):
        return f".{key}"
    escaped = key.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


@functools.lru_cache(16384)
def general(path: str) -> str:
    """Return a path with `*` for each position in an array, so that the paths of like messages are the same."""
    return _INDEX.sub(_ANY, path)


def last_name(path: str) -> str:
    """Return what the value at a path is called: its key, or that of the array it is in; empty where there is none."""
    for step in reversed(steps_of(path)):
        if not step.startswith(("[", "$")):
            return step.removeprefix("@") if step.startswith("@") else step
    return ""


def matches(path: str, patterns: Sequence[str]) -> bool:
    """Tell whether a path is meant by one of those that a user wrote.

    `token` and `$..token` mean every value with that name and what is below it, `$.user` that value and all below it,
    `$.items[*].id` one in each item.
    """
    return any(_matches(path, pattern) for pattern in patterns)


@functools.lru_cache(4096)
def steps_of(path: str) -> tuple[str, ...]:
    """Take a path apart: `$`, keys as they are, positions as `[3]`, `[*]` for any, `..` for any number of steps."""
    if path.startswith("@"):
        return (path,)
    root = _ROOT.match(path)
    steps = [root[0]] if root else ["$", _BELOW]
    at = root.end() if root else 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            steps.append(path[at:])
            break
        at = step.end()
        if step[1]:
            steps.append(_BELOW)
        elif step[2]:
            steps.append(_ANY if step[2] == "*" else step[2])
        elif step[3]:
            bracket = step[3]
            steps.append(_unquoted(bracket) if bracket[0] in "'\"" else f"[{bracket}]")
    return tuple(steps)


@functools.lru_cache(65536)
def _matches(path: str, pattern: str) -> bool:
    wanted = steps_of(pattern)
    return _leads(wanted[1:], steps_of(path)[1:]) if _same_root(wanted[0], steps_of(path)[0]) else False


def _same_root(wanted: str, given: str) -> bool:
    return wanted == given or (wanted == "$" and given.startswith("$"))


def _leads(wanted: tuple[str, ...], given: tuple[str, ...]) -> bool:
    """Tell whether steps lead to a value, or to one that it is in."""
    if not wanted:
        return True
    if wanted[0] == _BELOW:
        return any(_leads(wanted[1:], given[start:]) for start in range(len(given) + 1)) if wanted[1:] else True
    if not given:
        return False
    return (wanted[0] in (given[0], _ANY)) and _leads(wanted[1:], given[1:])


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])
