"""The whole screen on hostile captures and in failing surroundings: what it draws, what it says, and that it stays."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from textual import events
from textual.keys import REPLACED_KEYS

from tests.cli.reading import assert_harmless
from tests.cli.recording import CHAT, hot_row, write_capture
from tests.peers.hostile import ALL, EVIL, SHORT, evil_payloads, write_hostile_capture
from tests.peers.waiting import until
from tests.tui.whole import Whole, steered, whole
from wsinspect.present.text import cell_len
from wsinspect.store.writer import CaptureWriter
from wsinspect.tui.app import Leaving, ScreenApp
from wsinspect.tui.dialogs.confirm import ConfirmDialog
from wsinspect.tui.dialogs.go_to import GoToDialog
from wsinspect.tui.dialogs.tags import TagsDialog
from wsinspect.tui.screens.traffic import TrafficScreen

SIZES = [(60, 18), (80, 24), (170, 40), (300, 100), (20, 5), (1, 1), (1, 9), (9, 1)]


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders of the test's own, also for what a person would be asked for, and an editor that changes nothing."""
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.setenv(name, "true")
    monkeypatch.chdir(tmp_path)


def drawn(app: ScreenApp) -> list[str]:
    """Return the lines of the screen as they are drawn."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip if not segment.control) for strip in strips]


def assert_sound(app: ScreenApp) -> None:
    """Check that each line fills the screen, and that nothing is drawn that a terminal would obey."""
    lines = drawn(app)
    width, height = app.size
    assert len(lines) == height
    assert_harmless(lines)
    if width > 1:
        assert {cell_len(line) for line in lines} == {width}, [line for line in lines if cell_len(line) != width]


async def settled(shown: Whole) -> None:
    """Wait until a screen that was opened is laid out."""
    await until(lambda: len(drawn(shown.app)) == shown.app.size.height or None, "lines")
    await shown.pilot.pause()


def typed(key: str) -> events.Key:
    """Make a key as the terminal's driver does."""
    if len(key) > 1:
        return events.Key(key, {"space": " ", "enter": "\r", "tab": "\t"}.get(key))
    if key.isalnum():
        return events.Key(key, key)
    name = unicodedata.name(key).lower().replace("-", "_").replace(" ", "_")
    return events.Key(REPLACED_KEYS.get(name, name), key)


async def tap(shown: Whole, *keys: str) -> None:
    """Press keys and check the screen behind each; sooner than the pilot, which waits for the whole process to rest."""
    order = shown.app._keys
    for key in keys:
        shown.app.post_message(typed(key))
        await until(lambda: (not order._waiting and order._since is None) or None, f"the end of {key}")
        await until(lambda: len(drawn(shown.app)) == shown.app.size.height or None, "lines")
        assert_sound(shown.app)


# What peers say.


async def test_nothing_hostile_is_drawn_in_lists_and_details(tmp_path: Path) -> None:
    path = write_hostile_capture(tmp_path / "x.wsi")
    async with whole(path, size=(110, 32)) as shown:
        await shown.sees("Messages of #3")
        for number in (3, 2, 1):
            await shown.sees(f"Messages of #{number}")
            await tap(shown, "3", "end", "1", "down")
        await tap(shown, "2", "g")
        formats = len(ALL) + 1
        for number in (1, *range(formats, formats + 2 * len(evil_payloads()) + 1)):
            await tap(shown, ":")
            await until(lambda: isinstance(shown.app.screen, GoToDialog) or None, "the dialog")
            await tap(shown, *str(number), "enter")
            await shown.sees(f" 1.{number} ")
            await tap(shown, "3", *["right"] * 6, "2")
        await tap(shown, "G", "3", "2", "up", "up", "3", "right")


async def test_nothing_hostile_is_drawn_on_the_other_screens(tmp_path: Path) -> None:
    path = write_hostile_capture(tmp_path / "x\x1b]0;OWNED\x07[red]\u202e.wsi")
    async with whole(path, size=(110, 32)) as shown:
        await shown.sees("Messages of #3")
        for key in ("f3", "f4", "question_mark", "ctrl+p"):
            await shown.press("f2", key)
            await settled(shown)
            assert_sound(shown.app)
            await shown.press("escape")
        await shown.press("f2", "1", "end", "T")
        assert isinstance(shown.app.screen, TagsDialog)
        await settled(shown)
        assert_sound(shown.app)
        await shown.press("escape", "2", "g", "x")
        await settled(shown)
        assert_sound(shown.app)
        await shown.press("escape", "slash", *"text contains ")
        shown.app.post_message(events.Paste(f"'{SHORT}{EVIL}'"))
        await shown.pilot.pause()
        assert_sound(shown.app)


