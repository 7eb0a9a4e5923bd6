"""What a relay reports, and to whom: the port between the wire and the record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from wsinspect.model import Completeness, Direction, Leg, Source, Stage, Verdict
from wsinspect.wire.violations import Violation


@dataclass(slots=True)
class FrameSeen:
    """One frame; the fields are those of `model.Frame`. Not frozen, as that doubles the cost of making one."""

    direction: Direction
    seq: int
    time: int
    header: bytes
    """Raw. Incomplete only where the connection ended within it."""
    payload: bytes
    """Unmasked, at most as long as is recorded; empty in `FrameSink.frame_started`."""
    size: int
    """As the header announces it."""
    number: int | None
    """Of the message it belongs to."""
    violations: tuple[Violation, ...]
    close_code: int | None
    close_reason: str | None
    truncated: int
    completeness: Completeness
    source: Source
    verdict: Verdict
    """Of a received frame of a message always `FORWARDED`: the word on it is the message's verdict."""
    leg: Leg
    stage: Stage
    of: int | None
    """Of a frame sent instead of received ones: the `seq` of the first of them."""
    sent_time: int | None


@dataclass(slots=True)
class MessageSeen:
    """The start of a message; the fields are those of `model.Message`."""

    number: int
    seq: int
    """Of its first frame."""
    direction: Direction
    time: int
    opcode: int
    compressed: bool
    """Whether its readable payload comes with the message, inflated; else it is that of its frames."""
    source: Source


class FrameSink(Protocol):
    """Takes what a relay saw, in order of arrival. Must not raise, nor call the relay.

    A fragmented or compressed message is `message_started`, its frames, `message_ended`, with control frames between.
    Frames sent instead of the received ones (stage `SENT`) come before the end of their message, or, where it waited,
    before `message_decided`. Frames sent, large ones too, and whole messages may come between the pieces of a received
    one of the same direction: what belongs together has the same `seq` or `number`.
    """

    def message(self, direction: int, now: int, seq: int, number: int, header: bytes, payload: bytes) -> None:
        """Take a whole message of one plain frame without violations, forwarded as it came. The hot path."""

    def frame(self, frame: FrameSeen) -> None:
        """Take any other frame whose payload is at most `CHUNK_BYTES` long."""

    def frame_started(self, frame: FrameSeen) -> None:
        """Take the start of a frame whose payload is larger."""

    def chunk(self, direction: int, seq: int, offset: int, data: bytes) -> None:
        """Take the next piece of its payload, unmasked, as far as it is recorded."""

    def frame_ended(
        self,
        direction: int,
        seq: int,
        now: int,
        received: int,
        truncated: int,
        violations: tuple[Violation, ...],
        completeness: Completeness,
    ) -> None:
        """Take the end of it; `violations` are all of the frame's."""

    def message_started(self, message: MessageSeen) -> None:
        """Take the start of a message that is not reported by `message`."""

    def message_chunk(self, number: int, offset: int, data: bytes) -> None:
        """Take the next piece of a readable payload over `CHUNK_BYTES` that is not simply that of the frames."""

    def message_sent(self, number: int, payload: bytes) -> None:
        """Take the readable payload that was sent on instead of the received one."""

    def message_ended(
        self,
        number: int,
        now: int,
        size: int,
        wire_size: int,
        payload: bytes | None,
        truncated: int,
        violations: tuple[Violation, ...],
        completeness: Completeness,
        verdict: Verdict,
    ) -> None:
        """Take the end of a message.

        `payload` is the readable one of a compressed or injected message, None where it came in `message_chunk`s or
        is that of the frames. With `WAITING` its verdict follows in `message_decided`; frames sent instead of its own,
        and `message_sent`, then come before that. It may follow, too, where what there is of a message that was
        `CUT_OFF` waits behind others: that is `NOT_SENT` until then.
        """

    def message_decided(
        self, number: int, now: int, verdict: Verdict, held_ns: int | None, delayed_ns: int | None
    ) -> None:
        """Take what became of a message that was `WAITING`: held for so long by a person, delayed by a rule."""

    def frame_decided(self, direction: int, seq: int, now: int, verdict: Verdict) -> None:
        """Take what became of a control frame that was `WAITING`: a close frame behind waiting messages."""


@dataclass(frozen=True, slots=True)
class CloseSeen:
    """A close frame that was sent on, or one of our own."""

    direction: Direction
    code: int | None
    reason: str | None
    source: Source


@dataclass(slots=True)
class Tally:
    """Counters and closes of one connection, shared by its two directions. Lists have one entry for each direction."""

    seq: int
    """Of the last frame."""
    number: int
    """Of the last message."""
    frames: list[int]
    messages: list[int]
    bytes: list[int]
    closes: list[CloseSeen]
    """Close frames that were written, in order."""
    closed: list[bool]
    """Whether one was."""

    @classmethod
    def zero(cls) -> Tally:
        """Return counters at the start of a connection."""
        return cls(0, 0, [0, 0], [0, 0], [0, 0], [], [False, False])

    def note_close(self, close: CloseSeen) -> None:
        """Take note of a close frame that goes; of many, the first of the peer and the first of our own count."""
        ours = close.source is not Source.PEER
        if not any(
            other.direction == close.direction and (other.source is not Source.PEER) is ours for other in self.closes
        ):
            self.closes.append(close)
        self.closed[close.direction] = True

    def next_seq(self) -> int:
        """Return the `seq` of a frame that goes instead of a counted one."""
        self.seq += 1
        return self.seq

    def next_frame(self, direction: int) -> int:
        """Count a frame and return its `seq`."""
        self.frames[direction] += 1
        self.seq += 1
        return self.seq

    def next_message(self, direction: int) -> int:
        """Count a message and return its number."""
        self.messages[direction] += 1
        self.number += 1
        return self.number
