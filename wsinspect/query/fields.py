"""What a field is, and finding one by its name.

The rows are in `table`; parser, predicates, SQL, completion and reference pages all read them. A name has one kind,
whatever it is asked of.
"""

from __future__ import annotations

import difflib
import enum
from collections.abc import Callable
from dataclasses import dataclass

from wsinspect.model import Carriage, Completeness, Frame, Leg, Message, Session, SessionState, Source, Stage, Verdict
from wsinspect.query.nodes import Operator
from wsinspect.query.target import Target

type FieldValue = int | str | bytes | tuple[int, ...] | tuple[str, ...] | None


class Kind(enum.Enum):
    """What the values of a field are; the value is what messages and reference pages call it."""

    COUNT = "a number"
    SIZE = "a size in bytes"
    TIME = "a time"
    """Microseconds since the Unix epoch, rounded as records are printed."""
    MILLISECONDS = "a duration in milliseconds"
    """Microseconds, rounded as records are printed."""
    SECONDS = "a duration in seconds"
    """Nanoseconds."""
    WORD = "one of a few words"
    """Position in `Field.words`."""
    BOOLEAN = "true or false"
    """0 or 1."""
    TEXT = "text"
    TEXTS = "several texts"
    COUNTS = "several numbers"
    UTF8 = "the payload of a text message"
    """Bytes that are valid UTF-8."""
    BYTES = "bytes"
    JSON = "JSON"
    """A JSON text, in which `Field.path` says where."""
    PART = "an object"
    """Anything but None; `has` is all one can ask."""

    @property
    def several(self) -> bool:
        """Whether a record may have more than one value, of which any may match."""
        return self in (Kind.TEXTS, Kind.COUNTS)

    @property
    def operators(self) -> frozenset[Operator]:
        """The operators it takes."""
        return _OPERATORS[self]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What a message has from the messages around it; None where that is not known."""

    gap_ns: int | None = None
    """Since the message before it in the same direction."""
    index: int | None = None
    """Its number within its direction, from 1."""
    latency_ns: int | None = None
    """Since the message that it answers."""


@dataclass(frozen=True, slots=True)
class Access[R]:
    """How to read a field from a record and in SQL."""

    get: Callable[[R], FieldValue]
    """None where the record lacks it."""
    sql: str | None = None
    """An expression, or for `Kind.several` a SELECT of one column named x; None where SQL cannot tell."""


@dataclass(frozen=True, slots=True)
class Derived:
    """How to read a field that a record does not have by itself.

    Times are unix nanoseconds.
    """

    get: Callable[[int, Session, Neighbours], FieldValue]
    """From the record's time, its session and its neighbours."""
    sql: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One field: a row of the table, or made from one for a name with a path in it."""

    name: str
    kind: Kind
    meaning: str
    """One phrase for the reference pages."""
    session: Access[Session] | None = None
    message: Access[Message] | Derived | None = None
    frame: Access[Frame] | Derived | None = None
    lifted: bool = False
    """Whether messages and frames have it from their session, by `session`."""
    words: tuple[str | None, ...] = ()
    """Of `Kind.WORD`: each value's word, None for a value without one."""
    zero_is_absent: bool = False
    """Whether `has` is false at 0."""
    path: str = ""
    """Of `Kind.JSON`: a JSONPath."""
    pattern: bool = False
    """Whether the name is a form with a path to fill in, such as `json.$.a.b[0]`."""

    def targets(self) -> tuple[Target, ...]:
        """List what can be asked for it."""
        there = {
            Target.SESSION: self.session,
            Target.MESSAGE: self.message or (self.lifted and self.session),
            Target.FRAME: self.frame or (self.lifted and self.session),
        }
        return tuple(target for target, access in there.items() if access)


_EQUAL = frozenset({Operator.EQ, Operator.NE})
_ORDER = _EQUAL | {Operator.LT, Operator.LE, Operator.GT, Operator.GE}
_SEARCH = frozenset({Operator.MATCHES, Operator.CONTAINS, Operator.ICONTAINS})
_OPERATORS = {
    Kind.COUNT: _ORDER,
    Kind.SIZE: _ORDER,
    Kind.TIME: _ORDER,
    Kind.MILLISECONDS: _ORDER,
    Kind.SECONDS: _ORDER,
    Kind.WORD: _EQUAL | _SEARCH,
    Kind.BOOLEAN: _EQUAL,
    Kind.TEXT: _ORDER | _SEARCH,
    Kind.TEXTS: _EQUAL | _SEARCH,
    Kind.COUNTS: _ORDER,
    Kind.UTF8: _ORDER | _SEARCH,
    Kind.BYTES: _ORDER | _SEARCH,
    Kind.JSON: _ORDER | _SEARCH,
    Kind.PART: frozenset[Operator](),
}


def nearest(word: str, words: list[str]) -> str | None:
    """Return what was probably meant, None where nothing is near."""
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    return close[0] if close else None


def words_of(
    closed_set: type[Carriage | Completeness | Leg | SessionState | Source | Stage | Verdict],
) -> tuple[str, ...]:
    """Return the words of a closed set, as records print them."""
    return tuple(member.name.lower() for member in closed_set)


def microseconds(nanoseconds: int | None) -> int | None:
    """Round a time as records print it."""
    return None if nanoseconds is None else (nanoseconds + 500) // 1000


def micros(sql: str) -> str:
    """Return the expression that rounds a time in SQL."""
    return f"(({sql} + 500) / 1000)"
