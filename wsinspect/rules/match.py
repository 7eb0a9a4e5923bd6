"""`match` of a rule: what can be told of a session at once, and what is left to be asked of each event.

A match is a tree of tests. What is known of an event before it is looked at (`Circumstances`) is put in, and the tree
becomes true, false, or a smaller tree. So a session's rules are chosen once, and again where more becomes known; of a
rule that may match, only the tests that need the event are left, the cheap ones first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from wsinspect.model import Source
from wsinspect.query.patterns import group_finder
from wsinspect.rules import circumstances, payload_tests
from wsinspect.rules.circumstances import Circumstances, StaticTest
from wsinspect.rules.json_match import PayloadTest, json_test
from wsinspect.rules.schema import Match
from wsinspect.rules.subject import Subject

type GroupFinder = Callable[[bytes], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Static:
    """A test of circumstances."""

    test: StaticTest


@dataclass(frozen=True, slots=True)
class Dynamic:
    """A test of the event itself."""

    test: PayloadTest
    cost: int
    """Lower ones are asked first."""


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """The part does not hold."""

    part: Node


type Node = Static | Dynamic | Every | Either | Negation

_CHEAP, _SEARCH, _DOCUMENT = range(3)


@dataclass(frozen=True, slots=True)
class CompiledMatch:
    """A match that is ready to be asked."""

    node: Node
    groups: tuple[GroupFinder, ...]
    """Of the regular expressions, for `match.NAME`."""


def compile_match(match: Match) -> CompiledMatch:
    """Make a match ready; where it does not ask for a source, it is of what peers send only."""
    node = _node(match)
    if not _asks_source(match):
        node = Every((Static(_of_peer), node))
    return CompiledMatch(node, tuple(group_finder(source) for source in _regexes(match) if "(?" in source))


def resolve(node: Node, known: Circumstances) -> bool | Node:
    """Put what is known into a tree of tests."""
    match node:
        case Static(test):
            told = test(known)
            return node if told is None else told
        case Dynamic():
            return node
        case Negation(part):
            inner = resolve(part, known)
            return not inner if isinstance(inner, bool) else Negation(inner)
        case Every(parts):
            return _joined(parts, known, Every, decides=False)
        case Either(parts):
            return _joined(parts, known, Either, decides=True)
        case _:
            assert_never(node)


def tests_of(node: Node) -> tuple[PayloadTest, ...]:
    """Return what is left to be asked of an event, the cheap first; all must hold.

    What could not be told of the circumstances does not hold.
    """
    parts = node.parts if isinstance(node, Every) else (node,)
    return tuple(_test(part) for part in sorted(parts, key=_cost))


def _joined(parts: tuple[Node, ...], known: Circumstances, join: type[Every | Either], *, decides: bool) -> bool | Node:
    """Resolve parts of which one that is `decides` decides for all."""
    left: list[Node] = []
    for part in parts:
        resolved = resolve(part, known)
        if isinstance(resolved, bool):
            if resolved is decides:
                return decides
        elif isinstance(resolved, join):
            left.extend(resolved.parts)
        else:
            left.append(resolved)
    if not left:
        return not decides
    return left[0] if len(left) == 1 else join(tuple(left))


def _cost(node: Node) -> int:
    match node:
        case Dynamic(cost=cost):
            return cost
        case Every(parts) | Either(parts):
            return max(map(_cost, parts))
        case Negation(part):
            return _cost(part)
        case Static():
            return _CHEAP
        case _:
            assert_never(node)


def _test(node: Node) -> PayloadTest:
    match node:
        case Dynamic(test):
            return test
        case Static():
            return _never
        case Negation(part):
            inner = _test(part)
            return lambda subject: not inner(subject)
        case Every():
            every = tests_of(node)
            return lambda subject: all(test(subject) for test in every)
        case Either(parts):
            either = [_test(part) for part in sorted(parts, key=_cost)]
            return lambda subject: any(test(subject) for test in either)
        case _:
            assert_never(node)


def _never(_: Subject) -> bool:
    return False


def _of_peer(known: Circumstances) -> bool | None:
    return None if known.source is None and known.of_frame else known.source in (None, Source.PEER)


def _node(match: Match) -> Node:
    return Every(tuple(_parts(match)))


def _parts(match: Match) -> Iterator[Node]:
    for name in sorted(match.model_fields_set):
        value = getattr(match, name)
        if name in _STATIC:
            yield Static(_STATIC[name](value))
        elif name in _DYNAMIC:
            make, cost = _DYNAMIC[name]
            yield Dynamic(make(value), cost)
    for path, wanted in (match.json_ or {}).items():
        yield Dynamic(json_test(path, wanted), _DOCUMENT)
    if match.any is not None:
        yield Either(tuple(map(_node, match.any)))
    if match.all is not None:
        yield Every(tuple(map(_node, match.all)))
    if match.not_ is not None:
        yield Negation(_node(match.not_))
    if match.event is not None or match.fields is not None:
        # No message is decoded yet.
        yield Static(lambda _: False)


_STATIC: Mapping[str, Callable[[Any], StaticTest]] = {
    "url": circumstances.url_test,
    "host": circumstances.host_test,
    "path": circumstances.path_test,
    "query": circumstances.query_test,
    "header": circumstances.header_test,
    "subprotocol": circumstances.subprotocol_test,
    "status": circumstances.status_test,
    "dir": circumstances.direction_test,
    "type": circumstances.type_test,
    "source": circumstances.source_test,
}
_DYNAMIC: Mapping[str, tuple[Callable[[Any], PayloadTest], int]] = {
    "index": (payload_tests.index_test, _CHEAP),
    "size": (payload_tests.size_test, _CHEAP),
    "since_open": (payload_tests.since_open_test, _CHEAP),
    "gap": (payload_tests.gap_test, _CHEAP),
    "close_code": (payload_tests.close_code_test, _CHEAP),
    "bytes": (payload_tests.bytes_test, _CHEAP),
    "protocol": (payload_tests.protocol_test, _CHEAP),
    "tag": (payload_tests.tag_test, _CHEAP),
    "text": (payload_tests.text_test, _SEARCH),
    "hex": (payload_tests.hex_test, _SEARCH),
    "regex": (payload_tests.regex_test, _SEARCH),
}


def _branches(match: Match) -> Iterator[Match]:
    yield match
    for part in [*(match.any or ()), *(match.all or ())]:
        yield from _branches(part)


def _regexes(match: Match) -> Iterator[str]:
    return (part.regex for part in _branches(match) if part.regex is not None)


def _asks_source(match: Match) -> bool:
    return any(part.source is not None or (part.not_ and _asks_source(part.not_)) for part in _branches(match))
