"""An app that shows a detail of a capture, and captures to show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input

from tests.cli.recording import CHAT, MS, NOW
from tests.peers.waiting import until
from tests.tui.hosting import words_on
from wsinspect.model import Direction, Message
from wsinspect.store.rows import message_row
from wsinspect.store.writer import CaptureWriter
from wsinspect.tui.data.capture import Capture
from wsinspect.tui.data.engine import Engine
from wsinspect.tui.selection import ChosenMessage
from wsinspect.tui.widgets.detail.pane import DetailPane


def write_messages(path: Path, payloads: Iterable[tuple[int, bytes]]) -> Path:
    """Write a capture whose session 1 has messages with these opcodes and payloads, from 1.1."""
    with CaptureWriter(path) as writer:
        writer.insert_session(CHAT)
        for number, (opcode, data) in enumerate(payloads, 1):
            time = NOW + number * MS
            message = Message(
                number, CHAT.id, number, time, time, Direction.C2S, opcode, (number,), len(data), len(data) + 10, data
            )
            header = bytes([0x80 | opcode, 127]) + len(data).to_bytes(8)
            writer.insert_message(message_row(message, number, header=header, payload=data), 300)
    return path


class DetailApp(App[None]):
    """Shows a detail."""

    def __init__(self, path: Path, address: str | None = None) -> None:
        super().__init__()
        self.capture = Capture(self, path)
        self.engine = Engine(self, address)
        self.pane = DetailPane(self.capture, self.engine)
        self.edited: list[DetailPane.Edited] = []
        self.copied: list[str] = []
        self.told: list[str] = []
        """What was said in passing."""

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        for field in self.query(Input):
            field.cursor_blink = False
        self.pane.focus_content()

    def on_detail_pane_edited(self, event: DetailPane.Edited) -> None:
        self.edited.append(event)

    def notify(self, message: str, **more: object) -> None:
        assert more["markup"] is False
        self.told.append(message)

    def copy_to_clipboard(self, text: str) -> None:
        self.copied.append(text)


class Detail:
    """A detail that is shown, and what a person does with it."""

    def __init__(self, app: DetailApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot, self.pane = app, pilot, app.pane

    @property
    def words(self) -> str:
        """What is on the screen."""
        return words_on(self.app)  # type: ignore[arg-type]  # an app is an app

    async def message(self, number: int, *words: str) -> None:
        """Choose a message of session 1 and wait until it is shown."""
        self.pane.show(ChosenMessage(1, number))
        await self.sees(f" 1.{number} ", *words)

    async def sees(self, *words: str) -> None:
        """Wait until words are on the screen, where lines are broken too."""
        await until(lambda: self._sees(words) or None, f"{words} on the screen")
        await self.pilot.pause()

    def _sees(self, words: Iterable[str]) -> bool:
        shown = self.words
        joined = shown.replace("\n", "")
        return all(word in shown or word in joined for word in words)

    async def told(self, words: str) -> None:
        """Wait until something was said in passing."""
        await until(lambda: any(words in each for each in self.app.told) or None, f"{words!r} to be told")

    async def misses(self, word: str) -> None:
        """Wait until a word is not on the screen."""
        await until(lambda: word not in self.words or None, f"no {word!r} on the screen")
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)
        await self.pilot.pause()


@asynccontextmanager
async def detail(path: Path, size: tuple[int, int] = (100, 24), address: str | None = None) -> AsyncIterator[Detail]:
    """Show a detail."""
    app = DetailApp(path, address)
    async with app.run_test(size=size) as pilot:
        tasks = [asyncio.create_task(app.capture.watch()), asyncio.create_task(app.engine.run())]
        try:
            yield Detail(app, pilot)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await app.capture.close()
