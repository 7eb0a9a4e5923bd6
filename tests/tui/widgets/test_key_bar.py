"""The last line offers what can be done now, as much of it as fits; clicking does it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button

from wsinspect.tui.widgets.key_bar import KeyBar


class Lamp(Button):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "light", "Light", tooltip="Light it.", id="lamp.light"),
        Binding("x", "explode", "Explode", tooltip="Never.", id="lamp.explode"),
        Binding("h", "hidden", "Hidden", tooltip="Quietly.", id="lamp.hidden", show=False),
    ]
    lit = 0

    def action_light(self) -> None:
        self.lit += 1

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "explode"


class Host(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", tooltip="Help.", id="app.help"),
        Binding("g", "go('far away')", "Go far away", tooltip="Go.", id="app.go"),
    ]
    helped = 0

    def compose(self) -> ComposeResult:
        yield Lamp("lamp")
        yield KeyBar()

    def action_help(self) -> None:
        self.helped += 1


def line(app: App[None]) -> str:
    return app.query_one(KeyBar).render_line(0).text


async def test_it_offers_the_keys_of_the_focus_first_and_help_last() -> None:
    app = Host()
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        assert line(app) == " l Light  g Go far away          ? Help "
        app.query_one(Lamp).blur()
        await pilot.pause()
        assert line(app).split() == ["g", "Go", "far", "away", "?", "Help"]


async def test_where_else_one_may_go_comes_after_what_may_be_done() -> None:
    class Places(Host):
        BINDINGS: ClassVar[list[BindingType]] = [
            Binding("f3", "go('rules')", "Rules", tooltip="Go.", id="app.rules"),
            Binding("f2", "go('traffic')", "Traffic", tooltip="Go.", id="app.traffic"),
        ]

    app = Places()
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        assert line(app).split() == "l Light g Go far away f2 Traffic f3 Rules ? Help".split()


async def test_what_does_not_fit_is_left_out_but_never_the_help() -> None:
    app = Host()
    async with app.run_test(size=(18, 10)) as pilot:
        await pilot.pause()
        assert line(app) == " l Light   ? Help "
        await pilot.resize_terminal(8, 10)
        await pilot.pause()
        assert "? Help" in line(app)


async def test_a_click_is_as_good_as_a_key() -> None:
    app = Host()
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        await pilot.click(KeyBar, offset=(3, 0))
        await pilot.click(KeyBar, offset=(9, 0))
        await pilot.click(KeyBar, offset=(36, 0))
        assert (app.query_one(Lamp).lit, app.helped) == (1, 1)
