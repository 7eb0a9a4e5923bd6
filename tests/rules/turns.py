"""Turns to try actions and templates on, with plain variables and seeded chance."""

from __future__ import annotations

import random
from collections.abc import Mapping

from wsinspect.errors import RuleError
from wsinspect.model import Carriage, Direction, HttpHead, Session, SessionId, SessionState
from wsinspect.rules.actions import compile_action
from wsinspect.rules.ruling import Replay
from wsinspect.rules.schema import Action, Scope
from wsinspect.rules.turn import Surroundings, Turn
from wsinspect.wire.opcodes import Opcode

NOW = 1_700_000_000_123_456_789
"""2023-11-14 22:13:20.123 UTC."""
REQUEST = HttpHead(
    "HTTP/1.1",
    (("Host", "chat.example.test"), ("Origin", "https://example.test"), ("Cookie", "sid=7")),
    method="GET",
    target="ws://chat.example.test/chat?room=1",
)
RESPONSE = HttpHead("HTTP/1.1", (("Server", "demo"), ("Set-Cookie", "a=b")), status=101, reason="Switching Protocols")
SESSION = Session(
    SessionId(3),
    Carriage.DIRECT,
    SessionState.OPEN,
    "ws://chat.example.test/chat?room=1",
    NOW - 5_000_000_000,
    scheme="ws",
    host="chat.example.test",
    port=80,
    path="/chat?room=1",
    client="127.0.0.1:50000",
    status=101,
    request=REQUEST,
    response=RESPONSE,
)


class Plain:
    """Variables without scopes; what was set is on record with its scope."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.values = dict(values)
        self.done: list[tuple[object, ...]] = []

    def get(self, name: str) -> object:
        return self.values.get(name)

    def all(self) -> Mapping[str, object]:
        return self.values

    def set(self, scope: Scope, name: str, value: object) -> None:
        self.values[name] = value
        self.done.append((scope, name, value))

    def unset(self, scope: Scope, name: str) -> None:
        self.values.pop(name, None)
        self.done.append((scope, name))


def read(folder: str, name: str) -> bytes:
    """Return the name of a file as its content."""
    if name == "missing.txt":
        raise RuleError(f"{name}: there is no such file")
    if name == "huge.bin":
        return bytes((16 << 20) + 1)
    return f"{folder}/{name}".encode()


def rehearse(wanted: Replay) -> str:
    """Say which session is played; of captures there is but one."""
    if wanted.file != "shop.wsi":
        raise RuleError(f"{wanted.file}: there is no such file")
    return f"session {wanted.session}"


SURROUNDINGS = Surroundings(random.Random, read=read, rehearse=rehearse, scripts=True)


def event(
    *,
    head: HttpHead | None = None,
    session: Session = SESSION,
    environment: Mapping[str, str] | None = None,
    variables: Mapping[str, object] | None = None,
    groups: dict[str, str] | None = None,
) -> Turn:
    """Make a turn without a message."""
    return Turn(
        session,
        NOW,
        Plain(variables or {}),
        random.Random(7),
        "start",
        rule="r1",
        folder="rules",
        head=head,
        environment=environment or {},
        groups=groups or {},
    )


def message(
    payload: bytes | str,
    opcode: int | None = None,
    *,
    direction: Direction = Direction.C2S,
    variables: Mapping[str, object] | None = None,
) -> Turn:
    """Make a turn of a message: of text, unless said otherwise, where it is given as one."""
    turn = event(variables=variables)
    turn.direction = direction
    turn.number, turn.index = 4, 2
    turn.payload = payload.encode() if isinstance(payload, str) else payload
    turn.opcode = opcode if opcode is not None else Opcode.TEXT if isinstance(payload, str) else Opcode.BINARY
    return turn


def act(action: object, turn: Turn, surroundings: Surroundings = SURROUNDINGS) -> str | None:
    """Carry an action out, and return the detail of its hit."""
    compile_action(Action.model_validate(action), surroundings, "rules")(turn)
    return turn.hits[-1].detail
