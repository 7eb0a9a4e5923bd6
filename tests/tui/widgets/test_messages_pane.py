"""The pane of messages: one session's or all, filtered, folded, paired; and what it says where there are none."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.cli.recording import CHAT, HOSTILE, NOW, frame, hot_row, write_capture
from tests.peers.waiting import until
from tests.tui.widgets.panes import Host, hosted, lines, sees
from wsinspect.errors import StoreError
from wsinspect.model import Carriage, Direction, Session, SessionId, SessionState
from wsinspect.store.rows import frame_row
from wsinspect.store.writer import CaptureWriter
from wsinspect.tui.selection import Chosen, ChosenFrames, ChosenMessage, ChosenSession
from wsinspect.tui.widgets.messages_pane import MessagesPane


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def chosen(host: Host[MessagesPane]) -> list[Chosen | None]:
    return [message.chosen for message in host.told if isinstance(message, MessagesPane.Chosen)]


def column(pane: MessagesPane, title: str) -> list[str]:
    """What stands in the column of a title, to the next space."""
    shown = lines(pane.list)
    start = shown[0].index(title)
    return [line[start:].split(" ")[0] for line in shown[1:] if line]


async def shows_types(pane: MessagesPane, types: list[str]) -> None:
    await until(lambda: column(pane, "type") == types or None, f"rows of {types}")


def complaints(host: Host[MessagesPane]) -> list[str]:
    return [note.message for note in host._notifications]


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Two sessions: a request, six heartbeats, its reply and a close frame; and one message."""
    path = tmp_path / "talk.wsi"
    with CaptureWriter(path) as writer:
        writer.insert_session(CHAT)
        writer.insert_session(Session(SessionId(2), Carriage.DIRECT, SessionState.CLOSED, "ws://b/", NOW))
        refused = Session(SessionId(3), Carriage.DIRECT, SessionState.REFUSED, "ws://c/", NOW, status=403)
        writer.insert_session(refused)
        writer.put_message(hot_row(1, 1, 1, b'{"id":7,"op":"x"}', at_ms=10), 300)
        for seq in range(2, 8):
            writer.insert_frame(frame_row(frame(seq, 10 * seq, Direction.S2C, 0x89, b"p"), seq), 300)
        writer.put_message(hot_row(8, 2, 8, b'{"id":7,"ok":1}', at_ms=90, direction=1), 300)
        writer.put_message(hot_row(9, 1, 1, b"elsewhere", session=2, at_ms=95), 300)
        close = frame(9, 99, Direction.C2S, 0x88, b"\x03\xe8", close_code=1000)
        writer.insert_frame(frame_row(close, 10), 300)
    return path


async def test_what_is_chosen_and_opened_is_told(talk: Path) -> None:
    async with hosted(talk, MessagesPane) as (pane, pilot, host):
        await sees(pane.list, "No session is chosen.")
        pane.show_session(1)
        pane.focus_list()
        await sees(pane.list, "♥ 6 pings and pongs in 50ms")
        assert lines(pane.title)[0].startswith("━ Messages of #1 ━")
        await until(lambda: chosen(host)[-1:] == [ChosenMessage(1, 1)] or None, "the first")
        await pilot.press("down")
        await until(lambda: chosen(host)[-1] == ChosenFrames(1, 2, 7, 6) or None, "the heartbeats")
        await pilot.press("enter", "down", "down")
        await until(lambda: chosen(host)[-1] == ChosenFrames(1, 3, 3, 1) or None, "one of them")
        await pilot.press("enter", "G", "enter")
        told = [message.chosen for message in host.told if isinstance(message, MessagesPane.Opened)]
        assert told == [ChosenFrames(1, 3, 3, 1), ChosenFrames(1, 9, 9, 1)]
        await pilot.press("g", "down", "enter")
        await until(lambda: pane.list.rows_in_all == 4 or None, "that it is folded again")


