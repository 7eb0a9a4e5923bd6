"""What one side of a recording is to send, in order: messages with what stood between their frames, and other frames.

Left out is what cannot be sent as it was, each with a remark: messages that are not wholly on record, and, where plain
messages are wanted, frames with unknown opcodes. Left out without one are pongs that answered pings and a close frame
that answered the other side's, as the connection answers those that come this time.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from wsinspect.model import Direction
from wsinspect.replay.client.framing import exact_frames
from wsinspect.replay.performing import Act, End, SendClose, SendFrame, SendMessage
from wsinspect.replay.playing.report import Closing
from wsinspect.replay.recording import Event, Recording
from wsinspect.wire.frames import read_close
from wsinspect.wire.opcodes import Opcode


class Values(Protocol):
    """Puts what the other side issues into what we send: `rebinding.Rebinder`."""

    def heard(self, event: Event, opcode: int, payload: bytes) -> None:
        """Take a live message that was found to be a recorded one."""

    def written(self, event: Event, now: int) -> bytes:
        """Return the payload of a recorded message of ours as it is to go."""

    def needs(self, event: Event) -> Collection[int]:
        """Return the indices of the recorded messages that values of it come from."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to send."""

    event: Event
    acts: tuple[Act, ...]
    """As it was recorded."""
    after: int
    """How many messages of the other side had come before it."""

    @property
    def is_close(self) -> bool:
        """Whether it is a close frame."""
        return self.event.opcode == Opcode.CLOSE

    def with_payload(self, payload: bytes) -> tuple[Act, ...]:
        """Return what sends it with another payload, in frames of the sizes it had, compressed as it was."""
        event = self.event
        sizes = tuple(frame.size for frame in event.frames[:-1])
        message = SendMessage(event.opcode, payload, event.compressed, sizes, event.index)
        return (message, *(act for act in self.acts if not isinstance(act, End) and act.event != event.index))


@dataclass(frozen=True, slots=True)
class Steps:
    """All that is to be sent."""

    steps: tuple[Step, ...]
    remarks: tuple[str, ...] = ()
    """What is left out and why, a sentence each, for people."""


def steps_of(recording: Recording, side: Direction, *, plain: bool = False, answers: Iterable[int] = ()) -> Steps:
    """Return what a side is to send.

    Args:
        recording: Read exactly, unless plain messages are wanted.
        side: Whose messages to send.
        plain: Whether messages go in one frame each, as they would be sent by a library.
        answers: Indices of messages that are sent only when there is something to answer.
    """
    passed_over = {*answers, *_answered_by_the_connection(recording, side)}
    found: list[Step] = []
    cut: list[Event] = []
    unknown: list[Event] = []
    inside = _inside(recording.events, side) if not plain else {}
    within = {event.index for events in inside.values() for event in events}
    after = 0
    for event in recording.events:
        if event.direction is not side:
            after += event.is_message
        elif event.index in passed_over or event.index in within:
            continue
        elif not event.complete:
            cut.append(event)
        elif plain and not event.is_message and not is_known_control(event.opcode):
            unknown.append(event)
        else:
            acts = _plain(event) if plain else _exact(event, inside.get(event.index, ()))
            found.append(Step(event, acts, after))
    return Steps(tuple(found), tuple(_remarks(cut, unknown)))


def begins_message(act: Act) -> bool:
    """Tell whether an act is a message, or the first frame of one."""
    if isinstance(act, SendFrame):
        return bool(act.header) and act.header[0] & 0x0F in (Opcode.TEXT, Opcode.BINARY)
    return isinstance(act, SendMessage)


def step_of(event: Event, *, plain: bool = False) -> Step:
    """Return the step that sends a single event."""
    return Step(event, _plain(event) if plain else _exact(event, ()), 0)


def until_event(steps: tuple[Step, ...], recording: Recording, side: Direction, until: int) -> tuple[Step, ...]:
    """Return the steps before an event, and one in its place that sends nothing."""
    before = sum(event.index < until for event in recording.messages(side.opposite))
    return (*(step for step in steps if step.event.index < until), Step(recording.events[until], (), before))


def recorded_close(recording: Recording, side: Direction) -> tuple[Closing | None, bool]:
    """Return the other side's close frame, and whether it was the first to end the connection, be it without one."""
    closes = [event for event in recording.events if event.opcode == Opcode.CLOSE]
    theirs = next((event for event in closes if event.direction is not side), None)
    if theirs is None:
        ends = recording.session.ends
        return None, not closes and bool(ends) and ends[0][0] is not side
    code, reason, _ = read_close(theirs.payload)
    return Closing(code, reason or ""), all(event.index > theirs.index for event in closes if event.direction is side)


def is_known_control(opcode: int) -> bool:
    """Tell whether an opcode is that of a ping, pong or close."""
    return opcode in (Opcode.PING, Opcode.PONG, Opcode.CLOSE)


def _answered_by_the_connection(recording: Recording, side: Direction) -> Iterator[int]:
    pings: list[bytes] = []
    closed = False
    for event in recording.events:
        if event.is_message:
            continue
        if event.direction is not side:
            closed = closed or event.opcode == Opcode.CLOSE
            if event.opcode == Opcode.PING:
                pings.append(event.payload)
        elif event.opcode == Opcode.CLOSE and closed:
            yield event.index
        elif event.opcode == Opcode.PONG and event.payload in pings:
            # RFC 6455 5.5.3: an endpoint may "send a Pong frame for only the most recently processed Ping frame".
            del pings[: pings.index(event.payload) + 1]
            yield event.index


def _inside(events: Iterable[Event], side: Direction) -> dict[int, list[Event]]:
    """Return the frames that were sent between the frames of a message, by the message's index."""
    events = [event for event in events if event.direction is side and event.frames]
    others = sorted((event.frames[0].seq, event.index) for event in events if not event.is_message)
    by_index = {event.index: event for event in events}
    found: dict[int, list[Event]] = {}
    for event in events:
        if event.is_message and len(event.frames) > 1:
            first, last = bisect(others, (event.frames[0].seq,)), bisect(others, (event.frames[-1].seq,))
            if between := [by_index[index] for _, index in others[first:last]]:
                found[event.index] = between
    return found


def _exact(event: Event, inside: Iterable[Event]) -> tuple[Act, ...]:
    if not event.frames:
        return _plain(event)
    if event.opcode == Opcode.CLOSE and _is_ordinary_close(event):
        return _plain(event)
    frames = list(zip(event.frames, exact_frames(event), strict=True))
    frames += [pair for other in inside for pair in zip(other.frames, exact_frames(other), strict=True)]
    return tuple(act for _, act in sorted(frames, key=lambda pair: pair[0].seq))


def _is_ordinary_close(event: Event) -> bool:
    return not read_close(event.payload)[2] and event.frames[0].rsv == 0 and event.frames[0].fin


def _plain(event: Event) -> tuple[Act, ...]:
    if event.opcode == Opcode.CLOSE:
        code, reason, _ = read_close(event.payload)
        mask_key = event.frames[0].mask_key if event.frames else None
        return (SendClose(code, reason or "", event.index, mask_key),)
    return (SendMessage(event.opcode, event.payload, event.compressed, (), event.index),)


def _remarks(cut: list[Event], unknown: list[Event]) -> Iterator[str]:
    if cut:
        yield f"Left out, as they are not wholly on record: {_names(cut)}."
    if unknown:
        yield f"Left out, as they are no plain messages: {len(unknown):,} frames with unknown opcodes."


def _names(events: list[Event], most: int = 8) -> str:
    names = [f"message {event.number}" if event.is_message else "a frame" for event in events]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
