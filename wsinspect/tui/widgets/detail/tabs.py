"""The tabs of the detail: which there are for what is chosen, what they are called, and which comes first."""

from __future__ import annotations

import enum

from wsinspect.model import SessionState
from wsinspect.present.structure import structure_title
from wsinspect.present.text import beginning_of_text
from wsinspect.tui.selection import ChosenFrames
from wsinspect.tui.widgets.detail.subject import Subject


class Tab(enum.Enum):
    """A tab."""

    DECODED = "Decoded"
    FORMAT = "JSON"
    """Named by the format that was recognised."""
    TEXT = "Text"
    HEX = "Hex"
    FRAMES = "Frames"
    CHANGE = "Change"
    SESSION = "Session"


def tabs_of(subject: Subject) -> dict[Tab, str]:
    """Name the tabs there are for what is chosen, in order."""
    found: dict[Tab, str] = {}
    if subject.message is not None:
        if subject.message.decoded is not None or subject.structure is not None:
            found[Tab.DECODED] = Tab.DECODED.value
        if subject.structure is not None:
            found[Tab.FORMAT] = structure_title(subject.structure)
    if subject.payload is not None:
        found |= {tab: tab.value for tab in (Tab.TEXT, Tab.HEX)}
    if subject.message is not None or isinstance(subject.chosen, ChosenFrames):
        found[Tab.FRAMES] = Tab.FRAMES.value
    if subject.message is not None:
        found[Tab.CHANGE] = Tab.CHANGE.value
    if subject.session is not None:
        found[Tab.SESSION] = Tab.SESSION.value
    return found


def first_tab(subject: Subject) -> Tab:
    """Choose the tab that says most about what is chosen."""
    if subject.message is None:
        return Tab.FRAMES if subject.frames else Tab.SESSION
    session = subject.session
    if session is not None and session.state in {SessionState.REFUSED, SessionState.FAILED}:
        return Tab.SESSION
    if subject.went is not None and not subject.held:
        return Tab.CHANGE
    found = subject.structure
    # What merely fits may be anything.
    if found is not None and (found.sure or not subject.of_text):
        return Tab.FORMAT
    return Tab.TEXT if is_readable(subject) else Tab.HEX


def is_readable(subject: Subject) -> bool:
    """Tell whether the payload can be read as text."""
    text = beginning_of_text(subject.beginning, whole=subject.missing == 0)
    return text is not None and (subject.of_text or "\x00" not in text)
