"""Strings that programs trip over, and values of other types."""

from __future__ import annotations

from wsinspect.replay.fuzz.strings import strings, types
from wsinspect.replay.fuzz.values import Repeated, Typed


def test_the_usual_strings_are_there() -> None:
    contents = [value.content for value in strings(None)]
    for wanted in ("", "\x00", "../../../../../../../../etc/passwd", "__proto__", "%n%n%n%n%n%n%n%n"):
        assert Typed(wanted) in contents
    assert Repeated("a", 1 << 20) in contents


def test_what_was_there_is_changed_too() -> None:
    contents = [value.content for value in strings("Ab")]
    for wanted in ("AB", "ab", "bA", "A", "AbAb", "Ab "):
        assert Typed(wanted) in contents
    assert "as it was, lower case" not in [value.label for value in strings("ab")]


def test_labels_tell_strings_apart() -> None:
    labels = [value.label for value in strings("Ab")]
    assert len(set(labels)) == len(labels)


def test_a_number_becomes_a_string_and_a_string_a_number() -> None:
    assert Typed("7") in [value.content for value in types(7)]
    assert Typed(7) in [value.content for value in types("7")]
    assert Typed("true") in [value.content for value in types(True)]
    assert Typed(False) in [value.content for value in types(True)]


def test_every_type_is_tried_but_what_was_there() -> None:
    kinds = {type(value.content.value) for value in types("a") if isinstance(value.content, Typed)}
    assert kinds == {type(None), bool, int, float, str, list, dict}
    assert Typed(None) not in [value.content for value in types(None)]
    assert Typed(1) in [value.content for value in types(True)]
    assert Typed([b"a"]) not in [value.content for value in types(b"a")]
