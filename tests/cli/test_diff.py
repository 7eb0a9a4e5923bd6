"""`wsinspect diff`: sessions of real captures are compared, for people, for programs and for CI."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pytest

from tests.cli.reading import assert_harmless, run
from tests.cli.recording import CHAT, HOSTILE, hot_row
from wsinspect.model import Session, SessionId, SessionState
from wsinspect.store.writer import CaptureWriter

LOGIN = '> {"op":"login","user":"ann"}'
WELCOME = '< {"op":"welcome","sid":"%s","price":%s}'
OLD = [LOGIN, WELCOME % ("36b8f84d-df4e-4d49-b662-bcde71a8764f", 24.5), '> {"op":"bye"}']
NEW = [LOGIN, WELCOME % ("0f1d3b4c-9d1e-4c58-a14f-4d6a1b8e2f30", 26.0), '< {"op":"news"}']
AGAIN = [LOGIN, WELCOME % ("0f1d3b4c-9d1e-4c58-a14f-4d6a1b8e2f30", 24.5), '> {"op":"bye"}']


def written(path: Path, *sessions: Sequence[str], step_ms: int = 10, like: Session = CHAT) -> Path:
    """Write sessions with these lines, as `tests.replay.recordings` has them."""
    row = 0
    with CaptureWriter(path) as writer:
        for session, lines in enumerate(sessions, 1):
            writer.insert_session(replace(like, id=SessionId(session)))
            for number, line in enumerate(lines, 1):
                row += 1
                payload, direction = line[2:].encode(), int(line[0] == "<")
                at = number * step_ms
                writer.put_message(
                    hot_row(row, number, number, payload, session=session, at_ms=at, direction=direction), 300
                )
    return path


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture with three sessions: old, new, and one that is the old one with another token."""
    return written(tmp_path_factory.mktemp("two") / "two.wsi", OLD, NEW, AGAIN)


def diff(*arguments: str | Path, status: int = 1) -> list[str]:
    result = run("diff", *arguments)
    assert result.exit_code == status, result.output
    assert result.stderr == ""
    return result.stdout.splitlines()


def records(*arguments: str | Path, status: int = 1) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in diff(*arguments, "--json", status=status)]


def test_sessions_that_differ_are_shown_side_by_side_or_not(two: Path) -> None:
    printed = diff(f"{two}:1", ":2")
    assert printed[0].startswith(f"--- {two}:1  wss://chat.test/room?a=1, ")
    assert printed[1].startswith(f"+++ {two}:2  ")
    assert printed[2] == "1 changed, 1 missing, 1 extra, 1 message the same"
    assert "        price  24.5 → 26.0" in printed
    assert ' - #3              c2s  bye  {"op":"bye"}' in printed
    assert ' + #3              s2c  news  {"op":"news"}' in printed
    assert any("sid" in line and "by chance" in line for line in printed)
    beside = diff(f"{two}:1", ":2", "--side-by-side")
    assert any('"price": 24.5' in line and '│ +   "price": 26.0' in line for line in beside)


def test_the_same_again_is_no_difference(two: Path) -> None:
    assert diff(f"{two}:1", f"{two}:3", status=0)[2] == "no difference: 3 messages the same"
    assert any("sid" in line for line in diff(f"{two}:1", f"{two}:3", "--no-learn"))


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--ignore", "price", "--direction", "c2s", "--to-message", "2"], 0),
        (["--ignore", "price", "--direction", "s2c"], 1),
        (["--ignore", "$.price", "--to-message", "2"], 0),
        (["--from-message", "3"], 1),
        (["--leg", "client"], 1),
        (["--control"], 1),
        (["--all"], 1),
    ],
)
def test_what_is_compared_can_be_chosen(two: Path, arguments: list[str], status: int) -> None:
    diff(f"{two}:1", ":2", *arguments, status=status)


def test_json_has_an_object_for_each_difference(two: Path) -> None:
    *found, summary = records(f"{two}:1", ":2")
    differing = [record for record in found if record["counts"]]
    assert [(record["difference"], record["kind"]) for record in differing] == [
        ("changed", "welcome"), ("missing", "bye"), ("extra", "news"),
    ]  # fmt: skip
    assert differing[0]["fields"] == [{"path": "$.price", "what": "changed", "old": 24.5, "new": 26.0}]
    assert (summary["of"], summary["differs"], summary["new"]["session"]) == ("summary", True, 2)