async def test_what_an_engine_tells_is_not_obeyed_either(tmp_path: Path) -> None:
    async with steered(tmp_path) as (shown, engine):
        for number, payload in enumerate([EVIL.encode("utf-8", "replace"), SHORT.encode(), b"\x9b2J\x1b]0;x\x07"], 10):
            engine.waiting[1, number] = (1 + number % 2, payload)
        await shown.app.engine.refresh_held()
        await shown.sees("held 5")
        assert_sound(shown.app)
        for key in ("e", "b", "B"):
            await shown.press(key)
            await until(lambda: not isinstance(shown.app.screen, TrafficScreen) or None, "the dialog")
            await settled(shown)
            assert_sound(shown.app)
            await shown.press("escape")
        await shown.press("f3")
        await shown.sees("vip")
        assert_sound(shown.app)
        engine.waiting.clear()


# Sizes.


async def test_every_size_can_be_drawn(tmp_path: Path) -> None:
    path = write_hostile_capture(tmp_path / "x.wsi")
    async with whole(path) as shown:
        await shown.sees("Messages of #3")
        await shown.press("1", "end", "2", "g")
        for keys in (("3", "z"), ("z", "f3"), ("f4",), ("question_mark",), ("escape", "ctrl+p"), ("escape", "T")):
            await shown.press(*keys)
            for size in SIZES:
                await shown.pilot.resize_terminal(*size)
                await settled(shown)
                assert_sound(shown.app)
            await shown.pilot.resize_terminal(100, 30)


# Keys.

_KEYS = (
    *"/f:gGjkoOachipbBedsAtTxz123nNywE+-[]?rumv0.{\"'$*=<",
    *("space", "enter", "tab", "shift+tab", "escape", "escape", "escape", "up", "down", "left", "right", "pageup"),
    *("pagedown", "home", "end", "f1", "f2", "f3", "f4", "ctrl+t", "ctrl+p", "ctrl+s", "ctrl+e", "ctrl+a", "ctrl+k"),
    *("ctrl+u", "ctrl+w", "backspace", "delete", "ctrl+c", "ctrl+x", "ctrl+v", "ctrl+n", "shift+up", "shift+down"),
)
_TEXTS = ("size > 1", "text contains a", "(", '"x', "1.5", "17", "~", "json.$.a == 1", "[bold]x[/]", "dir == c2s")


async def play(shown: Whole, seed: int, turns: int) -> None:
    """Press keys by chance, at once or one after the other, with clicks and other sizes between them."""
    chance = random.Random(seed)
    for turn in range(turns):
        kind = chance.random()
        if kind < 0.03:
            await shown.pilot.resize_terminal(*chance.choice(SIZES))
        elif kind < 0.06:
            width, height = shown.app.size
            await shown.pilot.click(offset=(chance.randrange(width), chance.randrange(height)))
        else:
            for key in chance.choice(_TEXTS) if kind < 0.1 else [chance.choice(_KEYS)]:
                shown.app.post_message(typed(key))
            await asyncio.sleep(0)
        if turn % 10 == 0:
            await shown.pilot.pause()
            await settled(shown)
            assert_sound(shown.app)


async def assert_it_can_be_left(shown: Whole) -> None:
    """Go back to the traffic and leave."""
    await shown.pilot.resize_terminal(100, 30)
    for _ in range(10):
        # What was changed in a dialog is thrown away on purpose only.
        await tap(shown, "y" if isinstance(shown.app.screen, ConfirmDialog) else "escape")
    await tap(shown, "f2")
    await until(lambda: isinstance(shown.app.screen, TrafficScreen) or None, "the traffic")
    shown.app.post_message(typed("q"))
    await until(lambda: shown.app.return_value or None, "the end")
    assert shown.app.return_value is Leaving.QUIT


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_keys_break_it_on_a_finished_capture(tmp_path: Path, seed: int) -> None:
    async with whole(write_hostile_capture(tmp_path / "x.wsi")) as shown:
        await shown.sees("Messages of #3")
        await play(shown, seed, 120)
        await assert_it_can_be_left(shown)


