"""Lines are scrolled one way by a person and another by the program."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.events import MouseScrollDown, MouseScrollUp
from textual.geometry import Size
from textual.scrollbar import ScrollDown, ScrollTo, ScrollUp

from wsinspect.tui.widgets.line_scroll import LineScroll


class Lines(LineScroll, can_focus=True):
    scrolled = 0

    def on_mount(self) -> None:
        self.virtual_size = Size(1, 101)

    def person_scrolled(self) -> None:
        self.scrolled += 1


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield Lines()


async def test_the_program_scrolls_at_once() -> None:
    async with Host().run_test(size=(20, 11)) as pilot:
        lines = pilot.app.query_one(Lines)
        assert (lines.first_line, lines.lines_in_sight) == (0, 10)
        lines.scroll_to_line(20)
        assert lines.is_in_sight(29)
        lines.bring_in_sight(25)
        assert lines.first_line == 20
        lines.bring_in_sight(30)
        assert lines.first_line == 21
        lines.bring_in_sight(7)
        assert lines.first_line == 7
        lines.scroll_to_line(999)
        assert lines.first_line == 90
        lines.scroll_to_line(-5)
        assert (lines.first_line, lines.scrolled) == (0, 0)


async def test_a_person_scrolls_with_wheel_and_bar() -> None:
    async with Host().run_test(size=(20, 11)) as pilot:
        lines = pilot.app.query_one(Lines)
        await pilot._post_mouse_events([MouseScrollDown], lines, offset=(1, 1))
        step = lines.first_line
        assert step > 0
        await pilot._post_mouse_events([MouseScrollUp], lines, offset=(1, 1))
        assert (lines.first_line, lines.scrolled) == (0, 2)
        for message, first in ((ScrollTo(y=50), 50), (ScrollTo(x=1), 50), (ScrollDown(), 59), (ScrollUp(), 50)):
            lines.post_message(message)
            await pilot.pause()
            assert lines.first_line == first
        assert lines.scrolled == 5
