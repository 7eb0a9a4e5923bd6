"""An answer repeats what it was asked about."""

from __future__ import annotations

import json

from tests.replay.recordings import recorded
from wsinspect.model import Direction
from wsinspect.replay.binding.bindings import find_bindings
from wsinspect.replay.binding.echoes import with_echoes
from wsinspect.replay.binding.rebinding import Rebinder
from wsinspect.replay.mocking.cues import cues_of
from wsinspect.replay.recording import Recording


def answer(recording: Recording, question: dict[str, object], *ignore: str) -> object:
    """Return what is answered to a question, which is like the first message recorded, with the second."""
    cues = cues_of(recording, Direction.S2C)
    bindings = with_echoes(find_bindings(recording, Direction.S2C), cues, ignore)
    values = Rebinder(recording, bindings)
    values.heard(recording.events[0], 1, json.dumps(question).encode())
    return json.loads(values.written(recording.events[1], 0))


def test_a_word_is_repeated_under_its_name() -> None:
    recording = recorded('> {"type":"price","item":"lamp"}', '< {"type":"answer","item":"lamp","price":3}')
    assert answer(recording, {"type": "price", "item": "broom"}) == {"type": "answer", "item": "broom", "price": 3}
    assert answer(recording, {"type": "price", "item": "broom"}, "item") == {
        "type": "answer",
        "item": "lamp",
        "price": 3,
    }


def test_what_says_what_a_message_is_stays_and_so_does_what_has_another_name() -> None:
    recording = recorded(
        '> {"type":"x","op":"get","on":true,"word":"lamp","none":null}',
        '< {"type":"x","op":"get","on":true,"other":"lamp","none":null}',
    )
    asked = {"type": "y", "op": "put", "on": False, "word": "mop", "none": 1}
    assert answer(recording, asked) == {"type": "x", "op": "get", "on": True, "other": "lamp", "none": None}


def test_what_is_bound_already_stays_so_and_what_nobody_answers_repeats_nothing() -> None:
    recording = recorded('> {"id":"9f3c1b7ae2d44c1f"}', '< {"id":"9f3c1b7ae2d44c1f"}', '> {"word":"lamp"}')
    cues = cues_of(recording, Direction.S2C)
    found = find_bindings(recording, Direction.S2C)
    assert len(found.found) == 1
    assert with_echoes(found, cues).found == found.found
    pushed = recorded('> {"a":"lamp"}', '< {"b":1}', '> {"c":1}', '< {"d":1}', '> {"a":"mop"}', '< {"a":"mop"}')
    assert len(with_echoes(find_bindings(pushed, Direction.S2C), cues_of(pushed, Direction.S2C)).found) == 1
