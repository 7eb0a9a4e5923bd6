"""What `copy` puts on the clipboard: of each tab what one would want of it, in bounds."""

from __future__ import annotations

from dataclasses import dataclass

from wsinspect.present.text import size_text
from wsinspect.present.tree_document import TreeDocument
from wsinspect.tui.data.capture import Capture
from wsinspect.tui.widgets.detail.document_view import DocumentView
from wsinspect.tui.widgets.detail.export import read_part
from wsinspect.tui.widgets.detail.subject import Subject
from wsinspect.tui.widgets.detail.tabs import Tab

MOST_CHARACTERS = 1 << 20
"""Terminals refuse more, or hang."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Something for the clipboard."""

    text: str
    notice: str
    """What to tell of it."""


async def copied(capture: Capture, view: DocumentView, subject: Subject, tab: Tab) -> Copy:
    """Make what is to be copied.

    Args:
        capture: The capture.
        view: Shows the tab.
        subject: What is chosen.
        tab: The tab.

    Raises:
        StoreError: The capture cannot be read.
    """
    if tab is Tab.HEX and subject.payload is not None:
        size = subject.payload.size
        data = await read_part(capture, subject.payload, 0, min(size, MOST_CHARACTERS // 2))
        return Copy(data.hex(), _notice(len(data), size, "bytes as hex digits"))
    if isinstance(view.document, TreeDocument) and view.cursor is not None:
        text = view.document.text(view.cursor)
        return Copy(
            text[:MOST_CHARACTERS], _notice(min(len(text), MOST_CHARACTERS), len(text), "characters of this branch")
        )
    text, whole = view.text(MOST_CHARACTERS)
    if tab in {Tab.TEXT, Tab.FORMAT} and subject.missing > 0:
        whole = False
    notice = f"Copied: {size_text(len(text))} characters"
    return Copy(text, notice if whole else f"{notice}, which is not all: w saves the payload")


def _notice(copied_size: int, size: int, what: str) -> str:
    if copied_size == size:
        return f"Copied: {size_text(size)} {what}"
    return f"Copied: the first {size_text(copied_size)} of {size_text(size)} {what}: w saves the payload"
