"""A capture that is written without an engine, as a client plays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wsinspect.engine.options import DEFAULT_MAX_PAYLOAD_BYTES
from wsinspect.engine.recorder import Recorder


@contextmanager
def recording_to(
    path: Path, *, append: bool = False, durable: bool = False, max_payload: int = DEFAULT_MAX_PAYLOAD_BYTES
) -> Iterator[Recorder]:
    """Record into a capture file for the length of a block, from the running event loop.

    Args:
        path: The file.
        append: Whether an existing capture is continued; else one is refused.
        durable: Whether what is recorded survives a loss of power.
        max_payload: Most payload bytes of a frame to record.

    Raises:
        StoreError: It cannot be written.
    """
    raise NotImplementedError
