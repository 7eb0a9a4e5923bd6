"""What is asked for is waited for; what comes by itself is not."""

from __future__ import annotations

from dataclasses import replace

from tests.replay.recordings import Line, recorded
from wsinspect.model import Direction
from wsinspect.replay.playing.conversation import Conversation, understand
from wsinspect.replay.recording import Recording


def understood(*lines: Line) -> tuple[Recording, Conversation]:
    recording = recorded(*lines)
    return recording, understand(recording, Direction.C2S)


def awaited(*lines: Line) -> list[str]:
    recording, conversation = understood(*lines)
    return [recording.events[index].payload.decode() for index in sorted(conversation.awaited)]


def answers(*lines: Line) -> dict[str, list[str]]:
    """Return, for the first message of each kind that is answered by rote, the answers."""
    recording, conversation = understood(*lines)
    firsts: dict[int, str] = {}
    for event in recording.messages(Direction.S2C):
        firsts.setdefault(conversation.kind_of[event.index], event.payload.decode())
    return {firsts[kind]: [event.payload.decode() for event in found] for kind, found in conversation.answers.items()}


ASK, ANSWER = '> {"op":"get"}', '< {"type":"answer"}'
TICK = '< {"type":"tick","n":%d}'


def test_each_answer_is_waited_for() -> None:
    lines = ('< {"type":"hello"}', ASK, ANSWER, ASK, ANSWER, ANSWER)
    assert len(awaited(*lines)) == 4


def test_answers_to_what_was_sent_ahead_are_no_stream() -> None:
    assert len(awaited(ASK, ASK, ANSWER, ASK, ANSWER, ANSWER)) == 3


def test_of_a_stream_the_first_is_waited_for() -> None:
    ticks = [TICK % number for number in range(6)]
    assert awaited('> {"op":"watch"}', *ticks[:3], ASK, ANSWER, *ticks[3:]) == [ticks[0][2:], ANSWER[2:]]


def test_what_comes_out_of_silence_again_and_again_is_a_stream_that_nobody_waits_for() -> None:
    news = '+2000ms < {"type":"news"}'
    assert awaited(ASK, ANSWER, news, ASK, ANSWER, news) == [ANSWER[2:], ANSWER[2:]]
    slow = f"+2000ms {ANSWER}"
    assert len(awaited(ASK, slow, ASK, slow)) == 2, "these are slow answers"
    once = awaited(ASK, ANSWER, news)
    assert len(once) == 2, "once is no stream"


def test_a_stream_whose_first_message_came_at_once_is_begun_by_it() -> None:
    slow = [f"+2000ms {TICK % number}" for number in range(3)]
    assert awaited(ASK, TICK % 7, *slow) == ['{"type":"tick","n":7}']


def test_what_is_not_wholly_on_record_is_not_waited_for() -> None:
    recording = recorded(ASK, ANSWER)
    cut = recording.events[1]

    recording = replace(recording, events=(recording.events[0], replace(cut, complete=False)))
    assert understand(recording, Direction.C2S).awaited == frozenset()


def test_heartbeats_are_not_waited_for_and_answered_as_they_come() -> None:
    lines = ("< 2", "> 3", ASK, ANSWER, "< 2", "> 3")
    assert awaited(*lines) == [ANSWER[2:]]
    assert answers(*lines) == {"2": ["3", "3"]}


def test_an_answer_may_be_behind_other_messages() -> None:
    assert answers("< 2", "< 42[1]", '> 42["x"]', "> 3") == {"2": ["3"]}
    assert answers('< {"type":"ping"}', ANSWER, '> {"type":"pong"}', '> {"op":"get"}') == {
        '{"type":"ping"}': ['{"type":"pong"}']
    }


def test_what_follows_a_heartbeat_by_chance_is_no_answer() -> None:
    assert answers("< 2", ASK) == {}
    assert answers("> 3", "< 2", "> 3") == {}, "the first was nobody's answer"


def test_a_stream_may_be_answered_by_rote() -> None:
    tick, ack = '< {"type":"tick"}', "> ack"
    assert answers(tick, ack, tick, ack, tick, ack) == {'{"type":"tick"}': ["ack", "ack", "ack"]}
    assert answers(tick, ack, tick, ack, ack) == {}, "one was no answer"
    assert answers(tick, "> ack 1", tick, "> ack 2") == {}, "they differ: each has its turn"
    assert answers(ASK, ANSWER, "> ok", ASK, ANSWER, "> ok") == {}, "what was asked for is no stream"


def test_nothing_is_understood_of_nothing() -> None:
    assert awaited() == []
