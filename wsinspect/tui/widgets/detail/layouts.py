"""What each tab shows: read in the capture's thread, made into a document for the width of the view."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import assert_never

from wsinspect.decode import Node, structure
from wsinspect.present.change import Became, change_lines
from wsinspect.present.documents import Document, LazyDocument, Line, ListDocument, TextDocument
from wsinspect.present.hex_document import NARROW_ROW, WIDE_ROW, HexDocument, Pages
from wsinspect.present.lines import QUIET
from wsinspect.present.message_frames import frames_lines, run_lines
from wsinspect.present.pages import session_page
from wsinspect.present.structure import structure_lines
from wsinspect.present.text import beginning_of_text, escape, size_text
from wsinspect.present.tree_document import TreeDocument
from wsinspect.store.reader import CaptureReader
from wsinspect.tui.selection import ChosenFrames
from wsinspect.tui.widgets.detail.subject import AMOUNTS, Payload, Subject
from wsinspect.tui.widgets.detail.tabs import Tab

MORE = "m loads more"
"""Is in a notice where that helps."""
_COMPARED_BYTES = (64 << 10) + 1
"""One more than is compared, so that it is seen that there is more."""
_HITS = 1000
_FRAME_BYTES = 256
_WIDE_HEX_CELLS = 76

type Make = Callable[[int], Document]
"""Makes a document for so many cells; for the same width the same one."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a view shows."""

    make: Make
    notice: str = ""
    """What is left out, and the way to it; harmless."""
    payload: Payload | None = None
    """Where the bytes of a hex dump come from."""


def read_layout(reader: CaptureReader, subject: Subject, tab: Tab) -> Layout:
    """Read what a tab needs.

    Args:
        reader: Of the capture.
        subject: What is chosen.
        tab: One that there is for it.
    """
    match tab:
        case Tab.DECODED:
            return Layout(_same(_decoded(subject)), _structure_notice(subject))
        case Tab.FORMAT:
            assert subject.structure is not None
            lines = structure_lines(subject.structure, most=subject.amount.value_characters)
            return Layout(_same(LazyDocument(lines)), _structure_notice(subject))
        case Tab.TEXT:
            return Layout(_same(_text(subject)), _notice(subject))
        case Tab.HEX:
            return _hex(reader, subject)
        case Tab.FRAMES:
            return _frames(reader, subject)
        case Tab.CHANGE:
            return _change(reader, subject)
        case Tab.SESSION:
            assert subject.session is not None
            hits = reader.hits(subject.session.id, limit=_HITS)
            return Layout(_same(ListDocument(list(session_page(subject.session, hits)))))
        case _:
            assert_never(tab)


def _decoded(subject: Subject) -> Document:
    assert subject.message is not None
    if subject.message.decoded is not None and not subject.shows_went:
        view = structure(subject.message.decoded.encode("utf-8", "replace"), of_text=True)
        if view is not None:
            return TreeDocument(replace(view, remarks=()))
    if subject.structure is None:
        return ListDocument([[("What was decoded is of what came, not of what went.", QUIET)]])
    return TreeDocument(subject.structure)


def _text(subject: Subject) -> Document:
    text = beginning_of_text(subject.beginning, whole=subject.missing == 0)
    if text is None:
        text = subject.beginning.decode("utf-8", "backslashreplace")
    return TextDocument(text) if text else _empty(subject)


def _empty(subject: Subject) -> Document:
    message = subject.message
    is_lost = message is not None and not subject.shows_went and message.truncated > 0
    return ListDocument([[("not on record" if is_lost else "empty", QUIET)]])


def _hex(reader: CaptureReader, subject: Subject) -> Layout:
    payload = subject.payload
    assert payload is not None
    if payload.size == 0:
        return Layout(_same(_empty(subject)), _notice(replace(subject, beginning=b"")))
    pages = Pages(payload.size)
    first = pages.wanted(0, 1)
    assert first is not None
    pages.supply(first[0], payload.part(reader, *first))
    return Layout(
        _each({narrow: _hex_of(pages, narrow) for narrow in (False, True)}, lambda width: width < _WIDE_HEX_CELLS),
        _lost(subject),
        payload,
    )


