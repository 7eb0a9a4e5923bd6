"""Keys are read from the bindings, each once, in the words of the bindings."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button

from wsinspect.tui.keys import Key, active_keys, keys_of, shown


class Lamp(Button):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l,question_mark", "light", "Light", tooltip="Light it.", id="lamp.light"),
        Binding("ctrl+l", "light", "Light", tooltip="Light it.", id="lamp.light"),
        Binding("d", "dim", "Dim", tooltip="Dim it.", id="lamp.dim"),
        Binding("n", "nameless", "Nameless", tooltip="Has no name."),
        Binding("q", "quiet", "Quiet", id="lamp.quiet"),
        ("t", "tuple", "Tuple"),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "dim"


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield Lamp("lamp")


def test_the_keys_of_a_class() -> None:
    assert keys_of(Lamp) == [Key("lamp.light", "l, ?, ctrl+l", "Light it."), Key("lamp.dim", "d", "Dim it.")]
    assert keys_of(Button) == []


async def test_what_works_now_is_told_once() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await pilot.pause()
        told = [keys.action for keys in active_keys(app.screen.active_bindings.values())]
        assert told.count("light") == 1
        assert "dim" not in told
        assert "quiet" not in told


def test_keys_are_written_as_they_are_pressed() -> None:
    assert [shown(key) for key in ("question_mark", " slash", "ctrl+p")] == ["?", "/", "ctrl+p"]
