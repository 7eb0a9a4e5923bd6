"""Replies find their requests: by the numbers in documents, and by those of Socket.IO."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.replay.recordings import recorded
from wsinspect.replay.comparing.pairing import requests_of
from wsinspect.replay.comparing.reading import Reader
from wsinspect.replay.recording import Recording


def requests(recording: Recording) -> dict[int, int]:
    reader = Reader()
    return requests_of(recording.events, [reader.read(event) for event in recording.events])


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (['> {"id":1,"method":"a"}', '< {"event":"x"}', '< {"id":1,"result":2}'], {2: 0}),
        (['> {"id":1,"method":"a"}', '< {"id":1,"result":2}', '< {"id":1,"result":2}'], {1: 0}),
        (['> {"say":1}', '> {"say":2}', '< {"say":3}'], {}),
        (['> 420["a"]', '> 421["b"]', '< 431["c"]', '< 430["d"]'], {2: 1, 3: 0}),
        (["> 42/shop,7[1]", '< 437["c"]'], {}),
        (["> 42/shop,7[1]", "< 43/shop,7[2]"], {1: 0}),
        (['< 437["c"]', '> 43/shop,7["c"]'], {}),
        ([">> ping 1", "<< pong 1"], {}),
    ],
)
def test_requests_are_found(lines: list[str], found: dict[int, int]) -> None:
    assert requests(recorded(*lines)) == found


def test_large_messages_are_passed_over() -> None:
    recording = recorded('> {"id":1,"method":"a"}', '< {"id":1,"result":2}')
    request, reply = recording.events
    large = replace(reply, payload=b'{"id":1,"result":"%s"}' % (b"x" * 70_000))
    assert requests(replace(recording, events=(request, large))) == {}


def test_what_is_never_answered_is_not_looked_at_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.replay.comparing.pairing._PATIENCE", 3)
    ticks = [f'< {{"seq":{number},"x":1}}' for number in range(5)]
    assert requests(recorded(*ticks, '> {"ack":1}')) == {5: 1}
    assert requests(recorded(*ticks, '> {"ack":3}')) == {}
    assert requests(recorded(*ticks[:3], '> {"ack":1}', *ticks[3:], '> {"ack":4}')) == {3: 1, 6: 5}
