"""What became of a message and what is known of it: what came beside what went, verdict, and what rules did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wsinspect.model import Completeness, Message, Source, Verdict
from wsinspect.present.differences import difference_lines, difference_pairs
from wsinspect.present.documents import Line
from wsinspect.present.lines import QUIET, TITLE
from wsinspect.present.pages import message_facts
from wsinspect.present.side_by_side import column_cells, side_by_side
from wsinspect.present.text import escape
from wsinspect.store.reader import Hit
from wsinspect.wire.opcodes import Opcode

_MAKERS = {Source.RULE: "a rule", Source.USER: "a person", Source.REPLAY: "a replay"}
_UNCHANGED = {
    Verdict.DROPPED: "Nothing went on: it was dropped.",
    Verdict.NOT_SENT: "Nothing went on: it could not be sent any more.",
    Verdict.TOO_LARGE: "It was too large to be looked at by rules, and went on as it came.",
    Verdict.RECODED: "The same payload went on in other frames: see Frames.",
}


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a payload so far."""

    came: bytes
    """As much of it as is compared."""
    came_bytes: int
    """In whole."""
    went: bytes | None
    """Instead; None where that is the same, or nothing."""
    went_bytes: int = 0
    """In whole."""
    held_by: str | None = None
    """What holds it: it would go so now. None: it is not held."""


def change_lines(message: Message, became: Became, hits: Sequence[Hit], *, width: int) -> Iterator[Line]:
    """Lay out what became of a message.

    Args:
        message: The message.
        became: Its payloads.
        hits: What rules did.
        width: Cells of a line: where there is room, what went stands beside what came.
    """
    rules = escape(", ".join(message.rules))
    if message.source is not Source.PEER:
        by = f": {rules}" if rules else ""
        yield [(f"It came from neither side: {_MAKERS[message.source]} made it{by}.", "yellow")]
    elif rules:
        yield [(f"Rules that acted: {rules}", "yellow")]
    # In a pane of a few lines this is what is in sight.
    yield from _became_lines(message, became, width)
    yield []
    yield from message_facts(message, hits)


def _became_lines(message: Message, became: Became, width: int) -> Iterator[Line]:
    if became.went is None:
        yield [(_unchanged(message, became), QUIET)]
        return
    if became.held_by is not None:
        yield [(f"It is held by {escape(became.held_by)}.", "yellow")]
    of_text = message.opcode == Opcode.TEXT
    came = f"What came, {became.came_bytes:,} bytes"
    went = f"What {'would go now' if became.held_by else 'went'}, {became.went_bytes:,} bytes"
    cells = column_cells(width)
    if cells is None:
        yield [(f"{came}; {went.lower()}", TITLE)]
        yield from difference_lines(became.came, became.went, of_text=of_text)
        return
    pairs = difference_pairs(became.came, became.went, of_text=of_text)
    yield from side_by_side([([(came, TITLE)], [(went, TITLE)])], cells)
    yield from side_by_side(pairs, cells)


def _unchanged(message: Message, became: Became) -> str:
    if became.held_by is not None:
        return f"It is held by {escape(became.held_by)}, and would go as it came."
    if message.completeness is Completeness.ARRIVING:
        return "It is still arriving."
    if message.completeness is Completeness.WAITING:
        return "It waits: nothing has been changed so far."
    return _UNCHANGED.get(message.verdict, "It went on as it came.")
