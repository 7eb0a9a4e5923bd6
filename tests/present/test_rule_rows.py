"""Rules, what they are written in, and what is wrong with them are shown harmless, whatever stands in the file."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.cli.reading import assert_harmless
from wsinspect.present.charts import Line
from wsinspect.present.rule_rows import (
    FileProblem,
    RuleFacts,
    problem_lines,
    problem_row,
    problems_of,
    rule_lines,
    rule_row,
    rule_titles,
    source_lines,
)
from wsinspect.rules.load import load

HOSTILE = "\x1b[2J\u202e"
FILE = """\
version: 1
rules:
  # the first
  - id: one
    match: {dir: c2s}

    # what it does
    do: [drop]

  # the second
  -
    id: two
    do:
    - drop
vars: {}
"""


def texts(lines: Iterable[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def test_a_row_has_what_the_rule_did() -> None:
    vip = RuleFacts("vip", "/r.yaml:3:5", True, "message", 1234, 12, 0, 1_700_000_000_000_000_000, None, "of Anna")
    titles, row = texts([rule_titles(80, 3), rule_row(vip, 80, 3)])
    assert titles.split() == ["rule", "on", "hits", "changed", "errors", "last", "note"]
    assert row.startswith("● vip      message      1,234       12        0  ")
    assert row.endswith(":20  of Anna")
    for title in ("hits", "changed", "errors"):
        end = titles.index(title) + len(title)
        assert row[end - 1].isdigit()
        assert row[end] == " "


def test_a_row_tells_what_is_off_what_failed_and_what_nobody_runs() -> None:
    failed = RuleFacts("x", "r:1:1", False, "handshake_request", 10_000_000, 0, 3, None, f"no {HOSTILE}", "a note")
    (row,) = texts([rule_row(failed, 80, 3)])
    assert row.startswith("○ x        handshake    10.0M        0        3")
    assert "a note" not in row
    assert_harmless([row])
    (row,) = texts([rule_row(RuleFacts("n" * 99, "r:1:1", True, "open"), 60, 99)])
    assert "…" in row
    assert len(row) <= 60
    assert not any(character.isdigit() for character in row)


def test_a_rule_knows_its_file_and_line() -> None:
    rule = RuleFacts("x", "/a:b/r.yaml:12:5", True, "message")
    assert (rule.file, rule.line) == ("/a:b/r.yaml", 12)
    odd = RuleFacts("x", "somewhere", True, "message")
    assert (odd.file, odd.line) == ("somewhere", 1)


def test_problems_are_read_with_their_places() -> None:
    assert problems_of("the rules stay: /r.yaml:3:5: what is wrong: this\n\n/r.yaml: cannot be read\n") == [
        FileProblem("what is wrong: this", "the rules stay: /r.yaml", 3, 5),
        FileProblem("/r.yaml: cannot be read"),
    ]
    assert str(FileProblem("wrong", "/r.yaml", 3, 5)) == "/r.yaml:3:5: wrong"
    assert str(FileProblem("wrong")) == "wrong"
    rows = texts([problem_row(FileProblem(f"wrong {HOSTILE}", "/r.yaml", 3, 5)), problem_row(FileProblem("wrong"))])
    assert_harmless(rows)
    assert rows[0].startswith("✕ 3:5: wrong ")
    assert rows[1] == "✕ wrong"


@pytest.mark.parametrize(
    ("number", "numbers"),
    [(0, ["4", "5", "6", "7", "8"]), (1, ["12", "13", "14"])],
)
def test_a_rule_is_shown_as_it_is_written(number: int, numbers: list[str]) -> None:
    rule = load("r.yaml", lambda _: FILE).rules[number]
    lines = texts(source_lines(FILE, rule.place))
    assert [line.split()[0] for line in lines] == numbers
    written = FILE.splitlines()
    assert all(line.endswith(written[int(line.split()[0]) - 1]) for line in lines)


def test_what_there_is_to_tell_of_a_rule() -> None:
    rule = RuleFacts("vip", "r.yaml:4:5", False, "message", 4, 2, 1, None, HOSTILE, "for Anna")
    lines = texts(rule_lines(rule, FILE))
    assert lines[:4] == ["vip  ○ off", "r.yaml:4:5", "for Anna", "acted 4 times, changed 2 messages, failed 1 times"]
    assert lines[4].startswith("last error: ")
    assert lines[6] == "4    - id: one"
    assert_harmless(lines)
    lines = texts(rule_lines(RuleFacts("vip", "r.yaml:4:5", True, "message"), None))
    assert lines == ["vip  ● on", "r.yaml:4:5", "", "Its file cannot be read."]


def test_a_hostile_file_is_shown_harmless_and_in_part() -> None:
    text = f"- id: x\n{HOSTILE}\n" + "  a: 1\n" * 10_000
    lines = texts(source_lines(f"- id: x\n  # {HOSTILE}\n  b: {HOSTILE}\n" + "  a: 1\n" * 10_000, "r:1:3"))
    assert_harmless(lines)
    assert len(lines) < 1000
    assert texts(source_lines(text, "r:99999:3")) == []


def test_a_problem_is_shown_in_its_place() -> None:
    lines = texts(problem_lines(FileProblem("wrong", "/r.yaml", 8, 9), FILE))
    assert lines[:2] == ["wrong", "/r.yaml:8:9"]
    at = next(number for number, line in enumerate(lines) if line.endswith("^"))
    assert lines[at - 1] == " 8      do: [drop]"
    assert len(lines[at]) == lines[at - 1].index("[") + 1
    assert texts(problem_lines(FileProblem("wrong", "/r.yaml", 8, 9), None)) == ["wrong", "/r.yaml:8:9"]
    assert texts(problem_lines(FileProblem("wrong", "/r.yaml"), FILE)) == ["wrong", "/r.yaml"]
    assert texts(problem_lines(FileProblem("wrong"), None)) == ["wrong"]
