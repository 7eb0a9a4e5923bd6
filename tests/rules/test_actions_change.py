"""Actions that put another payload in place: before and after."""

from __future__ import annotations

import pytest

from tests.rules.turns import act, event, message
from wsinspect.rules.turn import ActionError
from wsinspect.wire.opcodes import Opcode

VARIABLES = {"token": "s3cret", "bad": "zz"}


@pytest.mark.parametrize(
    ("action", "before", "after", "detail"),
    [
        ({"replace": {"text": "a", "with": "b"}}, "aa", "bb", "a 2 times"),
        ({"replace": {"text": "a", "with": "b", "count": 1}}, "aa", "ba", "a 1 time"),
        ({"replace": {"text": "z", "with": "b"}}, "aa", "aa", "z 0 times"),
        (
            {"replace": {"regex": r"(\d+)-(?P<b>\d+)", "with": r"\g<b>-\1"}},
            "12-34",
            "34-12",
            r"(\d+)-(?P<b>\d+) 1 time",
        ),
        ({"replace": {"text": "a\n", "with": ""}}, "a\n", "", "a\\n 1 time"),
        ({"json_set": {"$.a": True}}, '{ "a":1.0 }', '{ "a":true }', "$.a"),
        ({"json_set": {"$.a": {}, "$.a.b": "{{ vars.token }}"}}, '{"a":1}', '{"a":{"b":"s3cret"}}', "$.a, $.a.b"),
        ({"json_set": {"$.n": "{{ message.json.n + 1 }}"}}, '{"n":1}', '{"n":2}', "$.n"),
        ({"json_set": {"$..p": "***"}}, '[{"p":1},{"p":2}]', '[{"p":"***"},{"p":"***"}]', "$..p"),
        ({"json_delete": "$.a"}, '{"a":1,"b":2}', '{"b":2}', "$.a"),
        ({"json_delete": ["$.a", "$.z"]}, '{"a":1,"b":2}', '{"b":2}', "$.a, $.z"),
        ({"set_text": "{{ message.text|upper }}!"}, "aé", "AÉ!", "4 bytes"),
        ({"set_hex": "41 42"}, "x", "AB", "2 bytes"),
        ({"set_base64": "aGk="}, "x", "hi", "2 bytes"),
        ({"from_file": "a.txt"}, "x", "rules/a.txt", "11 bytes"),
    ],
)
def test_text_messages(action: object, before: str, after: str, detail: str) -> None:
    turn = message(before, variables=VARIABLES)
    assert act(action, turn) == detail
    assert (turn.payload, turn.opcode, turn.changed) == (after.encode(), Opcode.TEXT, before != after)


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ({"replace": {"text": "a", "with": "b"}}, b"\xffa", b"\xffb"),
        ({"replace": {"regex": r"\xff.", "with": ""}}, b"\xff\xfea", b"a"),
        ({"json_set": {"$.a": 2}}, b'{"a":1}', b'{"a":2}'),
        ({"set_hex": "ff{{ '00' }}"}, b"x", b"\xff\x00"),
        ({"set_text": "é"}, b"x", "é".encode()),
    ],
)
def test_binary_messages(action: object, before: bytes, after: bytes) -> None:
    turn = message(before)
    act(action, turn)
    assert (turn.payload, turn.opcode) == (after, Opcode.BINARY)


def test_the_type_is_changed_where_the_payload_allows() -> None:
    turn = message("é")
    assert act({"set_type": "binary"}, turn) == "binary"
    assert (turn.opcode, turn.changed) == (Opcode.BINARY, True)
    assert act({"set_type": "text"}, turn) == "text"
    assert turn.opcode == Opcode.TEXT


def test_bytes_go_into_a_text_message_once_it_is_none() -> None:
    turn = message("x")
    act({"set_type": "binary"}, turn)
    act({"set_hex": "ff"}, turn)
    assert (turn.payload, turn.opcode) == (b"\xff", Opcode.BINARY)


@pytest.mark.parametrize(
    ("action", "payload", "reason"),
    [
        ({"set_hex": "ff"}, "x", "no UTF-8, at byte 1: put set_type: binary before"),
        ({"replace": {"regex": r"(?s)^(..).", "with": r"\1"}}, "aé", None),
        ({"set_type": "text"}, b"\xff", "the text message would be no UTF-8"),
        ({"json_set": {"$.a": 1}}, "no", "the message is not JSON"),
        ({"json_set": {"$.a": 1}}, "[" * 100_000, "the message is not JSON"),
        ({"json_set": {"$.a": 1}}, "[" * 1000 + "]" * 1000, r"\$ is no object"),
        ({"json_set": {"$.a": 1}}, b" " * (4 << 20) + b"{}", "over 4 MiB"),
        ({"json_set": {"$.a": "{{ vars.no }}"}}, "{}", "there is no variable"),
        ({"json_delete": "$.a"}, "no", "the message is not JSON"),
        ({"set_base64": "{{ vars.bad }}!"}, "x", "is no base64"),
        ({"set_fields": {"a": 1}}, "x", "no decoder has recognised this session"),
    ],
)
def test_what_is_impossible_is_an_error_with_a_reason(action: object, payload: bytes | str, reason: str | None) -> None:
    turn = message(payload, variables=VARIABLES)
    if reason is None:
        act(action, turn)
        assert turn.payload == "aé".encode()
        return
    with pytest.raises(ActionError, match=reason):
        act(action, turn)
    assert not turn.changed


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ({"json_set": {"$..a..b": 1}}, r"\$..a..b: only one .. may be in the path"),
        ({"json_delete": ["$.a", "$..a..b"]}, "only one .. may be in the path"),
        ({"json_delete": "$"}, "the whole document cannot be deleted: use drop"),
        ({"replace": {"regex": "a", "with": r"\1"}}, "no group 1"),
        ({"from_file": "missing.txt"}, "no such file"),
        ({"json_set": {"$.a": float("nan")}}, "has no JSON"),
    ],
)
def test_what_can_never_work_is_refused_at_once(action: object, reason: str) -> None:
    with pytest.raises(ActionError, match=reason):
        act(action, message("{}"))


def test_where_there_is_no_message_nothing_is_changed() -> None:
    with pytest.raises(ActionError, match="no message"):
        act({"set_text": "x"}, event())
    with pytest.raises(ActionError, match="only a message has a type"):
        act({"set_type": "text"}, message(b"", Opcode.PING))


def test_what_replaces_nothing_leaves_even_what_is_broken() -> None:
    turn = message(b"\xff", Opcode.TEXT)
    act({"replace": {"text": "a", "with": "b"}}, turn)
    assert not turn.changed
