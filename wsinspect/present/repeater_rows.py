"""What the Repeater shows: a line for each message to send, and below it what came back, beside the recording."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wsinspect.model import Direction, HttpHead
from wsinspect.present.charts import Line as Cells
from wsinspect.present.columns import cut
from wsinspect.present.differences import difference_lines, difference_pairs
from wsinspect.present.lines import BAD, DIRECTION_STYLES, MARK, QUIET, TITLE
from wsinspect.present.session_rows import DIRECTION_SIGNS
from wsinspect.present.side_by_side import column_cells, side_by_side
from wsinspect.present.text import Cell, cell_len, duration_text, escape, preview
from wsinspect.replay.recording import Event
from wsinspect.replay.repeating.repeated import Answer, Line, Stage
from wsinspect.replay.repeating.repeater import Repeater
from wsinspect.replay.repeating.standing import Standing
from wsinspect.wire.frames import read_close
from wsinspect.wire.opcodes import Opcode

HANDSHAKE = "handshake"
MOST_ANSWERS = 200
"""Below a line; the first ones."""
_PREVIEW_BYTES = 1000
_LARGEST = 1 << 18
"""More of a payload is not compared on the screen."""


class Likeness(enum.Enum):
    """How what came back stands to the recording, and its sign."""

    SAME = "="
    ANEW = "≈"
    """The same, apart from values that are other ones each time."""
    OTHER = "≠"
    EXTRA = "+"
    MISSING = "–"
    YET = " "
    """Nothing was sent that it could answer."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Something that came back in the recording, now, or both."""

    recorded: Event | None
    now: Answer | None
    asked_at: int
    """When what it answers was sent now."""
    sent: bool
    """Whether that was sent at all."""

    @property
    def likeness(self) -> Likeness:
        """How it stands to the recording."""
        if self.now is None:
            return Likeness.MISSING if self.sent else Likeness.YET
        if self.recorded is None:
            return Likeness.EXTRA
        match self.now.standing:
            case Standing.SAME:
                return Likeness.SAME
            case Standing.ANEW:
                return Likeness.ANEW
            case _:
                return Likeness.OTHER


def pairs_of(recorded: Sequence[Event], answers: Sequence[Answer], *, sent_at: int, sent: bool) -> list[Pair]:
    """Put what came back beside what came back in the recording; what is extra stands where it came."""
    places = {event.index for event in recorded}
    found: list[Pair] = []
    came = {answer.event.index: answer for answer in answers if answer.event is not None}
    found += [Pair(event, came.get(event.index), sent_at, sent) for event in recorded]
    found += [
        # It may have come later than in the recording, or earlier.
        Pair(answer.event, answer, sent_at, sent)
        for answer in answers
        if answer.event is None or answer.event.index not in places
    ]
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """What a row is about."""

    line: int | None
    """Place of the line; None for the handshake and what comes upon it."""
    pair: Pair | None = None
    """What came back; None for the line itself."""


type Row = tuple[str, Place, list[Cell]]
"""What it is known by, what it is about, and its cells."""


def opening_rows(repeater: Repeater, target: str, state: str, width: int) -> list[Row]:
    """Lay out the handshake, and what came before anything was sent.

    Args:
        repeater: What is played.
        target: Where to.
        state: How the connection stands, in words, also of the server.
        width: Cells of a row.
    """
    head: list[Cell] = [("⇄ ", "green"), ("handshake ", TITLE), (escape(target), ""), (f"   {escape(state)}", QUIET)]
    back = repeater.opening
    opening = pairs_of(repeater.opening_recorded, back.answers, sent_at=0, sent=bool(back.answers))
    return [(HANDSHAKE, Place(None), head), *_answers(None, HANDSHAKE, opening, back.more, width)]


def line_rows(line: Line, number: int, width: int) -> list[Row]:
    """Lay out a line, and what came back upon it.

    Args:
        line: The line.
        number: Its place.
        width: Cells of a row.
    """
    key = f"line {number}"
    back = pairs_of(line.recorded, line.answers, sent_at=line.sent_at, sent=line.stage is Stage.SENT)
    answers = _answers(number, key, back, line.back.more, width)
    return [(key, Place(number), _line(number, line, width)), *answers]


def stamp(line: Line) -> tuple[object, ...]:
    """Return what has changed where the rows of a line have to be laid out anew."""
    return (
        line.stage,
        line.payload,
        line.opcode,
        line.edited,
        line.sent_at,
        len(line.recorded),
        len(line.answers),
        line.back.more,
    )


def _line(number: int, line: Line, width: int) -> list[Cell]:
    style = DIRECTION_STYLES[Direction.C2S]
    told: list[Cell] = []
    if line.edited:
        told.append(("  ✎ changed" if line.event is not None else "  ✎ new", MARK))
    if line.stage is Stage.SENT:
        told.append(("  ✓ sent", "green"))
    elif line.stage is Stage.QUEUED:
        told.append(("  … waits", MARK))
    name = f"{DIRECTION_SIGNS[Direction.C2S]} {number + 1:>3} "
    room = max(width - cell_len(name) - sum(cell_len(text) for text, _ in told) - 1, 10)
    return [(name, style), (_shown(line.opcode, line.payload, room), ""), *told]


