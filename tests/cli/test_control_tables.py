"""What the control channel answers, as lines."""

from __future__ import annotations

import pytest

from tests.cli.reading import assert_harmless
from wsinspect.cli.control_tables import has_table, notice_line, table
from wsinspect.control.client import ControlNotice
from wsinspect.control.messages import Json
from wsinspect.control.methods import METHODS
from wsinspect.present.text import Cell

NASTY = "\x1b[31m\u202e\n"


def text(line: list[Cell]) -> str:
    return "".join(piece for piece, _ in line).rstrip()


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.many])
def test_every_list_has_a_table(name: str) -> None:
    assert has_table(name)
    example = METHODS[name].example_result
    assert isinstance(example, list)
    titles, *rows = [text(line) for line in table(name, example)]
    assert titles
    assert len(rows) == len(example)
    assert len(list(table(name, []))) == 1


def test_columns_stand_below_their_titles() -> None:
    rows: list[Json] = [
        {"breakpoint": 1, "hits": 100_000_000, "owner": "anna", "filter": NASTY},
        {"breakpoint": 12, "hits": 0, "filter": "x"},
    ]
    printed = [text(line) for line in table("breakpoints", rows)]
    assert printed == [
        "breakpoint       hits  owner  filter",
        "         1  100000000  anna   \\x1b[31m\\u202e\\n",
        "        12          0         x",
    ]


def test_why_a_rule_failed_stands_below_it() -> None:
    example = METHODS["rules.list"].example_result
    assert isinstance(example, list)
    assert isinstance(example[0], dict)
    failed: Json = {**example[0], "errors": 1, "enabled": False, "last_error": NASTY}
    printed = [text(line) for line in table("rules.list", [failed])]
    assert printed[2] == "    \\x1b[31m\\u202e\\n"
    assert "off" in printed[1]
    assert_harmless(printed)


@pytest.mark.parametrize(
    ("kind", "params", "line"),
    [
        ("alert", {"session": 3, "message": 7, "text": NASTY}, "alert          3.7      \\x1b[31m\\u202e\\n"),
        ("session", {"session": 3, "text": "closed"}, "session        3        closed"),
        ("paused", {}, "paused"),
    ],
)  # fmt: skip
def test_a_notice_is_a_line(kind: str, params: dict[str, Json], line: str) -> None:
    told = text(notice_line(ControlNotice(kind, {"time": 1795000000.25, **params})))
    assert told[8:14] == ".250  "
    assert told[14:] == line


def test_a_loss_and_a_status_are_lines() -> None:
    assert text(notice_line(ControlNotice("lost", {"count": 7}))) == "7 notices came too fast and are left out here"
    status = METHODS["status"].example_result
    assert isinstance(status, dict)
    assert text(notice_line(ControlNotice("status", status))) == "1 sessions open, 27 messages, 4711 bytes, 1 held"
    stopped = ControlNotice("status", {**status, "recording": False})
    assert text(notice_line(stopped)).endswith(", not recording")
