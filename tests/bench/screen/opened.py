"""The screen on a finished capture of very many messages: how soon it is there, how soon it answers, what it needs."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from scripts.big_capture import NEEDLE
from tests.bench.screen.figures import Figure, spread
from tests.bench.screen.person import PATIENCE_S, Seat, Seen
from tests.bench.screen.stage import Opened, Stage, memory
from tests.bench.screen.view import Rows, counted, focused, rows, typed

OPEN_MS, KEY_MS, FILTER_MS = 1000, 50, 1500
_QUIET_S = 0.25
_SOME_ROWS = 3
_PRESS_EVERY_S = 0.06
"""While it filters."""
_IMPORTS = "import wsinspect.cli.main, wsinspect.cli.open, wsinspect.tui.app"


def measure_opened(stage: Stage, capture: Opened) -> list[Figure]:
    """Measure everything that has to do with a finished capture."""
    figures = _starts(stage, capture)
    with stage.screen("open", capture.path) as seat:
        _to_messages(seat)
        figures += _keys(stage, capture, seat)
        figures += _filters(stage, capture, seat)
        figures += _idle(stage, seat)
        figures.append(memory("open", seat))
    return figures


def _starts(stage: Stage, capture: Opened) -> list[Figure]:
    imports_s, anything_s, rows_s, rest_s = [], [], [], []
    for turn in range(stage.scale.starts):
        stage.say(f"  start {turn + 1} of {stage.scale.starts}")
        imports_s.append(_imports(stage))
        with stage.screen("open", capture.path) as seat:
            anything_s.append(seat.wait(any, "anything to be drawn") - seat.started)
            rows_s.append(seat.wait(_has_rows, "messages to be listed") - seat.started)
            rest_s.append(seat.rest(_QUIET_S) - seat.started)
    group, of = "open", len(rows_s)

    def middle(name: str, times_s: Sequence[float], aim_ms: float | None = None) -> Figure:
        return Figure(group, name, statistics.median(times_s) * 1000, "ms", aim_ms, of)

    return [
        middle("process start to messages listed", rows_s, OPEN_MS),
        Figure(group, "the slowest of them", max(rows_s) * 1000, "ms", None, of),
        middle("of it, Python's start and imports", imports_s),
        middle("process start to anything drawn", anything_s),
        middle("process start to the last thing drawn", rest_s),
    ]


def _imports(stage: Stage) -> float:
    started = time.monotonic()
    environment = {**stage.environment, "PATH": "/usr/bin"}
    subprocess.run([sys.executable, "-c", _IMPORTS], check=True, env=environment, cwd=stage.folder)
    return time.monotonic() - started


def _has_rows(lines: list[str]) -> bool:
    return len(rows(lines).numbers) >= _SOME_ROWS


def _to_messages(seat: Seat) -> None:
    """Choose the largest session, the oldest one, and go to its messages, so that keys are theirs."""
    seat.wait(_has_rows, "messages to be listed")
    seat.rest(_QUIET_S)
    seat.press("end")
    seat.wait(_shows("Messages of #1 "), "the messages of session 1")
    seat.press("2")
    seat.press("home")
    seat.wait(lambda lines: rows(lines).cursor == 1, "the cursor on the first message")
    seat.rest(_QUIET_S)


class _Presses:
    """Presses keys one after the other, and times the answers."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self.answered_s: list[float] = []
        """From the key to the update that shows what was asked for."""
        self.rested_s: list[float] = []
        """From the key to the last update that it made: the detail follows the list."""

    def press(self, key: str, seen: Seen, what: str) -> None:
        pressed = self._seat.press(key)
        self.answered_s.append(self._seat.wait(seen, f"{what} after {key}") - pressed)
        self.rested_s.append(self._seat.rest(_QUIET_S) - pressed)


