"""What names and values say by their looks: which values are telling, and which names are those of ids.

No list is complete; each errs so that a value that is nobody's is rather left alone.
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Container
from typing import NamedTuple

from wsinspect.replay.leaves import Scalar
from wsinspect.replay.paths import general, last_name, steps_of

DISCRIMINATORS = frozenset(
    "type event op method action cmd command kind msg_type messagetype message_type @type __typename eventname"
    " event_name msg e t channel topic target opcode status state".split()
)
"""Names of what says what a message is, in small letters."""
_CONSTANTS = frozenset("jsonrpc version v protocol api apiversion api_version ver format encoding lang locale".split())
_ID = re.compile(
    r"(?i:(?:.*[_.\-])?(?:id|ids|sid|uid|guid|uuid|seq|seqno|seqnum|sequence|nonce|token|ticket|session|ref|cursor|ack"
    r"|csrf|secret|rev|revision|etag|handle|challenge|salt))|.*(?:Id|ID|Ids|Seq|Token|Nonce|Ref|Sid|Session|Cursor)"
)
_OF_REQUEST = frozenset({"@ack", "$.id", "$.invocationId"})
EXACT = 1 << 53
"""Floating-point numbers from here on may stand for others."""
_TELLING = 8
"""Characters, or bytes, from which a value may be telling by itself."""
_DIGITS = 7
_SMALLEST_TELLING = 10 ** (_DIGITS - 1)
_KEPT_DIGITS = 4
"""Digits before zeros at the end, from which on a large number is not a round one."""
_PARTS = re.compile(r"[A-Za-z0-9]+")
_RUNS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_SHORTEST_RUNS = 3.2
_MIXED = re.compile(r"[0-9]|[a-z][A-Z]")
_DIGIT = re.compile(r"[0-9]")
_LETTER = re.compile(r"[A-Za-z]")
_HEX = re.compile(r"[0-9a-f]{8,}|[0-9A-F]{8,}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d(?::?\d\d)?)?")
_TOKEN = re.compile(r"[A-Za-z0-9_.~+/=%:-]+")
_WORDS = re.compile(r"[a-z]+|[A-Z][a-z]+|[A-Z]{2,4}|[0-9]{1,4}")
_CHANGES = re.compile(r"(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])|(?<=[a-z])(?=[A-Z])")
_LONG_NUMBER = re.compile(r"[0-9]{7,}")
_FEW_CHANGES = 2
_FEW_CHANGES_LONG = 4
_LONG = 16
_VARIED = 6
_MANY = 10
"""Characters that are of some words, if they are of words."""
_SHORTEST_WORDS, _SHORTEST_OF_MANY = 2.5, 3.5
"""Characters of a word, on average."""
_WELL_KNOWN = frozenset({2147483647, 4294967295, 9007199254740991, 9223372036854775807, 18446744073709551615})


class Strength(enum.Enum):
    """How much it means that both sides said a value."""

    NOTHING = enum.auto()
    """Booleans, null, empty values."""
    WEAK = enum.auto()
    """Small numbers and words: chance, unless it goes on."""
    STRONG = enum.auto()
    """Nobody comes to it by himself."""


class Role(enum.Enum):
    """What a message is to one of the other side, as far as its protocol is known."""

    NONE = enum.auto()
    ASKS = enum.auto()
    """A request: its id is of its sender's making."""
    ANSWERS = enum.auto()
    """A reply: its id is that of the request."""

    @staticmethod
    def of(prefix: str, tops: Container[str]) -> Role:
        """Tell the role.

        Args:
            prefix: Of the layout.
            tops: Names of the fields of the document, and `@ack`.
        """
        if "@ack" in tops or "ack" in tops:
            socket_io = {"42": Role.ASKS, "45": Role.ASKS, "43": Role.ANSWERS, "46": Role.ANSWERS}
            return socket_io.get(prefix[:2], Role.NONE)
        if "invocationId" in tops:
            return Role.ASKS if "target" in tops else Role.ANSWERS
        if "id" not in tops:
            return Role.NONE
        if "method" in tops:
            return Role.ASKS
        return Role.ANSWERS if "result" in tops or "error" in tops else Role.NONE


class Traits(NamedTuple):
    """What the path of a value says about it."""

    path: str
    """General."""
    key: str
    """A name that is the same in either spelling: `order_id`, `orderId`, and `id` in an `order` or `orders`."""
    is_id: bool
    """Whether it has the name of an id, a sequence number, or a token."""
    is_fixed: bool
    """Whether it has the name of what distinguishes kinds of messages, or never changes."""
    is_shared: bool
    """Whether it is what a request and its reply share, in messages with a role."""
    in_list: bool


