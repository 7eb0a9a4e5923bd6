r"""Search and replace in payloads, as bytes: literals, and RE2 expressions with groups in what is put in."""

from __future__ import annotations

import re
from collections.abc import Callable

import re2  # type: ignore[import-untyped]  # it ships no type information

from wsinspect.query.patterns import check_steps
from wsinspect.rules import templates
from wsinspect.rules.acting import MOST_PAYLOAD
from wsinspect.rules.turn import ActionError, Turn
from wsinspect.rules.values import shown, utf8
from wsinspect.wire.opcodes import Opcode

MOST_NS = 300_000_000
"""How long the searches of one replacement may take.

One search is linear, but each match is the start of a new one, which may look ahead to the end. How far it did, nobody
tells; so it is the time that counts.
"""

type Substitute = Callable[[Turn], tuple[bytes, int]]
"""Returns the new payload, and how many places were replaced."""

type _Part = Callable[[Turn], bytes] | int
"""Of what is put in: a text, or the number of a group."""

_REFERENCE = re.compile(r"\\(?:([1-9][0-9]?)|g<(\w+)>|(.?))", re.DOTALL)
_WITHIN_CHARACTER = frozenset(bytes((byte,)) for byte in range(0x80, 0xC0))
_ESCAPES = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}


def literal(text: str, put: str, count: int | None) -> Substitute:
    """Return what replaces a text by another; both may be templates."""
    search, make = templates.compile_text(text), templates.compile_text(put)
    most = -1 if count is None else count

    def substitute(turn: Turn) -> tuple[bytes, int]:
        payload, old = turn.payload, utf8(search(turn))
        if not old:
            raise ActionError("an empty text is everywhere")
        if old not in payload:
            return payload, 0
        new = utf8(make(turn))
        found = payload.count(old) if count is None else min(count, payload.count(old))
        if len(payload) + found * (len(new) - len(old)) > max(MOST_PAYLOAD, len(payload)):
            raise ActionError(f"the payload would be over {MOST_PAYLOAD >> 20} MiB")
        return payload.replace(old, new, most), found

    return substitute


def expression(source: str, put: str, count: int | None, ticks: Callable[[], int] = lambda: 0) -> Substitute:
    r"""Return what replaces the matches of an expression.

    Args:
        source: RE2 syntax. In text messages and control frames `.` is a character, in binary ones a byte.
        put: A template; `\1` and `\g<name>` in it are groups.
        count: Most matches; None: all.
        ticks: Returns nanoseconds: `Surroundings.ticks`.

    Raises:
        ActionError: One of them cannot be used.
    """
    as_text, as_bytes = _compiled(source, re2.Options.Encoding.UTF8), _compiled(source, re2.Options.Encoding.LATIN1)
    parts = _parts(put, as_text)

    def substitute(turn: Turn) -> tuple[bytes, int]:
        payload = turn.payload
        pieces: list[bytes] = []
        filled: list[bytes | int] | None = None
        done = found = size = 0
        last = -1
        raw = turn.opcode == Opcode.BINARY
        search = as_bytes if raw else as_text
        check_steps(search.programsize, len(payload))
        began = ticks()
        for match in search.finditer(payload):
            start, end = match.span()
            if start == end and (start == last or (not raw and payload[start : start + 1] in _WITHIN_CHARACTER)):
                # The library finds an empty match behind which it goes on once more.
                continue
            last = start if start == end else -1
            if filled is None:
                filled = [part if isinstance(part, int) else part(turn) for part in parts]
            instead = b"".join([part if isinstance(part, bytes) else match.group(part) or b"" for part in filled])
            pieces += (payload[done:start], instead)
            done, found = end, found + 1
            size += len(instead)
            if size > max(MOST_PAYLOAD, len(payload)):
                raise ActionError(f"the payload would be over {MOST_PAYLOAD >> 20} MiB")
            if found == count:
                break
            if ticks() - began > MOST_NS:
                raise ActionError(f"the expression takes too long in {len(payload)} bytes: it matched {found} times")
        return b"".join([*pieces, payload[done:]]) if found else payload, found

    return substitute


def _compiled(source: str, encoding: re2.Options.Encoding) -> re2._Regexp:
    options = re2.Options()
    options.log_errors = False
    options.encoding = encoding
    try:
        return re2.compile(utf8(source), options)
    except re2.error as error:
        raise ActionError(f"{shown(source)!r} is no regular expression: {error.args[0]!r}") from error


def _parts(put: str, searched: re2._Regexp) -> list[_Part]:
    parts: list[_Part] = []
    for segment in templates.segments(put):
        if isinstance(segment, str):
            parts += _references(segment, searched)
        else:
            parts.append(_encoded(segment))
    return parts


def _encoded(segment: Callable[[Turn], str]) -> Callable[[Turn], bytes]:
    return lambda turn: utf8(segment(turn))


def _references(text: str, searched: re2._Regexp) -> list[_Part]:
    """Find groups and escapes in a text."""
    parts: list[_Part] = []
    done = 0
    for found in _REFERENCE.finditer(text):
        parts.append(_constant(text[done : found.start()]))
        done = found.end()
        number, name, escaped = found.groups()
        if escaped is None:
            parts.append(_group(number or name, searched))
        elif escaped in _ESCAPES:
            parts.append(_constant(_ESCAPES[escaped]))
        else:
            raise ActionError(rf"\{shown(escaped)} means nothing: write \\ for a backslash, \1 or \g<name> for a group")
    return [*parts, _constant(text[done:])]


def _constant(text: str) -> _Part:
    encoded = utf8(text)
    return lambda _: encoded


def _group(reference: str, searched: re2._Regexp) -> int:
    number = int(reference) if reference.isdecimal() else searched.groupindex.get(utf8(reference))
    if number is None or number > searched.groups:
        raise ActionError(f"the expression has no group {reference}")
    return int(number)
