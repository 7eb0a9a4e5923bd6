"""The colours of text on the screen: the style names of `present`, turned into colours of the theme that is chosen.

Names are Rich's, as the commands print them (`cyan`, `bold red`, `dim`): on a light theme plain yellow would not be
readable. Colour is never the only signal: what it says is also said by a sign or a word.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.strip import Strip

from wsinspect.present.text import Cell

_VARIABLES = {
    "cyan": "text-primary",
    "magenta": "text-accent",
    "green": "text-success",
    "yellow": "text-warning",
    "red": "text-error",
    "blue": "text-secondary",
}
_ATTRIBUTES = {
    "bold": Style(bold=True),
    "italic": Style(italic=True),
    "underline": Style(underline=True),
    "reverse": Style(reverse=True),
    "strike": Style(strike=True),
}
_DIM = 0.65
"""How much of the foreground's colour is left of what is dim."""


class Colours:
    """Makes styles and lines in the colours of an app's theme; to be made anew when the theme changes.

    Args:
        app: The app.
    """

    def __init__(self, app: App[object]) -> None:
        self._variables = app.theme_variables
        self._background = Color.parse(self._variables["background"])
        self._foreground = Color.parse(self._variables["foreground"])
        self._styles: dict[str, Style] = {}

    def style(self, name: str) -> Style:
        """Return the style of a name such as `bold red`, `dim` or `on boost`; no background of its own without `on`."""
        found = self._styles.get(name)
        if found is None:
            found = self._styles[name] = self._made(name)
        return found

    def strip(self, cells: Iterable[Cell], width: int, base: str = "") -> Strip:
        """Make a line of a widget.

        Args:
            cells: Harmless text with style names.
            width: Cells it takes: it is cut, or filled up.
            base: A style below all of it, as of a selected line.
        """
        below = self.style("foreground") + self.style(base)
        segments = [Segment(text, below + self.style(style)) for text, style in cells if text]
        return Strip(segments).adjust_cell_length(width, below)

    def _made(self, name: str) -> Style:
        attributes = Style()
        colour = background = None
        words = iter(name.split())
        for word in words:
            if word in _ATTRIBUTES:
                attributes += _ATTRIBUTES[word]
            elif word == "dim":
                colour = self._background.blend(self._foreground, _DIM)
            elif word == "on":
                background = self._colour(next(words)).rich_color
            else:
                colour = self._colour(_VARIABLES.get(word, word))
        return attributes + Style(color=None if colour is None else colour.rich_color, bgcolor=background)

    def _colour(self, variable: str) -> Color:
        colour = Color.parse(self._variables[variable])
        # What is see-through is laid over the background: a line has no other.
        return self._background + colour
