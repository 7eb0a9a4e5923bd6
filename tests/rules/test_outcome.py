"""From turns to rulings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.rules.running import C2S, REQUEST, S2C, START_NS, turn_of
from wsinspect.rules.outcome import BAD_GATEWAY, control_ruling, event_ruling, handshake_ruling, message_ruling
from wsinspect.rules.ruling import Abort, AddTag, CloseSession, Hit, Inject, MockAnswer, Rejection
from wsinspect.wire.decisions import Decision, Drop, Forward, Hold, Modify, Plan
from wsinspect.wire.sending import Injection

FRAME = Injection(1, b"x")
HIT = Hit("r", "tag")


@pytest.mark.parametrize(
    ("fields", "decision"),
    [
        ({}, Forward()),
        ({"changed": True}, Forward()),
        ({"changed": True, "payload": b"new"}, Modify(b"new", 1)),
        ({"changed": True, "opcode": 2}, Modify(b"hello", 2)),
        ({"fragments": (1, 2)}, Modify(b"hello", 1, fragments=(1, 2))),
        ({"dropped": True}, Drop()),
        ({"dropped": True, "held": True, "changed": True, "payload": b"new"}, Drop()),
        ({"held": True}, Hold()),
        ({"held": True, "changed": True, "payload": b"new"}, Hold(Modify(b"new", 1))),
        ({"not_before": 5}, Plan(Forward(), not_before=5)),
        ({"behind": 2, "not_before": 5}, Plan(Forward(), 5, 2)),
        ({"copies": 3}, Plan(Forward(), copies=3)),
        ({"then": [FRAME], "dropped": True}, Plan(Drop(), then=(FRAME,))),
        ({"held": True, "not_before": 5}, Plan(Hold(), 5)),
    ],
)
def test_a_message(fields: dict[str, Any], decision: Decision) -> None:
    ruling = message_ruling(turn_of(**fields, hits=[HIT]), [Hit("e", "match")], b"hello", 1)
    assert ruling.decision == decision
    assert (ruling.hits, ruling.errors) == ([HIT], [Hit("e", "match")])


def test_what_follows_a_control_frame_is_an_effect() -> None:
    turn = turn_of(b"new", opcode=9, changed=True, then=[FRAME], hits=[HIT], not_before=7, held=True)
    turn.effects = [AddTag("r", "t")]
    ruling = control_ruling(turn, [], b"ping")
    assert ruling.decision == Modify(b"new", 9)
    assert ruling.effects == [AddTag("r", "t"), Inject("r", C2S, FRAME)]


def test_another_event_is_not_decided_on() -> None:
    turn = turn_of(dropped=True, effects=[Abort("r")], direction=None)
    ruling = event_ruling(turn, [])
    assert (ruling.decision, ruling.effects) == (Forward(), [Abort("r")])


def test_a_head_that_stays() -> None:
    ruling = handshake_ruling(turn_of(head=replace(REQUEST), hits=[HIT]), [], REQUEST)
    assert (ruling.head, ruling.changed, ruling.hits, ruling.delay_ns) == (REQUEST, False, [HIT], 0)


def test_a_head_that_is_changed_and_goes_elsewhere_later() -> None:
    head = replace(REQUEST, target="/x")
    mock = MockAnswer(None, ())
    turn = turn_of(head=head, remote="ws://b.test", keep_host=True, mock=mock, not_before=START_NS + 7)
    ruling = handshake_ruling(turn, [], REQUEST)
    assert (ruling.head, ruling.changed, ruling.remote, ruling.keep_host) == (head, True, "ws://b.test", True)
    assert (ruling.mock, ruling.delay_ns, ruling.abort, ruling.reject) == (mock, 7, False, None)


def test_a_handshake_that_ends() -> None:
    effects = [Abort("r"), AddTag("r", "t"), CloseSession("r", (C2S, S2C), 1000, "")]
    rejection = Rejection(403, (), b"")
    ruling = handshake_ruling(turn_of(head=REQUEST, effects=effects, reject=rejection), [], REQUEST)
    assert (ruling.abort, ruling.effects, ruling.reject) == (True, [AddTag("r", "t")], rejection)
    assert handshake_ruling(turn_of(head=REQUEST, dropped=True), [], REQUEST).reject == BAD_GATEWAY
