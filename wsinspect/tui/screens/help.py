"""The help: every key, what it does, first those of what has the focus. Made from the bindings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from wsinspect.tui.every_key import section_of
from wsinspect.tui.keys import ActiveKeys, active_keys

_KEY_CELLS = 16

SIGNS = (
    ("▶ ◀", "sent by the client, sent by the server"),
    ("● ○ ◐ ✕", "a session that is open, closed, refused by the server, failed"),
    ("✕", "a message that was dropped, or did not go on for another reason"),
    ("⏸ ✎ +", "held, changed, put in by a rule or a person"),
    ("↔", "the message that it answers, and how long that took"),
    ("♥", "pings and pongs, folded into one line"),
    ("! ✂", "breaks the protocol, was cut off"),
)
"""The signs in the lists."""


class HelpScreen(ModalScreen[None]):
    """Shows the keys that work now.

    Args:
        bindings: Those of the screen below, the nearest to the focus first.
    """

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll {
        width: 90%; max-width: 100; height: 90%; border: round $primary; background: $surface; padding: 0 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss", "Close", tooltip="Close the help.", id="help.close")
    ]

    def __init__(self, bindings: Iterable[ActiveBinding]) -> None:
        super().__init__()
        self._groups: dict[str, list[ActiveKeys]] = {}
        for keys in active_keys(bindings):
            self._groups.setdefault(section_of(type(keys.owner)), []).append(keys)

    def compose(self) -> ComposeResult:
        """Make the page."""
        with VerticalScroll() as page:
            page.border_title = "Help"
            page.border_subtitle = "escape closes"
            yield Static(self._text())

    def _text(self) -> Text:
        text = Text()
        for title, group in self._groups.items():
            text.append(f"\n{title}\n", "bold underline")
            for keys in group:
                text.append(f"  {keys.written(self.app):<{_KEY_CELLS}}", "bold")
                text.append(f"{keys.does}\n")
        text.append("\nSigns\n", "bold underline")
        for sign, meaning in SIGNS:
            text.append(f"  {sign:<{_KEY_CELLS}}", "bold")
            text.append(f"{meaning}\n")
        text.append("\nFilters\n", "bold underline")
        text.append("  A word finds messages that contain it, and sessions by URL, end, tags and note.\n")
        text.append("  size > 4k, latency > 1s, json.$.price > 9, verdict == modified, has(rules), tags == vip,\n")
        text.append('  dir == c2s and not text ~ "err|fail" — tab completes, ↑ brings back those from before.\n')
        return text
