"""A sink that keeps what it is told, put together, so that reports can be compared however they came in pieces."""

from __future__ import annotations

from dataclasses import dataclass, field

from wsinspect.model import Completeness, Direction, Source, Stage, Verdict
from wsinspect.wire.deflate import DeflateParams
from wsinspect.wire.relay import Relay
from wsinspect.wire.sink import FrameSeen, MessageSeen
from wsinspect.wire.spill import Spill
from wsinspect.wire.violations import Violation

MASK = bytes.fromhex("37fa213d")
"""The key of the examples in RFC 6455 5.7."""
C2S, S2C = Direction.C2S, Direction.S2C


@dataclass
class SeenFrame:
    direction: int
    seq: int
    header: bytes
    size: int
    number: int | None
    payload: bytes = b""
    violations: tuple[Violation, ...] = ()
    close: tuple[int | None, str | None] = (None, None)
    truncated: int = 0
    completeness: Completeness = Completeness.COMPLETE
    source: Source = Source.PEER
    verdict: Verdict = Verdict.FORWARDED
    stage: Stage = Stage.RECEIVED
    of: int | None = None
    received: int = 0

    @property
    def opcode(self) -> int:
        return self.header[0] & 15

    @property
    def fin(self) -> bool:
        return self.header[0] >= 0x80


@dataclass
class SeenMessage:
    direction: int
    number: int
    seq: int
    opcode: int
    compressed: bool = False
    source: Source = Source.PEER
    size: int = 0
    wire_size: int = 0
    payload: bytes = b""
    """Readable: that of its frames, or as reported."""
    sent: bytes | None = None
    truncated: int = 0
    violations: tuple[Violation, ...] = ()
    completeness: Completeness = Completeness.ARRIVING
    verdict: Verdict = Verdict.FORWARDED
    undecided: bool = False
    """Whether `message_decided` is to come, or may."""
    decided: int | None = None
    held_ns: int | None = None
    delayed_ns: int | None = None


@dataclass
class Recording:
    """A `FrameSink`."""

    frames: dict[int, SeenFrame] = field(default_factory=dict)
    messages: dict[int, SeenMessage] = field(default_factory=dict)
    fast: int = 0
    """How many came through the hot path."""
    chunks: list[int] = field(default_factory=list)
    """Sizes of the chunks of frames."""
    times: dict[int, list[int]] = field(default_factory=dict)

    def message(self, direction: int, now: int, seq: int, number: int, header: bytes, payload: bytes) -> None:
        self.fast += 1
        size = len(payload)
        self.times[seq] = [now]
        self.frames[seq] = SeenFrame(direction, seq, header, size, number, payload, received=size)
        self.messages[number] = SeenMessage(
            direction,
            number,
            seq,
            header[0] & 15,
            size=size,
            wire_size=len(header) + size,
            payload=payload,
            completeness=Completeness.COMPLETE,
        )

    def frame(self, frame: FrameSeen) -> None:
        self.frame_started(frame)
        self.frames[frame.seq].received = len(frame.payload) + frame.truncated

    def frame_started(self, frame: FrameSeen) -> None:
        assert frame.seq not in self.frames
        self.times[frame.seq] = [frame.time]
        self.frames[frame.seq] = SeenFrame(
            frame.direction,
            frame.seq,
            frame.header,
            frame.size,
            frame.number,
            frame.payload,
            frame.violations,
            (frame.close_code, frame.close_reason),
            frame.truncated,
            frame.completeness,
            frame.source,
            frame.verdict,
            frame.stage,
            frame.of,
        )

    def chunk(self, direction: int, seq: int, offset: int, data: bytes) -> None:
        frame = self.frames[seq]
        assert frame.completeness is Completeness.ARRIVING
        assert offset == len(frame.payload)
        assert frame.direction == direction
        self.chunks.append(len(data))
        frame.payload += data

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
        frame = self.frames[seq]
        frame.received, frame.truncated, frame.violations = received, truncated, violations
        frame.completeness = completeness
        self.times[seq].append(now)

    def message_started(self, message: MessageSeen) -> None:
        assert message.number not in self.messages
        self.messages[message.number] = SeenMessage(
            message.direction, message.number, message.seq, message.opcode, message.compressed, message.source
        )

    def message_chunk(self, number: int, offset: int, data: bytes) -> None:
        assert offset == len(self.messages[number].payload)
        self.messages[number].payload += data

    def message_sent(self, number: int, payload: bytes) -> None:
        self.messages[number].sent = payload

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
        message = self.messages[number]
        assert message.completeness is Completeness.ARRIVING
        message.size, message.wire_size, message.truncated = size, wire_size, truncated
        message.violations, message.completeness, message.verdict = violations, completeness, verdict
        message.undecided = completeness is Completeness.WAITING or (
            completeness is Completeness.CUT_OFF and verdict is Verdict.NOT_SENT
        )
        if payload is not None:
            message.payload = payload
        elif not message.compressed and message.source is Source.PEER:
            message.payload = b"".join(
                frame.payload
                for frame in self.frames.values()
                if frame.number == number and frame.stage is Stage.RECEIVED
            )

    def message_decided(
        self, number: int, now: int, verdict: Verdict, held_ns: int | None, delayed_ns: int | None
    ) -> None:
        message = self.messages[number]
        assert message.undecided, "decided twice, or never waited"
        message.undecided = False
        message.decided = now
        message.verdict, message.held_ns, message.delayed_ns = verdict, held_ns, delayed_ns
        if message.completeness is Completeness.WAITING:
            message.completeness = Completeness.COMPLETE

    def frame_decided(self, direction: int, seq: int, now: int, verdict: Verdict) -> None:
        frame = self.frames[seq]
        assert frame.direction == direction
        assert frame.completeness is Completeness.WAITING
        frame.verdict, frame.completeness = verdict, Completeness.COMPLETE

    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.messages.values()]

    def sent(self) -> list[SeenFrame]:
        return [frame for frame in self.frames.values() if frame.stage is Stage.SENT]


def relay(
    sink: Recording,
    *,
    deflate: DeflateParams | None = None,
    opaque: bool = False,
    max_payload: int = 64 << 20,
    assemble_limit: int = 16 << 20,
    inflate_limit: int = 128 << 20,
    spill: Spill | None = None,
    memory_limit: int = 4 << 20,
) -> Relay:
    return Relay(
        sink,
        deflate=deflate,
        opaque_extensions=opaque,
        max_payload=max_payload,
        assemble_limit=assemble_limit,
        inflate_limit=inflate_limit,
        mask_key=lambda: MASK,
        spill=spill,
        memory_limit=memory_limit,
    )


def read(
    data: bytes, direction: Direction = C2S, *, deflate: DeflateParams | None = None, opaque: bool = False
) -> Recording:
    """Record what one direction sends, all at once."""
    sink = Recording()
    relay(sink, deflate=deflate, opaque=opaque).receive(direction, data, 1)
    return sink
