"""Live values are put in the place of recorded ones, and nothing else is touched."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace

import cbor2
import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.replay.recordings import T0, Line, recorded
from wsinspect.errors import WsinspectError
from wsinspect.model import Direction, HttpHead
from wsinspect.replay.binding.bindings import Rebind, find_bindings
from wsinspect.replay.binding.bound import Binding, Bindings, Origin, Place, Use
from wsinspect.replay.binding.pieces import Span
from wsinspect.replay.binding.rebinding import Rebinder
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.recording import Recording
from wsinspect.wire.opcodes import Opcode

TOKEN = "a8f7d6e5c4b3"
FRESH = "0f1e2d3c4b5a"
LATER = T0 + 60_000_000_000


def replayed(
    lines: Sequence[Line], live: dict[int, str | bytes], player: Direction = Direction.C2S, now: int = LATER
) -> tuple[dict[int, bytes], Rebinder]:
    """Play a recording: what theirs say this time, by event; return what ours say, by event."""
    recording = recorded(*lines)
    rebinder = Rebinder(recording, find_bindings(recording, player))
    sent: dict[int, bytes] = {}
    for event in recording.events:
        if event.direction is player:
            sent[event.index] = rebinder.written(event, now)
        elif (payload := live.get(event.index, event.payload)) != b"":
            rebinder.heard(event, event.opcode, payload.encode() if isinstance(payload, str) else payload)
    return sent, rebinder


@pytest.mark.parametrize(
    ("theirs", "live", "ours", "written"),
    [
        ('{"token":"%s"}', '{"x":1, "token" : "%s"}', '{ "token":"%s" , "n":1.50}', None),
        ('{"token":"%s"}', '{"token":"%s"}', '{"auth":"Bearer\\u0020%s \\/x"}', None),
        ('{"token":"%s"}', '{"token":"%s"}', "a=b%%20c&token=%s&d=+", None),
        ('{"url":"http://b.test:1/?sid=%s&v=1"}', '{"url":"http://c.test:22/x?sid=%s&v=2"}', '42["a","%s"]', None),
        ("<r><sid>%s</sid></r>", "<r><sid>%s</sid></r>", '<q  sid="a %s"><x>1 &amp; 2</x></q>', None),
        ("WELCOME %s", "WELCOME %s", "AUTH  %s now", None),
        ('["a","%s"]', '["a","%s"]', '{"t":"%s","u":"%s"}', None),
        ('{"items":[{"id":73519264}]}', '{"items":[{"id":99999999}]}', '{"item":73519264}', '{"item":99999999}'),
        (
            '{"items":[{"id":73519264}]}',
            '{"items":[{"id":1234567},{"id":73519264}]}',
            '{"item":73519264}',
            '{"item":73519264}',
        ),
        (
            '{"items":[{"a":1},{"id":73519264}]}',
            '{"items":[{"id":99999999}]}',
            '{"item":73519264}',
            '{"item":99999999}',
        ),
        ('{"seq":4711}', '{"seq":17}', '{"seq":4712}', '{"seq":18}'),
        ('{"seq":4711}', '{"seq":"17"}', '{"seq":4712}', '{"seq":18}'),
        ('{"seq":"4711"}', '{"seq":17}', '{"seq":"4711"}', '{"seq":"17"}'),
        ('{"order_id":"73519264"}', '{"order_id":8.25}', '{"order_id":73519264}', '{"order_id":8.25}'),
        ('{"order_id":4711}', '{"order_id":8.25}', '{"order_id":4711}', '{"order_id":8.25}'),
        (
            '{"k":"x/y1+aZ9=8Kb"}',
            '{"k":"u/v2+bY8=7Jc"}',
            '{"u":"/?a&k=x%2Fy1%2BaZ9%3D8Kb"}',
            '{"u":"/?a&k=u%2Fv2%2BbY8%3D7Jc"}',
        ),
        ('{"k":"x/y1+aZ9=8Kb"}', '{"k":"\\"\\\\é"}', '{"u":"\\u0041 x/y1+aZ9=8Kb"}', '{"u":"A \\"\\\\é"}'),
    ],
)
def test_values_are_written_as_they_are_issued_this_time(
    theirs: str, live: str, ours: str, written: str | None
) -> None:
    def with_token(text: str, token: str) -> str:
        return text.replace("%s", token).replace("%%", "%")

    lines = ["> hello", f"< {with_token(theirs, TOKEN)}", f"> {with_token(ours, TOKEN)}"]
    sent, rebinder = replayed(lines, {1: with_token(live, FRESH)})
    assert sent == {0: b"hello", 2: (written or with_token(ours, FRESH)).encode()}
    assert rebinder.missing == ()


@pytest.mark.parametrize("pack", [msgpack.packb, cbor2.dumps])
def test_binary_documents_are_rewritten(pack: object) -> None:
    assert callable(pack)
    key, fresh = bytes(range(8)), bytes(range(30, 40))
    lines: list[Line] = [("<", pack({"key": key})), (">", pack({"k": key, "auth": f"Bearer {TOKEN}"}))]
    sent, _ = replayed(lines, {0: pack({"key": fresh})})
    assert sent == {1: pack({"k": fresh, "auth": f"Bearer {TOKEN}"})}
    sent, _ = replayed(
        [("<", pack({"t": TOKEN})), (">", pack({"a": f"Bearer {TOKEN}"}))], {0: pack({"t": FRESH + "longer"})}
    )
    assert sent == {1: pack({"a": f"Bearer {FRESH}longer"})}


def test_bytes_and_texts_stand_for_each_other() -> None:
    recording = recorded(("<", msgpack.packb({"a": 1})), (">", msgpack.packb({"k": b"abc", "t": "abc"})))
    rebinder = Rebinder(recording, _bindings(Use(1, "$.k", b"abc", 1, 0), Use(1, "$.t", "abc", 1, 0)))
    for live, written in [("xyz", {"k": b"xyz", "t": "xyz"}), (b"uvw", {"k": b"uvw", "t": "uvw"})]:
        rebinder.heard(recording.events[0], Opcode.BINARY, msgpack.packb({"a": live}))
        assert msgpack.unpackb(rebinder.written(recording.events[1], LATER)) == written
    rebinder.heard(recording.events[0], Opcode.BINARY, msgpack.packb({"a": 5}))
    assert msgpack.unpackb(rebinder.written(recording.events[1], LATER)) == {"k": b"abc", "t": "5"}


def test_each_use_has_the_value_that_it_had_when_it_was_recorded() -> None:
    lines = ['> {"id":1,"method":"a"}', '> {"id":2,"method":"b"}', '< {"id":2,"result":3}', '< {"id":1,"result":4}']
    sent, _ = replayed(lines, {0: '{"id":"x","method":"a"}', 1: '{"id":70,"method":"b"}'}, Direction.S2C)
    assert sent[2] == b'{"id":70,"result":3}'
    assert sent[3] == b'{"id":"x","result":4}'


def test_what_is_issued_anew_later_is_used_from_then_on() -> None:
    login, ours = f'< {{"token":"{TOKEN}"}}', f'> {{"token":"{TOKEN}"}}'
    sent, _ = replayed([login, ours, login, ours], {0: '{"token":"one1"}', 2: '{"token":"two2"}'})
    assert [sent[1], sent[3]] == [b'{"token":"one1"}', b'{"token":"two2"}']


@pytest.mark.parametrize(
    ("live", "why"),
    [
        ("", "seq went as recorded: message 1 has not said it"),
        ('{"other":1}', "seq went as recorded: message 1 has not said it"),
        ('{"seq":null}', "seq went as recorded: message 1 has not said it"),
        ('{"seq":""}', "seq went as recorded: message 1 has not said it"),
        ('{"seq":true}', "seq went as recorded: message 1 has not said it"),
        ('{"seq":"abc"}', "seq went as recorded: what came cannot stand in the place of 4712"),
    ],
)
def test_what_did_not_come_is_said(live: str, why: str) -> None:
    lines = ['< {"seq":4711}', '> {"seq":4712}', '> {"seq":4713}']
    sent, rebinder = replayed(lines, {0: live.encode() if live else b""})
    assert sent == {1: b'{"seq":4712}', 2: b'{"seq":4713}'}
    assert rebinder.missing[0].startswith(why)
    assert len(rebinder.missing) == (1 if "not said" in why else 2)
    assert ("(2 times)" in rebinder.missing[0]) is ("not said" in why)


def test_a_piece_that_did_not_come_is_missing() -> None:
    lines = [f'< {{"u":"/?sid={TOKEN}&v=1"}}', f'> {{"sid":"{TOKEN}"}}']
    for live in ('{"u":"/?id=5"}', '{"u":5}'):
        sent, rebinder = replayed(lines, {0: live})
        assert sent == {1: f'{{"sid":"{TOKEN}"}}'.encode()}
        assert len(rebinder.missing) == 1


def test_the_handshake_issues_values() -> None:
    recording = recorded(f'> {{"sid":"{TOKEN}"}}', response=[("Set-Cookie", f"sid={TOKEN}")])
    rebinder = Rebinder(recording, find_bindings(recording, Direction.C2S))
    assert rebinder.needs(recording.events[0]) == ()
    assert rebinder.written(recording.events[0], LATER) == recording.events[0].payload
    assert rebinder.missing == ("sid went as recorded: the handshake has not said it",)
    rebinder.opened(HttpHead("HTTP/1.1", (("Set-Cookie", f"sid={FRESH}; Secure"),), status=101))
    assert rebinder.written(recording.events[0], LATER) == f'{{"sid":"{FRESH}"}}'.encode()


def test_a_handshake_that_issues_nothing_is_not_looked_at() -> None:
    recording = recorded("> hello")
    Rebinder(recording, find_bindings(recording, Direction.C2S)).opened(None)


def test_a_message_needs_those_that_issued_its_values() -> None:
    recording = recorded(f'< {{"a":"{TOKEN}"}}', '< {"seq":4711}', f'> {{"a":"{TOKEN}","seq":4712}}', "> bye")
    rebinder = Rebinder(recording, find_bindings(recording, Direction.C2S))
    assert [tuple(rebinder.needs(event)) for event in recording.events] == [(), (), (0, 1), ()]


def test_the_time_is_that_of_sending_with_the_distance_it_had() -> None:
    line = "+0ms > " + json.dumps({"ts": T0 // 10**6 - 5, "at": "2023-11-14T22:13:20.120Z", "x": f"t={T0 // 10**9}."})
    sent, _ = replayed([line, line], {})
    written = {"ts": LATER // 10**6 - 5, "at": "2023-11-14T22:14:20.120Z", "x": f"t={LATER // 10**9}."}
    assert sent[0] == json.dumps(written).encode()


def test_a_time_that_was_said_once_is_said_again_as_it_was() -> None:
    recording = recorded(*[f'> {{"created":{T0 // 10**6}}}'] * 2)
    rebinder = Rebinder(recording, find_bindings(recording, Direction.C2S))
    first, second = recording.events
    assert rebinder.written(first, LATER) == rebinder.written(second, LATER + 10**9) == b'{"created":1700000059900}'


def test_of_an_edited_message_only_what_is_as_recorded_is_written_anew() -> None:
    recording = recorded(f'< {{"a":"{TOKEN}"}}', f'> {{"a":"{TOKEN}","b":"x {TOKEN}","c":"{TOKEN}"}}')
    rebinder = Rebinder(recording, find_bindings(recording, Direction.C2S))
    rebinder.heard(recording.events[0], Opcode.TEXT, f'{{"a":"{FRESH}"}}'.encode())
    edited = replace(recording.events[1], payload=f'{{"a":"mine","b":5,"d":1,"c":"{TOKEN}"}}'.encode())
    assert rebinder.written(edited, LATER) == f'{{"a":"mine","b":5,"d":1,"c":"{FRESH}"}}'.encode()
    edited = replace(recording.events[1], payload=b'{"a":true,"b":"y"}')
    assert rebinder.written(edited, LATER) == edited.payload


def _bindings(*uses: Use, template: str = "", places: Sequence[Place] = (Place(0, "$.a", 1),)) -> Bindings:
    return Bindings(Direction.C2S, (Binding("a", Origin.ASKED, uses, tuple(places), "asked", template),))


@pytest.mark.parametrize(
    ("ours", "came", "written"),
    [
        ("1", "7", "7"),
        ("1.5", "7.25", "7.25"),
        ('"x"', "7", '"7"'),
        ("true", "False", "false"),
        ("null", "7", '"7"'),
        ("1", "word", "1"),
        ("true", "word", "true"),
    ],
)
def test_templates_are_evaluated_and_written_in_the_type_of_the_recorded_value(
    ours: str, came: str, written: str
) -> None:
    recording = recorded(f'> {{"m":{ours}}}')
    rebinder = Rebinder(
        recording,
        find_bindings(recording, Direction.C2S, rebind=[Rebind("m", template="{{ x }}")]),
        evaluate=lambda template: came if template == "{{ x }}" else "",
    )
    assert rebinder.written(recording.events[0], LATER) == f'{{"m":{written}}}'.encode()


def test_without_an_evaluator_a_template_is_written_as_it_is() -> None:
    recording = recorded('> {"m":"x"}')
    rebinder = Rebinder(recording, _bindings(Use(0, "$.m", "x"), template="{{ x }}"))
    assert rebinder.written(recording.events[0], LATER) == b'{"m":"{{ x }}"}'


def test_a_template_that_fails_is_said() -> None:
    def fail(template: str) -> str:
        raise WsinspectError("x is unknown")

    recording = recorded('> {"m":"x"}')
    rebinder = Rebinder(recording, _bindings(Use(0, "$.m", "x"), template="{{ x }}"), evaluate=fail)
    assert rebinder.written(recording.events[0], LATER) == b'{"m":"x"}'
    assert rebinder.missing == ("a went as recorded: x is unknown",)


def test_issued_values_are_variables_of_templates() -> None:
    recording = recorded('< {"a":1}', '> {"m":"x"}')
    variables: dict[str, Scalar] = {}
    rebinder = Rebinder(
        recording,
        _bindings(Use(1, "$.m", "x"), template="{{ vars.a }}"),
        variables=variables,
        evaluate=lambda _: str(variables["a"]),
    )
    rebinder.heard(recording.events[0], Opcode.TEXT, b'{"a":5}')
    assert rebinder.written(recording.events[1], LATER) == b'{"m":"5"}'


@pytest.mark.parametrize(
    ("line", "path", "value", "live"),
    [
        ((">", msgpack.packb({"m": 5})), "$.m", 5, 1 << 70),
        (("> ", b"\x08\x96\x01"), "$.m", 5, 7),
        ('> {"m":0.5}', "$.m", 0.5, 1 << 2000),
    ],
)
def test_what_cannot_be_written_goes_as_it_was(line: Line, path: str, value: Scalar, live: int) -> None:
    recording = recorded('< {"a":1}', line)
    rebinder = Rebinder(recording, _bindings(Use(1, path, value, 1, 0)))
    rebinder.heard(recording.events[0], Opcode.TEXT, f'{{"a":"{live}"}}'.encode())
    assert rebinder.written(recording.events[1], LATER) == recording.events[1].payload


def test_a_document_that_can_only_be_read_goes_as_it_was() -> None:
    payload = gzip.compress(json.dumps({"token": TOKEN}).encode(), mtime=0)
    sent, rebinder = replayed([f'< {{"token":"{TOKEN}"}}', (">", payload)], {0: f'{{"token":"{FRESH}"}}'})
    assert sent == {1: payload}
    assert rebinder.missing == ("message 2 went as recorded: gzip JSON is not written",)


def test_pieces_that_overlap_are_replaced_once() -> None:
    recording = recorded('< {"a":1}', '> {"m":"ab ab"}')
    uses = [Use(1, "$.m", "ab", 1, 0, span=span) for span in (Span(3, 5), Span(0, 2))]
    rebinder = Rebinder(recording, _bindings(*uses))
    rebinder.heard(recording.events[0], Opcode.TEXT, b'{"a":"xyz"}')
    assert rebinder.written(recording.events[1], LATER) == b'{"m":"xyz xyz"}'


@given(st.text(max_size=30), st.text(max_size=30), st.text("abcdef0123456789", min_size=1, max_size=20), st.booleans())
def test_other_bytes_are_never_touched(before: str, after: str, fresh: str, ascii_only: bool) -> None:
    def said(token: str) -> bytes:
        document = {"x": before, "auth": f"{before} {token} {after}", "y": [after, 1.50, None]}
        return json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")

    recording = recorded(f'< {{"token":"{TOKEN}"}}', "> x")
    ours = replace(recording.events[1], payload=said(TOKEN))
    recording = Recording(recording.session, recording.leg, (recording.events[0], ours))
    rebinder = Rebinder(recording, find_bindings(recording, Direction.C2S))
    rebinder.heard(recording.events[0], Opcode.TEXT, f'{{"token":"{fresh}"}}'.encode())
    assert rebinder.written(ours, LATER) == said(fresh)


@given(st.lists(st.tuples(st.sampled_from("<>"), st.binary(max_size=60)), max_size=8), st.binary(max_size=60))
def test_nothing_raises_whatever_comes(lines: list[Line], came: bytes) -> None:
    token: list[Line] = [f'< {{"token":"{TOKEN}","seq":4711}}', f'> {{"token":"{TOKEN}","seq":4712}}']
    recording = recorded(*token, *lines)
    rebinder = Rebinder(recording, find_bindings(recording, Direction.C2S))
    for event in recording.events:
        rebinder.heard(event, event.opcode, came)
        rebinder.written(event, LATER)


def test_out_of_its_order_a_message_goes_with_what_was_issued_last() -> None:
    recording = recorded(
        '> {"method":"login"}',
        f'< {{"result":{{"user":"ana"}},"nonce":"{TOKEN}"}}',
        f'> {{"method":"price","nonce":"{TOKEN}"}}',
        '< {"price":24.5,"nonce":"b8f7d6e5c4b4"}',
        '> {"method":"order","nonce":"b8f7d6e5c4b4"}',
        '< {"items":[{"nonce":"c8f7d6e5c4b5"},{"nonce":"d8f7d6e5c4b6"}]}',
        '> {"method":"pay","nonce":"c8f7d6e5c4b5"}',
    )
    rebinder = Rebinder(recording, find_bindings(recording, Direction.C2S))
    events = recording.events
    rebinder.heard(events[1], 1, f'{{"result":{{"user":"ana"}},"nonce":"{FRESH}"}}'.encode())
    rebinder.heard(events[3], 1, b'{"price":24.5,"nonce":"1f1e2d3c4b5b"}')
    assert FRESH.encode() in rebinder.written(events[2], LATER)
    assert b"1f1e2d3c4b5b" in rebinder.written(events[2], LATER, latest=True)
    rebinder.heard(events[5], 1, b'{"items":[{"nonce":"2f1e2d3c4b5c"},{"nonce":"3f1e2d3c4b5d"}]}')
    assert b"2f1e2d3c4b5c" in rebinder.written(events[6], LATER)
    assert b"1f1e2d3c4b5b" in rebinder.written(events[4], LATER, latest=True)


def test_of_several_values_in_one_message_none_is_the_newest() -> None:
    recording = recorded(
        f'< {{"items":[{{"key":"{TOKEN}"}},{{"key":"1a2b3c4d5e6f"}}]}}',
        f'> {{"key":"{TOKEN}"}}',
        '> {"key":"1a2b3c4d5e6f"}',
    )
    rebinder = Rebinder(recording, find_bindings(recording, Direction.C2S))
    theirs, first, second = recording.events
    rebinder.heard(theirs, Opcode.TEXT, b'{"items":[{"key":"2f1e2d3c4b5c"},{"key":"3f1e2d3c4b5d"}]}')
    assert rebinder.written(first, LATER, latest=True) == b'{"key":"2f1e2d3c4b5c"}'
    assert rebinder.written(second, LATER, latest=True) == b'{"key":"3f1e2d3c4b5d"}'