@functools.lru_cache(16384)
def traits(path: str) -> Traits:
    """Return what a path says about the value at it."""
    name = last_name(path)
    names = [step for step in steps_of(path)[1:] if not step.startswith("[")] or [name_of(path)]
    key = _plain(names[-1])
    key = _plain(names[-2]).removesuffix("s") + key if key == "id" and len(names) > 1 else key
    shared = path in _OF_REQUEST
    is_id = shared or _ID.fullmatch(name_of(path)) is not None
    is_fixed = path == "$[0]" or name.lower() in DISCRIMINATORS | _CONSTANTS
    return Traits(general(path), key, is_id, is_fixed, shared, "[" in path)


def name_of(path: str) -> str:
    """Return what the value at a path is called; its path where it has no name."""
    return (last_name(path) or path).rpartition(":")[2]


def _plain(name: str) -> str:
    return name.rpartition(":")[2].replace("_", "").replace("-", "").lower()


def strength(value: Scalar) -> Strength:
    """Tell how much it means that both sides said a value."""
    if isinstance(value, str):
        return _strength_of_text(value) if value else Strength.NOTHING
    if value is None or isinstance(value, bool):
        return Strength.NOTHING
    if isinstance(value, int):
        small = -_SMALLEST_TELLING < value < _SMALLEST_TELLING
        return Strength.WEAK if small or not _is_telling_number(str(abs(value))) else Strength.STRONG
    if isinstance(value, float):
        if not -EXACT < value < EXACT:
            return Strength.NOTHING
        digits = repr(abs(value)).replace(".", "").strip("0")
        return Strength.STRONG if len(digits) > _TELLING and digits.isdigit() else Strength.WEAK
    if not value:
        return Strength.NOTHING
    return Strength.STRONG if len(value) >= _TELLING and len(set(value)) >= _VARIED else Strength.WEAK


@functools.lru_cache(16384)
def _strength_of_text(text: str) -> Strength:
    return Strength.STRONG if looks_random(text) or _MOMENT.fullmatch(text) else Strength.WEAK


def looks_random(text: str) -> bool:
    """Tell whether a text is no word of a person: an id, a token, a hash."""
    if text.isascii() and text.isdigit():
        return _is_telling_number(text)
    if len(text) < _TELLING or _MIXED.search(text) is None or _TOKEN.fullmatch(text) is None:
        return False
    if is_uuid(text):
        return True
    if len(set(text)) < _VARIED or _LETTER.search(text) is None:
        return False
    if len(text) >= _LONG and any(_is_irregular(part) for part in _PARTS.findall(text)):
        return True
    if _DIGIT.search(text) is None:
        return False
    if (number := _LONG_NUMBER.search(text)) and _is_telling_number(number[0]):
        return True
    changes = len(_CHANGES.findall(text))
    if _HEX.fullmatch(text):
        return changes >= 1
    return changes >= (_FEW_CHANGES_LONG if len(text) >= _LONG else _FEW_CHANGES) and not _is_of_words(text)


def is_uuid(text: str) -> bool:
    """Tell whether a text is a UUID (RFC 9562)."""
    return _UUID.fullmatch(text) is not None


def _is_of_words(text: str) -> bool:
    """Tell whether a text is of words and small numbers with marks between them, such as `/v2/room-12/user_3`."""
    parts = _PARTS.findall(text)
    worded = sum(len(part) for part in parts if _is_words(part))
    return worded * 2 > sum(len(part) for part in parts)


def _is_irregular(part: str) -> bool:
    """Tell whether small letters and capitals change places as they never do in words put together."""
    if len(part) < _TELLING or part.islower() or part.isupper():
        return False
    return len(part) < _SHORTEST_RUNS * len(_RUNS.findall(part))


def _is_words(part: str) -> bool:
    """Tell whether a part is wholly of words and small numbers, and those not tiny."""
    words = _WORDS.findall(part)
    shortest = _SHORTEST_OF_MANY if len(part) >= _MANY else _SHORTEST_WORDS
    return "".join(words) == part and len(part) >= shortest * len(words)


def _is_telling_number(digits: str) -> bool:
    plain = digits.strip("0")
    return len(digits) >= _DIGITS and len(plain) >= _KEPT_DIGITS and int(digits[:20]) not in _WELL_KNOWN
