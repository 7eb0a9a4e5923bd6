"""What templates know by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.turns import REQUEST, SESSION, event, message
from wsinspect.rules.templates import compile_text, compile_value
from wsinspect.rules.turn import ActionError, Turn
from wsinspect.wire.opcodes import Opcode


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("message.text", '{"a":{"b":[1,2]}}'),
        ("message.json", {"a": {"b": [1, 2]}}),
        ("message.json.a.b[1]", 2),
        ("message['size']", 17),
        ("message.type", "text"),
        ("message.dir", "c2s"),
        ("message.number", 4),
        ("message.index", 2),
        ("message.hex", b'{"a":{"b":[1,2]}}'.hex()),
        ("message.base64", "eyJhIjp7ImIiOlsxLDJdfX0="),
        ("session.id", 3),
        ("session.url", "ws://chat.example.test/chat?room=1"),
        ("session.scheme", "ws"),
        ("session.host", "chat.example.test"),
        ("session.port", 80),
        ("session.path", "/chat?room=1"),
        ("session.client", "127.0.0.1:50000"),
        ("session.header.origin", "https://example.test"),
        ("session.header['HOST']", "chat.example.test"),
        ("vars.x", 5),
        ("vars['x']", 5),
        ("vars[vars.name]", 5),
        ("rule", "r1"),
    ],
)
def test_names_stand_for_what_there_is(expression: str, value: object) -> None:
    turn = message('{"a":{"b":[1,2]}}', variables={"x": 5, "name": "x"})
    assert compile_value(f"{{{{ {expression} }}}}")(turn) == value


def test_the_environment_and_groups_are_known() -> None:
    turn = event(environment={"TOKEN": "t"}, groups={"user": "ada"})
    assert compile_text("{{ env.TOKEN }} {{ match.user }}")(turn) == "t ada"


@pytest.mark.parametrize(
    ("expression", "turn", "reason"),
    [
        ("vars.y", message(""), "there is no variable 'y'"),
        ("env.NO", message(""), "the environment has no NO"),
        ("match.no", message(""), "has found no group 'no'"),
        ("session.subprotocol", message(""), "the session has no subprotocol"),
        ("session.header.no", message(""), "the request has no header no"),
        ("session.header.no", event(session=replace(SESSION, request=None)), "the request has no header no"),
        ("message.text", event(), "there is no message"),
        ("message.text", message(b"\xff"), "the message is not UTF-8"),
        ("message.json", message("{"), "the message is not JSON"),
        ("message.number", event(), "there is no message"),
    ],
)
def test_what_is_not_there_is_an_error_unless_there_is_a_default(expression: str, turn: Turn, reason: str) -> None:
    with pytest.raises(ActionError, match=reason):
        compile_text(f"{{{{ {expression} }}}}")(turn)
    assert compile_text(f"{{{{ {expression}|default('else') }}}}")(turn) == "else"


def test_a_control_frame_is_of_its_kind_and_has_no_number() -> None:
    turn = message(b"", Opcode.PING)
    turn.number = None
    assert compile_text("{{ message.type }}")(turn) == "ping"
    turn.opcode = 3
    assert compile_text("{{ message.type }}")(turn) == "3"
    with pytest.raises(ActionError, match="has no number"):
        compile_text("{{ message.number }}")(turn)


def test_before_the_session_is_on_record_its_headers_are_those_that_pass() -> None:
    turn = event(head=REQUEST, session=replace(SESSION, request=None))
    assert compile_text("{{ session.header.cookie }}")(turn) == "sid=7"


def test_a_large_payload_is_no_text_of_ours() -> None:
    turn = message(bytes(1 << 20))
    for name in ("text", "hex", "base64"):
        with pytest.raises(ActionError, match="larger than 1 MiB"):
            compile_text(f"x{{{{ message.{name} }}}}")(turn)
    assert compile_text("{{ message.text|length }}")(turn) == str(1 << 20)