async def test_pairs_are_jumped_between(talk: Path) -> None:
    async with hosted(talk, MessagesPane) as (pane, pilot, host):
        pane.show_session(1)
        pane.focus_list()
        await sees(pane.list, "↔ 2 80ms")
        await pilot.press("p")
        await until(lambda: chosen(host)[-1] == ChosenMessage(1, 2) or None, "the reply")
        await pilot.press("p")
        await until(lambda: chosen(host)[-1] == ChosenMessage(1, 1) or None, "the request")
        await pilot.press("down", "p")
        assert "neither a request" in complaints(host)[0]
        pane.bar.set_text("dir == c2s")
        await until(lambda: pane.list.rows_in_all == 2 or None, "the requests")
        await pilot.press("g", "p")
        await until(lambda: chosen(host)[-1] == ChosenMessage(1, 2) or None, "the reply that the filter hid")
        assert complaints(host)[1:] == ["Message 2 was hidden: filter taken away."]
        assert not pane.bar.text


async def test_from_the_slowest_reply_one_comes_to_its_request(talk: Path) -> None:
    async with hosted(talk, MessagesPane) as (pane, pilot, host):
        pane.show_session(1)
        pane.focus_list()
        await sees(pane.list, "♥")
        pane.bar.set_text("latency > 1ms")
        pane.sort_by("pair")
        await until(lambda: (column(pane, "type") == ["text"] and "pair▾" in lines(pane.list)[0]) or None, "replies")
        await until(lambda: chosen(host)[-1] == ChosenMessage(1, 2) or None, "the reply")
        await pilot.press("p")
        await until(lambda: chosen(host)[-1] == ChosenMessage(1, 1) or None, "the request")
        assert "#▴" in lines(pane.list)[0]
        assert complaints(host) == ["Message 1 was hidden: order and filter taken away."]


async def test_the_other_of_a_pair_may_be_far_away(tmp_path: Path) -> None:
    path = tmp_path / "x.wsi"
    with CaptureWriter(path) as writer:
        writer.insert_session(CHAT)
        for number in range(1, 3001):
            said = {1: b'{"id":1,"method":"a"}', 3000: b'{"id":1,"result":1}'}.get(number, b"tick")
            writer.put_message(hot_row(number, number, number, said, direction=int(number > 1)), 300)
    async with hosted(path, MessagesPane) as (pane, pilot, host):
        pane.show_session(1)
        pane.focus_list()
        await until(lambda: chosen(host)[-1:] == [ChosenMessage(1, 1)] or None, "the first")
        await pilot.press("p")
        await until(lambda: chosen(host)[-1] == ChosenMessage(1, 3000) or None, "the reply")
        await sees(pane.list, "↔ 1 ")


async def test_all_sessions_or_one(talk: Path) -> None:
    async with hosted(talk, MessagesPane) as (pane, pilot, host):
        pane.show_session(1)
        pane.focus_list()
        await sees(pane.list, "♥")
        await pilot.press("a")
        await sees(pane.list, "elsewhere")
        assert "Messages of all sessions" in lines(pane.title)[0]
        await until(lambda: "ses" in lines(pane.list)[0] or None, "the column of sessions")
        assert next(line for line in lines(pane.list) if "elsewhere" in line).split()[0] == "2"
        assert pane.session is None
        await pane.go_to_text("2.1")
        await until(lambda: pane.chosen == ChosenMessage(2, 1) or None, "the message of the other session")
        await pane.go_to_text("99")
        await until(lambda: complaints(host) == ["There is no message 99 in session 2."] or None, "the complaint")
        pane.show_session(2)
        await pilot.click(pane.title, offset=(5, 0))
        await until(lambda: pane.list.rows_in_all == 1 or None, "the chosen one's")
        assert pane.session == 2


