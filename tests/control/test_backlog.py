"""A backlog keeps order and bounds, and tells what it left out where that was."""

from __future__ import annotations

import asyncio

import pytest

from wsinspect.control.backlog import Backlog


def backlog(most: int = 3, most_bytes: int = 100) -> Backlog[str]:
    return Backlog(lambda count: f"{count} lost", most=most, most_bytes=most_bytes)


async def test_items_come_in_order() -> None:
    waiting = backlog()
    waiting.offer("a", 1)
    waiting.offer("b", 1)
    assert [await waiting.take() for _ in range(2)] == ["a", "b"]


async def test_whoever_takes_waits_for_an_item() -> None:
    waiting = backlog()
    taking = asyncio.create_task(waiting.take())
    await asyncio.sleep(0)
    assert not taking.done()
    waiting.offer("a", 1)
    assert await taking == "a"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(waiting.take(), 0.01)


async def test_what_is_too_much_is_left_out_and_told_in_its_place() -> None:
    waiting = backlog()
    for item in "abcde":
        waiting.offer(item, 1)
    assert await waiting.take() == "a"
    waiting.offer("f", 1)
    assert [await waiting.take() for _ in range(4)] == ["b", "c", "2 lost", "f"]


async def test_a_loss_at_the_end_is_told_when_all_else_was_taken() -> None:
    waiting = backlog(most=1)
    waiting.offer("a", 1)
    waiting.offer("b", 1)
    assert [await waiting.take() for _ in range(2)] == ["a", "1 lost"]


async def test_bytes_are_bounded_too() -> None:
    waiting = backlog(most_bytes=10)
    waiting.offer("a", 6)
    waiting.offer("b", 6)
    waiting.offer("c", 4)
    assert [await waiting.take() for _ in range(3)] == ["a", "1 lost", "c"]
    waiting.offer("d", 10)
    assert await waiting.take() == "d"


async def test_the_last_item_always_fits() -> None:
    waiting = backlog(most=1)
    waiting.offer("a", 1)
    waiting.offer("b", 1)
    waiting.end("end")
    assert [await waiting.take() for _ in range(3)] == ["a", "1 lost", "end"]
