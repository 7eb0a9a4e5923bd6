"""Long work in a thread of its own."""

from __future__ import annotations

import asyncio
import threading

import pytest

from wsinspect.errors import StoreError
from wsinspect.tui.data.aside import aside


async def test_what_was_worked_out_is_returned() -> None:
    assert await aside(lambda: threading.current_thread().name) == "aside"


async def test_what_went_wrong_is_raised() -> None:
    def fail() -> None:
        raise StoreError("it is gone")

    with pytest.raises(StoreError, match="it is gone"):
        await aside(fail)


async def test_who_has_left_is_told_nothing() -> None:
    go, done = threading.Event(), threading.Event()

    def work() -> None:
        go.wait()
        asyncio.run_coroutine_threadsafe(_set(done), loop)

    async def _set(event: threading.Event) -> None:
        event.set()

    loop = asyncio.get_running_loop()
    working = asyncio.create_task(aside(work))
    await asyncio.sleep(0)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    go.set()
    await asyncio.to_thread(done.wait, 10)
    assert done.is_set()
