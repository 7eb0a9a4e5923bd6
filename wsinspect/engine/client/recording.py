"""A capture that is written without an engine, as a client plays."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wsinspect.engine.options import DEFAULT_MAX_PAYLOAD_BYTES, EngineOptions
from wsinspect.engine.recorder import Recorder
from wsinspect.store.writer import SWITCH_INTERVAL_S


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
    engine = EngineOptions(out=path, append=append, durable=durable, max_payload=max_payload)
    interval_s = sys.getswitchinterval()
    with Recorder.opened(engine, asyncio.get_running_loop()) as recorder:
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        try:
            yield recorder
        finally:
            recorder.stop_sessions()
            sys.setswitchinterval(interval_s)
