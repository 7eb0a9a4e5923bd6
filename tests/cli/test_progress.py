"""Progress is told on a terminal, late enough, and wiped away."""

from __future__ import annotations

import io
import itertools

import pytest

from wsinspect.cli.progress import counted


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes every look at the clock half a second later than the one before."""
    times = itertools.count(0, 0.5)
    monkeypatch.setattr("wsinspect.cli.progress.time.monotonic", lambda: next(times))


def test_long_work_tells_how_far_it_is_and_wipes_that_away() -> None:
    stream = Terminal()
    assert list(counted(range(600), "messages", shown=True, stream=stream)) == list(range(600))
    assert stream.getvalue() == "\r\x1b[K512 messages \u2026\r\x1b[K"


def test_short_work_says_nothing() -> None:
    stream = Terminal()
    assert len(list(counted(range(300), "messages", shown=True, stream=stream))) == 300
    assert stream.getvalue() == ""


@pytest.mark.parametrize(("stream", "shown"), [(io.StringIO(), True), (Terminal(), False)])
def test_nothing_is_said_where_it_would_be_in_the_way(stream: io.StringIO, shown: bool) -> None:
    assert len(list(counted(range(5000), "messages", shown=shown, stream=stream))) == 5000
    assert stream.getvalue() == ""
