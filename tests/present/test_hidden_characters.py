"""What a terminal must not get does not get there, and comes back as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.present.hidden_characters import HiddenCharacters
from wsinspect.present.text import cell_len


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=4))
def test_every_text_comes_back(texts: list[str]) -> None:
    hidden = HiddenCharacters()
    for text in texts:
        inside = hidden.hide(text)
        assert hidden.reveal(inside) == text
        assert len(inside) == len(text)
        assert inside.splitlines() in (inside.split("\n"), inside.split("\n")[:-1]), "only line feeds end lines"


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_nothing_but_what_can_be_seen_is_shown(text: str) -> None:
    hidden = HiddenCharacters()
    shown = hidden.pictures(hidden.hide(text))
    assert all(character.isprintable() or character in "\n\t\u00a0\u202f\u3000" for character in shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\tüber\n", "plain\tüber\n"),
        ("\x1b[2J\r\n\x00\x7f", "␛[2J␍\n␀␡"),
        ("a\u202eb\u2028c\U000f0000", "a�b�c�"),
        ("\u2764\ufe0f\u3164", "\u2764��"),
        ("\u00a0", "\u00a0"),
    ],
)
def test_controls_have_pictures(text: str, shown: str) -> None:
    hidden = HiddenCharacters()
    assert hidden.pictures(hidden.hide(text)) == shown
    assert cell_len(hidden.hide("\x1b\u202e")) == 2


def test_a_character_can_be_named() -> None:
    hidden = HiddenCharacters()
    escape, override, plain = list(hidden.hide("\x1b\u202ea"))
    assert hidden.name(escape) == "U+001B"
    assert hidden.name(override) == "U+202E RIGHT-TO-LEFT OVERRIDE"
    assert hidden.name(plain) is None


def test_what_is_put_in_later_gets_the_same_placeholders() -> None:
    hidden = HiddenCharacters()
    assert hidden.hide("\x1b") == hidden.hide("\x00\x1b")[1]
    placeholder = hidden.hide("\x1b")
    assert hidden.reveal(hidden.hide(placeholder)) == placeholder, "a placeholder that is pasted is a character as well"
