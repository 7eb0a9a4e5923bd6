"""The messages of the control channel: JSON-RPC 2.0 (https://www.jsonrpc.org/specification), read and written.

Contract: `read` takes anything, in time and memory that are bounded: what is no request becomes a `Rejected` that says
how to answer. Parameters are objects, given by name. A batch holds at most `MOST_IN_BATCH` requests.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

type Json = str | int | float | bool | list[Json] | dict[str, Json] | None
"""Any JSON value."""
type Id = str | int | float | None
"""What a client gives its request, to know the answer by."""

MOST_BYTES = 24 << 20
"""A longer message ends the connection; 16 MiB in base64 fit."""
MOST_IN_BATCH = 100
_MOST_VALUES = 100_000
_COUNTED_FROM_BYTES = 64 << 10
_LONGEST_ID = 1000


class ErrorCode(enum.IntEnum):
    """The codes of the specification, and ours."""

    PARSE_ERROR = -32700
    """It is no JSON."""
    INVALID_REQUEST = -32600
    """It is JSON, but no request."""
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603
    """A mistake of wsinspect's own."""
    REFUSED = -32000
    """The engine cannot do it: `data` says more."""


@dataclass(frozen=True, slots=True)
class Request:
    """A method to call."""

    method: str
    params: dict[str, Json]
    id: Id
    answered: bool
    """False: it is a notification, to which there is no answer."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """What is no request."""

    code: ErrorCode
    message: str
    id: Id = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """What one message holds."""

    requests: tuple[Request | Rejected, ...]
    is_batch: bool


def read(data: bytes) -> Incoming:
    """Read a message of a client."""
    if _counted_values(data) > _MOST_VALUES:
        return _rejected(ErrorCode.INVALID_REQUEST, f"more than {_MOST_VALUES:,} values: give a payload as text")
    try:
        value: Json = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        return _rejected(ErrorCode.PARSE_ERROR, f"no JSON: {error}")
    if not isinstance(value, list):
        return Incoming((_request(value),), is_batch=False)
    if not value:
        return _rejected(ErrorCode.INVALID_REQUEST, "an empty batch")
    if len(value) > MOST_IN_BATCH:
        return _rejected(ErrorCode.INVALID_REQUEST, f"a batch of {len(value)}: {MOST_IN_BATCH} requests at most")
    return Incoming(tuple(map(_request, value)), is_batch=True)


def _counted_values(data: bytes) -> int:
    """Estimate how many values a long message holds: reading millions of them would stop everything else for seconds.

    Texts may be long, so what is within quotation marks does not count.
    """
    if len(data) < _COUNTED_FROM_BYTES:
        return 0
    unescaped = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = unescaped.count(b'"')
    if marks > 2 * _MOST_VALUES:
        return marks // 2
    outside = b"".join(unescaped.split(b'"')[::2])
    return outside.count(b",") + outside.count(b"[") + outside.count(b"{")


def _rejected(code: ErrorCode, message: str) -> Incoming:
    return Incoming((Rejected(code, message),), is_batch=False)


def _request(value: Json) -> Request | Rejected:
    if not isinstance(value, dict):
        return Rejected(ErrorCode.INVALID_REQUEST, "a request is an object")
    identity = value.get("id")
    # A boolean is an int to Python.
    if not isinstance(identity, str | int | float | None) or isinstance(identity, bool):
        return Rejected(ErrorCode.INVALID_REQUEST, "an id is text, a number or null")
    if isinstance(identity, str) and len(identity) > _LONGEST_ID:
        return Rejected(ErrorCode.INVALID_REQUEST, f"an id has {_LONGEST_ID:,} characters at most")
    if value.get("jsonrpc") != "2.0":
        return Rejected(ErrorCode.INVALID_REQUEST, 'not JSON-RPC 2.0: "jsonrpc": "2.0" is missing', identity)
    method = value.get("method")
    if not isinstance(method, str):
        return Rejected(ErrorCode.INVALID_REQUEST, "the method is missing", identity)
    params = value.get("params", {})
    if not isinstance(params, dict):
        return Rejected(ErrorCode.INVALID_PARAMS, "parameters are given by name, as an object", identity)
    return Request(method, params, identity, answered="id" in value)


def request(method: str, params: dict[str, Json], identity: Id) -> bytes:
    """Write a request."""
    return orjson.dumps({"jsonrpc": "2.0", "id": identity, "method": method, "params": params})


def answer(identity: Id, result: orjson.Fragment) -> bytes:
    """Write the answer to a request that was carried out; the result is JSON already."""
    return orjson.dumps({"jsonrpc": "2.0", "id": identity, "result": result})


def failure(identity: Id, code: ErrorCode, message: str, data: Json = None) -> bytes:
    """Write the answer to a request that was not."""
    error: dict[str, Json] = {"code": int(code), "message": message}
    if data is not None:
        error["data"] = data
    return orjson.dumps({"jsonrpc": "2.0", "id": identity, "error": error})


def notification(method: str, params: bytes) -> bytes:
    """Write a notification; the parameters are JSON already."""
    return orjson.dumps({"jsonrpc": "2.0", "method": method, "params": orjson.Fragment(params)})


def batch(answers: Sequence[bytes]) -> bytes:
    """Write the answers to a batch as one message."""
    return b"[" + b",".join(answers) + b"]"
