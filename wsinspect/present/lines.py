"""One line for each session, message or frame, as the listing commands and `tail` print them."""

from __future__ import annotations

from collections.abc import Sequence

from wsinspect.formats.records import RSV1, opcode_name
from wsinspect.model import (
    Completeness,
    Direction,
    Frame,
    Gap,
    Leg,
    Message,
    Session,
    SessionState,
    Source,
    Stage,
    Verdict,
)
from wsinspect.present.text import (
    LEAST_PREVIEW_CELLS,
    PIPED_PREVIEW_CELLS,
    Cell,
    clock,
    date_and_clock,
    duration_text,
    escape,
    pad,
    preview,
    size_text,
    spaced,
)
from wsinspect.wire.opcodes import Opcode

SESSION_WIDTHS = (-4, 19, 7, 9, 9, 7, -7)
SESSION_TITLES = ("id", "opened", "state", "messages", "bytes", "lasted", "close", "url")
MESSAGE_WIDTHS = (8, 12, 3, 6, -7)
MESSAGE_TITLES = ("id", "time", "dir", "type", "size", "payload")
FRAME_WIDTHS = (8, 12, 3, 12, 13, -7)
FRAME_TITLES = ("id", "time", "dir", "opcode", "bits", "size", "payload")

TITLE = "bold"
QUIET = "dim"
MARK = "yellow"
BAD = "bold red"
DIRECTION_STYLES = {Direction.C2S: "cyan", Direction.S2C: "magenta"}
STATE_STYLES = {
    SessionState.OPEN: "green",
    SessionState.CLOSED: "",
    SessionState.REFUSED: "yellow",
    SessionState.FAILED: BAD,
}


def titles(names: Sequence[str], widths: Sequence[int]) -> list[Cell]:
    """Make the line above a listing."""
    return spaced([(name, TITLE) for name in names], widths)


def session_line(session: Session) -> list[Cell]:
    """Make a session's line."""
    lasted = "" if session.closed is None else duration_text((session.closed - session.opened) / 1e9)
    row: list[Cell] = [
        (str(session.id), TITLE),
        (date_and_clock(session.opened)[:19], ""),
        (session.state.name.lower(), STATE_STYLES[session.state]),
        (f"{size_text(session.messages.c2s)}/{size_text(session.messages.s2c)}", ""),
        (f"{size_text(session.bytes.c2s)}/{size_text(session.bytes.s2c)}", ""),
        (lasted, ""),
        *_close_cell(session),
        (escape(session.url), ""),
    ]
    marks = _session_marks(session)
    if marks:
        text, style = row[-1]
        row[-1] = (f"{text}  [{marks}]", style)
    return spaced(row, SESSION_WIDTHS)


def gap_line(gap: Gap) -> list[Cell]:
    """Make the line of what could not be recorded."""
    where = "" if gap.session is None else f" of session {gap.session}"
    lost = f"{gap.messages:,} messages, {gap.frames:,} frames, {size_text(gap.bytes)} bytes{where} are not on record"
    return [(f"{clock(gap.time)} to {clock(gap.end)}: {lost}: {escape(gap.why)}", BAD)]


def _close_cell(session: Session) -> list[Cell]:
    close = session.close
    if close is None:
        return [(str(session.status) if session.state is SessionState.REFUSED and session.status else "", MARK)]
    return [(str(close.code) if close.code is not None else "none", "" if close.clean else MARK)]


def _session_marks(session: Session) -> str:
    marks = [escape(session.subprotocol)] if session.subprotocol else []
    marks += [f"! {escape(violation)}" for violation in session.violations]
    if session.error:
        marks.append(escape(session.error))
    return ", ".join([*marks, *map(escape, session.tags)])


def message_line(message: Message, *, width: int | None = None, payload_limit: int | None = None) -> list[Cell]:
    """Make a message's line.

    Args:
        message: The message.
        width: Columns of the terminal, None where there is no limit.
        payload_limit: Bytes of the payload to show; -1 for all; None for what fits.
    """
    row: list[Cell] = [
        (f"{message.session}.{message.number}", TITLE),
        (clock(message.time), ""),
        (message.direction.label, DIRECTION_STYLES[message.direction]),
        (opcode_name(message.opcode), ""),
        (size_text(message.size), ""),
    ]
    marks = message_marks(message)
    of_text = message.opcode == Opcode.TEXT
    taken = _taken(row, MESSAGE_WIDTHS) + (len(marks) + 1 if marks else 0)
    shown = _shown(message.payload, message.size, of_text, width, taken, payload_limit)
    return [*spaced([*row, ("", "")], MESSAGE_WIDTHS), *_last_cell(marks, shown)]


