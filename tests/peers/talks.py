"""Captures made by hand, of conversations written as in `tests.replay.recordings`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.replay.recordings import recorded
from wsinspect.model import Direction, Frame, Leg, Message
from wsinspect.store.rows import frame_row, message_row
from wsinspect.store.writer import CaptureWriter
from wsinspect.wire.frames import encode_header

_KEY = b"\x01\x02\x03\x04"


def write_talk(path: Path, *lines: str, target: str = "/") -> Path:
    """Write a capture whose only session has these lines, each message in a frame of its own."""
    recording = recorded(*lines, target=target)
    session = recording.session
    with CaptureWriter(path) as writer:
        writer.insert_session(replace(session, ends=()))
        for seq, event in enumerate(recording.events, 1):
            key = _KEY if event.direction is Direction.C2S else None
            header = encode_header(event.opcode, len(event.payload), mask_key=key)
            leg = Leg.CLIENT if event.direction is Direction.C2S else Leg.SERVER
            size = len(event.payload)
            if event.number is None:
                frame = Frame(session.id, seq, event.time, event.direction, header, size, event.payload, leg=leg)
                writer.insert_frame(frame_row(frame, seq), 300)
                continue
            message = Message(
                seq, session.id, event.number, event.time, event.time, event.direction, event.opcode, (seq,),
                size, len(header) + size, event.payload,
            )  # fmt: skip
            writer.insert_message(message_row(message, seq, header=header, payload=event.payload), 300)
    return path
