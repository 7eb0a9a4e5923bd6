"""What a message says about the request that it is, or that it answers, without knowing its protocol.

Only the names of fields and a few words are looked at; see `pairs` for the rule that makes pairs of them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import orjson

LARGEST_BYTES = 1 << 16
"""Larger payloads are passed over."""
_LONGEST_VALUE = 200
_LONGEST_NAME = 40
_MOST_FIELDS = 64
"""Fields of an object behind these are passed over."""


class Role(enum.Enum):
    """What a message is by its looks."""

    REQUEST = enum.auto()
    REPLY = enum.auto()
    EITHER = enum.auto()


@dataclass(frozen=True, slots=True)
class Mark:
    """A value that a request and its reply share."""

    name: str
    """Of the field, without case and punctuation; empty where the reply names the request by another one."""
    value: int | str
    sure: bool
    """Whether nothing but a request and its reply has such a field, so that looks do not matter."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What one message shows."""

    role: Role
    asked: tuple[Mark, ...]
    """What it may be the reply to."""
    own: tuple[Mark, ...]
    """What a reply to it may show."""
    verb: str | None = None
    """What it does or is, in small letters: `subscribe`, `price`."""


class _Sense(enum.Enum):
    KEY = enum.auto()
    """Numbers a message, or names a request."""
    SURE_KEY = enum.auto()
    """Names a request."""
    ANSWERED = enum.auto()
    """Names the message that is answered."""
    OF_REQUEST = enum.auto()
    OF_REPLY = enum.auto()
    VERB = enum.auto()


_NAMES = {
    _Sense.KEY: "id ref cid mid msgid messageid msgref seq sequence seqno serial tag uid uuid nonce rid txn",
    _Sense.SURE_KEY: "requestid reqid requestref callid correlationid correlid invocationid transaction transactionid"
    " txid queryid commandid cmdid opid operationid traceid echo callback callbackid promiseid rpcid",
    _Sense.ANSWERED: "ack ackid acked replyto inreplyto responseto inresponseto answerto answers replyid replyfor"
    " responsefor repliesto",
    _Sense.OF_REQUEST: "params args arguments query request",
    _Sense.OF_REPLY: "result results error errors ok success status statuscode response reply retcode errno",
    _Sense.VERB: "method action cmd command op operation event type kind",
}
_SENSES = {name: sense for sense, names in _NAMES.items() for name in names.split()}
_ASKING_VERBS = frozenset({"method", "action", "cmd", "command"})
"""Names of fields that, as far as they are no reply's, are those of a request."""
_REPLY_WORDS = frozenset(
    "res resp response reply ack result answer ok success error failure fail err phxreply done pong return next data"
    " complete".split()
)
_REQUEST_WORDS = frozenset("req request call query invoke execute command cmd ping subscribe unsubscribe start".split())
_HEADS = frozenset({"header", "headers", "head", "meta", "metadata", "envelope", "msg", "message"})
"""Fields in which other than sure marks are looked for as well: elsewhere an `id` is that of some thing."""

_PHOENIX_FIELDS = 5
_OCPP_CALL, _OCPP_REPLIES = 2, (3, 4)
_WAMP_ERROR = 8
_WAMP_REPLIES = {16: 17, 32: 33, 34: 35, 48: 50, 64: 65, 66: 67, 68: 70}
"""PUBLISH, SUBSCRIBE, UNSUBSCRIBE, CALL, REGISTER, UNREGISTER, INVOCATION, with the types of their replies."""


def signs_of(payload: bytes) -> Signs | None:
    """Read the signs of a payload; None where it has none, as what is not JSON."""
    if payload[:1] not in (b"{", b"[") and payload.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    signs = _of_object(document) if isinstance(document, dict) else _of_array(document)
    return signs if signs.asked else None


def _of_object(document: dict[str, object]) -> Signs:
    marks: list[Mark] = []
    verb: str | None = None
    asks = replies = False
    said: Role | None = None
    for name, value in islice(document.items(), _MOST_FIELDS):
        plain = _plain(name)
        sense = _SENSES.get(plain)
        if isinstance(value, dict):
            marks += _marks_within(plain, value)
        if sense is _Sense.OF_REPLY:
            replies = True
        elif sense is _Sense.OF_REQUEST:
            asks = True
        elif sense is _Sense.VERB:
            if isinstance(value, str) and (word := _plain(value)):
                asks = asks or plain in _ASKING_VERBS
                verb = verb or word
                said = said or _said(word)
        elif sense is not None and _is_value(value):
            marks.append(_mark(plain, sense, value))
    answered = tuple(mark for mark in marks if not mark.name)
    own = tuple(mark for mark in marks if mark.name)
    if answered:
        return Signs(Role.REPLY, answered, own, verb)
    role = said or (Role.REPLY if replies else Role.REQUEST if asks else Role.EITHER)
    return Signs(role, own, () if role is Role.REPLY else own, verb)


def _marks_within(outer: str, inner: dict[str, object]) -> Iterator[Mark]:
    for name, value in islice(inner.items(), _MOST_FIELDS):
        plain = _plain(name)
        sense = _SENSES.get(plain)
        wanted = sense in (_Sense.SURE_KEY, _Sense.ANSWERED) or (sense is _Sense.KEY and outer in _HEADS)
        if sense is not None and wanted and _is_value(value):
            yield _mark(plain, sense, value)


def _mark(plain: str, sense: _Sense, value: object) -> Mark:
    assert isinstance(value, int | str)
    return Mark("" if sense is _Sense.ANSWERED else plain, value, sense is not _Sense.KEY)


def _said(word: str) -> Role | None:
    if word in _REPLY_WORDS:
        return Role.REPLY
    return Role.REQUEST if word in _REQUEST_WORDS else None


def _of_array(document: list[object]) -> Signs:
    """Read Phoenix's, OCPP's and WAMP's arrays."""
    match document:
        case [None | str(), str() as ref, str(), str() as event, _] if len(document) == _PHOENIX_FIELDS:
            role = Role.REPLY if event == "phx_reply" else Role.REQUEST
            return _alone(role, Mark("phoenix", ref, sure=True))
        case [int() as kind, str() as ref, *_] if kind == _OCPP_CALL or kind in _OCPP_REPLIES:
            role = Role.REQUEST if kind == _OCPP_CALL else Role.REPLY
            return _alone(role, Mark("ocpp", ref, sure=True))
        case [int() as kind, int() as asked, int() as ref, *_] if kind == _WAMP_ERROR and asked in _WAMP_REPLIES:
            return _alone(Role.REPLY, _wamp(_WAMP_REPLIES[asked], ref))
        case [int() as kind, int() as ref, *_] if kind in _WAMP_REPLIES:
            return _alone(Role.REQUEST, _wamp(_WAMP_REPLIES[kind], ref))
        case [int() as kind, int() as ref, *_] if kind in _WAMP_REPLIES.values():
            return _alone(Role.REPLY, _wamp(kind, ref))
        case _:
            return Signs(Role.EITHER, (), ())


def _alone(role: Role, mark: Mark) -> Signs:
    return Signs(role, (mark,), () if role is Role.REPLY else (mark,))


def _wamp(reply: int, ref: int) -> Mark:
    return Mark(f"wamp{reply}", ref, sure=True)


def _is_value(value: object) -> bool:
    return (isinstance(value, str) and 0 < len(value) <= _LONGEST_VALUE) or type(value) is int


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    """Take away case and punctuation: `requestId`, `request_id` and `Request-ID` are one name."""
    return "".join(letter for letter in name if letter.isalnum()).lower() if len(name) <= _LONGEST_NAME else ""
