"""What messages show about requests and replies."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.decode.correlation import Mark, Role, Signs, signs_of


def signs(document: object) -> Signs | None:
    return signs_of(json.dumps(document).encode())


def looks(document: object) -> Role | None:
    found = signs(document)
    return None if found is None else found.role


def own(document: object) -> list[tuple[str, int | str, bool]]:
    found = signs(document)
    assert found is not None
    return [(mark.name, mark.value, mark.sure) for mark in found.own]


@pytest.mark.parametrize(
    ("document", "role"),
    [
        ({"id": 1, "method": "a", "params": []}, Role.REQUEST),
        ({"id": 1, "result": None}, Role.REPLY),
        ({"id": 1, "error": {"code": 1}}, Role.REPLY),
        ({"id": 1, "type": "req"}, Role.REQUEST),
        ({"id": 1, "type": "phx_reply", "payload": {"status": "ok"}}, Role.REPLY),
        ({"id": 1, "status": "ok", "type": "request"}, Role.REQUEST),
        ({"id": 1, "text": "hi"}, Role.EITHER),
        ({"id": 1, "event": "price"}, Role.EITHER),
        ({"id": 1, "event": 4, "params": 1}, Role.REQUEST),
        ({"id": 7, "ack": 3, "method": "a"}, Role.REPLY),
    ],
)
def test_messages_look_like_what_they_are(document: object, role: Role) -> None:
    assert looks(document) is role


def test_a_field_has_one_name_however_it_is_written() -> None:
    for name in ("requestId", "request_id", "RequestID", "request-id"):
        assert own({name: "a"}) == [("requestid", "a", True)]
    assert own({"ID": 7, "seq": 8}) == [("id", 7, False), ("seq", 8, False)]


def test_what_names_the_answered_message_says_nothing_else() -> None:
    assert signs({"id": 7, "ack": 3}) == Signs(Role.REPLY, (Mark("", 3, sure=True),), (Mark("id", 7, sure=False),))
    assert signs({"reply_to": "x", "event": "Done-It"}) == Signs(Role.REPLY, (Mark("", "x", sure=True),), (), "doneit")


def test_objects_within_have_an_id_of_their_own() -> None:
    assert own({"header": {"id": 7}, "data": {"id": 8, "requestId": "r"}}) == [
        ("id", 7, False),
        ("requestid", "r", True),
    ]
    assert looks({"data": {"id": 8}}) is None
    assert looks({"data": {"header": {"id": 8}}}) is None


@pytest.mark.parametrize(
    ("document", "role", "name"),
    [
        (["1", "2", "room:1", "new_msg", {}], Role.REQUEST, "phoenix"),
        ([None, "2", "phoenix", "heartbeat", {}], Role.REQUEST, "phoenix"),
        (["1", "2", "room:1", "phx_reply", {}], Role.REPLY, "phoenix"),
        ([2, "19", "Heartbeat", {}], Role.REQUEST, "ocpp"),
        ([3, "19", {}], Role.REPLY, "ocpp"),
        ([4, "19", "no", "", {}], Role.REPLY, "ocpp"),
        ([48, 7, {}, "a.b"], Role.REQUEST, "wamp50"),
        ([50, 7, {}], Role.REPLY, "wamp50"),
        ([8, 48, 7, {}, "a.error"], Role.REPLY, "wamp50"),
    ],
)
def test_arrays_of_known_protocols(document: list[object], role: Role, name: str) -> None:
    found = signs(document)
    assert found is not None
    assert (found.role, [mark.name for mark in found.asked]) == (role, [name])
    assert bool(found.own) == (role is Role.REQUEST)


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"id", b'"id"', b"1", b"{", b"\xff", b'{"a": "\xff"}', b"[]", b"[1, 2]", b"[[1], [2]]", b'{"id": null}',
        b'{"id": 1.5}', b'{"id": true}', b'{"id": ""}', b'{"id": [1]}', b'{"ack": true}', b"[" * 5000,
        b'["1", null, "t", "e", {}]', b'["1", "2", "t", "e", {}, 6]', b"[8, 99, 1, 2]",
        json.dumps({"id": "x" * 201}).encode(), json.dumps({"i" * 50 + "id": 1}).encode(),
        json.dumps({**{f"f{number}": 1 for number in range(64)}, "id": 1}).encode(),
    ],
)  # fmt: skip
def test_what_shows_nothing(payload: bytes) -> None:
    assert signs_of(payload) is None


def test_space_before_a_document_does_not_matter() -> None:
    assert signs_of(b' \n{"id": 1}') is not None


names = st.sampled_from(["id", "ack", "type", "data", "header", "result", "method", "x", "requestId"])
values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 1 << 70) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(names, inner, max_size=6),
    max_leaves=12,
)


@given(values)
def test_any_document_is_harmless(document: object) -> None:
    found = signs(document)
    assert found is None or found.asked


@given(st.binary(max_size=50))
def test_any_payload_is_harmless(payload: bytes) -> None:
    signs_of(payload)
