"""The rules of a mock accept the handshake as it was recorded, where it was recorded."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.recording import CHAT
from wsinspect.cli.mock_rules import MockOptions, mock_rules, path_of, server_mode
from wsinspect.model import Carriage, HttpHead, Session, SessionId, SessionState
from wsinspect.rules.compile import RuleSet
from wsinspect.rules.load import load
from wsinspect.rules.ruling import HandshakeRuling, Replay
from wsinspect.rules.schema import ReplayMode, Unmatched
from wsinspect.rules.turn import Surroundings

RESPONSE = HttpHead(
    "HTTP/1.1",
    (("Upgrade", "websocket"), ("Date", "today"), ("Set-Cookie", "a={{b}}"), ("Sec-WebSocket-Extensions", "x")),
    status=101,
)
RECORDED = replace(CHAT, response=RESPONSE)


def asked(
    path: str, host: str, listener: str, *headers: tuple[str, str], any_path: bool = False
) -> HandshakeRuling | None:
    """Ask the rules about a request."""
    name, text = mock_rules(Path("/captures/x.wsi"), RECORDED, MockOptions(any_path=any_path))
    rules = RuleSet(load(name, lambda _: text), Surroundings(random.Random, rehearse=lambda _: "all"))
    head = HttpHead("HTTP/1.1", headers, method="GET", target=path)
    session = Session(
        SessionId(1), Carriage.DIRECT, SessionState.OPEN, f"ws://{host}{path}", 0, host=host, path=path,
        listener=listener, request=head,
    )  # fmt: skip
    of_session = rules.session(session)
    return None if of_session is None else of_session.handshake_request(head, 0)


@pytest.mark.parametrize(
    ("path", "host", "listener", "any_path", "answered"),
    [
        ("/room?b=2", "127.0.0.1", "reverse:https://chat.test:443@127.0.0.1:1", False, True),
        ("/rooms", "127.0.0.1", "reverse:https://chat.test:443@127.0.0.1:1", False, False),
        ("/rooms", "127.0.0.1", "reverse:https://chat.test:443@127.0.0.1:1", True, True),
        ("/room", "chat.test", "regular@127.0.0.1:1", False, True),
        ("/room", "other.test", "regular@127.0.0.1:1", False, False),
        ("/rooms", "chat.test", "regular@127.0.0.1:1", False, False),
        ("/rooms", "chat.test", "regular@127.0.0.1:1", True, True),
    ],
)
def test_what_is_answered(path: str, host: str, listener: str, any_path: bool, answered: bool) -> None:
    ruling = asked(path, host, listener, any_path=any_path)
    assert (ruling is not None and ruling.mock is not None) is answered


def test_the_answer_is_as_recorded_as_far_as_the_client_offers_it() -> None:
    offer = (("Sec-WebSocket-Protocol", "chat"), ("Sec-WebSocket-Extensions", "permessage-deflate"))
    full, plain = (asked("/room", "chat.test", "reverse:x", *headers) for headers in (offer, ()))
    assert full is not None
    assert full.mock is not None
    assert full.mock.subprotocol == "chat"
    assert full.mock.headers == (("Sec-WebSocket-Extensions", "permessage-deflate"), ("Set-Cookie", "a={{b}}"))
    assert [effect for effect in full.effects if isinstance(effect, Replay)] == [
        Replay("wsinspect-mock", "/captures", "x.wsi", 1)
    ]
    assert plain is not None
    assert plain.mock is not None
    assert (plain.mock.subprotocol, plain.mock.headers) == ("", (("Set-Cookie", "a={{b}}"),))


def test_all_that_is_chosen_is_in_them() -> None:
    options = MockOptions("timed", 2.0, 3, 9, ("a=b",), ("c",), "close", loop=True)
    session = replace(RECORDED, host=None, subprotocol=None, response=None, extensions=None)
    name, text = mock_rules(Path("/captures/x.wsi"), session, options)
    (rule,) = load(name, lambda _: text).rules
    replay = rule.rule.do[1].replay
    assert replay is not None
    assert (replay.mode, replay.speed, replay.from_, replay.to) == (ReplayMode.TIMED, 2.0, 3, 9)
    assert (replay.rebind, replay.ignore, replay.unmatched, replay.loop) == (["a=b"], ["c"], Unmatched.CLOSE, True)


@pytest.mark.parametrize(
    ("session", "mode"),
    [
        (CHAT, "reverse:https://chat.test:443"),
        (replace(CHAT, scheme="ws", host="::1", port=None), "reverse:http://[::1]:80"),
        (replace(CHAT, host=None, port=None), "reverse:https://mock.invalid:443"),
    ],
)
def test_clients_take_it_for_the_recorded_server(session: Session, mode: str) -> None:
    assert server_mode(session) == mode


def test_the_path_is_without_the_query() -> None:
    assert path_of(CHAT) == "/room"
    assert path_of(replace(CHAT, path=None)) == "/"
