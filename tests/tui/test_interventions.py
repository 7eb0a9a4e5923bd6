"""What a person does to the traffic reaches the engine or the capture, and what goes wrong is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.recording import write_capture
from tests.peers.waiting import until
from tests.tui.whole import steered, whole
from wsinspect.store.reader import CaptureReader


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write_capture(tmp_path / "x.wsi")


async def test_a_breakpoint_is_set_and_the_proposal_fits_what_is_chosen(tmp_path: Path) -> None:
    async with steered(tmp_path) as (shown, engine):
        await shown.press("b")
        await shown.sees("session == 2 and dir == c2s")
        await shown.write("size > 10")
        await shown.press("enter")
        await until(lambda: engine.points or None, "the breakpoint")
        assert engine.points[0].filter == "size > 10"
        await shown.sees("B lists the breakpoints, and removes them.")
        await shown.press("B")
        await shown.sees("size > 10")


async def test_the_filter_of_the_list_is_proposed_as_a_breakpoint(tmp_path: Path) -> None:
    async with steered(tmp_path) as (shown, _):
        await shown.sees("Messages of #2")
        await shown.press("j", "2", "slash", *"login", "enter")
        await shown.sees("1.1 ▶ text")
        await shown.press("b")
        await shown.sees('"login" and dir == c2s')


async def test_what_is_held_is_released_dropped_and_changed(tmp_path: Path) -> None:
    async with steered(tmp_path) as (shown, engine):
        await shown.press("space")
        await until(lambda: ("release", 1, 5) in engine.calls, "the release")
        await shown.sees("1 held")
        await shown.press("e")
        await shown.sees("Edit 2.7")
        await shown.press("escape")
        await shown.press("d")
        await until(lambda: ("drop", 2, 7) in engine.calls, "the drop")
        await shown.sees("Message 2.7 is dropped.")


async def test_a_held_message_is_edited_and_goes(tmp_path: Path) -> None:
    async with steered(tmp_path) as (shown, engine):
        await shown.press("e")
        await shown.sees("Edit 1.5")
        await shown.press("end", "!", "ctrl+s")
        await until(lambda: ("release", 1, 5) in engine.calls, "the release")
        assert ("edit", 1, 5, b"hello!", 1) in engine.calls
        await shown.sees("Message 1.5 went on, changed.")
        await shown.sees("Messages of #1")
        await shown.sees("1.5 ▶ text 7")


async def test_what_is_told_does_not_hide_what_is_held(tmp_path: Path) -> None:
    async with steered(tmp_path) as (shown, _):
        await shown.sees("2 held")
        shown.app.notify("a word " * 20)
        await until(lambda: shown.app.screen.query("Toast") or None, "what is told")
        bar = shown.app.screen.query_one("HeldBar").region
        await until(lambda: shown.app.screen.query_one("Toast").region.bottom <= bar.y or None, "it above the bar")


async def test_releasing_all_tells_of_the_breakpoints_that_stay(tmp_path: Path) -> None:
    async with steered(tmp_path) as (shown, engine):
        await shown.press("b")
        await shown.sees("Break: hold")
        await shown.press("enter")
        await until(lambda: engine.points or None, "the breakpoint")
        await shown.press("A")
        await shown.sees("Released: 2")
        await shown.sees("1 breakpoint will hold what comes: B removes them.")


async def test_a_held_message_is_edited_and_stays(tmp_path: Path) -> None:
    async with steered(tmp_path) as (shown, engine):
        await shown.app.interventions.put(2, 7, b"\x01")
        assert engine.calls == [("edit", 2, 7, b"\x01", None)]
        await shown.press("A")
        await until(lambda: not engine.waiting or None, "nothing to be held")


async def test_nothing_is_sent_to_a_session_that_is_over(tmp_path: Path) -> None:
    async with steered(tmp_path) as (shown, engine):
        await shown.press("s")
        await shown.sees("session 2 is over")
        assert engine.calls == []


async def test_tags_and_a_note_go_to_the_engine_while_it_runs(tmp_path: Path) -> None:
    async with steered(tmp_path) as (shown, engine):
        await shown.press("T")
        await shown.sees("Tags and note of session 2")
        await shown.press(*"odd", "ctrl+s")
        await shown.sees("Saved in the capture: tags and note of session 2")
        await until(lambda: len(engine.calls) == 2 or None, "both")
        assert engine.calls == [("tag", 2, None, ("odd",)), ("note", 2, None, None)]


async def test_tags_and_a_note_go_into_a_finished_capture(capture: Path) -> None:
    async with whole(capture) as shown:
        await shown.sees("Messages of #2")
        await shown.press("j", "2")
        await shown.sees("Messages of #1")
        await shown.press("g", "T", *"odd, late", "ctrl+s")
        await shown.sees("odd")
    with CaptureReader(capture) as reader:
        [message] = [message for message in reader.messages() if message.tags]
    assert message.tags == ("odd", "late")


async def test_a_rule_is_written_from_a_message(capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "true")
    rules = capture.with_name("wsinspect-rules.yaml")
    async with whole(capture) as shown:
        await shown.press("t")
        await shown.sees("choose a message first")
        await shown.sees("Messages of #2")
        await shown.press("j", "2")
        await shown.sees("Messages of #1")
        await shown.press("g", "t")
        await shown.sees("Put the rule into")
        await shown.press("enter")
        await shown.sees("The rule is in")
    assert rules.read_text().startswith("version: 1\nrules:\n")


async def test_a_rule_is_not_put_into_what_is_no_rule_file(capture: Path) -> None:
    rules = capture.with_name("wsinspect-rules.yaml")
    with rules.open("wb") as file:
        file.truncate(100 << 20)
    async with whole(capture) as shown:
        await shown.sees("Messages of #2")
        await shown.press("j", "2")
        await shown.sees("Messages of #1")
        await shown.press("g", "t")
        await shown.sees("Put the rule into")
        await shown.press("enter")
        await shown.sees("is larger than a rule file may be")
    assert rules.stat().st_size == 100 << 20


async def test_the_listed_messages_are_exported(capture: Path) -> None:
    out = capture.with_suffix(".jsonl")
    async with whole(capture) as shown:
        await shown.sees("Messages of #2")
        await shown.press("j")
        await shown.sees("Messages of #1")
        await shown.press("x")
        await shown.sees("Export")
        await shown.press("enter")
        await shown.sees("records are in")
    assert out.read_text().count("\n") > 3


@pytest.mark.parametrize("key", ["b", "B", "s", "space", "e", "d", "A"])
async def test_a_finished_capture_has_nothing_to_steer(capture: Path, key: str) -> None:
    async with whole(capture) as shown:
        await shown.sees("Messages of #2")
        await shown.press(key)
        assert len(shown.app.screen_stack) == 1


async def test_what_the_engine_refuses_is_told(tmp_path: Path) -> None:
    async with steered(tmp_path) as (shown, engine):
        engine.waiting.clear()
        await shown.press("space")
        await shown.sees("message 1.5 is not held")
