"""JSON-RPC messages are read within bounds, and written as the specification has them."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.control import messages
from wsinspect.control.messages import ErrorCode, Incoming, Rejected, Request, read

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 53), 1 << 53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


def only(data: str | bytes) -> Request | Rejected:
    incoming = read(data.encode() if isinstance(data, str) else data)
    assert not incoming.is_batch
    (request,) = incoming.requests
    return request


def test_a_call_and_a_notification() -> None:
    assert only('{"jsonrpc": "2.0", "id": "a", "method": "status"}') == Request("status", {}, "a", answered=True)
    assert only('{"jsonrpc": "2.0", "id": null, "method": "x"}') == Request("x", {}, None, answered=True)
    assert only('{"jsonrpc": "2.0", "method": "x", "params": {"a": 1}}') == Request("x", {"a": 1}, None, False)


@pytest.mark.parametrize(
    ("data", "code", "identity"),
    [
        (b"", ErrorCode.PARSE_ERROR, None),
        (b"{", ErrorCode.PARSE_ERROR, None),
        (b"\xff", ErrorCode.PARSE_ERROR, None),
        (b"[" * 5000, ErrorCode.PARSE_ERROR, None),
        (b'"\\ud800"', ErrorCode.PARSE_ERROR, None),
        (b"1", ErrorCode.INVALID_REQUEST, None),
        (b"[]", ErrorCode.INVALID_REQUEST, None),
        (b"{}", ErrorCode.INVALID_REQUEST, None),
        (b'{"jsonrpc": "1.0", "id": 7, "method": "x"}', ErrorCode.INVALID_REQUEST, 7),
        (b'{"jsonrpc": "2.0", "id": 7}', ErrorCode.INVALID_REQUEST, 7),
        (b'{"jsonrpc": "2.0", "id": 7, "method": 1}', ErrorCode.INVALID_REQUEST, 7),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "x"}', ErrorCode.INVALID_REQUEST, None),
        (b'{"jsonrpc": "2.0", "id": true, "method": "x"}', ErrorCode.INVALID_REQUEST, None),
        (b'{"jsonrpc": "2.0", "id": "' + b"a" * 2000 + b'", "method": "x"}', ErrorCode.INVALID_REQUEST, None),
        (b'{"jsonrpc": "2.0", "id": 7.5, "method": "x", "params": [1]}', ErrorCode.INVALID_PARAMS, 7.5),
        (b'{"jsonrpc": "2.0", "id": 7, "method": "x", "params": null}', ErrorCode.INVALID_PARAMS, 7),
    ],
)
def test_what_is_no_call_says_why(data: bytes, code: ErrorCode, identity: object) -> None:
    rejected = only(data)
    assert isinstance(rejected, Rejected)
    assert (rejected.code, rejected.id) == (code, identity)
    assert rejected.message


def test_a_batch_is_bounded() -> None:
    call = '{"jsonrpc": "2.0", "id": 1, "method": "x"}'
    batch = read(f"[{call},1]".encode())
    assert batch.is_batch
    assert [type(each) for each in batch.requests] == [Request, Rejected]
    rejected = only(f"[{','.join([call] * 101)}]")
    assert isinstance(rejected, Rejected)
    assert "100 requests at most" in rejected.message


@pytest.mark.parametrize(
    "data",
    [b"[" + b"[]," * 200_000 + b"[]]", b"[" + b'"",' * 300_000 + b'""]', b"[" + b'{"a":1},' * 200_000 + b"1]"],
    ids=["lists", "texts", "objects"],
)
def test_a_message_of_very_many_values_is_not_read(data: bytes) -> None:
    rejected = only(data)
    assert isinstance(rejected, Rejected)
    assert "values" in rejected.message


@pytest.mark.parametrize("inner", ['[{"a": 1}, ', '\\"[,{', "\\\\"])
def test_a_payload_that_is_text_may_hold_whatever_it_likes(inner: str) -> None:
    text = inner * 200_000
    request = only(messages.request("edit", {"text": text}, 1))
    assert isinstance(request, Request)
    assert request.params["text"] == text


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    assert isinstance(read(data), Incoming)


@given(JSON)
def test_no_value_raises(value: object) -> None:
    assert read(json.dumps(value).encode()).requests


@given(st.text(), st.dictionaries(st.text(), JSON, max_size=3))
def test_what_was_written_is_read(method: str, params: dict[str, messages.Json]) -> None:
    assert only(messages.request(method, params, 1)) == Request(method, params, 1, answered=True)


def test_answers() -> None:
    assert orjson.loads(messages.answer(1, orjson.Fragment(b'{"a":1}'))) == {
        "jsonrpc": "2.0",
        "id": 1,
        "result": {"a": 1},
    }
    assert orjson.loads(messages.failure(None, ErrorCode.REFUSED, "no", {"kind": "engine"})) == {
        "jsonrpc": "2.0",
        "id": None,
        "error": {"code": -32000, "message": "no", "data": {"kind": "engine"}},
    }
    assert orjson.loads(messages.notification("held", b"{}")) == {"jsonrpc": "2.0", "method": "held", "params": {}}
    assert messages.batch([b"1", b"2"]) == b"[1,2]"
