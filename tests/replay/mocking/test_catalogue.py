"""Live messages are found among the recorded ones by what they are, then by their values, then by their order."""

from __future__ import annotations

import json

import pytest

from tests.replay.recordings import recorded
from wsinspect.replay.mocking.catalogue import Catalogue, Reading, Search, differences
from wsinspect.wire.opcodes import Opcode


def catalogue(*texts: str, ignore: tuple[str, ...] = ()) -> Catalogue:
    return Catalogue(recorded(*[f"> {text}" for text in texts]).messages(), ignore)


def reading(text: str | bytes) -> Reading:
    if isinstance(text, bytes):
        return Reading.of(Opcode.BINARY, text)
    return Reading.of(Opcode.TEXT, text.encode())


def found(search: Search, *texts: str | bytes) -> list[int | None]:
    """Return the index of what each message is found to be."""
    events = [search.find(reading(text)) for text in texts]
    return [None if one is None else one[0].index for one in events]


def test_the_same_values_win_over_the_order() -> None:
    search = Search(catalogue("buy lamp", "buy mop", "buy lamp"))
    assert found(search, "buy mop", "buy lamp", "buy lamp", "buy lamp") == [1, 2, 0, 2]


def test_what_came_again_is_told() -> None:
    search = Search(catalogue("a", "b"))
    assert search.remaining
    assert [search.find(reading(text)) for text in "ab"] == [
        (search._catalogue.event(0), False),
        (search._catalogue.event(1), False),
    ]
    assert not search.remaining
    assert search.find(reading("a")) == (search._catalogue.event(0), True)
    search.begin_again()
    assert search.remaining
    assert search.find(reading("a")) == (search._catalogue.event(0), False)


def test_numbers_that_number_messages_say_nothing_and_others_that_go_up_little() -> None:
    asked = [json.dumps({"op": "get", "id": number, "item": item}) for number, item in enumerate("abc", 1)]
    search = Search(catalogue(*asked))
    assert found(search, '{"op":"get","id":1,"item":"b"}', '{"op":"get","id":2,"item":"a"}') == [1, 0]
    pages = Search(catalogue(*[json.dumps({"op": "page", "page": number}) for number in (1, 2, 3)]))
    assert found(pages, '{"op":"page","page":2}', '{"op":"page","page":2}', '{"op":"page","page":9}') == [1, 1, 2]
    later = Search(catalogue(*[json.dumps({"op": "poll", "id": str(number)}) for number in (1, 2, 3)]))
    assert found(later, *[json.dumps({"op": "poll", "id": str(number)}) for number in (2, 3, 4)]) == [0, 1, 2]


def test_ignored_values_say_nothing() -> None:
    texts = ['{"op":"x","word":"lamp"}', '{"op":"x","word":"mop"}']
    assert found(Search(catalogue(*texts)), texts[1]) == [1]
    assert found(Search(catalogue(*texts, ignore=("word",))), texts[1]) == [0]


def test_flags_are_no_numbers() -> None:
    texts = ['{"op":"x","on":false}', '{"op":"x","on":true}']
    assert found(Search(catalogue(*texts)), '{"op":"x","on":true}', '{"op":"x","on":true}') == [1, 1]


def test_a_kind_without_a_name_is_found_by_its_fields() -> None:
    search = Search(catalogue('{"a":1,"b":2,"c":3}', '{"x":1,"y":2}', "[]"))
    assert found(search, '{"a":1,"b":2}', '{"x":7,"y":8,"z":9}', '{"q":1}') == [0, 1, None]
    assert found(search, b"\x00\x01") == [None]


def test_many_messages_of_a_kind_take_their_turns() -> None:
    search = Search(catalogue(*["tick"] * 300))
    assert found(search, *["tick"] * 300) == list(range(300))
    assert found(search, "tick") == [299]
    numbered = Search(catalogue(*[f"tick {number % 7}" for number in range(300)]))
    assert found(numbered, *[f"tick {number % 7}" for number in range(300)]) == list(range(300))


def test_what_is_left_behind_comes_when_there_is_nothing_else() -> None:
    search = Search(catalogue(*[f'{{"op":"x","word":"{word}"}}' for word in "abcde"]))
    assert found(search, *[f'{{"op":"x","word":"{word}"}}' for word in "exyz"]) == [4, 0, 1, 2]


def test_the_nearest_of_what_is_not_there() -> None:
    several = catalogue('{"type":"login","user":"ana"}', '{"type":"price","item":"lamp"}', "hello there")
    for text, index in (('{"type":"prize","item":"mop"}', 1), ('{"type":"logout","user":"x"}', 0), ("good bye", 2)):
        nearest = several.nearest(reading(text))
        assert nearest is not None
        assert nearest.index == index
    assert len(several) == 3
    assert Catalogue([]).nearest(reading("x")) is None


@pytest.mark.parametrize(
    ("came", "then", "told"),
    [
        ('{"a":1}', '{"a":1}', []),
        ('{"a":"x","c":null}', '{"b":true,"a":"y"}',
         ['$.a: "x", recorded "y"', "$.c: null was not there", "$.b: true is missing"]),
        ("hi", b"\x00\x01", ["it is text, recorded was binary", "it is text, recorded was bytes"]),
        ('42["a"]', '43["a"]', ["it begins with '42', recorded was '43'"]),
        ("hi 3", "hi 4", ["@0: 3, recorded 4"]),
        ("hi", "ho", ["text: \"hi\", recorded \"ho\""]),
        (f'{{"a":"{"x" * 99}"}}', '{"a":"y"}', [f'$.a: "{"x" * 59}…, recorded "y"']),
    ],
)  # fmt: skip
def test_differences_are_for_people(came: str | bytes, then: str | bytes, told: list[str]) -> None:
    assert differences(reading(came), reading(then))[: len(told) or None] == told


def test_differences_are_few_and_leave_out_what_is_ignored() -> None:
    came, then = (json.dumps({f"k{number}": value for number in range(12)}) for value in (1, 2))
    told = differences(reading(came), reading(then))
    assert (len(told), told[-1]) == (9, "and 4 more")
    assert differences(reading('{"a":1}'), reading('{"a":2}'), ["a"]) == []
