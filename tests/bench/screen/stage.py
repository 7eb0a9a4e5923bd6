"""What every measurement of the screen needs: a folder, an environment of its own, and how long things may take."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.big_capture import Contents
from tests.bench.contenders import ROOT
from tests.bench.screen.figures import Figure
from tests.bench.screen.person import Seat, seated


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything."""

    messages: int
    """In the capture that is opened."""
    starts: int
    """How often the program is started on it."""
    keys: int
    """Presses of each kind of key."""
    filters: int
    """How often it is filtered."""
    rounds: int
    """Of the live load: each with the screen and without."""
    round_s: float
    idle_s: float


FULL = Scale(1_000_000, 7, 100, 5, 4, 15.0, 10.0)
QUICK = Scale(1_000_000, 3, 20, 2, 2, 5.0, 4.0)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the screen is measured."""

    folder: Path
    """Empty at first; on the disk that captures should be written to."""
    scale: Scale
    say: Callable[[str], None]
    columns: int
    rows: int
    profile: Path | None = None
    """Where each screen's profile goes, by cProfile, which slows it down; None: it is not profiled."""

    @property
    def environment(self) -> dict[str, str]:
        """Variables that keep the program from what the person has set, and from other engines."""
        home = str(self.folder)
        return {"PYTHONPATH": str(ROOT), **dict.fromkeys(("HOME", "XDG_RUNTIME_DIR"), home)} | dict.fromkeys(
            ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"), f"{home}/home"
        )

    @contextlib.contextmanager
    def screen(self, *words: str | Path) -> Iterator[Seat]:
        """Start `wsinspect` with these words in a terminal, for the length of a `with` block."""
        profiled: list[str | Path] = []
        if self.profile is not None:
            number = len(list(self.profile.glob("*.prof"))) + 1
            profiled = ["-m", "cProfile", "-o", self.profile / f"{number:02}-{words[0]}.prof"]
        command = [sys.executable, *profiled, "-m", "wsinspect", *words]
        with seated(command, self.folder, self.environment, columns=self.columns, rows=self.rows) as seat:
            yield seat


@dataclass(frozen=True, slots=True)
class Opened:
    """The capture that is opened, and what is in it."""

    path: Path
    contents: Contents


def memory(group: str, seat: Seat) -> Figure:
    """Return the most memory that the screen has had."""
    return Figure(group, "memory at most", seat.peak_rss_bytes / 1e6, "MB", 300)
