"""A filter that is being typed: problems with their places, proposals, and what taking one makes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.recording import CHAT
from wsinspect.query import Target, to_predicate
from wsinspect.tui.widgets.filter_text import (
    EXAMPLES,
    Problem,
    filter_of,
    meaning,
    one_line,
    problem_of,
    proposals,
    taken,
)

MESSAGE = (Target.MESSAGE,)
BOTH = (Target.MESSAGE, Target.FRAME)
SESSION = (Target.SESSION,)


@pytest.mark.parametrize(
    ("text", "marked", "unfinished"),
    [
        ("sise > 3", "sise", False),
        ("size > 4k and dirr == c2s", "dirr", False),
        ("size = 3", "=", False),
        ("size =", "=", True),
        ("size > ", "", True),
        ("dir == c", "c", True),
        ("dir == c ", "c", True),
        ("type == text a", "a", True),
        ('text contains "a b', '"a b', True),
        ("(a", "(", False),
        ("a ) b", ")", False),
        ("text ~ '(' and x", "'('", False),
        ("", "", True),
    ],
)
def test_a_problem_names_the_part_that_is_wrong(text: str, marked: str, unfinished: bool) -> None:
    problem = problem_of(text, MESSAGE)
    assert problem is not None
    assert text[problem.start : problem.end] == marked
    assert problem.unfinished is unfinished
    assert problem.message


def test_a_filter_is_right_if_one_of_the_targets_has_it() -> None:
    assert problem_of("opcode == ping", MESSAGE) is not None
    assert problem_of("opcode == ping", BOTH) is None
    assert problem_of("latency > 1s or text ~ x", BOTH) is None


def test_of_several_problems_the_one_further_on_is_told() -> None:
    problem = problem_of("fin == true and sise == 1", BOTH)
    assert problem == Problem("there is no field sise", problem.hint if problem else None, 16, 20, unfinished=False)


def test_a_bare_word_is_explained() -> None:
    assert meaning("host", BOTH) == 'the payload contains "host"'
    assert meaning("shop", SESSION) == 'the URL, protocol, end, tags or note contain "shop"'
    assert meaning("host == a", BOTH) is None
    assert meaning("a (", BOTH) is None


def test_a_mere_text_finds_sessions_by_what_they_have() -> None:
    assert problem_of("shop and state == open", SESSION) is None
    matches = to_predicate(filter_of("shop", Target.SESSION), Target.SESSION)
    assert matches(replace(CHAT, url="wss://x.test/Shop"))
    assert matches(replace(CHAT, tags=("shoplift",)))
    assert not matches(CHAT)


@pytest.mark.parametrize(
    ("text", "word", "result"),
    [
        ("si", "size", "size |"),
        ("price and si", "size", "price and size |"),
        ("size ", ">=", "size >= |"),
        ("dir == ", "c2s", "dir == c2s |"),
        ("dir in (c2s,", "s2c", "dir in (c2s,s2c |"),
        ("(a)", "and", "(a) and |"),
        ("dir ", "in (", "dir in (|"),
        ("", "has(", "has(|"),
        ("has(", "rules", "has(rules) |"),
        ("has(js", "json.$.", "has(json.$.|"),
        ("jso", "json.$.", "json.$.|"),
        ("requ", "request.headers.", "request.headers.|"),
    ],
)
def test_a_proposal_takes_the_place_of_what_was_begun(text: str, word: str, result: str) -> None:
    found = proposals(text, len(text), MESSAGE)
    assert word in found.words
    made, cursor = taken(text, len(text), found.start, word)
    assert f"{made[:cursor]}|{made[cursor:]}" == result


@pytest.mark.parametrize(
    ("text", "word", "result"),
    [("si| > 4", "size", "size |> 4"), ("(di|)", "dir", "(dir|)"), ("has(ru|)", "rules", "has(rules|)")],
)
def test_a_proposal_in_the_middle_leaves_what_follows(text: str, word: str, result: str) -> None:
    cursor = text.index("|")
    plain = text.replace("|", "")
    made, after = taken(plain, cursor, proposals(plain, cursor, MESSAGE).start, word)
    assert f"{made[:after]}|{made[after:]}" == result


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", False),
        ("s", True),
        ("size", False),
        ("size ", True),
        ("size =", False),
        ("dir == ", True),
        ("type == text ", False),
        ("type == text a", True),
        ("price or ", False),
        ('text contains "s', False),
        ("json.$.a", False),
    ],
)
def test_proposals_show_by_themselves_where_they_help(text: str, asked: bool) -> None:
    assert proposals(text, len(text), MESSAGE).asked is asked


def test_proposals_come_for_all_targets_once() -> None:
    words = proposals("", 0, BOTH).words
    assert "opcode" in words
    assert "latency" in words or "text" in words
    assert len(words) == len(set(words))


def test_what_cannot_be_seen_does_not_get_into_a_line() -> None:
    assert one_line("size > 4k") == "size > 4k"
    assert one_line('a\n"\x1b\u202e"') == 'a "\\u{1b}\\u{202e}"'


@pytest.mark.parametrize("target", list(Target))
def test_the_examples_are_filters(target: Target) -> None:
    for example in EXAMPLES[target].split("   "):
        filter_of(example, target)


@given(st.text(st.sampled_from("size dir==c2s>\"'()and,has~\\.$[] x"), max_size=30), st.integers(0, 30))
def test_anything_may_be_typed(text: str, place: int) -> None:
    cursor = min(place, len(text))
    problem = problem_of(text, BOTH)
    if problem is not None:
        assert 0 <= problem.start <= problem.end <= max(len(text), problem.start)
    found = proposals(text, cursor, BOTH)
    for word in found.words:
        made, after = taken(text, cursor, found.start, word)
        assert word in made[:after]
        assert 0 <= after <= len(made)
