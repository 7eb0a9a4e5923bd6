"""What was said is behind the message that it was said upon."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.replay.recordings import Line, recorded
from wsinspect.model import Direction, End
from wsinspect.replay.mocking.cues import Cues, Ending, cues_of
from wsinspect.replay.mocking.tickers import OPENING

C2S, S2C = Direction.C2S, Direction.S2C


def cues(*lines: Line, side: Direction = S2C) -> Cues:
    return cues_of(recorded(*lines), side)


def by_owner(found: Cues) -> dict[int, list[int]]:
    return {owner: [line.event.index for line in lines] for owner, lines in found.lines.items()}


def test_what_is_said_belongs_to_the_message_before_it() -> None:
    found = cues("< a", "> b", "+50ms < c", "+70ms < d", "> e")
    assert by_owner(found) == {OPENING: [0], 1: [2, 3]}
    assert [line.after_ns for line in found.lines[1]] == [50_000_000, 120_000_000]
    assert [event.index for event in found.others] == [1, 4]
    assert [event.index for event in found.said] == [0, 2, 3]
    assert by_owner(cues("< a", "> b", "< c", side=C2S)) == {0: [1]}


@pytest.mark.parametrize(
    ("lines", "owners"),
    [
        (('> {"method":"a","id":1}', '> {"method":"b","id":2}', '< {"id":2,"result":1}', '< {"id":1,"result":1}'),
         {1: [2], 0: [3]}),
        (('> 420["a"]', '> 421["b"]', "< 431[1]", "< 430[0]"), {1: [2], 0: [3]}),
        (('> 420["a"]', '> 42["b"]', "< 439[1]", "< 451-[]"), {1: [2, 3]}),
        (('> 4', "< 4x"), {0: [1]}),
    ],
)  # fmt: skip
def test_replies_belong_to_their_requests(lines: tuple[str, ...], owners: dict[int, list[int]]) -> None:
    assert by_owner(cues(*lines)) == owners


def test_what_the_connection_does_by_itself_is_left_out() -> None:
    assert by_owner(cues("> a", ">> ping", "<< pong", "<< ping", ">> pong")) == {0: [3]}
    assert by_owner(cues("> a", "<< pong")) == {0: [1]}
    assert by_owner(cues("> a", ">> close 1000", "<< close 1000")) == {}
    assert by_owner(cues("> a", "<< close 1000", ">> close 1000")) == {0: [1]}
    recording = recorded("> a", "< b", "< c")
    cut = replace(recording.events[1], complete=False)
    odd = replace(recording.events[2], opcode=11, number=None)
    assert cues_of(replace(recording, events=(recording.events[0], cut, odd)), S2C).lines == {}


def test_what_keeps_its_time() -> None:
    found = cues("> a", "< b", *["+1000ms < tick"] * 3, "< c", "<< close")
    lines = {line.event.payload: line.timed for line in found.lines[0]}
    assert lines == {b"b": False, b"tick": False, b"c": False, b"": True}, "ticks that lead to something are steps"
    found = cues("> a", *["+1000ms < tick"] * 2, "< c", "> d", "+900ms < tick")
    assert [(line.event.payload, line.timed) for line in found.lines[0]] == [(b"c", True)]


def test_what_is_said_again() -> None:
    found = cues("> ask 1", "< yes", "> ask 2", "< yes", "< by the way", "> ask 3", "< yes", "> once", "< too")
    assert [[line.reply for line in lines] for lines in found.lines.values()] == [[True], [True, False], [True], [True]]


def test_what_surely_belongs_to_its_message() -> None:
    found = cues(
        *("> join", '> {"type":"typing"}', "< welcome", '< {"type":"typing","name":"ana"}', "<< ping"),
        *('> {"type":"typing"}', '< {"type":"typing","name":"ana"}') * 2,
        *('> {"method":"a","id":1}', '> {"method":"b","id":2}', '< {"id":1,"result":1}', "< more"),
    )
    lines = {line.event.index: line.sure for owned in found.lines.values() for line in owned}
    assert lines == {2: False, 3: True, 4: False, 6: True, 8: True, 11: True, 12: False}
    assert {index: burst.last for index, burst in found.bursts.items()} == {0: 1, 1: 1, 9: 10, 10: 10}


def test_ticks_part_no_burst_and_may_belong_to_all_of_it() -> None:
    ticks = ["+1000ms < tick"] * 3
    found = cues("> watch", "> hush", *ticks, "+800ms > a", "+200ms < tick", "> b", "+900ms < tick")
    assert {index: burst.last for index, burst in found.bursts.items()} == {0: 1, 1: 1, 5: 7, 7: 7}


def test_a_server_is_let_finish_what_it_says() -> None:
    assert cues("> a", "> b", "< c", side=S2C).bursts.keys() == {0, 1}
    assert cues("< a", "< b", "> c", side=C2S).bursts == {}


@pytest.mark.parametrize(
    ("ends", "ending"),
    [
        ((), None),
        (((C2S, End.FIN), (S2C, End.FIN)), None),
        (((S2C, End.PROXY),), None),
        (((S2C, End.FIN),), Ending(0, 100_000_000, reset=False)),
        (((S2C, End.RESET),), Ending(0, 100_000_000, reset=True)),
    ],
)
def test_how_the_connection_ended(ends: tuple[tuple[Direction, End], ...], ending: Ending | None) -> None:
    recording = recorded("> a", "< b")
    session = replace(recording.session, ends=ends)
    assert cues_of(replace(recording, session=session), S2C).ending == ending


def test_a_close_frame_is_an_end_of_its_own_and_without_messages_it_comes_behind_the_opening() -> None:
    recording = recorded("> a", "<< close")
    session = replace(recording.session, ends=((S2C, End.FIN),))
    assert cues_of(replace(recording, session=session), S2C).ending is None
    nothing = recorded()
    session = replace(nothing.session, ends=((S2C, End.FIN),), closed=None)
    assert cues_of(replace(nothing, session=session), S2C).ending == Ending(OPENING, 0, reset=False)


def test_the_heartbeat_is_no_part_of_what_is_said() -> None:
    found = cues('< 0{"pingInterval":50}', "> 40", "< 2", "> 3", "< 42[1]")
    assert by_owner(found) == {OPENING: [0], 1: [4]}
    assert found.heartbeat is not None
