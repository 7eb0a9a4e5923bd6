"""What to send is asked for in a form, which returns a call that the engine takes."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path

from textual import events
from textual.app import App
from textual.widgets import Button

from tests.control.engine import FakeEngine
from tests.peers.waiting import until
from tests.tui.hosting import asked, words_on
from wsinspect.engine.control_server import serve
from wsinspect.model import Direction
from wsinspect.tui.data.engine import Engine
from wsinspect.tui.dialogs.send import SendDialog
from wsinspect.tui.widgets.choice import Choice
from wsinspect.tui.widgets.payload_area import PayloadArea


def dialog(engine: Engine | None = None) -> Callable[[], SendDialog]:
    return lambda: SendDialog(engine or Engine(App(), None), 3, "wss://shop.test/[b]\x1b")


def choose(send: SendDialog, **chosen: str) -> None:
    for name, option in chosen.items():
        send.query_one(f"#{name}", Choice).choose(option)


async def test_a_text_is_what_one_sends_first() -> None:
    async with asked(dialog(), (60, 18)) as (_send, host, pilot):
        assert "wss://shop.test/[b]\\x1b" in words_on(host)
        assert "Cancel esc" in words_on(host)
        await pilot.press(*"hi [x]", "enter", "!")
        await until(lambda: "text 8 B to server" in words_on(host), "what would be sent")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert host.answers == [("inject", {"session": 3, "to": "server", "text": "hi [x]\n!"})]


async def test_bytes_are_written_in_several_ways() -> None:
    async with asked(dialog(), (60, 18)) as (send, host, pilot):
        choose(send, to="client", kind="binary")
        await pilot.pause()
        assert "[hex]" in words_on(host)
        send.query_one(PayloadArea).post_message(events.Paste("aGVsbG8="))
        await pilot.pause()
        assert send.query_one(PayloadArea).content == "68 65 6c 6c 6f"
        await pilot.press("ctrl+s")
        await pilot.pause()
        encoded = base64.b64encode(b"hello").decode()
        assert host.answers == [("inject", {"session": 3, "to": "client", "base64": encoded, "type": "binary"})]


async def test_a_mistake_is_told_before_the_form_closes() -> None:
    async with asked(dialog()) as (send, host, pilot):
        choose(send, kind="JSON")
        await pilot.press("{")
        await until(lambda: "… no JSON" in words_on(host), "a calm word")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert "✗ no JSON, line 1 column 2" in words_on(host)
        assert host.answers == []
        await pilot.press("}")
        assert "✗" not in words_on(host)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert host.answers == [("inject", {"session": 3, "to": "server", "text": "{}"})]


async def test_a_close_has_a_code_and_a_reason() -> None:
    async with asked(dialog()) as (send, host, pilot):
        choose(send, to="both", kind="close")
        await pilot.pause()
        assert "1002 protocol error" in words_on(host)
        assert not send.query_one(PayloadArea).display
        await pilot.click("#code")
        await pilot.press("end", "backspace", "1", "tab", *"bye", "enter")
        await pilot.pause()
        assert host.answers == [("close", {"session": 3, "side": "both", "code": 1001, "reason": "bye"})]


async def test_a_frame_has_every_bit() -> None:
    async with asked(dialog(), (60, 18)) as (send, host, pilot):
        choose(send, kind="frame", fin="0", rsv1="1", rsv3="1", masked="no", length_bytes="8")
        await pilot.pause()
        for word in ("opcode", "fin", "rsv3", "masked", "in extra bytes", "base64"):
            assert word in words_on(host)
        await pilot.click("#opcode")
        await pilot.press("home", "ctrl+k", "1", "1")
        await pilot.click("#announced")
        await pilot.press("9")
        send.query_one(PayloadArea).replace_all("x")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert host.answers == [
            (
                "inject",
                {
                    "session": 3, "to": "server", "base64": "eA==", "opcode": 11, "fin": False, "rsv": 5,
                    "masked": False, "length_bytes": 8, "announced": 9,
                },
            )
        ]  # fmt: skip


async def test_a_file_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "data.bin"
    path.write_bytes(b"\x00\xff")
    async with asked(dialog()) as (send, host, pilot):
        choose(send, kind="binary")
        send._writings[next(kind for kind in send._writings if kind == "binary")].choose("file")
        await pilot.pause()
        assert not send.query_one(PayloadArea).display
        send._file.focus()
        await pilot.press(*f"{tmp_path}/da", "tab", "enter")
        await pilot.pause()
        assert host.answers == [("inject", {"session": 3, "to": "server", "base64": "AP8=", "type": "binary"})]


async def test_what_was_written_stays_for_the_next_time() -> None:
    engine = Engine(App(), None)
    async with asked(dialog(engine)) as (send, host, pilot):
        choose(send, to="both", kind="ping")
        await pilot.press(*"abc", "escape")
        await pilot.pause()
        assert host.answers == [None]
    async with asked(dialog(engine)) as (send, host, pilot):
        assert "[both]" in words_on(host)
        assert "[ping]" in words_on(host)
        assert send.query_one(PayloadArea).content == "abc"
        await pilot.press("ctrl+s")
    async with asked(lambda: SendDialog(engine, 4)) as (_send, host, _pilot):
        assert "[text]" in words_on(host)
    async with asked(dialog()) as (_send, host, _pilot):
        assert "[text]" in words_on(host), "another engine's sessions are others"


async def test_several_are_sent_while_it_stays(tmp_path: Path) -> None:
    fake = FakeEngine()
    app: App[object] = App()
    async with serve(fake, tmp_path) as address, app.run_test() as pilot:
        engine = Engine(app, address)
        running = asyncio.create_task(engine.run())
        await until(lambda: engine.connected or None, "the engine")
        await app.push_screen(SendDialog(engine, 1, ""))
        await pilot.press("a", "ctrl+g")
        await until(lambda: "✓ 1 sent" in words_on(app), "the first")
        await pilot.press("b")
        await pilot.click(app.screen.query(Button)[1])
        await until(lambda: "✓ 2 sent" in words_on(app), "the second")
        assert [(call[0], call[2], call[3].payload) for call in fake.calls] == [  # type: ignore[attr-defined]
            ("inject", Direction.C2S, b"a"),
            ("inject", Direction.C2S, b"ab"),
        ]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_what_the_engine_refuses_is_told() -> None:
    async with asked(dialog()) as (_send, host, pilot):
        await pilot.press("a", "ctrl+g")
        await until(lambda: "✗ no engine writes this capture" in words_on(host), "the refusal")
        await pilot.press("shift+tab", "right", "escape")
        await pilot.pause()
        assert host.answers == [None]
