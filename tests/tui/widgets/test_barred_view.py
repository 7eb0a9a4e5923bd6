"""A scrollbar stands where the lines are, whenever it came in sight."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.geometry import Size

from wsinspect.tui.widgets.barred_view import BarredView


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield BarredView()


async def test_content_that_grows_and_is_scrolled_at_once_has_its_bar_in_the_right_place() -> None:
    async with Host().run_test(size=(20, 10)) as pilot:
        view = pilot.app.query_one(BarredView)
        view.virtual_size = Size(1, 5)
        await pilot.pause()
        assert not view.show_vertical_scrollbar
        view.virtual_size = Size(1, 100)
        view.scroll_to(y=60, animate=False, force=True)
        await pilot.pause()
        assert view.show_vertical_scrollbar
        assert (view.scroll_y, view.vertical_scrollbar.position) == (60, 60)
        view.scroll_to(y=20, animate=False)
        assert view.vertical_scrollbar.position == 20