def _hex_of(pages: Pages, narrow: bool) -> HexDocument:
    return HexDocument(pages, NARROW_ROW if narrow else WIDE_ROW)


def _frames(reader: CaptureReader, subject: Subject) -> Layout:
    chosen, message, most = subject.chosen, subject.message, subject.amount.frames
    if message is None:
        missing = chosen.count - len(subject.frames) if isinstance(chosen, ChosenFrames) else 0
        if len(subject.frames) > 1:
            return Layout(_listed(lambda width: run_lines(subject.frames, width=width, missing=missing)))
        return Layout(_listed(lambda width: frames_lines(subject.frames, (), of_text=False, width=width)))
    found = (reader.frame(message.session, seq, payload_limit=_FRAME_BYTES) for seq in message.frames[:most])
    frames = [frame for frame in found if frame is not None]
    sent = reader.sent_frames(message.session, message.number, limit=most, payload_limit=_FRAME_BYTES)
    missing = len(message.frames) - len(frames)
    of_text = subject.of_text and not message.compressed

    def lines(width: int) -> Iterator[Line]:
        return frames_lines(frames, sent, of_text=of_text, width=width, missing=missing)

    more = f"{missing:,} more frames: {MORE}" if missing and subject.amount != AMOUNTS[-1] else ""
    return Layout(_listed(lines), more)


def _change(reader: CaptureReader, subject: Subject) -> Layout:
    message, came, went = subject.message, subject.came, subject.went
    assert message is not None
    assert came is not None
    became = Became(
        came.part(reader, 0, _COMPARED_BYTES),
        message.size,
        None if went is None else went.part(reader, 0, _COMPARED_BYTES),
        0 if went is None else went.size,
        held_by=subject.held_by,
    )
    hits = reader.hits(message.session, message.number, limit=_HITS)
    return Layout(_listed(lambda width: change_lines(message, became, hits, width=width)))


def _structure_notice(subject: Subject) -> str:
    found = subject.structure
    if found is None:
        return _notice(subject)
    if found.remarks:
        remark = escape(found.remarks[0])
    elif _has_long_value(found.root, subject.amount.value_characters):
        remark = "Long values are cut."
    else:
        return _notice(subject)
    ways = "Hex shows all, w saves all." if subject.missing > 0 else ""
    # There cannot be more values than bytes: what is small is not cut.
    if len(subject.beginning) > AMOUNTS[0].value_characters and subject.amount != AMOUNTS[-1]:
        ways = f"{MORE}, {ways}" if ways else f"{MORE}."
    return f"{remark} {ways}".rstrip()


def _has_long_value(root: Node, most: int) -> bool:
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if node.value is not None and len(node.value) > most:
            return True
        nodes.extend(node.children)
    return False


def _notice(subject: Subject) -> str:
    """Say what of a payload is not shown, and how to come to it."""
    if subject.missing <= 0:
        return _lost(subject)
    more = f"{MORE}, " if subject.amount != AMOUNTS[-1] else ""
    return f"\u2026 {size_text(subject.missing)} more: {more}Hex shows all, w saves all"


def _lost(subject: Subject) -> str:
    message = subject.message
    if message is None or subject.shows_went or message.truncated <= 0:
        return ""
    return escape(f"{size_text(message.truncated)} of {size_text(message.size)} bytes are not on record")


def _same(document: Document) -> Make:
    return lambda _: document


def _each(documents: dict[bool, HexDocument], choose: Callable[[int], bool]) -> Make:
    return lambda width: documents[choose(width)]


def _listed(lines: Callable[[int], Iterable[Line]]) -> Make:
    @lru_cache(2)
    def make(width: int) -> Document:
        return ListDocument(list(lines(width)))

    return make
