"""The bench's terminal shows what a program wrote, however the bytes came."""

from __future__ import annotations

import pytest

from tests.bench.screen.glass import Glass
from tests.bench.screen.view import Rows, counted, rows

WRITTEN = (
    "\x1b[?1049h\x1b[?2026h\x1b[2;3H\x1b[1;38;2;1;2;3mgrün 世界\x1b[0m!\x1b]0;title\x07\x1b[4;1Hend\x1b[K\x1b[?2026l"
).encode()
SHOWN = ["", "  grün 世界!", "", "end", ""]


def test_text_is_where_it_was_put() -> None:
    glass = Glass(20, 5)
    glass.feed(WRITTEN)
    assert glass.lines() == SHOWN
    assert glass.updates == 1


@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_pieces_make_the_same(step: int) -> None:
    glass = Glass(20, 5)
    for start in range(0, len(WRITTEN), step):
        glass.feed(WRITTEN[start : start + step])
    assert glass.lines() == SHOWN
    assert glass.updates == 1


def test_lines_go_on_and_what_does_not_fit_is_cut() -> None:
    glass = Glass(4, 2)
    glass.feed(b"abcdef\r\n\x1b[3Cg\x1b[2;1Hh\r\nout of sight")
    assert glass.lines() == ["abcd", "h  g"]


def test_what_was_there_is_erased() -> None:
    glass = Glass(4, 2)
    glass.feed(b"abcd\x1b[1;2H\x1b[K\x1b[2;1Hxyz\x1b[2K")
    assert glass.lines() == ["a", ""]
    glass.feed(b"\x1b[2J")
    assert glass.lines() == ["", ""]


def test_it_says_that_it_draws_updates_as_one() -> None:
    glass = Glass(4, 2)
    assert glass.feed(b"\x1b[?2026$p") == b"\x1b[?2026;2$y"
    assert glass.feed(b"a") == b""


def test_rows_of_messages_are_read() -> None:
    lines = [
        "│▌      1  09:00:00.163  ◀ text      91           {…}│",
        "│       2  09:00:00.163  ▶ binary  1.2k  ↔ 1 4 ms │",
        "│                        ▸      ♥ 12 pings and pongs│",
        " 3  ●  shop.test/market",
        "─ 1.3 ▶ text 98 ─ Decoded │ JSON │ Text",
    ]
    assert rows(lines) == Rows((1, 2), 1)
    assert rows([]) == Rows((), None)


def test_the_count_of_a_filter_is_read() -> None:
    assert counted(["╭ Messages of #1 ─ x ── 412 of 1,893 ─ following ─╮"]) == (412, 1893)
    assert counted(["╭ Messages of #1 ─╮"]) is None
