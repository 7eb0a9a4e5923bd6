"""The record of one session: what its relay reports becomes rows.

A message of one frame is one row, compressed or not; only fragmented, streamed, odd and control frames have rows of
their own (`store.schema`). So a compressed frame waits here for the end of its message, which the relay reports in the
same call, and becomes one row with it.
"""

# ruff: noqa: ARG002 - a sink's methods have the port's arguments, whether a row needs them or not
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsinspect.engine.attributed import AttributedSink
from wsinspect.engine.carrier import Carrier
from wsinspect.engine.remarks import Remarks
from wsinspect.engine.seen_records import frame_of, is_usual, message_of
from wsinspect.engine.spill import SpillFile
from wsinspect.model import (
    Carriage,
    Completeness,
    Direction,
    End,
    Gap,
    HttpHead,
    Message,
    PerDirection,
    Session,
    SessionState,
    Source,
    TlsSide,
    Verdict,
)
from wsinspect.store.rows import ends_value, frame_row, head_value, message_row, size_value, text_value, words_value
from wsinspect.store.schema import FRAME_PAYLOAD, MESSAGE_PAYLOAD
from wsinspect.store.writer import ROW_COST, CaptureWriter
from wsinspect.wire import handshake
from wsinspect.wire.deflate import DeflateParams
from wsinspect.wire.relay import FrameSeen, MessageSeen, Relay
from wsinspect.wire.violations import Violation

if TYPE_CHECKING:
    from wsinspect.engine.recorder import Recorder

HALF_QUEUE_BYTES = 16 << 20
"""Two of these at most wait to be written of one session; then it is no longer read from."""


@dataclass(slots=True)
class _OpenMessage:
    """A message whose end has not come."""

    row_id: int
    seen: MessageSeen
    frames: int = 0
    only: FrameSeen | None = None
    """Its only frame so far, not written yet."""
    written: bool = False


