"""Puts what the other side issues this time into what we send: the runtime of bindings.

Where a value has not come, or cannot be written, ours goes as it was recorded, and `missing` says so.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, MutableMapping
from typing import NamedTuple

from wsinspect.errors import WsinspectError
from wsinspect.model import HttpHead
from wsinspect.replay.binding.bound import HANDSHAKE, Bindings, Place, Use
from wsinspect.replay.binding.contents import Said, contents_of, contents_of_head
from wsinspect.replay.binding.issued import Normal, normal
from wsinspect.replay.binding.naming import traits
from wsinspect.replay.binding.pieces import Span, percent_encoded, replaced
from wsinspect.replay.leaves import Form, Leaf, Scalar, layout, rewritten
from wsinspect.replay.paths import general
from wsinspect.replay.recording import Event, Recording
from wsinspect.wire.opcodes import Opcode

_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")
"""What is written alike in every form."""
_AS_READ = frozenset({Form.JSON, Form.FORM, Form.XML, Form.ATTRIBUTE, Form.TEXT})
"""In these a string has no length in front."""


class _Tables(NamedTuple):
    """Bindings by event; each place and use with the number of its binding."""

    places: dict[int, list[tuple[int, Place]]]
    uses: dict[int, list[tuple[int, Use]]]
    needs: dict[int, tuple[int, ...]]


@functools.lru_cache(4)
def _tables(bindings: Bindings) -> _Tables:
    tables = _Tables({}, {}, {})
    for number, binding in enumerate(bindings.found):
        for place in binding.issued:
            tables.places.setdefault(place.event, []).append((number, place))
        for use in binding.uses:
            tables.uses.setdefault(use.event, []).append((number, use))
    for event, uses in tables.uses.items():
        sources = {use.source for _, use in uses if use.source is not None and use.source != HANDSHAKE}
        tables.needs[event] = tuple(sorted(sources))
    return tables


def _as_it_is(template: str) -> str:
    return template


class Rebinder:
    """Rewrites what one side of a recording sends, in one run.

    Args:
        recording: Which is played.
        bindings: Found in it.
        variables: Where the values that are issued are kept by the names of their bindings, for templates.
        evaluate: Returns what a template comes to. What it raises as a `WsinspectError` is said in `missing`.
    """

    def __init__(
        self,
        recording: Recording,
        bindings: Bindings,
        *,
        variables: MutableMapping[str, Scalar] | None = None,
        evaluate: Callable[[str], str] = _as_it_is,
    ) -> None:
        self._recording = recording
        self._bindings = bindings
        self._tables = _tables(bindings)
        self._variables = variables
        self._evaluate = evaluate
        self._live: dict[tuple[int, Normal], Scalar] = {}
        """By binding and recorded value."""
        self._newest: dict[int, Scalar] = {}
        """By binding, what was issued last, where that is one value."""
        self._times: dict[Scalar, Scalar] = {}
        """By recorded timestamp: what was said once is said again as it was said first."""
        self._missing: dict[str, int] = {}

    @property
    def missing(self) -> tuple[str, ...]:
        """What should have been written anew and was not, for people: a sentence each."""
        return tuple(why if count == 1 else f"{why} ({count} times)" for why, count in self._missing.items())

    def needs(self, event: Event) -> Collection[int]:
        """Return the indices of the recorded messages that values of a message of ours come from."""
        return self._tables.needs.get(event.index, ())

    def opened(self, head: HttpHead | None) -> None:
        """Take the other side's head of the handshake."""
        if HANDSHAKE in self._tables.places:
            self._take(HANDSHAKE, contents_of_head(head).values)

    def heard(self, event: Event, opcode: int, payload: bytes) -> None:
        """Take a live message that was found to be a recorded one."""
        if event.index in self._tables.places:
            self._take(event.index, contents_of(opcode, payload).values)

    def _take(self, event: int, values: Iterable[Said]) -> None:
        by_path = {said.path: said.value for said in values}
        places = self._tables.places[event]
        several = Counter(number for number, _ in places)
        for number, place in places:
            value = _issued_at(place, by_path)
            if value is not None and not isinstance(value, bool) and value not in ("", b""):
                self._live[number, normal(place.value)] = value
                if several[number] == 1:
                    self._newest[number] = value
                if self._variables is not None:
                    self._variables[self._bindings.found[number].name] = value

    def written(self, event: Event, now: int, *, latest: bool = False) -> bytes:
        """Return the payload of a message of ours as it is to go.

        Args:
            event: As recorded, or with a payload that was edited: of that only what is as recorded is written anew.
            now: In Unix nanoseconds.
            latest: Whether it goes at another place than in the recording: then with what was issued last of each
                binding, whichever message issued it.
        """
        uses = self._tables.uses.get(event.index)
        if uses is None:
            return event.payload
        laid_out = layout(event.payload, of_text=event.opcode == Opcode.TEXT)
        leaves = {leaf.path: leaf for leaf in laid_out.leaves}
        changes: dict[Leaf, Scalar] = {}
        within: dict[Leaf, list[tuple[Span, str]]] = {}
        for number, use in uses:
            leaf = leaves.get(use.path)
            if leaf is None or not _is_as_recorded(leaf.value, use):
                continue
            value = self._value(number, use, now, latest=latest)
            if value is None:
                continue
            if use.span is None:
                changes[leaf] = value
            else:
                text = percent_encoded(str(value)) if use.encoded else str(value)
                within.setdefault(leaf, []).append((use.span, text))
        for leaf, pieces in within.items():
            changes |= _in_place(event.payload, leaf, pieces) or {leaf: replaced(str(leaf.value), pieces)}
        try:
            return rewritten(laid_out, changes.items()) if changes else event.payload
        except (ValueError, TypeError, OverflowError):
            self._miss(f"message {event.number} went as recorded: {laid_out.format} is not written")
            return event.payload

    def _value(self, number: int, use: Use, now: int, *, latest: bool) -> Scalar:
        """Return what is to be written for a use; None: what is recorded."""
        binding = self._bindings.found[number]
        if use.clock is not None:
            return self._times.setdefault(use.value, use.clock.at(now))
        if binding.template:
            try:
                return _fitted(self._evaluate(binding.template), use)
            except WsinspectError as error:
                self._miss(f"{binding.name} went as recorded: {error.message}")
                return None
        live = self._newest.get(number) if latest else None
        if live is None:
            live = self._live.get((number, normal(use.issued)))
        if live is None:
            self._miss(f"{binding.name} went as recorded: {self._source(use)} has not said it")
            return None
        value = _fitted(live, use)
        if value is None:
            self._miss(f"{binding.name} went as recorded: what came cannot stand in the place of {use.value!r}")
        return value

    def _source(self, use: Use) -> str:
        if use.source == HANDSHAKE or use.source is None:
            return "the handshake"
        return f"message {self._recording.events[use.source].number}"

    def _miss(self, why: str) -> None:
        self._missing[why] = self._missing.get(why, 0) + 1


