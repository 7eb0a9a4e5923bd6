"""The pane of sessions: what is chosen is told, filters choose, and empty states say what to do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.cli.recording import CHAT, HOSTILE, NOW, write_capture
from tests.peers.waiting import until
from tests.tui.widgets.panes import Host, hosted, lines, sees
from wsinspect.model import Carriage, Session, SessionId, SessionState
from wsinspect.store.writer import CaptureWriter
from wsinspect.tui.data.capture import Capture
from wsinspect.tui.widgets.list_messages import ListUpdated
from wsinspect.tui.widgets.sessions_pane import SessionsPane


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def chosen(host: Host[SessionsPane]) -> list[int | None]:
    return [message.session for message in host.told if isinstance(message, SessionsPane.Chosen)]


def opened(number: int) -> Session:
    return Session(SessionId(number), Carriage.DIRECT, SessionState.OPEN, CHAT.url, NOW, host=f"h{number}.test")


async def test_the_newest_is_chosen_first_and_what_is_chosen_is_told(tmp_path: Path) -> None:
    async with hosted(write_capture(tmp_path / "x.wsi"), SessionsPane, (140, 20)) as (pane, pilot, host):
        pane.focus_list()
        await sees(pane.list, "closed 1000 by client: bye")
        await until(lambda: chosen(host) == [2] or None, "the newest")
        assert lines(pane.title)[0].startswith("━ Sessions ━━")
        assert lines(pane.title)[0].endswith(" 2 ━")
        await pilot.press("down", "enter")
        await until(lambda: chosen(host) == [2, 1] or None, "the one below")
        assert all(message.over for message in host.told if isinstance(message, SessionsPane.Chosen))
        assert [message.session for message in host.told if isinstance(message, SessionsPane.Opened)] == [1]
        assert all(line.isprintable() for line in lines(pane.list))
        assert HOSTILE not in "".join(lines(pane.list))
        pane.go_to(2)
        await until(lambda: chosen(host)[-1] == 2 or None, "that one")


async def test_a_filter_chooses_and_escape_clears_it(tmp_path: Path) -> None:
    async with hosted(write_capture(tmp_path / "x.wsi"), SessionsPane) as (pane, pilot, host):
        pane.focus_list()
        await pilot.press("slash", *"state == closed", "enter")
        await until(lambda: "1 of 2" in lines(pane.title)[0] or None, "one of two")
        assert "state == closed" in lines(pane.title)[0]
        await until(lambda: chosen(host)[-1] == 1 or None, "the one that is left")
        assert pane.list.has_focus
        pane.bar.set_text("REFUSED")
        await until(lambda: chosen(host)[-1] == 2 or None, "the one that a mere word finds")
        pane.bar.set_text("host == nowhere.test")
        await sees(pane.list, "Nothing matches; escape clears the filter.")
        await until(lambda: chosen(host)[-1] is None or None, "that none is chosen")
        pane.bar.set_text("host ==")
        await pilot.press("escape")
        await until(lambda: pane.list.rows_in_all == 2 or None, "all again")
        assert not pane.bar.text


async def test_it_goes_to_a_number(tmp_path: Path) -> None:
    async with hosted(write_capture(tmp_path / "x.wsi"), SessionsPane) as (pane, pilot, host):
        pane.focus_list()
        await until(lambda: chosen(host) or None, "the newest")
        await pilot.press("colon", *"#1", "enter")
        await until(lambda: chosen(host)[-1] == 1 or None, "the session")
        for nonsense in ("7", "x", "9" * 99):
            await pane.go_to_text(nonsense)
        await until(lambda: len(host._notifications) == 3 or None, "three complaints")
        assert "There is no session '7' in the list." in {note.message for note in host._notifications}
        await pilot.press("colon", "escape")
        assert pane.list.has_focus


async def test_columns_sort_by_clicks_and_keys(tmp_path: Path) -> None:
    async with hosted(write_capture(tmp_path / "x.wsi"), SessionsPane, (140, 20)) as (pane, pilot, _):
        pane.focus_list()
        await sees(pane.list, "#▾")
        await pilot.click(pane.list, offset=(lines(pane.list)[0].index("size"), 0))
        await sees(pane.list, "size▾")
        await until(lambda: "chat.test" in lines(pane.list)[1] or None, "the larger one on top")
        await pilot.press("O")
        await sees(pane.list, "size▴")
        await pilot.press("o")
        await sees(pane.list, "age▾")
        await pilot.click(pane.list, offset=(1, 0))
        await pilot.click(pane.list, offset=(lines(pane.list)[0].index("activity"), 0))
        await until(lambda: "activity" in lines(pane.list)[0] or None, "no order of activity")


async def test_sessions_come_and_what_to_do_is_said_until_then(tmp_path: Path) -> None:
    path = tmp_path / "x.wsi"
    with CaptureWriter(path, wall=lambda: NOW) as writer:

        def made(capture: Capture) -> SessionsPane:
            pane = SessionsPane(capture)
            pane.hint = "No sessions yet. Point a client at 127.0.0.1:8080: `wsinspect exec -- CMD`"
            return pane

        async with hosted(path, made, (60, 18)) as (pane, pilot, host):
            watching = asyncio.create_task(host.capture.watch())
            await sees(pane.list, "No sessions yet. Point a client at 127.0.0.1:8080:")
            await sees(pane.list, "`wsinspect exec -- CMD`")
            assert "following" in lines(pane.title)[0]
            writer.insert_session(opened(1))
            await sees(pane.list, "h1.test")
            await until(lambda: chosen(host) == [1] or None, "that it is chosen by itself")
            writer.insert_session(opened(2))
            await sees(pane.list, "h2.test")
            assert chosen(host) == [1]
            pane.list.post_message(ListUpdated())
            await pilot.click(pane.title, offset=(lines(pane.title)[0].index("following"), 0))
            assert not pane.list.following
            watching.cancel()


async def test_a_capture_without_sessions_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.wsi"
    CaptureWriter(path).close()
    async with hosted(path, SessionsPane) as (pane, _, _):
        await sees(pane.list, "There are no sessions in this capture.")


async def test_what_is_no_capture_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "x.wsi"
    path.write_text("no database at all " * 10)
    async with hosted(path, SessionsPane, (200, 20)) as (pane, pilot, _):
        await sees(pane.list, "this is not a wsinspect capture")
        assert "! " in lines(pane.title)[0]
        pane.focus_list()
        await pilot.press("colon", "1", "enter", "down", "enter")
