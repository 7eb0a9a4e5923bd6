"""An app that holds what a test is about, and remembers what it was told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.app import App
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, TextArea


class Host(App[object]):
    """Shows a widget."""

    def __init__(self) -> None:
        super().__init__()
        self.widget: Widget | None = None
        self.heard: list[Message] = []
        """What the widget posted, in order."""
        self.answers: list[object] = []
        """What dialogs returned."""

    def hear(self, message: Message) -> None:
        """Remember what the widget posted, once however far it bubbles."""
        if getattr(message, "control", None) is self.widget and all(message is not each for each in self.heard):
            self.heard.append(message)

    def told[M: Message](self, kind: type[M]) -> list[M]:
        """Return what was posted of a kind."""
        return [message for message in self.heard if isinstance(message, kind)]


@asynccontextmanager
async def shown[W: Widget](
    make: Callable[[], W], size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[W, Host, Pilot[object]]]:
    """Show a widget, which is made inside the app: some fields want to know theirs from the beginning."""
    host = Host()
    async with host.run_test(size=size, message_hook=host.hear) as pilot:
        widget = host.widget = make()
        await host.mount(widget)
        await pilot.pause()
        _calm(host.screen)
        yield widget, host, pilot


@asynccontextmanager
async def asked[S: Screen[Any]](
    make: Callable[[], S], size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[S, Host, Pilot[object]]]:
    """Show a dialog over an empty screen; what it returns is in the host's `answers`."""
    host = Host()
    async with host.run_test(size=size, message_hook=host.hear) as pilot:
        dialog = make()
        await host.push_screen(dialog, host.answers.append)
        await pilot.pause()
        _calm(dialog)
        yield dialog, host, pilot


def words_on(host: App[object]) -> str:
    """Return what is on the screen, line by line; nothing while another screen comes that is not laid out yet."""
    width, height = host.size
    lines = host.screen._compositor.render_strips()
    if len(lines) != height:
        return ""
    return "\n".join(strip.text[:width].rstrip() for strip in lines)


def _calm(screen: Screen[Any]) -> None:
    for field in screen.query(Input):
        field.cursor_blink = False
    for area in screen.query(TextArea):
        area.cursor_blink = False
