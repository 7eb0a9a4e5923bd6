"""What is edited comes back as it was left, and what goes wrong is said."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.app import App

from wsinspect.errors import WsinspectError
from wsinspect.tui.editor import edit_in_editor, editor_command, open_in_editor


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], object]:
    """Takes a script that is the editor, and is run with the arguments in `sys.argv`."""
    script = tmp_path / "my editor.py"
    monkeypatch.setenv("VISUAL", f'"{sys.executable}" "{script}" --wait')
    return script.write_text


async def test_what_was_edited_comes_back(editor: Callable[[str], object]) -> None:
    editor(
        "import sys\n"
        "assert sys.argv[1] == '--wait' and sys.argv[2].endswith('.json')\n"
        "data = open(sys.argv[2], 'rb').read()\n"
        "open(sys.argv[2], 'wb').write(data.replace(b'1', b'2') + b'\\n')\n"
    )
    async with App[object]().run_test() as pilot:
        assert await edit_in_editor(pilot.app, b'{"a": 1}', ".json") == b'{"a": 2}'
        assert await edit_in_editor(pilot.app, b'{"a": 1}\n', ".json") == b'{"a": 2}\n\n'


async def test_nothing_comes_back_where_nothing_was_changed(editor: Callable[[str], object]) -> None:
    editor("import sys\nopen(sys.argv[2], 'ab').write(b'\\n')\n")
    async with App[object]().run_test() as pilot:
        assert await edit_in_editor(pilot.app, b"\x00\xff", ".bin") is None


async def test_a_line_is_told_to_editors_that_know_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vim = tmp_path / "vim"
    vim.write_text(f'#!/bin/sh\necho "$@" > "{tmp_path}/told"\n')
    vim.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(vim))
    async with App[object]().run_test() as pilot:
        await open_in_editor(pilot.app, Path("/rules.yaml"), 12)
    assert (tmp_path / "told").read_text() == "+12 /rules.yaml\n"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("raise SystemExit(3)", "exit status 3"),
        ("import os, sys; os.remove(sys.argv[2])", "what the editor left cannot be read: No such file"),
    ],
)
async def test_an_editor_that_fails_is_told(editor: Callable[[str], object], script: str, said: str) -> None:
    editor(script)
    async with App[object]().run_test() as pilot:
        with pytest.raises(WsinspectError, match=said):
            await edit_in_editor(pilot.app, b"text", ".txt")


async def test_an_editor_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "/no/such/editor")
    async with App[object]().run_test() as pilot:
        with pytest.raises(WsinspectError, match="cannot start the editor '/no/such/editor'"):
            await edit_in_editor(pilot.app, b"text", ".txt")


def test_the_command_is_what_the_person_set(tmp_path: Path) -> None:
    assert editor_command({"VISUAL": "code --wait", "EDITOR": "vi"}) == ["code", "--wait"]
    assert editor_command({"VISUAL": " ", "EDITOR": "vi"}) == ["vi"]
    nano = tmp_path / "nano"
    nano.write_text("#!/bin/sh\n")
    nano.chmod(0o700)
    assert editor_command({"PATH": str(tmp_path)}) == [str(nano)]


@pytest.mark.parametrize("environment", [{"PATH": ""}, {"EDITOR": 'vi "'}])
def test_no_command_is_told(environment: dict[str, str]) -> None:
    with pytest.raises(WsinspectError) as told:
        editor_command(environment)
    assert told.value.hint
