"""Acts as bytes of one direction, and the bytes of the other as what a performer hears. Sans-I/O."""

from __future__ import annotations

from wsinspect.replay.performing import SendFrame
from wsinspect.replay.recording import Event


def exact_frames(event: Event) -> tuple[SendFrame, ...]:
    """Return the acts that play a recorded event exactly as it was on the wire: its `frames`, in order.

    Those of a compressed message go as they were only as long as the peer inflates them to the same; else the message
    is sent, compressed anew. The caller may have other acts between them, but no other message.
    """
    raise NotImplementedError
