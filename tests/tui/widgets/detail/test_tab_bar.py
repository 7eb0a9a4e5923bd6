"""What is chosen and its tabs are on one line; the tab that is shown always is in sight."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from tests.tui.hosting import words_on
from wsinspect.tui.widgets.detail.tab_bar import TabBar
from wsinspect.tui.widgets.detail.tabs import Tab


class Bars(App[object]):
    def __init__(self) -> None:
        super().__init__()
        self.clicked: list[Tab] = []

    def compose(self) -> ComposeResult:
        yield TabBar(self.screen)

    def on_tab_bar_clicked(self, event: TabBar.Clicked) -> None:
        self.clicked.append(event.tab)


TABS = {tab: tab.value for tab in Tab}
TITLE = [(" 1.17 ", "bold"), ("text 12.0k ", ""), ("modified ", "yellow")]


@pytest.mark.parametrize(
    ("width", "active", "words"),
    [
        (120, Tab.TEXT, "─ 1.17 text 12.0k modified ─ Decoded │ JSON │ Text │ Hex │ Frames │ Change │ Session ───"),
        (80, Tab.TEXT, "─ 1.17 text 12.0k ─ Decoded │ JSON │ Text │ Hex │ Frames │ Change │ Session ─"),
        (60, Tab.TEXT, "─ Decoded │ JSON │ Text │ Hex │ Frames │ Change │ Session"),
        (30, Tab.TEXT, "─ Decoded │ JSON │ Text │ Hex"),
        (30, Tab.SESSION, "rames │ Change │ Session "),
        (4, Tab.HEX, "─ He"),
    ],
)
async def test_the_tab_that_is_shown_is_in_sight(width: int, active: Tab, words: str) -> None:
    app = Bars()
    async with app.run_test(size=(width, 2)) as pilot:
        app.query_one(TabBar).show(TITLE, TABS, active)
        await pilot.pause()
        assert words.strip() in words_on(app)


async def test_a_click_chooses_a_tab_wherever_it_is() -> None:
    app = Bars()
    async with app.run_test(size=(30, 2)) as pilot:
        bar = app.query_one(TabBar)
        for active, word in ((Tab.TEXT, "JSON"), (Tab.SESSION, "Change")):
            bar.show(TITLE, TABS, active)
            await pilot.pause()
            await pilot.click(offset=(words_on(app).splitlines()[0].index(word), 0))
        await pilot.click(offset=(0, 0))
        await pilot.pause()
        assert app.clicked == [Tab.FORMAT, Tab.CHANGE]


async def test_nothing_chosen_has_no_tabs() -> None:
    app = Bars()
    async with app.run_test(size=(40, 2)) as pilot:
        app.query_one(TabBar).show([(" Detail ", "dim")], {}, None)
        await pilot.pause()
        assert words_on(app).startswith("─ Detail ──")
        app.theme = "textual-light"
        await pilot.pause()
        assert words_on(app).startswith("─ Detail ──")
