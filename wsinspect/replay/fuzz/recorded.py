"""Values from elsewhere in a recording: what the same field had in other messages, and what others call the same.

Somebody else's number, an old token, the state an object cannot have now: no list of payloads knows these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wsinspect.replay.fuzz.positions import Position
from wsinspect.replay.fuzz.values import Typed, Value
from wsinspect.replay.leaves import Scalar, layout
from wsinspect.replay.paths import general, last_name
from wsinspect.replay.recording import Event
from wsinspect.wire.opcodes import Opcode

MOST = 20
"""Values for one position."""

type _Key = tuple[type, Scalar]
"""True and 1 are the same to a dictionary, but not to a server."""


class Elsewhere:
    """The values of a recording, by path and by name.

    Args:
        events: Its messages.
    """

    def __init__(self, events: Iterable[Event]) -> None:
        self._by_path: dict[str, dict[_Key, int]] = {}
        self._by_name: dict[str, dict[_Key, int]] = {}
        for event in events:
            for leaf in layout(event.payload, of_text=event.opcode == Opcode.TEXT).leaves:
                number = event.number or 0
                self._by_path.setdefault(general(leaf.path), {}).setdefault(_told_apart(leaf.value), number)
                if name := last_name(leaf.path):
                    self._by_name.setdefault(name, {}).setdefault(_told_apart(leaf.value), number)

    def values(self, position: Position) -> Iterator[Value]:
        """Yield what a position could have instead, its own path's values first."""
        own = self._by_path.get(general(position.path), {})
        named = self._by_name.get(last_name(position.path), {}) if position.range is None else {}
        found = {value: number for value, number in (own | named).items() if value != _told_apart(position.original)}
        for (_, value), number in list(found.items())[:MOST]:
            yield Value(f"as in message {number}: {_short(value)}", Typed(value))


def _told_apart(value: Scalar) -> _Key:
    return type(value), value


def _short(value: Scalar) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