def test_quiet_says_it_by_the_status(two: Path, tmp_path: Path) -> None:
    assert diff(f"{two}:1", ":2", "--quiet") == []
    assert diff(f"{two}:1", ":2", "-q", "--json", "--junit", tmp_path / "r.xml") == []
    assert diff(f"{two}:1", ":3", "-q", status=0) == []


def test_junit_has_a_case_for_each_kind(two: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    diff(f"{two}:1", ":2", "--junit", report)
    [suite] = ET.fromstring(report.read_bytes())  # noqa: S314 - our own
    assert suite.get("name") == f"{two}:1 {two}:2"
    assert {case.get("name"): case.find("failure") is not None for case in suite} == {
        "handshake": False, "close": False, "login": False, "welcome": True, "bye": True, "news": True,
    }  # fmt: skip
    result = run("diff", f"{two}:1", ":2", "--junit", tmp_path)
    assert result.exit_code == 2
    result = run("diff", f"{two}:1", ":2", "--junit", tmp_path / "no" / "report.xml")
    assert (result.exit_code, "cannot write the report" in result.stderr) == (3, True)


def test_late_replies_differ_where_that_is_asked_for(tmp_path: Path) -> None:
    fast, slow = written(tmp_path / "fast.wsi", OLD[:2]), written(tmp_path / "slow.wsi", OLD[:2], step_ms=400)
    assert diff(fast, slow, status=0)[-1].startswith("  #2 welcome came after 10ms → 400ms")
    assert diff("--timing", fast, slow)[2] == "1 sooner or later, 2 messages the same"
    diff(fast, slow, "--timing", "500ms", status=0)
    diff(fast, slow, "--timing=50%")


def test_a_part_of_a_session_is_compared(two: Path) -> None:
    assert records(f"{two}:1", ":2", "--from-message", "2")[-1]["messages"] == {"old": 2, "new": 2}
    result = run("diff", f"{two}:1", ":2", "--from-message", "9")
    assert (result.exit_code, "session 1 has no such messages" in result.stderr) == (3, True)


def test_a_session_that_is_shorter_is_compared_to_its_end(tmp_path: Path) -> None:
    both = written(tmp_path / "both.wsi", OLD, OLD[:1])
    assert records(f"{both}:1", ":2", "--from-message", "2")[-1]["missing"] == 2


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        (["{two}:1", ":9"], 3, "there is no session 9"),
        (["{two}"], 2, "two sessions are compared"),
        (["{two}:1", ":1"], 2, "same session twice"),
        (["{two}", "{chat}"], 2, "has 3 sessions"),
        (["{chat}", "{chat}:2"], 3, "session 2 was refused with status 403"),
        (["{two}:1", "nothing.wsi:1"], 3, "nothing.wsi"),
        (["{two}:1", ":2", "--timing=never"], 2, "never"),
        ([], 2, "Missing argument"),
    ],
)
def test_what_cannot_be_compared_is_told(two: Path, capture: Path, arguments: list[str], status: int, why: str) -> None:
    result = run("diff", *(argument.format(two=two, chat=capture) for argument in arguments))
    assert (result.exit_code, why in result.stderr) == (status, True), result.stderr


def test_a_capture_with_one_of_everything_is_harmless(capture: Path, tmp_path: Path) -> None:
    hostile = [f"> {HOSTILE} 1", LOGIN, f"< {HOSTILE}"]
    other = written(tmp_path / "other.wsi", hostile, like=replace(CHAT, url=HOSTILE, close=None))
    for options in ([], ["--all"], ["--side-by-side"], ["--control"]):
        printed = diff(capture, other, *options)
        assert_harmless(printed)
    assert records(capture, other)[-1]["differs"] is True


def test_sessions_without_a_close_are_compared_as_far_as_they_go(tmp_path: Path) -> None:
    open_one = replace(CHAT, state=SessionState.OPEN, close=None, closed=None)
    file = written(tmp_path / "open.wsi", OLD, OLD, like=open_one)
    printed = diff(f"{file}:1", ":2", status=0)
    assert re.match("! Both: ", printed[-1])


def test_large_comparisons_are_said_to_be_under_way(
    two: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("wsinspect.cli.diff._SAY_FROM", 0)
    monkeypatch.setattr(
        "click.testing._NamedTextIOWrapper.isatty", lambda stream: stream.name == "<stderr>", raising=False
    )
    assert "comparing 3 messages with 3 …" in run("diff", f"{two}:1", ":2").stderr
