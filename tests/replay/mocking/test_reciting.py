"""In sequence, each event goes once as many messages came as before it, whatever they are."""

from __future__ import annotations

from tests.replay.recordings import T0, recorded
from wsinspect.model import Direction
from wsinspect.replay.mocking.cues import cues_of
from wsinspect.replay.mocking.reciting import Reciting
from wsinspect.replay.performing import SendClose, SendMessage
from wsinspect.replay.recording import Event, Recording
from wsinspect.wire.opcodes import Opcode


class Plain:
    """Changes nothing."""

    def __init__(self) -> None:
        self.taken: list[tuple[int, bytes]] = []

    def heard(self, event: Event, opcode: int, payload: bytes) -> None:
        self.taken.append((event.index, payload))

    def written(self, event: Event, now: int) -> bytes:
        return event.payload


def reciting(recording: Recording, *, loop: bool = False) -> Reciting:
    return Reciting(cues_of(recording, Direction.S2C), Plain(), loop=loop)


def said(performer: Reciting, *heard: str, now: int = T0) -> list[str]:
    for text in heard:
        performer.heard(Opcode.TEXT, text.encode(), now)
    found = []
    while (act := performer.next(now)) is not None:
        assert isinstance(act, SendMessage | SendClose)
        found.append(act.payload.decode() if isinstance(act, SendMessage) else f"close {act.code}")
    return found


def test_only_the_number_of_messages_matters() -> None:
    performer = reciting(recorded("< hi", "> a", "> b", "< c", "< d", "> e", "<< close 1000", ">> close 1000"))
    assert said(performer) == ["hi"]
    assert said(performer, "x") == []
    assert said(performer, "y") == ["c", "d"]
    assert said(performer, "z") == ["close 1000"]
    assert said(performer, "more") == []
    assert (performer.matched, performer.unmatched) == (3, 1)
    assert performer.wake_at is None


def test_values_are_told_which_message_one_stands_for() -> None:
    values = Plain()
    performer = Reciting(cues_of(recorded("> a", "< b", "> c"), Direction.S2C), values)
    said(performer, "x", "y", "z")
    assert values.taken == [(0, b"x"), (2, b"y")]


def test_a_loop_begins_again_behind_the_opening() -> None:
    performer = reciting(recorded("< hi", "> a", "< b", "<< close"), loop=True)
    assert said(performer) == ["hi"]
    assert [said(performer, "x") for _ in range(3)] == [["b"], ["b"], ["b"]]
    silent = reciting(recorded("< hi"), loop=True)
    assert said(silent, "x") == ["hi"]
    assert silent.unmatched == 1


MS = 1_000_000
CHAT = ("< hi", "> join", '> {"do":"x","id":2}', "< welcome", '< {"id":2,"result":1}', "< joined", "> say", "< said")


def test_who_waits_within_a_burst_hears_what_came_behind_it_once() -> None:
    performer = reciting(recorded(*CHAT))
    assert said(performer) == ["hi"]
    assert said(performer, "join") == []
    assert performer.wake_at == T0 + 200 * MS
    assert said(performer, now=T0 + 199 * MS) == []
    assert said(performer, now=T0 + 200 * MS) == ["welcome", "joined"]
    assert performer.wake_at is None
    assert said(performer, "do", now=T0 + 300 * MS) == ['{"id":2,"result":1}']
    assert performer.wake_at is None
    assert said(performer, "say") == ["said"]


def test_nothing_goes_before_a_burst_begins_and_a_whole_one_waits_for_nothing() -> None:
    performer = reciting(recorded("> a", "< b", "> c", "> d", "< e"))
    assert said(performer, "a") == ["b"]
    assert performer.wake_at is None
    assert said(performer, "c", "d") == ["e"]
    assert performer.wake_at is None
    assert said(performer, now=T0 + 10_000 * MS) == []


def test_a_reply_to_what_has_come_does_not_wait_for_the_rest() -> None:
    performer = reciting(recorded('> {"do":"x","id":1}', "> b", '< {"id":1,"result":1}', "< c"))
    assert said(performer, "x") == []
    assert said(performer, now=T0 + 200 * MS) == ['{"id":1,"result":1}', "c"]


def test_a_burst_is_waited_for_beside_the_heartbeat_and_again_in_a_loop() -> None:
    performer = reciting(recorded('< 0{"pingInterval":150}', "> a", "> b", "< c"), loop=True)
    said(performer)
    for start in (T0, T0 + 300 * MS):
        assert said(performer, "a", now=start) == []
        assert performer.wake_at is not None
        assert performer.wake_at == T0 + 150 * MS if start == T0 else start + 150 * MS
        assert said(performer, now=start + 150 * MS) == ["2"]
        assert performer.wake_at == start + 200 * MS
        assert said(performer, now=start + 200 * MS) == ["c"]
        assert said(performer, "b", now=start + 299 * MS) == []
        said(performer, now=start + 300 * MS)


def test_a_close_that_a_loop_leaves_out_is_not_waited_for() -> None:
    performer = reciting(
        recorded('> {"do":"x","id":1}', '> {"do":"y","id":2}', '< {"id":2,"result":1}', "<< close"), loop=True
    )
    assert said(performer, "x") == []
    assert said(performer, now=T0 + 200 * MS) == []
    assert said(performer, "y", now=T0 + 200 * MS) == ['{"id":2,"result":1}']


def test_the_heartbeat_is_kept_beside_it() -> None:
    performer = reciting(recorded('< 0{"pingInterval":300}', "> 40", "< 41"))
    assert said(performer) == ['0{"pingInterval":300}']
    assert performer.wake_at == T0 + 300_000_000
    assert said(performer, "2", now=T0 + 300_000_000) == ["3", "2"]
    assert said(performer, "3", "40", now=T0 + 400_000_000) == ["41"]


def test_who_closes_or_goes_hears_nothing_more() -> None:
    for end in ("close", "end"):
        performer = reciting(recorded("> a", "< b"))
        performer.heard_control(Opcode.PONG, b"", T0)
        if end == "close":
            performer.heard_control(Opcode.CLOSE, b"", T0)
        else:
            performer.ended(T0)
        assert said(performer, "a") == []