class SessionRecorder:
    """The `FrameSink` of a session's relay and the `Recording` of its carrier.

    Args:
        recorder: The record of the engine.
        session: What is known at the request.
    """

    def __init__(self, recorder: Recorder, session: Session) -> None:
        self.session = session
        self._recorder = recorder
        self._writer = recorder.writer
        self._put = recorder.writer.put_message
        self._id = int(session.id)
        self.deflate: DeflateParams | None = None
        """permessage-deflate as agreed."""
        self.opaque = False
        """Whether an extension is agreed that is not known."""
        self._relay: Relay | None = None
        self._carrier: Carrier | None = None
        self._open: dict[int, _OpenMessage] = {}
        self._streaming: dict[int, int] = {}
        """Row ids of frames that stream, by `seq`: one of ours may be sent while one of the peer comes in."""
        self._waiting_frames: dict[int, int] = {}
        """Row ids of close frames that wait for theirs, by `seq`."""
        self.remarks = Remarks(recorder.writer, self._id)
        self.on_over: Callable[[], None] | None = None
        """Told when the session's end is on record."""
        self.on_decided: Callable[[int, Verdict], None] | None = None
        """Told what became of a message that waited."""
        self._touched = False
        self._cost = 0
        self._cost_mark = 0
        self._written_mark = recorder.writer.enqueued
        self._over = False
        self._stopped = False

    @property
    def passed(self) -> tuple[PerDirection, int]:
        """Messages so far, and bytes of both directions together."""
        relay = self._relay
        return (PerDirection(), 0) if relay is None else (PerDirection(*relay.messages), sum(relay.bytes))

    def current(self) -> Session:
        """Return the session with its counters as they are now."""
        if self._relay is None:
            return self.session
        frames, messages, size = (
            PerDirection(*two) for two in (self._relay.frames, self._relay.messages, self._relay.bytes)
        )
        return replace(self.session, frames=frames, messages=messages, bytes=size)

    @property
    def over(self) -> bool:
        """Whether its end is on record."""
        return self._over

    # ---- the handshake

    def request_sent(self, head: HttpHead) -> None:
        """Note what goes on instead of the request, as rules changed or moved it."""
        assert self.session.request is not None
        request = replace(self.session.request, sent=head)
        self.session = replace(self.session, request=request)
        self._writer.update_session(self._id, request=head_value(request))

    def connected(self, client: str | None) -> None:
        """Note the address of a client of our own, once it has one."""
        self.session = replace(self.session, client=client)

    def upgraded(
        self,
        response: HttpHead,
        carriage: Carriage,
        *,
        server: str | None,
        tls_server: TlsSide | None,
        on_finished: Callable[[Carrier], None],
        played: tuple[Direction, Source] | None = None,
    ) -> Carrier:
        """Note that the upgrade was agreed; return what carries the session.

        Args:
            response: As the server sent it, with what went on instead, if anything did.
            carriage: How bytes are carried.
            server: Its address.
            tls_server: Its TLS.
            on_finished: Told when the session is over.
            played: The direction in which no peer sends, and who does instead.
        """
        assert self.session.request is not None
        agreed = handshake.inspect(self.session.request, response)
        self.deflate, self.opaque = agreed.deflate, agreed.unknown_extensions
        self.session = replace(
            self.session,
            relay=carriage,
            status=response.status,
            response=response,
            server=server,
            tls_server=tls_server,
            subprotocol=agreed.subprotocol,
            extensions=agreed.extensions,
            violations=tuple(agreed.violations),
        )
        self._writer.save_session(self.session)
        self._relay = Relay(
            self if played is None else AttributedSink(self, *played),
            deflate=agreed.deflate,
            opaque_extensions=agreed.unknown_extensions,
            max_payload=self._recorder.max_payload,
            assemble_limit=self._recorder.assemble_limit,
            spill=SpillFile(),
            mask_key=self._recorder.mask_keys.next,
        )
        self._carrier = Carrier(self._relay, self, self._recorder.clock, on_finished)
        return self._carrier

    def ended_without_upgrade(
        self,
        state: SessionState,
        error: str,
        *,
        response: HttpHead | None = None,
        server: str | None = None,
        tls_server: TlsSide | None = None,
    ) -> None:
        """Note that there was no upgrade, and why.

        Args:
            state: What became of it instead.
            error: Why.
            response: The answer, with what went on instead, if anything did: the client's status is that one's.
            server: Address of the server.
            tls_server: Its TLS.
        """
        if self._over:
            return
        found = handshake.inspect(self.session.request, response).violations if self.session.request else ()
        self.session = replace(
            self.session,
            state=state,
            closed=self._recorder.clock(),
            error=error,
            status=(response.sent or response).status if response else None,
            response=response,
            server=server,
            tls_server=tls_server,
            violations=tuple(found),
        )
        self._leave()

    def stop(self) -> None:
        """End the session, as the engine stops."""
        if self._carrier is not None:
            self._stopped = True
            self._carrier.stop()
        else:
            self.ended_without_upgrade(SessionState.FAILED, "wsinspect was stopped before the upgrade was answered")

    # ---- carrier.Recording

    def behind(self) -> bool:
        """Whether reading should stop until `resume`."""
        return self._recorder.behind(self)

    def resume(self) -> None:
        """Read on: the record has caught up."""
        if self._carrier is not None:
            self._carrier.resume()

    def owes(self, writer: CaptureWriter) -> bool:
        """Return whether too much of this session waits to be written."""
        if self._cost + self.remarks.cost - self._cost_mark < HALF_QUEUE_BYTES:
            return False
        if writer.written < self._written_mark:
            return True
        self._cost_mark, self._written_mark = self._cost + self.remarks.cost, writer.enqueued
        return False

    def ended(self, direction: Direction, end: End) -> None:
        """Note how a direction ended."""
        self.session = replace(self.session, ends=(*self.session.ends, (direction, end)))
        self._writer.update_session(self._id, ends=ends_value(self.session.ends))

    def finished(self, now: int) -> None:
        """Note that the session is over."""
        assert self._relay is not None
        error = self.session.error
        if any(end is End.PROXY for _, end in self.session.ends):
            error = error or ("wsinspect was stopped" if self._stopped else "ended by wsinspect")
        self.session = replace(
            self.session, state=SessionState.CLOSED, closed=now, close=self._relay.close, error=error
        )
        self._leave()

    def failed(self, why: str, now: int) -> None:
        """Note that from now on nothing of the session can be recorded, and why."""
        self.session = replace(self.session, error=f"not recorded to its end, by an error of wsinspect: {why}")
        self._writer.insert_gap(Gap(now, now, 0, 0, 0, f"an error of wsinspect: {why}"), self._id)
        for message in self._open.values():
            self._write_open(message)
            self._writer.update_message(message.row_id, completeness=Completeness.CUT_OFF.value)
        for row_id in self._streaming.values():
            self._writer.update_frame(row_id, completeness=Completeness.CUT_OFF.value)
        self._writer.save_session(self.session)

    def take_counters(self) -> tuple[int, ...]:
        """Return the row for `CaptureWriter.update_counters`."""
        self._touched = False
        relay = self._relay
        assert relay is not None
        return (self._id, *relay.frames, *relay.messages, *relay.bytes)

    def _leave(self) -> None:
        if not self._over:
            self._over = True
            if self._relay is not None:
                self._writer.update_counters([self.take_counters()])
            self._writer.save_session(self.session)
            self._recorder.closed(self)
            if self.on_over is not None:
                self.on_over()

    def _touch(self) -> None:
        if not self._touched:
            self._touched = True
            self._recorder.touched(self)

    # ---- wire.relay.FrameSink

    def message(self, direction: int, now: int, seq: int, number: int, header: bytes, payload: bytes) -> None:
        """Take a whole message of one plain frame. The hot path."""
        recorder = self._recorder
        recorder.last_id = row_id = recorder.last_id + 1
        size = len(payload)
        cost = size + ROW_COST
        self._cost += cost
        self._put((row_id, self._id, number, seq, direction, header[0] & 0x0F, now, header, size, payload), cost)
        if not self._touched:
            self._touch()
        if self.remarks.early:
            self.remarks.arrived(number, row_id)

    def message_of(
        self, source: Source, direction: int, now: int, seq: int, number: int, header: bytes, payload: bytes
    ) -> None:
        """Take such a message that no peer sent."""
        recorder = self._recorder
        recorder.last_id = row_id = recorder.last_id + 1
        size = len(payload)
        cost = size + ROW_COST
        self._cost += cost
        row = (row_id, self._id, number, seq, direction, header[0] & 0x0F, now, header, size, payload, source.value)
        self._put(row, cost)
        if not self._touched:
            self._touch()
        if self.remarks.early:
            self.remarks.arrived(number, row_id)

    def frame(self, frame: FrameSeen) -> None:
        """Take any other frame that is not streamed."""
        self._touch()
        message = self._open.get(frame.number) if frame.number is not None else None
        if message is None:
            row_id = self._next_id()
            if frame.completeness is Completeness.WAITING:
                self._waiting_frames[frame.seq] = row_id
            self._insert_frame(frame, row_id)
            return
        message.frames += 1
        if message.frames == 1 and not message.written and frame.header[0] & 0x80 and is_usual(frame):
            message.only = frame
            return
        self._write_open(message)
        self._insert_frame(frame, message.row_id if message.frames == 1 else self._next_id())

    def frame_started(self, frame: FrameSeen) -> None:
        """Take the start of a frame that is streamed."""
        self._touch()
        message = self._open.get(frame.number) if frame.number is not None else None
        if message is None:
            row_id = self._next_id()
        else:
            message.frames += 1
            self._write_open(message)
            row_id = message.row_id if message.frames == 1 else self._next_id()
        self._streaming[frame.seq] = row_id
        self._insert_frame(frame, row_id, chunked=True)

    def chunk(self, direction: int, seq: int, offset: int, data: bytes) -> None:
        """Take the next piece of its payload."""
        self._cost += len(data) + ROW_COST
        self._writer.insert_chunk(self._streaming[seq], FRAME_PAYLOAD, offset, data)

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
        """Take the end of it."""
        self._touch()
        self._writer.update_frame(
            self._streaming.pop(seq),
            truncated=truncated or None,
            violations=words_value(violations),
            completeness=completeness.value or None,
        )

    def message_started(self, message: MessageSeen) -> None:
        """Take the start of a message that is not reported by `message`."""
        self._open[message.number] = _OpenMessage(self._next_id(), message)

    def message_chunk(self, number: int, offset: int, data: bytes) -> None:
        """Take the next piece of a large readable payload."""
        message = self._open[number]
        self._write_open(message)
        self._cost += len(data) + ROW_COST
        self._writer.insert_chunk(message.row_id, MESSAGE_PAYLOAD, offset, data)
        message.seen.compressed = True

    def message_sent(self, number: int, payload: bytes) -> None:
        """Take the readable payload that was sent on instead."""
        if (message := self._open.get(number)) is not None:
            self._write_open(message)
        row_id = self.remarks.rows[number] if message is None else message.row_id
        self._cost += len(payload) + ROW_COST
        self._writer.insert("message_sent", (row_id, payload), len(payload) + ROW_COST)

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
        """Take the end of a message."""
        message = self._open.pop(number)
        if completeness is Completeness.WAITING:
            self.remarks.rows[number] = message.row_id
        if self.remarks.early:
            self.remarks.arrived(number, message.row_id)
        frame = message.only
        cost = len(payload or b"") + ROW_COST
        self._cost += cost
        if frame is not None and payload is not None:
            record = self._record_of(message, now, size, wire_size, completeness)
            record = replace(record, truncated=truncated, violations=tuple(violations), verdict=verdict)
            row = message_row(record, frame.seq, header=frame.header, payload=payload, wire_payload=frame.payload)
            self._cost += len(frame.payload)
            self._writer.insert_message(row, cost + len(frame.payload))
            return
        self._write_open(message)
        self._writer.update_message(
            message.row_id,
            cost,
            end=now,
            frames=message.frames,
            size=size_value(size),
            wire_size=size_value(wire_size),
            payload=payload,
            chunks=1 if message.seen.compressed and payload is None else None,
            truncated=truncated or None,
            violations=words_value(violations),
            completeness=completeness.value or None,
            verdict=verdict.value or None,
        )

    def message_decided(
        self, number: int, now: int, verdict: Verdict, held_ns: int | None, delayed_ns: int | None
    ) -> None:
        """Take what became of a message that waited."""
        self._touch()
        row_id = self.remarks.rows.pop(number)
        self._writer.update_message(
            row_id,
            completeness=None,
            verdict=verdict.value or None,
            held=held_ns,
            delayed=delayed_ns,
            sent_time=None if verdict in (Verdict.DROPPED, Verdict.NOT_SENT) else now,
        )
        if self.on_decided is not None:
            self.on_decided(number, verdict)

    def frame_decided(self, direction: int, seq: int, now: int, verdict: Verdict) -> None:
        """Take what became of a close frame that waited."""
        self._touch()
        self._writer.update_frame(
            self._waiting_frames.pop(seq),
            completeness=None,
            verdict=verdict.value or None,
            sent_time=None if verdict is Verdict.NOT_SENT else now,
        )

    # ---- what rules and people say

    def annotate(self, text: str) -> None:
        """Add a line to the note of the session."""
        note = text if self.session.note is None else f"{self.session.note}\n{text}"
        self.session = replace(self.session, note=note)
        self._writer.update_session(self._id, note=text_value(note))

    def tag(self, tag: str) -> None:
        """Add a tag to the session."""
        self.session = replace(self.session, tags=tuple(dict.fromkeys((*self.session.tags, tag))))
        self._writer.tag(self._id, None, self.session.tags)

    def set_words(self, *, tags: tuple[str, ...] | None = None, note: str | None = None) -> None:
        """Keep in mind what a person wrote of the session, for the next time that it is saved whole."""
        if tags is not None:
            self.session = replace(self.session, tags=tags)
        else:
            self.session = replace(self.session, note=note)

    def _next_id(self) -> int:
        self._recorder.last_id += 1
        return self._recorder.last_id

    def _write_open(self, message: _OpenMessage) -> None:
        """Put a message on record before its end."""
        if message.written:
            return
        message.written = True
        record = self._record_of(message, message.seen.time, 0, 0, Completeness.ARRIVING)
        self._writer.insert_message(message_row(record, message.seen.seq, header=None, payload=None), ROW_COST)
        if message.only is not None:
            self._insert_frame(message.only, message.row_id)
            message.only = None

    def _record_of(
        self, message: _OpenMessage, end: int, size: int, wire_size: int, completeness: Completeness
    ) -> Message:
        return replace(
            message_of(message.seen, self.session.id, message.row_id),
            end=end,
            size=size,
            wire_size=wire_size,
            completeness=completeness,
        )

    def _insert_frame(self, seen: FrameSeen, row_id: int, *, chunked: bool = False) -> None:
        cost = len(seen.payload) + 2 * ROW_COST
        self._cost += cost
        frame = frame_of(seen, self.session.id)
        self._writer.insert_frame(frame_row(frame, row_id, chunked=chunked), cost)
