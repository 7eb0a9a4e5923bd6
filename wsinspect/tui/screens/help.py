"""The help: every key, what it does, first those of what has the focus. Made from the bindings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from wsinspect.tui.every_key import section_of
from wsinspect.tui.keys import ActiveKeys, active_keys

_KEY_CELLS, _INDENT = 17, 2

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
FILTERS = (
    ("a word", "messages that contain it; sessions by URL, end, tags and note"),
    ("dir == c2s", "what clients sent"),
    ("size > 4k", "large messages"),
    ("latency > 1s", "requests and replies with that much time between them"),
    ("json.$.price > 9", "JSON with such a value at such a place"),
    ('text ~ "err|fail"', "text that a regular expression finds"),
    ("has(rules)", "messages that rules did something to"),
    ("tags == vip", "messages and sessions with such a tag"),
    ("and or not ( )", "several of them at once"),
    ("tab, \u2191", "completes what is written; brings back filters from before"),
)
"""Filters to begin with."""


class HelpScreen(ModalScreen[None]):
    """Shows the keys that work now.

    Args:
        bindings: Those of the screen below, the nearest to the focus first.
    """

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll {
        width: 90%; max-width: 100; height: 90%; border: round $primary; background: $surface; padding: 0 1;
        scrollbar-size-vertical: 1;
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
            yield Static(self._page())

    def _page(self) -> Group:
        parts: list[RenderableType] = []
        for title, group in self._groups.items():
            parts += [_heading(title), _pairs((keys.written(self.app), keys.does) for keys in group)]
        return Group(*parts, _heading("Signs"), _pairs(SIGNS), _heading("Filters"), _pairs(FILTERS))


def _heading(title: str) -> Text:
    return Text(f"\n{title}", "bold underline")


def _pairs(pairs: Iterable[tuple[str, str]]) -> Padding:
    """Put what is explained beside its meaning, which goes on below itself where it takes several lines."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=_KEY_CELLS, style="bold")
    table.add_column()
    for left, right in pairs:
        table.add_row(Text(left), Text(right))
    return Padding(table, (0, 0, 0, _INDENT))
