"""The few words that name what is shown in detail."""

from __future__ import annotations

from wsinspect.formats.records import opcode_name
from wsinspect.model import Completeness, Direction, Frame, Message, Session, Verdict
from wsinspect.present.lines import BAD, DIRECTION_STYLES, MARK, QUIET, STATE_STYLES, TITLE
from wsinspect.present.text import Cell, escape, size_text

_SIGNS = {Direction.C2S: "\u25b6", Direction.S2C: "\u25c0"}
_MOST_URL_CHARACTERS = 60


def message_title(message: Message, *, would: bool, went: bool | None) -> list[Cell]:
    """Name a message.

    Args:
        message: The message.
        would: Whether it is held.
        went: Whether what is shown of it is what went, or would go; None: both, or neither.
    """
    cells = [
        (f" {message.session}.{message.number} ", TITLE),
        (_SIGNS[message.direction], DIRECTION_STYLES[message.direction]),
        (f" {opcode_name(message.opcode)} {size_text(message.size)} ", ""),
    ]
    if would:
        cells.append(("\u23f8 held ", MARK))
    elif message.completeness is not Completeness.COMPLETE:
        cells.append((f"{message.completeness.name.lower().replace('_', ' ')} ", MARK))
    elif message.verdict is Verdict.MODIFIED and not went:
        cells.append(("\u270e changed " if went is None else "\u270e changed, here as it came ", MARK))
    elif message.verdict not in {Verdict.FORWARDED, Verdict.RECODED, Verdict.MODIFIED}:
        cells.append((f"\u2715 {message.verdict.name.lower().replace('_', ' ')} ", MARK))
    if went:
        cells.append(("\u270e as it would go " if would else "\u270e as sent ", MARK))
    if message.violations:
        cells.append(("! ", BAD))
    return cells


def frames_title(frames: tuple[Frame, ...], count: int) -> list[Cell]:
    """Name a control frame, or a run of them by its first.

    Args:
        frames: At least one of them.
        count: How many there are.
    """
    first = frames[0]
    if count > 1:
        return [(f" {first.session}.f{first.seq} ", TITLE), (f"and on: {count:,} pings and pongs ", "")]
    return [
        (f" {first.session}.f{first.seq} ", TITLE),
        (_SIGNS[first.direction], DIRECTION_STYLES[first.direction]),
        (f" {opcode_name(first.opcode)} {size_text(first.size)} ", ""),
        ("! " if first.violations else "", BAD),
    ]


def session_title(session: Session) -> list[Cell]:
    """Name a session."""
    return [
        (f" #{session.id} ", TITLE),
        (f"{session.state.name.lower()} ", STATE_STYLES[session.state]),
        (f"{escape(session.url[:_MOST_URL_CHARACTERS])} ", QUIET),
    ]
