"""What the detail shows: the records of what is chosen, and where their payload lies. Read in the capture's thread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from wsinspect.decode import Structure, structure
from wsinspect.decode.source import LIMIT_BYTES, LIMIT_NODES
from wsinspect.model import Completeness, Frame, Message, Session
from wsinspect.present.structure import VALUE_CHARACTERS
from wsinspect.store.extents import Extent
from wsinspect.store.reader import CaptureReader
from wsinspect.tui.selection import Chosen, ChosenFrames, ChosenMessage, ChosenSession
from wsinspect.wire.opcodes import Opcode

_FRAMES_READ = 200
_FRAME_BYTES = 256
"""Of each frame's payload."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of a payload is read and laid out, but as hex, which has no bounds."""

    payload_bytes: int = LIMIT_BYTES
    nodes: int = LIMIT_NODES
    value_characters: int = VALUE_CHARACTERS
    frames: int = _FRAMES_READ


AMOUNTS = (Amount(), Amount(8 << 20, 60_000, 1 << 20, 2_000), Amount(32 << 20, 120_000, 32 << 20, 10_000))
"""At first, and each time a person wants more."""


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload, wherever it is."""

    extent: Extent | None
    """In the capture."""
    data: bytes = b""
    """Where it is not in the capture."""

    @property
    def size(self) -> int:
        """Bytes that can be read."""
        return len(self.data) if self.extent is None else self.extent.size

    def part(self, reader: CaptureReader, start: int, stop: int) -> bytes:
        """Read a part of it; fewer bytes where it ends before, or is no longer on record."""
        return self.data[start:stop] if self.extent is None else reader.payload_slice(self.extent, start, stop)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is shown."""

    chosen: Chosen
    amount: Amount
    session: Session | None
    message: Message | None = None
    """Without its payload."""
    frames: tuple[Frame, ...] = ()
    """Of chosen frames; with the beginnings of their payloads."""
    came: Payload | None = None
    """What came; None where no payload is chosen."""
    went: Payload | None = None
    """What went on instead, or would."""
    held_by: str | None = None
    """What holds it: then `went` is what would go now, None where that is what came."""
    shows_went: bool = False
    """Whether the tabs of the payload show what went."""
    beginning: bytes = b""
    """Of the payload that the tabs show."""
    structure: Structure | None = None
    """Of that payload."""

    @property
    def payload(self) -> Payload | None:
        """What the tabs of the payload show."""
        return self.went if self.shows_went else self.came

    @property
    def of_text(self) -> bool:
        """Whether the payload is text by its kind."""
        if self.message is not None:
            return self.message.opcode == Opcode.TEXT
        return False

    @property
    def missing(self) -> int:
        """Bytes of the payload that were not looked at."""
        return 0 if self.payload is None else self.payload.size - len(self.beginning)

    @property
    def held(self) -> bool:
        """Whether it is a message that is held: its payload can still be changed."""
        return self.held_by is not None


@dataclass(frozen=True, slots=True)
class HeldPayload:
    """What the engine tells of a message that is held."""

    data: bytes
    """As it would go now."""
    by: str
    """What holds it: `breakpoint 3`."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be read."""

    chosen: Chosen
    amount: Amount = AMOUNTS[0]
    held: HeldPayload | None = None
    """Of the message, where it is held."""
    went: bool | None = None
    """Whether the tabs are to show what went; None: where it is held."""


def read_subject(reader: CaptureReader, wish: Wish) -> Subject | None:
    """Read what is chosen.

    Returns:
        What was found; None where it is not on record, or not any more.
    """
    match wish.chosen:
        case ChosenSession(number):
            session = reader.session(number)
            return None if session is None else Subject(wish.chosen, wish.amount, session)
        case ChosenMessage():
            return _read_message(reader, wish, wish.chosen)
        case ChosenFrames():
            return _read_frames(reader, wish, wish.chosen)
        case _:
            assert_never(wish.chosen)


def is_current(reader: CaptureReader, subject: Subject) -> bool:
    """Tell whether what was read is still so, but for its session, as far as the record tells; not of what arrives."""
    match subject.chosen:
        case ChosenMessage(session_number, number):
            message = reader.message(session_number, number, payload_limit=0)
            if message is None or message.completeness is Completeness.ARRIVING or subject.message is None:
                return False
            return replace(message, truncated=subject.message.truncated) == subject.message
        case ChosenFrames():
            return not any(frame.completeness.undecided for frame in subject.frames)
        case _:
            return True


def _read_message(reader: CaptureReader, wish: Wish, chosen: ChosenMessage) -> Subject | None:
    message = reader.message(chosen.session, chosen.number, payload_limit=0)
    if message is None:
        return None
    came = Payload(reader.payload_extent(chosen.session, chosen.number))
    if message.completeness in {Completeness.COMPLETE, Completeness.WAITING}:
        message = replace(message, truncated=max(message.truncated, message.size - came.size))
    went = None
    held = wish.held
    if held is not None:
        unchanged = came.size == len(held.data) and came.part(reader, 0, came.size) == held.data
        went = None if unchanged else Payload(None, held.data)
    elif (sent := reader.sent_extent(chosen.session, chosen.number)) is not None:
        went = Payload(sent)
    shows_went = went is not None and (held is not None if wish.went is None else wish.went)
    payload = went if shows_went and went is not None else came
    beginning = payload.part(reader, 0, wish.amount.payload_bytes)
    return Subject(
        chosen,
        wish.amount,
        reader.session(chosen.session),
        message,
        came=came,
        went=went,
        held_by=None if held is None else held.by,
        shows_went=shows_went,
        beginning=beginning,
        structure=structure(
            beginning,
            of_text=message.opcode == Opcode.TEXT,
            size=payload.size,
            limit=wish.amount.payload_bytes,
            nodes=wish.amount.nodes,
        ),
    )


def _read_frames(reader: CaptureReader, wish: Wish, chosen: ChosenFrames) -> Subject | None:
    frames = reader.control_frames(
        chosen.session, chosen.first_seq, chosen.last_seq, limit=wish.amount.frames, payload_limit=_FRAME_BYTES
    )
    if not frames:
        return None
    session = reader.session(chosen.session)
    if chosen.count > 1:
        return Subject(chosen, wish.amount, session, frames=tuple(frames))
    payload = Payload(reader.frame_payload_extent(chosen.session, chosen.first_seq))
    beginning = payload.part(reader, 0, wish.amount.payload_bytes)
    return Subject(chosen, wish.amount, session, frames=tuple(frames), came=payload, beginning=beginning)
