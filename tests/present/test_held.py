"""The queue of held messages fits its line, the chosen one first of all."""

from __future__ import annotations

import pytest

from wsinspect.control.results import Held
from wsinspect.present.held import HeldLine, age_text, held_line
from wsinspect.present.text import cell_len


def held(number: int, **changes: object) -> Held:
    known: dict[str, object] = {
        "session": 3, "message": number, "dir": "c2s", "type": "text", "size": 34, "since": 100.0, "by": "breakpoint 1",
        "changed": False,
    }  # fmt: skip
    return Held.model_validate(known | changes)


def text_of(line: HeldLine) -> str:
    return "".join(text for text, _ in line.cells)


def test_the_chosen_one_is_told_in_words() -> None:
    line = held_line([held(17, changed=True), held(18, dir="s2c", size=1234567)], 0, 112.9, 100)
    assert text_of(line) == " ⏸ 2 held    ▸ 3.17  ▶ text 34 B ✎  since 12s by breakpoint 1   3.18 ◀ 1.2M B"
    first, second = line.spots
    assert text_of(line)[first.start : first.end].startswith("▸ 3.17")
    assert text_of(line)[second.start : second.end] == "3.18 ◀ 1.2M B"
    assert (first.place, second.place) == (0, 1)


def test_those_before_are_a_spot_that_goes_back() -> None:
    line = held_line([held(number) for number in range(1, 6)], 3, 100, 100)
    assert "‹3" in text_of(line)
    assert line.spots[0].place == 2
    assert "▸ 3.4" in text_of(line)
    assert "+" not in text_of(line)


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("chosen", [0, 50, 99])
def test_what_does_not_fit_is_counted(width: int, chosen: int) -> None:
    line = held_line([held(number) for number in range(100)], chosen, 100, width)
    shown = [spot.place for spot in line.spots if spot.place >= chosen]
    assert shown == list(range(chosen, chosen + len(shown)))
    left = 100 - chosen - len(shown)
    assert shown
    assert (f"+{left}" in text_of(line)) == bool(left)
    assert cell_len(text_of(line)) <= width


def test_who_holds_it_is_harmless() -> None:
    assert "by rule \\x1b[31m" in text_of(held_line([held(1, by="rule \x1b[31m")], 0, 100, 80))


@pytest.mark.parametrize(("seconds", "text"), [(-5, "0s"), (0.9, "0s"), (59.9, "59s"), (200, "3m20s"), (7500, "2h05m")])
def test_an_age_is_in_whole_seconds(seconds: float, text: str) -> None:
    assert age_text(seconds) == text