def _keys(stage: Stage, capture: Opened, seat: Seat) -> list[Figure]:
    chance, count, last = random.Random(1), stage.scale.keys, capture.contents.largest
    full = len(rows(seat.glass.lines()).numbers) * 3 // 4
    figures: list[Figure] = []

    def presses(name: str, times: int, one: Callable[[_Presses], None]) -> None:
        stage.say(f"  {name}, {times} times")
        timed = _Presses(seat)
        for _ in range(times):
            one(timed)
        figures.extend(spread("keys", name, timed.answered_s, KEY_MS))
        rested = statistics.median(timed.rested_s) * 1000
        figures.append(Figure("keys", f"{name}, to the last thing drawn, median", rested, "ms", None, times))

    def listed(test: Callable[[Rows], bool]) -> Seen:
        return lambda lines: len((now := rows(lines)).numbers) >= full and test(now)

    def paged(timed: _Presses, key: str, down: bool) -> None:
        before = rows(seat.glass.lines()).first
        timed.press(key, listed(lambda now: now.first > before if down else now.first < before), "another page")

    def jump(timed: _Presses) -> None:
        target = chance.randrange(1000, last - 1000)
        seat.press(":")
        seat.watch(2, lambda lines: any("Go to" in line or "go to" in line for line in lines))
        seat.rest(_QUIET_S)
        for digit in str(target):
            seat.press(digit)
        seat.rest(_QUIET_S)
        timed.press("enter", listed(lambda now: now.cursor == target), f"message {target}")

    presses("page down", count, lambda timed: paged(timed, "pagedown", down=True))
    presses("page up", count // 2, lambda timed: paged(timed, "pageup", down=False))
    turns = [count // 4, count // 4]

    def end_and_home(timed: _Presses) -> None:
        timed.press("end", listed(lambda now: now.last == last), "the last message")

    def home(timed: _Presses) -> None:
        timed.press("home", listed(lambda now: now.first == 1), "the first message")

    ends, homes = _Presses(seat), _Presses(seat)
    stage.say(f"  end and home, {turns[0]} times")
    for _ in range(turns[0]):
        end_and_home(ends)
        home(homes)
    figures += spread("keys", "end", ends.answered_s, KEY_MS) + spread("keys", "home", homes.answered_s, KEY_MS)
    presses("jump to a number", count // 2, jump)
    presses("page down after a jump", count // 4, lambda timed: paged(timed, "pagedown", down=True))
    return figures


def _filters(stage: Stage, capture: Opened, seat: Seat) -> list[Figure]:
    complete_s: list[float] = []
    typed_s: list[float] = []
    meanwhile_s: list[float] = []
    back_s: list[float] = []
    for turn in range(stage.scale.filters):
        stage.say(f"  filter {turn + 1} of {stage.scale.filters}")
        # Another text each time, for what was typed before is proposed: what is typed could not be told from that.
        text = f'"{NEEDLE[turn:]}"'
        typed_s += _type_filter(seat, text)
        entered = seat.press("enter")
        seat.wait(lambda lines: typed(lines) is None, "the filter's line to go")
        complete, answers = _press_until(seat, _complete(capture.contents.needles))
        complete_s.append(complete - entered)
        meanwhile_s += answers
        back_s.append(_take_away(seat, len(text)))
    back = statistics.median(back_s) * 1000
    return [
        Figure(
            "filter", "substring, until complete", statistics.median(complete_s) * 1000, "ms", FILTER_MS, len(back_s)
        ),
        Figure("filter", "the slowest of them", max(complete_s) * 1000, "ms", None, len(back_s)),
        *spread("filter", "a character typed into it", typed_s, KEY_MS),
        *spread("filter", "a key while it filters", meanwhile_s, 100),
        Figure("filter", "taken away again, until messages are listed", back, "ms", None, len(back_s)),
    ]


def _type_filter(seat: Seat, text: str) -> list[float]:
    """Open the filter's line and type; return how long each character took to be seen."""
    seat.press("/")
    seat.wait(lambda lines: typed(lines) is not None, "the filter's line")
    seat.rest(_QUIET_S)
    answers: list[float] = []
    for end in range(1, len(text) + 1):
        pressed = seat.press(text[end - 1])
        answers.append(seat.wait(_typed(text[:end]), "what was typed") - pressed)
    return answers


def _take_away(seat: Seat, length: int) -> float:
    """Empty the filter; return how long it takes until all messages are listed."""
    seat.rest(_QUIET_S)
    seat.press("2")
    seat.wait(lambda lines: focused(lines) == "Messages", "keys to be for the messages")
    seat.press("/")
    seat.wait(lambda lines: typed(lines) is not None, "the filter's line")
    for _ in range(length):
        seat.press("backspace")
    pressed = seat.press("enter")
    taken_away = seat.wait(lambda lines: counted(lines) is None and _has_rows(lines), "all messages again") - pressed
    seat.rest(_QUIET_S)
    return taken_away


def _typed(text: str) -> Seen:
    return lambda lines: (typed(lines) or "").startswith(text)


def _shows(text: str) -> Seen:
    return lambda lines: any(text in line for line in lines)


def _complete(wanted: int) -> Seen:
    def seen(lines: list[str]) -> bool:
        count = counted(lines)
        return count is not None and count[0] == wanted

    return seen


def _press_until(seat: Seat, done: Seen) -> tuple[float, list[float]]:
    """Go from one list to the other and back until something is seen.

    Returns:
        When it was seen, and how long each key waited for its answer.
    """
    answers: list[float] = []
    deadline = time.monotonic() + PATIENCE_S
    key = "1"
    while time.monotonic() < deadline:
        pane = {"1": "Sessions", "2": "Messages"}[key]
        pressed, answered = seat.press(key), False
        while time.monotonic() < pressed + (_PRESS_EVERY_S if answered else PATIENCE_S):
            for drawn, lines in seat.watch(_PRESS_EVERY_S, lambda _: True):
                if not answered and focused(lines) == pane:
                    answered = True
                    answers.append(drawn - pressed)
                if done(lines):
                    return drawn, answers
        key = "2" if key == "1" else "1"
    seat.wait(done, "the filter to be complete", 0)
    return seat.drawn, answers


def _idle(stage: Stage, seat: Seat) -> list[Figure]:
    seat.rest(_QUIET_S)
    before = seat.cpu_ns
    seat.watch(stage.scale.idle_s)
    used = (seat.cpu_ns - before) / (stage.scale.idle_s * 1e9) * 100
    return [Figure("open", "CPU while nothing happens", used, "%", 1)]
