"""How long things wait, and what they are when they do."""

from __future__ import annotations

import pytest

from wsinspect.model import Source, Verdict
from wsinspect.wire.decisions import Decision, Drop, Forward, Hold, Modify, Plan
from wsinspect.wire.sending import Injection
from wsinspect.wire.spill import Depot, Kept, Pile
from wsinspect.wire.waiting import (
    ArrivingMessage,
    OurFrames,
    OutsideFrame,
    SkippedMessage,
    WaitingMessage,
    frames_behind,
    waits,
)
from wsinspect.wire.writing import Envelope

ENVELOPE = Envelope(1, 1, 1, compressed=False)
FORWARD = Forward()


def message(plan: Plan, *, since: int = 10) -> WaitingMessage:
    depot = Depot(None, 0)
    return WaitingMessage(ENVELOPE, plan, Kept(depot, b"raw"), Kept(depot, b"payload"), since, judged=True)


@pytest.mark.parametrize(
    ("plan", "until"),
    [
        (Plan(FORWARD), 0),
        (Plan(FORWARD, not_before=20), 20),
        (Plan(FORWARD, behind=1), None),
        (Plan(FORWARD, behind=1, not_before=20), 20),
        (Plan(Hold()), None),
        (Plan(Hold(), not_before=20), None),
    ],
)
def test_a_message_waits_for_its_time_for_others_or_for_a_decision(plan: Plan, until: int | None) -> None:
    for now in (0, 19, 20, 1 << 62):
        assert waits(plan, now) is (until is None or now < until)
        assert message(plan).waits(now) is waits(plan, now)


def test_what_is_on_record_has_only_its_turn() -> None:
    held = message(Plan(Hold()))
    held.reported = True
    assert not held.waits(0)
    assert list(held.as_it_came()) == []


def test_it_is_overtaken_until_its_count_is_down() -> None:
    moved = message(Plan(FORWARD, behind=2, not_before=99))
    assert moved.is_to_be_overtaken
    moved.overtaken()
    assert moved.waits(0)
    moved.overtaken()
    assert not moved.waits(0)
    assert not moved.is_to_be_overtaken
    assert not message(Plan(Hold(), behind=2)).is_to_be_overtaken


@pytest.mark.parametrize(("outcome", "opcode"), [(FORWARD, 1), (Modify(b"", 2), 2)])
def test_it_goes_as_what_it_was_made(outcome: Forward | Modify, opcode: int) -> None:
    assert message(Plan(outcome)).opcode == opcode


def test_times() -> None:
    held = message(Plan(Hold()))
    assert held.waited(15) == (5, None)
    delayed = message(Plan(FORWARD, not_before=30))
    delayed.held_ns = 3
    assert delayed.waited(20) == (3, 10)
    assert delayed.waited(50) == (3, 20)
    assert message(Plan(FORWARD, not_before=5)).waited(50) == (None, None)
    moved = message(Plan(FORWARD, behind=1))
    moved.aside_since = 12
    assert moved.waited(20) == (None, 8)
    moved.stop_waiting(15)
    assert moved.waited(20) == (None, 3)
    assert not moved.waits(15)


def test_everything_knows_how_it_came() -> None:
    depot = Depot(None, 0)
    arriving = ArrivingMessage(ENVELOPE, Pile(depot), Pile(depot), Verdict.TOO_LARGE)
    arriving.raw.append(b"raw")
    frame = OutsideFrame(1, b"\x88\x00", b"", b"")
    items = (message(Plan(FORWARD)), arriving, frame, OurFrames([], injected=True), SkippedMessage(ENVELOPE))
    assert [b"".join(item.as_it_came()) for item in items] == [b"raw", b"raw", b"\x88\x00", b"", b""]
    assert frame.opcode == 8
    assert depot.bytes == 3
    arriving.drop()
    assert depot.bytes == 0


@pytest.mark.parametrize(
    ("outcome", "source"), [(FORWARD, Source.RULE), (Modify(b"", 2, Source.USER), Source.USER), (Drop(), None)]
)
def test_copies_go_before_what_else_follows(outcome: Decision, source: Source | None) -> None:
    assert not isinstance(outcome, Plan)
    ping = Injection(9, b"")
    copy = [] if source is None else [Injection(2, b"payload", source=source)] * 2
    assert frames_behind(Plan(outcome, copies=2, then=(ping,)), b"payload", 2) == [*copy, ping]
    assert frames_behind(Plan(outcome), b"payload", 2) == []
