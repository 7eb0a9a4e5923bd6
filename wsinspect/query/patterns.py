r"""Regular expressions and search without case, on RE2: linear time whatever the pattern and the payload.

Linear is not short: at worst each byte costs a step for each instruction of the pattern, and `.{1000}` has thousands of
them. What must not wait searches with `bounded_searcher`.

Payloads are searched as bytes, never decoded. As UTF-8, `.` is a character and invalid bytes match nothing; as Latin-1,
`.` is a byte and `\xff` the byte FF.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import re2  # type: ignore[import-untyped]  # it ships no type information

MOST_STEPS = 1 << 29
"""Instructions of a pattern times bytes of a text: half a second at worst."""


class TooMuchWork(Exception):  # noqa: N818 - no error of anyone's
    """A search would take too long."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """What to search for."""

    source: str
    """RE2 syntax, or the text itself where `literal`."""
    literal: bool = False
    """Whether `source` is a text to be found in any case."""
    raw: bool = False
    """Whether bytes are searched as Latin-1 and not as UTF-8."""


def problem(pattern: Pattern) -> str | None:
    """Say why a pattern does not compile, None where it does."""
    try:
        _compile(pattern)
    except re2.error as error:
        return error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error.args[0])
    return None


@functools.lru_cache(maxsize=256)
def searcher(pattern: Pattern) -> Callable[[str | bytes], bool]:
    """Return a function that says whether a pattern is found in a text, which never raises.

    A pattern that does not compile is found nowhere.
    """
    if problem(pattern) is not None:
        return lambda _: False
    search = _compile(pattern).search

    def found(value: str | bytes) -> bool:
        # A text of ours may hold lone surrogates, which plain UTF-8 refuses.
        return search(value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")) is not None

    return found


def bounded_searcher(pattern: Pattern) -> Callable[[str | bytes], bool]:
    """Return a function as `searcher` does, that raises `TooMuchWork` where a text is too long for the pattern."""
    search, size = searcher(pattern), instructions(pattern)

    def found(value: str | bytes) -> bool:
        check_steps(size, len(value))
        return search(value)

    return found if size else search


@functools.lru_cache(maxsize=256)
def instructions(pattern: Pattern) -> int:
    """Return how many steps one byte may cost at worst; 0 of a literal, which is always fast, or of no pattern."""
    return 0 if pattern.literal or problem(pattern) is not None else int(_compile(pattern).programsize)


def check_steps(size: int, length: int) -> None:
    """Raise `TooMuchWork` where a pattern of so many instructions is too large for a text of this length."""
    if size * length > MOST_STEPS:
        raise TooMuchWork(f"the regular expression is too large for {length} bytes: those may take {size} steps each")


def group_finder(source: str) -> Callable[[bytes], dict[str, str]]:
    """Return a function that finds the first match in a payload, and what the pattern's named groups have there.

    Groups that took no part are left out. A pattern that does not compile is found nowhere. The function raises
    `TooMuchWork` as that of `bounded_searcher` does.
    """
    pattern = Pattern(source)
    if problem(pattern) is not None:
        return lambda _: {}
    compiled = _compile(pattern, capture=True)
    names = {name.decode(): number for name, number in compiled.groupindex.items()}
    size = int(compiled.programsize)

    def groups(payload: bytes) -> dict[str, str]:
        check_steps(size, len(payload))
        found = compiled.search(payload)
        if found is None:
            return {}
        texts = {name: found.group(number) for name, number in names.items()}
        return {name: text.decode("utf-8", "replace") for name, text in texts.items() if text is not None}

    return groups


def _compile(pattern: Pattern, *, capture: bool = False) -> re2._Regexp:
    options = re2.Options()
    options.log_errors = False
    options.never_capture = not capture
    options.literal = pattern.literal
    options.case_sensitive = not pattern.literal
    if pattern.raw:
        options.encoding = re2.Options.Encoding.LATIN1
    return re2.compile(pattern.source.encode("utf-8", "surrogateescape"), options)
