"""A filter of a list in which messages and control frames stand: which of both it is asked of."""

from __future__ import annotations

from dataclasses import dataclass

from wsinspect.errors import FilterError
from wsinspect.query import Expr, Target, parse


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records a filter is asked of: those that it cannot be asked of do not match."""

    messages: Expr | None = None
    frames: Expr | None = None
    of_messages: bool = True
    of_frames: bool = True


def record_filter(text: str) -> RecordFilter:
    """Read a filter that can be asked of messages, of frames, or of both; an empty one matches all.

    Raises:
        FilterError: It can be asked of neither; what is wrong for messages is told.
    """
    if not text.strip():
        return RecordFilter()
    try:
        messages = parse(text, Target.MESSAGE)
    except FilterError as problem:
        try:
            frames = parse(text, Target.FRAME)
        except FilterError:
            raise problem from None
        return RecordFilter(None, frames, of_messages=False)
    try:
        return RecordFilter(messages, parse(text, Target.FRAME))
    except FilterError:
        return RecordFilter(messages, None, of_frames=False)