def _answers(line: int | None, key: str, pairs: Sequence[Pair], more: int, width: int) -> Iterator[Row]:
    cells = column_cells(width - 8)
    for number, pair in enumerate(pairs[:MOST_ANSWERS]):
        likeness = pair.likeness
        sign = (f"   {DIRECTION_SIGNS[Direction.S2C]} {likeness.value} ", _STYLES[likeness])
        took = ""
        if pair.now is not None and pair.asked_at:
            took = f" {duration_text((pair.now.time - pair.asked_at) / 1e9)}"
        then = "" if pair.recorded is None else _shown(pair.recorded.opcode, pair.recorded.payload, cells or width - 8)
        room = (cells or width - 8) - len(took)
        now = "" if pair.now is None else _shown(pair.now.opcode, pair.now.payload, room, pair.now.size) + took
        if cells is None:
            shown: list[Cell] = [(now, "")] if now else [(then, QUIET)]
        else:
            left = cut(then, cells)
            shown = [(left + " " * (cells - cell_len(left)) + " │ ", QUIET), (now, "")]
        yield f"{key} answer {number}", Place(line, pair), [sign, *shown]
    if (more := more + max(len(pairs) - MOST_ANSWERS, 0)) > 0:
        yield "", Place(line), [(f"     … and {more:,} more", QUIET)]


_STYLES = {
    Likeness.SAME: "green",
    Likeness.ANEW: "green",
    Likeness.OTHER: BAD,
    Likeness.EXTRA: MARK,
    Likeness.MISSING: BAD,
    Likeness.YET: QUIET,
}


def _shown(opcode: int, payload: bytes, room: int, size: int = 0) -> str:
    if opcode == Opcode.CLOSE:
        code, reason, _ = read_close(payload)
        return cut(f"close {'' if code is None else code} {escape(reason or '')}".rstrip(), room)
    return preview(payload[:_PREVIEW_BYTES], size or len(payload), of_text=opcode == Opcode.TEXT, room=room)


def handshake_lines(request: HttpHead | None, response: HttpHead | None, problem: str) -> Iterator[Cells]:
    """Show the handshake: what is sent, and what was answered.

    Args:
        request: The recorded one, with what was changed in it.
        response: As it came this time.
        problem: Why there is no connection, if there is none.
    """
    if problem:
        yield from ([(escape(line), BAD)] for line in problem.splitlines())
    if request is None:
        yield [("The recording has no request: one is made.", QUIET)]
    else:
        yield [("Request", TITLE), ("  e changes it", QUIET)]
        yield from ([(f"{escape(name)}: ", QUIET), (escape(value), "")] for name, value in request.headers)
    if response is not None:
        yield []
        yield [("Response", TITLE), (f"  {response.status} {escape(response.reason or '')}", "")]
        yield from ([(f"{escape(name)}: ", QUIET), (escape(value), "")] for name, value in response.headers)


def detail_lines(place: Place, repeater: Repeater, width: int) -> Iterator[Cells]:
    """Show a message to send, or what came back, beside the recording.

    Args:
        place: What is chosen.
        repeater: What is played.
        width: Cells of a line.
    """
    if place.pair is not None:
        pair = place.pair
        yield [(_WORDS[pair.likeness], _STYLES[pair.likeness])]
        if pair.now is not None and len(pair.now.payload) < pair.now.size:
            kept, size = len(pair.now.payload), pair.now.size
            yield [(f"Of {size:,} bytes the first {kept:,} are kept here; the capture has them all.", QUIET)]
        if pair.recorded is None or pair.now is None:
            one = pair.recorded or pair.now
            assert one is not None
            yield from _whole(one.payload, one.opcode)
            return
        yield from _beside(pair.recorded.payload, pair.now.payload, "In the recording", "Now", pair.now.opcode, width)
        return
    assert place.line is not None
    line = repeater.lines[place.line]
    if line.stage is Stage.SENT:
        before = line.payload if line.event is None else line.event.payload
        yield from _beside(
            before, line.sent, "In the recording" if line.event else "Written", "As sent", line.opcode, width
        )
    elif line.edited and line.event is not None:
        yield from _beside(line.event.payload, line.payload, "In the recording", "To send", line.opcode, width)
    else:
        yield from _whole(line.payload, line.opcode)


def _whole(payload: bytes, opcode: int) -> Iterator[Cells]:
    shown = payload[:_LARGEST]
    return (line for line, _ in difference_pairs(shown, shown, of_text=opcode != Opcode.BINARY))


def _beside(old: bytes, new: bytes, left: str, right: str, opcode: int, width: int) -> Iterator[Cells]:
    old, new, of_text = old[:_LARGEST], new[:_LARGEST], opcode != Opcode.BINARY
    cells = column_cells(width)
    if cells is None:
        yield [(f"{left}; {right.lower()}", TITLE)]
        yield from difference_lines(old, new, of_text=of_text)
        return
    yield from side_by_side([([(left, TITLE)], [(right, TITLE)])], cells)
    yield from side_by_side(difference_pairs(old, new, of_text=of_text), cells)


_WORDS = {
    Likeness.SAME: "The same came back as in the recording.",
    Likeness.ANEW: "The same came back as in the recording, apart from values that are other ones each time.",
    Likeness.OTHER: "It came back, and does not say the same as in the recording.",
    Likeness.EXTRA: "It came back now; there is no such answer in the recording here.",
    Likeness.MISSING: "It came back in the recording, and has not come now.",
    Likeness.YET: "It came back in the recording.",
}
