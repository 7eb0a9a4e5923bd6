"""A small app with one widget of the screen on a capture, and what is seen of a list."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widget import Widget

from tests.peers.waiting import until
from wsinspect.tui.data.capture import Capture


class Host[Shown: Widget](App[None]):
    """The app.

    Args:
        path: The capture.
        make: Makes the widget.
    """

    def __init__(self, path: Path, make: Callable[[Capture], Shown]) -> None:
        super().__init__()
        self.capture = Capture(self, path)
        self.shown = make(self.capture)
        self.told: list[Message] = []
        """What came here from the widget."""

    def compose(self) -> ComposeResult:
        yield self.shown

    async def on_unmount(self) -> None:
        await self.capture.close()

    async def _on_message(self, message: Message) -> None:
        if message._sender is self.shown:
            self.told.append(message)
        await super()._on_message(message)


@asynccontextmanager
async def hosted[Shown: Widget](
    path: Path, make: Callable[[Capture], Shown], size: tuple[int, int] = (100, 20)
) -> AsyncIterator[tuple[Shown, Pilot[None], Host[Shown]]]:
    """Run the app."""
    host = Host(path, make)
    async with host.run_test(size=size) as pilot:
        yield host.shown, pilot, host


def lines(widget: Widget) -> list[str]:
    """What is drawn by a widget that draws lines."""
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


async def sees(widget: Widget, text: str) -> None:
    """Wait until a text is drawn."""
    await until(lambda: text in "\n".join(lines(widget)) or None, f"{text!r}")
