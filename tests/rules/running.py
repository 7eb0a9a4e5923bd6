"""Rules that run in tests: from YAML, in a session at a fixed time, with real actions."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from wsinspect.errors import RuleError
from wsinspect.model import Carriage, Direction, HttpHead, Session, SessionId, SessionState, Source
from wsinspect.rules.compile import RuleSet
from wsinspect.rules.load import LoadedRules, load
from wsinspect.rules.ruling import Ruling
from wsinspect.rules.session_rules import SessionRules
from wsinspect.rules.state import Chance, Memory, SessionVariables
from wsinspect.rules.state import SessionState as RulesState
from wsinspect.rules.turn import Surroundings, Turn
from wsinspect.wire.decisions import Gathered

START_NS = 1_000_000_000_000
SECOND = 1_000_000_000
C2S, S2C = Direction.C2S, Direction.S2C

REQUEST = HttpHead(
    "HTTP/1.1",
    (("Host", "a.test"), ("Origin", "http://a.test"), ("Sec-WebSocket-Protocol", "v1, v2")),
    method="GET",
    target="/chat?room=7&user=ann",
)
RESPONSE = HttpHead("HTTP/1.1", (("Sec-WebSocket-Protocol", "v2"), ("Server", "nginx")), status=101, reason="OK")
ASKED = Session(
    SessionId(3), Carriage.DIRECT, SessionState.OPEN, "wss://a.test/chat?room=7&user=ann", START_NS, scheme="wss",
    host="a.test", port=443, path="/chat?room=7&user=ann", request=REQUEST,
)  # fmt: skip
"""Before the handshake is answered."""
OPEN = replace(ASKED, status=101, subprotocol="v2", response=RESPONSE)


@dataclass
class Files:
    """Files that rules read."""

    contents: Mapping[str, bytes]

    def read(self, folder: str, name: str) -> bytes:
        if name not in self.contents:
            raise RuleError(f"{folder}/{name} is not there")
        return self.contents[name]


def loaded(text: str) -> LoadedRules:
    return load("rules.yaml", lambda _: f"version: 1\n{text}")


def rule_set(text: str, memory: Memory | None = None, **surroundings: Any) -> RuleSet:
    return RuleSet(loaded(text), Surroundings(random.Random, **surroundings), memory)


def session_rules(text: str, session: Session = OPEN, **surroundings: Any) -> SessionRules:
    rules = rule_set(text, **surroundings).session(session)
    assert rules is not None
    return rules


def message(
    payload: bytes = b"hello", direction: Direction = C2S, *, number: int = 1, opcode: int = 1, time: int = START_NS
) -> Gathered:
    return Gathered(direction, number, opcode, payload, time)


def judged(rules: SessionRules, payload: bytes = b"hello", direction: Direction = C2S, **more: Any) -> Ruling | None:
    """Judge a message at its own time."""
    source = more.pop("source", Source.PEER)
    gathered = message(payload, direction, **more)
    return rules.judge(gathered, gathered.time, source)


def acted(ruling: Ruling | None) -> list[str]:
    """List the rules that acted."""
    return [] if ruling is None else [hit.rule for hit in ruling.hits]


def turn_of(payload: bytes = b"hello", session: Session = OPEN, **fields: Any) -> Turn:
    """Make the turn of a message."""
    variables = SessionVariables(Memory(), session.host or "", RulesState().own)
    turn = Turn(session, START_NS, variables, Chance(random.Random, 1, "rule", session.id), "start")
    turn.payload, turn.direction, turn.number, turn.opcode, turn.index = payload, C2S, 1, 1, 1
    for name, value in fields.items():
        setattr(turn, name, value)
    return turn
