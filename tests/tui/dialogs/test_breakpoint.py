"""A breakpoint's filter is checked while it is written, and chosen from what is proposed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.hosting import asked, words_on
from wsinspect.tui.dialogs.breakpoint import BreakDialog
from wsinspect.tui.widgets.filter_input import FilterInput

OTHERS = ["session == 3 and dir == c2s", 'text contains "[b]x"']


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


async def test_the_proposal_is_set_with_enter() -> None:
    async with asked(lambda: BreakDialog("dir == c2s"), (60, 18)) as (_dialog, host, pilot):
        assert "are held until you release" in words_on(host)
        assert "Set ⏎" in words_on(host)
        await pilot.press("enter")
        await pilot.pause()
        assert host.answers == ["dir == c2s"]


async def test_others_are_chosen_by_key_and_mouse() -> None:
    async with asked(lambda: BreakDialog("x", OTHERS)) as (dialog, host, pilot):
        line = dialog.query_one(FilterInput)
        for wanted in (*OTHERS, "x", OTHERS[0]):
            await pilot.press("ctrl+n")
            assert line.text == wanted
        await pilot.click(dialog.query("_Proposal").last())
        await pilot.pause()
        assert line.text == OTHERS[1]
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert host.answers == [OTHERS[1]]


async def test_what_is_no_filter_is_not_set() -> None:
    async with asked(BreakDialog) as (_dialog, host, pilot):
        assert "size >= 0" in words_on(host), "examples stand where nothing was proposed"
        await pilot.press("enter")
        await pilot.pause()
        assert "holds every message" in words_on(host)
        await pilot.press(*"size >")
        assert "holds every message" not in words_on(host)
        await pilot.press("enter")
        await pilot.pause()
        assert "✗ column 7" in words_on(host)
        assert host.answers == []
        await pilot.press("escape")
        await pilot.pause()
        assert host.answers == [None]
