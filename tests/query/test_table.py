"""Finding fields by name."""

from __future__ import annotations

import pytest

from wsinspect.model import HttpHead, Session
from wsinspect.query.fields import Kind
from wsinspect.query.table import _index, fields, find
from wsinspect.query.target import Target

RECORD_KEYS = {
    Target.SESSION: """id relay state url scheme host port path client server subprotocol extensions protocol
    status opened
        closed close close.by close.code close.reason close.clean request request.http_version response
        response.http_version response.status tls.client tls.client.version tls.client.cipher tls.client.sni
        tls.client.alpn tls.server tls.server.version tls.server.cipher tls.server.sni tls.server.alpn
        tls.server.verified frames.c2s frames.s2c messages.c2s messages.s2c bytes.c2s bytes.s2c tags note error""",
    Target.MESSAGE: """session number time end dir type frames size wire_size compressed source verdict held_ms
    delayed_ms
        rules text bytes sent protocol event kind summary tags note violations truncated age gap latency index""",
    Target.FRAME: """session seq time dir opcode fin rsv masked mask_key size wire_size message source verdict held_ms
        delayed_ms sent_time leg stage of violations close.code close.reason text bytes truncated age""",
}


@pytest.mark.parametrize("target", Target)
def test_every_key_of_a_record_is_a_field(target: Target) -> None:
    for name in RECORD_KEYS[target].split():
        field = find(name)
        assert field is not None, name
        assert target in field.targets(), name


def test_every_key_of_a_session_is_a_field_of_its_messages_and_frames() -> None:
    for name in RECORD_KEYS[Target.SESSION].split():
        field = find(f"session.{name}")
        assert field is not None, name
        assert field.targets() == tuple(Target), name


def test_a_name_that_messages_or_frames_have_is_not_the_sessions() -> None:
    for name in ("tags", "note", "protocol", "violations", "close.code"):
        field = find(name)
        assert field is not None
        assert not field.lifted
    host = find("host")
    assert host is not None
    assert host.targets() == tuple(Target)


def test_names_are_their_own() -> None:
    fields_made_anew = _index.__wrapped__()
    assert tuple(fields_made_anew) == tuple(row.name for row in fields())
    assert all(row.name == name for name, row in {row.name: row for row in fields()}.items())
    assert len({row.name for row in fields()}) == len(fields())


def test_names_with_paths() -> None:
    for name, path in [("json.$.a[0]", "$.a[0]"), ("json.$", "$"), ("fields.a.b", "$.a.b"), ("fields['a']", "$['a']")]:
        field = find(name)
        assert field is not None
        assert (field.name, field.kind, field.path, field.pattern) == (name, Kind.JSON, path, False)


@pytest.mark.parametrize("prefix", ["", "session."])
def test_headers_go_by_name_in_any_case(prefix: str) -> None:
    head = HttpHead("HTTP/1.1", (("X-A", "1"), ("x-a", "2")))
    session = find(f"{prefix}request.headers.x-A")
    assert session is not None
    assert session.session is not None
    record = Session.__new__(Session)
    object.__setattr__(record, "request", head)
    assert session.session.get(record) == ("1", "2")


@pytest.mark.parametrize(
    "name", ["", "nope", "json", "fields", "session.", "request.headers.", "response.headers", "json.a"]
)
def test_other_names_are_none(name: str) -> None:
    assert find(name) is None


def test_the_example_names_are_fields() -> None:
    for row in fields():
        assert row.pattern == (row.name.endswith((".x", "b[0]")))
        if row.pattern:
            found = find(row.name)
            assert found is not None
            assert not found.pattern
