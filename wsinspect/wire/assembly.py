"""Assemble mode: a message is gathered, judged once, and goes on as it came, changed, or not at all.

Theory of operation. An `Assembler` is the gate of one direction. Frames outside of messages go on at once. The frames
of a message are held as they came, beside its readable payload, until its end; then the judge decides. Forwarded means
the held bytes, or, where an earlier change spoiled the receiver's compression context, the message compressed anew (see
`recoding`). A message over the limit is released in the middle and the rest of it passes: `TOO_LARGE`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol, assert_never

from wsinspect.model import Completeness, Direction, Source, Verdict
from wsinspect.wire.deflate import Inflater
from wsinspect.wire.messages import OpenMessage
from wsinspect.wire.opcodes import Opcode
from wsinspect.wire.recoding import Recoder
from wsinspect.wire.sending import FrameSender
from wsinspect.wire.sink import FrameSink

_RSV1 = 4


@dataclass(frozen=True, slots=True)
class Gathered:
    """A whole message, as a judge sees it."""

    direction: Direction
    number: int
    opcode: int
    payload: bytes
    """Readable: inflated where it was compressed."""
    time: int
    """Of its last frame."""


@dataclass(frozen=True, slots=True)
class Forward:
    """Send the peer's own frames."""


@dataclass(frozen=True, slots=True)
class Modify:
    """Send another message instead, as one frame, compressed if the original was."""

    payload: bytes
    opcode: int
    """1 or 2."""
    source: Source = Source.RULE
    """Who changed it."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Send nothing."""


Decision = Forward | Modify | Drop


class Judge(Protocol):
    """Decides on messages. One that raises has decided to forward."""

    def judge(self, message: Gathered) -> Decision:
        """Decide on a message, at once."""


class _State(enum.Enum):
    IDLE = enum.auto()
    HOLDING = enum.auto()
    PASSING = enum.auto()
    """Over the limit: the frames go on as they came."""
    REWRITING = enum.auto()
    """Over the limit while the contexts differ: the plaintext goes on in frames of our own."""


