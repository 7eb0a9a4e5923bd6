"""Values in payloads: found, and replaced without touching anything else."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

import cbor2
import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.replay.leaves import Form, Leaf, Scalar, layout, rewritten, written


def found(payload: bytes, *, of_text: bool = True) -> dict[str, Scalar]:
    return {leaf.path: leaf.value for leaf in layout(payload, of_text=of_text).leaves}


@pytest.mark.parametrize(
    ("payload", "values"),
    [
        (b'{"a": 1, "b": [1.5, {"c": "x\\n"}], "d": true, "e": null}', "a=1 b[0]=1.5 b[1].c='x\\n' d=True e=None"),
        (b'"x"', "='x'"),
        (b'{"a":"\\ud800"}', "a='\\ud800'"),
        (b'{"n":12345678901234567890123}', "n=12345678901234567890123"),
        (b"a=1&b=x+y", "a='1' b='x y'"),
        (b'<r a="1&amp;2">t<i>3</i><i b="c">4</i><e/></r>', None),
    ],
)
def test_values_have_paths(payload: bytes, values: str | None) -> None:
    given_values = found(payload)
    if values is None:
        assert given_values == {
            "$['@a']": "1&amp;2",
            "$['#text']": "t",
            "$.i[0]['#text']": "3",
            "$.i[1]['@b']": "c",
            "$.i[1]['#text']": "4",
        }
        return
    named = " ".join(f"{path.lstrip('$').lstrip('.')}={value!r}" for path, value in given_values.items())
    assert named == values


def test_several_documents_are_told_apart() -> None:
    assert found(b'{"type":6}\x1e{"a":1}\x1e') == {"$0.type": 6, "$1.a": 1}


def test_a_number_too_long_for_one_stays_as_it_was_written() -> None:
    digits = b"1" * 5000
    assert found(b'{"n":%b}' % digits) == {"$.n": digits.decode()}


@pytest.mark.parametrize("value", [float("inf"), cbor2.undefined, cbor2.CBORTag(4, "x"), 10**400])
def test_odd_values_of_binary_formats_are_values(value: object) -> None:
    values = found(cbor2.dumps({"a": value, "b": [1, "x", {"c": 2}]}), of_text=False)
    assert values["$.b[2].c"] == 2
    assert any(path.startswith("$.a") for path in values)


def test_of_an_escape_that_is_none_the_text_is_kept() -> None:
    assert found(b"a=%22x%5Cq%22&b=1")["$.a"] == '"x\\q"'


@pytest.mark.parametrize(
    ("payload", "prefix", "ack"),
    [
        (b'42["price",1]', "42", None),
        (b'4217["price",1]', "42", 17),
        (b'430[1,{"a":1}]', "43", 0),
        (b'42/admin,7["x"]', "42/admin,", 7),
        (b"4317[]", "43", 17),
        (b"43/admin,7[]", "43/admin,", 7),
        (b'451-["img",{"num":0}]', "451-", None),
        (b'0{"sid":"a"}', "0", None),
    ],
)
def test_the_number_of_an_acknowledgement_is_a_value(payload: bytes, prefix: str, ack: int | None) -> None:
    laid_out = layout(payload, of_text=True)
    assert (laid_out.prefix, found(payload).get("@ack")) == (prefix, ack)


@pytest.mark.parametrize(
    ("payload", "name", "prefix", "values"),
    [
        (b"2", "text", "2", {}),
        (b"17", "text", "17", {}),
        (b"hello you", "text", "", {}),
        (b"order 17 of user-3 at 007", "text", "", {"@0": 17, "@1": "user-3", "@2": "007"}),
        (b"", "text", "", {}),
        (b"{}", "JSON", "", {}),
        (b"43[]", "text", "", {"@0": 43}),
        (b"\xff\xfe", "text", "", {}),
    ],
)
def test_words_with_digits_are_the_values_of_a_text(
    payload: bytes, name: str, prefix: str, values: dict[str, Scalar]
) -> None:
    laid_out = layout(payload, of_text=True)
    assert (laid_out.format, laid_out.prefix, found(payload)) == (name, prefix, values)


def test_empty_containers_are_told() -> None:
    assert layout(b'{"a":{},"b":[1,[]]}', of_text=True).containers == ("$.a", "$.b[1]")


@pytest.mark.parametrize(("payload", "prefix"), [(b"WSI\x00\x01", "WSI"), (b"\x00\x01", "")])
def test_bytes_are_known_by_the_letters_they_begin_with(payload: bytes, prefix: str) -> None:
    laid_out = layout(payload, of_text=False)
    assert (laid_out.format, laid_out.prefix, laid_out.leaves) == ("bytes", prefix, ())


VALUES = {"a": 1, "b": [True, None, "x"], "c": b"\x01\x02", "d": 2.5}


@pytest.mark.parametrize(("pack", "name"), [(msgpack.packb, "MessagePack"), (cbor2.dumps, "CBOR")])
def test_values_of_binary_formats_are_found_and_replaced(pack: Callable[[object], bytes], name: str) -> None:
    payload = pack(VALUES)
    laid_out = layout(payload, of_text=False)
    assert laid_out.format == name
    values = {leaf.path: leaf.value for leaf in laid_out.leaves}
    assert values == {"$.a": 1, "$.b[0]": True, "$.b[1]": None, "$.b[2]": "x", "$.c": b"\x01\x02", "$.d": 2.5}
    longer: dict[str, Scalar] = {"$.a": 70000, "$.b[2]": "a longer one", "$.c": b"", "$.d": 0.1}
    changes = [(leaf, longer[leaf.path]) for leaf in laid_out.leaves if leaf.path in longer]
    expected = pack({"a": 70000, "b": [True, None, "a longer one"], "c": b"", "d": 0.1})
    assert rewritten(laid_out, changes) == expected


@pytest.mark.parametrize(
    ("payload", "path", "value", "expected"),
    [
        (b'{ "a" : "old" , "b":1.50}', "$.a", 'n"\u00e9w', '{ "a" : "n\\"\u00e9w" , "b":1.50}'.encode()),
        (b'{"a":1}', "$.a", "\ud800", b'{"a":"\\ud800"}'),
        (b'{"a":1}', "$.a", None, b'{"a":null}'),
        (b'4217["x"]', "@ack", 3, b'423["x"]'),
        (b"a=1&b=2", "$.a", "x y&", b"a=x+y%26&b=2"),
        (b"a=1&b=2", "$.a", True, b"a=true&b=2"),
        (b"a=1&b=2", "$.a", b"z", b"a=z&b=2"),
        (b'<r a="1">t</r>', "$['@a']", '<"', b'<r a="&lt;&quot;">t</r>'),
        (b'<r a="1">t</r>', "$['#text']", "a<b", b'<r a="1">a&lt;b</r>'),
        (b"order 17 now", "@0", 18, b"order 18 now"),
    ],
)
def test_a_value_is_replaced_and_nothing_else(payload: bytes, path: str, value: Scalar, expected: bytes) -> None:
    laid_out = layout(payload, of_text=True)
    (leaf,) = [leaf for leaf in laid_out.leaves if leaf.path == path]
    assert rewritten(laid_out, [(leaf, value)]) == expected


def test_several_values_are_replaced_in_any_order() -> None:
    laid_out = layout(b'{"a":1,"b":2}', of_text=True)
    first, second = laid_out.leaves
    assert rewritten(laid_out, [(second, 20), (first, 10)]) == b'{"a":10,"b":20}'
    assert rewritten(laid_out, []) == laid_out.payload


@pytest.mark.parametrize(("form", "value"), [(Form.JSON, b"x"), (Form.FIXED, 1)])
def test_what_a_form_has_no_place_for_is_refused(form: Form, value: Scalar) -> None:
    with pytest.raises(ValueError, match=r"JSON has no bytes|only be read"):
        written(form, value)


def test_compressed_content_can_only_be_read() -> None:
    laid_out = layout(gzip.compress(b'{"a":1}'), of_text=False)
    assert laid_out.format == "gzip JSON"
    assert laid_out.leaves == (Leaf("$.a", 1, 5, 6, Form.FIXED),)
    plain = layout(gzip.compress(b"nothing but a text, and a long one"), of_text=False)
    assert (plain.format, plain.leaves) == ("gzip text", ())


def test_attributes_may_stand_without_quotes() -> None:
    laid_out = layout(b"<!DOCTYPE html><html><body><a b=c d='\\x'>t</a></body></html>", of_text=True)
    values = {leaf.path: leaf.value for leaf in laid_out.leaves}
    assert values == {"$.body[0].a[0]['@b']": "c", "$.body[0].a[0]['@d']": "\\x", "$.body[0].a[0]['#text']": "t"}
    assert b'<a b="new" d=' in rewritten(laid_out, [(laid_out.leaves[0], "new")])


def test_comments_are_no_values() -> None:
    assert found(b"<?xml version='1.0'?><r><!-- x --><a b='c'/></r>") == {"$.a[0]['@b']": "c"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=4), json_values, min_size=1, max_size=3))
def test_writing_the_values_as_they_are_changes_nothing(document: dict[str, object]) -> None:
    payload = json.dumps(document, ensure_ascii=False).encode()
    laid_out = layout(payload, of_text=True)
    assert json.loads(rewritten(laid_out, [(leaf, leaf.value) for leaf in laid_out.leaves])) == document


@given(st.binary(max_size=200), st.booleans())
def test_nothing_that_a_peer_sends_raises(payload: bytes, of_text: bool) -> None:
    laid_out = layout(payload, of_text=of_text)
    assert rewritten(laid_out, []) == payload
