"""An editor gives back what it was given, to the character, and shows a terminal nothing that it must not get."""

from __future__ import annotations

import pytest
from textual import events

from tests.tui.hosting import shown, words_on
from wsinspect.tui.widgets.payload_area import LARGEST_PASTED, LONGEST_PASTED, LONGEST_WRAPPED, PayloadArea

ODD = "a\r\nb\x1b[2J\u2028\u202ec\x00\td\x85\x0c\ue000\U000f0000\n"


async def test_every_character_comes_back() -> None:
    async with shown(PayloadArea) as (area, host, pilot):
        area.show(ODD)
        await pilot.pause()
        assert area.content == ODD
        assert "a␍" in words_on(host)
        assert "b␛[2J" in words_on(host)
        assert "\x1b" not in words_on(host)
        area.focus()
        await pilot.press("x")
        assert area.content == f"x{ODD}"
        await pilot.press("ctrl+z")
        assert area.content == ODD


async def test_what_is_pasted_is_harmless_and_copied_as_it_is() -> None:
    async with shown(PayloadArea) as (area, host, pilot):
        area.show("")
        area.focus()
        area.post_message(events.Paste("one\rtwo\r\nthree\x1b"))
        await pilot.pause()
        assert area.content == "one\ntwo\nthree\x1b"
        area.select_all()
        area.action_copy()
        assert host.clipboard == "one\ntwo\nthree\x1b"
        area.action_paste()
        assert area.content == "one\ntwo\nthree\x1b"
        area.read_only = True
        area.action_paste()
        assert area.content == "one\ntwo\nthree\x1b"


async def test_a_character_that_cannot_be_seen_is_named() -> None:
    async with shown(PayloadArea) as (area, _host, pilot):
        area.show("\u202ea")
        await pilot.pause()
        assert area.at_cursor == "U+202E RIGHT-TO-LEFT OVERRIDE"
        area.move_cursor((0, 1))
        assert area.at_cursor is None
        area.move_cursor((0, 2))
        assert area.at_cursor is None


async def test_all_of_it_can_be_replaced_and_taken_back() -> None:
    async with shown(PayloadArea) as (area, _host, pilot):
        area.show('{"a":1}')
        area.replace_all('{\r\n"a": 1}')
        await pilot.pause()
        assert area.content == '{\r\n"a": 1}'
        area.undo()
        assert area.content == '{"a":1}'


@pytest.mark.parametrize(
    ("content", "wrapped"),
    [("x" * LONGEST_WRAPPED, True), ("x" * (LONGEST_WRAPPED + 1), False), ("ü" * LONGEST_WRAPPED, False)],
    ids=["short", "long", "wide"],
)
async def test_long_lines_are_not_broken(content: str, wrapped: bool) -> None:
    async with shown(PayloadArea) as (area, _host, pilot):
        area.show(content)
        await pilot.pause()
        assert area.soft_wrap is wrapped


@pytest.mark.parametrize("text", ["x" * (LONGEST_PASTED + 1), "x\n" * LARGEST_PASTED], ids=["line", "text"])
async def test_what_would_take_long_to_edit_is_not_pasted(text: str) -> None:
    async with shown(PayloadArea) as (area, host, pilot):
        area.show("before")
        area.focus()
        area.post_message(events.Paste(text))
        await pilot.pause()
        assert area.content == "before"
        assert "too long to be edited here" in next(iter(host._notifications)).message