@pytest.mark.parametrize("seed", [3, 4])
async def test_no_keys_break_it_with_an_engine(tmp_path: Path, seed: int) -> None:
    async with steered(tmp_path) as (shown, engine):
        await play(shown, seed, 120)
        engine.waiting.clear()
        await shown.app.engine.refresh_held()
        await assert_it_can_be_left(shown)


# Files.


def _many(path: Path) -> Path:
    """Write a capture that is not read as a whole for its first page."""
    write_capture(path)
    with CaptureWriter(path, append=True) as writer:
        for number in range(1, 3000):
            writer.put_message(hot_row(100 + number, 100 + number, 100 + number, b'{"text":"some"}', at_ms=number), 300)
    return path


def _replace(path: Path) -> None:
    other = path.with_suffix(".other")
    CaptureWriter(other).close()
    other.replace(path)


def _cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(file.seek(0, os.SEEK_END) // 2)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (Path.unlink, "its file was moved or deleted"),
        (_replace, "another file has its name now"),
        (_cut, "cut short"),
        (lambda path: path.write_bytes(b"no capture\n" * 5000), "this is not a wsinspect capture"),
    ],
)
async def test_a_file_that_is_lost_is_told_and_what_is_shown_stays(
    tmp_path: Path, spoil: Callable[[Path], object], told: str
) -> None:
    path = _many(tmp_path / "x.wsi")
    async with whole(path, size=(120, 30)) as shown:
        await shown.press("1", "end", "2", "g")
        await shown.sees("login")
        spoil(path)
        await shown.sees("! capture lost")
        assert "login" in shown.words
        await shown.press("down", "3", "right", "f4")
        await shown.sees("the capture is" if spoil in {Path.unlink, _replace} else told)
        await shown.press("f3", "f2", "1", "up", "down", "slash", *"a", "enter", "escape")
        assert_sound(shown.app)
        await assert_it_can_be_left(shown)


async def test_a_capture_without_sessions_says_so(tmp_path: Path) -> None:
    CaptureWriter(tmp_path / "x.wsi").close()
    async with whole(tmp_path / "x.wsi") as shown:
        await shown.sees("There are no sessions in this capture.")
        await shown.press("2", "down", "enter", "3", "right", "t", "T", "x", "escape", "f4")
        await shown.sees("No messages yet.")
        await assert_it_can_be_left(shown)


@asynccontextmanager
async def locked(path: Path) -> AsyncIterator[None]:
    """Lock a capture as a program does that writes into it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


async def test_another_program_that_locks_the_file_is_waited_for(tmp_path: Path) -> None:
    path = _many(tmp_path / "x.wsi")
    async with whole(path) as shown:
        await shown.press("1", "end", "2", "g")
        await shown.sees("login")
        async with locked(path):
            await shown.press("1", "home", "2", "pagedown", "end", "1", "end")
            assert_sound(shown.app)
        await shown.press("2", "g")
        await shown.sees("login")


def _damaged(path: Path, seed: int) -> bytes:
    chance = random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(len(content) // 300):
        content[chance.randrange(4096, len(content))] ^= 1 << chance.randrange(8)
    return bytes(content)


@pytest.mark.parametrize("seed", range(3))
async def test_a_capture_with_damaged_pages_is_shown_as_far_as_it_goes(tmp_path: Path, seed: int) -> None:
    path = _many(tmp_path / "x.wsi")
    path.write_bytes(_damaged(path, seed))
    async with whole(path) as shown:
        keys: Iterable[str] = ("1", "down", "end", "2", "g", "pagedown", "end", "3", "right", "right", "f4", "f2", "a")
        for key in keys:
            await shown.press(key)
            await settled(shown)
            assert_sound(shown.app)
        await assert_it_can_be_left(shown)


async def test_a_capture_of_an_engine_that_was_killed(tmp_path: Path) -> None:
    live, path = tmp_path / "live.wsi", tmp_path / "x.wsi"
    with CaptureWriter(live) as writer:
        writer.insert_session(CHAT)
        writer.put_message(hot_row(1, 1, 1, b"the last words"), 300)
        await until(lambda: writer.backlog == 0 or None, "the commit")
        for suffix in ("", "-wal"):
            (tmp_path / f"x.wsi{suffix}").write_bytes((tmp_path / f"live.wsi{suffix}").read_bytes())
    async with whole(path) as shown:
        await shown.sees("the last words")
        await shown.sees("■ finished")
