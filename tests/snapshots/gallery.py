"""Pictures of the whole program, compared with those that somebody has looked at.

A picture is taken when it is the one that is kept, or else when nothing has changed for a while and nothing is being
read; so a picture that is right is right at once, however busy the machine, and one that is wrong is given its time.
"""

from __future__ import annotations

import asyncio
import pickle
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytest_textual_snapshot import (  # type: ignore[import-untyped]
    PseudoApp,
    PseudoConsole,
    get_tempdir,
    normalize_svg,
)
from rich.console import ConsoleDimensions
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from tests.peers.waiting import DEADLINE_S, until
from tests.tui.whole import Whole, whole
from wsinspect.tui.app import ScreenApp
from wsinspect.tui.data.connections import Connector
from wsinspect.tui.screens.traffic import TrafficScreen
from wsinspect.tui.selection import ChosenMessage, ChosenSession
from wsinspect.tui.themes import DARK, LIGHT
from wsinspect.tui.widgets.messages_pane import MessagesPane

SMALL, LARGE = (80, 24), (140, 40)
QUIET_S = 1.5
_LOOK_AGAIN_S = 0.02


@dataclass(frozen=True, slots=True)
class Look:
    """A size and a theme that a picture is taken in."""

    size: tuple[int, int]
    theme: str

    def __str__(self) -> str:
        return f"{self.size[0]}x{self.size[1]}-{self.theme.removeprefix('wsinspect-')}"


SMALL_DARK, SMALL_LIGHT = Look(SMALL, DARK.name), Look(SMALL, LIGHT.name)
LARGE_DARK, LARGE_LIGHT = Look(LARGE, DARK.name), Look(LARGE, LIGHT.name)
ALL = (SMALL_DARK, SMALL_LIGHT, LARGE_LIGHT, LARGE_DARK)
TWO = (SMALL_DARK, LARGE_LIGHT)
"""For states that differ from others in little."""


@dataclass(slots=True)
class Kept:
    """The pictures that are kept of a test, and those that are not as they were.

    Args:
        snapshot: Compares, and renews where that is asked for.
        item: The test.
    """

    snapshot: SnapshotAssertion
    item: pytest.Item
    reading: int = 0
    """How many answers of the capture and the engine are awaited."""
    differing: list[str] = field(default_factory=list)

    @contextmanager
    def awaiting(self) -> Iterator[None]:
        """Know that an answer is awaited."""
        self.reading += 1
        try:
            yield
        finally:
            self.reading -= 1

    def picture(self, name: str) -> str | None:
        """Return the picture of a name; None where there is none."""
        where = self.snapshot.extension.get_location(test_location=self.snapshot.test_location, index=name)
        path = Path(where)
        return normalize_svg(path.read_text(encoding="utf-8")) if path.exists() else None

    def compare(self, name: str, picture: str) -> None:
        """Compare a picture with the one that is kept, or keep it."""
        before = self.picture(name)
        if self.snapshot(name=name) != picture:
            self.differing.append(name)
            self._report(name, before, picture)

    def _report(self, name: str, before: str | None, picture: str) -> None:
        """Have both pictures shown beside each other in the plugin's report."""
        path, line, test = self.item.reportinfo()
        app = PseudoApp(PseudoConsole(legacy_windows=False, size=ConsoleDimensions(*SMALL)))
        told = (False, before or "", picture, app, path, line or 0, f"{test} {name}", "", "", before is not None)
        (Path(get_tempdir().name) / f"{test}-{name}").write_bytes(pickle.dumps(told))


class Gallery(Whole):
    """The program while pictures are taken of it.

    Args:
        app: The program.
        pilot: Presses its keys.
        kept: The pictures there are.
    """

    def __init__(self, app: ScreenApp, pilot: Pilot[object], kept: Kept) -> None:
        super().__init__(app, pilot)
        self._kept = kept

    async def picture(self, name: str, looks: Sequence[Look] = ALL, *, sees: str = "") -> None:
        """Take a picture of the state that the program is in, in each look.

        Args:
            name: Of the state.
            looks: In which sizes and themes.
            sees: A text that has to be there first, in every size.
        """
        for look in looks:
            await self.put_on(look)
            await self.sees(sees)
            self._kept.compare(f"{name}-{look}", await self._settled(self._kept.picture(f"{name}-{look}")))
        await self.put_on(looks[0])

    async def goes_to(self, session: int, message: int | None = None) -> None:
        """Show a session or message in the traffic, as a choice in the statistics does."""
        traffic = self.app.screen_stack[0]
        assert isinstance(traffic, TrafficScreen)
        traffic.show(ChosenSession(session) if message is None else ChosenMessage(session, message))
        await until(lambda: traffic.session == session or None, f"session {session}")
        await self.sees(f"Messages of #{session}")
        await self.sees(f" #{session} " if message is None else f" {session}.{message} ")
        await self._rest()

    async def filter(self, text: str) -> None:
        """Write a filter of messages all at once: what is applied of one that is typed depends on how fast that is."""
        self.app.screen.query_one(MessagesPane).bar.set_text(text)
        await self._rest()

    async def _rest(self) -> None:
        """Wait until nothing is being read, and what was read is drawn."""
        await self.pilot.pause()
        await until(lambda: not self._kept.reading or None, "the end of reading")
        await self.pilot.pause()

    async def put_on(self, look: Look) -> None:
        """Change to a size and a theme."""
        if self.app.size != look.size:
            await self.pilot.resize_terminal(*look.size)
            await until(lambda: self.app.screen.size == look.size, "the size")
        self.app.theme = look.theme
        await self._rest()

    async def _settled(self, wanted: str | None) -> str:
        """Return the picture that is wanted as soon as it is there, or what is there once that is at rest."""
        began = since = time.monotonic()
        seen: object = None
        picture = ""
        while True:
            now = time.monotonic()
            lines = self.app.screen._compositor.render_strips()
            if lines != seen or self._kept.reading:
                since = now
            if lines != seen and not self._kept.reading:
                seen = lines
                picture = normalize_svg(self.app.export_screenshot(title="wsinspect"))
            if (picture and picture == wanted) or now - since > QUIET_S or now - began > DEADLINE_S:
                return picture
            await asyncio.sleep(_LOOK_AGAIN_S)


@asynccontextmanager
async def gallery(
    kept: Kept,
    path: Path,
    *,
    control: str | None = None,
    owned: bool = False,
    connector: Callable[[], Connector] | None = None,
) -> AsyncIterator[Gallery]:
    """Run the program on a capture; at the end, say which pictures are not as they were."""
    async with whole(path, control=control, owned=owned, size=SMALL, connector=connector) as shown:
        shown.app.animation_level = "none"
        yield Gallery(shown.app, shown.pilot, kept)
    assert not kept.differing, (
        f"not as it was: {', '.join(kept.differing)}. Look at snapshot_report.html; `make snapshots` keeps what is new"
    )
