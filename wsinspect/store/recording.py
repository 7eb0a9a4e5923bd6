"""Reads a recorded session to be played or compared."""

from __future__ import annotations

from wsinspect.model import Leg
from wsinspect.replay.recording import Recording
from wsinspect.store.reader import CaptureReader


def read_recording(
    reader: CaptureReader,
    session: int,
    leg: Leg = Leg.SERVER,
    *,
    exact: bool = False,
    first: int | None = None,
    last: int | None = None,
) -> Recording:
    """Read one leg of a session.

    Args:
        reader: Of the capture.
        session: Its number.
        leg: Which connection.
        exact: Whether the frames of messages are wanted, too.
        first: Number of the first message wanted.
        last: Number of the last one.

    Raises:
        StoreError: There is no such session, or it had no WebSocket, or no such message.
    """
    raise NotImplementedError
