"""A filter while it is typed: what is wrong with it and where, and what may stand next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wsinspect.errors import FilterError
from wsinspect.query import Expr, Target, complete, parse
from wsinspect.query.nodes import Mention, quote
from wsinspect.query.table import fields
from wsinspect.tui.widgets.proposals import Proposals

_JOINS = ("and", "or")
_HALF_OPERATORS = ("=", "!")
_PART = re.compile(r"\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?|[=!<>~]+|[^\s\"'=!<>~(),]+|.")
"""What is marked: a string, an operator, a word, or a character of its own."""
EXAMPLES = {
    Target.MESSAGE: 'price   size > 4k   latency > 1s   verdict == modified   dir == c2s and text ~ "err|fail"',
    Target.FRAME: "opcode == ping   fin == false   close.code == 1006",
    Target.SESSION: "shop   state == refused   close.code > 1001   messages.c2s > 10   has(tags)",
}
"""Filters to learn from, for whom has none yet."""

_SESSION_TEXT = ("url", "subprotocol", "protocol", "state", "error", "close.reason", "tags", "note")
"""Where a mere text is looked for in a session, which has no payload."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a filter."""

    message: str
    hint: str | None
    start: int
    """0-based place of the part that is wrong, in characters."""
    end: int
    """Behind it; as `start` where something is missing at the end."""
    unfinished: bool
    """Whether it is at the end, so that it may come right with what is typed next."""


def filter_of(text: str, target: Target) -> Expr:
    """Read a filter of a list: a mere text finds sessions as well.

    Args:
        text: The filter.
        target: What is listed.

    Raises:
        FilterError: It cannot be asked of that.
    """
    return parse(text, target, text_in=_SESSION_TEXT if target is Target.SESSION else ())


def problem_of(text: str, targets: Sequence[Target]) -> Problem | None:
    """Say what is wrong with a filter; None if it can be asked of one of the targets.

    Args:
        text: The filter.
        targets: What it may be asked of; of several problems the one further on in the text is told.
    """
    furthest: FilterError | None = None
    for target in targets:
        try:
            filter_of(text, target)
        except FilterError as error:
            if furthest is None or error.column > furthest.column:
                furthest = error
        else:
            return None
    assert furthest is not None
    start = furthest.column - 1
    part = _PART.match(text, start)
    end = start if part is None else part.end()
    return Problem(furthest.message, furthest.hint, start, end, unfinished=end >= len(text.rstrip()))


def meaning(text: str, targets: Sequence[Target]) -> str | None:
    """Say in words what a filter does that is a mere text to search for; None for others."""
    try:
        expression = parse(text)
    except FilterError:
        return None
    if not isinstance(expression, Mention):
        return None
    if Target.SESSION in targets:
        return f"the URL, protocol, end, tags or note contain {quote(expression.text)}"
    return f"the payload contains {quote(expression.text)}"


def proposals(text: str, cursor: int, targets: Sequence[Target]) -> Proposals:
    """List what may stand where the cursor is.

    Args:
        text: The filter so far.
        cursor: 0-based place of the cursor.
        targets: What the filter may be asked of.
    """
    before = text[:cursor]
    if before.endswith(_HALF_OPERATORS) and not before.endswith(("==", "!=", "<=", ">=")):
        return Proposals(cursor, (), asked=False)
    stems = {row.name: _stem(row.name) for row in fields() if row.pattern}
    found: dict[str, None] = {}
    for target in targets:
        found.update(dict.fromkeys(complete(text, cursor + 1, target)))
    begun = _begun(before, tuple(found))
    names = dict.fromkeys(stems.get(word, word) for word in found)
    words = tuple(word for word in names if word.startswith(begun) and word != begun)
    few = bool(before) and words != _JOINS and not {"not", "has("} <= found.keys()
    return Proposals(cursor - len(begun), words, asked=bool(words) and (bool(begun) or few))


def taken(text: str, cursor: int, start: int, word: str) -> tuple[str, int]:
    """Put a proposal in place of what was begun of it.

    Args:
        text: The filter so far.
        cursor: 0-based place of the cursor.
        start: As of the proposals.
        word: The proposal.

    Returns:
        The filter, and the place of the cursor in it: where the next word begins.
    """
    before, after = text[:start], text[cursor:]
    if before and not before.endswith((" ", "(")) and word[0].isalpha() and before[-1] not in "=!<>~,":
        before += " "
    if before.endswith("has(") and not word.endswith("."):
        word += "" if after.startswith(")") else ")"
    space = "" if word.endswith(("(", ".")) or after.startswith((" ", ")")) else " "
    written = before + word + space
    skipped = 1 if after.startswith(" ") and not word.endswith("(") else 0
    return written + after, len(written) + skipped


def one_line(text: str) -> str:
    """Make a text from elsewhere fit for a field of one line: what cannot be seen becomes a space or an escape."""
    if text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char.isprintable():
        return char
    if char in "\n\r\t":
        return " "
    return f"\\u{{{ord(char):x}}}"


def _begun(before: str, words: Sequence[str]) -> str:
    """Return the longest end of a text that all of the words begin with."""
    if not words:
        return ""
    shortest = min(map(len, words))
    for length in range(min(shortest, len(before)), 0, -1):
        end = before[-length:]
        if all(word.startswith(end) for word in words):
            return end
    return ""


def _stem(name: str) -> str:
    """Return the part of a form of names that all such names begin with: `json.$.` of `json.$.a.b[0]`."""
    return name.split(".a.b", 1)[0] + "." if ".a.b" in name else name.removesuffix("x")
