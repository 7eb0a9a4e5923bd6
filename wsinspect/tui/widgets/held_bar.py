"""The messages that wait for a person, in sight as long as there are any: the queue, the beginning of one, the keys."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from wsinspect.errors import WsinspectError
from wsinspect.present.held import HeldLine, held_line
from wsinspect.present.text import Cell, cell_len, escape, preview, size_text
from wsinspect.tui.colours import Colours
from wsinspect.tui.data.engine import Engine

if TYPE_CHECKING:
    from wsinspect.control.results import Held

LARGEST_PREVIEWED = 256 << 10
"""Bytes; the payload of a larger message is not asked for, as it would come in whole."""
_TICK_S = 1.0
_BASE = "foreground on warning-muted"
_ROOM_BESIDE_KEYS = 40
"""Cells for the preview; with less the keys go into a line of their own."""
_OFFERS = (
    ("release", "space", "release"),
    ("edit", "e", "edit"),
    ("drop", "d", "drop"),
    ("release_all", "A", "release all"),
)
"""Actions of the screen, their usual keys, and what they are called here."""


@dataclass(frozen=True, slots=True)
class _Offer:
    start: int
    end: int
    action: str


class HeldBar(Widget, can_focus=True):
    """Shows what is held; the screen binds the keys that do something about it.

    Args:
        engine: The engine.
        clock: Seconds since 1970.
    """

    DEFAULT_CSS = """
    HeldBar { height: 2; display: none; background: $warning-muted; }
    HeldBar.-narrow { height: 3; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "go(-1)", "Before", id="held.previous", tooltip="Choose the held message before."),
        Binding("right", "go(1)", "Next", id="held.next", tooltip="Choose the next held message."),
        Binding("enter", "choose", "Show", id="held.show", tooltip="Show the held message in the lists."),
    ]

    @dataclass
    class Chosen(Message):
        """A held message was chosen."""

        bar: HeldBar
        session: int
        message: int

        @property
        def control(self) -> HeldBar:
            """The bar."""
            return self.bar

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], float] = time.time,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id)
        self._engine, self._clock = engine, clock
        self._held: list[Held] = []
        self._place = 0
        self._preview: tuple[Held, str] | None = None
        self._timer: Timer | None = None
        self._line = HeldLine([], [])
        self._offers: list[_Offer] = []

    @property
    def selected(self) -> Held | None:
        """The held message that the keys are about; None where nothing is held."""
        return self._held[self._place] if self._held else None

    def on_mount(self) -> None:
        """Listen to the engine."""
        self._engine.changed.subscribe(self, self._changed)
        self.app.theme_changed_signal.subscribe(self, lambda _: self.refresh())
        self.screen.bindings_updated_signal.subscribe(self, self._keys_changed)
        self._changed(self._engine)

    def on_resize(self, event: events.Resize) -> None:
        """Give the keys a line of their own where the preview needs the room."""
        self.set_class(event.size.width < _ROOM_BESIDE_KEYS + self._keys_width(), "-narrow")
        self.refresh()

    @override
    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if not self._held:
            return Strip.blank(width)
        if y == 0:
            self._line = held_line(self._held, self._place, self._clock(), width)
            return self._strip(self._line.cells)
        keys = self._keys_width()
        narrow = self.has_class("-narrow")
        room = width - 3 - (0 if narrow else keys + 2)
        text = self._preview_text(room) if y == 1 else ""
        cells: list[Cell] = [("   ", ""), (text, "")] if y == 1 else []
        if narrow == (y == 2):
            start = max(width - keys, 0)
            cells.append((" " * (start - sum(cell_len(part) for part, _ in cells)), ""))
            cells += self._keys(start)
        return self._strip(cells)

    def action_go(self, step: int) -> None:
        """Choose the next held message, or the one before."""
        self._choose(self._place + step)

    def action_choose(self) -> None:
        """Tell that the chosen one is wanted."""
        self._choose(self._place)

    async def on_click(self, event: events.Click) -> None:
        """Choose what was clicked on, or do what the key would."""
        event.stop()
        if event.y == 0:
            for spot in self._line.spots:
                if spot.start <= event.x < spot.end:
                    self._choose(spot.place)
        elif event.y == self.size.height - 1:
            for offer in self._offers:
                if offer.start <= event.x < offer.end:
                    await self.app.run_action(f"screen.{offer.action}")

    def _choose(self, place: int) -> None:
        if self._held:
            self._place = min(max(place, 0), len(self._held) - 1)
            self.refresh()
            self._look()
            chosen = self._held[self._place]
            self.post_message(self.Chosen(self, chosen.session, chosen.message))

    def _changed(self, engine: Engine) -> None:
        if engine.held == self._held:
            return
        before = self.selected
        self._held = list(engine.held)
        if before is not None:
            # What follows in the queue is next where the chosen one has gone.
            names = [(held.session, held.message) for held in self._held]
            name = (before.session, before.message)
            self._place = names.index(name) if name in names else min(self._place, max(len(names) - 1, 0))
        else:
            self._place = 0
        self.display = bool(self._held)
        if self._held and self._timer is None:
            self._timer = self.set_interval(_TICK_S, self.refresh)
        elif not self._held and self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.refresh()
        self._look()

    def _look(self) -> None:
        held = self.selected
        if held is not None and (self._preview is None or self._preview[0] != held):
            self.run_worker(self._ask(held), exclusive=True)

    async def _ask(self, held: Held) -> None:
        from wsinspect.control.results import Payload  # noqa: PLC0415 - start-up time

        if held.size > LARGEST_PREVIEWED:
            self._preview = (held, f"\u2026 {size_text(held.size)} bytes")
        else:
            try:
                found = Payload.model_validate(
                    await self._engine.call("payload", session=held.session, message=held.message)
                )
            except WsinspectError as error:
                # Somebody else may have let it go meanwhile: then the queue is about to change.
                self._preview = (held, escape(error.message))
            else:
                payload = found.text.encode() if found.text is not None else base64.b64decode(found.base64 or "")
                text = preview(payload, len(payload), of_text=found.type == "text", room=_MOST_CELLS)
                self._preview = (held, text)
        self.refresh()

    def _preview_text(self, room: int) -> str:
        if self._preview is None or self._preview[0] != self.selected:
            return ""
        text = self._preview[1]
        if cell_len(text) <= room:
            return text
        while cell_len(text) > max(room - 1, 0):
            text = text[: min(room, len(text) - 1)]
        return f"{text}\u2026"

    def _keys_changed(self, screen: Screen[object]) -> None:  # noqa: ARG002 - given by the signal
        if self.display:
            self.refresh()

    def _keys(self, column: int) -> list[Cell]:
        cells: list[Cell] = []
        self._offers = []
        for action, key, says in self._named():
            end = column + cell_len(key) + 1 + cell_len(says)
            self._offers.append(_Offer(column, end, action))
            cells += [(key, "bold cyan"), (f" {says}  ", "")]
            column = end + 2
        return cells

    def _keys_width(self) -> int:
        return sum(cell_len(key) + cell_len(says) + 3 for _, key, says in self._named())

    def _named(self) -> list[tuple[str, str, str]]:
        """List the actions with the keys that they have now."""
        keys = {
            found.binding.action: self.app.get_key_display(found.binding)
            for found in self.screen.active_bindings.values()
        }
        return [(action, keys.get(action, usual), says) for action, usual, says in _OFFERS]

    def _strip(self, cells: list[Cell]) -> Strip:
        return Colours(self.app).strip(cells, self.size.width, _BASE)


_MOST_CELLS = 300
"""Of a preview: no screen is wider."""
