"""Tags and a note are written, and what was not changed stays what it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.hosting import asked, words_on
from wsinspect.tui.dialogs.tags import LONGEST_NOTE, Annotated, TagsDialog, tags_of
from wsinspect.tui.widgets.payload_area import PayloadArea


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


async def test_both_are_written() -> None:
    async with asked(lambda: TagsDialog([], None, of="message 3.17"), (60, 18)) as (_dialog, host, pilot):
        assert "Save ^s" in words_on(host)
        await pilot.press(*"vip, bad", "tab", *"look", "enter", *"here")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert host.answers == [Annotated(("vip", "bad"), "look\nhere")]


async def test_what_is_not_changed_stays_what_it_was() -> None:
    before = Annotated(("a,b", "\x1b[31m"), "note\x1b")
    async with asked(lambda: TagsDialog(before.tags, before.note, of="message 3.17")) as (_dialog, host, pilot):
        assert "a,b, \\x1b[31m" in words_on(host)
        assert "note␛" in words_on(host)
        await pilot.press("enter")
        await pilot.pause()
        assert host.answers == [before]


async def test_another_tag_is_just_typed() -> None:
    async with asked(lambda: TagsDialog(["vip"], None, of="message 3.17")) as (_dialog, host, pilot):
        await pilot.press(*"bad", "enter")
        await pilot.pause()
        assert host.answers == [Annotated(("vip", "bad"), None)]


async def test_tags_from_before_are_proposed() -> None:
    async with asked(lambda: TagsDialog(["suspect"], None, of="message 3.17")) as (_dialog, _host, pilot):
        await pilot.press("enter")
    async with asked(lambda: TagsDialog(["vip"], None, of="message 3.17")) as (_dialog, host, pilot):
        await pilot.press(*"su")
        assert "suspect" in words_on(host)
        await pilot.press("tab", "enter")
        await pilot.pause()
        assert host.answers == [Annotated(("vip", "suspect"), None)]


@pytest.mark.parametrize(
    ("tags", "note", "said"),
    [
        ([f"t{number}" for number in range(65)], "", "more than 64 tags"),
        (["x" * 101], "", "100 characters at most"),
        ([], "x" * (LONGEST_NOTE + 1), "100,000 characters"),
    ],
    ids=["many", "long", "note"],
)
async def test_what_the_engine_would_not_take_is_told(tags: list[str], note: str, said: str) -> None:
    async with asked(lambda: TagsDialog(tags, note, of="message 3.17")) as (dialog, host, pilot):
        assert dialog.query_one(PayloadArea).content == note
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert said in words_on(host)
        assert host.answers == []
        await pilot.press("escape")
        await pilot.pause()
        assert host.answers == [None]


def test_tags_stand_between_commas() -> None:
    assert tags_of(" a, b c,,a ,") == ("a", "b c")
