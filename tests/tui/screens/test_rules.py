"""The rules: seen, turned on and off, loaded, edited at their line, and tried on the capture."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.cli.recording import write_capture
from tests.control.engine import FakeEngine
from tests.peers.waiting import until
from tests.tui.data.test_rule_book import BAD, ONE, FakeWithFiles
from tests.tui.hosting import Host, words_on
from wsinspect.engine.control_server import serve
from wsinspect.engine.steered import NoticeKind
from wsinspect.errors import EngineError, RuleError
from wsinspect.tui.data.capture import Capture
from wsinspect.tui.data.engine import Engine
from wsinspect.tui.screens import rules as rules_screen
from wsinspect.tui.screens.rules import RulesScreen

LOGIN = """\
version: 1
rules:
  - id: login
    match: {json: {$.op: login}}
    do:
      - json_set: {$.user: eve}
  - id: never
    match: {text: nowhere}
    do: [drop]
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait between two looks."""
    monkeypatch.setattr(rules_screen, "REFRESH_EVERY_S", 0.01)


@asynccontextmanager
async def shown(
    tmp_path: Path, fake: FakeEngine | None = None, size: tuple[int, int] = (100, 30)
) -> AsyncIterator[tuple[RulesScreen, Host, Pilot[object]]]:
    """Show the rules beside a small capture, with an engine or without."""
    host = Host()
    capture = Capture(host, write_capture(tmp_path / "x.wsi"))
    async with host.run_test(size=size, notifications=True) as pilot, serve(fake or FakeEngine(), tmp_path) as address:
        engine = Engine(host, address if fake is not None else None)
        running = asyncio.create_task(engine.run())
        if fake is not None:
            await until(lambda: engine.connected or None, "the engine")
        screen = RulesScreen(capture, engine)
        await host.push_screen(screen, host.answers.append)
        try:
            await until(lambda: "rule" in words_on(host).split("\n")[0] or None, "the rules")
            yield screen, host, pilot
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await capture.close()


async def sees(host: Host, words: str) -> None:
    await until(lambda: words in words_on(host) or None, words)


async def load(pilot: Pilot[object], host: Host, path: Path) -> None:
    """Load a file by its dialog."""
    await pilot.press("l")
    await sees(host, "Load a rule file")
    host.screen.query_one(Input).value = str(path)
    await pilot.press("enter")


async def test_rules_of_the_engine_are_seen_and_switched(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(ONE)
    fake = FakeWithFiles(tmp_path / "one.yaml")
    async with shown(tmp_path, fake) as (_, host, pilot):
        await sees(host, "1 rule of 1 file, which the engine runs")
        assert "acted 4 times, failed 1 time" in words_on(host)
        assert "● vip" in words_on(host)
        await sees(host, "last error: text: no 'x' in \\x1b[31m")
        assert "Its file cannot be read." in words_on(host)
        fake.rule_list = [replace(fake.rule_list[0], enabled=False, hits=5)]
        await pilot.press("space")
        await sees(host, "○ vip")
        await sees(host, "vip is off until its file is read again.")
        assert "acted 5 times" in words_on(host)


async def test_the_rule_that_acted_is_chosen_at_first(tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(f"{ONE}  - {{id: other, do: [drop]}}\n")
    host = Host()
    capture = Capture(host, write_capture(tmp_path / "x.wsi"))
    async with host.run_test(size=(100, 30)) as pilot:
        screen = RulesScreen(capture, Engine(host, None), ["gone", "other"])
        await host.push_screen(screen)
        await load(pilot, host, path)
        await sees(host, "│▌● other")
        await pilot.press("home")
        await sees(host, "│▌● one")
        await capture.close()


async def test_what_the_engine_tells_is_followed(tmp_path: Path) -> None:
    fake = FakeWithFiles(tmp_path / "absent.yaml")
    async with shown(tmp_path, fake) as (_, host, _):
        await sees(host, "1 problem")
        fake.rule_list = [replace(fake.rule_list[0], id="other")]
        fake.tell(NoticeKind.RULES, "rules in force: 1 of 1")
        await sees(host, "● other")


async def test_a_refusal_of_the_engine_is_told(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(ONE)
    fake = FakeWithFiles(tmp_path / "one.yaml")
    async with shown(tmp_path, fake) as (_, host, pilot):
        await sees(host, "● vip")
        fake.wrong = RuleError("/x.yaml:7:1: what is wrong")
        await load(pilot, host, tmp_path / "one.yaml")
        await sees(host, "✕ 7:1: what is wrong")
        assert "the rules stay as they were" in words_on(host)

        def refuse(*_: object, **__: object) -> None:
            raise EngineError("not now")

        fake.enable_rule = refuse  # type: ignore[method-assign]
        await pilot.press("end", "space")
        await sees(host, "not now")


async def test_where_there_are_none_it_says_what_to_do(tmp_path: Path) -> None:
    async with shown(tmp_path) as (screen, host, pilot):
        await sees(host, "No rules.")
        assert "wsinspect --rules FILE" in words_on(host)
        await pilot.press("space", "e", "d", "r", "u", "enter")
        await pilot.press("escape")
        await pilot.pause()
        assert host.screen is not screen


async def test_a_file_is_loaded_and_tried_without_an_engine(tmp_path: Path) -> None:
    path = tmp_path / "login.yaml"
    path.write_text(LOGIN)
    async with shown(tmp_path, size=(100, 40)) as (_, host, pilot):
        await load(pilot, host, path)
        await sees(host, "2 rules of 1 file, which no engine runs")
        assert "3    - id: login" in words_on(host)
        await pilot.press("down")
        await sees(host, "7    - id: never")
        await pilot.press("d")
        await sees(host, "What the rules would have done")
        assert "json_set" in words_on(host)
        await pilot.press("pagedown")
        await pilot.pause()
        assert '+   "user": "eve"' in words_on(host)
        await pilot.press("escape")
        await sees(host, "7    - id: never")
        await pilot.press("d")
        await sees(host, "What the rules would have done")
        await pilot.press("d")
        await sees(host, "7    - id: never")
        await pilot.press("u")
        await sees(host, "No rules.")


async def test_mistakes_are_shown_in_their_place_and_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(ONE)
    opened: list[tuple[Path, int | None]] = []

    async def edit(_: object, file: Path, line: int | None = None) -> None:
        opened.append((file, line))
        await asyncio.to_thread(path.write_text, ONE)

    monkeypatch.setattr(rules_screen, "open_in_editor", edit)
    async with shown(tmp_path) as (_, host, pilot):
        await load(pilot, host, path)
        await sees(host, "● one")
        path.write_text(BAD)
        await pilot.press("r")
        await sees(host, "✕ 1 problem")
        await pilot.press("home")
        await sees(host, "^")
        assert "dorp" in words_on(host)
        await pilot.press("d")
        await sees(host, "The rules cannot be tried:")
        await pilot.press("escape")
        await pilot.press("enter")
        await until(lambda: opened or None, "the editor")
        assert opened == [(path, 3)]
        await sees(host, "● one")
        await pilot.press("e")
        await until(lambda: len(opened) == 2 or None, "the editor")
        assert opened[1] == (path, 3)


@pytest.mark.parametrize("size", [(60, 18), (200, 60), (300, 100)])
async def test_any_size_is_good(tmp_path: Path, size: tuple[int, int]) -> None:
    (tmp_path / "one.yaml").write_text(ONE)
    async with shown(tmp_path, FakeWithFiles(tmp_path / "one.yaml"), size) as (_, host, pilot):
        await sees(host, "● vip")
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "● vip" in words_on(host)


async def test_an_engine_that_is_gone_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(ONE)
    fake = FakeWithFiles(tmp_path / "one.yaml")
    async with shown(tmp_path, fake) as (_, host, pilot):
        await sees(host, "● vip")
        fake.broken = True
        fake.tell(NoticeKind.RULES, "x")
        await pilot.pause()
        fake.broken = False
        fake.tell(NoticeKind.RULES, "x")
        await sees(host, "● vip")
