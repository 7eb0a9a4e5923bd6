"""What both panes of lists have in common: the filter between title and list, keys and clicks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.recording import write_capture
from tests.peers.waiting import until
from tests.tui.widgets.panes import hosted, lines, sees
from wsinspect.tui.widgets.list_pane import ListPane
from wsinspect.tui.widgets.messages_pane import MessagesPane
from wsinspect.tui.widgets.sessions_pane import SessionsPane
from wsinspect.tui.widgets.title_line import TitleLine


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.mark.parametrize("kind", [SessionsPane, MessagesPane])
async def test_the_filter_opens_is_kept_and_cleared(tmp_path: Path, kind: type[SessionsPane | MessagesPane]) -> None:
    async with hosted(write_capture(tmp_path / "x.wsi"), kind) as (pane, pilot, _):
        assert isinstance(pane, ListPane)
        pane.focus_list()
        assert not pane.check_action("clear", ())
        await pilot.press("slash")
        assert pane.bar.is_open
        await pilot.press(*"session == 1", "enter")
        await until(lambda: "session == 1" in lines(pane.title)[0] or None, "the filter in the title")
        assert not pane.bar.is_open
        assert pane.list.has_focus
        assert pane.check_action("clear", ())
        await pilot.click(pane.title, offset=(lines(pane.title)[0].index("session == 1"), 0))
        assert pane.bar.is_open
        await pilot.press("enter", "escape")
        await until(lambda: "session == 1" not in lines(pane.title)[0] or None, "no filter")
        # Nothing of its own is meant by other clicks.
        pane.title.post_message(TitleLine.Clicked("other"))
        await pilot.pause()


async def test_no_markup_of_a_filter_is_obeyed(tmp_path: Path) -> None:
    async with hosted(write_capture(tmp_path / "x.wsi"), SessionsPane) as (pane, _, _):
        pane.bar.set_text('host == "[red]x"')
        await sees(pane.title, 'host == "[red]x"')
