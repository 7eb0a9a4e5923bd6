"""The filter of a list: applied while it is typed, kept with enter, taken back with escape."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peers.waiting import until
from tests.tui.hosting import Host, shown, words_on
from wsinspect.query import Target
from wsinspect.tui.widgets.filter_bar import FilterBar


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def changes(host: Host) -> list[tuple[str, bool]]:
    return [(event.text, event.valid) for event in host.told(FilterBar.Changed)]


async def test_it_is_out_of_sight_until_it_is_opened() -> None:
    async with shown(lambda: FilterBar(Target.MESSAGE, "messages")) as (bar, host, pilot):
        assert not bar.is_open
        assert "filter" not in words_on(host)
        bar.open()
        await pilot.pause()
        assert bar.is_open
        assert "filter" in words_on(host)
        assert "size > 4k" in words_on(host), "examples are there to learn from"


async def test_what_is_typed_is_applied_when_nothing_follows_for_a_moment() -> None:
    async with shown(lambda: FilterBar(Target.MESSAGE, "messages")) as (bar, host, pilot):
        bar.open()
        await pilot.press(*"siz")
        await until(lambda: changes(host)[-1:] == [("siz", True)], "the filter to be told")
        assert bar.text == "siz"
        assert bar._timer is None, "no timer ticks while nothing is typed"


async def test_a_filter_that_is_wrong_is_told_and_leaves_the_last_good_one() -> None:
    async with shown(lambda: FilterBar(Target.MESSAGE, "messages")) as (bar, host, pilot):
        bar.open()
        bar.set_text("size > 4k")
        await pilot.press(*" amd x")
        await until(lambda: changes(host)[-1:] == [("size > 4k amd x", False)], "the wrong filter to be told")
        assert bar.text == "size > 4k"
        assert "column 11" in words_on(host)


async def test_enter_keeps_the_filter_at_once() -> None:
    async with shown(lambda: FilterBar(Target.MESSAGE, "messages")) as (bar, host, pilot):
        bar.open()
        await pilot.press(*"port")
        await pilot.press("enter")
        assert changes(host)[-1] == ("port", True)
        assert not bar.is_open
        assert len(host.told(FilterBar.Closed)) == 1
        bar.open()
        await pilot.press("up", "down", "escape")
        assert bar.text == "port"


async def test_enter_does_not_keep_what_is_wrong() -> None:
    async with shown(lambda: FilterBar(Target.MESSAGE, "messages")) as (bar, host, pilot):
        bar.open()
        await pilot.press(*"size >", "enter")
        assert bar.is_open
        assert "\u2717 column 7" in words_on(host)
        assert host.told(FilterBar.Closed) == []


async def test_escape_brings_back_the_filter_from_before() -> None:
    async with shown(lambda: FilterBar(Target.MESSAGE, "messages")) as (bar, host, pilot):
        bar.set_text("size > 4k")
        bar.open()
        await pilot.press(*" or x")
        await pilot.press("escape")
        assert bar.text == "size > 4k"
        assert not bar.is_open
        bar.open()
        await pilot.press("ctrl+u", *"zz", "escape")
        await pilot.pause()
        assert changes(host)[-1] == ("size > 4k", True)


async def test_closing_with_a_wrong_filter_goes_back_to_the_good_one() -> None:
    async with shown(lambda: FilterBar(Target.MESSAGE, "messages")) as (bar, host, pilot):
        bar.set_text("size > 4k")
        bar.open()
        await pilot.press(*" amd")
        bar.close()
        await pilot.pause()
        assert bar.text == "size > 4k"
        bar.open()
        await pilot.pause()
        assert "amd" not in words_on(host)


async def test_an_expression_for_any_of_the_targets_will_do() -> None:
    async with shown(lambda: FilterBar((Target.MESSAGE, Target.FRAME), "messages")) as (bar, host, _pilot):
        bar.set_text("opcode == ping")
        bar.set_text("latency > 1s")
        bar.set_text("opcode > ping")
        bar.clear()
        await until(lambda: len(changes(host)) == 4, "all to be told")
        assert changes(host) == [
            ("opcode == ping", True),
            ("latency > 1s", True),
            ("opcode > ping", False),
            ("", True),
        ]


async def test_the_mouse_closes_it() -> None:
    async with shown(lambda: FilterBar(Target.SESSION, "sessions")) as (bar, _host, pilot):
        bar.open()
        await pilot.press(*"host == a")
        await pilot.click("_Cross")
        assert not bar.is_open
        assert bar.text == ""


@pytest.mark.parametrize("size", [(60, 18), (300, 100)])
async def test_it_fits(size: tuple[int, int]) -> None:
    async with shown(lambda: FilterBar(Target.SESSION, "sessions"), size) as (bar, host, pilot):
        bar.open()
        await pilot.press(*"session.", "down", "tab")
        await pilot.pause()
        assert "session." in words_on(host)
