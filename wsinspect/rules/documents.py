"""The payload of an event as JSON, as far as rules look into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wsinspect.query.bounded_documents import bounded_walker
from wsinspect.query.patterns import TooMuchWork
from wsinspect.rules.subject import Subject
from wsinspect.rules.turn import NO_JSON, ActionError

MAX_DOCUMENT = 4 << 20
"""Most bytes of a payload that rules read as JSON."""


def values_at(path: str) -> Callable[[Subject], Sequence[object]]:
    """Return a function that lists the values at a JSONPath in the payload, none where it is no JSON.

    The function raises `ActionError` where the payload is too large to be looked into.
    """
    walk = walk_bounded(path)

    def values(subject: Subject) -> Sequence[object]:
        if len(subject.payload) > MAX_DOCUMENT:
            raise ActionError(f"the payload has {len(subject.payload)} bytes: over {MAX_DOCUMENT} none is read as JSON")
        document = subject.document
        return () if document is NO_JSON else walk(document)

    return values


def walk_bounded(path: str) -> Callable[[object], Sequence[object]]:
    """Return a function that lists the values at a JSONPath in a document; it raises `ActionError` where that is long.

    Args:
        path: A valid JSONPath.
    """
    walk = bounded_walker(path)

    def values(document: object) -> Sequence[object]:
        try:
            return walk(document)
        except TooMuchWork:
            raise ActionError(f"{path} takes too much work in a document of this size") from None

    return values
