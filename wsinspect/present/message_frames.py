"""The frames of a message or a run of control frames, every bit named, and what was sent instead beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from wsinspect.model import Frame
from wsinspect.present.documents import Line
from wsinspect.present.lines import FRAME_TITLES, FRAME_WIDTHS, QUIET, TITLE, frame_line, titles
from wsinspect.present.pages import frame_facts
from wsinspect.present.side_by_side import column_cells, side_by_side
from wsinspect.present.text import preview

_PREVIEW_CELLS = 60


def frames_lines(
    frames: Sequence[Frame], sent: Sequence[Frame], *, of_text: bool, width: int, missing: int = 0
) -> Iterator[Line]:
    """Lay out the frames of a message.

    Args:
        frames: As they came; with the beginnings of their payloads.
        sent: What was sent on instead, whichever frame it belongs to.
        of_text: Whether their payloads are readable text.
        width: Cells of a line: where there is room, what was sent stands beside what came.
        missing: How many more there are that are not given.
    """
    cells = column_cells(width)
    if not sent or cells is None:
        for frame in (*frames, *sent):
            yield from _frame(frame, of_text=of_text)
            yield []
    else:
        came, went = (
            [line for frame in each for line in (*_frame(frame, of_text=of_text), [])] for each in (frames, sent)
        )
        titled = ([("As it came", TITLE)], [("As it was sent on", TITLE)])
        empty: Line = []
        yield from side_by_side([titled, *zip_longest(came, went, fillvalue=empty)], cells)
    if missing > 0:
        yield [(f"\u2026 {missing:,} more frames", "yellow")]


def run_lines(frames: Sequence[Frame], *, width: int, missing: int = 0) -> Iterator[Line]:
    """List control frames that are folded into one line.

    Args:
        frames: The frames.
        width: Cells of a line.
        missing: How many more there are that are not given.
    """
    yield titles(FRAME_TITLES, FRAME_WIDTHS)
    for frame in frames:
        yield frame_line(frame, width=width)
    if missing > 0:
        yield [(f"\u2026 {missing:,} more frames", "yellow")]


def _frame(frame: Frame, *, of_text: bool) -> Iterator[Line]:
    yield from frame_facts(frame)
    yield []
    shown = preview(frame.payload, frame.size, of_text=of_text, room=_PREVIEW_CELLS) if frame.payload else "empty"
    yield [("Payload", TITLE), (f"  {shown}", "" if frame.payload else QUIET)]