class Assembler:
    """The gate of one direction in assemble mode (see `lane.Gate`).

    Args:
        sink: Where to report what was sent instead.
        sender: Makes the frames.
        direction: Which one.
        inflater: Of this direction, None where permessage-deflate is not agreed.
        limit: Most bytes of a message to hold.
    """

    def __init__(
        self, sink: FrameSink, sender: FrameSender, direction: Direction, *, inflater: Inflater | None, limit: int
    ) -> None:
        self.judge: Judge | None = None
        """None forwards all, which takes a gate as long as the contexts differ."""
        self._sink = sink
        self._sender = sender
        self._direction = direction
        self._inflater = inflater
        self._inflate_limit = None if inflater is None else inflater.limit
        self._recoder = None if inflater is None else Recoder(inflater)
        self._limit = limit
        self._state = _State.IDLE
        self._message: OpenMessage | None = None
        self._held = bytearray()
        self._plain = bytearray()
        self._decision: Decision | None = None
        self._next_opcode = 0
        self._now = 0
        self._out: list[bytes] = []

    @property
    def diverged(self) -> bool:
        """Whether compressed frames of the peer cannot go as they came."""
        return self._recoder is not None and self._recoder.diverged

    @property
    def passing(self) -> bool:
        """Whether frames of the open message go on as they come."""
        return self._state is _State.PASSING

    @property
    def mid_message(self) -> bool:
        """Whether a part of the open message was written."""
        return self._state in {_State.PASSING, _State.REWRITING}

    def take(self) -> list[bytes]:
        """Return what to write, once."""
        out, self._out = self._out, []
        return out

    def passes(self, number: int, opcode: int, header: bytes, raw: bytes, payload: bytes, now: int) -> bool:
        """See `lane.Gate`."""
        if len(payload) > self._limit:
            return False
        decision = self._ask(number, opcode, payload, now)
        if not isinstance(decision, Forward):
            self._decision = decision
            return False
        self._out += (header, raw)
        return True

    def outside(self, raw: bytes) -> None:
        """See `lane.Gate`."""
        self._out.append(raw)

    def opened(self, message: OpenMessage, now: int) -> None:
        """See `lane.Gate`."""
        self._message, self._state, self._now = message, _State.HOLDING, now
        self._next_opcode = message.opcode
        if self._inflater is not None:
            # While the contexts differ the receiver reads a message only if we can: there is no giving up on it.
            self._inflater.limit = None if self.diverged else self._inflate_limit

    def header(self, header: bytes, size: int, now: int) -> None:
        """See `lane.Gate`."""
        self.raw(header, now)
        if self._state is _State.HOLDING and len(self._held) + size > self._limit:
            self._release()

    def raw(self, raw: bytes, now: int) -> None:
        """See `lane.Gate`."""
        self._now = now
        if self._state is _State.HOLDING:
            self._held += raw
        elif self._state is _State.PASSING:
            self._out.append(raw)

    def plain(self, data: bytes) -> None:
        """See `lane.Gate`."""
        if self._state is _State.REWRITING:
            self._rewrite(data, fin=False)
        elif self._state is _State.HOLDING:
            self._plain += data
            if len(self._plain) > self._limit:
                self._release()

    def decided(self, message: OpenMessage, now: int, completeness: Completeness) -> Verdict:
        """See `lane.Gate`."""
        self._now = now
        failed = message.compressed and self._inflater is not None and self._inflater.failure is not None
        verdict = Verdict.TOO_LARGE
        if self._state is _State.HOLDING:
            verdict = Verdict.FORWARDED
            if completeness is Completeness.COMPLETE and message.readable and not failed:
                verdict = self._decide(message)
            else:
                self._out.append(bytes(self._held))
        elif self._state is _State.REWRITING and completeness is Completeness.COMPLETE and not failed:
            # One that cannot be inflated to its end is left without one: the receiver must not take it for whole.
            self._rewrite(b"", fin=True)
        self._forget()
        return verdict

    def _decide(self, message: OpenMessage) -> Verdict:
        payload = bytes(self._plain)
        decision, self._decision = self._decision, None
        if decision is None:
            decision = self._ask(message.number, message.opcode, payload, self._now)
        recoder = self._recoder if message.compressed else None
        match decision:
            case Forward():
                if recoder is None or not recoder.diverged:
                    self._out.append(bytes(self._held))
                    return Verdict.FORWARDED
                self._write(message.opcode, payload, recoder.unchanged(payload), Source.PEER, Verdict.RECODED)
                return Verdict.RECODED
            case Modify(changed, opcode, source):
                compressed = None if recoder is None else recoder.changed(changed)
                self._write(opcode, changed, compressed, source, Verdict.MODIFIED)
                self._sink.message_sent(message.number, changed)
                return Verdict.MODIFIED
            case Drop():
                if recoder is not None:
                    recoder.skipped()
                return Verdict.DROPPED
            case _ as never:
                assert_never(never)

    def _ask(self, number: int, opcode: int, payload: bytes, now: int) -> Decision:
        if self.judge is None:
            return Forward()
        try:
            decision = self.judge.judge(Gathered(self._direction, number, opcode, payload, now))
        except Exception:  # noqa: BLE001 whatever is wrong with a judge, the peers' bytes go on
            return Forward()
        if isinstance(decision, Modify) and (decision.payload, decision.opcode) == (payload, opcode):
            return Forward()
        return decision

    def _release(self) -> None:
        """Give up holding: the message is too large."""
        message = self._message
        assert message is not None
        if self._recoder is not None and self._recoder.diverged and message.compressed:
            self._recoder.skipped()
            self._state = _State.REWRITING
            self._rewrite(bytes(self._plain), fin=False)
        else:
            self._state = _State.PASSING
            self._out.append(bytes(self._held))
        self._held, self._plain = bytearray(), bytearray()

    def _rewrite(self, data: bytes, *, fin: bool) -> None:
        """Write the next part of the message's plaintext as an uncompressed frame."""
        if data or fin:
            self._write(self._next_opcode, data, None, Source.PEER, Verdict.RECODED, fin=fin)
            self._next_opcode = Opcode.CONTINUATION

    def _write(
        self,
        opcode: int,
        payload: bytes,
        compressed: bytes | None,
        source: Source,
        verdict: Verdict,
        *,
        fin: bool = True,
    ) -> None:
        """Write a frame instead of the message's own, uncompressed where `compressed` is None."""
        message = self._message
        assert message is not None
        self._out.append(
            self._sender.replace(
                opcode,
                payload if compressed is None else compressed,
                self._now,
                fin=fin,
                rsv=0 if compressed is None else _RSV1,
                number=message.number,
                of=message.seq,
                source=source,
                verdict=verdict,
            )
        )

    def _forget(self) -> None:
        self._state, self._message, self._decision = _State.IDLE, None, None
        self._held, self._plain = bytearray(), bytearray()
