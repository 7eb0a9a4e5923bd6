"""What a relay saw, as records of the model."""

from __future__ import annotations

from wsinspect.model import Completeness, Frame, Message, SessionId, Stage
from wsinspect.wire.relay import FrameSeen, MessageSeen


def message_of(seen: MessageSeen, session: SessionId, row_id: int) -> Message:
    """Return what is known of a message at its start; its payload is not."""
    return Message(
        id=row_id,
        session=session,
        number=seen.number,
        time=seen.time,
        end=seen.time,
        direction=seen.direction,
        opcode=seen.opcode,
        frames=(seen.seq,),
        size=0,
        wire_size=0,
        payload=b"",
        compressed=seen.compressed,
        source=seen.source,
    )


def frame_of(seen: FrameSeen, session: SessionId) -> Frame:
    """Return a frame."""
    return Frame(
        session=session,
        seq=seen.seq,
        time=seen.time,
        direction=seen.direction,
        header=seen.header,
        size=seen.size,
        payload=seen.payload,
        message=seen.number,
        source=seen.source,
        verdict=seen.verdict,
        leg=seen.leg,
        stage=seen.stage,
        of=seen.of,
        sent_time=seen.sent_time,
        close_code=seen.close_code,
        close_reason=seen.close_reason,
        violations=tuple(seen.violations),
        truncated=seen.truncated,
        completeness=seen.completeness,
    )


def is_usual(frame: FrameSeen) -> bool:
    """Return whether a row of its message can tell all there is to tell of a frame."""
    return (
        not frame.violations
        and not frame.truncated
        and frame.completeness is Completeness.COMPLETE
        and frame.stage is Stage.RECEIVED
    )
