"""The breakpoints: which there are, whose they are and what they held; new ones are set here, and old ones removed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, OptionList, Static

from wsinspect.control.client import ControlNotice
from wsinspect.control.results import Breakpoint
from wsinspect.errors import WsinspectError
from wsinspect.present.text import escape, pad
from wsinspect.tui.data.engine import Engine
from wsinspect.tui.dialogs.breakpoint import BreakDialog
from wsinspect.tui.dialogs.dialog import Dialog, button

_TELLING = frozenset({"held", "released"})
"""Notices after which the numbers may be others."""
_HEAD = "  #   hits  set by        filter"


class BreakpointsDialog(Dialog[None]):
    """Shows the breakpoints of an engine.

    Args:
        engine: The engine.
    """

    DEFAULT_CSS = """
    BreakpointsDialog {
        & > .box { max-width: 100; }
        & OptionList { height: auto; max-height: 12; padding: 0; background: $background; }
        & OptionList > .option-list--option { padding: 0; text-wrap: nowrap; text-overflow: ellipsis; }
        & .head { color: $text 70%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add", id="dialog.breakpoint-add", tooltip="Set another breakpoint."),
        Binding("d,delete", "remove", "Remove", id="dialog.breakpoint-remove", tooltip="Remove the chosen breakpoint."),
    ]

    def __init__(self, engine: Engine) -> None:
        super().__init__("Breakpoints")
        self._engine = engine
        self._points: list[Breakpoint] = []
        self._list = OptionList(markup=False, compact=True)
        self._head = Static(_HEAD, classes="head", markup=False)
        self._none = Static(
            "There are none. `a` sets one: messages that match its filter are held, to be looked at and edited.",
            classes="hint",
            markup=False,
        )

    def content(self) -> Iterable[Widget]:
        """Show the list."""
        yield self._head
        yield self._list
        yield self._none

    def buttons(self) -> Iterable[Button]:
        """Offer what can be done."""
        yield button("Add", "add", key="a", primary=True)
        yield button("Remove", "remove", key="d", tooltip="Remove the chosen one. What it holds stays held.")
        yield button("Close", "cancel", key="esc")

    def on_mount(self) -> None:
        """Ask the engine, and again when it holds something."""
        super().on_mount()
        self._engine.noticed.subscribe(self, self._noticed)
        self._list.focus()
        self._look_again()

    def action_add(self) -> None:
        """Ask for a filter, and set it."""
        self.run_worker(self._add())

    def action_remove(self) -> None:
        """Remove the chosen breakpoint."""
        if self._points and self._list.highlighted is not None:
            self.run_worker(self._change("unhold", breakpoint=self._points[self._list.highlighted].breakpoint))

    async def _add(self) -> None:
        expression = await self.app.push_screen_wait(BreakDialog())
        self._list.focus()
        if expression:
            await self._change("hold", filter=expression)

    async def _change(self, method: str, **params: int | str) -> None:
        try:
            await self._engine.call(method, **params)
        except WsinspectError as error:
            self.complain(str(error))
        else:
            await self._look()

    def _noticed(self, notice: ControlNotice) -> None:
        if notice.kind in _TELLING:
            self._look_again()

    def _look_again(self) -> None:
        self.run_worker(self._look(), group="look", exclusive=True)

    async def _look(self) -> None:
        try:
            found = await self._engine.call("breakpoints")
        except WsinspectError as error:
            self.complain(str(error))
            return
        assert isinstance(found, list)
        self.complain("")
        self._show([Breakpoint.model_validate(each) for each in found])

    def _show(self, points: list[Breakpoint]) -> None:
        chosen = self._list.highlighted or 0
        self._points = points
        self._list.clear_options()
        self._list.add_options([self._line(point) for point in points])
        self._list.highlighted = min(chosen, len(points) - 1) if points else None
        for widget in (self._list, self._head):
            widget.display = bool(points)
        self._none.display = not points

    def _line(self, point: Breakpoint) -> Content:
        owner = "stays" if point.owner is None else "you" if point.owner == self._engine.name else escape(point.owner)
        return Content.assemble(
            f"{pad(str(point.breakpoint), -3)}{pad(str(point.hits), -7)}  {pad(owner[:12], 12)}  ",
            (escape(point.filter), "bold"),
        )
