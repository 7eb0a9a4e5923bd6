"""A list reads what is seen only, its cursor stays with its record, and it follows until a person moves away."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown, MouseScrollUp
from textual.pilot import Pilot

from tests.cli.recording import write_capture
from tests.peers.waiting import until
from wsinspect.errors import StoreError
from wsinspect.present.columns import Column
from wsinspect.present.text import Cell
from wsinspect.tui.data.capture import Capture, Change
from wsinspect.tui.widgets.feed import Found, Stay
from wsinspect.tui.widgets.list_messages import CursorMoved, RowOpened, SortAsked
from wsinspect.tui.widgets.virtual_list import VirtualList


@dataclass(frozen=True)
class Line:
    key: int
    text: str


@dataclass
class Shelf:
    """What the tables of a test are made of; the threads of the capture read it while the test waits."""

    keys: list[int] = field(default_factory=list)
    read: list[tuple[int, int]] = field(default_factory=list)
    steps: int = 0
    """How many more looks it takes until all was seen."""
    problem: str | None = None
    layout: int = 0


class ShelfTable:
    def __init__(self, shelf: Shelf, choice: str) -> None:
        self.shelf, self.choice = shelf, choice
        self.unfolded: frozenset[int] = frozenset()
        self.rough = False

    @property
    def listed(self) -> list[int]:
        keys = self.shelf.keys
        return keys if self.choice == "all" else [key for key in keys if str(key).endswith(self.choice)]

    @property
    def size(self) -> int:
        return 0 if self.shelf.steps else len(self.listed)

    @property
    def total(self) -> int | None:
        return None if self.choice == "all" else len(self.shelf.keys)

    @property
    def scanned(self) -> float:
        return 0.5 if self.shelf.steps else 1.0

    @property
    def layout(self) -> int:
        return self.shelf.layout

    def advance(self, budget_s: float) -> bool:
        if self.shelf.problem:
            raise StoreError(self.shelf.problem)
        self.shelf.steps = max(self.shelf.steps - 1, 0)
        return self.shelf.steps > 0

    def unfold(self, keys: frozenset[int]) -> None:
        self.unfolded = keys

    def rows(self, first: int, count: int, payload_limit: int, *, rough: bool) -> list[Line]:
        self.shelf.read.append((first, count))
        self.rough = rough
        opened = "open" if self.unfolded else ""
        return [Line(key, f"row {key} {opened}") for key in self.listed[first : first + count]]

    def find(self, key: int) -> Found | None:
        listed = self.listed
        if key in listed:
            return Found(listed.index(key), exact=True)
        before = [place for place, each in enumerate(listed) if each < key]
        return Found(before[-1], exact=False) if before else None

    def close(self) -> None:
        pass


class Shown(VirtualList[str, Line]):
    newest: Stay = Stay.BOTTOM

    def columns(self) -> Sequence[Column]:
        return (Column("number", "#", 7, 2, right=True), Column("text", "text", 5, 3, share=1))

    def cells(self, row: Line) -> Mapping[str, Sequence[Cell]]:
        return {"number": [(str(row.key), "bold")], "text": [(row.text, "")]}

    def sorted_by(self) -> tuple[str, bool]:
        return "number", False

    def newest_at(self) -> Stay:
        return self.newest


class Host(App[None]):
    def __init__(self, path: Path, shelf: Shelf, *, follow: bool) -> None:
        super().__init__()
        self.capture = Capture(self, path)
        self.told: list[CursorMoved | RowOpened | SortAsked] = []
        self.list = Shown(self.capture, lambda _, choice: ShelfTable(shelf, choice), "all", follow=follow, id="rows")

    def compose(self) -> ComposeResult:
        yield self.list

    def on_cursor_moved(self, event: CursorMoved) -> None:
        self.told.append(event)

    def on_row_opened(self, event: RowOpened) -> None:
        self.told.append(event)

    def on_sort_asked(self, event: SortAsked) -> None:
        self.told.append(event)

    async def on_unmount(self) -> None:
        await self.capture.close()


type Trial = tuple[Host, Pilot[None], Shelf]


@asynccontextmanager
async def shown(tmp_path: Path, rows: int, *, follow: bool = False, start: Shelf | None = None) -> AsyncIterator[Trial]:
    shelf = start or Shelf(list(range(1, rows + 1)))
    host = Host(write_capture(tmp_path / "x.wsi"), shelf, follow=follow)
    async with host.run_test(size=(40, 11)) as pilot:
        await seen(host, rows)
        yield host, pilot, shelf


async def seen(host: Host, rows: int) -> None:
    await until(lambda: host.list.rows_in_all == rows and "·" not in picture(host), f"{rows} rows")


def picture(host: Host) -> str:
    return "\n".join(host.list.render_line(y).text.rstrip() for y in range(host.list.size.height))


def keys(host: Host) -> list[int]:
    """The keys of the rows in sight, the one with the cursor negative."""
    rows = [line for line in picture(host).splitlines()[1:] if "row" in line]
    return [int(row.strip("▌").split()[0]) * (-1 if row.startswith("▌") else 1) for row in rows]


def change(host: Host) -> None:
    host.capture.changed.publish(Change(0, live=True))


async def test_only_what_is_seen_is_read(tmp_path: Path) -> None:
    async with shown(tmp_path, 1_000_000) as (host, pilot, shelf):
        assert keys(host) == [-1, *range(2, 11)]
        await pilot.press("end")
        await until(lambda: keys(host) == [*range(999_991, 1_000_000), -1_000_000], "the end")
        await pilot.press("pageup", "pageup")
        await until(lambda: keys(host)[-1] == -999_982, "two pages up")
        await pilot.press("g", "j", "down", "k")
        await until(lambda: keys(host)[:3] == [1, -2, 3], "the beginning")
        assert sum(count for _, count in shelf.read) < 400
        assert [event.row.key for event in host.told if isinstance(event, CursorMoved) and event.row][-1] == 2


async def test_the_cursor_and_the_lines_stay_with_their_records(tmp_path: Path) -> None:
    async with shown(tmp_path, 100) as (host, pilot, shelf):
        await pilot.press("pagedown", "pagedown", "down")
        await until(lambda: -20 in keys(host), "the cursor")
        before = keys(host)
        shelf.keys[:0] = range(1001, 1006)
        shelf.layout += 1
        change(host)
        await seen(host, 105)
        assert keys(host) == before
        shelf.keys.remove(20)
        shelf.layout += 1
        change(host)
        await seen(host, 104)
        await until(lambda: -19 in keys(host), "the record before the one that is gone")


async def test_a_record_that_goes_while_one_looks_elsewhere_costs_no_more_than_a_look(tmp_path: Path) -> None:
    async with shown(tmp_path, 500) as (host, pilot, shelf):
        await pilot.press("down", "down")
        for _ in range(20):
            await pilot._post_mouse_events([MouseScrollDown], host.list, offset=(5, 5))
        await until(lambda: keys(host)[0] == 41 or None, "the wheel")
        shelf.keys.remove(3)
        shelf.layout += 1
        change(host)
        await until(lambda: host.list.cursor == 2 or None, "the record before")
        assert keys(host)[0] == 41
        await until(lambda: not host.list._wake.is_set() or None, "rest")
        looks = len(shelf.read)
        for _ in range(10):
            await pilot.pause()
        assert len(shelf.read) <= looks + 1


async def test_it_follows_until_one_moves_away(tmp_path: Path) -> None:
    async with shown(tmp_path, 50, follow=True) as (host, pilot, shelf):
        host.capture.live = True
        assert keys(host) == [*range(41, 50), -50], "who comes to a list is on the newest row"
        shelf.keys += range(51, 61)
        change(host)
        await until(lambda: keys(host) == list(range(51, 61)), "the new rows")
        await pilot.press("up")
        await until(lambda: -60 in keys(host), "the cursor at the last row")
        assert host.list.following
        await pilot.press("up")
        assert not host.list.following
        shelf.keys += range(61, 71)
        change(host)
        await seen(host, 70)
        assert -59 in keys(host)
        await pilot.press("f")
        await until(lambda: keys(host)[-1] == 70, "the end again")
        assert host.list.following
        await pilot.press("f")
        assert not host.list.following
        # To a capture that is finished nothing comes any more.
        host.capture.live = False
        await pilot.press("f")
        assert not host.list.following


async def test_the_wheel_lets_go_and_takes_up_again(tmp_path: Path) -> None:
    async with shown(tmp_path, 50, follow=True) as (host, pilot, _):
        await pilot._post_mouse_events([MouseScrollUp], host.list, offset=(5, 5))
        await until(lambda: not host.list.following and keys(host)[-1] == 48, "some rows up")
        await pilot._post_mouse_events([MouseScrollDown], host.list, offset=(5, 5))
        await until(lambda: host.list.following, "the end")
        await pilot.press("down")
        assert -50 in keys(host)


async def test_what_is_newest_may_be_at_the_top(tmp_path: Path) -> None:
    shelf = Shelf(list(range(50, 0, -1)))
    host = Host(write_capture(tmp_path / "x.wsi"), shelf, follow=True)
    host.list.newest = Stay.TOP
    async with host.run_test(size=(40, 11)) as pilot:
        await seen(host, 50)
        await pilot.press("home")
        assert host.list.following
        shelf.keys.insert(0, 51)
        shelf.layout += 1
        change(host)
        await until(lambda: keys(host)[:2] == [51, -50], "the new row on top")
        shelf.keys[:0] = range(80, 51, -1)
        shelf.layout += 1
        change(host)
        await until(lambda: keys(host)[0] == 80, "the newest")
        await pilot.press("down")
        assert keys(host)[:2] == [-80, 79], "the cursor comes in where the newest is"


async def test_clicks_choose_open_and_sort(tmp_path: Path) -> None:
    async with shown(tmp_path, 50) as (host, pilot, _):
        await pilot.click(host.list, offset=(5, 3))
        assert keys(host)[2] == -3
        await pilot.click(host.list, offset=(5, 4), times=2)
        await pilot.click(host.list, offset=(12, 0))
        await pilot.press("enter")
        opened = [event for event in host.told if not isinstance(event, CursorMoved)]
        assert [type(event) for event in opened] == [RowOpened, SortAsked, RowOpened]
        assert opened[1] == SortAsked("text")


async def test_enter_opens_the_newest_in_sight_where_nothing_was_chosen(tmp_path: Path) -> None:
    async with shown(tmp_path, 50) as (host, pilot, _):
        host.list.choose("7", cursor=None, follow=True)
        await until(lambda: keys(host) == [7, 17, 27, 37, 47], "a list without a cursor")
        await pilot.press("enter")
        await until(lambda: any(isinstance(event, RowOpened) for event in host.told), "the row")


async def test_enter_opens_a_row_that_is_still_to_be_read(tmp_path: Path) -> None:
    async with shown(tmp_path, 50) as (host, pilot, _):
        host.list.choose("7", cursor=None, follow=False)
        host.list.action_open()
        await until(lambda: any(isinstance(event, RowOpened) for event in host.told), "the row")
        [row] = [event.row.key for event in host.told if isinstance(event, RowOpened)]
        assert row == 7
        host.list.choose("none", cursor=None, follow=False)
        await seen(host, 0)
        host.list.action_open()
        host.list.choose("7", cursor=None, follow=False)
        await seen(host, 5)
        host.list.choose("all", cursor=None, follow=False)
        host.list.action_open()
        host.list.blur()
        await seen(host, 50)
        await pilot.pause()
        assert sum(isinstance(event, RowOpened) for event in host.told) == 1, "whoever has gone away wants it no more"


async def test_a_row_is_chosen_where_the_focus_comes(tmp_path: Path) -> None:
    async with shown(tmp_path, 50) as (host, _, _):
        host.screen.set_focus(None)
        host.list.choose("7", cursor=None, follow=True)
        await until(lambda: keys(host) == [7, 17, 27, 37, 47], "a list without a cursor")
        host.list.focus()
        await until(lambda: keys(host)[-1] == -47, "the newest")
        host.screen.set_focus(None)
        host.list.choose("all", cursor=None, follow=True)
        host.list.focus()
        await until(lambda: keys(host)[-1] == -50, "the newest of what was still to be read")


async def test_who_filters_has_a_row_again_when_there_are_some(tmp_path: Path) -> None:
    async with shown(tmp_path, 50, follow=True) as (host, _, _):
        for choice in ("none", "nothing"):
            host.list.narrow(choice)
            await seen(host, 0)
        host.list.narrow("7")
        await until(lambda: keys(host) == [-7, 17, 27, 37, 47], "a row")
        assert host.list.following


async def test_another_choice_keeps_the_record_where_it_is_listed(tmp_path: Path) -> None:
    async with shown(tmp_path, 500) as (host, _, _):
        host.list.go_to(237)
        await until(lambda: -237 in keys(host), "the record")
        host.list.choose("7", cursor=237, follow=False)
        await seen(host, 50)
        await until(lambda: -237 in keys(host), "the record among fewer")
        host.list.choose("5", cursor=237, follow=False)
        await until(lambda: -235 in keys(host), "the one before")
        host.list.choose("none", cursor=None, follow=False)
        await seen(host, 0)
        await until(lambda: host.told[-1] == CursorMoved(None), "that nothing is chosen")
        host.list.choose("all", cursor=None, follow=False)
        await until(lambda: keys(host)[:2] == [-1, 2], "the first row")


async def test_a_scan_goes_on_by_itself_and_says_how_far_it_is(tmp_path: Path) -> None:
    async with shown(tmp_path, 0, start=Shelf([1], steps=1_000_000)) as (host, _, shelf):
        await until(lambda: host.list.scanned == 0.5 and shelf.steps < 999_990, "some looks")
        assert not host.list.complete
        shelf.steps = 1
        await until(lambda: host.list.complete, "all of it")
        await seen(host, 1)


async def test_what_cannot_be_read_any_more_stays_in_sight(tmp_path: Path) -> None:
    async with shown(tmp_path, 20) as (host, _, shelf):
        shelf.problem = "the capture is damaged"
        change(host)
        await until(lambda: host.list.problem, "the problem")
        assert keys(host)[0] == -1
        shelf.problem = None
        change(host)
        await until(lambda: host.list.problem is None, "that it is over")


async def test_rows_of_another_list_do_not_stay_where_the_chosen_one_cannot_be_read(tmp_path: Path) -> None:
    async with shown(tmp_path, 20) as (host, _, shelf):
        shelf.problem = "the capture is damaged"
        host.list.choose("7", cursor=None, follow=False)
        await until(lambda: host.list.problem, "the problem")
        assert keys(host) == []
        shelf.problem = None
        change(host)
        await seen(host, 2)


async def test_rows_open_and_fold(tmp_path: Path) -> None:
    async with shown(tmp_path, 20) as (host, _, _):
        host.list.fold(3)
        await until(lambda: "open" in picture(host), "the open row")
        host.list.fold(3)
        await until(lambda: "open" not in picture(host), "the folded row")


async def test_it_is_drawn_at_any_size_and_in_any_theme(tmp_path: Path) -> None:
    async with shown(tmp_path, 20) as (host, pilot, _):
        for width, height in ((3, 1), (10, 2), (60, 18), (300, 100)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            picture(host)
        host.theme = "textual-light"
        await pilot.pause()
        await seen(host, 20)
        assert len(keys(host)) == 20


async def test_a_cursor_that_is_in_sight_stays_so_at_another_size(tmp_path: Path) -> None:
    async with shown(tmp_path, 20) as (host, pilot, _):
        host.list.go_to(19)
        await until(lambda: host.list.chosen or None, "the row")
        for height in (30, 6, 12, 4):
            await pilot.resize_terminal(40, height)
            await pilot.pause()
            assert host.list.size.height == height
            await until(lambda: -19 in keys(host) or None, f"the cursor in {height} lines")
        host.list.scroll_to_line(0)
        await until(lambda: host.list.first_line == 0 or None, "the first row")
        await pilot.resize_terminal(40, 6)
        await pilot.pause()
        assert host.list.size.height == 6
        assert host.list.first_line == 0, "what a person has scrolled to stays"


@pytest.mark.parametrize("key", ["up", "down", "pageup", "pagedown", "home", "end", "enter", "f"])
async def test_an_empty_list_takes_any_key(tmp_path: Path, key: str) -> None:
    async with shown(tmp_path, 0) as (host, pilot, _):
        host.list.empty = [[("nothing", "")]]
        host.list.refresh()
        await pilot.press(key)
        assert "nothing" in picture(host)
