"""The recording tells what answers a message, and what comes anyway."""

from __future__ import annotations

from dataclasses import replace

from tests.replay.recordings import recorded
from wsinspect.replay.fuzz.context import carried_by, listening_for, settled
from wsinspect.replay.fuzz.outcome import Fate, Outcome, Reply
from wsinspect.replay.fuzz.shooting import Listening
from wsinspect.replay.recording import Recording
from wsinspect.replay.shape import Shape

MS = 1_000_000


def listening(recording: Recording, number: int) -> Listening:
    event = next(event for event in recording.events if event.number == number)
    return listening_for(recording, event, Listening())


def names(shapes: frozenset[Shape]) -> set[str]:
    return {str(shape) for shape in shapes}


def test_the_answer_is_what_did_not_come_before() -> None:
    talk = recorded('< {"type":"tick","n":1}', '> {"type":"ask"}', '< {"type":"tick","n":2}', '< {"type":"answer"}')
    found = listening(talk, 2)
    assert names(found.answers) == {"answer"}
    assert names(found.background) == {"tick"}
    assert not found.answered_by(Reply.of(1, b'{"type":"tick","n":9}', 0).shape)
    assert found.answered_by(Reply.of(1, b'{"type":"error"}', 0).shape)


def test_the_answer_is_the_reply_where_that_can_be_told() -> None:
    talk = recorded(
        '> {"id":1,"method":"price"}', '< {"id":1,"result":5}',
        '> {"id":2,"method":"price"}', '< {"event":"shipped"}', '< {"id":2,"result":6}',
        '> {"id":3,"method":"order"}', '< {"id":3,"order":{"total":6}}',
    )  # fmt: skip
    found = listening(talk, 3)
    assert found.answers == {Reply.of(1, b'{"id":2,"result":6}', 0).shape}
    assert names(found.background) == {"shipped"}
    assert found.answered_by(Reply.of(1, b'{"id":2,"error":{"code":1}}', 0).shape)


def test_what_comes_after_the_next_message_of_the_client_is_looked_at_last() -> None:
    talk = recorded("> a", '< {"type":"b"}', "> a", '< {"type":"b"}', "> c", '< {"type":"d"}')
    assert names(listening(talk, 3).answers) == {"b"}
    pipelined = recorded("> a", "> b", '< {"type":"c"}')
    assert names(listening(pipelined, 1).answers) == {"c"}


def test_else_it_is_what_came_next() -> None:
    talk = recorded('> {"type":"a"}', '< {"type":"echo"}', '> {"type":"b"}', '< {"type":"echo"}')
    found = listening(talk, 3)
    assert names(found.answers) == {"echo"}
    assert found.answered_by(Reply.of(1, b'{"type":"echo"}', 0).shape)


def test_there_may_be_no_answer() -> None:
    found = listening(recorded("> hello"), 1)
    assert found.answers == found.background == frozenset()


def test_it_is_listened_as_long_as_answers_to_the_unchanged_message_took_to_come() -> None:
    two = Outcome(0, Fate.OPEN, (Reply.of(1, b"a", 10 * MS), Reply.of(1, b"b", 210 * MS)))
    assert settled(Listening(), [two, Outcome(0, Fate.OPEN)]).settle_ns == 350 * MS
    assert settled(Listening(), []).settle_ns == 50 * MS
    assert settled(Listening(listen_ns=100 * MS), [two]).settle_ns == 100 * MS


def test_the_message_is_carried_as_it_was() -> None:
    event = replace(recorded("> hello").events[0], compressed=True)
    carried = carried_by(event)
    assert (carried.opcode, carried.payload, carried.compressed) == (1, b"hello", True)
