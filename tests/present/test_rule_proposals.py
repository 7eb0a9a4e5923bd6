"""What a rule that is made from a message does: it answers like the server did, or expects the same again."""

from __future__ import annotations

import pytest

from tests.present.test_rule_from_message import message
from tests.rules.running import OPEN, rule_set
from wsinspect.model import Direction, Message, Source
from wsinspect.present.rule_from_message import Purpose, rule_from
from wsinspect.rules.ruling import Failed, Inject, Ruling
from wsinspect.wire.decisions import Drop, Gathered


def ruling(rule: str, sent: Message, payload: bytes) -> Ruling:
    rules = rule_set(f"rules:\n{rule}").session(OPEN)
    assert rules is not None
    found = rules.judge(Gathered(sent.direction, 17, sent.opcode, payload, sent.time), sent.time, Source.PEER)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("payload", "other", "fails"),
    [
        (b'{"type":"price","id":7,"item":"kettle","amount":24.5,"at":1700000000123}', b'"id":8', False),
        (b'{"type":"price","id":7,"item":"kettle","amount":24.5,"at":1700000000123}', b'"amount":26', True),
        (b'{"type":"price","id":7,"item":"kettle","amount":24.5,"at":1700000000123}', b'"item":"lamp"', True),
        (b'{"type":"login","key":"a1b2c3d4e5f6","ok":true}', b'"key":"ffffffffffff"', False),
        (b'{"type":"login","key":"a1b2c3d4e5f6","ok":true}', b'"ok":false', True),
    ],
)
def test_a_rule_may_expect_what_a_message_says(payload: bytes, other: bytes, *, fails: bool) -> None:
    sent = message(payload)
    rule = rule_from(sent, OPEN, Purpose.EXPECT)
    key = other.partition(b":")[0]
    before, _, behind = payload.partition(key)
    changed = before + other + behind[behind.find(b",") if b"," in behind else -1 :]
    assert not any(isinstance(effect, Failed) for effect in ruling(rule, sent, payload).effects)
    assert any(isinstance(effect, Failed) for effect in ruling(rule, sent, changed).effects) is fails


@pytest.mark.parametrize(("payload", "opcode"), [(b"hello you", 1), (b"\x00\x01", 2), (b"12", 1)])
def test_what_is_no_document_is_expected_to_be_like_it(payload: bytes, opcode: int) -> None:
    sent = message(payload, opcode)
    rule = rule_from(sent, OPEN, Purpose.EXPECT)
    assert not any(isinstance(effect, Failed) for effect in ruling(rule, sent, payload).effects)


@pytest.mark.parametrize(
    ("asked", "answered", "next_asked", "said"),
    [
        (b'{"id":7,"method":"x"}', b'{"id":7,"ok":true}', b'{"id":8,"method":"x"}', b'{"id":8,"ok":true}'),
        (b'{"id":"a","method":"x"}', b'{"id": "a","ok":1}', b'{"id":"b","method":"x"}', b'{"id": "b","ok":1}'),
        (b'{"id":7,"method":"x"}', b'{"id":6}', b'{"id":8,"method":"x"}', b'{"id":6}'),
        (b'{"method":"x"}', b"{{ not a template", b'{"method":"x"}', b"{{ not a template"),
        (b'{"method":"x"}', b"\x1b[2J", b'{"method":"x"}', b"\x1b[2J"),
        (b'{"method":"x"}', b"\xff", b'{"method":"x"}', b"\xff"),
        (b'{"method":"x"}', None, b'{"method":"x"}', b"ok"),
    ],
)
def test_a_rule_may_answer_in_place_of_the_server(
    asked: bytes, answered: bytes | None, next_asked: bytes, said: bytes
) -> None:
    sent = message(asked, direction=Direction.C2S)
    reply = None if answered is None else message(answered)
    made = ruling(rule_from(sent, OPEN, Purpose.MOCK, reply), sent, next_asked)
    assert isinstance(made.decision, Drop)
    (inject,) = [effect for effect in made.effects if isinstance(effect, Inject)]
    assert inject.direction is Direction.S2C
    assert inject.frame.payload == said
