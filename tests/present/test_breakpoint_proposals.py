"""What is proposed can be asked of messages, and matches the one it was made from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.model import Carriage, Direction, Message, Session, SessionId, SessionState
from wsinspect.present.breakpoint_proposals import EVERYTHING, breakpoint_proposals
from wsinspect.query import Target, parse

SESSION = Session(SessionId(3), Carriage.DIRECT, SessionState.OPEN, "ws://shop.test/", 0, host="shop.test")


def message(payload: bytes, opcode: int = 1) -> Message:
    return Message(1, SessionId(3), 17, 0, 0, Direction.C2S, opcode, (1,), len(payload), len(payload), payload)


@pytest.mark.parametrize(
    ("listed", "first"),
    [
        ("ACME", '"ACME" and dir == c2s'),
        ("a or b", '("a" or "b") and dir == c2s'),
        ("size > 4k and dir == c2s", "size > 4k and dir == c2s"),
        ("size > 4k and x", 'size > 4k and "x" and dir == c2s'),
    ],
)
def test_what_a_person_has_filtered_by_is_likely_to_be_meant(listed: str, first: str) -> None:
    found = breakpoint_proposals(message(b"{}"), SESSION, parse(listed, Target.MESSAGE))
    assert found == [first, *breakpoint_proposals(message(b"{}"), SESSION)]
    parse(first, Target.MESSAGE)


@pytest.mark.parametrize(
    ("payload", "opcode", "first"),
    [
        (b'{"id": 7, "type": "order", "op": "x"}', 1, "json.$.type == order and dir == c2s"),
        (b'{"event": "a b\\u202e"}', 1, 'json.$.event == "a b\\u{202e}" and dir == c2s'),
        (b'{"type": 7, "op": ""}', 1, "session == 3 and dir == c2s"),
        (b"[1, 2]", 1, "session == 3 and dir == c2s"),
        (b"hello\nworld", 1, "text contains hello and dir == c2s"),
        (b"  \n ", 1, "session == 3 and dir == c2s"),
        (b"\x00\xff", 2, "session == 3 and dir == c2s"),
        (b"", 1, "session == 3 and dir == c2s"),
    ],
)
def test_what_says_its_sort_comes_first(payload: bytes, opcode: int, first: str) -> None:
    found = breakpoint_proposals(message(payload, opcode), SESSION)
    assert found[0] == first
    assert "session == 3" in found
    assert found[-1] == "host == shop.test and dir == c2s"
    assert breakpoint_proposals(message(payload, opcode), None) == found[:-1]


@given(st.binary(max_size=60) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")))
def test_every_proposal_is_a_filter(payload: bytes) -> None:
    for each in (*breakpoint_proposals(message(payload), SESSION), EVERYTHING):
        parse(each, Target.MESSAGE)
