"""Charts are as large as they may be, show the least there is, and can be read without colours."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wsinspect.present.charts import Bar, Line, bars, columns
from wsinspect.present.text import cell_len


def texts(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def test_columns_stand_on_the_last_line() -> None:
    assert texts(columns([0, 4, 8, 2], 2, "")) == ["  █ ", " ██▄"]
    assert texts(columns([1, 100_000], 1, "")) == ["▁█"]
    assert texts(columns([1, 2], 1, "", most=4)) == ["▂▄"]


def test_nothing_is_drawn_as_nothing() -> None:
    assert texts(columns([0, 0], 2, "")) == ["  ", "  "]
    assert texts(columns([], 1, "")) == [""]
    assert bars([], 40, 5) == []
    assert bars([Bar("a", 1)], 40, 0) == []


def test_bars_stand_behind_their_figures_and_tell_directions_apart() -> None:
    several = [Bar("text", 10, 10, "50 %"), Bar("binary", 1000, note="4 %"), Bar("none", 0), Bar("few", 0, 1)]
    assert texts(bars(several, 32, 4)) == [
        "text      20 50 % ▏",
        "binary 1,000  4 % █████████████",
        "none       0      ",
        "few        1      ▏",
    ]
    assert texts(bars([Bar("x", 3, 1)], 12, 1)) == ["x 4 █████▓▓"]


def test_what_does_not_fit_is_told() -> None:
    assert texts(bars([Bar(str(number), number) for number in range(9)], 10, 3))[-1] == "… 7 more"


@given(
    st.lists(st.builds(Bar, st.text(max_size=5), st.integers(0, 10**9), st.integers(0, 10**9)), max_size=30),
    st.integers(40, 200), st.integers(1, 40),
)  # fmt: skip
def test_bars_keep_to_their_room(several: list[Bar], width: int, height: int) -> None:
    lines = texts(bars(several, width, height))
    assert len(lines) <= height
    assert all(cell_len(line) <= width for line in lines)