def sent_line(message: Message, *, width: int | None = None, payload_limit: int | None = None) -> list[Cell] | None:
    """Make the line below a message's, of what was sent on instead; None where nothing was. As `message_line`."""
    if (sent := message.sent) is None:
        return None
    row: list[Cell] = [
        ("", ""),
        ("sent instead", MARK),
        (message.direction.label, DIRECTION_STYLES[message.direction]),
        ("", ""),
        (size_text(len(sent)), ""),
    ]
    of_text, taken = message.opcode == Opcode.TEXT, _taken(row, MESSAGE_WIDTHS)
    shown = _shown(sent, len(sent), of_text, width, taken, payload_limit)
    return [*spaced([*row, ("", "")], MESSAGE_WIDTHS), *_last_cell("", shown)]


def frame_line(
    frame: Frame, *, of_text: bool | None = None, width: int | None = None, payload_limit: int | None = None
) -> list[Cell]:
    """Make a frame's line.

    Args:
        frame: The frame.
        of_text: Whether it belongs to an uncompressed text message; None: as the frame by itself tells.
        width: Columns of the terminal, None where there is no limit.
        payload_limit: Bytes of the payload to show; -1 for all; None for what fits.
    """
    if of_text is None:
        of_text = frame.opcode == Opcode.TEXT and not frame.rsv & RSV1
    row: list[Cell] = [
        (f"{frame.session}.f{frame.seq}", TITLE),
        (clock(frame.time), ""),
        (frame.direction.label, DIRECTION_STYLES[frame.direction]),
        (opcode_name(frame.opcode), ""),
        (bits(frame), ""),
        (size_text(frame.size), ""),
    ]
    marks = frame_marks(frame)
    taken = _taken(row, FRAME_WIDTHS) + (len(marks) + 1 if marks else 0)
    if frame.close_code is not None and payload_limit is None:
        shown = f"{frame.close_code} {escape(frame.close_reason or '')}".rstrip()
    else:
        shown = _shown(frame.payload, frame.size, of_text, width, taken, payload_limit)
    return [*spaced([*row, ("", "")], FRAME_WIDTHS), *_last_cell(marks, shown)]


def bits(frame: Frame) -> str:
    """Name the header bits that are set: `fin rsv1 mask`."""
    names = ["fin"] if frame.fin else []
    names += [f"rsv{number}" for number in (1, 2, 3) if frame.rsv & 8 >> number]
    return " ".join([*names, "mask"] if frame.masked else names) or "-"


def message_marks(message: Message) -> str:
    """Say in brackets what is special about a message; empty where nothing is."""
    marks = ["deflate"] if message.compressed else []
    if len(message.frames) > 1:
        marks.append(f"{len(message.frames)} frames")
    marks += _fate(message)
    if message.rules:
        marks.append("rules " + " ".join(map(escape, message.rules)))
    marks += [*map(escape, message.tags), *([f"note: {escape(message.note)}"] if message.note else [])]
    return f"[{', '.join(marks)}]" if marks else ""


def frame_marks(frame: Frame) -> str:
    """Say in brackets what is special about a frame; empty where nothing is."""
    marks = []
    if frame.stage is Stage.SENT:
        marks.append(f"sent to the {Leg(frame.leg).name.lower()}" + (f" for f{frame.of}" if frame.of else ""))
    return f"[{', '.join(marks)}]" if (marks := [*marks, *_fate(frame)]) else ""


def _fate(record: Message | Frame) -> list[str]:
    marks = []
    if record.source is not Source.PEER:
        marks.append(f"by {record.source.name.lower()}")
    if record.verdict is not Verdict.FORWARDED:
        marks.append(record.verdict.name.lower().replace("_", " "))
    if record.held_ns is not None:
        marks.append(f"held {duration_text(record.held_ns / 1e9)}")
    if record.delayed_ns is not None:
        marks.append(f"delayed {duration_text(record.delayed_ns / 1e9)}")
    if record.completeness is not Completeness.COMPLETE:
        marks.append(record.completeness.name.lower().replace("_", " "))
    if record.truncated:
        marks.append(f"{size_text(record.truncated)} not on record")
    return marks + [f"! {escape(violation)}" for violation in record.violations]


def _taken(row: Sequence[Cell], widths: Sequence[int]) -> int:
    return sum(len(pad(text, width)) + 2 for (text, _), width in zip(row, widths, strict=True))


def _shown(payload: bytes, size: int, of_text: bool, width: int | None, taken: int, payload_limit: int | None) -> str:
    if payload_limit is None:
        room = PIPED_PREVIEW_CELLS if width is None else max(width - taken, LEAST_PREVIEW_CELLS)
        return preview(payload, size, of_text=of_text, room=room)
    return preview(payload if payload_limit < 0 else payload[:payload_limit], size, of_text=of_text, room=None)


def _last_cell(marks: str, shown: str) -> list[Cell]:
    # The marks and the payload are one cell to the eye; two keep the marks' colour apart.
    return [(f"{marks} " if marks else "", BAD if "! " in marks else MARK), (shown, "")]
