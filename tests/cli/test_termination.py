"""SIGTERM ends what runs as Ctrl-C does."""

from __future__ import annotations

import asyncio
import signal

import pytest

from wsinspect.cli.termination import sigterm_as_interrupt


async def _terminated(*, takes_it: bool) -> str:
    with sigterm_as_interrupt():
        signal.raise_signal(signal.SIGTERM)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if not takes_it:
                raise
    return "what there is"


async def _cancelled() -> None:
    with sigterm_as_interrupt():
        raise asyncio.CancelledError


def test_a_task_may_end_with_what_there_is() -> None:
    assert asyncio.run(_terminated(takes_it=True)) == "what there is"


def test_a_task_that_does_not_is_interrupted() -> None:
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(_terminated(takes_it=False))


def test_a_cancellation_by_others_stays_one() -> None:
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(_cancelled())


def test_afterwards_the_signal_is_what_it_was() -> None:
    before = signal.getsignal(signal.SIGTERM)
    asyncio.run(_terminated(takes_it=True))
    assert signal.getsignal(signal.SIGTERM) == before
