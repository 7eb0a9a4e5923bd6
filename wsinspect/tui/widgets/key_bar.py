"""The last line of the screen: the keys for the next thing, as many as fit, and where to find the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import override

from textual import events
from textual.binding import ActiveBinding
from textual.dom import DOMNode
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from wsinspect.present.text import Cell, cell_len
from wsinspect.tui.colours import Colours

_LAST = ("app.help", "app.commands")
"""What is always in sight, by the names of the bindings."""
_IF_THERE_IS_ROOM = ("list.sort", "list.follow", "app.rules", "app.statistics", "traffic.tags")
"""What is offered after everything else, in this order."""


@dataclass(frozen=True, slots=True)
class _Offer:
    key: str
    says: str
    action: str
    owner: DOMNode
    """Whose action it is."""
    start: int
    """Column it begins in."""

    @property
    def end(self) -> int:
        return self.start + cell_len(self.key) + 1 + cell_len(self.says)


class KeyBar(Widget, can_focus=False):
    """Offers the keys of what has the focus; a click is as good as the key."""

    DEFAULT_CSS = """
    KeyBar { height: 1; dock: bottom; background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._offers: list[_Offer] = []

    def on_mount(self) -> None:
        """Follow what can be done."""
        self.screen.bindings_updated_signal.subscribe(self, self._update)

    def on_resize(self) -> None:
        """Offer as many as fit."""
        self._update(self.screen)

    @override
    def render_line(self, y: int) -> Strip:
        cells: list[Cell] = []
        column = 0
        for offer in self._offers:
            cells += [(" " * (offer.start - column), ""), (offer.key, "bold cyan"), (f" {offer.says}", "")]
            column = offer.end
        return Colours(self.app).strip(cells, self.size.width, "on panel")

    async def on_click(self, event: events.Click) -> None:
        """Do what was clicked on."""
        for offer in self._offers:
            if offer.start <= event.x < offer.end:
                await self.app.run_action(offer.action, offer.owner)

    def _update(self, screen: Screen[object]) -> None:
        # What several keys do is offered with the first of them.
        active: dict[str, ActiveBinding] = {}
        for found in screen.active_bindings.values():
            active.setdefault(found.binding.id or found.binding.key, found)
        able = [found for found in active.values() if found.enabled]
        last = [found for found in able if found.binding.id in _LAST]
        shown = [found for found in able if found.binding.show and found.binding.id not in _LAST]
        shown.sort(key=_turn)
        room = self.size.width - sum(self._width(found) for found in last)
        offers: list[_Offer] = []
        column = 1
        for found in shown:
            if column + self._width(found) > room:
                continue
            offers.append(self._offer(found, column))
            column += self._width(found)
        column = max(room + 1, 1)
        for found in last:
            offers.append(self._offer(found, column))
            column += self._width(found)
        if offers != self._offers:
            self._offers = offers
            self.refresh()

    def _offer(self, found: ActiveBinding, column: int) -> _Offer:
        return _Offer(self._key(found), found.binding.description, found.binding.action, found.node, column)

    def _key(self, found: ActiveBinding) -> str:
        return self.app.get_key_display(found.binding)

    def _width(self, found: ActiveBinding) -> int:
        return cell_len(self._key(found)) + 1 + cell_len(found.binding.description) + 2


def _turn(found: ActiveBinding) -> int:
    name = found.binding.id
    return _IF_THERE_IS_ROOM.index(name) + 1 if name in _IF_THERE_IS_ROOM else 0
