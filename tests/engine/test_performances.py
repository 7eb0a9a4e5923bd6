"""Recordings play the server of mocked sessions; what goes wrong with them leaves sessions alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.engine.live import LiveEngine, live_engine
from tests.peers.fixtures import confdir
from tests.peers.talks import write_talk
from tests.peers.waiting import until, within
from wsinspect.engine import performances
from wsinspect.engine.steered import Notice, NoticeKind
from wsinspect.engine.steering import Steering

__all__ = ["confdir"]

MOCKED = """version: 1
rules:
  - id: play
    on: handshake_request
    do:
      - mock: {upstream: false}
      - replay: {file: x.wsi, session: 1}
"""
OPENED = """version: 1
rules:
  - {id: mock, on: handshake_request, do: [{mock: {upstream: false}}]}
  - {id: play, on: open, do: [{replay: {file: x.wsi, session: 1}}]}
"""


def steering(engine: LiveEngine) -> Steering:
    found = engine.addon._rules
    assert isinstance(found, Steering)
    return found


@asynccontextmanager
async def mocked(folder: Path, confdir: Path, rules: str, notices: list[Notice]) -> AsyncIterator[ClientConnection]:
    """Connect to a server that there is none of."""
    (folder / "rules.yaml").write_text(rules)
    async with live_engine(folder, confdir, rules=(folder / "rules.yaml",)) as engine:
        steering(engine).subscribe(notices.append)
        proxy = f"http://{engine.info.listen[0]}"
        async with connect("ws://nobody.invalid/x", proxy=proxy, ping_interval=None) as client:
            yield client


def texts(notices: list[Notice], kind: NoticeKind) -> list[str]:
    return [notice.text for notice in notices if notice.kind is kind]


@pytest.mark.parametrize("rules", [MOCKED, OPENED])
async def test_a_recording_plays_the_server_of_a_mocked_session(tmp_path: Path, confdir: Path, rules: str) -> None:
    write_talk(tmp_path / "x.wsi", "< hi", "> a", "< b")
    notices: list[Notice] = []
    async with mocked(tmp_path, confdir, rules, notices) as client:
        assert await within(client.recv(), "the opening") == "hi"
        await client.send("a")
        assert await within(client.recv(), "the answer") == "b"
        await client.send("zzz")
        await until(lambda: texts(notices, NoticeKind.UNMATCHED) or None, "the notice")
        assert await within(await client.ping(), "a pong") >= 0
    assert texts(notices, NoticeKind.UNMATCHED)[0].startswith(
        "text zzz is not in the recording; the nearest is message"
    )
    assert texts(notices, NoticeKind.REPLAY) == [
        "plays session 1 of x.wsi, causal",
        "played session 1 of x.wsi: 1 of its messages were in the recording, 1 were not",
    ]


async def test_templates_are_filled_in(tmp_path: Path, confdir: Path) -> None:
    write_talk(tmp_path / "x.wsi", '< {"host":"x","n":1}')
    rules = MOCKED.replace("session: 1}", "session: 1, rebind: ['host={{ session.host }}', 'n={{ 3 * 4 }}']}")
    async with mocked(tmp_path, confdir, rules, []) as client:
        assert await within(client.recv(), "the opening") == '{"host":"nobody.invalid","n":12}'


async def test_what_cannot_be_played_is_told_and_the_session_goes_on(
    tmp_path: Path, confdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_talk(tmp_path / "x.wsi", "< hi")

    def fail(*_: object) -> object:
        raise ZeroDivisionError("by chance")

    monkeypatch.setattr("wsinspect.engine.rehearsals.read_part", fail)
    notices: list[Notice] = []
    async with mocked(tmp_path, confdir, MOCKED, notices) as client:
        await until(lambda: texts(notices, NoticeKind.RULE_ERROR) or None, "the error")
        await client.send("a")
        assert await within(await client.ping(), "a pong") >= 0
    assert texts(notices, NoticeKind.RULE_ERROR) == ["cannot play session 1 of x.wsi: ZeroDivisionError: by chance"]


async def test_the_log_tells_of_some_messages_that_are_not_in_the_recording(
    tmp_path: Path, confdir: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(performances, "MOST_LOGGED", 2)
    caplog.set_level(logging.WARNING, "wsinspect.engine.performances")
    write_talk(tmp_path / "x.wsi", "< hi")
    notices: list[Notice] = []
    async with mocked(tmp_path, confdir, MOCKED, notices) as client:
        for word in ("one", "two", "three"):
            await client.send(word)
        await until(lambda: len(texts(notices, NoticeKind.UNMATCHED)) == 3, "three notices")
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        "session 1: text one is not in the recording",
        "session 1: text two is not in the recording: of further ones nothing is said here",
    ]


async def test_a_session_that_ends_while_its_recording_is_read_ends(
    tmp_path: Path, confdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_talk(tmp_path / "x.wsi", "< hi")
    reading = asyncio.Event()

    async def part(*_: object) -> None:
        reading.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Steering, "part", part)
    notices: list[Notice] = []
    async with mocked(tmp_path, confdir, MOCKED, notices) as client:
        await within(reading.wait(), "the reading")
        await client.close()
    assert texts(notices, NoticeKind.REPLAY) == []
