"""A payload is changed in a form that fits it, and goes exactly as it was left."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events

from tests.peers.waiting import until
from tests.tui.hosting import asked, words_on
from wsinspect.tui.dialogs.confirm import ConfirmDialog
from wsinspect.tui.dialogs.edit import EditDialog, Edited
from wsinspect.tui.widgets.payload_area import PayloadArea


def dialog(payload: bytes, *, of_text: bool = True) -> Callable[[], EditDialog]:
    return lambda: EditDialog(payload, of_text=of_text, title="3.17, held by [b]rule[/b]")


def write(edit: EditDialog, text: str) -> None:
    area = edit.query_one(PayloadArea)
    area.replace_all(text)


@pytest.mark.parametrize(
    ("payload", "of_text"),
    [
        (b"hello", True),
        (b"a\r\nb\x1b[2J\xe2\x80\xa8\xe2\x80\xaec", True),
        (b'{"price":99.50,"u":"\\u00e9"}', True),
        (b'{"a": 1,  "b": 2}\n', True),
        (bytes(range(256)), False),
        (b"", True),
        (b"x" * 2_000_000, True),
    ],
    ids=["text", "odd", "json", "spaced", "bytes", "nothing", "large"],
)
async def test_what_is_not_changed_goes_as_it_came(payload: bytes, of_text: bool) -> None:
    async with asked(dialog(payload, of_text=of_text)) as (_edit, host, pilot):
        assert "[b]rule[/b]" in words_on(host)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert host.answers == [Edited(payload, of_text, go=True)]


async def test_what_is_typed_goes() -> None:
    async with asked(dialog(b"hello")) as (_edit, host, pilot):
        await pilot.press("X", "enter", "end", "!")
        await pilot.press("ctrl+o")
        await pilot.pause()
        assert host.answers == [Edited(b"X\nhello!", of_text=True, go=False)]


async def test_json_is_laid_out_checked_and_sent_compact() -> None:
    async with asked(dialog(b'{"price":1,"to":"x"}')) as (edit, host, pilot):
        assert '  "price": 1,' in words_on(host)
        assert "✓ 20 B  JSON" in words_on(host)
        write(edit, '{\n  "price": 200,\n}')
        await until(lambda: "✗" in words_on(host), "the mistake to be told")
        assert "line 2 column 15: trailing comma" in words_on(host)
        write(edit, '{\n  "price": 200\n}')
        await until(lambda: "✓ 20 B → 13 B  JSON" in words_on(host), "it to be right")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert host.answers == [Edited(b'{"price":200}', of_text=True, go=True)]


async def test_json_may_be_sent_as_typed() -> None:
    async with asked(dialog(b'{"a":1}')) as (_edit, host, pilot):
        await pilot.click("#layout", offset=(2, 0))
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert host.answers == [Edited(b'{\n  "a": 1\n}', of_text=True, go=True)]


async def test_laying_out_goes_back_and_forth() -> None:
    async with asked(dialog(b'{"a":1}')) as (edit, host, pilot):
        area = edit.query_one(PayloadArea)
        await pilot.press("ctrl+l")
        assert area.content == '{"a":1}'
        await pilot.press("ctrl+l")
        assert area.content == '{\n  "a": 1\n}'
        write(edit, "{")
        await pilot.pause()
        await pilot.press("ctrl+l")
        await pilot.pause()
        assert "no JSON that could be laid out" in words_on(host)
        assert area.content == "{"


async def test_bytes_are_edited_as_digits_and_base64_may_be_pasted() -> None:
    async with asked(dialog(b"\x00\xff", of_text=False)) as (edit, host, pilot):
        assert "00 ff" in words_on(host)
        await pilot.press("0")
        await until(lambda: "two hexadecimal digits" in words_on(host), "the mistake to be told")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert host.answers == []
        await pilot.press("delete", "delete")
        write(edit, "")
        edit.query_one(PayloadArea).post_message(events.Paste("aGVsbG8="))
        await pilot.pause()
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert host.answers == [Edited(b"hello", of_text=False, go=True)]


async def test_the_form_and_the_type_are_switched() -> None:
    async with asked(dialog(b"hi")) as (edit, host, pilot):
        await pilot.click("#form", offset=(14, 0))
        await pilot.pause()
        assert edit.query_one(PayloadArea).content == "68 69"
        await pilot.click("#type", offset=(9, 0))
        write(edit, "ff")
        await pilot.pause()
        await pilot.click("#form", offset=(1, 0))
        await pilot.pause()
        assert "cannot be written so here" in words_on(host)
        assert "[hex]" in words_on(host)
        write(edit, "f")
        await pilot.click("#form", offset=(1, 0))
        await pilot.pause()
        assert "first mend" in words_on(host)
        write(edit, "fe")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert host.answers == [Edited(b"\xfe", of_text=False, go=True)]


async def test_text_that_is_not_utf_8_is_said_to_be_so() -> None:
    async with asked(dialog(b"\xff")) as (_edit, host, _pilot):
        assert "not UTF-8" in words_on(host)


async def test_leaving_asks_when_something_was_changed() -> None:
    async with asked(dialog(b"hi")) as (_edit, host, pilot):
        await pilot.press("escape")
        await pilot.pause()
        assert host.answers == [None]
    async with asked(dialog(b"hi")) as (_edit, host, pilot):
        await pilot.press("x", "escape")
        await pilot.pause()
        assert isinstance(host.screen, ConfirmDialog)
        await pilot.press("n")
        await pilot.pause()
        assert host.answers == []
        await pilot.press("escape", "y")
        await pilot.pause()
        assert host.answers == [None]


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], object]:
    script = tmp_path / "editor.py"
    monkeypatch.setenv("VISUAL", f'"{sys.executable}" "{script}"')
    return script.write_text


REPLACING = "import sys\ndata = open(sys.argv[1], 'rb').read()\nopen(sys.argv[1], 'wb').write({})\n"


async def test_the_editor_gets_what_is_on_the_screen(editor: Callable[[str], object]) -> None:
    editor(REPLACING.format("data.replace(b' 1', b' 2') if sys.argv[1].endswith('.json') else b''"))
    async with asked(dialog(b'{"a":1}')) as (edit, host, pilot):
        await pilot.press("ctrl+e")
        await until(lambda: "2" in edit.query_one(PayloadArea).content, "what the editor left")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert host.answers == [Edited(b'{"a":2}', of_text=True, go=True)]


async def test_a_large_payload_goes_to_the_editor(editor: Callable[[str], object]) -> None:
    editor(REPLACING.format("data[:3]"))
    async with asked(dialog(b"x" * 2_000_000)) as (edit, host, pilot):
        assert "2.0M bytes, or lines that long or many, are too much" in words_on(host)
        assert not edit.query_one(PayloadArea).display
        await pilot.press("enter")
        await until(lambda: edit.query_one(PayloadArea).content == "xxx", "what the editor left")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert host.answers == [Edited(b"xxx", of_text=True, go=True)]


async def test_an_editor_that_made_bytes_of_json_shows_bytes(editor: Callable[[str], object]) -> None:
    editor(REPLACING.format(r"b'\xff'"))
    async with asked(dialog(b'{"a":1}')) as (edit, _host, pilot):
        await pilot.press("ctrl+e")
        await until(lambda: edit.query_one(PayloadArea).content == "ff", "the bytes")


@pytest.mark.parametrize(
    ("script", "said"), [("raise SystemExit(1)", "exit status 1"), ("pass", "")], ids=["fails", "unchanged"]
)
async def test_an_editor_that_changes_nothing(editor: Callable[[str], object], script: str, said: str) -> None:
    editor(script)
    async with asked(dialog(b"\x00", of_text=False)) as (edit, host, pilot):
        write(edit, "0")
        await pilot.press("ctrl+e")
        await pilot.pause()
        assert "first mend" in words_on(host)
        write(edit, "00")
        await pilot.press("ctrl+e")
        await edit.workers.wait_for_complete()
        await until(lambda: "first mend" not in words_on(host) and said in words_on(host), "what the editor did")
        assert edit.query_one(PayloadArea).content == "00"


@pytest.mark.parametrize("size", [(60, 18), (300, 100)])
async def test_it_fits(size: tuple[int, int]) -> None:
    async with asked(dialog(b'{"a":1}'), size) as (_edit, host, _pilot):
        assert "Cancel esc" in words_on(host)
        assert "[compact]" in words_on(host)
