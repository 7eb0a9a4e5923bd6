"""What templates know by name: `vars.x`, `env.X`, `match.x`, `session.x`, `message.x` and `rule`."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from wsinspect.model import Direction, HttpHead
from wsinspect.rules.evaluation import Evaluation, Missing
from wsinspect.rules.turn import NO_JSON
from wsinspect.rules.values import MOST_CHARACTERS
from wsinspect.wire.opcodes import Opcode

type Reader = Callable[[Evaluation], object]


@dataclass(frozen=True, slots=True)
class Namespace:
    """A name that stands for nothing by itself, only for what is in it."""

    what: str
    look_up: Callable[[Evaluation, str], object] | None = None
    """Finds anything by its name, or raises `Missing`; None: there is only what is `known`."""
    known: Mapping[str, Reader | Namespace] = field(default_factory=dict)


def _variable(evaluation: Evaluation, name: str) -> object:
    variables = evaluation.turn.variables.all()
    if name not in variables:
        raise Missing(f"there is no variable {name!r}")
    return variables[name]


def _environment(evaluation: Evaluation, name: str) -> object:
    value = evaluation.turn.environment.get(name)
    if value is None:
        raise Missing(f"the environment has no {name}")
    return value


def _group(evaluation: Evaluation, name: str) -> object:
    value = evaluation.turn.groups.get(name)
    if value is None:
        raise Missing(f"the rule's regex has found no group {name!r}")
    return value


def header_of(head: HttpHead | None, name: str) -> str | None:
    """Return the first header of a name in any case, None without one."""
    wanted = name.lower()
    return next((value for key, value in head.headers if key.lower() == wanted), None) if head is not None else None


def _header(evaluation: Evaluation, name: str) -> object:
    value = header_of(evaluation.turn.session.request or evaluation.turn.head, name)
    if value is None:
        raise Missing(f"the request has no header {name}")
    return value


def _of_session(name: str) -> Reader:
    def get(evaluation: Evaluation) -> object:
        value = getattr(evaluation.turn.session, name)
        if value is None:
            raise Missing(f"the session has no {name}")
        return value

    return get


def _direction(evaluation: Evaluation) -> Direction:
    direction = evaluation.turn.direction
    if direction is None:
        raise Missing("there is no message: the rule is not on one")
    return direction


def _of_message(get: Reader) -> Reader:
    def checked(evaluation: Evaluation) -> object:
        _direction(evaluation)
        return get(evaluation)

    return checked


def _document(evaluation: Evaluation) -> object:
    document = evaluation.turn.document
    if document is NO_JSON:
        raise Missing("the message is not JSON")
    return document


def _number(evaluation: Evaluation) -> object:
    if evaluation.turn.number is None:
        raise Missing("the message has no number")
    return evaluation.turn.number


def _written(write: Callable[[bytes], str]) -> Reader:
    def get(evaluation: Evaluation) -> object:
        payload = evaluation.turn.payload
        # One more than is allowed is enough to be refused.
        return evaluation.made(write(payload[: MOST_CHARACTERS + 1]))

    return get


def _type(evaluation: Evaluation) -> object:
    opcode = evaluation.turn.opcode
    return Opcode(opcode).name.lower() if opcode in Opcode else str(opcode)


_SESSION_WORDS = "id url scheme host port path client server subprotocol protocol"
_HEADERS = Namespace("a header of the request", _header)
_MESSAGE: dict[str, Reader] = {
    "text": lambda evaluation: evaluation.message_text,
    "json": _document,
    "size": lambda evaluation: len(evaluation.turn.payload),
    "type": _type,
    "dir": lambda evaluation: _direction(evaluation).label,
    "number": _number,
    "index": lambda evaluation: evaluation.turn.index,
    "hex": _written(bytes.hex),
    "base64": _written(lambda payload: base64.b64encode(payload).decode()),
}

NAMESPACES: dict[str, Namespace] = {
    "vars": Namespace("a variable", _variable),
    "env": Namespace("an environment variable", _environment),
    "match": Namespace("a named group of the rule's regex", _group),
    "session": Namespace(
        "a property of the session",
        known={**{word: _of_session(word) for word in _SESSION_WORDS.split()}, "header": _HEADERS},
    ),
    "message": Namespace("a property of the message", known={word: _of_message(get) for word, get in _MESSAGE.items()}),
}

VALUES: dict[str, Reader] = {"rule": lambda evaluation: evaluation.turn.rule}
"""What is a value by itself."""
