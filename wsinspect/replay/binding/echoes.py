"""Values that an answer repeats from its question, under the same name: also words, which bind nothing elsewhere.

Who is asked for the price of a lamp, and was recorded as it was asked for that of a kettle, answers about a lamp.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from wsinspect.replay.binding.bound import Binding, Bindings, Origin, Place, Use
from wsinspect.replay.binding.contents import contents_of
from wsinspect.replay.binding.naming import name_of, traits
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.mocking.cues import Cues
from wsinspect.replay.paths import general, matches

type _Pair = tuple[str, str]
"""General paths of the answer's value and of the question's."""


def with_echoes(bindings: Bindings, cues: Cues, ignore: tuple[str, ...] = ()) -> Bindings:
    """Add to bindings what answers repeat from the messages that they belong to.

    Args:
        bindings: What was found, or asked for; it stays.
        cues: Which answer belongs to what.
        ignore: Paths of values that are to stay as they were recorded.
    """
    bound = {(use.event, use.path) for binding in bindings.found for use in binding.uses}
    found: dict[_Pair, list[tuple[Use, Place]]] = defaultdict(list)
    for use, place in _repeated(cues):
        unwanted = (use.event, use.path) in bound or matches(use.path, ignore) or matches(place.path, ignore)
        if not unwanted:
            found[general(use.path), general(place.path)].append((use, place))
    echoes = [
        Binding(
            name_of(theirs),
            Origin.FOUND,
            tuple(use for use, _ in several),
            tuple(dict.fromkeys(place for _, place in several)),
            f"{ours} repeats {theirs} of what it answers",
        )
        for (ours, theirs), several in found.items()
    ]
    return replace(bindings, found=(*bindings.found, *echoes))


def _repeated(cues: Cues) -> Iterator[tuple[Use, Place]]:
    """Yield values of answers that have the name and the value of one in the question."""
    for event in cues.others:
        lines = [line for line in cues.lines.get(event.index, ()) if line.reply]
        if not lines:
            continue
        asked: dict[tuple[str, Scalar], str] = {}
        for path, value in contents_of(event.opcode, event.payload).values:
            if _may_be_repeated(path, value):
                asked.setdefault((name_of(path), value), path)
        for line in lines:
            for path, value in contents_of(line.event.opcode, line.event.payload).values:
                source = asked.get((name_of(path), value))
                if source is not None and _may_be_repeated(path, value):
                    yield Use(line.event.index, path, value, value, event.index), Place(event.index, source, value)


def _may_be_repeated(path: str, value: Scalar) -> bool:
    return value not in (None, "", b"") and not isinstance(value, bool) and not traits(path).is_fixed
