"""Text with characters that a terminal must not get, made fit for an editor, and back without a loss.

Each such character is replaced by a placeholder of the private use areas, one cell wide, that the text does not have;
an editor shows a picture in its place. Line ends other than a line feed are among them: an editor would make them all
the same.
"""

from __future__ import annotations

import unicodedata

from wsinspect.present.text import is_harmless

_LEFT_ALONE = frozenset("\n\t")
"""Of what is not harmless: lines and tabs."""
_FIRST_PLACEHOLDER = 0xF0000
_PICTURES_OF_CONTROLS = 0x2400
_DELETE = 0x7F
UNKNOWN = "\ufffd"


class HiddenCharacters:
    """The placeholders of one text."""

    def __init__(self) -> None:
        self._placeholder: dict[int, str] = {}
        """By the code of the character it stands for."""
        self._character: dict[int, str] = {}
        """By the code of the placeholder."""
        self._next = _FIRST_PLACEHOLDER

    def hide(self, text: str) -> str:
        """Replace what a terminal must not get."""
        if text.isascii() and text.isprintable():
            return text
        for character in sorted(set(text)):
            if not is_harmless(character) and character not in _LEFT_ALONE and ord(character) not in self._placeholder:
                # Placeholders are not printable themselves: one that is in the text gets a placeholder of its own.
                self._placeholder[ord(character)] = chr(self._next)
                self._character[self._next] = character
                self._next += 1
        return text.translate(self._placeholder)

    def reveal(self, text: str) -> str:
        """Put the characters back."""
        return text.translate(self._character)

    def pictures(self, text: str) -> str:
        """Put a picture of each character, one cell wide, in the place of its placeholder."""
        return (
            text
            if text.isprintable()
            else text.translate({code: _picture(self._character[code]) for code in self._character})
        )

    def name(self, placeholder: str) -> str | None:
        """Say what a character of the text stands for, such as `U+001B`; None where it is none of the hidden ones."""
        character = self._character.get(ord(placeholder))
        if character is None:
            return None
        named = unicodedata.name(character, "")
        return f"U+{ord(character):04X} {named}".rstrip()


def _picture(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(_PICTURES_OF_CONTROLS + code)
    return "\u2421" if code == _DELETE else UNKNOWN
