"""Names as rules write them: a glob (`*` any characters, `?` one), or with `~` in front a regular expression."""

from __future__ import annotations

import re
from collections.abc import Callable

from wsinspect.query.patterns import Pattern, bounded_searcher

type TextTest = Callable[[str], bool]


def compile_glob(pattern: str, *, any_case: bool = False) -> TextTest:
    """Return a function that compares a text with a pattern.

    A glob is compared with the whole text; a regular expression (RE2) is found anywhere in it.
    """
    case = "(?i)" if any_case else ""
    if pattern.startswith("~"):
        return bounded_searcher(Pattern(case + pattern[1:]))
    if "*" not in pattern and "?" not in pattern:
        wanted = pattern.casefold()
        return (lambda text: text.casefold() == wanted) if any_case else pattern.__eq__
    parts = ({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)
    return bounded_searcher(Pattern(rf"(?s){case}\A{''.join(parts)}\z"))


def compile_globs(patterns: str | list[str], *, any_case: bool = False) -> TextTest:
    """Return a function that says whether a text fits one of the patterns."""
    if isinstance(patterns, str):
        return compile_glob(patterns, any_case=any_case)
    tests = [compile_glob(pattern, any_case=any_case) for pattern in patterns]
    return lambda text: any(test(text) for test in tests)
