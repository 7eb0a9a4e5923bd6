"""Folding pings and pongs: a run of them in one session, with nothing else listed between, is one line of a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Heard:
    """A control frame, as it comes out of the capture."""

    id: int
    session: int
    beat: bool
    """Whether it is a ping or a pong."""
    before: int
    """The id of the nearest entry before it that is listed already, 0 where there is none."""


@dataclass(frozen=True, slots=True)
class Run:
    """A line: some pings and pongs, or a single control frame."""

    id: int
    """Of the first."""
    last_id: int
    count: int
    session: int
    open: bool
    """Whether it goes on where another ping or pong comes next."""


def fold(frames: Iterable[Heard], last: Run | None) -> Iterator[Run]:
    """Yield the runs of control frames.

    Args:
        frames: In the order of their ids.
        last: The one before them; where it goes on, it comes again as it is then.
    """
    grown = False
    for frame in frames:
        goes_on = last is not None and last.open and frame.beat and frame.session == last.session
        if last is not None and goes_on and frame.before <= last.last_id:
            last = replace(last, last_id=frame.id, count=last.count + 1)
        else:
            if last is not None and grown:
                yield last
            last = Run(frame.id, frame.id, 1, frame.session, frame.beat)
        grown = True
    if last is not None and grown:
        yield last
