"""Actions on the heads of the upgrade: before and after."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.turns import REQUEST, RESPONSE, act, event
from wsinspect.model import HttpHead
from wsinspect.rules.actions_handshake import MOST_HEADER
from wsinspect.rules.ruling import MockAnswer, Rejection
from wsinspect.rules.turn import ActionError

TWICE = (("A", "1"), ("x-token", "old"), ("B", "2"), ("X-Token", "older"))
OFFER = 'permessage-deflate; client_max_window_bits="1,2\\"", x-webkit-deflate-frame'


def heads(action: object, headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    turn = event(
        head=replace(REQUEST, headers=headers), variables={"token": "t", "lines": "a\r\nX: y", "long": "x" * 20_000}
    )
    act(action, turn)
    assert turn.head is not None
    assert replace(turn.head, headers=()) == replace(REQUEST, headers=())
    return turn.head.headers


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ({"header_set": {"X-TOKEN": "new"}}, TWICE, (("A", "1"), ("x-token", "new"), ("B", "2"))),
        ({"header_set": {"C": "{{ vars.token }}"}}, TWICE[:1], (("A", "1"), ("C", "t"))),
        ({"header_add": {"a": "2"}}, TWICE[:1], (("A", "1"), ("a", "2"))),
        ({"header_remove": "X-Token"}, TWICE, (("A", "1"), ("B", "2"))),
        ({"header_remove": ["a", "b", "c"]}, TWICE, (TWICE[1], TWICE[3])),
        ({"subprotocol_set": "chat"}, (("sec-websocket-protocol", "a, b"),), (("sec-websocket-protocol", "chat"),)),
        ({"subprotocol_set": "v1,v2"}, (), (("Sec-WebSocket-Protocol", "v1, v2"),)),
        ({"subprotocol_set": ""}, (("A", "1"), ("Sec-WebSocket-Protocol", "a")), (("A", "1"),)),
        ("extensions_strip", (("A", "1"), ("Sec-WebSocket-Extensions", OFFER)), (("A", "1"),)),
        (
            {"extensions_strip": ["X-Webkit-Deflate-Frame"]},
            (("Sec-WebSocket-Extensions", OFFER),),
            (("Sec-WebSocket-Extensions", 'permessage-deflate; client_max_window_bits="1,2\\""'),),
        ),
        (
            {"extensions_strip": ["permessage-deflate"]},
            (("Sec-WebSocket-Extensions", "permessage-deflate"), ("sec-websocket-extensions", "a ,b")),
            (("sec-websocket-extensions", "a ,b"),),
        ),
    ],
)
def test_headers(action: object, before: tuple[tuple[str, str], ...], after: tuple[tuple[str, str], ...]) -> None:
    assert heads(action, before) == after


@pytest.mark.parametrize(
    ("target", "after"),
    [
        ("ws://chat.example.test/chat?room=1", "ws://chat.example.test/other?x=t"),
        ("/chat", "/other?x=t"),
        (None, "/other?x=t"),
    ],
)
def test_the_path_is_set_whatever_the_form_of_the_target(target: str | None, after: str) -> None:
    turn = event(head=replace(REQUEST, target=target), variables={"token": "t"})
    assert act({"path_set": "/other?x={{ vars.token }}"}, turn) == "/other?x=t"
    assert turn.head is not None
    assert turn.head.target == after


def test_the_upgrade_goes_elsewhere() -> None:
    turn = event(head=REQUEST)
    assert act({"map_remote": {"url": "wss://127.0.0.1:8443/x", "keep_host": True}}, turn) == "wss://127.0.0.1:8443/x"
    assert (turn.remote, turn.keep_host, turn.head) == ("wss://127.0.0.1:8443/x", True, REQUEST)
    act({"map_remote": "ws://{{ session.host }}"}, turn)
    assert (turn.remote, turn.keep_host) == ("ws://chat.example.test", False)


def test_the_upgrade_is_refused() -> None:
    turn = event(head=REQUEST)
    assert act({"reject": {"status": 401, "headers": {"X": "{{ rule }}"}, "body": "no é"}}, turn) == "401"
    assert turn.reject == Rejection(401, (("X", "r1"),), "no é".encode())
    assert turn.ended
    turn = event(head=RESPONSE)
    assert act("reject", turn) == "403"
    assert turn.reject == Rejection(403, (), b"")


def test_the_upgrade_is_answered_without_a_server() -> None:
    turn = event(head=REQUEST)
    assert act({"mock": {"upstream": False}}, turn) is None
    assert turn.mock == MockAnswer(None, ())
    assert act({"mock": {"upstream": False, "subprotocol": "{{ 'chat' }}", "headers": {"X": "y"}}}, turn) == "chat"
    assert turn.mock == MockAnswer("chat", (("X", "y"),))
    assert not turn.ended
    act({"mock": {"upstream": False, "subprotocol": ""}}, turn)
    assert turn.mock == MockAnswer("", ())


@pytest.mark.parametrize(
    ("offer", "agreed"),
    [
        ((), ()),
        (("permessage-deflate; client_max_window_bits",), ("permessage-deflate",)),
        (
            ("x-other, permessage-deflate; server_no_context_takeover",),
            ("permessage-deflate; server_no_context_takeover",),
        ),
    ],
)
def test_compression_is_agreed_on_where_it_is_offered(offer: tuple[str, ...], agreed: tuple[str, ...]) -> None:
    head = replace(REQUEST, headers=tuple(("sec-websocket-extensions", value) for value in offer))
    turn = event(head=head)
    act({"mock": {"upstream": False, "compress": True, "headers": {"X": "y"}}}, turn)
    wanted = (*(("Sec-WebSocket-Extensions", value) for value in agreed), ("X", "y"))
    assert turn.mock == MockAnswer(None, wanted)


@pytest.mark.parametrize(
    ("action", "head", "reason"),
    [
        ({"header_set": {"A": "{{ vars.lines }}"}}, REQUEST, "is no value of a header: it has one line"),
        ({"header_add": {"A": "{{ vars.lines }}"}}, REQUEST, "is no value of a header"),
        ({"header_set": {"A": "{{ '\\x00' }}"}}, REQUEST, "is no value of a header"),
        ({"header_set": {"A": "{{ vars.long }}"}}, REQUEST, "at most 16 KiB"),
        ({"header_set": {"A": "{{ '\\ud800' }}"}}, REQUEST, "lone surrogate"),
        ({"reject": {"headers": {"A": "{{ vars.lines }}"}}}, REQUEST, "is no value of a header"),
        ({"mock": {"upstream": False, "headers": {"A": "{{ vars.lines }}"}}}, REQUEST, "is no value of a header"),
        ({"mock": {"upstream": False, "subprotocol": "{{ vars.lines }}"}}, REQUEST, "is no subprotocol"),
        ({"subprotocol_set": "{{ vars.lines }}"}, REQUEST, "is no subprotocol"),
        ({"subprotocol_set": "a, b"}, RESPONSE, "is no subprotocol"),
        ({"path_set": "/a{{ vars.lines }}"}, REQUEST, "is no path"),
        ({"path_set": "{{ 'a' }}"}, REQUEST, "is no path"),
        ({"path_set": "/{{ '#a' }}"}, REQUEST, "is no path"),
        ({"path_set": "/{{ vars.long }}"}, REQUEST, "is no path"),
        ({"path_set": "/x"}, RESPONSE, "the server has answered already"),
        ({"map_remote": "{{ 'http://a.test' }}"}, REQUEST, "is no ws:// or wss:// URL of a host"),
        ({"map_remote": "{{ 'ws://' }}"}, REQUEST, "is no ws:// or wss:// URL"),
        ({"map_remote": "{{ 'ws://u@a.test' }}"}, REQUEST, "is no ws:// or wss:// URL"),
        ({"map_remote": "{{ 'ws://a.test:99999' }}"}, REQUEST, "is no ws:// or wss:// URL"),
        ({"map_remote": "{{ 'ws://[::1' }}"}, REQUEST, "is no ws:// or wss:// URL"),
        ({"map_remote": "{{ 'ws://a.test/#b' }}"}, REQUEST, "is no ws:// or wss:// URL"),
        ({"map_remote": "{{ 'ws://a.test/ b' }}"}, REQUEST, "is no ws:// or wss:// URL"),
        ({"map_remote": "ws://a.test/{{ vars.long }}"}, REQUEST, "is no ws:// or wss:// URL"),
        ({"map_remote": "ws://a.test"}, RESPONSE, "the server has answered already"),
        ({"mock": {"upstream": False}}, RESPONSE, "the server has answered already"),
        ({"header_set": {"A": "b"}}, None, "the handshake is over"),
        ("reject", None, "the handshake is over"),
    ],
)
def test_what_would_break_a_head_is_refused(action: object, head: HttpHead | None, reason: str) -> None:
    turn = event(head=head, variables={"lines": "a\r\nX: y", "long": "x" * MOST_HEADER + "x"})
    with pytest.raises(ActionError, match=reason):
        act(action, turn)
    assert turn.head is head
