"""A recording is played between two peers, to either, and listens to whom it plays to."""

from __future__ import annotations

from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.peers.fixtures import authority, certificate, confdir
from tests.peers.rules import conversation
from tests.peers.talks import write_talk
from tests.peers.waiting import until, within
from wsinspect.engine import intruder
from wsinspect.engine.steered import Notice, NoticeKind
from wsinspect.errors import EngineError
from wsinspect.model import Direction, Source
from wsinspect.rules.ruling import Replay

__all__ = ["authority", "certificate", "confdir"]

PLAY = "  - {{id: play, on: {on}, do: [{{replay: {{file: x.wsi, session: 1, side: {side}}}}}]}}\n"


@pytest.mark.parametrize("on", ["open", "handshake_request", "handshake_response"])
async def test_it_is_played_to_the_client_beside_a_real_server(tmp_path: Path, confdir: Path, on: str) -> None:
    write_talk(tmp_path / "x.wsi", "< hi", "> ask", "< told")
    async with conversation(tmp_path, confdir, PLAY.format(on=on, side="client")) as talk:
        assert await talk.answer() == "hi"
        await talk.say("ask", "else")
        assert [await talk.heard(), await talk.heard()] == ["ask", "else"], "the server hears the client as ever"
        assert await talk.answer() == "told"
        await talk.server.send("real")
        assert await talk.answer() == "real"
        recorded = await talk.record()
    sources = [(m.payload, m.source) for m in recorded.messages if m.direction is Direction.S2C]
    assert sources == [(b"hi", Source.REPLAY), (b"told", Source.REPLAY), (b"real", Source.PEER)]


async def test_it_is_played_to_the_server_upon_what_that_says(tmp_path: Path, confdir: Path) -> None:
    write_talk(tmp_path / "x.wsi", "> hello", "< welcome", "> thanks", ">> ping x")
    async with conversation(tmp_path, confdir, PLAY.format(on="open", side="server")) as talk:
        assert await talk.heard() == "hello"
        await talk.server.send("welcome")
        assert await talk.heard() == "thanks"
        assert await talk.answer() == "welcome"


async def test_much_is_played_in_turns(tmp_path: Path, confdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intruder, "AT_ONCE_BYTES", 10)
    write_talk(tmp_path / "x.wsi", *[f"< {number}" for number in range(50)])
    async with conversation(tmp_path, confdir, PLAY.format(on="open", side="client")) as talk:
        assert [await talk.answer() for _ in range(50)] == [str(number) for number in range(50)]


async def test_ticks_and_a_close_come_at_their_time(tmp_path: Path, confdir: Path) -> None:
    ticks = ["+60ms < tick"] * 3
    write_talk(tmp_path / "x.wsi", "> go", *ticks, "+10ms << close 4000 over")
    async with conversation(tmp_path, confdir, PLAY.format(on="open", side="client")) as talk:
        await talk.say("go")
        assert [await talk.answer() for _ in range(3)] == ["tick"] * 3
        with pytest.raises(ConnectionClosed):
            await within(talk.client.recv(), "the close")
        assert talk.client.close_code == 4000


async def test_what_is_played_goes_on_when_the_rules_are_read_again(tmp_path: Path, confdir: Path) -> None:
    write_talk(tmp_path / "x.wsi", "< hi", "> ask", "< told")
    async with conversation(tmp_path, confdir, PLAY.format(on="open", side="client")) as talk:
        assert await talk.answer() == "hi"
        (tmp_path / "rules.yaml").write_text("version: 1\nrules: []\n")
        talk.steering.reload_rules()
        await talk.say("ask")
        assert await talk.answer() == "told"


async def test_what_cannot_be_sent_is_an_error_of_the_rule(
    tmp_path: Path, confdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_talk(tmp_path / "x.wsi", "< hi", "> ask", "< told")
    notices: list[Notice] = []
    async with conversation(tmp_path, confdir, PLAY.format(on="{idle: 10s}", side="client")) as talk:
        talk.steering.subscribe(notices.append)
        (control,) = talk.steering._controls.values()

        def refuse(*_: object) -> None:
            raise EngineError("no way")

        monkeypatch.setattr(control, "inject", refuse)
        control.perform(Replay("play", tmp_path.as_posix(), "x.wsi", 1))
        await until(lambda: [n for n in notices if n.kind is NoticeKind.RULE_ERROR] or None, "the error")
    assert [n.text for n in notices if n.kind is NoticeKind.RULE_ERROR] == ["no way"]
