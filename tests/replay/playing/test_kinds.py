"""Messages are sorted by what they are."""

from __future__ import annotations

import pytest

from tests.replay.recordings import recorded
from wsinspect.replay.playing.kinds import UNKNOWN, Kinds, shape_of_payload


def kinds_of(*lines: str) -> list[int]:
    kinds = Kinds()
    return [kinds.of_event(event) for event in recorded(*lines).events]


def test_names_decide_where_there_are_any() -> None:
    assert kinds_of('< {"type":"a","x":1}', '< {"type":"b","x":1}', '< {"type":"a","y":"z"}') == [0, 1, 0]


def test_without_names_the_fields_do() -> None:
    one, other = '< {"id":1,"user":"ann","age":3}', '< {"price":2,"item":"lamp"}'
    assert kinds_of(one, other, '< {"id":2,"user":"bob"}', one) == [0, 1, 0, 0]


def test_what_a_peer_makes_up_is_bounded() -> None:
    kinds = Kinds()
    found = {kinds.of(shape_of_payload(1, b'{"k%d":1}' % number)) for number in range(5000)}
    assert len(found) == 64


def test_so_are_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.replay.playing.kinds._MOST_NAMES", 2)
    lines = ('< {"type":"a"}', '< {"type":"b"}', '< {"type":"c"}', '< {"type":"a"}')
    assert kinds_of(*lines) == [0, 1, UNKNOWN, 0]
