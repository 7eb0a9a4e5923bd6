"""Heartbeats are known by what they say."""

from __future__ import annotations

import pytest

from tests.replay.recordings import recorded
from wsinspect.model import Direction
from wsinspect.replay.playing.heartbeats import answers_heartbeat, is_heartbeat, without, without_heartbeats


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("2", "3"),
        ("h", "h"),
        ("ping", "PONG"),
        ("\n", "\n"),
        ("{}", "{ }"),
        ('{"type":6}\x1e', '{"type":6}\x1e'),
        ('{"type":"ping","at":1}', '{"type":"pong","at":1}'),
        ('{"event":"sys:keep-alive"}', '{"op":"heartbeat_ack"}'),
        ('["heartbeat",3]', '["pong"]'),
    ],
)
def test_the_ones_in_use_are_known(asked: str, answer: str) -> None:
    heartbeat, reply = recorded(f"< {asked}", f"> {answer}").events
    assert is_heartbeat(heartbeat)
    assert answers_heartbeat(reply)


@pytest.mark.parametrize(
    "text", ["3probe", "22", '{"type":"kayak"}', '{"type":"shipping"}', '{"type":"mapping"}', "hello", "2" * 5000]
)
def test_others_are_not(text: str) -> None:
    (event,) = recorded(f"< {text}").events
    assert not is_heartbeat(event)
    assert not answers_heartbeat(event)


def test_a_recording_may_be_looked_at_without_them() -> None:
    recording = recorded(
        "> 3", "< 2", "> a", "> 3", "> 3", '< {"type":"ping"}', '> {"type":"pong"}', "<< ping 2", ">> pong 3"
    )
    kept = without_heartbeats(recording, Direction.C2S).events
    assert [event.index for event in kept] == [0, 2, 4, 7, 8]


def test_or_without_anything_else() -> None:
    recording = recorded("> a", "< b", "< c")
    assert [event.index for event in without(recording, recording.events[1:2]).events] == [0, 2]