async def test_a_filter_is_asked_of_messages_of_frames_or_of_both(talk: Path) -> None:
    async with hosted(talk, MessagesPane) as (pane, pilot, _):
        pane.show_session(1)
        pane.focus_list()
        await sees(pane.list, "♥")
        for text, types in (
            ("opcode == ping", ["▸"]),
            ("type == text", ["text", "text"]),
            ("size > 1", ["text", "text", "close"]),
        ):
            pane.bar.set_text(text)
            await shows_types(pane, types)
        assert "3 of 2" not in lines(pane.title)[0]
        await pilot.press("escape", "c")
        await until(lambda: column(pane, "type") == ["text", "text"] or None, "messages only")
        assert "without control frames" in lines(pane.title)[0]
        pane.bar.set_text("opcode == close")
        await until(lambda: column(pane, "type") == ["close"] or None, "what is asked for")
        await pilot.press("escape")
        await sees(pane.title, "without control frames")
        await pilot.click(pane.title, offset=(lines(pane.title)[0].index("without"), 0))
        await pilot.press("h")
        await until(lambda: len(column(pane, "type")) == 9 or None, "each frame")


async def test_times_and_orders(talk: Path) -> None:
    async with hosted(talk, MessagesPane) as (pane, pilot, _):
        pane.show_session(1)
        pane.focus_list()
        await sees(pane.list, "♥")
        await pilot.press("i")
        await sees(pane.list, " 0.010 ▶")
        await pilot.press("i")
        await sees(pane.list, "+0.010")
        await pilot.press("o")
        await until(lambda: (column(pane, "type")[0] == "text" and "size▾" in lines(pane.list)[0]) or None, "by size")
        await pilot.press("o")
        await until(lambda: (len(column(pane, "type")) == 1 and "pair▾" in lines(pane.list)[0]) or None, "replies")
        await pilot.press("O")
        await sees(pane.list, "pair▴")
        await pilot.click(pane.list, offset=(lines(pane.list)[0].index("#"), 0))
        await sees(pane.list, "♥")
        # Back among its neighbours, the cursor is where it was.
        assert "ok" in next(line for line in lines(pane.list) if line.startswith("▌"))
        await pilot.press("O")
        await sees(pane.list, "#▾")


async def test_it_goes_to_numbers_and_to_what_others_say(talk: Path) -> None:
    async with hosted(talk, MessagesPane) as (pane, pilot, host):
        pane.show_session(1)
        pane.focus_list()
        await sees(pane.list, "♥")
        await pilot.press("colon", "2", "enter")
        await until(lambda: chosen(host)[-1] == ChosenMessage(1, 2) or None, "the message")
        for text in ("1.1", "1.99", "x", "2.1", "9" * 99):
            await pane.go_to_text(text)
        await until(lambda: chosen(host)[-1] == ChosenMessage(1, 1) or None, "the message")
        assert complaints(host) == [
            "There is no message 99 in session 1.",
            "'x' is not the number of a message.",
            "Session 2 is not the one that is shown: press `a` for all of them.",
            f"{'9' * 99!r} is not the number of a message.",
        ]
        pane.bar.set_text("dir == c2s")
        await until(lambda: pane.list.rows_in_all == 2 or None, "the requests")
        pane.go_to(ChosenMessage(1, 2))
        await until(lambda: chosen(host)[-1] == ChosenMessage(1, 2) or None, "what the filter hid")
        assert not pane.bar.text
        pane.go_to(ChosenSession(1))
        pane.show_session(2)
        pane.go_to(ChosenMessage(2, 1))
        await until(lambda: chosen(host)[-1] == ChosenMessage(2, 1) or None, "the message of the other session")


async def test_each_session_keeps_its_cursor(talk: Path) -> None:
    async with hosted(talk, MessagesPane) as (pane, pilot, host):
        pane.show_session(1)
        pane.focus_list()
        await sees(pane.list, "♥")
        await pilot.press("G", "up")
        await until(lambda: chosen(host)[-1] == ChosenMessage(1, 2) or None, "the reply")
        pane.show_session(2)
        await until(lambda: chosen(host)[-1] == ChosenMessage(2, 1) or None, "the other session")
        pane.show_session(1)
        await until(lambda: chosen(host)[-1] == ChosenMessage(1, 2) or None, "the reply again")


