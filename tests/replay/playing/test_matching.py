"""A live message is found to be a recorded one by what it is, and then by its values."""

from __future__ import annotations

import sys

from tests.replay.recordings import recorded
from wsinspect.model import Direction
from wsinspect.replay.playing.conversation import understand
from wsinspect.replay.playing.matching import Matcher

ASK = '> {"op":"get"}'


class Recorded:
    """A matcher of a recording, asked in lines."""

    def __init__(self, *lines: str) -> None:
        recording = recorded(*lines)
        self._matcher = Matcher(recording.messages(Direction.S2C), understand(recording, Direction.C2S))

    def finds(self, text: str, *, due: int = sys.maxsize, wanted: tuple[int, ...] = ()) -> int | None:
        event = self._matcher.match(1, text.encode(), due=due, wanted=wanted)[1]
        return None if event is None else event.index


def test_each_is_found_once() -> None:
    found = Recorded(ASK, '< {"type":"a","at":1}', '< {"type":"b"}')
    assert found.finds('{"type":"b"}') == 2
    assert found.finds('{"type":"a","at":9}') == 1
    assert found.finds('{"type":"a","at":9}') is None
    assert found.finds('{"type":"c"}') is None


def test_of_several_it_is_the_one_with_most_of_its_values() -> None:
    answers = [f'< {{"id":{number},"result":"x{number}"}}' for number in range(3)]
    found = Recorded(ASK, ASK, ASK, *answers)
    assert found.finds('{"id":2,"result":"y"}') == 5
    assert found.finds('{"id":7,"result":"y"}') == 3
    assert found.finds('{"id":7,"result":"y"}') == 4


def test_what_is_not_due_yet_is_not_compared() -> None:
    found = Recorded(ASK, '< {"id":1,"of":"x"}', ASK, '< {"id":2,"of":"y"}', ASK, '< {"id":3,"of":"z"}')
    assert found.finds('{"id":3,"of":"x"}', due=4) == 1
    assert found.finds('{"id":3,"of":"x"}', due=4) == 3
    assert found.finds('{"id":3,"of":"x"}', due=4) == 5, "ahead of its time, but there it is"


def test_the_next_of_a_stream_is_the_one_that_is_wanted() -> None:
    found = Recorded(*(f'< {{"type":"tick","n":{number}}}' for number in range(9)))
    assert found.finds('{"type":"tick","n":8}') == 0
    assert found.finds('{"type":"tick","n":8}', wanted=(99, 5)) == 5
    assert found.finds('{"type":"tick","n":8}', wanted=(5,)) == 1
