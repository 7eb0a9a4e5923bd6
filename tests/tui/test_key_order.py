"""Keys that come at once are taken one after the other, each by what has the focus then."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, override

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button, Input

from tests.cli.recording import write_capture
from tests.peers.waiting import until
from tests.tui.whole import whole
from wsinspect.tui import key_order
from wsinspect.tui.key_order import KeyOrder
from wsinspect.tui.widgets.messages_pane import MessagesPane
from wsinspect.tui.widgets.sessions_pane import SessionsPane


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
        self.busy = False
        self.order = KeyOrder(self, super().on_event, lambda: self.busy)

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


async def test_a_widget_that_goes_with_its_key_holds_nothing_up() -> None:
    app = Host()
    async with app.run_test():
        app.press("x", "a")
        await until(lambda: app.query_one(Input).value == "a" or None, "the text")
        assert not app.query(Lamp)


async def test_what_never_comes_to_an_end_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_order, "_BUSY_PATIENCE_S", 0.05)
    app = Host()
    async with app.run_test():
        app.busy = True
        app.press("d", "d")
        await until(lambda: app.query_one(Lamp).dropped == 2 or None, "the keys")


async def test_what_is_typed_behind_enter_in_a_filter_is_not_part_of_it(tmp_path: Path) -> None:
    async with whole(write_capture(tmp_path / "x.wsi")) as shown:
        await shown.sees("Messages of #2")
        for key in ("2", "slash", *"Hel", "enter", "1"):
            shown.app.post_message(events.Key(key, "/" if key == "slash" else key if len(key) == 1 else None))
        bar = shown.app.screen.query_one(MessagesPane).bar
        await until(lambda: bar.text == "Hel" or None, "the filter")
        await until(lambda: shown.app.screen.query_one(SessionsPane).has_focus_within or None, "the sessions")
        assert bar.text == "Hel"
