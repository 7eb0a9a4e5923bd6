"""A line of text with a list of proposals, and with what was entered before.

Keys go to the line at all times. The list lies over what is below; nothing in it is chosen until somebody goes there
with an arrow key, so that `enter` means the text as it is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.highlighter import Highlighter
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList

from wsinspect.errors import WsinspectError
from wsinspect.present.text import cell_len, escape
from wsinspect.tui.data.history import LONGEST_ENTRY, History, Walk
from wsinspect.tui.notes import complain
from wsinspect.tui.widgets.filter_text import one_line
from wsinspect.tui.widgets.proposals import Completer, Proposals

_MOST_SHOWN = 8
_LIST_FRAME = 3
"""Cells beside the words: a space at each side, and the scroll bar."""


class TextLine(Input):
    """An `Input` that holds nothing that cannot be seen, whatever is pasted or put in."""

    def validate_value(self, value: str) -> str:
        """Make what cannot be seen visible."""
        return one_line(value)

    def on_paste(self, event: events.Paste) -> None:
        """Put all lines of what is pasted into this one."""
        event.prevent_default()
        event.stop()
        most = self.max_length or LONGEST_ENTRY
        given = event.text.strip("\r\n")
        room = max(most - len(self.value) + len(self.selected_text), 0)
        text = one_line(given[:most])[:room]
        if len(given) > room:
            complain(self.app, WsinspectError(f"A line takes {most:,} characters: the rest was left out"))
        self.replace(text, *self.selection)


class LineInput(TextLine):
    """The line itself: where the focus is, and the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "enter_line", "Apply", id="line.enter", tooltip="Apply what is written."),
        Binding("escape", "leave_line", "Close", id="line.leave", tooltip="Close the list, then leave the line."),
        Binding(
            "tab", "take", "Complete", id="line.complete", tooltip="Put the proposal in place of the word.", show=False
        ),
        Binding(
            "down",
            "go(1)",
            "Next",
            id="line.next",
            tooltip="Go to the next proposal, or to what was entered later.",
            show=False,
        ),
        Binding(
            "up",
            "go(-1)",
            "Previous",
            id="line.previous",
            tooltip="Go to the proposal before, or to what was entered before.",
            show=False,
        ),
        Binding(
            "ctrl+@",
            "propose",
            "Proposals",
            id="line.propose",
            tooltip="Show all that may stand at the cursor (also ctrl+space).",
            show=False,
        ),
    ]

    def __init__(self, owner: CompletedLine, text: str, placeholder: str, highlighter: Highlighter | None) -> None:
        self._owner = owner
        super().__init__(text, placeholder, highlighter, max_length=LONGEST_ENTRY, select_on_focus=False, compact=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave `tab` to the screen where there is nothing to complete."""
        if action == "take":
            return self._owner.can_take
        return super().check_action(action, parameters)

    def watch_selection(self) -> None:
        """Propose nothing for a word that the cursor left."""
        self._owner.cursor_moved()

    def action_enter_line(self) -> None:
        """Apply what is written, or take the proposal that was gone to."""
        self._owner.enter()

    def action_leave_line(self) -> None:
        """Close the list, or leave."""
        self._owner.leave()

    def action_take(self) -> None:
        """Take a proposal."""
        self._owner.take()

    def action_go(self, step: int) -> None:
        """Go through the proposals, or through the history."""
        self._owner.go(step)

    def action_propose(self) -> None:
        """Show what may stand at the cursor."""
        self._owner.propose()


class _List(OptionList, can_focus=False):
    def __init__(self) -> None:
        super().__init__(markup=False, compact=True)


class CompletedLine(Vertical):
    """A line of text with proposals.

    Args:
        completer: Where proposals come from.
        history: What was entered before; what is entered is put there by the owner.
        text: What the line holds at first.
        placeholder: What an empty line shows.
        highlighter: Colours the text.
        gap: Lines below it that the list leaves free.
    """

    DEFAULT_CSS = f"""
    CompletedLine {{
        height: 1;
        & > LineInput {{ height: 1; width: 1fr; }}
        & > _List {{
            overlay: screen;
            constrain: inside inflect;
            display: none;
            height: auto;
            max-height: {_MOST_SHOWN};
            width: auto;
            background: $panel;
            scrollbar-size-vertical: 1;
            &.-textual-compact {{ padding: 0 1; }}
        }}
    }}
    """

    @dataclass
    class Typed(Message):
        """The text is another."""

        line: CompletedLine
        text: str

        @property
        def control(self) -> CompletedLine:
            """The line."""
            return self.line

    @dataclass
    class Entered(Message):
        """Somebody pressed `enter`."""

        line: CompletedLine
        text: str

        @property
        def control(self) -> CompletedLine:
            """The line."""
            return self.line

    @dataclass
    class Left(Message):
        """Somebody wants to leave the line."""

        line: CompletedLine

        @property
        def control(self) -> CompletedLine:
            """The line."""
            return self.line

    def __init__(
        self,
        completer: Completer,
        history: History | None = None,
        *,
        text: str = "",
        placeholder: str = "",
        highlighter: Highlighter | None = None,
        gap: int = 0,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id)
        self._completer = completer
        self._history = history
        self._walk: Walk | None = None
        self._line = LineInput(self, text, placeholder, highlighter)
        self._list = _List()
        self._gap = gap
        self._found = Proposals(0, (), asked=False)
        self._seen = one_line(text)
        """The text that the proposals are about, or that wants none."""

    def compose(self) -> ComposeResult:
        """Put the list below the line."""
        yield self._line
        yield self._list

    @property
    def input(self) -> Input:
        """The line itself: where the focus is."""
        return self._line

    @property
    def text(self) -> str:
        """What is written."""
        return self._line.value

    @property
    def is_open(self) -> bool:
        """Whether proposals are in sight."""
        return bool(self._list.display)

    @property
    def can_take(self) -> bool:
        """Whether there is a proposal to take."""
        self._look()
        return self.is_open

    def set_text(self, text: str) -> None:
        """Write a text, and propose nothing for it."""
        self._seen = one_line(text)
        self._line.value = text
        self._line.cursor_position = len(self._line.value)
        self.close()

    def focus(self, scroll_visible: bool = True) -> CompletedLine:
        """Bring the cursor into the line."""
        self._line.focus(scroll_visible)
        return self

    def close(self) -> None:
        """Take the list out of sight."""
        if self._list.display:
            self._list.display = False

    def propose(self) -> None:
        """Show all that may stand at the cursor."""
        self._seen = self.text
        self._show(self._completer.proposals(self.text, self._line.cursor_position))

    def go(self, step: int) -> None:
        """Go to the next or previous proposal, or to a text of the history where the list is not in sight."""
        self._look()
        if self.is_open:
            count, place = self._list.option_count, self._list.highlighted
            self._list.highlighted = (0 if step > 0 else count - 1) if place is None else (place + step) % count
        elif self._history is not None:
            if self._walk is None:
                self._walk = Walk(self._history, self.text)
            found = self._walk.older() if step < 0 else self._walk.newer()
            if found is not None:
                walk = self._walk
                self.set_text(found)
                self._walk = walk

    def take(self) -> None:
        """Put the proposal that was gone to, else the first, in place of the word before the cursor."""
        self._look()
        if not self.is_open:
            return
        word = self._found.words[self._list.highlighted or 0]
        text, cursor = self._completer.taken(self.text, self._line.cursor_position, self._found.start, word)
        self._line.value = text
        self._line.cursor_position = cursor

    def enter(self) -> None:
        """Take the proposal that was gone to; else tell that the text was entered."""
        if self.is_open and self._list.highlighted is not None:
            self.take()
            return
        self.close()
        self._seen, self._walk = self.text, None
        self.post_message(self.Entered(self, self.text))

    def leave(self) -> None:
        """Close the list; where it is not in sight, tell that somebody wants to leave."""
        if self.is_open:
            self._seen = self.text
            self.close()
        else:
            self.post_message(self.Left(self))

    def cursor_moved(self) -> None:
        """Close the list where the cursor moved and nothing was written."""
        if self.is_mounted and self.text == self._seen:
            self.close()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._look()
        self.post_message(self.Typed(self, event.value))

    @on(Input.Submitted)
    @on(Input.Blurred)
    @on(OptionList.OptionHighlighted)
    def _keep(self, event: Message) -> None:
        event.stop()
        if isinstance(event, Input.Blurred):
            self.close()

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.take()
        self.focus()

    def _look(self) -> None:
        """Propose what fits the text, if it is another than the one that was looked at last."""
        if self.text == self._seen:
            return
        self._seen, self._walk = self.text, None
        found = self._completer.proposals(self.text, self._line.cursor_position)
        if found.asked:
            self._show(found)
        else:
            self.close()

    def _show(self, found: Proposals) -> None:
        self._found = found
        self._list.clear_options()
        self._list.add_options([Content(f"{escape(word)}") for word in found.words])
        before = cell_len(self.text[: found.start]) - round(self._line.scroll_x)
        self._list.styles.offset = (before - 1, self._gap)
        self._list.styles.width = max(map(cell_len, map(escape, found.words)), default=0) + _LIST_FRAME
        self._list.display = bool(found.words)
