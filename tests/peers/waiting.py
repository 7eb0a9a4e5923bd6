"""Bounded waits on conditions: every wait of the peers and of the tests goes through here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable

DEADLINE_S = 20.0
"""How long anything may take on a loaded machine before a test says what it was waiting for."""

_LOOK_AGAIN_S = 0.01


async def within[T](awaitable: Awaitable[T], what: str, deadline_s: float = DEADLINE_S) -> T:
    """Await something that must happen, and say what did not.

    Raises:
        AssertionError: It did not happen in time.
    """
    try:
        async with asyncio.timeout(deadline_s):
            return await awaitable
    except TimeoutError:
        raise AssertionError(f"not within {deadline_s:g} s: {what}") from None


async def until[T](look: Callable[[], T | None], what: str, deadline_s: float = DEADLINE_S) -> T:
    """Look again and again until there is something to see, for what nobody announces (a file, a process's memory).

    Args:
        look: Returns None or False as long as there is nothing.
        what: What is waited for, in words.
        deadline_s: How long at most.

    Raises:
        AssertionError: There was nothing in time.
    """
    end = time.monotonic() + deadline_s
    while True:
        seen = look()
        if seen is not None and seen is not False:
            return seen
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s:g} s: {what}")
        await asyncio.sleep(_LOOK_AGAIN_S)


async def until_told[T](
    ask: Callable[[], Awaitable[T]], wanted: Callable[[T], bool], what: str, deadline_s: float = DEADLINE_S
) -> T:
    """Ask again and again until the answer is as wanted, for what another program tells only when asked.

    Raises:
        AssertionError: It was not in time; with the last answer.
    """
    end = time.monotonic() + deadline_s
    while not wanted(answer := await ask()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s:g} s: {what}; the last answer is {answer!r}")
        await asyncio.sleep(_LOOK_AGAIN_S)
    return answer


async def side_by_side(jobs: Iterable[Coroutine[object, object, None]], at_once: int) -> None:
    """Do many things, so many at once; the first failure ends them all."""
    limit = asyncio.Semaphore(at_once)

    async def limited(job: Coroutine[object, object, None]) -> None:
        try:
            async with limit:
                await job
        finally:
            job.close()

    tasks = [asyncio.create_task(limited(job)) for job in jobs]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def until_blocking[T](look: Callable[[], T | None], what: str, deadline_s: float = DEADLINE_S) -> T:
    """Do as `until`, where there is no event loop."""
    end = time.monotonic() + deadline_s
    while True:
        seen = look()
        if seen is not None and seen is not False:
            return seen
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s:g} s: {what}")
        time.sleep(_LOOK_AGAIN_S)
