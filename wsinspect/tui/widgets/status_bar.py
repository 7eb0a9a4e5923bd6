"""The line at the top of the screen."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import override

from textual.strip import Strip
from textual.widget import Widget

from wsinspect.errors import StoreError
from wsinspect.present.status import StatusFacts, status_cells
from wsinspect.present.text import Cell, cell_len
from wsinspect.store.reader import CaptureReader
from wsinspect.store.schema import wal_path
from wsinspect.tui.colours import Colours
from wsinspect.tui.data.capture import Capture, Change
from wsinspect.tui.data.engine import Engine, Link

_RATES_SHOWN = 12
_GAPS_EVERY_S = 1.0
_LEAST_S = 0.2
"""Rates over less time than this would jump."""


class StatusBar(Widget):
    """Tells what is captured, from where, how much, and how fast.

    Args:
        capture: The capture.
        engine: The engine.
        clock: Seconds, for rates.
    """

    DEFAULT_CSS = """
    StatusBar { height: 1; background: $panel; color: $foreground; }
    """

    def __init__(self, capture: Capture, engine: Engine, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._capture, self._engine, self._clock = capture, engine, clock
        self._rates: deque[float] = deque([0.0] * _RATES_SHOWN, _RATES_SHOWN)
        self._counted: tuple[float, int, int] | None = None
        self._pace = (0.0, 0.0)
        self._lost = 0
        self._looked = -_GAPS_EVERY_S
        self._told: StatusFacts | None = None

    def on_mount(self) -> None:
        """Listen to what changes."""
        self._capture.changed.subscribe(self, self._on_capture)
        self._engine.changed.subscribe(self, self._on_engine)
        self.app.theme_changed_signal.subscribe(self, lambda _: self.refresh())
        self.run_worker(self._look_for_gaps())

    @property
    def facts(self) -> StatusFacts:
        """What it tells now."""
        status = self._engine.status
        live = status is not None and self._engine.connected
        return StatusFacts(
            state=self._state(),
            listen=() if status is None or not live else status.listen,
            capture=self._capture.path.name,
            size=sum(map(_size, (self._capture.path, wal_path(self._capture.path)))),
            rules=status.rules if status and live else 0,
            held=len(self._engine.held),
            breakpoints=status.breakpoints if status and live else 0,
            alerts=status.alerts if status else 0,
            expect_failures=status.expect_failures if status else 0,
            lost=self._lost,
            up=self._pace[0] if live else None,
            down=self._pace[1] if live else None,
            rates=tuple(self._rates),
        )

    @override
    def render_line(self, y: int) -> Strip:
        colours = Colours(self.app)
        line: list[Cell] = []
        used = 0
        for part in status_cells(self._told or self.facts):
            width = sum(cell_len(text) for text, _ in part) + (2 if line else 0)
            if used + width > self.size.width:
                continue
            line += [("  ", ""), *part] if line else part
            used += width
        return colours.strip(line, self.size.width, "on panel")

    def _state(self) -> str:
        if self._capture.problem is not None:
            return "capture lost"
        status = self._engine.status
        match self._engine.link:
            case Link.CONNECTED:
                if self._engine.silent:
                    return "no answer from the engine"
                if status is not None and status.paused:
                    return "paused"
                return "capturing" if status is None or status.recording else "not recording"
            case Link.NONE | Link.ENDED:
                return "capturing" if self._capture.live else "finished"
            case Link.CONNECTING:
                return "connecting"
            case Link.LOST:
                return "engine lost"

    def _on_capture(self, _: Change) -> None:
        if self._clock() - self._looked >= _GAPS_EVERY_S:
            self.run_worker(self._look_for_gaps())
        self._tell()

    def _on_engine(self, engine: Engine) -> None:
        if engine.status is not None and engine.connected:
            self._count(engine.status.from_clients, engine.status.from_servers)
        self._tell()

    def _count(self, up: int, down: int) -> None:
        now = self._clock()
        if self._counted is None:
            self._counted = (now, up, down)
            return
        then, up_then, down_then = self._counted
        if now - then < _LEAST_S:
            return
        self._counted = (now, up, down)
        self._pace = ((up - up_then) / (now - then), (down - down_then) / (now - then))
        self._rates.append(sum(self._pace))

    async def _look_for_gaps(self) -> None:
        self._looked = self._clock()
        with suppress(StoreError, asyncio.CancelledError):
            self._lost = await self._capture.read(_messages_lost)
        self._tell()

    def _tell(self) -> None:
        """Draw it anew where there is something new to tell."""
        facts = self.facts
        if facts != self._told:
            self._told = facts
            self.refresh()


def _messages_lost(reader: CaptureReader) -> int:
    return sum(gap.messages for gap in reader.gaps())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
