"""What is chosen is shown, the last of it, as it is now; it can be searched, copied, saved and edited."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.recording import CHAT, HOSTILE, KEY, MS, NOW, write_capture
from tests.control.engine import FakeEngine
from tests.peers.waiting import until
from tests.tui.widgets.detail.showing import Detail, detail, write_messages
from wsinspect.engine.control_server import serve
from wsinspect.engine.steered import NoticeKind
from wsinspect.model import Completeness, Direction, Message
from wsinspect.store.annotation import set_tags
from wsinspect.store.rows import message_row
from wsinspect.store.writer import CaptureWriter
from wsinspect.tui.selection import ChosenFrames, ChosenMessage, ChosenSession
from wsinspect.tui.widgets.detail.tabs import Tab


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write_capture(tmp_path / "x.wsi")


def _tab(shown: Detail) -> Tab | None:
    return None if shown.pane._loaded is None else shown.pane._loaded.tab


async def test_without_a_choice_it_says_what_to_do(capture: Path) -> None:
    async with detail(capture) as shown:
        await shown.sees("Choose a session or a message")
        await shown.press("y", "w", "E", "m", "v", "right", "n", "slash")
        await shown.message(1, '"op": "login"')
        shown.pane.show(None)
        await shown.sees("Choose a session or a message")
        await shown.message(1, '"op": "login"')


async def test_each_kind_of_choice_has_its_tabs(capture: Path) -> None:
    async with detail(capture) as shown:
        await shown.message(1, "Decoded │ JSON │ Text │ Hex │ Frames │ Change │ Session", '"op": "login"')
        assert _tab(shown) is Tab.FORMAT
        await shown.message(4, "Text │ Hex │ Frames │ Change │ Session", "1b 5d 30 3b")
        assert _tab(shown) is Tab.HEX
        shown.pane.show(ChosenSession(1))
        await shown.sees(" #1 closed wss://chat.test/room?a=1", "1000 normal closure", "client end")
        shown.pane.show(ChosenSession(2))
        await shown.sees(" #2 refused", "the server answered 403 Forbidden")
        shown.pane.show(ChosenFrames(1, 4, 4, 1))
        await shown.sees(" 1.f4 ◀ ping 1", "0x9  ping, control frame", "Text │ Hex │ Frames │ Session")
        shown.pane.show(ChosenFrames(1, 4, 6, 2))
        await shown.sees("and on: 2 pings and pongs", "1.f4", "1.f6", "Frames │ Session")


async def test_the_tab_that_was_chosen_stays_where_there_is_one(capture: Path) -> None:
    async with detail(capture) as shown:
        await shown.message(1, '"op": "login"')
        await shown.press("right", "right_square_bracket")
        await shown.sees("00000000  7b 22")
        await shown.message(5, "00000000  7b 22 61")
        shown.pane.show(ChosenSession(1))
        await shown.sees("normal closure")
        await shown.message(1, "00000000  7b 22 6f")
        await shown.press("left", "left", "left", "left")
        await shown.sees("subprotocol")


async def test_tabs_can_be_clicked(capture: Path) -> None:
    async with detail(capture) as shown:
        await shown.message(1, '"op": "login"')
        column = shown.words.splitlines()[0].index("Frames")
        await shown.pilot.click(offset=(column, 0))
        await shown.sees("masked, as a client must")
        await shown.pilot.click(offset=(99, 0))
        assert _tab(shown) is Tab.FRAMES


async def test_only_the_last_of_many_choices_is_loaded(tmp_path: Path) -> None:
    path = write_messages(tmp_path / "x.wsi", [(1, b"text %d" % number) for number in range(1, 100)])
    async with detail(path) as shown:
        await shown.message(1, "text 1")
        loads = 0
        read = shown.app.capture.read

        async def counted(*arguments: object) -> object:
            nonlocal loads
            loads += 1
            return await read(*arguments)  # type: ignore[arg-type]  # what it was called with

        shown.app.capture.read = counted  # type: ignore[method-assign, assignment]  # counts
        for number in range(2, 100):
            shown.pane.show(ChosenMessage(1, number))
        await shown.sees("text 99")
        assert loads <= 2


async def test_what_is_not_there_is_told(capture: Path) -> None:
    async with detail(capture) as shown:
        shown.pane.show(ChosenMessage(1, 99))
        await shown.sees("This is not on record")
        shown.pane.show(ChosenSession(9))
        await shown.pilot.pause()
        shown.pane.show(ChosenFrames(1, 99, 99, 1))
        await shown.sees("This is not on record")
        await shown.message(1, "login")


async def test_a_capture_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.wsi"
    path.write_bytes(b"no capture at all" * 100)
    async with detail(path) as shown:
        shown.pane.show(ChosenSession(1))
        await shown.sees("this is not a wsinspect capture")


async def test_what_is_hostile_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    document = json.dumps({HOSTILE: HOSTILE}, ensure_ascii=False).encode()
    path = write_messages(tmp_path / "x.wsi", [(1, HOSTILE.encode()), (1, document), (2, b"\x00\xff")])
    async with detail(path) as shown:
        for number in (1, 2, 3):
            await shown.message(number)
            for _ in range(7):
                await shown.press("right")
                assert "\x1b" not in shown.words
                assert "\u202e" not in shown.words
        await shown.message(1)
        await until(lambda: shown.pane.subject or None, "the message")
        while _tab(shown) is not Tab.TEXT:
            await shown.press("right")
        await shown.sees("\\x1b]0;owned\\x07\\x1b[2J\\u202e\\x00[bold red]x[/]")


async def test_what_was_changed_stands_beside_what_came(capture: Path) -> None:
    async with detail(capture, (120, 24)) as shown:
        await shown.message(5, "✎ changed", "What came, 7 bytes", "│ What went, 7 bytes")
        await shown.sees('│ +   "a": 2', "rewrite  replace")
        await shown.press("v")
        await shown.sees("as sent", '"a": 2')
        await shown.press("v")
        await shown.sees("here as it came", '"a": 1')
        await shown.misses("as sent")


async def test_of_a_held_message_is_shown_what_would_go(capture: Path, tmp_path: Path) -> None:
    fake = FakeEngine()
    async with serve(fake, tmp_path) as address, detail(capture, (120, 24), address) as shown:
        await until(lambda: shown.app.engine.held or None, "what is held")
        await shown.message(5, "held", "as it would go", "hello")
        await shown.press("v")
        await shown.sees('{"a":1}')
        await shown.press("v")
        fake.waiting[1, 5] = (1, b"changed by hand")
        fake.tell(NoticeKind.HELD, "", 1, 5)
        await shown.sees("changed by hand")
        fake.waiting.clear()
        fake.tell(NoticeKind.RELEASED, "forwarded", 1, 5)
        await shown.misses("held")


def _arriving(payload: bytes, completeness: Completeness) -> Message:
    size = len(payload)
    return Message(
        1, CHAT.id, 1, NOW, NOW + MS, Direction.C2S, 1, (1,), size, size + 6, payload, completeness=completeness
    )


async def test_what_changes_is_read_again_where_one_is(tmp_path: Path) -> None:
    path = tmp_path / "x.wsi"
    text = b"\n".join(b"line %d" % number for number in range(100))
    with CaptureWriter(path) as writer:
        writer.insert_session(replace(CHAT, closed=None))
        waiting = _arriving(text, Completeness.WAITING)
        writer.insert_message(message_row(waiting, 1, header=b"\x81\xfe\x02\x00" + KEY, payload=text), 300)
        await until(lambda: not writer.backlog or None, "it to be written")
        async with detail(path) as shown:
            await shown.message(1, "waiting", "line 0")
            await shown.press("pagedown")
            await shown.sees("line 25")
            writer.update_message(1, 300, completeness=None, verdict=3)
            await until(lambda: not writer.backlog or None, "it to be written")
            await shown.sees("dropped", "line 25")
            assert "line 1\n" not in shown.words


async def test_what_is_written_about_it_is_shown(capture: Path) -> None:
    async with detail(capture) as shown:
        await shown.message(1, "login")
        await shown.press("left", "left", "left")
        await shown.sees("It went on as it came.")
        set_tags(capture, 1, 1, ["suspect"])
        await shown.sees("tags", "suspect")


async def test_more_of_a_large_payload_is_loaded_when_asked_for(tmp_path: Path) -> None:
    line = b"x" * 99 + b"\n"
    path = write_messages(tmp_path / "x.wsi", [(1, line * 30_000 + b"the end")])
    async with detail(path) as shown:
        await shown.message(1, "2.0M more: m loads more, Hex shows all, w saves all", "xxxx")
        await shown.press("m")
        await shown.misses("more: m loads more")
        await shown.press("end")
        await shown.sees("the end")
        await shown.press("m")


async def test_values_that_are_cut_are_shown_whole_when_asked_for(tmp_path: Path) -> None:
    path = write_messages(tmp_path / "x.wsi", [(1, b'{"a":"' + b"x" * 20_000 + b'needle"}')])
    async with detail(path) as shown:
        await shown.message(1, "Long values are cut. m loads more.")
        await shown.press("m")
        await shown.misses("Long values")
        await shown.press("end")
        await shown.sees("needle")


async def test_what_is_shown_is_searched(tmp_path: Path) -> None:
    text = b"\n".join(b"line %d" % number for number in range(500))
    path = write_messages(tmp_path / "x.wsi", [(1, text), (2, b"\x00" * 70_000 + b"\xfeneedle")])
    async with detail(path) as shown:
        await shown.message(1, "line 0")
        await shown.press("slash", *"E 12")
        await shown.sees("nothing found")
        await shown.press("ctrl+u", *"e 12")
        await shown.sees("1 of 11", "line 12")
        await shown.press("down", "enter", "n")
        await shown.sees("3 of 11", "line 121")
        await shown.press("N", "N", "N")
        await shown.sees("11 of 11", "line 129")
        await shown.press("escape")
        await shown.misses("of 11")
        await shown.message(2, "00000000  00 00")
        await shown.press("slash", *"needle")
        await shown.sees("1 of 1", "00011170  fe 6e 65 65 64 6c 65")
        await shown.press("escape", "slash", "f", "e", "6", "e", "enter")
        await shown.sees("1 of 1")
        await shown.press("slash", "ctrl+u", "enter")
        await shown.misses("search")


async def test_a_search_says_what_it_did_not_look_through(tmp_path: Path) -> None:
    path = write_messages(tmp_path / "x.wsi", [(1, b"abc " * 500_000), (1, b"[" + b"[1]," * 30_000 + b"1]")])
    async with detail(path) as shown:
        await shown.message(1, "abc abc")
        await shown.press("slash", *"needle")
        await shown.sees("nothing found in the first 1.0M")
        await shown.press("enter")
        await shown.message(2, "Shown are the first 20,000 values")
        await shown.sees("nothing found in what is shown")


async def test_what_is_shown_is_copied(capture: Path) -> None:
    async with detail(capture) as shown:
        await shown.message(1, "login")
        await shown.press("y")
        await shown.told("Copied: 36 characters")
        assert shown.app.copied == ['{\n  "op": "login",\n  "user": "ann"\n}']
        await shown.pilot.mouse_down(offset=(3, 2))
        await shown.pilot.hover(offset=(6, 2))
        await shown.pilot.mouse_up(offset=(6, 2))
        await shown.press("y")
        await until(lambda: len(shown.app.copied) > 1 or None, "the selection")
        assert shown.app.copied[1] in '  "op": "login",'


async def test_a_payload_is_saved(capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with detail(capture) as shown:
        await shown.message(1, "login")
        await shown.press("w")
        await shown.sees("session1-message1.json")
        await shown.press("enter")
        await shown.told("Saved 27 bytes in session1-message1.json")
        assert (tmp_path / "session1-message1.json").read_bytes() == b'{"op":"login","user":"ann"}'
        await shown.press("w")
        await shown.sees("session1-message1.json")
        await shown.press("escape", "w")
        await shown.sees("session1-message1.json")
        await shown.press("enter")
        await shown.sees("Overwrite it?")
        await shown.press("n", "ctrl+u", *"/proc/x", "enter")  # a folder of Linux that nobody can write into
        await shown.told("cannot be written")


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A script that is the editor: what a test writes there is run with the arguments in `sys.argv`."""
    script = tmp_path / "editor.py"
    monkeypatch.setenv("VISUAL", f'"{sys.executable}" "{script}"')
    return script


