"""The whole program without a terminal: on a capture, and on a stand-in for an engine that writes it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from tests.cli.recording import write_capture
from tests.control.engine import FakeEngine
from tests.peers.waiting import until
from tests.tui.hosting import words_on
from wsinspect.engine.control_server import serve
from wsinspect.tui.app import ScreenApp, Shown
from wsinspect.tui.data.connections import Connector
from wsinspect.tui.settings import Settings


class Whole:
    """The program while it runs.

    Args:
        app: The program.
        pilot: Presses its keys.
    """

    def __init__(self, app: ScreenApp, pilot: Pilot[object]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def words(self) -> str:
        """What is on the screen."""
        return words_on(self.app)

    async def sees(self, text: str) -> None:
        """Wait until a text is on the screen."""
        try:
            await until(lambda: text in self.words, text)
        except AssertionError:
            raise AssertionError(f"{text!r} is not on the screen:\n{self.words}") from None

    async def sees_no(self, text: str) -> None:
        """Wait until a text is on the screen no more."""
        await until(lambda: text not in self.words, f"no {text}")

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        await self.pilot.press(*keys)

    async def write(self, text: str) -> None:
        """Write a text in place of the line's."""
        await self.press("ctrl+a", "ctrl+k", *text)


@asynccontextmanager
async def whole(
    path: Path,
    *,
    control: str | None = None,
    owned: bool = False,
    size: tuple[int, int] = (100, 30),
    settings: Settings | None = None,
    connector: Callable[[], Connector] | None = None,
) -> AsyncIterator[Whole]:
    """Run the program on a capture."""
    hint = "Point a client at the proxy 127.0.0.1:8080, or run one: wsinspect exec -- PROGRAM"
    app = ScreenApp(Shown(path, control, owned=owned, hint=hint, connector=connector), settings)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield Whole(app, pilot)


@asynccontextmanager
async def steered(folder: Path, *, owned: bool = True) -> AsyncIterator[tuple[Whole, FakeEngine]]:
    """Run the program on a small capture and a stand-in for its engine, which holds messages 1.5 and 2.7."""
    engine = FakeEngine()
    path = write_capture(folder / "x.wsi")
    async with serve(engine, folder) as address, whole(path, control=address, owned=owned) as shown:
        await until(lambda: shown.app.engine.held or None, "what is held")
        yield shown, engine
