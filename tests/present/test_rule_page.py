"""The page of rules tells what is wrong first, then what there is, and what to do where there is nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from wsinspect.present.charts import Line
from wsinspect.present.rule_page import Book, book_rows, head_lines, rule_key, trial_head
from wsinspect.present.rule_rows import FileProblem, RuleFacts

A, B = Path("/a.yaml"), Path("/b.yaml")
ONE = RuleFacts("one", "/a.yaml:3:5", True, "message", 3, 1, 0)
TWO = RuleFacts("two", "/b.yaml:3:5", True, "message", 4, 1, 2)
WRONG = FileProblem("wrong", "/b.yaml", 7, 3)


def texts(lines: Iterable[Line]) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in lines]


@pytest.mark.parametrize(
    ("book", "lines"),
    [
        (Book(), ["0 rules of 0 files, no engine runs"]),
        (Book(runs=True), ["0 rules of 0 files, the engine runs none", "acted 0 times"]),
        (Book((A,), (ONE,), runs=True), ["1 rule of 1 file, which the engine runs", "acted 3 times"]),
        (
            Book((A, B), (ONE, TWO), runs=True),
            ["2 rules of 2 files, which the engine runs", "acted 7 times, failed 2 times"],
        ),
        (
            Book((A, B), (ONE,), (WRONG,), runs=True),
            ["1 rule of 2 files, which the engine runs", "✕ 1 problem; the rules stay as they were"],
        ),
        (
            Book((A,), (), (WRONG, WRONG)),
            ["0 rules of 1 file, which no engine runs: so they are in their files", "✕ 2 problems"],
        ),
    ],
)
def test_the_head_tells_how_things_stand(book: Book, lines: list[str]) -> None:
    assert texts(head_lines(book)) == lines


def test_rows_are_problems_and_rules_below_their_files() -> None:
    book = Book((A, B), (ONE, TWO), (WRONG, FileProblem("of all")), runs=True)
    rows = list(book_rows(book, 80))
    keys = [key for key, _ in rows]
    assert keys == ["", "problem 0", "problem 1", "", "", "rule one", "", "rule two"]
    words = texts(line for _, line in rows)
    assert words[0] == "/b.yaml"
    assert words[1] == "✕ 7:3: wrong"
    assert (words[4], words[6]) == ("/a.yaml", "/b.yaml")
    assert book.rule("rule two") == TWO
    assert book.problem("problem 1") == FileProblem("of all")
    assert (book.rule("problem 1"), book.problem("rule two"), book.rule("")) == (None, None, None)
    assert rule_key(ONE) == "rule one"


@pytest.mark.parametrize(
    ("book", "first", "then"),
    [
        (Book(), "No rules.", "wsinspect --rules FILE"),
        (Book(runs=True), "No rules.", "Press l to load a rule file"),
        (Book((A,)), "There is no rule in these files.", "t on a message"),
    ],
)
def test_where_there_is_no_rule_it_says_what_to_do(book: Book, first: str, then: str) -> None:
    words = texts(line for _, line in book_rows(book, 80))
    assert words[0] == first
    assert any(then in line for line in words)
    assert all(not key for key, _ in book_rows(book, 80))


def test_a_dry_run_tells_how_far_it_is() -> None:
    assert texts([trial_head(0.5), trial_head(1.0)]) == [
        "██████████░░░░░░░░░░ 50%   d stops it",
        "What the rules would have done to this capture. Nothing was sent.",
    ]
