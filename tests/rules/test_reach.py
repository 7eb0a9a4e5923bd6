"""Which rules can be asked about what of a session is told from its handshake alone."""

from __future__ import annotations

import pytest

from wsinspect.model import Carriage, Direction, HttpHead, Session, SessionId, SessionState, Source
from wsinspect.rules.load import load
from wsinspect.rules.reach import Reach

RULES = """
version: 1
rules:
  - {id: all, do: [drop]}
  - {id: up, match: {dir: c2s}, do: [drop]}
  - {id: here, match: {host: a.test, text: x}, do: [drop]}
  - {id: elsewhere, match: {host: b.test}, do: [drop]}
  - {id: disabled, enabled: false, do: [drop]}
  - {id: by-rules, match: {source: rule}, do: [drop]}
  - {id: ping, on: ping, do: [drop]}
  - {id: close, on: close, match: {dir: s2c}, do: [drop]}
  - {id: open, on: open, match: {subprotocol: chat}, do: [{tag: x}]}
  - {id: request, on: handshake_request, match: {path: /a}, do: [{tag: x}]}
  - {id: response, on: handshake_response, match: {status: 403}, do: [{tag: x}]}
  - {id: timer, on: {timer: 1s}, do: [{tag: x}]}
  - {id: idle, on: {idle: 1s}, do: [{tag: x}]}
"""
REQUEST = HttpHead("HTTP/1.1", (("Host", "a.test"),), method="GET", target="/a")
RESPONSE = HttpHead("HTTP/1.1", (), status=101)
SESSION = Session(
    SessionId(1), Carriage.DIRECT, SessionState.CLOSED, "ws://a.test/a", 0, host="a.test", path="/a", status=101,
    request=REQUEST, response=RESPONSE, subprotocol="chat",
)  # fmt: skip


@pytest.mark.parametrize(
    ("event", "direction", "rules"),
    [
        ("message", Direction.C2S, ("all", "up", "here")),
        ("message", Direction.S2C, ("all", "here")),
        ("ping", Direction.C2S, ("ping",)),
        ("pong", Direction.C2S, ()),
        ("close", Direction.C2S, ()),
        ("close", Direction.S2C, ("close",)),
        ("open", None, ("open",)),
        ("handshake_request", None, ("request",)),
        ("handshake_response", None, ()),
    ],
)
def test_rules_that_may_match_are_asked(event: str, direction: Direction | None, rules: tuple[str, ...]) -> None:
    reach = Reach(load("r.yaml", lambda _: RULES).rules).of(SESSION)
    assert (reach.asked(event, direction), reach.asked(event, direction)) == (rules, rules)


def test_what_rules_sent_is_asked_of_rules_that_want_it() -> None:
    reach = Reach(load("r.yaml", lambda _: RULES).rules).of(SESSION)
    assert reach.asked("message", Direction.C2S, Source.RULE) == ("by-rules",)
