"""Which messages are heartbeats and answers to them, by what they say: the ones in use, each in its own words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from wsinspect.model import Direction
from wsinspect.replay.playing.kinds import shape_of_payload
from wsinspect.replay.recording import Event, Recording

# STOMP's line feed, SockJS's `h`, Centrifugo's empty object, SignalR's type 6 with its record separator.
_EITHER = rb'\s*|h|hb|ka|heart-?beat|keep-?alive|\{\s*\}|\{"type":6\}\x1e'
# Engine.IO's packets are the digits.
_BEAT = re.compile(rb"\s*(?:2|ping|" + _EITHER + rb")\s*", re.IGNORECASE)
_ANSWER = re.compile(rb"\s*(?:3|pong|" + _EITHER + rb")\s*", re.IGNORECASE)
_EITHER_NAME = r"heart[-_]?beat(?:[-_]?ack)?|hb|ka|keep[-_]?alive"
_BEAT_NAME = re.compile(rf"(?:.*[\s:./_-])?(?:ping|{_EITHER_NAME})", re.IGNORECASE)
_ANSWER_NAME = re.compile(rf"(?:.*[\s:./_-])?(?:pong|{_EITHER_NAME})", re.IGNORECASE)
_HINT = re.compile(rb"ping|pong|heart|hb|ka|keep", re.IGNORECASE)
"""Is in every message with such a name."""
_MOST_BYTES = 4096


def is_heartbeat(event: Event) -> bool:
    """Tell whether a message only asks or says that somebody is there."""
    return _says(event, _BEAT, _BEAT_NAME)


def answers_heartbeat(event: Event) -> bool:
    """Tell whether a message is what heartbeats are answered with."""
    return _says(event, _ANSWER, _ANSWER_NAME)


def without_heartbeats(recording: Recording, side: Direction) -> Recording:
    """Return a recording without the heartbeats of the other side, and without what a side has answered to them.

    How many there are says how long it took, and nothing else.
    """
    kept: list[Event] = []
    unanswered = 0
    for event in recording.events:
        if event.is_message and event.direction is not side and is_heartbeat(event):
            unanswered += 1
        elif event.is_message and event.direction is side and unanswered and answers_heartbeat(event):
            unanswered -= 1
        else:
            kept.append(event)
    return replace(recording, events=tuple(kept))


def without(recording: Recording, events: Iterable[Event]) -> Recording:
    """Return a recording without some events."""
    left_out = {event.index for event in events}
    return replace(recording, events=tuple(event for event in recording.events if event.index not in left_out))


def _says(event: Event, whole: re.Pattern[bytes], name: re.Pattern[str]) -> bool:
    if len(event.payload) > _MOST_BYTES:
        return False
    if whole.fullmatch(event.payload):
        return True
    # Taking a message apart takes a hundred times as long.
    if _HINT.search(event.payload) is None:
        return False
    return name.fullmatch(shape_of_payload(event.opcode, event.payload).name) is not None
