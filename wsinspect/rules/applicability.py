"""Which action, and which condition of `match`, makes sense on which event.

What makes none is refused when a file is read, rather than to fail, or never to match, on every message.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wsinspect.rules.problems import Place
from wsinspect.rules.schema import Action, Event, Match, Rule
from wsinspect.rules.schema.texts import MOST_CONTROL_BYTES
from wsinspect.rules.yaml_source import Node


class Occasion(enum.StrEnum):
    """An event, as far as it matters for what can be done on it."""

    MESSAGE = "message"
    PING = "ping"
    PONG = "pong"
    CLOSE = "close"
    OPEN = "open"
    TIMER = "timer"
    """And silence."""
    REQUEST = "handshake_request"
    RESPONSE = "handshake_response"


CONTROL = frozenset({Occasion.PING, Occasion.PONG, Occasion.CLOSE})
FRAMES = CONTROL | {Occasion.MESSAGE}
HANDSHAKE = frozenset({Occasion.REQUEST, Occasion.RESPONSE})
ANYTIME = frozenset(Occasion)


@dataclass(frozen=True, slots=True)
class Need:
    """What actions or conditions need."""

    occasions: frozenset[Occasion]
    """On which they have it."""
    frame: str = "it is for messages"
    """Why not on another frame than these."""
    handshake: str = "there is no message yet"
    """Why not on the handshake."""
    otherwise: str = "there is no message"
    """Why not on other events."""

    def lacks(self, occasion: Occasion) -> str | None:
        """Say why there is no such thing on an occasion, None where there is."""
        if occasion in self.occasions:
            return None
        if occasion in HANDSHAKE:
            return self.handshake
        return self.frame if occasion in FRAMES else self.otherwise


_OVER = "the handshake is over"
_NOT_OPEN = "the session is not open yet"

_ANY = Need(ANYTIME)
_MESSAGE = Need(frozenset({Occasion.MESSAGE}))
_FRAME = Need(FRAMES)
_SENDER = Need(FRAMES, handshake=_NOT_OPEN, otherwise="there is no sender (use send)")
_OPEN = Need(ANYTIME - HANDSHAKE, handshake=_NOT_OPEN)
_DELAYED = Need(HANDSHAKE | {Occasion.MESSAGE})
_HEAD = Need(HANDSHAKE, _OVER, otherwise=_OVER)
_REQUEST = Need(frozenset({Occasion.REQUEST}), _OVER, "the server has answered already", _OVER)
_ANSWER = Need(ANYTIME - {Occasion.REQUEST}, handshake="the server has not answered yet")
_CLOSE = Need(frozenset({Occasion.CLOSE}), "only a close has a code", otherwise="only a close has a code")

ACTIONS: Mapping[str, Need] = {
    **dict.fromkeys(("replace", "json_set", "json_delete"), _MESSAGE),
    **dict.fromkeys(("set_text", "set_hex", "set_base64"), _FRAME),
    **dict.fromkeys(("from_file", "set_type", "set_fields"), _MESSAGE),
    **dict.fromkeys(("header_set", "header_add", "header_remove"), _HEAD),
    **dict.fromkeys(("path_set", "map_remote"), _REQUEST),
    **dict.fromkeys(("subprotocol_set", "extensions_strip", "reject"), _HEAD),
    "mock": _REQUEST,
    "replay": _ANY,
    "drop": _FRAME,
    "hold": _MESSAGE,
    "delay": _DELAYED,
    **dict.fromkeys(("throttle", "duplicate", "reorder", "fragment"), _MESSAGE),
    "send": _OPEN,
    "reply": _SENDER,
    **dict.fromkeys(("ping", "pong", "broadcast"), _OPEN),
    **dict.fromkeys(("corrupt", "truncate"), _FRAME),
    **dict.fromkeys(("raw_frame", "close"), _OPEN),
    "abort": _ANY,
    **dict.fromkeys(("blackhole", "half_close"), _OPEN),
    **dict.fromkeys(("goto", "capture", "set", "incr", "unset"), _ANY),
    **dict.fromkeys(("tag", "note", "log", "alert", "expect"), _ANY),
    "save": _FRAME,
    "script": _MESSAGE,
}
"""By name, in the order in which the reference has them."""

CAPTURES: Mapping[str, Need] = {"json": _MESSAGE, "regex": _FRAME, "header": _ANY}
"""What `capture` takes values from."""

CONDITIONS: Mapping[str, Need] = {
    **dict.fromkeys(("url", "host", "path", "query", "header", "subprotocol"), _ANY),
    "protocol": Need(ANYTIME - HANDSHAKE),
    "status": _ANSWER,
    "dir": _FRAME,
    "type": _MESSAGE,
    **dict.fromkeys(("text", "regex"), _FRAME),
    "json": _MESSAGE,
    **dict.fromkeys(("hex", "bytes", "size"), _FRAME),
    **dict.fromkeys(("event", "fields", "index"), _MESSAGE),
    "since_open": Need(ANYTIME - HANDSHAKE, handshake=_NOT_OPEN),
    "gap": _MESSAGE,
    "close_code": _CLOSE,
    "tag": _ANY,
    "source": _FRAME,
}
"""Keys of `match`, all but `any`, `all` and `not`."""

SESSION_CONDITIONS = frozenset(
    ("url", "host", "path", "query", "header", "subprotocol", "protocol", "status", "since_open", "tag")
)
"""Of them, what can be told of a session without any event."""


def occasion_of(rule: Rule) -> Occasion:
    """Return on which occasion a rule acts."""
    return Occasion(rule.on.value) if isinstance(rule.on, Event) else Occasion.TIMER


def inapplicable(rule: Rule, node: Node) -> Iterator[tuple[Place, str]]:
    """Tell what of a rule makes no sense on its event.

    Args:
        rule: The rule.
        node: Where it is written.
    """
    occasion = occasion_of(rule)
    if "match" in node.parts:
        yield from _conditions(rule.match, node.parts["match"], occasion)
    for action, part in zip(rule.do, node.parts["do"].parts.values(), strict=True):
        yield from _action(action, part, occasion)


def _action(action: Action, node: Node, occasion: Occasion) -> Iterator[tuple[Place, str]]:
    place = node.keys.get(action.name, node.place)
    inner = node.parts.get(action.name, node)
    if lack := ACTIONS[action.name].lacks(occasion):
        yield place, f"{action.name} cannot be done on {_shown(occasion)}: {lack}"
    elif occasion in CONTROL and (size := _payload_bytes(action)) > MOST_CONTROL_BYTES:
        yield place, f"a {occasion} has at most {MOST_CONTROL_BYTES} bytes, this is {size}"
    elif action.capture is not None:
        for key, need in CAPTURES.items():
            if key in inner.keys and (lack := need.lacks(occasion)):
                yield inner.keys[key], f"capture cannot take {key} on {_shown(occasion)}: {lack}"
    elif action.expect is not None and action.expect.match is not None:
        yield from _conditions(action.expect.match, inner.parts["match"], occasion)
    elif action.broadcast is not None and "match" in inner.parts:
        yield from _of_sessions(action.broadcast.match, inner.parts["match"])


def _conditions(match: Match, node: Node, occasion: Occasion) -> Iterator[tuple[Place, str]]:
    for key, place in node.keys.items():
        if key in CONDITIONS and (lack := CONDITIONS[key].lacks(occasion)):
            yield place, f"match cannot ask for {key} on {_shown(occasion)}: {lack}"
    for inner, part in _within(match, node):
        yield from _conditions(inner, part, occasion)


def _of_sessions(match: Match, node: Node) -> Iterator[tuple[Place, str]]:
    for key, place in node.keys.items():
        if key in CONDITIONS and key not in SESSION_CONDITIONS:
            yield place, f"broadcast chooses sessions, which have no {key}"
    for inner, part in _within(match, node):
        yield from _of_sessions(inner, part)


def _within(match: Match, node: Node) -> Iterator[tuple[Match, Node]]:
    """List the matches inside of a match, with where they are."""
    for key, several in (("any", match.any), ("all", match.all)):
        if several is not None:
            yield from zip(several, node.parts[key].parts.values(), strict=True)
    if match.not_ is not None:
        yield match.not_, node.parts["not"]


def _payload_bytes(action: Action) -> int:
    """Return how large a payload becomes for certain, 0 where that cannot be told."""
    if action.set_text is not None and "{{" not in action.set_text:
        return len(action.set_text.encode())
    if action.set_hex is not None and "{{" not in action.set_hex:
        return len(bytes.fromhex(action.set_hex))
    if action.set_base64 is not None and "{{" not in action.set_base64:
        return len("".join(action.set_base64.split()).rstrip("=")) * 3 // 4
    return 0


def _shown(occasion: Occasion) -> str:
    return "a timer" if occasion is Occasion.TIMER else occasion.value
