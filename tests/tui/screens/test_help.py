"""The help has every key that works, and what the signs mean."""

from __future__ import annotations

from pathlib import Path

from tests.cli.recording import write_capture
from tests.tui.whole import whole
from wsinspect.tui.screens.help import FILTERS, SIGNS, HelpScreen


async def test_it_has_the_keys_of_what_has_the_focus_and_those_that_work_everywhere(tmp_path: Path) -> None:
    async with whole(write_capture(tmp_path / "x.wsi"), size=(100, 120)) as shown:
        await shown.sees("Messages of #2")
        await shown.press("?")
        for text in ("Sessions", "Traffic", "Everywhere", "^q, q", "Find a command.", *(sign for sign, _ in SIGNS)):
            await shown.sees(text)
        assert "Set a breakpoint" not in shown.words, "there is no engine"
        await shown.press("q")
        assert not isinstance(shown.app.screen, HelpScreen)
        assert shown.app.return_value is None


async def test_what_takes_several_lines_goes_on_below_itself(tmp_path: Path) -> None:
    async with whole(write_capture(tmp_path / "x.wsi"), size=(60, 140)) as shown:
        await shown.sees("Messages of #2")
        await shown.press("?")
        await shown.sees("Give the chosen")
        lines = shown.words.splitlines()
        at = next(place for place, line in enumerate(lines) if "Give the chosen" in line)
        assert lines[at + 1].strip("│ ").split()[0] in {"message", "or", "session", "tags", "and"}, "it is in two lines"
        assert len(lines[at + 1]) - len(lines[at + 1].lstrip("│ ")) == lines[at].index("Give")
        assert all(name in shown.words for name, _ in FILTERS)
