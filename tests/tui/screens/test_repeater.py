"""A recorded client's messages sent again by hand, to a real server."""

from __future__ import annotations

import json
from pathlib import Path

from tests.peers.waiting import until
from tests.tui.shop import captures, shown_shop
from wsinspect.store.reader import CaptureReader


async def test_all_messages_are_sent_again_with_the_token_of_now(tmp_path: Path) -> None:
    async with shown_shop(tmp_path) as program:
        await program.press("r")
        await program.sees("Made anew: ")
        await program.sees("○ not connected")
        await program.press("g", "j", "a")
        await program.sees("● connected")
        await until(lambda: program.words.count("✓ sent") == 2, "both to be sent")
        await until(lambda: program.words.count("◀ ≈") + program.words.count("◀ =") == 2, "both answers")
        await program.press("c")
        await program.sees("○ closed 1000")
        await program.press("equals_sign")
        await program.sees("as it was sent again")
        await program.press("escape", "escape")
        await program.sees("Messages of #1")
    (again,) = captures(tmp_path, "repeated")
    with CaptureReader(again) as reader:
        told = [json.loads(message.payload) for message in reader.messages(session=1)]
        answered = told[1]["result"]["token"]
        assert told[2]["token"] == answered
    with CaptureReader(tmp_path / "x.wsi") as reader:
        assert not any(answered in message.payload.decode() for message in reader.messages(session=1))


async def test_a_message_is_changed_and_sent(tmp_path: Path) -> None:
    async with shown_shop(tmp_path) as program:
        await program.press("2", "g", "r")
        await program.sees("Repeater session 1")
        await program.press("e")
        await program.sees("Edit message 1")
        await program.press("ctrl+s")
        await program.sees("✓ sent")
        await program.press("n")
        await program.sees("a new message")
        await program.press(*'{"id":9,"method":"price"}', "ctrl+s")
        await program.sees("close 4401 who are you?")
        await program.sees("○ closed 4401 who are you?")
        await program.press("d")
        await program.sees_no('"id":9')


async def test_the_handshake_is_changed(tmp_path: Path) -> None:
    async with shown_shop(tmp_path) as program:
        await program.press("r", "g", "enter")
        await program.sees("headers, one a line")
        await program.write("http://nowhere/")
        await program.press("ctrl+s")
        await program.sees("write ws://HOST/PATH")
        await program.write("ws://127.0.0.1:1/")
        await program.press("ctrl+s")
        await program.sees("→ ws://127.0.0.1:1/")
        await program.press("c")
        await program.sees("✕ no connection")
        await program.sees("Connection refused")
