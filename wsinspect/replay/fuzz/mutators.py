"""The mutators by name, and the variations that they make of a message: in order, lazily, countable in advance."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from wsinspect.replay.fuzz import malformed, octets, structure
from wsinspect.replay.fuzz.encodings import encodings, expectation
from wsinspect.replay.fuzz.injections import injections
from wsinspect.replay.fuzz.numbers import is_number, numbers
from wsinspect.replay.fuzz.positions import Position, replaced
from wsinspect.replay.fuzz.strings import strings, types
from wsinspect.replay.fuzz.values import Place, Value
from wsinspect.replay.fuzz.variation import Carried, Chance, Expected, Variation, message
from wsinspect.replay.leaves import Form, Scalar
from wsinspect.replay.performing import Act

type _Values = Callable[[Scalar], Iterable[Value]]

MUTATORS = {
    "numbers": "numbers at the edges: 0, -1, 2^31, 2^53+1, 1e308, NaN, the neighbours of what was there, odd spellings",
    "strings": "empty, long, white space, NUL, format strings, paths, look-alikes, what is hard to draw",
    "types": "values of other types: string, number, boolean, null, array, object",
    "injections": "SQL, NoSQL, commands, templates, XSS, XXE, LDAP, CRLF, lookups of loggers, prototype pollution",
    "utf8": "overlong forms, surrogates, bytes that are no UTF-8, byte order marks, bidirectional overrides",
    "recorded": "values that the same field, or one of the same name, has elsewhere in the recording",
    "structure": "keys removed, doubled, renamed, added; deep nesting, huge arrays, documents cut off or followed",
    "bytes": "bytes flipped, removed, inserted, exchanged by chance; edges of the ranges given",
    "frames": "what RFC 6455 forbids or hardly anyone sends: reserved bits, lengths, fragments, close codes",
}
"""What each does, for people."""
_OF_VALUES: dict[str, _Values] = {
    "numbers": numbers,
    "strings": strings,
    "types": types,
    "injections": injections,
    "utf8": encodings,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make variations of."""

    carried: Carried
    """The message as recorded."""
    positions: Sequence[Position]
    patterns: Sequence[str] = ()
    """The fields that were asked for; none: all."""
    chosen: bool = False
    """Whether the positions were asked for: then every value is tried at each, and the message as a whole is left."""
    recorded: Callable[[Position], Iterable[Value]] = lambda _: ()
    """Yields values from elsewhere in the recording."""


def variations(plan: Plan, names: Sequence[str], chance: Chance) -> Iterator[Variation]:
    """Yield the variations of a message.

    Args:
        plan: What to vary.
        names: Mutators, of `MUTATORS`.
        chance: Seeded; asked in the same order each time.
    """
    for name in names:
        match name:
            case "structure":
                yield from _structures(plan)
            case "frames":
                yield from malformed.malformed(chance)
            case "bytes":
                yield from _at_positions(name, plan, octets.edges)
                if not plan.chosen:
                    yield from octets.random_changes(chance)
            case "recorded":
                yield from _at_positions(name, plan, plan.recorded)
            case _:
                values = _OF_VALUES[name]
                yield from _at_positions(name, plan, lambda position, values=values: values(position.original))  # type: ignore[misc]


def _structures(plan: Plan) -> Iterator[Variation]:
    if not plan.chosen or plan.patterns:
        yield from structure.structures(plan.carried, plan.patterns)


def _at_positions(name: str, plan: Plan, values: Callable[[Position], Iterable[Value]]) -> Iterator[Variation]:
    for position in plan.positions:
        if plan.chosen or _suits(name, position):
            for value in values(position):
                if position.takes(value):
                    yield varied(name, [(position, value)], of_text=plan.carried.of_text)


def _suits(name: str, position: Position) -> bool:
    """Tell whether a mutator is of use at a field that nobody asked for."""
    match name:
        case "numbers":
            return is_number(position.original)
        case "strings" | "utf8":
            return isinstance(position.original, str)
        case "bytes":
            return position.form is Place.BYTES
        case _:
            return True


def varied(name: str, changes: Sequence[tuple[Position, Value]], *, of_text: bool = True) -> Variation:
    """Make the variation that puts values in a message.

    Args:
        name: Of the mutator.
        changes: What goes where.
        of_text: Whether it is a text message.
    """
    labels = [value.label for _, value in changes]
    expected = {
        expectation(value.content, of_text=of_text)
        for position, value in changes
        if position.form is not Form.FORM  # what is percent-encoded is UTF-8
    }
    return Variation(
        name,
        ", ".join(position.path for position, _ in changes),
        labels[0] if len(set(labels)) == 1 else ", ".join(labels),
        functools.partial(_replaced, tuple(changes)),
        Expected.REFUSAL if Expected.REFUSAL in expected else Expected.ANSWER,
        tuple(mark for _, value in changes for mark in value.marks),
        next((value.proof for _, value in changes if value.proof), b""),
    )


def _replaced(changes: Sequence[tuple[Position, Value]], carried: Carried) -> tuple[Act, ...]:
    return message(carried, replaced(carried, changes))


def spread(every: Iterable[Variation], total: int, most: int | None) -> Iterator[Variation]:
    """Yield no more than so many of the variations, taken evenly from all of them.

    Args:
        every: All of them.
        total: How many they are.
        most: How many are wanted; None: all.
    """
    for index, variation in enumerate(every):
        if most is None or (index + 1) * most // total > index * most // total or most >= total:
            yield variation
