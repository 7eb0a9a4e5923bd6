"""A variation is one thing to send, made when it is needed."""

from __future__ import annotations

from wsinspect.replay.fuzz.variation import UNCHANGED, Carried, Variation, message
from wsinspect.replay.performing import SendMessage


def test_the_unchanged_message_goes_as_it_is() -> None:
    assert UNCHANGED.make(Carried(1, b"a", compressed=True)) == (SendMessage(1, b"a", compressed=True),)


def test_it_is_named_by_mutator_position_and_value() -> None:
    make = UNCHANGED.make
    assert str(Variation("numbers", "$.id", "2^63", make)) == "numbers $.id: 2^63"
    assert str(Variation("frames", "", "RSV2", make)) == "frames: RSV2"


def test_text_is_told_from_binary() -> None:
    assert Carried(1, b"").of_text
    assert not Carried(2, b"").of_text
    assert message(Carried(2, b"a"), b"b") == (SendMessage(2, b"b"),)