async def test_why_there_are_none_is_said(talk: Path) -> None:
    async with hosted(talk, MessagesPane) as (pane, _, host):
        pane.show_session(3)
        await sees(pane.list, "This session has no messages: refused 403. Its handshake is in the detail.")
        pane.show_session(1)
        pane.bar.set_text("nowhere_to_be_found")
        await sees(pane.list, "Nothing matches; escape clears the filter.")
        pane.bar.clear()
        await sees(pane.list, "♥")
        pane.show_session(None)
        await sees(pane.list, "No session is chosen.")
        await until(lambda: chosen(host)[-1] is None or None, "that nothing is chosen")


async def test_hostile_payloads_are_shown_and_never_obeyed(tmp_path: Path) -> None:
    async with hosted(write_capture(tmp_path / "x.wsi"), MessagesPane, (140, 30)) as (pane, pilot, host):
        pane.show_session(1)
        await sees(pane.list, "✎ rewrite")
        assert all(line.isprintable() for line in lines(pane.list))
        pane.bar.set_text(f'"{HOSTILE[-5:]}"')
        await pilot.pause()
        assert all(line.isprintable() for line in lines(pane.title))
        for width, height in ((60, 18), (20, 4), (300, 100)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
        assert host.is_running


async def test_what_arrives_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "x.wsi"
    with CaptureWriter(path, wall=lambda: NOW) as writer:
        writer.insert_session(Session(SessionId(1), Carriage.DIRECT, SessionState.OPEN, "ws://a/", NOW))
        async with hosted(path, MessagesPane, (100, 12)) as (pane, pilot, host):
            watching = asyncio.create_task(host.capture.watch())
            pane.show_session(1)
            pane.focus_list()
            await sees(pane.list, "No messages yet.")
            for number in range(1, 2001):
                writer.put_message(hot_row(number, number, number, b"hello %d" % number), 300)
            await sees(pane.list, "hello 2000")
            told = len(chosen(host))
            assert told <= 2, "the cursor does not run along with what arrives"
            await sees(pane.title, "2,000 ━ following")
            await pilot.press("up", "up")
            await until(lambda: "following" not in lines(pane.title)[0] or None, "it to let go")
            writer.put_message(hot_row(2001, 2001, 2001, b"one more"), 300)
            await until(lambda: "2,001" in lines(pane.title)[0] or None, "one more")
            assert chosen(host)[-1] in {ChosenMessage(SessionId(1), number) for number in (1998, 1999)}
            await pilot.press("end")
            await sees(pane.list, "one more")
            pane.show_session(None)
            pane.show_session(1, over=True)
            await until(lambda: "following" not in lines(pane.title)[0] or None, "a session that is over not followed")
            watching.cancel()


async def test_the_listed_records_are_exported(talk: Path, tmp_path: Path) -> None:
    async with hosted(talk, MessagesPane) as (pane, _, _):
        pane.show_session(1)
        await sees(pane.list, "♥")
        assert await pane.export(tmp_path / "out.jsonl") == 9
        records = [json.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
        assert [record.get("text") for record in records if "number" in record][:1] == ['{"id":7,"op":"x"}']
        with pytest.raises(StoreError, match="cannot be written"):
            await pane.export(tmp_path / "missing" / "out.jsonl")


async def test_a_capture_that_cannot_be_read_any_more_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.wsi"
    path.write_text("no database at all " * 10)
    async with hosted(path, MessagesPane, (200, 20)) as (pane, pilot, host):
        pane.show_session(1)
        await sees(pane.list, "this is not a wsinspect capture")
        pane.focus_list()
        await pilot.press("colon", "1", "enter")
        await until(lambda: complaints(host) or None, "why it cannot be gone to")
        pane.go_to(ChosenMessage(1, 1))
        await pilot.press("p", "a", "h", "c", "o", "down")
