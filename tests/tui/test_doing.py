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
