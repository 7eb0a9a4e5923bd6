"""The recorded clock runs as fast as it is to, from when it is first asked."""

from __future__ import annotations

from wsinspect.replay.playing.clock import RecordedClock


def test_it_starts_when_it_is_first_asked() -> None:
    clock = RecordedClock(begin=1000, last=1600, speed=2.0)
    assert clock.end == 0
    assert clock.now_of(1000, 50_000) == 50_000
    assert clock.now_of(1400, 99_999) == 50_200
    assert clock.end == 50_300
