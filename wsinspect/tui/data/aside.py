"""Long work beside the screen, in a thread that nobody waits for who leaves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress


async def aside[T](work: Callable[[], T]) -> T:
    """Do long work in a thread of its own; where this is cancelled, what it returns is for nobody.

    Args:
        work: What to do; whatever it raises is raised here.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(tell: Callable[[], None]) -> None:
        if not result.done():
            tell()

    def run() -> None:
        try:
            found = work()
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            failure = error
            tell = lambda: result.set_exception(failure)  # noqa: E731 - the other way to tell
        else:
            tell = lambda: result.set_result(found)  # noqa: E731 - the one way to tell
        with suppress(RuntimeError):  # the loop is closed: the program has ended meanwhile
            loop.call_soon_threadsafe(settle, tell)

    # Not in an executor's, which an interpreter that ends waits for.
    threading.Thread(target=run, name="aside", daemon=True).start()
    return await result