def _issued_at(place: Place, values: dict[str, Scalar]) -> Scalar:
    """Return what a live message says in the place of what the recorded one said; None where it says nothing there."""
    path, recorded = place.path, place.value
    alike = [value for other, value in values.items() if general(other) == general(path)] if "[" in path else []
    if recorded in alike:
        return recorded  # wherever it is in the list now
    value = values.get(path)
    if value is None and len(alike) == 1:
        value = alike[0]
    if place.around is None:
        return value
    return place.around.find(value) if isinstance(value, str) else None


def _in_place(payload: bytes, leaf: Leaf, pieces: list[tuple[Span, str]]) -> dict[Leaf, Scalar] | None:
    """Return pieces of a string as values of their own, so that escapes around them stay as they are.

    None where they are not written as they are read, or the new ones cannot stand there without escapes.
    """
    text, raw = str(leaf.value), payload[leaf.start : leaf.end]
    found: dict[Leaf, Scalar] = {}
    for span, new in pieces:
        old = text[span.start : span.end]
        as_read = old.encode()
        if leaf.form not in _AS_READ or not _PLAIN.fullmatch(new) or raw.count(as_read) != text.count(old):
            return None
        at = -1
        for _ in range(text.count(old, 0, span.start) + 1):
            at = raw.index(as_read, at + 1)
        start = leaf.start + at
        found[Leaf(leaf.path, old, start, start + len(as_read), Form.TEXT)] = new
    return found


def _is_as_recorded(value: Scalar, use: Use) -> bool:
    if use.span is None:
        return value == use.value and isinstance(value, bool) is isinstance(use.value, bool)
    return isinstance(value, str) and value[use.span.start : use.span.end] == use.value


def _fitted(live: Scalar, use: Use) -> Scalar:
    """Return a live value with the type and the distance of the recorded one; None where that is not possible.

    The number of a request is repeated as it came: who numbers requests with texts expects texts.
    """
    if use.issued is not None and not use.offset and traits(use.path).is_shared:
        return live
    if use.offset and (number := _whole(live)) is not None:
        live = number + use.offset
    recorded = use.value
    if isinstance(recorded, str):
        return live.decode(errors="replace") if isinstance(live, bytes) else _plain(live)
    if isinstance(recorded, bool):
        return {"true": True, "false": False}.get(str(live).lower())
    if isinstance(recorded, int):
        return _whole(live) if _whole(live) is not None else _real(live)
    if isinstance(recorded, float):
        return _real(live)
    if isinstance(recorded, bytes):
        return live.encode(errors="replace") if isinstance(live, str) else live if isinstance(live, bytes) else None
    return live


def _plain(value: Scalar) -> str:
    return value if isinstance(value, str) else repr(value)


def _whole(value: Scalar) -> int | None:
    if isinstance(value, int):
        return value
    try:
        return int(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _real(value: Scalar) -> float | None:
    try:
        real = float(value) if isinstance(value, str | int | float) else math.nan
        return real if math.isfinite(real) else None
    except (ValueError, OverflowError):
        return None
