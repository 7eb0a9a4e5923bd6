"""Values that one side issued and the other used are found, and others are left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cbor2
import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.replay.recordings import T0, Line, recorded
from wsinspect.model import Direction
from wsinspect.replay.binding import bindings
from wsinspect.replay.binding.bindings import HANDSHAKE, Bindings, Origin, find_bindings
from wsinspect.replay.binding.contents import LARGEST_BYTES
from wsinspect.replay.binding.pieces import Span

TOKEN = "a8f7d6e5c4b3"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc123DEFx9"
UUID = "123e4567-e89b-12d3-a456-426614174000"
MS = T0 // 1_000_000
"""When the session opens; a line comes each 100 ms."""


def bound(found: Bindings) -> dict[tuple[int, str], tuple[str, int | None, int]]:
    """Return what is written anew, by event and path: its name, the event it follows, the distance."""
    return {
        (use.event, use.path): (binding.name, use.source, use.offset) for binding in found.found for use in binding.uses
    }


def client(*lines: Line) -> dict[tuple[int, str], tuple[str, int | None, int]]:
    return bound(find_bindings(recorded(*lines), Direction.C2S))


@pytest.mark.parametrize(
    ("theirs", "ours", "path"),
    [
        (f'{{"token":"{TOKEN}"}}', f'{{"token":"{TOKEN}"}}', "$.token"),
        (f'{{"user":{{"key":"{TOKEN}"}}}}', f'{{"auth":"Bearer {TOKEN}"}}', "$.auth"),
        (f'{{"url":"wss://b.test/?sid={TOKEN}&v=1"}}', f'{{"x":"user:{TOKEN}"}}', "$.x"),
        (f'{{"a":"{UUID}"}}', f'{{"b":["{UUID}"]}}', "$.b[0]"),
        ('{"account":73519264}', '{"acc":73519264}', "$.acc"),
        ('{"account":73519264}', '{"acc":"73519264"}', "$.acc"),
        (f'0{{"sid":"{TOKEN}","pingInterval":25000}}', f'42["join",{{"s":"{TOKEN}"}}]', "$[1].s"),
        (f'43[{{"token":"{TOKEN}"}}]', f'42["x","{TOKEN}"]', "$[1]"),
        (
            f'{{"type":3,"invocationId":"0","result":"{TOKEN}"}}\x1e',
            f'{{"type":1,"target":"a","t":"{TOKEN}"}}\x1e',
            "$.t",
        ),
        (f"token={TOKEN}&x=1", f"a=1&token={TOKEN}", "$.token"),
        (f"<r><sid>{TOKEN}</sid></r>", f'<q sid="{TOKEN}"/>', "$['@sid']"),
        (f"WELCOME {TOKEN}", f"AUTH {TOKEN} now", "@0"),
        ('{"a":"2023-01-14T22:13:20.120Z"}', '{"since":"2023-01-14T22:13:20.120Z"}', "$.since"),
        (f'{{"jwt":"{JWT}"}}', f'{{"auth":"Bearer {JWT}"}}', "$.auth"),
        ('{"room_id":7}', '{"type":"leave","room_id":7}', "$.room_id"),
        ('{"room":{"id":7}}', '{"type":"leave","roomId":7}', "$.roomId"),
        ('{"session":"s-one"}', '{"session":"s-one"}', "$.session"),
        ('{"salt":"x/y1+aZ9=8Kb"}', '{"url":"http://b.test/?salt=x%2Fy1%2BaZ9%3D8Kb&q=a%20b%20c"}', "$.url"),
    ],
)
def test_what_was_issued_is_bound(theirs: str, ours: str, path: str) -> None:
    found = find_bindings(recorded("> hello", f"< {theirs}", f"> {ours}"), Direction.C2S)
    assert [(key, value[1:]) for key, value in bound(found).items()] == [((2, path), (1, 0))]
    assert found.found[0].origin is Origin.FOUND
    assert "the server's" in found.found[0].evidence


@pytest.mark.parametrize("pack", [msgpack.packb, cbor2.dumps])
def test_binary_documents_are_bound(pack: object) -> None:
    assert callable(pack)
    lines: list[Line] = [
        ("<", pack({"key": b"\x01\x02\x03\x04\x05\x06\x07\x08"})),
        (">", pack({"k": bytes(range(1, 9))})),
    ]
    assert client(*lines) == {(1, "$.k"): ("key", 0, 0)}


@pytest.mark.parametrize(
    "lines",
    [
        ["> hello"],
        [f'> {{"token":"{TOKEN}"}}', f'< {{"token":"{TOKEN}"}}', f'> {{"token":"{TOKEN}"}}'],
        [f'> {{"auth":"Bearer {TOKEN}"}}', f'< {{"t":"{TOKEN}"}}', f'> {{"token":"{TOKEN}"}}'],
        ['< {"type":"a","version":2}', '> {"type":"a","version":2}'],
        ['< {"ok":true,"x":null,"y":""}', '> {"ok":true,"x":null,"y":""}'],
        ['< {"price":24.5,"n":3}', '> {"limit":24.5,"m":3}'],
        ['< {"level":5}', '> {"level":5}', '< {"level":5}', '> {"level":5}'],
        ['< {"name":"alice"}', '> {"user":"alice"}'],
        ['< {"volume":1000000}', '> {"amount":1000000}'],
        ['< {"method":"getUser"}', '> {"method":"getUser"}', '< {"method":"x"}', '> {"method":"x"}'],
        [f'> {{"id":{n},"method":"a"}}' if d else f'< {{"id":{n},"result":1}}' for n in range(5) for d in (1, 0)],
        [f'> {{"seq":{n}}}' if d else f'< {{"seq":{n}}}' for n in range(5) for d in (1, 0)],
        ['< {"items":[{"symbol_id":"BTC"}]}', '> {"symbol_id":"BTC"}'],
        [f'< {{"seq":{n}}}' for n in range(50)]
        + ['> {"type":"a","seq":1}', '> {"type":"b","seq":2}', '> {"type":"a","seq":3}'],
        [f'> 42{n}["a"]' if d else f"< 43{n}[]" for n in range(3) for d in (1, 0)],
        ["> ping", "< pong", "> ping", "< pong"],
        ["> 2", "< 3", "> 2", "< 3"],
    ],
)
def test_what_was_not_is_not(lines: Sequence[str]) -> None:
    assert client(*lines) == {}


def test_values_that_change_follow_the_latest_that_were_said() -> None:
    found = client(
        *('< {"type":"hello","nonce":5}', '> {"type":"a","nonce":5}'),
        *('< {"type":"ok","nonce":9}', '> {"type":"b","nonce":9}'),
        *('< {"type":"ok","nonce":2}', '> {"type":"a","nonce":2}'),
    )
    assert {event: source for (event, _), (_, source, _) in found.items()} == {1: 0, 3: 2, 5: 4}


def test_a_count_goes_on_over_messages_of_any_kind() -> None:
    assert client(
        *('< {"type":"welcome","seq":4711}', '> {"type":"buy","seq":4712}', '< {"type":"ok","seq":4712}'),
        *('> {"type":"sell","seq":4713}', '< {"type":"ok","seq":4713}', '> {"type":"buy","seq":4714}'),
    ) == {(1, "$.seq"): ("seq", 0, 1), (3, "$.seq"): ("seq", 0, 2), (5, "$.seq"): ("seq", 0, 3)}


def test_pieces_of_one_string_are_bound_by_themselves() -> None:
    found = find_bindings(
        recorded(f'< {{"sid":"{TOKEN}","key":"{UUID}"}}', f'> {{"u":"/?k={UUID}&s={TOKEN}"}}'), Direction.C2S
    )
    assert {binding.name: binding.uses[0].span for binding in found.found} == {"key": Span(4, 40), "sid": Span(43, 55)}


def test_a_mock_follows_the_numbers_of_requests() -> None:
    lines = ['> {"id":1,"method":"a"}', '> {"id":2,"method":"b"}', '< {"id":2,"result":3}', '< {"id":1,"result":4}']
    assert bound(find_bindings(recorded(*lines), Direction.S2C)) == {
        (2, "$.id"): ("id", 1, 0),
        (3, "$.id"): ("id", 0, 0),
    }
    lines = ['> 427["a"]', '> 428["b"]', "< 437[]", "< 438[]"]
    assert bound(find_bindings(recorded(*lines), Direction.S2C)) == {
        (2, "@ack"): ("ack", 0, 0),
        (3, "@ack"): ("ack", 1, 0),
    }
    lines = [
        f'> {{"type":"buy","ref":{n}}}' if d else f'< {{"type":"ok","ref":{n}}}' for n in range(1, 4) for d in (1, 0)
    ]
    assert len(bound(find_bindings(recorded(*lines), Direction.S2C))) == 3


def test_headers_and_cookies_of_the_answer_issue_values() -> None:
    recording = recorded(
        f'> {{"csrf":"{TOKEN}","id":"{UUID}"}}',
        response=[("Set-Cookie", f"csrf={TOKEN}; Path=/"), ("X-Session", UUID)],
    )
    found = find_bindings(recording, Direction.C2S)
    assert bound(found) == {(0, "$.csrf"): ("csrf", HANDSHAKE, 0), (0, "$.id"): ("x-session", HANDSHAKE, 0)}
    assert found.found[0].evidence.startswith("the server's handshake said a value of 12 characters first")


def test_what_the_request_said_is_the_clients() -> None:
    recording = recorded(f'< {{"token":"{TOKEN}"}}', f'> {{"token":"{TOKEN}"}}', target=f"/?token={TOKEN}")
    assert find_bindings(recording, Direction.C2S).found == ()
    found = find_bindings(recording, Direction.S2C)
    assert bound(found) == {(0, "$.token"): ("token", HANDSHAKE, 0)}
    assert "the client's handshake" in found.found[0].evidence


def test_a_session_without_heads_is_looked_through() -> None:
    recording = recorded(f'< {{"token":"{TOKEN}"}}', f'> {{"token":"{TOKEN}"}}')
    recording = replace(recording, session=replace(recording.session, request=None, response=None))
    assert len(find_bindings(recording, Direction.C2S).found) == 1


@pytest.mark.parametrize(
    ("ours", "path"),
    [
        (f'{{"ts":{MS + 199}}}', "$.ts"),
        (f'{{"ts":{MS // 1000}}}', "$.ts"),
        (f'{{"at":{MS / 1000}}}', "$.at"),
        ('{"at":"2023-11-14T22:13:20.120Z"}', "$.at"),
        ('{"x":"sent at 2023-11-14T22:13:20Z, ok"}', "$.x"),
        (f"PING {MS}", "@0"),
    ],
)
def test_the_time_is_written_anew(ours: str, path: str) -> None:
    found = find_bindings(recorded('< {"hello":1}', f"> {ours}"), Direction.C2S)
    assert list(bound(found)) == [(1, path)]
    assert found.found[0].origin is Origin.CLOCK
    assert found.found[0].evidence.startswith("the time of sending, in")


def test_a_timestamp_that_the_other_side_said_is_its() -> None:
    lines = [f'< {{"ts":{MS + 57}}}', f'> {{"echo":{MS + 57}}}', f'< {{"ts":{MS + 231}}}', f'> {{"echo":{MS + 231}}}']
    found = find_bindings(recorded(*lines), Direction.C2S)
    assert [binding.origin for binding in found.found] == [Origin.FOUND]
    assert bound(found) == {(1, "$.echo"): ("ts", 0, 0), (3, "$.echo"): ("ts", 2, 0)}


@pytest.mark.parametrize(("name", "origin"), [("now", Origin.CLOCK), ("ts", Origin.FOUND)])
def test_that_a_second_is_the_same_may_be_chance(name: str, origin: Origin) -> None:
    second = MS // 1000 - 13
    found = find_bindings(recorded(f'< {{"ts":{second}}}', f'> {{"{name}":{second}}}'), Direction.C2S)
    assert [binding.origin for binding in found.found] == [origin]


def test_among_times_of_our_own_one_may_be_the_same_by_chance() -> None:
    lines = [f'< {{"ts":{MS + 200}}}', *(f'> {{"ts":{MS + 200 + 100 * number}}}' for number in range(3))]
    found = find_bindings(recorded(*lines), Direction.C2S)
    assert [(binding.origin, len(binding.uses)) for binding in found.found] == [(Origin.CLOCK, 3)]


def test_of_two_times_as_often_one_is_bound() -> None:
    lines = [f'< {{"ts":{MS + 157}}}', *(f'> {{"ts":{MS + 157}}}' for _ in range(3)), f'> {{"ts":{MS + 409}}}']
    found = find_bindings(recorded(*lines), Direction.C2S)
    assert [(binding.origin, len(binding.uses)) for binding in found.found] == [(Origin.FOUND, 3), (Origin.CLOCK, 1)]


def test_bindings_have_names_of_their_own() -> None:
    found = find_bindings(
        recorded(
            f'< {{"a":{{"token":"{TOKEN}"}}}}',
            f'< {{"b":{{"token":"{UUID}"}},"c":{{"d":"2a8f7d6e"}}}}',
            f'> {{"x":"{TOKEN}","y":"{UUID}","z":"2a8f7d6e"}}',
        ),
        Direction.C2S,
    )
    assert [binding.name for binding in found.found] == ["a.token", "b.token", "d"]


def test_where_it_was_used_is_said() -> None:
    found = find_bindings(recorded(f'< {{"a":"{TOKEN}"}}', *[f'> {{"b":"{TOKEN}"}}'] * 3), Direction.C2S)
    why = "the server's {a} (message 1) said a value of 12 characters first, and it came back in 3 messages of ours"
    assert found.for_people() == [f"a: {why}, from 2 on"]


def test_values_of_one_name_that_go_on_changing_are_one_binding() -> None:
    [binding] = find_bindings(
        recorded(
            *(f'< {{"type":"a","nonce":"{TOKEN}"}}', f'> {{"nonce":"{TOKEN}"}}'),
            *('< {"type":"b","nonce":"0f1e2d3c4b5a"}', '> {"nonce":"0f1e2d3c4b5a"}'),
        ),
        Direction.C2S,
    ).found
    assert (binding.name, len(binding.uses)) == ("nonce", 2)
    assert binding.evidence == (
        "the server's a (message 1) said a value of 12 characters first, and so on for 2 values,"
        " and it came back in 2 messages of ours, from 2 on"
    )


def test_what_is_not_looked_through_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    large = "< " + "x" * (LARGEST_BYTES + 1)
    why = "not all was looked through for values that follow others:"
    assert find_bindings(recorded(large), Direction.C2S).remarks == (f"{why} one message is very large",)
    assert find_bindings(recorded(large, large), Direction.C2S).remarks == (f"{why} 2 messages are very large",)
    monkeypatch.setattr(bindings, "MOST_VALUES", 3)
    found = find_bindings(recorded(*['< {"a":1,"b":2}'] * 3), Direction.C2S)
    assert found.remarks == (
        "only what is before message 3 was looked through for values that follow others: there are very many",
    )


def test_of_very_many_places_only_some_are_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bindings, "_MOST_SLOTS", 1)
    assert client('< {"room_id":7,"user_id":8}', '> {"type":"leave","room_id":7,"user_id":8}') == {
        (1, "$.room_id"): ("room_id", 0, 0)
    }


def test_control_frames_are_passed_over() -> None:
    assert client(f"<< ping {TOKEN}", f">> pong {TOKEN}", "<< close 1000 bye") == {}


_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from([TOKEN, UUID, f"Bearer {TOKEN}", str(MS), "2023-11-14T22:13:20.120Z"]),
)
_PAYLOADS = st.one_of(
    st.binary(max_size=60),
    st.dictionaries(st.sampled_from(["id", "seq", "type", "token", "method", "result", "a"]), _VALUES, max_size=4).map(
        lambda document: repr(document).replace("'", '"').encode()
    ),
)


@given(st.lists(st.tuples(st.sampled_from("<>"), _PAYLOADS), max_size=12), st.sampled_from(Direction))
def test_nothing_raises_and_each_use_is_in_its_message(lines: list[Line], player: Direction) -> None:
    recording = recorded(*lines)
    for binding in find_bindings(recording, player).found:
        assert binding.name
        assert binding.evidence
        for use in binding.uses:
            assert recording.events[use.event].direction is player
            assert use.source is None or use.source < use.event
