"""A stage plays nothing until there is a part, and then what was heard for it comes first."""

from __future__ import annotations

import pytest

from wsinspect.engine import stage
from wsinspect.engine.stage import Stage
from wsinspect.replay.performing import Act, SendMessage
from wsinspect.wire.opcodes import Opcode


class Part:
    """Says once what it has heard."""

    answers_pings = False
    wake_at: int | None = 77

    def __init__(self) -> None:
        self.taken: list[tuple[object, ...]] = []
        self.says: list[Act] = []

    def next(self, now: int) -> Act | None:
        return self.says.pop(0) if self.says else None

    def heard(self, opcode: int, payload: bytes, now: int) -> None:
        self.taken.append((opcode, payload, now))
        self.says.append(SendMessage(opcode, payload))

    def heard_control(self, opcode: int, payload: bytes, now: int) -> None:
        self.taken.append(("control", opcode, payload, now))

    def ended(self, now: int) -> None:
        self.taken.append(("ended", now))


def test_without_a_part_nothing_is_said_or_kept() -> None:
    empty = Stage()
    empty.heard(Opcode.TEXT, b"x", 1)
    empty.heard_control(Opcode.PING, b"x", 1)
    assert (empty.next(1), empty.wake_at) == (None, None)
    part = Part()
    empty.begin(part)
    assert part.taken == []


def test_what_is_heard_for_a_part_that_is_to_come_is_kept() -> None:
    pokes: list[int] = []
    one, part = Stage(), Part()
    one.poke = lambda: pokes.append(1)
    one.await_part()
    one.heard(Opcode.TEXT, b"a", 1)
    one.heard_control(Opcode.PING, b"b", 2)
    assert one.next(3) is None
    one.begin(part)
    assert part.taken == [(Opcode.TEXT, b"a", 1), ("control", Opcode.PING, b"b", 2)]
    assert pokes == [1]
    assert one.next(3) == SendMessage(Opcode.TEXT, b"a")
    assert one.wake_at is None
    assert one.next(3) is None
    assert one.wake_at == 77
    one.heard(Opcode.TEXT, b"c", 4)
    one.heard_control(Opcode.CLOSE, b"", 5)
    one.ended(6)
    assert part.taken[2:] == [(Opcode.TEXT, b"c", 4), ("control", Opcode.CLOSE, b"", 5), ("ended", 6)]
    assert one.next(7) is None


def test_where_no_part_comes_nothing_is_kept_any_more() -> None:
    one, part = Stage(), Part()
    one.await_part()
    one.heard(Opcode.TEXT, b"a", 1)
    one.give_up()
    one.ended(2)
    one.begin(part)
    assert part.taken == []


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "MOST_WAITING_BYTES", 10)
    monkeypatch.setattr(stage, "MOST_WAITING", 3)
    one, part = Stage(), Part()
    one.await_part()
    for payload in (b"12345678", b"123", b"1", b"2", b"3"):
        one.heard(Opcode.TEXT, payload, 1)
    one.begin(part)
    assert [payload for _, payload, _ in part.taken] == [b"12345678", b"1", b"2"]
