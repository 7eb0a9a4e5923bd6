"""The payload of an event as JSON, as far as rules look into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wsinspect.query.documents import walker
from wsinspect.rules.subject import Subject
from wsinspect.rules.turn import NO_JSON, ActionError

MAX_DOCUMENT = 4 << 20
"""Most bytes of a payload that rules read as JSON."""


def values_at(path: str) -> Callable[[Subject], Sequence[object]]:
    """Return a function that lists the values at a JSONPath in the payload, none where it is no JSON.

    The function raises `ActionError` where the payload is too large to be looked into.
    """
    walk = walker(path)

    def values(subject: Subject) -> Sequence[object]:
        if len(subject.payload) > MAX_DOCUMENT:
            raise ActionError(f"the payload has {len(subject.payload)} bytes: over {MAX_DOCUMENT} none is read as JSON")
        document = subject.document
        return () if document is NO_JSON else walk(document)

    return values
