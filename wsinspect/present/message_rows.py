"""The rows of a list of messages: messages, control frames, and heartbeats that are folded into one line.

Signs stand beside every colour: ◀ ▶ the direction, ↔ the other of a pair, and the marks of what became of a record.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from wsinspect.formats.records import opcode_name
from wsinspect.model import Completeness, Direction, Frame, Message, Source, Stage, Verdict
from wsinspect.present.columns import Column
from wsinspect.present.lines import BAD, DIRECTION_STYLES, MARK, QUIET, TITLE
from wsinspect.present.session_rows import DIRECTION_SIGNS
from wsinspect.present.text import Cell, clock, duration_text, escape, preview, size_text
from wsinspect.wire.opcodes import CloseCode, Opcode

_SHOWN_CHARACTERS = 400
_SHOWN_NOTE = 40
_SHOWN_WORDS = 8
_SECOND_NS = 1_000_000_000
_PAIR_CELLS = len("↔  6.32ms")
"""Beside the number of the other one."""


class TimeShown(enum.Enum):
    """How the time of a record is told."""

    CLOCK = "time"
    """The local time of day."""
    SINCE_START = "since start"
    """Since its session was opened."""
    SINCE_BEFORE = "since last"
    """Since the row before."""

    @property
    def next(self) -> TimeShown:
        """The one behind it, and the first behind the last."""
        all_of_them = list(TimeShown)
        return all_of_them[(all_of_them.index(self) + 1) % len(all_of_them)]


@dataclass(frozen=True, slots=True)
class Times:
    """The time of a row: itself (ns since the epoch), and its distances in ns where they are known."""

    at: int
    since_start: int | None = None
    since_before: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The other of a pair of request and reply."""

    id: int
    """What a list knows its row by."""
    number: int
    latency_ns: int


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message."""

    key: int
    message: Message
    times: Times
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class FrameRow:
    """A control frame."""

    key: int
    frame: Frame
    times: Times
    inside: bool = False
    """Whether it stands below the line of the heartbeats that it is one of."""


@dataclass(frozen=True, slots=True)
class BeatsRow:
    """Pings and pongs in a row."""

    key: int
    first: Frame
    last: Frame
    count: int
    times: Times
    opened: bool = False
    """Whether its frames stand below it."""


@dataclass(frozen=True, slots=True)
class MoreRow:
    """Stands for the frames of a line that are not shown one by one."""

    key: int
    count: int


@dataclass(frozen=True, slots=True)
class GoneRow:
    """Stands for a record that retention has deleted since it was listed."""

    key: int


type Row = MessageRow | FrameRow | BeatsRow | MoreRow | GoneRow


def message_columns(*, times: TimeShown, sessions: bool, digits: int) -> tuple[Column, ...]:
    """Choose the columns of the list.

    Args:
        times: How times are told.
        sessions: Whether messages of several sessions are shown.
        digits: Of the highest number of a message.
    """
    digits = max(digits, 4)
    return (
        *([Column("session", "ses", 4, 95, right=True)] if sessions else []),
        Column("number", "#", digits, 97, right=True),
        Column("time", times.value, 12, 60, right=times is not TimeShown.CLOCK),
        Column("direction", "", 1, 99),
        Column("type", "type", 6, 50),
        Column("size", "size", 6, 70, right=True),
        Column("pair", "pair", digits + _PAIR_CELLS, 40),
        Column("payload", "payload", 24, 100, share=1),
    )


def record_row(row: Row, times: TimeShown) -> dict[str, list[Cell]]:
    """Make the cells of a row, by the names of `message_columns`.

    Args:
        row: The row.
        times: How times are told.
    """
    if isinstance(row, MoreRow):
        return {"payload": [(f"  … {row.count:,} more, which `opcode in (ping, pong)` lists", QUIET)]}
    if isinstance(row, GoneRow):
        return {"payload": [("not on record any more: deleted to keep the capture small", QUIET)]}
    shown = {"time": [(time_text(row.times, times), QUIET)]}
    if isinstance(row, MessageRow):
        return {**shown, **_message(row)}
    return {**shown, **(_frame(row) if isinstance(row, FrameRow) else _beats(row))}


def time_text(times: Times, shown: TimeShown) -> str:
    """Tell a time; empty where it is not known as it is wanted."""
    if shown is TimeShown.CLOCK:
        return clock(times.at)
    if shown is TimeShown.SINCE_START:
        return "" if times.since_start is None else seconds_text(times.since_start)
    return "" if times.since_before is None else f"+{seconds_text(times.since_before)}"


def seconds_text(duration: int) -> str:
    """Write a duration (ns) with milliseconds: `12.004`, `2:05.100`, `1:00:00.000`."""
    sign, duration = ("-", -duration) if duration < 0 else ("", duration)
    seconds, rest = divmod(duration // 1_000_000, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{sign}{hours}:{minutes:02d}:{seconds:02d}.{rest:03d}"
    return f"{sign}{minutes}:{seconds:02d}.{rest:03d}" if minutes else f"{sign}{seconds}.{rest:03d}"


def message_signs(message: Message) -> list[Cell]:
    """Say with signs and words what became of a message, and what people and rules said of it."""
    cells = [*_stage(message), *_maker(message), *_verdict(message)]
    if message.rules and message.source is not Source.RULE:
        # A rule that tags or watches has changed nothing.
        did = "✎" if message.verdict is Verdict.MODIFIED else "rule"
        cells.append((f"{did} {_words(message.rules)}", MARK))
    cells += _spoilt(message)
    cells += [(f"#{_harmless(tag)}", MARK) for tag in message.tags[:_SHOWN_WORDS]]
    if message.note:
        note = message.note if len(message.note) <= _SHOWN_NOTE else f"{message.note[:_SHOWN_NOTE]}…"
        cells.append((f"note: {escape(note)}", MARK))
    return cells


def frame_signs(frame: Frame) -> list[Cell]:
    """Say with signs and words what became of a control frame."""
    sent = [("sent on instead", MARK)] if frame.stage is Stage.SENT else []
    return [*sent, *_stage(frame), *_maker(frame), *_verdict(frame), *_spoilt(frame)]


def _message(row: MessageRow) -> dict[str, list[Cell]]:
    message = row.message
    cells = _placed(message.session, message.number, message.direction)
    of_text = message.opcode == Opcode.TEXT
    shown = preview(message.payload, message.size, of_text=of_text, room=_SHOWN_CHARACTERS)
    cells["type"] = [(opcode_name(message.opcode), "" if of_text else "blue")]
    cells["size"] = [(size_text(message.size), "")]
    if row.answer is not None:
        latency = duration_text(max(row.answer.latency_ns, 0) / 1e9)
        cells["pair"] = [("↔ ", "green"), (str(row.answer.number), ""), (f" {latency}", QUIET)]
    cells["payload"] = [*_apart(message_signs(message)), (shown, _faded(message))]
    return cells


def _frame(row: FrameRow) -> dict[str, list[Cell]]:
    frame = row.frame
    cells = _placed(frame.session, None, frame.direction)
    cells["type"] = [(opcode_name(frame.opcode), "green" if frame.opcode != Opcode.CLOSE else MARK)]
    cells["size"] = [(size_text(frame.size), QUIET)]
    inside = [("  ", "")] if row.inside else []
    cells["payload"] = [*inside, *_apart(frame_signs(frame)), (_said(frame), _faded(frame))]
    return cells


def _beats(row: BeatsRow) -> dict[str, list[Cell]]:
    cells = _placed(row.first.session, None, None)
    lasted = duration_text(max(row.last.time - row.first.time, 0) / 1e9)
    cells["type"] = [("▾" if row.opened else "▸", "green")]
    cells["payload"] = [("♥ ", "green"), (f"{row.count:,} pings and pongs", ""), (f" in {lasted}", QUIET)]
    return cells


def _placed(session: int, number: int | None, direction: Direction | None) -> dict[str, list[Cell]]:
    cells: dict[str, list[Cell]] = {"session": [(str(session), QUIET)]}
    if number is not None:
        cells["number"] = [(str(number), TITLE)]
    if direction is not None:
        cells["direction"] = [(DIRECTION_SIGNS[direction], DIRECTION_STYLES[direction])]
    return cells


def _said(frame: Frame) -> str:
    if frame.close_code is None:
        of_text = _is_text(frame.payload)
        return preview(frame.payload, frame.size, of_text=of_text, room=_SHOWN_CHARACTERS)
    known = CloseCode(frame.close_code) if frame.close_code in CloseCode else None
    name = "" if known is None else f" {known.name.lower().replace('_', ' ')}"
    return f"{frame.close_code}{name}" + (f": {_harmless(frame.close_reason)}" if frame.close_reason else "")


def _is_text(payload: bytes) -> bool:
    return payload.isascii() and payload.decode().isprintable()


def _stage(record: Message | Frame) -> list[Cell]:
    if record.completeness is Completeness.WAITING:
        return [("⏸ held", f"bold {MARK}")]
    if record.completeness is Completeness.ARRIVING:
        return [("… arriving", QUIET)]
    if record.completeness is Completeness.CUT_OFF:
        return [("✂ cut off", BAD)]
    cells = []
    if record.held_ns is not None:
        cells.append((f"⏸ {duration_text(record.held_ns / 1e9)}", QUIET))
    if record.delayed_ns is not None:
        cells.append((f"delayed {duration_text(record.delayed_ns / 1e9)}", QUIET))
    return cells


def _maker(record: Message | Frame) -> list[Cell]:
    if record.source is Source.PEER:
        return []
    rules = f" {_words(record.rules)}" if isinstance(record, Message) and record.rules else ""
    by = {Source.USER: "by user", Source.RULE: f"by rule{rules}"}.get(record.source, "replayed")
    return [(f"+ {by}", MARK)]


def _verdict(record: Message | Frame) -> list[Cell]:
    if record.verdict is Verdict.MODIFIED and not (isinstance(record, Message) and record.rules):
        return [("✎ changed", MARK)]
    # Whoever received it got the same message where it was recoded: the detail tells of its frames.
    if record.verdict in {Verdict.FORWARDED, Verdict.MODIFIED, Verdict.RECODED}:
        return []
    return [(f"✕ {record.verdict.name.lower().replace('_', ' ')}", BAD)]


def _spoilt(record: Message | Frame) -> list[Cell]:
    cells = [(f"! {_harmless(violation)}", BAD) for violation in record.violations[:_SHOWN_WORDS]]
    return [*cells, *([(f"{size_text(record.truncated)} not on record", MARK)] if record.truncated else [])]


def _faded(record: Message | Frame) -> str:
    return QUIET if record.verdict in {Verdict.DROPPED, Verdict.NOT_SENT} else ""


def _apart(cells: Sequence[Cell]) -> list[Cell]:
    return [(f"{text}  ", style) for text, style in cells]


def _words(names: Sequence[str]) -> str:
    return " ".join(_harmless(name) for name in names[:_SHOWN_WORDS])


def _harmless(text: str) -> str:
    return escape(text[:_SHOWN_CHARACTERS])
