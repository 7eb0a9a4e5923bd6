"""What names and values say by their looks."""

from __future__ import annotations

import pytest

from wsinspect.replay.binding.naming import Role, Strength, is_uuid, looks_random, name_of, strength, traits
from wsinspect.replay.leaves import Scalar

NOTHING, WEAK, STRONG = Strength.NOTHING, Strength.WEAK, Strength.STRONG


@pytest.mark.parametrize(
    ("value", "how"),
    [
        (None, NOTHING),
        (True, NOTHING),
        ("", NOTHING),
        (b"", NOTHING),
        (0, WEAK),
        (24.5, WEAK),
        (64231.55, WEAK),
        (0.8273648276, STRONG),
        (1e300, NOTHING),
        (1e-7, WEAK),
        (4711, WEAK),
        (-7654321, STRONG),
        (1_000_000, WEAK),
        (2147483647, WEAK),
        (b"abc", WEAK),
        (b"\x00" * 16, WEAK),
        (bytes(range(16)), STRONG),
        ("buy", WEAK),
        ("2026-11-21T18:17:42Z", STRONG),
    ],
)
def test_values_are_more_or_less_telling(value: Scalar, how: Strength) -> None:
    assert strength(value) is how


@pytest.mark.parametrize(
    "text",
    [
        "a8f7d6e5",
        "CAFE1234",
        "123e4567-e89b-12d3-a456-426614174000",
        "00000000-0000-0000-0000-000000000001",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc123DEF",
        "aGVsbG8/x1==",
        "sess_9f8a7b6c5d",
        "V1StGXR8_Z5jdHi6B-myT",
        "order-73519264",
        "12345678901",
        "XK7F2Q9P",
        "EATg_QWisUeguSsAAAAq",
        "rNbUsSstamUkuUVmAqAA",
    ],
)
def test_tokens_look_random(text: str) -> None:
    assert looks_random(text)


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "a8f7",
        "aaaaaaa1",
        "12:30:4567",
        "user1234",
        "room-general-2",
        "BTC-USD-2024",
        "getUser2",
        "v1.2.3-beta",
        "/v2/room-12/user_3",
        "http://127.0.0.1:8080/path",
        "1000000",
        "a token of 1234 words",
        "deadbeefcafe",
        "subscribeToMarketDataUpdates",
        "WebSocketConnectionPool2",
        "XMLHttpRequestUpload/withCredentials",
        "HELLO-WORLD-AND-MORE",
    ],
)
def test_words_do_not(text: str) -> None:
    assert not looks_random(text)


def test_a_uuid_is_known() -> None:
    assert is_uuid("123e4567-e89b-12d3-a456-426614174000")
    assert not is_uuid("123e4567e89b12d3a456426614174000")


@pytest.mark.parametrize(
    "path", ["$.id", "$.order_id", "$.orderId", "$.user.session", "$.seq", "$.csrfToken", "@cookie:sid", "@ack"]
)
def test_names_of_ids_are_known(path: str) -> None:
    assert traits(path).is_id


@pytest.mark.parametrize("path", ["$.price", "$.paid", "$.status", "$.idle", "$[0]", "$.name"])
def test_other_names_are_not_of_ids(path: str) -> None:
    assert not traits(path).is_id


@pytest.mark.parametrize(("path", "fixed"), [("$[0]", True), ("$.type", True), ("$.JSONRPC", True), ("$.id", False)])
def test_what_distinguishes_messages_is_fixed(path: str, fixed: bool) -> None:
    assert traits(path).is_fixed is fixed


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("$.order_id", "orderid"),
        ("$.orderId", "orderid"),
        ("$.order.id", "orderid"),
        ("$.orders[3].id", "orderid"),
        ("$.id", "id"),
        ("$[1]", "$[1]"),
        ("@cookie:SID", "sid"),
    ],
)
def test_one_name_is_the_same_in_each_spelling(path: str, key: str) -> None:
    assert traits(path).key == key


def test_a_path_is_general_and_says_whether_it_leads_into_a_list() -> None:
    assert traits("$.items[3].id")[::5] == ("$.items[*].id", True)
    assert not traits("$.id").in_list


def test_what_has_no_name_goes_by_its_path() -> None:
    assert (name_of("$.a.b[0]"), name_of("$[1]"), name_of("@header:x-sid")) == ("b", "$[1]", "x-sid")


@pytest.mark.parametrize(
    ("prefix", "tops", "role"),
    [
        ("42", ["ack"], Role.ASKS),
        ("43", ["ack"], Role.ANSWERS),
        ("", ["ack"], Role.NONE),
        ("", ["type", "target", "invocationId"], Role.ASKS),
        ("", ["type", "invocationId"], Role.ANSWERS),
        ("", ["jsonrpc", "id", "method"], Role.ASKS),
        ("", ["id", "result"], Role.ANSWERS),
        ("", ["id", "error"], Role.ANSWERS),
        ("", ["id", "price"], Role.NONE),
        ("", ["method"], Role.NONE),
    ],
)
def test_requests_and_replies_are_told_apart(prefix: str, tops: list[str], role: Role) -> None:
    assert Role.of(prefix, tops) is role
