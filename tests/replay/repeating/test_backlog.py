"""What is heard reaches a performer in portions."""

from __future__ import annotations

from wsinspect.replay.performing import Act, SendClose
from wsinspect.replay.repeating.backlog import AT_ONCE, Backlog

NOW = 1_700_000_000_000_000_000


class Listener:
    answers_pings = True
    wake_at: int | None = None

    def __init__(self) -> None:
        self.told: list[str] = []

    def next(self, now: int) -> Act | None:
        self.wake_at = now + 1
        return SendClose(1000)

    def heard(self, opcode: int, payload: bytes, now: int) -> None:
        self.told.append(payload.decode())

    def heard_control(self, opcode: int, payload: bytes, now: int) -> None:
        self.told.append("control")

    def ended(self, now: int) -> None:
        self.told.append("end")


def test_what_is_too_much_waits_in_its_order() -> None:
    listener, full = Listener(), list[int]()
    backlog = Backlog(listener, lambda: full.append(len(listener.told)))
    for number in range(AT_ONCE + 2):
        backlog.heard(1, str(number).encode(), NOW)
    backlog.heard_control(8, b"", NOW)
    backlog.ended(NOW)
    assert len(listener.told) == AT_ONCE
    assert full == [AT_ONCE]
    assert not backlog.go_on(3)
    assert listener.told[AT_ONCE:] == [str(AT_ONCE), str(AT_ONCE + 1), "control"]
    backlog.heard(1, b"late", NOW)
    assert backlog.go_on(3)
    assert listener.told[-2:] == ["end", "late"]
    backlog.heard(1, b"at once", NOW)
    assert listener.told[-1] == "at once"
    assert full == [AT_ONCE]


def test_acts_are_those_of_the_performer() -> None:
    backlog = Backlog(Listener(), lambda: None)
    assert backlog.answers_pings
    assert backlog.wake_at is None
    assert backlog.next(NOW) == SendClose(1000)
    assert backlog.wake_at == NOW + 1
