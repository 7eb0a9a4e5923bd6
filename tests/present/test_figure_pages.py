"""The pages of statistics fit their room, at any size, and say in words what they draw."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.reading import assert_harmless
from wsinspect.model import Direction, SessionState
from wsinspect.present import figure_pages as pages
from wsinspect.present.charts import Line
from wsinspect.store.figures import Amount, Figures, Turnaround
from wsinspect.store.replies import Reply, ReplyFigures
from wsinspect.store.session_figures import Busy, Ending, SessionFigures

C2S, S2C = Direction
S = 1_000_000_000
START = 1_700_000_000 * S


def figures(count: int = 100) -> Figures:
    """Make figures of messages that come ten a second, a third of them from clients."""
    made = Figures(messages=count, bytes=50 * count)
    made.rates.fit(START, START + count * S // 10)
    for number in range(count):
        direction = C2S if number % 3 == 0 else S2C
        made.rates.add((START + number * S // 10) // made.rates.step_ns, direction, 1, 50)
        amount = made.kinds.setdefault((direction, 1), Amount())
        amount.count += 1
        amount.bytes += 50
        made.sizes[direction].add(50 + number)
        made.turnarounds[direction].add(number * 1_000_000)
    made.kinds[S2C, 9] = Amount(4, 20)
    made.pings.add(2_000_000)
    made.slowest = [Turnaround(5 * S, 3, 17)]
    return made


def replies() -> ReplyFigures:
    made = ReplyFigures(slowest=[Reply(9 * S, 3, 17, 12, S2C)])
    for number in range(50):
        made.latencies[S2C].add(number * 1_000_000)
    return made


def sessions() -> SessionFigures:
    made = SessionFigures(count=9)
    for state, code in ((0, None), (1, 1000), (1, 1006), (1, 4321), (1, None), (2, 403), (3, None)):
        made.endings[Ending(SessionState(state), code)] += 1
    made.busiest = [Busy(3, "ws://\x1b[2J\u202e/", SessionState.OPEN, 1234567, 5_000_000)]
    return made


def texts(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


_Page = Callable[[Figures, int, int], list[Line]]
PAGES: list[_Page] = [
    pages.message_rate_page,
    pages.byte_rate_page,
    pages.size_page,
    lambda made, width, height: pages.time_page(made, ReplyFigures(), width, height),
    lambda made, width, height: pages.time_page(made, replies(), width, height),
    lambda made, width, height: pages.type_page(made, sessions(), width, height),
]


@given(st.sampled_from(PAGES), st.integers(30, 220), st.integers(8, 70), st.integers(0, 300))
def test_pages_fit(page: _Page, width: int, height: int, count: int) -> None:
    lines = texts(page(figures(count), width, height))
    assert len(lines) <= height
    assert all(len(line) <= width for line in lines if "≤" not in line and "/s, at most" not in line)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("size", [(1, 1), (10, 3), (500, 200)])
def test_no_room_is_too_small_or_too_large(page: _Page, size: tuple[int, int]) -> None:
    page(figures(), *size)
    page(Figures(), *size)


def test_nothing_yet_is_said() -> None:
    assert texts(pages.message_rate_page(Figures(), 80, 20)) == ["No messages yet."]
    assert texts(pages.size_page(Figures(), 80, 20)) == ["No messages yet."]
    assert texts(pages.time_page(Figures(), ReplyFigures(), 80, 20)) == ["Nothing was answered yet."]
    assert texts(pages.type_page(Figures(), SessionFigures(), 80, 20)) == [
        "Messages and control frames", "none yet", "How sessions ended", "none yet",
    ]  # fmt: skip
    assert texts([pages.head_line(Figures(), SessionFigures())]) == ["0 sessions, 0 messages, 0 bytes"]
    assert pages.since_text(Figures()) == ""


def test_from_when_to_when_names_a_day_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    assert pages.since_text(figures()) == "2023-11-14 22:13:19 to 22:13:29"
    days = Figures(messages=2)
    days.rates.fit(START, START + 90_000 * S)
    for number in (0, 90_000):
        days.rates.add((START + number * S) // days.rates.step_ns, C2S, 1, 50)
    assert pages.since_text(days) == "2023-11-14 22:12:18 to 2023-11-15 23:13:50"
    monkeypatch.undo()
    time.tzset()


def test_rates_are_told_by_direction() -> None:
    lines = texts(pages.message_rate_page(figures(), 80, 11))
    assert lines[0].startswith("▶ clients 34 messages, 3.4/s, at most ")
    assert lines[5].startswith("◀ servers 66 messages, 6.7/s, at most ")
    assert lines[1].lstrip().split()[0].endswith("/s")
    assert lines[4].startswith("      0 ")
    assert "9.91s" in lines[-1]
    assert texts(pages.byte_rate_page(figures(), 80, 11))[0].startswith("▶ clients 1700 bytes, 172/s")
    assert texts([pages.head_line(figures(), sessions())]) == ["9 sessions, 100 messages, 5000 bytes in 9.91s"]


def test_sizes_are_told_in_words_and_bars() -> None:
    lines = texts(pages.size_page(figures(), 80, 20))
    assert lines[0] == "▶ clients 34: half ≤ 98, 90 % ≤ 140, 99 % ≤ 149, all ≤ 149"
    assert [line.split("  ")[0] for line in lines[2:]] == ["50 – 99", "100 – 199 50 50 % " + lines[3].split("% ")[1]]


def test_times_have_pings_and_leave_out_what_is_too_short_to_matter() -> None:
    lines = texts(pages.time_page(figures(), ReplyFigures(), 90, 30))
    assert lines[2].startswith("♥ pings")
    assert "1: half ≤ 2ms" in lines[2]
    assert lines[3].startswith("under 10us")
    assert len(texts(pages.time_page(figures(), ReplyFigures(), 90, 8))) <= 8


def test_a_narrow_page_says_less() -> None:
    assert texts(pages.size_page(figures(), 40, 20))[0] == "▶ 34: half ≤ 98, 99 % ≤ 149, all ≤ 149"
    assert texts(pages.size_page(figures(), 30, 20))[0] == "▶ 34: half ≤ 98, all ≤ 149"


def test_endings_are_told_apart_by_signs_and_words() -> None:
    lines = texts(pages.type_page(figures(), sessions(), 80, 20))
    assert lines[1].startswith("◀ text 66 3300B ▓")
    assert lines[2].startswith("▶ text 34 1700B █")
    assert lines[3].startswith("◀ ping  4   20B")
    assert [" ".join(line.split()[:3]) for line in lines[5:]] == [
        "● open 1", "○ closed, no", "○ 1000 normal", "○ 1006 abnormal", "○ 4321 1", "◐ refused 403", "✕ failed 1",
    ]  # fmt: skip


def test_choices_are_harmless() -> None:
    (busy,) = texts([pages.busy_cells(sessions().busiest[0])])
    assert_harmless([busy])
    assert busy.startswith("#3      1,234,567   5.0MB  ws://")
    assert texts([pages.slow_cells(figures().slowest[0])]) == ["◀ 3.17            5.00s"]
    assert texts([pages.slow_cells(replies().slowest[0])]) == ["◀ 3.17            9.00s  ↔ 3.12"]


def test_where_replies_are_known_their_times_are_told() -> None:
    lines = texts(pages.time_page(figures(), replies(), 90, 30))
    assert lines[0].startswith("◀ replies of servers 50: half ≤ 24.")
    assert "No replies found" not in "".join(lines)
    assert texts(pages.time_page(figures(), replies(), 69, 30))[0].startswith("◀ servers 50: half ≤ 24.")
    assert texts(pages.time_page(figures(), replies(), 40, 30))[0].startswith("◀ 50: half ≤ 24.")
    lines = texts(pages.time_page(figures(), ReplyFigures(), 90, 30))
    assert lines[0].startswith("▶ next of clients 34: ")
    assert lines[-1].startswith("No replies found")


def test_rates_are_written_short() -> None:
    assert [pages.rate_text(rate) for rate in (0.25, 3.14159, 31.4, 9999.4, 123456)] == [
        "0.25", "3.1", "31", "9999", "123.5k",
    ]  # fmt: skip
