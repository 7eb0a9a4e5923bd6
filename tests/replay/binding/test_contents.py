"""What messages and heads of the handshake say."""

from __future__ import annotations

import json

import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.model import HttpHead
from wsinspect.replay.binding.contents import LARGEST_BYTES, MOST_VALUES, contents_of, contents_of_head
from wsinspect.replay.binding.naming import Role
from wsinspect.replay.leaves import Scalar, layout
from wsinspect.wire.opcodes import Opcode


def said(payload: bytes, opcode: int = Opcode.TEXT) -> dict[str, Scalar]:
    return dict(contents_of(opcode, payload).values)


@pytest.mark.parametrize(
    ("payload", "values"),
    [
        (b'{"a": 1, "b": [1.5, {"c d": "x"}], "e": {}}', {"$.a": 1, "$.b[0]": 1.5, "$.b[1]['c d']": "x"}),
        (b'[7, "x"]', {"$[0]": 7, "$[1]": "x"}),
        (b'42["a",{"b":1}]', {"$[0]": "a", "$[1].b": 1}),
        (b"a=1&b=2", {"$.a": "1", "$.b": "2"}),
        (b"TOKEN abc1", {"@0": "abc1"}),
        (b"{", {}),
    ],
)
def test_values_have_paths(payload: bytes, values: dict[str, Scalar]) -> None:
    assert said(payload) == values


def test_binary_documents_are_read_too() -> None:
    assert said(msgpack.packb({"a": [1, "x"]}), Opcode.BINARY) == {"$.a[0]": 1, "$.a[1]": "x"}


def test_a_number_that_is_too_large_to_be_exact_is_read_as_it_is_written() -> None:
    payload = b'{"a":{"n":123456789012345678901234}}'
    assert said(payload) == {leaf.path: leaf.value for leaf in layout(payload, of_text=True).leaves}


def test_of_a_large_message_not_all_is_looked_at() -> None:
    many = contents_of(Opcode.TEXT, json.dumps(list(range(MOST_VALUES + 5))).encode())
    assert (len(many.values), many.passed_over) == (MOST_VALUES, True)
    assert contents_of(Opcode.TEXT, b"x" * (LARGEST_BYTES + 1)).passed_over
    assert not contents_of(Opcode.TEXT, json.dumps(list(range(MOST_VALUES))).encode()).passed_over


def test_what_is_nested_very_deep_is_passed_over() -> None:
    assert said(b"[" * 60 + b"1" + b"]" * 60) == {}


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (b'{"type":"tick","price":1}', "tick"),
        (b'{"type":"tick","op":2,"price":1}', "tick 2"),
        (b'{"type":true,"user":{"id":1}}', "{type, user}"),
        (b'{"type":1000,"kind":"' + b"x" * 99 + b'"}', "{type, kind}"),
        (b'{"user":{"type":"x"}}', "{user}"),
        (b'["price",{"v":1}]', "price"),
        (b'42["price"]', "42 price"),
    ],
)
def test_messages_are_of_a_kind(payload: bytes, kind: str) -> None:
    assert contents_of(Opcode.TEXT, payload).kind == kind


def test_messages_have_a_role() -> None:
    assert contents_of(Opcode.TEXT, b'421["a"]').role is Role.ASKS
    assert contents_of(Opcode.TEXT, b'{"id":1,"result":2}').role is Role.ANSWERS


def test_a_head_says_cookies_parameters_and_headers_of_its_own() -> None:
    request = HttpHead(
        "HTTP/1.1",
        (("Host", "a.test"), ("Cookie", "sid=1; b=2"), ("X-Session", "xyz"), ("Sec-WebSocket-Key", "k")),
        target="/chat?token=abc&v=1",
    )
    assert dict(contents_of_head(request).values) == {
        "@cookie:sid": "1",
        "@cookie:b": "2",
        "@header:x-session": "xyz",
        "@query:token": "abc",
        "@query:v": "1",
    }
    response = HttpHead("HTTP/1.1", (("Set-Cookie", "sid=1; Path=/; HttpOnly"),))
    assert dict(contents_of_head(response).values) == {"@cookie:sid": "1"}


def test_no_head_or_an_odd_one_says_nothing() -> None:
    assert contents_of_head(None).values == ()
    assert contents_of_head(HttpHead("HTTP/1.1", (), target="http://[/?a=1")).values == ()


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode), st.booleans())
def test_nothing_raises(payload: bytes, of_text: bool) -> None:
    contents_of(Opcode.TEXT if of_text else Opcode.BINARY, payload)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(1 << 53), 1 << 53) | st.floats(-1e6, 1e6) | st.text(max_size=9),
        lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=5), below, max_size=4),
        max_leaves=20,
    )
)
def test_values_and_paths_are_those_of_leaves(document: object) -> None:
    payload = json.dumps([document]).encode()
    laid_out = layout(payload, of_text=True)
    assert said(payload) == {leaf.path: leaf.value for leaf in laid_out.leaves}
