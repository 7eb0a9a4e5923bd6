"""Keys that come at once are taken one after the other, each by what has the focus then."""

from __future__ import annotations

from typing import ClassVar, override

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button, Input

from tests.peers.waiting import until
from wsinspect.tui import key_order
from wsinspect.tui.key_order import KeyOrder


class Lamp(Button):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "write", "Write"),
        Binding("d", "drop", "Drop"),
        Binding("x", "vanish", "Vanish"),
    ]
    dropped = 0

    def action_write(self) -> None:
        self.app.query_one(Input).focus()

    def action_drop(self) -> None:
        self.dropped += 1

    async def action_vanish(self) -> None:
        self.app.query_one(Input).focus()
        await self.remove()


class Host(App[object]):
    def __init__(self) -> None:
        super().__init__()
        self.order = KeyOrder(self, super().on_event)

    def compose(self) -> ComposeResult:
        yield Lamp("lamp")
        yield Input()

    def on_key_done(self) -> None:
        self.order.done()

    @override
    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            await self.order.take(event)
        else:
            await super().on_event(event)

    def press(self, *keys: str) -> None:
        """Press keys at once."""
        for key in keys:
            self.post_message(events.Key(key, "/" if key == "slash" else key))


async def test_what_is_typed_behind_a_key_that_opens_a_line_goes_into_the_line() -> None:
    app = Host()
    async with app.run_test():
        app.press("d", "slash", *"drop d")
        await until(lambda: app.query_one(Input).value == "drop d" or None, "the text")
        assert app.query_one(Lamp).dropped == 1


async def test_a_widget_that_goes_with_its_key_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_order, "_PATIENCE_S", 0.0)
    app = Host()
    async with app.run_test():
        app.press("x")
        await until(lambda: not app.query(Lamp) or None, "the lamp to be gone")
        app.press("a")
        await until(lambda: app.query_one(Input).value == "a" or None, "the text")
