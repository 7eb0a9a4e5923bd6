"""What differs about a message is named by its values, or is the whole of it, or only how it is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wsinspect.model import Direction
from wsinspect.replay.comparing.comparison import FieldChange, What
from wsinspect.replay.comparing.message_changes import MessageChanges, message_changes
from wsinspect.replay.comparing.reading import Reader
from wsinspect.replay.recording import Event


def event(payload: str | bytes) -> Event:
    if isinstance(payload, bytes):
        return Event(0, Direction.S2C, 0, 2, payload, 1)
    return Event(0, Direction.S2C, 0, 1, payload.encode(), 1)


def found(old: Event, new: Event) -> MessageChanges:
    reader = Reader()
    return message_changes(old, new, reader.read(old), reader.read(new))


def changed(path: str, old: object, new: object) -> FieldChange:
    return FieldChange(path, What.CHANGED, old, new)  # type: ignore[arg-type]  # values


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('{"a":1}', '{"a":1}', MessageChanges()),
        ('{"a":1}', '{"a":2}', MessageChanges((changed("$.a", 1, 2),))),
        ('{"a":1}', '{ "a": 1.0 }', MessageChanges(spelling=True)),
        ("<a>1</a>", "<a>1</a >", MessageChanges(content=True)),
        ('42["a",1]', '43["a",1]', MessageChanges((changed("@prefix", "42", "43"),))),
        ('{"a":1}', b'{"a":1}', MessageChanges((changed("@type", "text", "binary"),))),
        ("at 12:30", b"\x00\x01", MessageChanges((changed("@type", "text", "binary"),), content=True)),
        ("at 12:30", "at 12:31", MessageChanges((changed("@0", "12:30", "12:31"),), words=True)),
        ("at 12:30", "on 12:31", MessageChanges((changed("@0", "12:30", "12:31"),), words=True, content=True)),
        ("at 12:30", "at 12:30 sharp", MessageChanges(words=True, content=True)),
        ("at 12:30", "at 12:30 or 12:31", MessageChanges(content=True)),
        ('{"a":1}', "hello", MessageChanges(content=True)),
        ("a=1&b=2", '{"a":"1","b":"2"}', MessageChanges(content=True)),
        (b"\x00\x01\xff", b"\x00\x02\xff", MessageChanges(words=True, content=True)),
    ],
)
def test_differences(old: str | bytes, new: str | bytes, expected: MessageChanges) -> None:
    assert found(event(old), event(new)) == expected


def test_unknown_opcodes_have_a_name() -> None:
    ping, unknown = replace(event(b"x"), opcode=9, number=None), replace(event(b"x"), opcode=3, number=None)
    assert found(ping, unknown).fields == (changed("@type", "ping", "0x3"),)


def test_what_is_not_all_on_record_is_compared_as_far_as_it_is() -> None:
    whole, cut = event('{"a":1,"b":2}'), replace(event('{"a":1,'), complete=False)
    assert found(whole, cut) == MessageChanges(cut=True)
    assert found(cut, whole) == MessageChanges(cut=True)
    assert found(cut, event('{"a":2}')) == MessageChanges(content=True, cut=True)
