"""The pages of statistics: figures of a capture as lines for people, each page fitted to its room."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wsinspect.formats.records import opcode_name
from wsinspect.model import Direction, SessionState
from wsinspect.present.charts import CLIENT_SIGN, SERVER_SIGN, Bar, Line, bars, columns
from wsinspect.present.lines import DIRECTION_STYLES, MARK, QUIET, STATE_STYLES, TITLE
from wsinspect.present.text import (
    Cell,
    cell_len,
    clock,
    date_and_clock,
    duration_text,
    escape,
    number_of,
    pad,
    size_text,
)
from wsinspect.store.figures import Figures, Turnaround
from wsinspect.store.rates import Rate
from wsinspect.store.replies import Reply, ReplyFigures
from wsinspect.store.session_figures import Busy, Ending, SessionFigures
from wsinspect.store.spread import Bin, Spread
from wsinspect.wire.opcodes import CloseCode, Opcode

_SIGNS = {Direction.C2S: CLIENT_SIGN, Direction.S2C: SERVER_SIGN}
_SIDES = {Direction.C2S: "clients", Direction.S2C: "servers"}
_GUTTER = 8
_NAMED_FROM = 60
"""Cells of a page from which on directions have names besides their signs."""
_LONG_NAMES_FROM = 76


def head_line(figures: Figures, sessions: SessionFigures) -> Line:
    """Tell how much there is in all."""
    first, last = figures.rates.span
    lasting = f" in {duration_text((last - first) / 1e9)}" if last else ""
    counted = number_of(figures.messages, "message")
    return [(f"{number_of(sessions.count, 'session')}, {counted}, {size_text(figures.bytes)} bytes{lasting}", TITLE)]


def message_rate_page(figures: Figures, width: int, height: int) -> list[Line]:
    """Draw messages a second over time, of clients above, of servers below."""
    return _rate_page(figures, width, height, "messages", lambda rate: rate.messages, rate_text)


def byte_rate_page(figures: Figures, width: int, height: int) -> list[Line]:
    """Draw bytes a second over time."""
    return _rate_page(figures, width, height, "bytes", lambda rate: rate.bytes, lambda rate: size_text(round(rate)))


def rate_text(rate: float) -> str:
    """Write how often something is in a second."""
    if rate < 10:
        return f"{rate:.2g}"
    return f"{rate:.0f}" if rate < 10_000 else size_text(round(rate))


def _rate_page(
    figures: Figures, width: int, height: int, noun: str, value: Callable[[Rate], float], write: Callable[[float], str]
) -> list[Line]:
    made = figures.rates.columns(max(width - _GUTTER, 1))
    if not made:
        return [[("No messages yet.", QUIET)]]
    first, last = figures.rates.span
    seconds = (last - first) / 1e9
    rows = max((height - 3) // 2, 1)
    lines: list[Line] = []
    for direction in Direction:
        values = [value(column[direction]) for column in made]
        total = sum(
            (amount.count if noun == "messages" else amount.bytes)
            for (way, opcode), amount in figures.kinds.items()
            if way is direction and opcode < Opcode.CLOSE
        )
        peak = max(values)
        told = f"{size_text(total)} {noun}, {write(total / seconds)}/s, at most {write(peak)}/s"
        lines.append([*_direction(direction, width), (told, "")])
        for place, line in enumerate(columns(values, rows, DIRECTION_STYLES[direction])):
            scale = f"{write(peak)}/s" if place == 0 and peak else "0" if place == rows - 1 else ""
            lines.append([(pad(scale, 1 - _GUTTER) + " ", QUIET), *line])
    return [*lines, _time_axis(first, last, width)]


def _time_axis(first: int, last: int, width: int) -> Line:
    start, end = clock(first)[:8], clock(last)[:8]
    middle = duration_text((last - first) / 1e9)
    room = max(width - _GUTTER - len(start) - len(end), 0)
    between = middle.center(room) if len(middle) + 2 <= room else " " * room
    return [(" " * _GUTTER + start + between + end, QUIET)]


def size_page(figures: Figures, width: int, height: int) -> list[Line]:
    """Draw how large messages are."""
    return _spread_page(figures.sizes, width, height, size_text, "No messages yet.")


def time_page(figures: Figures, replies: ReplyFigures, width: int, height: int) -> list[Line]:
    """Draw how long replies took, and pings; where nothing tells what is a reply, how long until the next message."""
    spreads, what, nothing = figures.turnarounds, "next", "Nothing was answered yet."
    if replies.count:
        spreads, what = replies.latencies, "replies"
    pings = 1 if figures.pings.count else 0
    lines = _spread_page(spreads, width, height - pings - 1, _nanoseconds, nothing, f"{what} of ", 10_000)
    if pings:
        name: Line = [("♥ ", ""), (pad("pings ", 18 if width >= _LONG_NAMES_FROM else 6), "")]
        text = _spread_text(figures.pings, _nanoseconds, width - _cells(name))
        lines.insert(sum(1 for spread in spreads if spread.count), [*name, (text, "")])
    if not replies.count and any(spread.count for spread in spreads):
        told = "No replies found: this is the time from a message to the next one of the other side."
        lines.append([(told if len(told) <= width else "next: of the other side"[:width], QUIET)])
    return lines


def _spread_page(
    spreads: tuple[Spread, Spread],
    width: int,
    height: int,
    write: Callable[[int], str],
    nothing: str,
    what: str = "",
    least: int = 0,
) -> list[Line]:
    lines: list[Line] = []
    both = Spread()
    for direction in Direction:
        spread = spreads[direction]
        both.merge(spread)
        if spread.count:
            name = _direction(direction, width, what)
            lines.append([*name, (_spread_text(spread, write, width - _cells(name)), "")])
    if not both.count:
        return [[(nothing, QUIET)]]
    room = height - len(lines)
    drawn = [_bin_bar(each, spreads, write) for each in _folded(both.bins(), room, least)]
    return [*lines, *bars(drawn, width, room)]


def _bin_bar(each: Bin, spreads: tuple[Spread, Spread], write: Callable[[int], str]) -> Bar:
    counts = [sum(one.count for one in spread.bins() if each.low <= one.low < each.high) for spread in spreads]
    total = sum(spread.count for spread in spreads)
    return Bar(_range_text(each, write), counts[0], counts[1], _share(each.count, total))


def _range_text(each: Bin, write: Callable[[int], str]) -> str:
    if each.low == 0:
        return "0" if each.high == 1 else f"under {write(each.high)}"
    if each.high == each.low + 1:
        return write(each.low)
    last = each.high - 1
    # Whole numbers say best what belongs to both ends; written with a unit they would be the next one's.
    return f"{write(each.low)} – {write(last) if write(last) == str(last) else write(each.high)}"


def _folded(bins: list[Bin], most: int, least: int) -> list[Bin]:
    """Put what is below a value into one bin, and join bins at the ends that hold least, until they are few enough."""
    low = [each for each in bins if each.high <= least]
    several = [Bin(0, low[-1].high, sum(each.count for each in low)), *bins[len(low) :]] if len(low) > 1 else list(bins)
    while len(several) > max(most, 2):
        at = 0 if several[0].count + several[1].count <= several[-1].count + several[-2].count else len(several) - 2
        one, other = several[at : at + 2]
        several[at : at + 2] = [Bin(0 if at == 0 else one.low, other.high, one.count + other.count)]
    return several


def _spread_text(spread: Spread, write: Callable[[int], str], room: int) -> str:
    """Tell how values are spread, in as many words as there is room for."""
    half, most, top = (write(spread.percentile(percent)) for percent in (50, 90, 99))
    end = write(spread.most or 0)
    texts = (
        f"{spread.count:,}: half ≤ {half}, 90 % ≤ {most}, 99 % ≤ {top}, all ≤ {end}",
        f"{size_text(spread.count)}: half ≤ {half}, 99 % ≤ {top}, all ≤ {end}",
        f"{size_text(spread.count)}: half ≤ {half}, all ≤ {end}",
    )
    return next((text for text in texts if len(text) <= room), texts[-1])


def _share(part: int, whole: int) -> str:
    percent = 100 * part / whole
    return "" if not part else "<1 %" if percent < 1 else f"{percent:.0f} %"


def _nanoseconds(duration: int) -> str:
    return "0" if duration == 0 else duration_text(duration / 1e9)


def type_page(figures: Figures, sessions: SessionFigures, width: int, height: int) -> list[Line]:
    """Draw how many messages and control frames of each kind there are, and how sessions ended."""
    kinds = sorted(figures.kinds.items(), key=lambda item: -item[1].count)
    drawn = [
        Bar(
            f"{_SIGNS[direction]} {opcode_name(opcode)}",
            *_sided(direction, amount.count),
            f"{size_text(amount.bytes)}B",
        )
        for (direction, opcode), amount in kinds
    ]
    room = height - 2
    endings = sorted(sessions.endings.items(), key=lambda item: (-item[1], item[0].state, item[0].code or 0))
    ended = [Bar(ending_text(ending), count) for ending, count in endings]
    upper = min(len(drawn), max(room - len(ended), room // 2))
    return [
        [("Messages and control frames", TITLE)],
        *(bars(drawn, width, upper) or [[("none yet", QUIET)]]),
        [("How sessions ended", TITLE)],
        *(bars(ended, width, room - upper) or [[("none yet", QUIET)]]),
    ]


def ending_text(ending: Ending) -> str:
    """Say how a session stands, or ended."""
    match ending.state:
        case SessionState.OPEN:
            return "● open"
        case SessionState.CLOSED if ending.code is None:
            return "○ closed, no code"
        case SessionState.CLOSED:
            return f"○ {ending.code} {_close_name(ending.code or 0)}".rstrip()
        case SessionState.REFUSED:
            return f"◐ refused {ending.code or ''}".rstrip()
        case _:
            return "✕ failed"


def _close_name(code: int) -> str:
    return CloseCode(code).name.lower().replace("_", " ") if code in CloseCode else ""


def _sided(direction: Direction, count: int) -> tuple[int, int]:
    return (count, 0) if direction is Direction.C2S else (0, count)


def _cells(line: Line) -> int:
    return sum(cell_len(text) for text, _ in line)


def _direction(direction: Direction, width: int, what: str = "") -> list[Cell]:
    sign = _SIGNS[direction]
    name = f"{_SIDES[direction]} " if width >= _NAMED_FROM else ""
    if width >= _LONG_NAMES_FROM:
        name = what + name
    return [(f"{sign} ", DIRECTION_STYLES[direction]), (name, DIRECTION_STYLES[direction])]


def busy_cells(busy: Busy) -> Line:
    """Make the line of a busy session."""
    style = STATE_STYLES[busy.state]
    return [
        (pad(f"#{busy.session}", 6), TITLE),
        (pad(f"{busy.messages:,}", -11) + " ", ""),
        (pad(f"{size_text(busy.bytes)}B", -7) + "  ", QUIET),
        (escape(busy.url), style),
    ]


def slow_cells(slow: Turnaround | Reply) -> Line:
    """Make the line of a slow answer."""
    if isinstance(slow, Turnaround):
        sign, latency, answered = _SIGNS[Direction.S2C], slow.duration_ns, ""
    else:
        sign, latency, answered = _SIGNS[slow.direction], slow.latency_ns, f"  ↔ {slow.session}.{slow.request}"
    return [
        (f"{sign} ", ""),
        (pad(f"{slow.session}.{slow.number}", 12), TITLE),
        (pad(_nanoseconds(latency), -9), MARK),
        (answered, QUIET),
    ]


def since_text(figures: Figures) -> str:
    """Tell from when to when; a day is told once."""
    first, last = (date_and_clock(time)[:19] for time in figures.rates.span)
    if not figures.rates.span[1]:
        return ""
    return f"{first} to {last.removeprefix(first[:11])}"


PAGES: Sequence[str] = ("Messages a second", "Bytes a second", "Sizes", "Times of answers", "Types and endings",
                        "Slowest and busiest")  # fmt: skip
"""Their titles, in order."""
