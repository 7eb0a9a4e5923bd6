"""What may differ between two runs, and what may not."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.replay.recordings import T0, Line, recorded
from wsinspect.model import Direction
from wsinspect.replay.binding import volatile
from wsinspect.replay.binding.bindings import find_bindings
from wsinspect.replay.binding.volatile import Volatile
from wsinspect.replay.leaves import Scalar, layout
from wsinspect.replay.shape import shape_of
from wsinspect.wire.opcodes import Opcode

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc123DEFx9"
MS = T0 // 1_000_000
TALK = (
    '> {"type":"login","user":"alice"}',
    '< {"type":"welcome","token":"a8f7d6e5c4b3","seq":4711,"at":"2023-11-14T22:13:20.5Z","user":{"name":"alice"}}',
    '> {"type":"buy","auth":"Bearer a8f7d6e5c4b3","seq":4712,"qty":3,"limit":5}',
    f'< {{"type":"ok","ref":4712,"rev":107,"price":24.5,"nonce":"b1","trace":"9a8b7c6d","ts":{MS + 357},"upTo":5}}',
    '> {"type":"buy","auth":"Bearer a8f7d6e5c4b3","seq":4713,"qty":3,"limit":5,"nonce":"b1"}',
    f'< {{"type":"ok","ref":4713,"rev":108,"price":25.0,"nonce":"c2","trace":"1f2e3d4c","ts":{MS + 557},"upTo":5}}',
    '> {"type":"buy","auth":"Bearer a8f7d6e5c4b3","seq":4714,"qty":3,"limit":5,"nonce":"c2"}',
    f'< {{"type":"ok","ref":4714,"rev":109,"price":25.5,"nonce":"d3","trace":"0a1b2c3d","ts":{MS + 757},"upTo":5}}',
)


def why(message: str, path: str, old: Scalar, new: Scalar, *talk: Line, opcode: int = Opcode.TEXT) -> str | None:
    shape = shape_of(opcode, layout(message.encode(), of_text=True))
    known = Volatile.of(recorded(*talk)) if talk else KNOWN
    return known.is_volatile(shape, path, old, new)


KNOWN = Volatile.of(recorded(*TALK))
WELCOME = '{"type":"welcome","token":"","seq":0}'
BUY = '{"type":"buy","auth":"","seq":0,"more":1}'
OK = '{"type":"ok","ref":1,"price":2}'


@pytest.mark.parametrize(
    ("message", "path", "old", "new", "reason"),
    [
        (WELCOME, "$.token", "a8f7d6e5c4b3", "0f1e2d3c4b5a", "issued by the server anew each time (token)"),
        (WELCOME, "$.token", "a8f7d6e5c4b3f1f1f", "AbCdEfGhIjKlMnOpQ", "issued by the server anew each time (token)"),
        (BUY, "$.auth", "Bearer a8f7d6e5c4b3", "Bearer 0f1e2d3c4b5a", "issued by the server anew each time (token)"),
        (BUY, "$.auth", f"Bearer {JWT}", "Bearer 0f1e2d3c4b5a", "issued by the server anew each time (token)"),
        (BUY, "$.seq", 4712, 18, "issued by the server anew each time (seq)"),
        (OK, "$.rev", 107, 18, "a number that counts on"),
        (OK, "$.trace", "9a8b7c6d", "5e6f7a8b", "another value by chance each time"),
        (OK, "$.ts", MS, MS + 7_000_000_000, "a timestamp"),
        (WELCOME, "$.at", "2023-11-14T22:13:20.5Z", "2026-01-14T22:13:20.1Z", "a timestamp"),
        (
            '{"x":{"token":""}}',
            "$.x.token",
            "a8f7d6e5c4b3",
            "0f1e2d3c4b5a",
            "issued by the server anew each time (token)",
        ),
        (
            '{"x":""}',
            "$.x",
            "123e4567-e89b-12d3-a456-426614174000",
            "00000000-e89b-12d3-a456-426614174001",
            "a value by chance in both",
        ),
        ('{"x_id":""}', "$.x_id", "a8f7d6e5", "0f1e2d3c", "a value by chance in both"),
        ('{"x_id":""}', "$.x_id", 73519264, 83519265, "a value by chance in both"),
    ],
)
def test_what_is_volatile_may_differ(message: str, path: str, old: Scalar, new: Scalar, reason: str) -> None:
    assert why(message, path, old, new) == reason


@pytest.mark.parametrize(
    ("message", "path", "old", "new"),
    [
        (OK, "$.price", 24.5, 26),
        (OK, "$.price", 24.5, 26.0),
        (OK, "$.upTo", 5, 6),
        (BUY, "$.qty", 3, 4),
        (BUY, "$.limit", 5, 6),
        (BUY, "$.auth", "Bearer a8f7d6e5c4b3", "Basic 0f1e2d3c4b5a"),
        (BUY, "$.auth", "Bearer a8f7d6e5c4b3", "none"),
        (BUY, "$.seq", 4712, "18"),
        (BUY, "$.seq", 4712, None),
        (WELCOME, "$.token", "a8f7d6e5c4b3", "invalid"),
        (WELCOME, "$.token", "a8f7d6e5c4b3", "this token is no longer valid"),
        (WELCOME, "$.token", "this token is no longer valid", "and this is another text"),
        (WELCOME, "$.user.name", "alice", "bob"),
        (WELCOME, "$.at", "2023-11-14T22:13:20.5Z", "yesterday"),
        (WELCOME, "$.at", "yesterday", "today"),
        (OK, "$.ts", MS, MS // 1000),
        (OK, "$.rev", 107, 0.5),
        (OK, "$.trace", "9a8b7c6d", "none"),
        (OK, "$.trace", "9a8b7c6d", 73519264),
        ('{"x":""}', "$.x", "a8f7d6e5", "0f1e2d3c"),
        ('{"x":""}', "$.x", 73519264, 83519265),
        ('{"x_id":""}', "$.x_id", 7, 8),
        ('{"x_id":""}', "$.x_id", "red", "green"),
        ('{"x_id":""}', "$.x_id", "a8f7d6e5", "a8f7d6e5aa"),
        ('{"x_id":""}', "$.x_id", True, False),
    ],
)
def test_what_is_a_change_is_not(message: str, path: str, old: Scalar, new: Scalar) -> None:
    assert why(message, path, old, new) is None


def test_a_price_that_a_client_repeats_is_still_a_price() -> None:
    talk = [
        line
        for price in (5, 3, 8, 9)
        for line in (f'< {{"type":"quote","price":{price}}}', f'> {{"type":"buy","limit":{price}}}')
    ]
    assert find_bindings(recorded(*talk), Direction.C2S).found
    assert why('{"type":"quote","price":1}', "$.price", 5, 6, *talk) is None
    assert why('{"type":"quote","price":1}', "$.price", 73519264, 83519265, *talk)


def test_issued_bytes_may_be_other_bytes() -> None:

    key = bytes(range(8))
    v = Volatile.of(recorded(("<", cbor2.dumps({"key": key})), (">", cbor2.dumps({"k": key}))))
    shape = shape_of(Opcode.BINARY, layout(cbor2.dumps({"key": key}), of_text=False))
    assert v.is_volatile(shape, "$.key", key, key[::-1])
    assert v.is_volatile(shape, "$.key", key, b"") is None
    assert v.is_volatile(shape, "$.key", key, "x") is None


def test_an_issued_moment_may_be_another() -> None:
    talk = ['< {"type":"a","last":"2023-01-14T22:13:20Z"}', '> {"type":"b","since":"2023-01-14T22:13:20Z"}']
    message = '{"type":"b","since":""}'
    assert why(message, "$.since", "2023-01-14T22:13:20Z", "2024-01-14T22:13:20Z", *talk)
    assert why(message, "$.since", "2023-01-14T22:13:20Z", "never", *talk) is None


def test_what_a_handshake_issues_is_only_volatile_where_it_is_used() -> None:
    recording = recorded('> {"sid":"a8f7d6e5c4b3"}', response=[("X-Sid", "a8f7d6e5c4b3")])
    shape = shape_of(Opcode.TEXT, layout(b'{"sid":""}', of_text=True))
    assert Volatile.of(recording).is_volatile(shape, "$.sid", "a8f7d6e5c4b3", "0f1e2d3c4b5a")


def test_messages_without_a_name_are_known_by_their_fields() -> None:
    talk = ['< {"a":[{"ticket":"a8f7d6e5c4b3"}],"b":1}', '> {"t":"a8f7d6e5c4b3"}']
    assert why('{"a":[{"ticket":""},{"x":1}],"b":1}', "$.a[1].ticket", "a8f7d6e5c4b3", "0f1e2d3c4b5a", *talk)
    assert why('["x"]', "$[0]", "a8f7d6e5c4b3", "0f1e2d3c4b5a", *talk) is None


@pytest.mark.parametrize(
    ("one", "other", "random"),
    [
        ("a8f7d6e5c4b3", "0f1e2d3c4b5a", True),
        ("a8f7d6e5c4b3", "a8f7d6e5c4b3", False),
        ("a8f7d6e5c4b3", "red", False),
        ("red", "green", False),
    ],
)
def test_what_is_random_and_never_the_same_in_two_recordings_may_differ(one: str, other: str, random: bool) -> None:
    learned = Volatile.of(recorded(f'< {{"trace":"{one}","x":1}}'), recorded(f'< {{"trace":"{other}","x":1}}'))
    shape = shape_of(Opcode.TEXT, layout(b'{"trace":"","x":1}', of_text=True))
    reason = learned.is_volatile(shape, "$.trace", "a8f7d6e5c4b3", "0f1e2d3c4b5a")
    assert reason == ("other values by chance in each recording" if random else None)


def test_of_a_long_stream_some_values_are_kept() -> None:
    talk = [f'< {{"trace":"{number:04}a8f7d6e5"}}' for number in range(volatile._MOST_DIFFERENT + 5)]
    reason = why('{"trace":""}', "$.trace", "a8f7d6e5c4b3", "0f1e2d3c4b5a", *talk)
    assert reason == "another value by chance each time"


def test_bindings_that_are_known_are_not_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = recorded(*TALK)
    known = [(recording, find_bindings(recording, player)) for player in Direction]
    monkeypatch.setattr(volatile, "find_bindings", None)
    shape = shape_of(Opcode.TEXT, layout(WELCOME.encode(), of_text=True))
    v = Volatile.of(recording, bindings=known)
    assert v.is_volatile(shape, "$.token", "a8f7d6e5c4b3", "0f1e2d3c4b5a")


def test_of_very_many_places_only_some_are_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volatile, "_MOST_PLACES", 1)
    assert why(OK, "$.rev", 107, 18, *TALK) is None


_VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=9)


@given(st.sampled_from(["$.token", "$.seq", "$.ts", "$.x", "@ack", "", "$"]), _VALUES, _VALUES)
def test_nothing_raises(path: str, old: Scalar, new: Scalar) -> None:
    shape = shape_of(Opcode.TEXT, layout(BUY.encode(), of_text=True))
    reason = KNOWN.is_volatile(shape, path, old, new)
    assert reason is None or type(old) is type(new) or (isinstance(old, int | float) and isinstance(new, int | float))


@given(st.lists(st.tuples(st.sampled_from("<>"), st.binary(max_size=60)), max_size=8))
def test_any_recording_can_be_learned_from(lines: list[Line]) -> None:
    Volatile.of(recorded(*lines), recorded(*lines))
