"""What the engine put on record, waited for and compared with what the peers sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.peers import framing
from tests.peers.waiting import until
from wsinspect.model import Completeness, Direction, End, Frame, Gap, Message, Session, SessionState
from wsinspect.store.reader import CaptureReader

_OVER = (SessionState.CLOSED, SessionState.REFUSED, SessionState.FAILED)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One session as it is on record."""

    session: Session
    frames: tuple[Frame, ...]
    messages: tuple[Message, ...]

    def of(self, direction: Direction) -> list[Frame]:
        """The frames of one direction, in order of arrival."""
        return [frame for frame in self.frames if frame.direction is direction]

    def stream(self, direction: Direction) -> bytes:
        """The direction's bytes, rebuilt from the record alone."""
        return b"".join(frame.header + _as_sent(frame) for frame in self.of(direction))

    def ends(self, direction: Direction) -> list[End]:
        """How the direction ended."""
        return [end for which, end in self.session.ends if which is direction]

    def assert_holds(self, c2s: bytes, s2c: bytes) -> None:
        """Compare the whole record with the two streams: frames, counters, the numbering.

        Raises:
            AssertionError: They differ, with the first frame that does.
        """
        self.assert_frames(Direction.C2S, c2s)
        self.assert_frames(Direction.S2C, s2c)
        sequence = [frame.seq for frame in self.frames]
        assert sequence == list(range(1, len(sequence) + 1)), f"frames are not numbered through: {sequence[:20]}"
        times = [frame.time for frame in self.frames]
        assert times == sorted(times), "the times of the frames go backwards"
        counted = (self.session.frames.c2s, self.session.frames.s2c)
        assert counted == (len(self.of(Direction.C2S)), len(self.of(Direction.S2C))), f"frames counted: {counted}"
        counted = (self.session.bytes.c2s, self.session.bytes.s2c)
        assert counted == (len(c2s), len(s2c)), f"bytes counted: {counted}, sent: {(len(c2s), len(s2c))}"

    def assert_frames(self, direction: Direction, stream: bytes) -> None:
        """Compare one direction's frames with the stream that its peer sent."""
        sent, rest = framing.split(stream)
        kept = self.of(direction)
        if len(rest) > 1:  # a single byte is no frame yet: `Session.bytes` alone counts it
            assert kept, f"{direction.label}: nothing on record of {rest.hex(' ')}"
            last = kept.pop()
            assert (last.header, last.payload, last.completeness) == (rest, b"", Completeness.CUT_OFF), (
                f"{direction.label}: sent a header cut off at {rest.hex(' ')}, on record {last}"
            )
        for place, (one, other) in enumerate(zip(sent, kept, strict=False), start=1):
            recorded = framing.RawFrame(other.header, other.payload, other.size)
            assert recorded == one, (
                f"{direction.label} frame {place} of {len(sent)} (seq {other.seq}): sent {one}, on record {recorded}"
            )
            assert other.truncated == 0, f"{direction.label} frame {place}: {other.truncated} bytes are not on record"
            whole = len(one.payload) == one.size
            assert (other.completeness is Completeness.COMPLETE) == whole, f"{direction.label} frame {place}: {other}"
        assert len(kept) == len(sent), (
            f"{direction.label}: {len(sent)} frames sent, {len(kept)} on record; first beyond: "
            f"{(sent[len(kept) :] or kept[len(sent) :])[0]}"
        )


def _as_sent(frame: Frame) -> bytes:
    key = frame.mask_key
    return framing.masked(frame.payload, key) if key is not None else frame.payload


def recorded_sessions(capture: Path) -> list[Session]:
    """Every session on record."""
    with CaptureReader(capture) as reader:
        return list(reader.sessions())


def recorded_gaps(capture: Path) -> list[Gap]:
    """Every stretch that could not be recorded."""
    with CaptureReader(capture) as reader:
        return reader.gaps()


def all_recorded(capture: Path) -> list[Recorded]:
    """Every session on record with all its frames and messages."""
    with CaptureReader(capture) as reader:
        return [_recorded(reader, session) for session in reader.sessions()]


def _recorded(reader: CaptureReader, session: Session) -> Recorded:
    return Recorded(session, tuple(reader.frames(session=session.id)), tuple(reader.messages(session=session.id)))


async def session_where(
    capture: Path, condition: Callable[[Session], bool], what: str, *, states: Sequence[SessionState] = _OVER
) -> Recorded:
    """Wait for a session that has come to its end, and return it with all its frames and messages."""
    with CaptureReader(capture) as reader:

        def look() -> Session | None:
            return next((one for one in reader.sessions() if one.state in states and condition(one)), None)

        try:
            session = await until(look, what)
        except AssertionError as error:
            seen = [f"{one.id} {one.state.name} {one.url} {one.error or ''}" for one in reader.sessions()]
            raise AssertionError(f"{error}; on record: {seen[-20:]}") from None
        return _recorded(reader, session)


async def session_at(capture: Path, path: str, *, states: Sequence[SessionState] = _OVER) -> Recorded:
    """Wait for the session whose request had this path."""
    return await session_where(
        capture,
        lambda one: one.url.endswith(path),
        f"a session at {path}, {'|'.join(s.name for s in states)}",
        states=states,
    )