async def test_a_copy_of_the_payload_is_opened_in_the_editor(capture: Path, editor: Path) -> None:
    _write(editor, f"import sys\nopen({str(editor)!r} + '.seen', 'w').write(open(sys.argv[1]).read())")
    async with detail(capture) as shown:
        await shown.message(5, '"a": 1')
        await shown.press("E")
        await until(lambda: _seen(editor) == '{"a":1}' or None, "the editor")
        _write(editor, "import sys\nopen(sys.argv[1], 'w').write('{}')\n")
        await shown.press("E")
        await shown.told("The message is not held")
        _write(editor, "raise SystemExit(1)")
        await shown.press("E")
        await shown.told("failed: exit status 1")
        assert shown.app.edited == []


def _write(editor: Path, script: str) -> None:
    editor.write_text(script)


def _seen(editor: Path) -> str:
    path = Path(f"{editor}.seen")
    return path.read_text() if path.exists() else ""


async def test_what_was_edited_of_a_held_message_is_offered(capture: Path, tmp_path: Path, editor: Path) -> None:
    _write(editor, "import sys\nopen(sys.argv[1], 'w').write('edited')\n")
    async with serve(FakeEngine(), tmp_path) as address, detail(capture, (120, 24), address) as shown:
        await until(lambda: shown.app.engine.held or None, "what is held")
        await shown.message(5, "hello")
        await shown.press("E")
        (event,) = await until(lambda: shown.app.edited or None, "what was edited")
        assert (event.session, event.message, event.payload) == (1, 5, b"edited")


async def test_what_is_too_large_for_an_editor_is_told(tmp_path: Path, editor: Path) -> None:
    path = write_messages(tmp_path / "x.wsi", [(1, b"x" * (17 << 20))])
    async with detail(path) as shown:
        await shown.message(1, "xxxx")
        await shown.press("E")
        await shown.told("too much for an editor")


async def test_every_size_of_the_screen_will_do(capture: Path) -> None:
    async with detail(capture) as shown:
        await shown.message(5, '"a": 1')
        for size in ((60, 18), (20, 5), (300, 100), (8, 2), (80, 24)):
            await shown.pilot.resize_terminal(*size)
            for _ in range(7):
                await shown.press("right")
        await shown.sees("Session")
