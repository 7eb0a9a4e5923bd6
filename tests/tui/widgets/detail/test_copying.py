"""What is copied is what one sees of a payload, in bounds."""

from __future__ import annotations

from pathlib import Path

from tests.tui.widgets.detail.showing import Detail, detail, write_messages
from wsinspect.tui.widgets.detail.copying import MOST_CHARACTERS


async def _copied(shown: Detail, notice: str) -> str:
    shown.app.told.clear()
    await shown.press("y")
    await shown.told(notice)
    return shown.app.copied[-1]


async def test_each_tab_has_something_to_copy(tmp_path: Path) -> None:
    path = write_messages(tmp_path / "x.wsi", [(1, b'{"a":{"b":"c"},"d":[]}')])
    async with detail(path) as shown:
        await shown.message(1, '"d": []')
        assert await _copied(shown, "Copied: 40 characters") == '{\n  "a": {\n    "b": "c"\n  },\n  "d": []\n}'
        await shown.press("right")
        await shown.sees('{"a":{"b":"c"},"d":[]}')
        assert await _copied(shown, "Copied: 22 characters") == '{"a":{"b":"c"},"d":[]}'
        await shown.press("right")
        await shown.sees("00000000")
        assert bytes.fromhex(await _copied(shown, "Copied: 22 bytes as hex digits")) == b'{"a":{"b":"c"},"d":[]}'
        await shown.press("right")
        await shown.sees("Header")
        assert "1... ....  FIN" in await _copied(shown, "Copied: ")


async def test_of_a_tree_a_branch_is_copied(tmp_path: Path) -> None:
    path = write_messages(tmp_path / "x.wsi", [(1, b'{"a":{"b":"c"},"d":[]}')])
    async with detail(path) as shown:
        await shown.message(1, '"d": []')
        await shown.press("left")
        await shown.sees('"b": "c"  string')
        assert await _copied(shown, "of this branch") == '{\n  "a": {\n    "b": "c"\n  },\n  "d": []\n}'
        await shown.press("down")
        assert await _copied(shown, "Copied: 14 characters of this branch") == '{\n  "b": "c"\n}'
        await shown.press("down")
        assert await _copied(shown, "Copied: 3 characters of this branch") == '"c"'


async def test_what_is_large_is_copied_in_part_and_told_so(tmp_path: Path) -> None:
    path = write_messages(tmp_path / "x.wsi", [(1, b"x" * (3 << 20)), (2, bytes(3 << 20))])
    async with detail(path) as shown:
        await shown.message(1, "xxx")
        copied = await _copied(shown, "which is not all: w saves the payload")
        assert len(copied) == MOST_CHARACTERS
        await shown.message(2, "00000000")
        copied = await _copied(shown, "the first 524.3k of 3.1M bytes as hex digits: w saves the payload")
        assert len(copied) == MOST_CHARACTERS
