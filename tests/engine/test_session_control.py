"""One session's control: what goes on after its end is nothing, and what passes untouched is not looked at."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from tests.peers.fixtures import authority, certificate, confdir
from tests.peers.rules import Conversation, conversation
from tests.peers.waiting import until
from wsinspect.engine.session_control import MOST_IN_A_ROW, SessionControl, check_text
from wsinspect.errors import EngineError
from wsinspect.model import Direction, Source, Verdict
from wsinspect.wire.sending import Injection

__all__ = ["authority", "certificate", "confdir"]

C2S, S2C = Direction.C2S, Direction.S2C


def control_of(talk: Conversation) -> SessionControl:
    """The control of the only session."""
    (control,) = talk.steering._controls.values()
    return control


async def test_a_direction_that_no_rule_wants_passes(tmp_path: Path, confdir: Path) -> None:
    rules = "  - {id: a, match: {dir: c2s, text: x}, do: [{tag: seen}]}\n  - {id: b, match: {host: else}, do: [drop]}\n"
    async with conversation(tmp_path, confdir, rules) as talk:
        judges = control_of(talk)._judges
        assert [judges[direction].wanted for direction in Direction] == [True, False]
        talk.steering.enable_rule("a", enabled=False)
        assert [judges[direction].wanted for direction in Direction] == [False, False]
        point = talk.steering.add_breakpoint("text == 'y'", "")
        assert [judges[direction].wanted for direction in Direction] == [True, True]
        talk.steering.remove_breakpoint(point)
        assert [judges[direction].wanted for direction in Direction] == [False, False]
        await talk.say("x")
        assert await talk.heard() == "x"


async def test_what_repeats_ends_with_the_session(
    tmp_path: Path, confdir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules = """
  - id: again
    on: open
    do: [{send: {to: client, text: tick, repeat: {every: 10ms}}}]
  - {id: timer, on: {timer: 10ms}, do: [{log: tock}]}
"""
    async with conversation(tmp_path, confdir, rules) as talk:
        control = control_of(talk)
        assert [await talk.answer() for _ in range(3)] == ["tick"] * 3
        recorded = await talk.record()
        assert not control._effects._timers
        assert control._effects._alarm is None
        assert not control.open
    assert {message.source for message in recorded.messages} == {Source.RULE}
    assert [line for line in caplog.records if line.levelno > logging.WARNING] == []


async def test_a_session_that_ends_leaves_its_script_behind(tmp_path: Path, confdir: Path) -> None:
    (tmp_path / "act.py").write_text("def act(message):\n    while True: pass\n")
    rules = "  - {id: a, match: {dir: c2s}, do: [{script: {file: act.py, timeout: 30s}}]}\n"
    async with conversation(tmp_path, confdir, rules, allow_scripts=True) as talk:
        control = control_of(talk)
        await talk.say("never answered")
        await until(lambda: control._scripts or None, "the call")
        talk.client.transport.abort()
        talk.server.transport.abort()
        await until(lambda: not control._scripts, "the call to be given up")
        recorded = await talk.record()
    assert [message.verdict for message in recorded.messages] == [Verdict.NOT_SENT]


async def test_rules_see_what_people_send_only_where_they_ask(tmp_path: Path, confdir: Path) -> None:
    rules = """
  - {id: not-asked, match: {dir: s2c}, do: [{set_text: wrong}]}
  - {id: asked, match: {dir: s2c, source: user, text: shout}, do: [{replace: {text: shout, with: SHOUT}}]}
  - {id: never, match: {dir: s2c, source: user, text: never}, do: [drop]}
"""
    async with conversation(tmp_path, confdir, rules) as talk:
        for text in ("plain", "never", "shout"):
            talk.steering.inject(control_of(talk).id, S2C, Injection(1, text.encode()))
        assert [await talk.answer(), await talk.answer()] == ["plain", "SHOUT"]


async def test_a_rule_cannot_feed_itself_for_ever(tmp_path: Path, confdir: Path) -> None:
    rules = """
  - id: loop
    match: {dir: s2c, source: any, text: again}
    limit: {injected: 20}
    do: [{send: {to: client, text: again and again}}]
"""
    async with conversation(tmp_path, confdir, rules) as talk:
        await talk.server.send("again")
        heard = [await talk.answer() for _ in range(21)]
        assert heard == ["again"] + ["again and again"] * 20
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(talk.client.recv(), 0.1)
        (status,) = talk.steering.rules()
        assert status.last_error
        assert "20" in status.last_error or status.errors


async def test_rules_that_answer_each_other_are_not_asked_without_end(tmp_path: Path, confdir: Path) -> None:
    rules = "  - {id: loop, match: {dir: s2c, source: any, text: again}, do: [{send: {to: client, text: again}}]}\n"
    async with conversation(tmp_path, confdir, rules) as talk:
        await talk.server.send("again")
        heard = [await talk.answer() for _ in range(MOST_IN_A_ROW + 2)]
        assert heard == ["again"] * (MOST_IN_A_ROW + 2)
        (status,) = talk.steering.rules()
        assert (status.hits, status.errors) == (MOST_IN_A_ROW + 1, 1)
        assert "rules answer each other" in str(status.last_error)


def test_text_has_to_be_utf8() -> None:
    check_text("é".encode())
    with pytest.raises(EngineError, match="byte 1 is not"):
        check_text(b"a\xff")
