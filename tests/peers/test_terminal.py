"""The tests' terminal, on a small program: what it shows is what the program drew."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.peers.terminal import Terminal, terminal
from tests.peers.waiting import until, until_told

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.peer


@pytest.fixture
async def small() -> AsyncIterator[Terminal]:
    """The small program in a terminal."""
    command = [sys.executable, "-m", "tests.peers.small_screen", "one", "two words; $HOME;"]
    async with terminal(command, columns=100, rows=30, folder=ROOT) as shown:
        await shown.until("size 100×30")
        yield shown


async def test_arguments_reach_the_program_as_they_are(small: Terminal) -> None:
    assert "arguments ['one', 'two words; $HOME;']" in await small.screen()


async def test_keys_are_pressed(small: Terminal) -> None:
    for key, seen in [
        ("a", "key a 'a'"),
        ("PageDown", "key pagedown"),
        ("C-s", "key ctrl+s"),
        ("Escape", "key escape"),
    ]:
        await small.press(key)
        await small.until(seen)


async def test_text_is_typed_even_where_it_is_a_name(small: Terminal) -> None:
    await small.type("Up")
    await small.until("key p 'p'")
    await small.type("ü")
    await small.until("'ü'")


async def test_it_is_clicked_and_resized(small: Terminal) -> None:
    await small.click(12, 5)
    await small.until("click 12,5")
    await small.resize(60, 18)
    assert len((await small.until("size 60×18")).splitlines()) == 18


async def test_what_it_copies_is_told(small: Terminal) -> None:
    assert await small.copied() == ""
    await small.press("c")
    await until_told(small.copied, lambda text: text == "copied text", "the text to be copied")


async def test_colours_are_told(small: Terminal) -> None:
    assert "\x1b[" in await small.styled_screen()
    assert "\x1b[" not in await small.screen()


async def test_the_exit_status_is_told(small: Terminal) -> None:
    await small.press("x")
    assert await small.exit_status() == 7


async def test_a_condition_that_never_holds_shows_the_screen(small: Terminal) -> None:
    with pytest.raises(AssertionError, match=r"not within 0.2 s: pigs to fly; the screen is\narguments"):
        await small.until(lambda screen: "pigs" in screen, "pigs to fly", deadline_s=0.2)


async def test_nothing_is_left_behind() -> None:
    stubborn = "import signal, time; signal.signal(1, signal.SIG_IGN); print('up', flush=True); time.sleep(100)"
    async with terminal([sys.executable, "-c", stubborn]) as shown:
        await shown.until("up")
        pid = await shown.pid()
    await until(lambda: not Path(f"/proc/{pid}").exists(), "the program to be gone")


async def test_without_tmux_the_test_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("WSINSPECT_REQUIRE_PEERS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="tmux is not installed"):
        async with terminal(["true"]):
            pass
