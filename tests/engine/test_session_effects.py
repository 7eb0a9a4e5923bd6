"""Effects of rulings: at once, when the relay is at rest, and in time. Each action is in e2e/test_rule_actions."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.peers.fixtures import authority, certificate, confdir
from tests.peers.rules import conversation
from tests.peers.waiting import until
from wsinspect.engine.steered import Notice, NoticeKind

__all__ = ["authority", "certificate", "confdir"]


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
async def test_a_log_action_logs_and_tells(
    tmp_path: Path, confdir: Path, caplog: pytest.LogCaptureFixture, level: str
) -> None:
    caplog.set_level(logging.DEBUG, "wsinspect")
    rules = f"  - {{id: a, match: {{dir: c2s}}, do: [{{log: {{text: seen, level: {level}}}}}]}}\n"
    notices: list[Notice] = []
    async with conversation(tmp_path, confdir, rules) as talk:
        talk.steering.subscribe(notices.append)
        await talk.say("x")
        await talk.heard()
    (record,) = [record for record in caplog.records if record.getMessage() == "rule a: session 1: seen"]
    assert record.levelname == level.upper()
    assert [(n.kind, n.text, n.message) for n in notices if n.rule == "a"] == [(NoticeKind.LOG, "seen", 1)]


async def test_a_file_that_cannot_be_saved_is_an_error_of_the_rule(tmp_path: Path, confdir: Path) -> None:
    (tmp_path / "taken").write_text("a file, no folder")
    rules = "  - {id: a, match: {dir: c2s}, do: [{save: taken/x}]}\n"
    notices: list[Notice] = []
    async with conversation(tmp_path, confdir, rules) as talk:
        talk.steering.subscribe(notices.append)
        await talk.say("x")
        assert await talk.heard() == "x"
        await until(lambda: [n for n in notices if n.kind is NoticeKind.RULE_ERROR] or None, "the error")
    assert any("cannot save" in notice.text for notice in notices)


async def test_what_was_to_be_sent_later_is_not_sent_after_the_end(tmp_path: Path, confdir: Path) -> None:
    rules = "  - {id: a, match: {dir: c2s}, do: [{reply: {text: late, after: 50ms}}]}\n"
    async with conversation(tmp_path, confdir, rules) as talk:
        (control,) = talk.steering._controls.values()
        await talk.say("x")
        await talk.heard()
        await until(lambda: control._effects._timers or None, "the timer")
        talk.server.transport.abort()
        recorded = await talk.record()
        assert not control._effects._timers
    assert len(recorded.messages) == 1


async def test_what_waits_to_be_sent_later_is_bounded(
    tmp_path: Path, confdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wsinspect.engine.session_effects.MOST_WAITING_BYTES", 1000)
    rules = "  - {id: a, match: {dir: c2s}, do: [{reply: {text: '{{ message.text }}', after: 300ms}}]}\n"
    async with conversation(tmp_path, confdir, rules) as talk:
        await talk.say("x" * 600, "y" * 600, "z" * 400)
        assert [await talk.answer(), await talk.answer()] == ["x" * 600, "z" * 400]
        (status,) = talk.steering.rules()
        assert (status.errors, "wait already to be sent later" in str(status.last_error)) == (1, True)
        await talk.say("w" * 1000)
        assert await talk.answer() == "w" * 1000
