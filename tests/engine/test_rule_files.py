"""Rule files are read all or none, and watched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.peers.talks import write_talk
from tests.peers.waiting import until
from wsinspect.engine import rule_files
from wsinspect.engine.rule_files import RuleFiles
from wsinspect.errors import RuleError
from wsinspect.rules.compile import RuleSet
from wsinspect.rules.ruling import Replay
from wsinspect.store.rule_sources import surroundings_of

ONE = "version: 1\nrules: [{id: one, do: [drop]}]\n"
TWO = "version: 1\nrules: [{id: two, do: [drop]}]\n"


class Heard:
    """What the holder of the rules was told."""

    def __init__(self) -> None:
        self.rules: list[list[str]] = []
        self.problems: list[str] = []

    def files(self) -> RuleFiles:
        files = RuleFiles(surroundings_of({}, scripts=False))
        files.on_change, files.on_problem = self.changed, lambda error: self.problems.append(str(error))
        return files

    def changed(self, rules: RuleSet) -> None:
        self.rules.append([rule.id for rule in rules.statuses()])


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_several_files_are_one_set(tmp_path: Path, heard: Heard) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text(ONE)
    second.write_text(TWO)
    files = heard.files()
    files.load([first, second])
    assert heard.rules == [["one", "two"]]
    second.write_text(ONE)
    with pytest.raises(RuleError, match="one"):
        files.reload()
    assert heard.rules == [["one", "two"]]
    assert files.rules is not None


@pytest.mark.parametrize("how", ["included", "its own", "moved away", "replaced by a bad one"])
async def test_a_change_is_seen(tmp_path: Path, heard: Heard, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_files, "LOOK_EVERY_S", 0.01)
    top, included = tmp_path / "a.yaml", tmp_path / "b.yaml"
    top.write_text(f"{ONE}include: [b.yaml]\n")
    included.write_text(TWO)
    files = heard.files()
    files.load([top])
    watching = asyncio.create_task(files.watch())
    heard.rules.clear()
    changes: dict[str, Callable[[], object]] = {
        "included": lambda: included.write_text("version: 1\n"),
        "its own": lambda: top.write_text(ONE),
        "moved away": top.unlink,
        "replaced by a bad one": lambda: top.write_text("version: 2\n"),
    }
    changes[how]()
    try:
        if how in ("included", "its own"):
            assert await until(lambda: heard.rules or None, "the new rules") == [["one"]]
        else:
            (problem,) = await until(lambda: heard.problems or None, "the problem")
            assert str(top) in problem
            assert heard.rules == []
            top.write_text(ONE)
            assert await until(lambda: heard.rules or None, "the mended rules") == [["one"]]
            assert len(heard.problems) == 1  # told once, not at every look
    finally:
        watching.cancel()


def test_a_link_does_not_include_what_is_elsewhere(tmp_path: Path, heard: Heard) -> None:
    elsewhere, folder = tmp_path / "secret.yaml", tmp_path / "rules"
    elsewhere.write_text(ONE)
    (folder / "below").mkdir(parents=True)
    (folder / "below" / "b.yaml").write_text(ONE)
    top = folder / "top.yaml"
    top.write_text(f"{TWO}include: [b.yaml]\n")
    (folder / "b.yaml").symlink_to("below/b.yaml")
    files = heard.files()
    files.load([top])
    (folder / "b.yaml").unlink()
    (folder / "b.yaml").symlink_to(elsewhere)
    with pytest.raises(RuleError, match="a link out of the folder"):
        files.reload()
    assert heard.rules == [["one", "two"]]


async def test_whatever_happens_to_a_file_the_next_change_is_seen(
    tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule_files, "LOOK_EVERY_S", 0.01)
    top = tmp_path / "a.yaml"
    top.write_text(ONE)
    files = heard.files()
    files.load([top])

    def broken(name: str) -> str:
        raise ZeroDivisionError(name)

    with monkeypatch.context() as patch:
        patch.setattr(rule_files, "read_rules", broken)
        watching = asyncio.create_task(files.watch())
        top.write_text(TWO + "\n")
        (problem,) = await until(lambda: heard.problems or None, "the problem to be told")
    assert "ZeroDivisionError" in problem
    top.write_text(TWO)
    await until(lambda: len(heard.rules) == 2, "the next change to be seen")
    watching.cancel()


def test_rules_of_the_engine_itself_stay_in_front_of_those_of_files(tmp_path: Path) -> None:
    write_talk(tmp_path / "x.wsi", "> a", "< b")
    text = "version: 1\nrules: [{id: own, on: open, do: [replay: {file: x.wsi, session: 1}]}]\n"
    files = RuleFiles(surroundings_of({}, scripts=False), ((tmp_path / "of the engine").as_posix(), text))
    assert files.own_recordings == [Replay("", tmp_path.as_posix(), "x.wsi", 1)]
    files.load([])
    for content in (ONE, TWO):
        (tmp_path / "a.yaml").write_text(content)
        files.load([tmp_path / "a.yaml"])
        assert files.rules is not None
        assert [rule.id for rule in files.rules.statuses()] == ["own", "one" if content == ONE else "two"]
    with pytest.raises(RuleError, match="of the engine:2:9"):
        RuleFiles(surroundings_of({}, scripts=False), ("of the engine", "version: 1\nrules: [{id: own}]\n"))
