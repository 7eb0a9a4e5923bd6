"""Lists of payloads go to positions one by one, all at once, side by side, or in every combination."""

from __future__ import annotations

import pytest

from wsinspect.replay.fuzz.payload_lists import As, Mode, check, count, from_lists, lines_of
from wsinspect.replay.fuzz.positions import Position, Range, fields
from wsinspect.replay.fuzz.values import Place
from wsinspect.replay.fuzz.variation import Carried, Expected
from wsinspect.replay.performing import SendMessage

MESSAGE = Carried(1, b'{"id": 7, "name": "ann"}')
ID, NAME = fields(MESSAGE, ())


def sent(
    mode: Mode, lists: list[list[str]], meant: As = As.AUTO, positions: tuple[Position, ...] = (ID, NAME)
) -> list[bytes]:
    acts = [variation.make(MESSAGE)[0] for variation in from_lists(mode, positions, lists, meant)]
    return [act.payload for act in acts if isinstance(act, SendMessage)]


@pytest.mark.parametrize(
    ("mode", "lists", "expected"),
    [
        (Mode.SNIPER, [["1"], ["2"]], ['{"id": 1, "name": "ann"}', '{"id": 2, "name": "ann"}',
                                       '{"id": 7, "name": "1"}', '{"id": 7, "name": "2"}']),
        (Mode.BATTERING_RAM, [["1", "x"]], ['{"id": 1, "name": "1"}', '{"id": "x", "name": "x"}']),
        (Mode.PITCHFORK, [["1", "2", "3"], ["a", "b"]], ['{"id": 1, "name": "a"}', '{"id": 2, "name": "b"}']),
        (Mode.CLUSTERBOMB, [["1", "2"], ["a", "b"]], ['{"id": 1, "name": "a"}', '{"id": 1, "name": "b"}',
                                                     '{"id": 2, "name": "a"}', '{"id": 2, "name": "b"}']),
        (Mode.SNIPER, [], []), (Mode.BATTERING_RAM, [], []), (Mode.PITCHFORK, [], []), (Mode.CLUSTERBOMB, [], []),
    ],
)  # fmt: skip
def test_the_modes(mode: Mode, lists: list[list[str]], expected: list[str]) -> None:
    assert sent(mode, lists) == [text.encode() for text in expected]
    assert count(mode, (ID, NAME), lists) == len(expected)


def test_without_positions_there_is_nothing() -> None:
    assert sent(Mode.BATTERING_RAM, [["1"]], positions=()) == []
    assert count(Mode.BATTERING_RAM, (), [["1"]]) == 0


@pytest.mark.parametrize(
    ("meant", "line", "expected"),
    [
        (As.AUTO, "true", b'{"id": true, "name": "ann"}'),
        (As.AUTO, "'", b'{"id": "\'", "name": "ann"}'),
        (As.STRING, "1", b'{"id": "1", "name": "ann"}'),
        (As.RAW, "1e999", b'{"id": 1e999, "name": "ann"}'),
        (As.RAW, '"', b'{"id": ", "name": "ann"}'),
    ],
)
def test_what_a_line_is(meant: As, line: str, expected: bytes) -> None:
    assert sent(Mode.SNIPER, [[line]], meant, (ID,)) == [expected]


def test_a_line_that_is_no_utf8_goes_as_it_is() -> None:
    (line,) = lines_of(b"a\xff\n")
    (variation,) = from_lists(Mode.SNIPER, (NAME,), [[line]])
    assert sent(Mode.SNIPER, [[line]], positions=(NAME,)) == [b'{"id": 7, "name": "a\xff"}']
    assert variation.expected is Expected.REFUSAL


def test_a_range_gets_the_bytes() -> None:
    place = Position("@7:8", Place.TEXT, "7", Range(7, 8))
    assert sent(Mode.SNIPER, [["ä'"]], positions=(place,)) == ['{"id": ä\', "name": "ann"}'.encode()]


def test_a_reply_that_repeats_the_line_is_told() -> None:
    (variation,) = from_lists(Mode.SNIPER, (NAME,), [["<b>"]])
    assert variation.marks == (b"<b>",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [(b"a\nb\n", ["a", "b"]), (b"a\r\n\r\nb", ["a", "", "b"]), (b"", []), (b"\n", [""]), (b"\xff", ["\udcff"])],
)
def test_lists_are_read_by_lines(text: bytes, expected: list[str]) -> None:
    assert lines_of(text) == expected


@pytest.mark.parametrize("mode", [Mode.PITCHFORK, Mode.CLUSTERBOMB])
def test_some_modes_need_a_list_for_each_position(mode: Mode) -> None:
    check(mode, (ID, NAME), [["a"], ["b"]])
    with pytest.raises(ValueError, match="needs a list for each position"):
        check(mode, (ID, NAME), [["a"]])


def test_others_do_not() -> None:
    check(Mode.SNIPER, (ID, NAME), [["a"]])
