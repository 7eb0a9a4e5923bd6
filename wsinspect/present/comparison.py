"""Two sessions compared, for people: a summary, what differs in the order of the old one, and what was passed over.

What is alike is shown once: of many messages that differ in the same values the first few, of what is the same a little
around a difference. Marks stand for colours: `~` differs, `-` missing, `+` extra, `>` elsewhere, `=` renamed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from wsinspect.present.changed_values import ARROW, change_line, path_text, value_text
from wsinspect.present.differences import GONE, NEW, difference_lines, difference_pairs
from wsinspect.present.lines import BAD, DIRECTION_STYLES, MARK, QUIET, TITLE
from wsinspect.present.side_by_side import column_cells, side_by_side
from wsinspect.present.text import Cell, duration_text, escape, number_of, preview
from wsinspect.replay.comparing.comparison import Comparison, Entry, Fate, FieldChange, Ignored, Shift
from wsinspect.replay.paths import general
from wsinspect.wire.opcodes import Opcode

_ALIKE_SHOWN = 3
_VALUES_SHOWN = 12
_CONTENT_LINES = 12
_IGNORED_SHOWN = 8
_NUMBERS_SHOWN = 5
_ROWS_BESIDE = 40
_CONTEXT = 1
_PIPED_CELLS = 100
MOST_SHOWN = 200
"""Messages that differ, unless everything is wanted."""
_INDENT: Cell = ("      ", "")
_MARKS = {Fate.SAME: (" ", ""), Fate.CHANGED: ("~", MARK), Fate.MISSING: ("-", GONE), Fate.EXTRA: ("+", NEW)}

type Line = list[Cell]


def comparison_lines(
    found: Comparison, width: int | None = None, everything: bool = False, *, beside: bool = False
) -> Iterator[Line]:
    """Lay a comparison out.

    Args:
        found: The comparison.
        width: Cells of a line; None: no limit.
        everything: Show what is the same, too, and everything that differs, whole.
        beside: Show the payloads of what differs beside each other, where there is room.
    """
    yield from summary_lines(found)
    if found.head:
        yield []
        yield [("Handshake and close", TITLE)]
        yield from ([("  ", ""), *change_line(change, whole=everything)] for change in _shortened(found))
    if found.renames:
        yield []
        yield [("Other values throughout", TITLE)]
        for one in found.renames:
            where = ", ".join(map(path_text, one.paths))
            values = f"{value_text(one.old)} {ARROW} {value_text(one.new)}"
            yield [("= ", MARK), (values, ""), (f"  {one.count:,} times: {where}", QUIET)]
    body = list(_messages(found, _Way(width, everything, beside)))
    if body:
        yield []
        yield [("Messages", TITLE)]
        yield from body
    yield from _notes(found, everything=everything)


def summary_lines(found: Comparison) -> Iterator[Line]:
    """Say in a line or two what a comparison has found."""
    counts = found.counts
    parts: list[Cell] = [
        (f"{number:,} {word}", style)
        for number, word, style in (
            (counts.changed, "changed", MARK),
            (counts.missing, "missing", GONE),
            (counts.extra, "extra", NEW),
            (counts.moved, "moved", MARK),
            (len(found.head), "in handshake or close", MARK),
            (len(found.renames), "other values throughout", MARK),
            (counts.shifted if found.options.timing else 0, "sooner or later", MARK),
        )
        if number
    ]
    same = f"{number_of(counts.same, 'message')} the same"
    were = "was" if found.unsent == 1 else "were"
    unsent: Line = [(f"; {found.unsent:,} of our messages {were} not sent", MARK)] if found.unsent else []
    if not parts:
        yield [("no difference", "green"), (f": {same}", ""), *unsent]
        return
    yield [cell for part in parts for cell in (part, (", ", ""))] + [(same, ""), *unsent]


@dataclass(frozen=True, slots=True)
class _Way:
    width: int | None
    everything: bool
    beside: bool


def _messages(found: Comparison, way: _Way) -> Iterator[Line]:
    """Lay out the messages: those that differ with a little around them."""
    differing = {place for place, entry in enumerate(found.entries) if found.counts_as_difference(entry)}
    shown, more = _chosen(found.entries, differing, way)
    near = {place + step for place in shown for step in range(-_CONTEXT, _CONTEXT + 1)}
    same = 0
    for place, entry in enumerate(found.entries):
        if place in shown or way.everything or (place in near and place not in differing and _is_plain(entry)):
            if same:
                yield [_INDENT, (f"\u2026 {number_of(same, 'message')} the same", QUIET)]
                same = 0
            yield from _entry_lines(entry, way, differs=place in differing)
            if place in more:
                yield _more_line(more[place])
        elif place not in differing and _is_plain(entry):
            same += 1
    if same and shown:
        yield [_INDENT, (f"\u2026 {number_of(same, 'message')} the same", QUIET)]
    if hidden := len(differing) - len(shown) - sum(map(len, more.values())):
        yield [(f"\u2026 and {hidden:,} more messages that differ; --all shows them", MARK)]


def _is_plain(entry: Entry) -> bool:
    """Tell whether it is in both recordings; of streams, what is in one only is told of at the end."""
    return entry.fate in (Fate.SAME, Fate.CHANGED)


def _chosen(entries: Sequence[Entry], differing: set[int], way: _Way) -> tuple[set[int], dict[int, list[Entry]]]:
    """Choose what to show: of what differs alike the first few.

    Returns:
        Places of entries to show; and for the last of each few, the others that differ like it.
    """
    if way.everything:
        return differing, {}
    alike: dict[Hashable, list[int]] = {}
    for place in sorted(differing):
        alike.setdefault(_likeness(entries[place]), []).append(place)
    firsts = sorted(place for places in alike.values() for place in _some(places))
    shown = set(firsts[:MOST_SHOWN])
    more = {}
    for places in alike.values():
        some = _some(places)
        if len(some) < len(places) and some[-1] in shown:
            more[some[-1]] = [entries[place] for place in places[len(some) :]]
    return shown, more


def _some(places: list[int]) -> list[int]:
    # One line that says there is one more takes as much room as that one.
    return places if len(places) <= _ALIKE_SHOWN + 1 else places[:_ALIKE_SHOWN]


def _likeness(entry: Entry) -> Hashable:
    values = frozenset((general(change.path), change.what) for change in entry.changes)
    return entry.direction, entry.kind, entry.fate, entry.content, entry.moved, values


def _more_line(others: Sequence[Entry]) -> Line:
    numbers = ", ".join(_numbers(entry) for entry in islice(others, _NUMBERS_SHOWN))
    last = ", \u2026" if len(others) > _NUMBERS_SHOWN else ""
    return [_INDENT, (f"\u2026 and {len(others):,} more like this: {numbers}{last}", MARK)]


def _numbers(entry: Entry) -> str:
    """Write the numbers of a message in both sessions; control frames have none."""
    old, new = ("" if event is None or event.number is None else f"#{event.number}" for event in (entry.old, entry.new))
    return f"{old} {ARROW} {new}" if old and new and old != new else old or new


def entry_lines(entry: Entry) -> Iterator[Line]:
    """Lay out a message that differs."""
    yield from _entry_lines(entry, _Way(None, everything=False, beside=False), differs=True)


def _entry_lines(entry: Entry, way: _Way, *, differs: bool) -> Iterator[Line]:
    mark, style = _MARKS[entry.fate]
    marks = f"{'>' if entry.moved else ' '}{mark}"
    row: Line = [
        (marks, MARK if entry.moved else style),
        (f" {_numbers(entry):<15} ", "" if differs else QUIET),
        (entry.direction.label, DIRECTION_STYLES[entry.direction]),
        (f"  {escape(entry.kind)}", "" if differs else QUIET),
    ]
    words = [
        word
        for word, holds in (
            ("moved", entry.moved),
            ("compared as far as it is on record", entry.cut),
            (f"{entry.renamed:,} other values as above", entry.renamed),
            ("of a stream", entry.stream and not _is_plain(entry)),
        )
        if holds
    ]
    if entry.shift is not None:
        words.append(f"reply after {_shift_text(entry.shift)}")
    row += [(f"  [{', '.join(words)}]", MARK)] if words else []
    cells = None if way.width is None else column_cells(way.width)
    if way.beside and differs and cells is not None:
        yield row
        rows = _beside(entry, cells)
        yield from rows if way.everything else islice(rows, _ROWS_BESIDE)
        if hidden := sum(1 for _ in rows):
            yield [_INDENT, (f"\u2026 and {hidden:,} more lines", MARK)]
        return
    if not _is_plain(entry):
        row.append((f"  {_payload(entry, way, row)}", style))
    yield row
    if entry.fate is Fate.CHANGED:
        yield from _change_lines(entry, way)


def _payload(entry: Entry, way: _Way, row: Line) -> str:
    event = entry.old or entry.new
    assert event is not None
    taken = sum(len(text) for text, _ in row) + 2
    room = None if way.everything else max((way.width or _PIPED_CELLS + taken) - taken, 24)
    return preview(event.payload, len(event.payload), of_text=event.opcode == Opcode.TEXT, room=room)


def _change_lines(entry: Entry, way: _Way) -> Iterator[Line]:
    changes = entry.changes if way.everything else entry.changes[:_VALUES_SHOWN]
    for change in changes:
        yield [_INDENT, *change_line(change, whole=way.everything)]
    if len(changes) < len(entry.changes):
        yield [_INDENT, (f"  \u2026 and {len(entry.changes) - len(changes):,} more values", MARK)]
    if entry.content and entry.old is not None and entry.new is not None:
        of_text = Opcode.TEXT in (entry.old.opcode, entry.new.opcode)
        lines = difference_lines(entry.old.payload, entry.new.payload, of_text=of_text)
        for line in lines if way.everything else islice(lines, _CONTENT_LINES):
            yield [_INDENT, ("  ", ""), *line]
        if hidden := sum(1 for _ in lines):
            yield [_INDENT, (f"  \u2026 and {hidden:,} more lines", MARK)]


def _beside(entry: Entry, cells: int) -> Iterator[Line]:
    old, new = (b"" if event is None else event.payload for event in (entry.old, entry.new))
    of_text = any(event is not None and event.opcode == Opcode.TEXT for event in (entry.old, entry.new))
    yield from side_by_side(difference_pairs(old, new, of_text=of_text), cells)


def _shortened(found: Comparison) -> Iterable[FieldChange]:
    """Return the differences of handshake and close without the step that all of them share."""
    for change in found.head:
        yield replace(change, path=change.path.replace("$.handshake.", "$.", 1))


def _notes(found: Comparison, *, everything: bool) -> Iterator[Line]:
    """Tell of what does not count as a difference, and what could not be compared."""
    lines: list[Line] = []
    for stream in found.streams:
        numbers = f"{stream.old:,} {ARROW} {stream.new:,} messages of a stream"
        text = f"{escape(stream.kind)} {stream.direction.label}: {numbers}"
        lines.append([("  ", ""), (text, "")])
    if not found.options.timing:
        lines += _shift_lines(found.entries)
    lines += _ignored_lines(found.ignored, everything=everything)
    if lines:
        yield []
        yield [("Not counted as differences", TITLE)]
        yield from lines
    if found.remarks:
        yield []
        yield from ([(f"! {escape(remark)}", BAD)] for remark in found.remarks)


def _ignored_lines(ignored: Iterable[Ignored], *, everything: bool) -> Iterator[Line]:
    """Tell which values were passed over and why; the same ones in several kinds of messages once."""
    found: dict[tuple[str, str], list[Ignored]] = {}
    for one in ignored:
        found.setdefault((one.path, one.reason), []).append(one)
    for number, ((path, reason), same) in enumerate(found.items()):
        if number == _IGNORED_SHOWN and not everything:
            yield [(f"  \u2026 and {len(found) - number:,} more; --all shows them", QUIET)]
            return
        kinds = ", ".join(escape(one.kind) for one in same[:_ALIKE_SHOWN])
        more = ", \u2026" if len(same) > _ALIKE_SHOWN else ""
        times = number_of(sum(one.count for one in same), "time")
        yield [("  ", ""), (path_text(path), ""), (f"  {escape(reason)}: {times} in {kinds}{more}", QUIET)]


def _shift_lines(entries: Iterable[Entry]) -> Iterator[Line]:
    """Tell of the replies that came much sooner or later, those by the most first."""
    shifted = [(entry.shift, entry) for entry in entries if entry.shift is not None]
    shifted.sort(key=lambda one: -abs(one[0].new_ns - one[0].old_ns))
    for shift, entry in shifted[:_ALIKE_SHOWN]:
        text = f"{_numbers(entry)} {escape(entry.kind)} came after {_shift_text(shift)}"
        yield [("  ", ""), (text, ""), ("  only a difference with --timing", QUIET)]
    if (more := len(shifted) - _ALIKE_SHOWN) > 0:
        yield [(f"  \u2026 and {more:,} more replies that came sooner or later", QUIET)]


def _shift_text(shift: Shift) -> str:
    old, new = (duration_text(max(ns, 0) / 1e9) for ns in (shift.old_ns, shift.new_ns))
    return f"{old} {ARROW} {new}"
