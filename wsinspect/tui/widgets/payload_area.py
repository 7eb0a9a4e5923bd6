"""An editor for the text of a payload: it keeps every character, and shows those that a terminal must not get."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual import events
from textual.widgets import TextArea

from wsinspect.errors import WsinspectError
from wsinspect.present.hidden_characters import HiddenCharacters
from wsinspect.tui.notes import complain

LONGEST_WRAPPED = 8 << 10
"""Characters of a line that is broken at the edge of the screen: finding where takes too long for longer ones."""
LONGEST_WRAPPED_WIDE = 2 << 10
"""The same for text that is not ASCII, each character of which has to be measured."""
LARGEST_WRAPPED = 256 << 10
"""Characters of a text whose lines are broken."""
_LARGEST_MATCHED = 64 << 10
"""Characters of a text in which the bracket that belongs to the one at the cursor is looked for."""
LONGEST_PASTED = 16 << 10
"""Characters of a line that is pasted: with longer ones each key would take its time."""
LARGEST_PASTED = 256 << 10
"""Characters of a text that is pasted."""
_MOST_PICTURES = 200
"""Lines with hidden characters whose pictures are kept: a line is drawn again and again."""


class PayloadArea(TextArea):
    """An editor for text."""

    DEFAULT_CSS = """
    PayloadArea { border: none; padding: 0; }
    PayloadArea:focus { border: none; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, compact=True, highlight_cursor_line=False, placeholder="nothing: an empty payload")
        self._hidden = HiddenCharacters()
        self._small = True
        self._pictures: dict[str, str] = {}
        self.pasting: Callable[[str], str] | None = None
        """What is made of pasted text before it is put in."""

    @property
    def content(self) -> str:
        """The text, every character as it is to be sent."""
        return self._hidden.reveal(self.text)

    def show(self, content: str) -> None:
        """Edit another text, from its beginning."""
        self._hidden = HiddenCharacters()
        text = self._hidden.hide(content)
        longest = max(map(len, text.split("\n")))
        most = LONGEST_WRAPPED if text.isascii() else LONGEST_WRAPPED_WIDE
        self.soft_wrap = longest <= most and len(text) <= LARGEST_WRAPPED
        self._small = len(text) <= _LARGEST_MATCHED
        self._pictures.clear()
        self.load_text(text)

    def replace_all(self, content: str) -> None:
        """Write another text in place of the whole, so that it can be undone."""
        self.replace(self._hidden.hide(content), self.document.start, self.document.end)
        self.move_cursor((0, 0))

    @property
    def at_cursor(self) -> str | None:
        """The name of the character at the cursor where it is one that cannot be seen."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        return self._hidden.name(line[column]) if column < len(line) else None

    @property
    def selected_text(self) -> str:
        """What is selected, as it is to be copied."""
        return self._hidden.reveal(super().selected_text)

    def get_line(self, line_index: int) -> Text:
        """Return a line as it is shown."""
        line = super().get_line(line_index)
        if not line.plain.isprintable():
            if len(self._pictures) > _MOST_PICTURES:
                self._pictures.clear()
            pictures = self._pictures.get(line.plain)
            if pictures is None:
                pictures = self._pictures[line.plain] = self._hidden.pictures(line.plain)
            line.plain = pictures
        return line

    def find_matching_bracket(self, bracket: str, search_from: tuple[int, int]) -> tuple[int, int] | None:
        """Find the other bracket of a pair, where that takes no time to speak of."""
        return super().find_matching_bracket(bracket, search_from) if self._small else None

    def on_paste(self, event: events.Paste) -> None:
        """Put in what is pasted, harmless."""
        event.prevent_default()
        event.stop()
        # Terminals paste the line feeds of a text as carriage returns.
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")
        if len(text) <= LARGEST_PASTED and self.pasting is not None:
            text = self.pasting(text)
        if len(text) > LARGEST_PASTED or max(map(len, text.split("\n"))) > LONGEST_PASTED:
            complain(self.app, WsinspectError("What was pasted is too long to be edited here: use your own editor"))
            return
        self._insert(text)

    def action_paste(self) -> None:
        """Put in what was copied here."""
        self._insert(self.app.clipboard)

    def _insert(self, text: str) -> None:
        if not self.read_only:
            result = self.replace(self._hidden.hide(text), *self.selection, maintain_selection_offset=False)
            self.move_cursor(result.end_location)
