"""One row is chosen, by key or mouse, and stays so when others come and go."""

from __future__ import annotations

from tests.peers.waiting import until
from tests.tui.hosting import Host, shown, words_on
from wsinspect.tui.widgets.choice_list import ChoiceList, ChoiceRow


def rows(*keys: str) -> list[ChoiceRow]:
    """Make rows; a key with a dash is a title."""
    return [ChoiceRow("" if key.startswith("-") else key, ((f"row {key}", ""),)) for key in keys]


def opened(host: Host) -> list[str]:
    return [message.key for message in host.told(ChoiceList.Opened)]


async def test_keys_go_from_row_to_row_over_titles() -> None:
    async with shown(lambda: ChoiceList("Choices"), (30, 12)) as (choices, host, pilot):
        assert choices.chosen == ""
        await pilot.press("enter", "down")
        choices.show(rows("-one", "a", "b", "-two", "c"))
        choices.focus()
        await pilot.pause()
        assert choices.chosen == "a"
        assert "▌row a" in words_on(host)
        await pilot.press("down", "down")
        assert choices.chosen == "c"
        await pilot.press("down", "enter", "up", "enter")
        assert opened(host) == ["c", "b"]
        await pilot.press("home")
        assert choices.chosen == "a"
        await pilot.press("end", "pageup")
        assert choices.chosen == "a"
        moved = [message.key for message in host.told(ChoiceList.Moved)]
        assert moved[0] == "a"
        assert moved[-1] == "a"


async def test_the_cursor_stays_with_its_row() -> None:
    async with shown(lambda: ChoiceList("Choices"), (30, 12)) as (choices, _, pilot):
        choices.show(rows("b", "c"))
        choices.focus()
        choices.show(rows("a", "b", "c"))
        assert choices.chosen == "a"  # nobody had chosen
        choices.choose("c")
        choices.choose("nowhere")
        choices.show(rows("c", "d", "e"))
        assert choices.chosen == "c"
        choices.show(rows("d", "e"))
        assert choices.chosen == "d"
        choices.show(rows("-nothing"))
        assert choices.chosen == ""
        await pilot.press("down")
        choices.show(rows("x"))
        assert choices.chosen == "x"


async def test_long_lists_are_scrolled_to_the_cursor() -> None:
    async with shown(lambda: ChoiceList("Choices"), (30, 8)) as (choices, host, pilot):
        choices.show(rows("-title", *map(str, range(40))))
        choices.focus()
        await pilot.press("end")
        await pilot.pause()
        assert "▌row 39" in words_on(host)
        await pilot.press("home")
        await pilot.pause()
        assert "row -title" in words_on(host)


async def test_the_cursor_and_the_title_above_stay_in_sight_at_another_size() -> None:
    async with shown(lambda: ChoiceList("Choices"), (30, 3)) as (choices, host, pilot):
        choices.show(rows("-title", *map(str, range(40))))
        await pilot.resize_terminal(30, 8)
        await until(lambda: "row -title" in words_on(host) or None, "what stands above the first row")
        choices.choose("20")
        await pilot.resize_terminal(30, 30)
        await pilot.resize_terminal(30, 5)
        await until(lambda: choices.size.height == 3 or None, "the size")
        await until(lambda: "▌row 20" in words_on(host) or None, "the cursor")


async def test_what_there_is_no_room_for_ends_with_an_ellipsis() -> None:
    async with shown(lambda: ChoiceList("Choices"), (30, 5)) as (choices, host, pilot):
        choices.show([ChoiceRow("a", (("x" * 20, ""), ("y" * 20, "bold"), ("z", "")))])
        await pilot.pause()
        assert f"▌{'x' * 20}{'y' * 6}…│" in words_on(host)


async def test_the_mouse_chooses_and_opens() -> None:
    async with shown(lambda: ChoiceList("Choices"), (30, 12)) as (choices, host, pilot):
        choices.show(rows("-one", "a", "b"))
        await pilot.pause()
        await pilot.click(choices, offset=(5, 3))
        assert choices.chosen == "b"
        await pilot.click(choices, offset=(5, 1))
        await pilot.click(choices, offset=(5, 9))
        assert choices.chosen == "b"
        assert opened(host) == []
        await pilot.click(choices, offset=(5, 3), times=2)
        assert opened(host) == ["b"]


async def test_another_theme_is_taken() -> None:
    async with shown(lambda: ChoiceList("Choices"), (30, 12)) as (choices, host, pilot):
        choices.show(rows("a"))
        host.theme = "textual-light"
        await pilot.pause()
        assert "row a" in words_on(host)
