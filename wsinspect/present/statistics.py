"""What `stats` counts: rates, sizes and times of messages, in bounded memory however long the capture is.

Times between messages come in three kinds. A *gap* is the time since the message before in the same direction of the
same session. A *turnaround* is the time from the last message of one direction to the next of the other, the nearest
thing to a latency where no decoder pairs questions with answers. A *ping* is the time from a ping to the pong that
brings its payload back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from wsinspect.formats.records import Json, Record, unix_seconds
from wsinspect.model import Direction, Frame, Message, SessionId
from wsinspect.wire.opcodes import Opcode

_STEPS_PER_OCTAVE = 32
"""Buckets are 2.2 % apart, which is as exact as the percentiles are."""
_PINGS_REMEMBERED = 64
PERCENTILES = (50, 90, 99)


@dataclass(slots=True)
class Distribution:
    """How values are spread, without keeping them: exact count, sum and ends, percentiles to 2 %."""

    count: int = 0
    total: float = 0.0
    least: float = math.inf
    most: float = -math.inf
    _buckets: dict[int, int] = field(default_factory=dict)

    def add(self, value: float) -> None:
        """Count a value, not negative."""
        self.count += 1
        self.total += value
        if value < self.least:
            self.least = value
        if value > self.most:
            self.most = value
        bucket = math.floor(math.log2(value) * _STEPS_PER_OCTAVE) if value > 0 else _ZERO_BUCKET
        self._buckets[bucket] = self._buckets.get(bucket, 0) + 1

    @property
    def mean(self) -> float:
        """The average of at least one value."""
        return self.total / self.count

    def percentile(self, percent: float) -> float:
        """Return the value that this many of a hundred do not exceed; there must be one."""
        wanted = max(math.ceil(self.count * percent / 100), 1)
        passed = 0
        for bucket in sorted(self._buckets):
            passed += self._buckets[bucket]
            if passed >= wanted:
                middle = 0.0 if bucket == _ZERO_BUCKET else 2 ** ((bucket + 0.5) / _STEPS_PER_OCTAVE)
                return min(max(middle, self.least), self.most)
        raise AssertionError("buckets hold fewer values than were counted")


_ZERO_BUCKET = -(1 << 30)


@dataclass(slots=True)
class Tally:
    """The figures of one group of messages."""

    messages: int = 0
    bytes: int = 0
    """Of readable payloads."""
    wire_bytes: int = 0
    first: int | None = None
    last: int = 0
    sizes: Distribution = field(default_factory=Distribution)
    gaps: Distribution = field(default_factory=Distribution)
    """Seconds."""
    turnarounds: Distribution = field(default_factory=Distribution)
    """Seconds."""
    pings: Distribution = field(default_factory=Distribution)
    """Seconds."""

    def add(self, message: Message, gap: int | None, turnaround: int | None) -> None:
        """Count a message; the times are nanoseconds, None where there is none."""
        self.messages += 1
        self.bytes += message.size
        self.wire_bytes += message.wire_size
        if self.first is None:
            self.first = message.time
        self.last = message.time
        self.sizes.add(message.size)
        if gap is not None:
            self.gaps.add(gap / 1e9)
        if turnaround is not None:
            self.turnarounds.add(turnaround / 1e9)

    @property
    def seconds(self) -> float:
        """From the first message to the last."""
        return 0.0 if self.first is None else (self.last - self.first) / 1e9

    @property
    def rate(self) -> float | None:
        """Messages a second, None where too few say so."""
        return (self.messages - 1) / self.seconds if self.messages > 1 and self.seconds > 0 else None

    @property
    def byte_rate(self) -> float | None:
        """Payload bytes a second, None where too few messages say so."""
        return self.bytes / self.seconds if self.messages > 1 and self.seconds > 0 else None


@dataclass(frozen=True, slots=True)
class Kind:
    """What messages are grouped by, session apart."""

    direction: Direction
    opcode: int
    protocol: str | None = None


class Statistics:
    """Counts messages and pings as they come, each session's in order of arrival."""

    def __init__(self) -> None:
        self.whole = Tally()
        self.sessions: dict[SessionId, Tally] = {}
        self.kinds: dict[Kind, Tally] = {}
        self._last: dict[SessionId, tuple[dict[Direction, int], Direction]] = {}
        self._pings: dict[SessionId, dict[tuple[Direction, bytes], int]] = {}

    def add_message(self, message: Message) -> None:
        """Count a message."""
        gap = turnaround = None
        if (before := self._last.get(message.session)) is None:
            times: dict[Direction, int] = {}
        else:
            times, last_direction = before
            if message.direction in times:
                gap = max(message.time - times[message.direction], 0)
            if last_direction is not message.direction:
                turnaround = max(message.time - times[last_direction], 0)
        times[message.direction] = message.time
        self._last[message.session] = (times, message.direction)
        kind = Kind(message.direction, message.opcode, message.protocol)
        for tally in (self.whole, self._of_session(message.session), self.kinds.setdefault(kind, Tally())):
            tally.add(message, gap, turnaround)

    def add_control(self, frame: Frame) -> None:
        """Time a ping by the pong that answers it; other frames are left alone."""
        pings = self._pings.setdefault(frame.session, {})
        if frame.opcode == Opcode.PING:
            if len(pings) >= _PINGS_REMEMBERED:
                del pings[next(iter(pings))]
            pings[frame.direction, frame.payload] = frame.time
        elif frame.opcode == Opcode.PONG:
            asked = pings.pop((Direction(1 - frame.direction), frame.payload), None)
            if asked is not None:
                seconds = max(frame.time - asked, 0) / 1e9
                self.whole.pings.add(seconds)
                self._of_session(frame.session).pings.add(seconds)

    def _of_session(self, session: SessionId) -> Tally:
        tally = self.sessions.get(session)
        if tally is None:
            tally = self.sessions[session] = Tally()
        return tally


def tally_record(tally: Tally) -> Record:
    """Make the JSON form of a tally: sizes in bytes, times in milliseconds, rates a second."""
    record: Record = {"messages": tally.messages, "bytes": tally.bytes, "wire_bytes": tally.wire_bytes}
    if tally.first is not None:
        record["first"] = unix_seconds(tally.first)
        record["last"] = unix_seconds(tally.last)
    if tally.rate is not None and tally.byte_rate is not None:
        record["rate"] = round(tally.rate, 3)
        record["byte_rate"] = round(tally.byte_rate, 1)
    if tally.sizes.count:
        record["size"] = _spread_record(tally.sizes, 1, 0)
    times = (("gap_ms", tally.gaps), ("turnaround_ms", tally.turnarounds), ("ping_ms", tally.pings))
    for name, values in times:
        if values.count:
            record[name] = _spread_record(values, 1000, 3)
    return record


def _spread_record(values: Distribution, scale: int, digits: int) -> Record:
    def scaled(value: float) -> Json:
        return round(value * scale, digits) if digits else round(value * scale)

    record: Record = {"count": values.count, "min": scaled(values.least)}
    record["mean"] = round(values.mean * scale, max(digits, 1))
    record.update({f"p{percent}": scaled(values.percentile(percent)) for percent in PERCENTILES})
    record["max"] = scaled(values.most)
    return record
