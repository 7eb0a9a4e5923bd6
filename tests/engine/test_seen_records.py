"""What a relay saw becomes records that say the same."""

from __future__ import annotations

from dataclasses import replace

from wsinspect.engine.seen_records import frame_of, is_usual, message_of
from wsinspect.model import Completeness, Direction, Leg, SessionId, Source, Stage, Verdict
from wsinspect.wire.relay import FrameSeen, MessageSeen
from wsinspect.wire.violations import Violation

FRAME = FrameSeen(
    Direction.S2C, 7, 99, b"\x82\x03", b"abc", 3, 4, (), None, None, 0, Completeness.COMPLETE, Source.PEER,
    Verdict.FORWARDED, Leg.SERVER, Stage.RECEIVED, None, None,
)  # fmt: skip


def test_a_frame() -> None:
    frame = frame_of(FRAME, SessionId(2))
    assert (frame.session, frame.seq, frame.time, frame.message) == (2, 7, 99, 4)
    for name in ("direction", "header", "size", "payload", "source", "verdict", "leg", "stage", "of", "completeness"):
        assert getattr(frame, name) == getattr(FRAME, name)


def test_a_message() -> None:
    message = message_of(MessageSeen(4, 7, Direction.C2S, 99, 1, True, Source.USER), SessionId(2), 12)
    assert (message.id, message.session, message.number, message.frames) == (12, 2, 4, (7,))
    assert (message.time, message.opcode, message.compressed, message.source) == (99, 1, True, Source.USER)


def test_what_the_row_of_a_message_can_tell_of_a_frame() -> None:
    assert is_usual(FRAME)
    for other in (
        replace(FRAME, violations=(Violation.DATA_AFTER_CLOSE,)),
        replace(FRAME, truncated=1),
        replace(FRAME, completeness=Completeness.CUT_OFF),
        replace(FRAME, stage=Stage.SENT),
    ):
        assert not is_usual(other)
