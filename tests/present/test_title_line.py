"""The line above a pane fits any width, and knows where a click does something."""

from __future__ import annotations

import pytest

from wsinspect.present.text import cell_len
from wsinspect.present.title_line import Clickable, Part, title_line

LEFT = [Part("Messages of #3", "bold", "all"), Part(""), Part("size > 1k", "yellow", "filter")]
RIGHT = [Part("412 of 893"), Part("following", "green", "follow")]


def plain(width: int, *, focused: bool = False) -> str:
    return "".join(text for text, _ in title_line(LEFT, RIGHT, width, focused=focused)[0])


def test_what_is_shown_stands_left_and_how_it_stands_right() -> None:
    assert plain(62).startswith("─ Messages of #3 ─ size > 1k ──")
    assert plain(62).endswith("── 412 of 893 ─ following ─")
    assert plain(62, focused=True) == plain(62).replace("─", "━")


def test_where_there_is_no_room_the_state_stays() -> None:
    assert "412" not in plain(30)
    assert plain(30).startswith("─ Messages")
    assert plain(30).endswith("following ─")


@pytest.mark.parametrize("width", range(90))
def test_it_is_as_wide_as_it_is_to_be(width: int) -> None:
    assert cell_len(plain(width)) == width


def test_a_long_text_at_the_right_is_cut() -> None:
    right = [Part("! the capture is damaged (database disk image is malformed)"), Part("follow")]
    for width in (60, 100):
        line = "".join(text for text, _ in title_line(LEFT, right, width, focused=False)[0])
        assert "! the capture is damaged" in line
        assert line.endswith(" ─ follow ─")
        assert cell_len(line) == width


def test_clicks_find_their_parts() -> None:
    cells, clickable = title_line(LEFT, RIGHT, 62, focused=False)
    text = "".join(text for text, _ in cells)
    assert [text[part.start : part.end].strip() for part in clickable] == ["Messages of #3", "size > 1k", "following"]
    assert clickable[0] == Clickable(1, 17, "all")
