"""The rules are the engine's where one runs, else those of files; mistakes in the files are told either way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App

from tests.control.engine import FakeEngine
from tests.peers.waiting import until
from wsinspect.engine.control_server import serve
from wsinspect.engine.steered import EngineStatus
from wsinspect.errors import RuleError, WsinspectError
from wsinspect.rules.load import LoadedRules
from wsinspect.store.dry_run import read_files
from wsinspect.tui.data import rule_book
from wsinspect.tui.data.engine import Engine
from wsinspect.tui.data.rule_book import RefusedError, RuleBook, text_of

ONE = "version: 1\nrules:\n  - {id: one, note: of Anna, do: [drop]}\n"
BAD = "version: 1\nrules:\n  - {id: two, do: [dorp]}\n"


class FakeWithFiles(FakeEngine):
    """Names the files that a test has."""

    def __init__(self, *files: Path) -> None:
        super().__init__()
        self.files = tuple(map(str, files))
        self.wrong: RuleError | None = None

    def status(self) -> EngineStatus:
        from dataclasses import replace  # noqa: PLC0415

        return replace(super().status(), rule_files=self.files)

    def load_rules(self, files: object) -> None:
        if self.wrong is not None:
            raise self.wrong
        assert isinstance(files, list | tuple)
        self.files = tuple(map(str, files))


@asynccontextmanager
async def booked(tmp_path: Path, fake: FakeEngine | None = None) -> AsyncIterator[RuleBook]:
    """Open the book, with an engine or without."""
    app: App[None] = App()
    async with app.run_test():
        if fake is None:
            yield RuleBook(Engine(app, None))
            return
        async with serve(fake, tmp_path) as address:
            engine = Engine(app, address)
            running = asyncio.create_task(engine.run())
            await until(lambda: engine.connected or None, "the engine")
            yield RuleBook(engine)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_without_an_engine_files_are_read(tmp_path: Path) -> None:
    one, bad = tmp_path / "one.yaml", tmp_path / "bad.yaml"
    one.write_text(ONE)
    bad.write_text(BAD)
    async with booked(tmp_path) as rules:
        assert not await rules.refresh()
        await rules.load(one)
        assert await rules.refresh()
        (rule,) = rules.book.rules
        assert (rule.id, rule.hits, rule.note, rule.line) == ("one", None, "of Anna", 3)
        assert not rules.book.runs
        with pytest.raises(RefusedError):
            await rules.load(bad)
        assert [problem.line for problem in rules.book.problems] == [3]
        await rules.refresh()
        assert [problem.line for problem in rules.book.problems] == [3]
        await rules.load(one)
        await rules.refresh()
        assert (rules.book.files, rules.book.problems) == ((one,), ())
        one.write_text(BAD)
        with pytest.raises(RefusedError):
            await rules.reload()
        await rules.refresh()
        assert (rules.book.rules, len(rules.book.problems)) == ((), 1)
        with pytest.raises(WsinspectError, match="no engine runs these rules"):
            await rules.switch(rule)
        await rules.unload(one)
        await rules.refresh()
        assert rules.book.files == ()


async def test_files_that_do_not_go_together_are_told(tmp_path: Path) -> None:
    one, same = tmp_path / "one.yaml", tmp_path / "same.yaml"
    one.write_text(ONE)
    same.write_text(ONE.replace("one", "two"))
    async with booked(tmp_path) as rules:
        await rules.load(one)
        await rules.load(same)
        same.write_text(ONE)
        await rules.refresh()
        assert ["is taken" in problem.message for problem in rules.book.problems] == [True]


async def test_an_engine_says_what_its_rules_did(tmp_path: Path) -> None:
    one = tmp_path / "one.yaml"
    one.write_text(ONE)
    fake = FakeWithFiles(one)
    async with booked(tmp_path, fake) as rules:
        assert await rules.refresh()
        assert not await rules.refresh()
        assert rules.book.runs
        assert rules.book.files == (one,)
        (rule,) = rules.book.rules
        assert (rule.id, rule.hits, rule.changed, rule.errors) == ("vip", 4, 2, 1)
        await rules.switch(rule)
        await rules.reload()
        other = tmp_path / "other.yaml"
        other.write_text(BAD)
        await rules.load(other)
        assert fake.files == (str(one), str(other))
        await rules.refresh()
        assert [problem.line for problem in rules.book.problems] == [3]
        await rules.unload(one)
        assert list(fake.files) == [str(other)]
        fake.wrong = RuleError("/x.yaml:7:1: what is wrong")
        with pytest.raises(RefusedError):
            await rules.load(one)
        assert [problem.line for problem in rules.book.problems] == [3, 7]


async def test_files_are_read_again_only_where_one_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    top, part = tmp_path / "top.yaml", tmp_path / "part.yaml"
    top.write_text("version: 1\ninclude: [part.yaml]\n")
    part.write_text(ONE)
    times: list[int] = []

    def counting(files: Sequence[Path]) -> LoadedRules:
        times.append(1)
        return read_files(files)

    monkeypatch.setattr(rule_book, "read_files", counting)
    async with booked(tmp_path) as rules:
        await rules.load(top)
        await rules.refresh()
        assert len(times) == 2
        assert not await rules.refresh()
        assert len(times) == 2
        part.write_text(ONE.replace("one", "three"))
        assert await rules.refresh()
        assert [rule.id for rule in rules.book.rules] == ["three"]
        part.write_text(BAD)
        await rules.refresh()
        assert len(rules.book.problems) == 1
        part.unlink()
        await rules.refresh()
        assert "cannot be read" in rules.book.problems[0].message
        part.write_text(ONE)
        await rules.refresh()
        assert not rules.book.problems


async def test_the_text_of_a_file_is_read_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(ONE)
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe")
    assert await text_of(str(tmp_path / "one.yaml")) == ONE
    assert await text_of(str(tmp_path / "bytes.yaml")) is None
    assert await text_of(str(tmp_path / "absent.yaml")) is None
