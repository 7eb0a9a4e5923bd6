"""The Repeater: a recorded client's messages sent again by hand, with what comes back beside the recording."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import Screen
from textual.worker import Worker

from wsinspect.errors import WsinspectError
from wsinspect.present.lines import BAD, QUIET, TITLE
from wsinspect.present.repeater_rows import (
    Place,
    Row,
    detail_lines,
    handshake_lines,
    line_rows,
    opening_rows,
    stamp,
)
from wsinspect.present.text import Cell, escape
from wsinspect.replay.repeating.repeated import Line
from wsinspect.replay.repeating.repeater import Repeater
from wsinspect.tui.data.connections import Connector, Target
from wsinspect.tui.data.playing import Playing
from wsinspect.tui.dialogs.edit import EditDialog, Edited
from wsinspect.tui.dialogs.handshake import HandshakeDialog
from wsinspect.tui.notes import complain, tell
from wsinspect.tui.widgets.choice_list import ChoiceList, ChoiceRow
from wsinspect.tui.widgets.key_bar import KeyBar
from wsinspect.tui.widgets.lines_view import LinesView
from wsinspect.wire.opcodes import Opcode

_DRAWN_EVERY_S = 0.05
_LEAST_CELLS = 20


@dataclass(frozen=True, slots=True)
class Repeated:
    """What the screen begins with."""

    session: int
    repeater: Repeater
    target: Target
    remarks: tuple[str, ...] = ()
    """What is not on record, and which values are made anew, a sentence each."""
    line: int | None = None
    """Which line is chosen at first; None: the handshake."""


@dataclass(frozen=True, slots=True)
class _LaidOut:
    """Rows of the list, and what they are about."""

    rows: list[ChoiceRow]
    places: dict[str, Place]
    made_for: tuple[object, ...]


class RepeaterScreen(Screen[None]):
    """Sends a recorded client's messages again.

    Args:
        repeated: What to send, and where.
        connector: Opens the connection.
        compare: Shows what came beside the recording, whole.
    """

    KEYS_TITLE = "Repeater"
    DEFAULT_CSS = """
    RepeaterScreen { layout: vertical; }
    RepeaterScreen #head { height: 2; border: none; padding: 0 1; background: $panel; overflow: hidden; }
    RepeaterScreen #panes { height: 1fr; layout: grid; grid-size: 1 2; grid-rows: 3fr 2fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Traffic", tooltip="Close the connection, and go back to the traffic.",
                id="repeater.back"),
        Binding("space", "send", "Send", tooltip="Send the chosen message; connect first, where that is needed.",
                id="repeater.send"),
        Binding("a", "send_all", "Send all",
                tooltip="Send the chosen message and all behind it, each when the answers it waited for have come.",
                id="repeater.send-all"),
        Binding("e", "edit", "Edit", tooltip="Change the chosen message, or the handshake.", id="repeater.edit"),
        Binding("n", "insert", "New", tooltip="Write a message of your own behind the chosen one.",
                id="repeater.insert"),
        Binding("d,delete", "remove", "Remove", tooltip="Take the chosen message out.", id="repeater.remove",
                show=False),
        Binding("c", "connect", "Connect", tooltip="Connect anew, or close the connection.", id="repeater.connect"),
        Binding("equals_sign", "compare", "Compare", tooltip="Compare what was sent and came back with the recording.",
                id="repeater.compare"),
    ]  # fmt: skip

    def __init__(
        self, repeated: Repeated, connector: Connector, compare: Callable[[Repeater], Awaitable[None]]
    ) -> None:
        super().__init__()
        self._repeater = repeated.repeater
        self._repeated = repeated
        self._connector = connector
        self._compare = compare
        self._changed = asyncio.Event()
        self._playing = Playing(repeated.repeater, repeated.target, connector, self._changed.set)
        self._places: dict[str, Place] = {}
        self._laid_out: dict[Line, _LaidOut] = {}
        self._in_detail: tuple[object, ...] = ()
        self._head = LinesView("", id="head")
        self._head.can_focus = False
        self._list = ChoiceList("To send, and what came back: in the recording, now")
        self._detail = LinesView("Detail")

    def compose(self) -> ComposeResult:
        """Put the parts in their places."""
        yield self._head
        with Container(id="panes"):
            yield self._list
            yield self._detail
        yield KeyBar()

    def on_mount(self) -> None:
        """Show what there is to send."""
        self._list.focus()
        _: Worker[None] = self.run_worker(self._draw_on, group="draw")

    def on_unmount(self) -> None:
        """Leave nothing open."""
        self._playing.stop()

    # ---- what is shown

    async def _draw_on(self) -> None:
        """Draw what has changed, some times a second."""
        self._draw()
        if self._repeated.line is not None:
            self._list.choose(f"line {self._repeated.line}")
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._draw()
            await asyncio.sleep(_DRAWN_EVERY_S)
            self._playing.go_on()

    def _draw(self) -> None:
        width = max(self._list.scrollable_content_region.width - 1, _LEAST_CELLS)
        playing = self._playing
        opening = _shown(opening_rows(self._repeater, playing.target.url, playing.state, width))
        kept, self._laid_out = self._laid_out, {}
        shown, self._places = list(opening.rows), dict(opening.places)
        for number, line in enumerate(self._repeater.lines):
            made_for = (number, width, *stamp(line))
            laid_out = kept.get(line)
            if laid_out is None or laid_out.made_for != made_for:
                laid_out = _shown(line_rows(line, number, width), made_for)
            self._laid_out[line] = laid_out
            shown += laid_out.rows
            self._places.update(laid_out.places)
        self._list.show(shown)
        self._head.show(self._head_lines())
        self._draw_detail()
        self.refresh_bindings()

    def _head_lines(self) -> list[list[Cell]]:
        playing = self._playing
        style = BAD if playing.problem else "green" if playing.connection else QUIET
        first: list[Cell] = [
            ("Repeater ", TITLE), (f"session {self._repeated.session} → ", QUIET), (escape(playing.target.url), ""),
            (f"  {escape(playing.state)}", style),
        ]  # fmt: skip
        if playing.problem:
            return [first, [(escape(playing.problem.splitlines()[0]), BAD)]]
        if self._connector.capture is not None and playing.connection is not None:
            said = f"recorded as session {playing.connection.session_id} of {self._connector.capture}"
            return [first, [(escape(said), QUIET)]]
        return [first, [(escape("  ".join(self._repeated.remarks)), QUIET)]]

    def _draw_detail(self) -> None:
        place = self._places.get(self._list.chosen)
        width = max(self._detail.scrollable_content_region.width, _LEAST_CELLS)
        playing = self._playing
        if place is None or (place.line is None and place.pair is None):
            self._in_detail = ()
            self._detail.show(list(handshake_lines(playing.target.request, playing.response, playing.problem)))
            return
        line = None if place.line is None else self._repeater.lines[place.line]
        made_for = (place, width, *(() if line is None else (line, line.stage, line.payload, line.opcode, line.sent)))
        if made_for != self._in_detail:
            # Comparing takes its time, which a flood of other messages does not leave.
            self._in_detail = made_for
            self._detail.show(list(detail_lines(place, self._repeater, width)))

    @on(ChoiceList.Moved)
    def _moved(self) -> None:
        self._draw_detail()
        self._detail.scroll_home(animate=False)
        self.refresh_bindings()

    @on(LinesView.Resized)
    def _resized(self) -> None:
        self._changed.set()

    # ---- what is chosen

    @property
    def _number(self) -> int | None:
        place = self._places.get(self._list.chosen)
        return None if place is None else place.line

    @property
    def _line(self) -> Line | None:
        number = self._number
        return None if number is None else self._repeater.lines[number]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's
        """Offer what can be done to what is chosen."""
        if action == "remove":
            return self._line is not None
        if action == "compare":
            return bool(self._repeater.played)
        return True

    # ---- what can be done

    @on(ChoiceList.Opened)
    def _opened(self) -> None:
        self.action_edit()

    def action_send(self) -> None:
        """Send the chosen message."""
        self._send([] if self._line is None else [self._line])

    def action_send_all(self) -> None:
        """Send the chosen message and all behind it."""
        self._send(self._repeater.lines[self._number or 0 :])

    def _send(self, lines: Sequence[Line]) -> None:
        self._do(self._playing.send(lines))

    def action_connect(self) -> None:
        """Connect anew, or close the connection."""
        self._do(self._playing.connect_or_close())

    def action_edit(self) -> None:
        """Change what is chosen."""
        line, number = self._line, self._number
        if line is None or number is None:
            self.app.push_screen(HandshakeDialog(self._playing.target), self._retarget)
            return

        def edited(answer: Edited | None) -> None:
            if answer is not None:
                self._repeater.edit(line, _opcode(answer), answer.payload)
                self._changed.set()
                if answer.go:
                    self._send([line])

        dialog = EditDialog(line.payload, line.opcode == Opcode.TEXT, f"message {number + 1}", ("Send", "Keep"))
        self.app.push_screen(dialog, edited)

    def action_insert(self) -> None:
        """Write a message of one's own."""
        at = 0 if self._number is None else self._number + 1

        def written(answer: Edited | None) -> None:
            if answer is not None:
                line = self._repeater.insert(at, _opcode(answer), answer.payload)
                self._draw()
                self._list.choose(f"line {at}")
                if answer.go:
                    self._send([line])

        self.app.push_screen(EditDialog(b"", of_text=True, title="a new message", saving=("Send", "Keep")), written)

    def action_remove(self) -> None:
        """Take the chosen message out."""
        if self._line is not None:
            self._repeater.remove(self._line)
            self._changed.set()

    def action_compare(self) -> None:
        """Compare with the recording."""
        self._do(self._compare(self._repeater))

    def action_back(self) -> None:
        """Go back."""
        self.dismiss(None)

    def _retarget(self, target: Target | None) -> None:
        if target is not None and target != self._playing.target:
            self._playing.target = target
            if self._playing.connection is not None:
                tell(self.app, "The handshake is for the next connection: c closes this one.")
            self._changed.set()

    def _do(self, doing: Awaitable[None]) -> None:
        """Do it beside everything else; what goes wrong is told."""

        async def done() -> None:
            try:
                await doing
            except WsinspectError as error:
                complain(self.app, error)

        self.run_worker(done(), group="repeating", exclusive=False)


def _opcode(edited: Edited) -> int:
    return Opcode.TEXT if edited.of_text else Opcode.BINARY


def _shown(rows: Sequence[Row], made_for: tuple[object, ...] = ()) -> _LaidOut:
    return _LaidOut(
        [ChoiceRow(key, tuple(cells)) for key, _, cells in rows],
        {key: place for key, place, _ in rows if key},
        made_for,
    )
