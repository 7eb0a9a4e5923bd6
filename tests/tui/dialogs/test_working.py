"""What takes a while is said, and can be given up."""

from __future__ import annotations

from tests.peers.waiting import until
from tests.tui.hosting import Host, words_on
from wsinspect.tui.dialogs.working import WorkingDialog


async def test_it_can_be_given_up() -> None:
    host = Host()
    async with host.run_test() as pilot:
        left: list[bool | None] = []
        host.push_screen(WorkingDialog("Reading session \x1b 1"), left.append)
        await until(lambda: "Reading session \\x1b 1 …" in words_on(host), "what is done")
        await pilot.press("escape")
        await until(lambda: left or None, "that it was left")
        assert left == [None]
