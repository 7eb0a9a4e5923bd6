"""What was asked for goes on beside everything else."""

from __future__ import annotations

import asyncio

from tests.peers.waiting import until
from tests.tui.hosting import Host, words_on
from wsinspect.errors import WsinspectError
from wsinspect.tui.dialogs.confirm import ConfirmDialog
from wsinspect.tui.doing import Doing


async def test_keys_wait_until_it_has_opened_something() -> None:
    host = Host()
    async with host.run_test(notifications=True) as pilot:
        doing = Doing(host)
        answers: list[object] = []
        go = asyncio.Event()

        async def ask() -> None:
            await go.wait()
            said = await doing.ask(ConfirmDialog("Really?", "Yes", "No"))
            answers.append(said)

        doing.start(ask())
        await pilot.pause()
        assert doing.opening
        go.set()
        await until(lambda: "Really?" in words_on(host), "the dialog")
        assert not doing.opening
        await pilot.press("y")
        await until(lambda: answers or None, "the answer")
        assert answers == [True]


async def test_what_goes_wrong_is_told() -> None:
    host = Host()
    async with host.run_test(notifications=True):
        doing = Doing(host)

        async def fail() -> None:
            raise WsinspectError("it does not work")

        doing.start(fail())
        await until(lambda: "it does not work" in words_on(host), "what went wrong")
        assert not doing.opening


async def test_what_takes_long_is_said_until_it_is_done() -> None:
    host = Host()
    async with host.run_test():
        doing = Doing(host)
        go = asyncio.Event()

        async def work() -> int:
            await go.wait()
            return 7

        waiting = asyncio.create_task(doing.wait_for("Counting", work()))
        await until(lambda: "Counting …" in words_on(host), "what is done")
        go.set()
        assert await waiting == 7
        await until(lambda: "Counting" not in words_on(host), "that it is done")
        assert not doing.opening


async def test_what_takes_long_can_be_given_up() -> None:
    host = Host()
    async with host.run_test() as pilot:
        doing = Doing(host)
        ended = asyncio.Event()

        async def work() -> bool:
            try:
                return await asyncio.Event().wait()
            finally:
                ended.set()

        waiting = asyncio.create_task(doing.wait_for("Counting", work()))
        await until(lambda: "Counting …" in words_on(host), "what is done")
        await pilot.press("escape")
        assert await waiting is None
        await until(ended.is_set, "the work to end")


async def test_what_is_short_is_not_said() -> None:
    host = Host()
    async with host.run_test():

        async def work() -> int:
            return 7

        assert await Doing(host).wait_for("Counting", work()) == 7
