"""The control of an engine: rules that change while it runs, breakpoints, tags, pauses, and what is not there."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.engine.live import live_engine
from tests.peers.capture import recorded_gaps
from tests.peers.fixtures import authority, certificate, confdir
from tests.peers.rules import connected, conversation
from tests.peers.waiting import until
from wsinspect.engine.steered import Notice, NoticeKind
from wsinspect.engine.steering import PAUSED
from wsinspect.errors import EngineError, FilterError, RuleError
from wsinspect.model import Direction, PerDirection
from wsinspect.wire.sending import Injection

__all__ = ["authority", "certificate", "confdir"]

SHOUT = """version: 1
rules:
  - id: shout
    match: {dir: c2s}
    do: [{set_text: "{{ message.text | upper }}"}]
"""
NOTHING = "version: 1\n"


async def test_a_file_that_changes_acts_within_a_second(tmp_path: Path, confdir: Path) -> None:
    notices: list[Notice] = []
    async with conversation(tmp_path, confdir, NOTHING) as talk:
        talk.steering.subscribe(notices.append)
        await talk.say("quiet")
        assert await talk.heard() == "quiet"
        rules = tmp_path / "rules.yaml"
        rules.write_text(SHOUT)
        await until(lambda: talk.steering.rules() or None, "the rule to be loaded", 1.0)
        await talk.say("loud")
        assert await talk.heard() == "LOUD"
        rules.write_text("version: 1\nrules:\n  - id: shout\n    do: [{relpace: {}}]\n")
        bad = await until(lambda: [n for n in notices if "relpace" in n.text] or None, "the complaint", 1.0)
        assert "did you mean 'replace'" in bad[0].text
        assert str(rules) in bad[0].text
        await talk.say("still loud")
        assert await talk.heard() == "STILL LOUD"
        (status,) = talk.steering.rules()
        assert (status.hits, status.changed) == (2, 2)
        rules.unlink()
        await until(
            lambda: [n for n in notices if n.kind is NoticeKind.RULES and "rules.yaml" in n.text] or None, "a word"
        )
        rules.write_text(NOTHING)
        await until(lambda: not talk.steering.rules(), "the rules to go", 1.0)
        await talk.say("quiet again")
        assert await talk.heard() == "quiet again"


async def test_rules_are_switched_and_replaced(tmp_path: Path, confdir: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("version: 1\nrules:\n  - {id: whisper, match: {dir: c2s}, do: [{set_text: hush}]}\n")
    async with conversation(tmp_path, confdir, SHOUT) as talk:
        talk.steering.enable_rule("shout", enabled=False)
        await talk.say("plain")
        assert await talk.heard() == "plain"
        talk.steering.reload_rules()
        assert [rule.enabled for rule in talk.steering.rules()] == [False]
        talk.steering.enable_rule("shout", enabled=True)
        await talk.say("loud")
        assert await talk.heard() == "LOUD"
        talk.steering.load_rules([other])
        await talk.say("loud")
        assert await talk.heard() == "hush"
        with pytest.raises(RuleError, match="nowhere"):
            talk.steering.load_rules([tmp_path / "nowhere.yaml"])
        assert [rule.id for rule in talk.steering.rules()] == ["whisper"]
        with pytest.raises(EngineError, match="no rule 'shout'"):
            talk.steering.enable_rule("shout", enabled=True)


async def test_an_engine_does_not_start_with_a_bad_file(tmp_path: Path, confdir: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("version: 1\nrules: [{id: a}]\n")
    with pytest.raises(RuleError, match=r"bad\.yaml:2:"):
        async with live_engine(tmp_path, confdir, rules=(bad,)):
            pass
    assert not (tmp_path / "capture.wsi").exists()  # so that the same command works once the file is mended


async def test_scripts_need_to_be_allowed(tmp_path: Path, confdir: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("version: 1\nrules: [{id: a, do: [{script: act.py}]}]\n")
    with pytest.raises(RuleError, match="--allow-scripts"):
        async with live_engine(tmp_path, confdir, rules=(file,)):
            pass


async def test_the_status_counts(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, SHOUT, variables=(("x", "1"),)) as talk:
        talk.steering.add_breakpoint("text == HELD", "me")
        await talk.say("one", "held")
        await talk.heard()
        status = await until(
            lambda: s if (s := talk.steering.status()).messages == PerDirection(2, 0) else None, "two messages"
        )
        assert (status.open_sessions, status.sessions, status.rules, status.breakpoints) == (1, 1, 1, 1)
        assert status.bytes > 0
        assert status.recording
        assert not status.paused
        assert status.listen == talk.engine.info.listen
        assert status.rule_files == (str(tmp_path / "rules.yaml"),)
        (session,) = talk.steering.sessions()
        assert (session.path, session.messages.c2s) == (talk.path, 2)


async def test_breakpoints_belong_to_who_set_them(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, NOTHING) as talk:
        steering = talk.steering
        mine, kept = steering.add_breakpoint("text == 'mine'", "me"), steering.add_breakpoint("text == 'kept'", "")
        await talk.say("mine")
        await until(lambda: steering.held() or None, "the message to be held")
        await talk.server.send("kept")
        await until(lambda: len(steering.held()) == 2, "the other one")
        assert [held.by for held in steering.held()] == [f"breakpoint {mine}", f"breakpoint {kept}"]
        assert steering.release_all("me", "the client that held it vanished") == 1
        assert await talk.heard() == "mine"
        assert [(point.number, point.hits) for point in steering.breakpoints()] == [(kept, 1)]
        assert len(steering.held()) == 1
        assert steering.release_all(None, None) == 1
        assert await talk.answer() == "kept"
        with pytest.raises(EngineError, match=f"no breakpoint {mine}"):
            steering.remove_breakpoint(mine)
        with pytest.raises(FilterError):
            steering.add_breakpoint("text ==", "me")
        recorded = await talk.record()
    assert recorded.messages[0].note == "released: the client that held it vanished"
    assert recorded.messages[1].note is None


async def test_what_waits_for_the_disk_is_bounded(
    tmp_path: Path, confdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wsinspect.engine.steering.MOST_UNSAVED_BYTES", 1000)
    rules = "  - {id: keep, match: {dir: c2s}, do: [{save: {file: kept, append: true}}]}\n"
    async with conversation(tmp_path, confdir, rules) as talk:
        go_on = threading.Event()
        talk.steering._disk.submit(go_on.wait)
        await talk.say("x" * 600, "y" * 600, "z" * 400)
        for _ in range(3):
            await talk.heard()
        (status,) = talk.steering.rules()
        assert (status.errors, status.last_error) == (1, "cannot save 'kept': 0 MiB wait for the disk")
        go_on.set()
        await until(lambda: not talk.steering._unsaved, "all to be saved")
        await talk.say("w" * 1000)
        await until(lambda: (tmp_path / "kept").stat().st_size == 2000, "what fits again")
    assert (tmp_path / "kept").read_text() == "x" * 600 + "z" * 400 + "w" * 1000


async def test_a_broadcast_into_a_session_that_cannot_take_it_is_an_error_of_the_rule(
    tmp_path: Path, confdir: Path
) -> None:
    rules = "  - {id: tell, match: {dir: c2s}, do: [{broadcast: {to: client, text: all}}]}\n"
    async with conversation(tmp_path, confdir, rules) as talk, connected(talk.engine) as other:
        await talk.say("x")
        assert [await talk.answer(), await other.answer()] == ["all", "all"]
        control = talk.steering._controls[talk.steering.sessions()[1].id]
        control.soon("tell", Direction.S2C, Injection(99, b""))
        await until(lambda: talk.steering.rules()[0].errors or None, "the error to be counted")
        assert "cannot be sent" in str(talk.steering.rules()[0].last_error)


async def test_a_pause_is_a_gap_and_tags_and_notes_are_kept(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, NOTHING) as talk:
        await talk.say("on record")
        await talk.heard()
        (session,) = talk.steering.sessions()
        talk.steering.tag(session.id, None, ["mine"])
        talk.steering.note(session.id, None, "a note")
        talk.steering.tag(session.id, 1, ["first"])
        talk.steering.note(session.id, 1, "about the first")
        talk.steering.pause()
        assert talk.steering.status().paused
        await talk.say("not on record")
        assert await talk.heard() == "not on record"
        talk.steering.resume()
        await talk.say("on record again")
        await talk.heard()
        recorded = await talk.record()
    assert [message.payload for message in recorded.messages] == [b"on record", b"on record again"]
    assert (recorded.session.tags, recorded.session.note) == (("mine",), "a note")
    assert (recorded.messages[0].tags, recorded.messages[0].note) == (("first",), "about the first")
    (gap,) = recorded_gaps(talk.engine.capture)
    assert (gap.messages, gap.why) == (1, PAUSED)


async def test_a_person_closes_aborts_and_half_closes(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, NOTHING) as talk, connected(talk.engine) as aborted:
        sessions = {session.path: session.id for session in talk.steering.sessions()}
        talk.steering.abort(sessions[aborted.path])
        with pytest.raises(ConnectionClosed) as reset:
            await aborted.answer()
        assert reset.value.rcvd is None
        async with connected(talk.engine) as halved:
            number = next(one.id for one in talk.steering.sessions() if one.path == halved.path)
            talk.steering.half_close(number, Direction.C2S)
            await halved.server.wait_closed()
            assert halved.server.close_code == 1006
        talk.steering.close(sessions[talk.path], [Direction.S2C], 4000, "enough")
        with pytest.raises(ConnectionClosed) as closed:
            await talk.answer()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4000, "enough")
        await talk.server.wait_closed()
        assert talk.server.close_code == 4000


async def test_what_is_not_open_cannot_be_steered(tmp_path: Path, confdir: Path) -> None:
    async with conversation(tmp_path, confdir, NOTHING) as talk:
        steering = talk.steering
        for attempt in (
            lambda: steering.inject(99, Direction.C2S, Injection(1, b"")),
            lambda: steering.close(99, [Direction.C2S], 1000, ""),
            lambda: steering.abort(99),
            lambda: steering.release(1, 99),
            lambda: steering.held_payload(1, 99),
            lambda: steering.inject(1, Direction.C2S, Injection(1, b"", length_bytes=3)),
        ):
            with pytest.raises(EngineError):
                attempt()
