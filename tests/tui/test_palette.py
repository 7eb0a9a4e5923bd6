"""What has a key is found by what it does, and done."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.command import CommandList
from textual.widgets import Button

from tests.peers.waiting import until
from wsinspect.tui.palette import KeyCommands, Palette


class Lamp(Button):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "rise", "Up", tooltip="Go up.", id="lamp.up", show=False),
        Binding("z", "dim", "Dim", tooltip="Make it dim.", id="lamp.dim", show=False),
        Binding("l", "light", "Light", tooltip="Make it [bright].", id="lamp.light"),
    ]
    lit = 0

    def action_light(self) -> None:
        self.lit += 1


class Host(App[None]):
    COMMANDS = {KeyCommands}  # noqa: RUF012 - as Textual has it

    def compose(self) -> ComposeResult:
        yield Lamp("lamp")


async def test_a_command_is_found_and_done_where_the_focus_is() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("ctrl+p")
        await pilot.press(*"bright")
        await until(lambda: app.screen.query_one(CommandList).option_count or None, "what is found")
        await pilot.press("enter")
        await until(lambda: app.query_one(Lamp).lit or None, "the light")


async def test_before_anything_is_typed_all_is_offered() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await pilot.pause()
        provider = KeyCommands(app.screen)
        offered = [(str(hit.prompt), str(hit.help)) async for hit in provider.discover()]
        assert offered[0] == ("Make it [bright]", "Key: l")
        places = [offered.index((does, f"Key: {key}")) for does, key in (("Make it dim", "z"), ("Go up", "↑"))]
        assert places == sorted(places), "how to go up is known"
        assert places[-1] == len(offered) - 1


async def test_keys_of_a_list_that_there_is_no_room_for_do_nothing() -> None:
    app = Host()
    async with app.run_test(size=(1, 1)) as pilot:
        await app.push_screen(Palette())
        await pilot.press("pagedown", "pageup", "end")
        assert isinstance(app.screen, Palette)
