"""Every key has a name of its own and a sentence, and is in the reference."""

from __future__ import annotations

from textual.binding import Binding
from textual.widgets import Button

from wsinspect.tui.app import ScreenApp
from wsinspect.tui.every_key import OTHERS, SECTIONS, _owners, every_key, key_names, section_of
from wsinspect.tui.keys import keys_of
from wsinspect.tui.widgets.session_list import SessionList


def test_every_binding_has_a_name_and_a_sentence() -> None:
    lacking = [
        f"{owner.__name__}: {binding}"
        for owner in _owners()
        for binding in owner.__dict__["BINDINGS"]
        if not (isinstance(binding, Binding) and binding.id and binding.tooltip.endswith("."))
    ]
    assert lacking == []


def test_what_has_the_same_name_does_the_same() -> None:
    does: dict[str, set[str]] = {}
    for owner in _owners():
        for key in keys_of(owner):
            does.setdefault(key.name, set()).add(key.does)
    assert {name: told for name, told in does.items() if len(told) > 1} == {}
    assert len(key_names()) == len(set(key_names()))


def test_descriptions_fit_the_last_line() -> None:
    long = [
        binding.description
        for owner in _owners()
        for binding in owner.__dict__["BINDINGS"]
        if isinstance(binding, Binding) and binding.show and len(binding.description) > 12
    ]
    assert long == []


def test_the_sections_name_classes_that_there_are() -> None:
    known = {owner.__name__ for owner in _owners()}
    assert {name for names in SECTIONS.values() for name in names} - known == set()
    assert list(every_key())[0] == "Everywhere"  # noqa: RUF015 - the order is what is asked


def test_where_a_key_belongs() -> None:
    assert section_of(ScreenApp) == "Everywhere"
    assert section_of(SessionList) in {"Lists", "Sessions"}
    assert section_of(Button) == OTHERS
