"""Requests and replies find each other, and what merely has the same number does not."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from wsinspect.decode.pairing import Matcher

C, S = 0, 1
type Said = tuple[int, object]


def matched(conversation: Sequence[Said]) -> list[tuple[int, int]]:
    """Pair a conversation: the places of requests and of their replies, from 0."""
    matcher = Matcher()
    found = []
    for place, (direction, document) in enumerate(conversation):
        pair = matcher.take(place, direction, place * 10, json.dumps(document).encode())
        if pair is not None:
            assert pair[1] == (place - pair[0]) * 10
            found.append((pair[0], place))
    return found


@pytest.mark.parametrize(
    ("conversation", "pairs"),
    [
        # JSON-RPC, out of order, with notifications and both sides asking by the same numbers.
        (
            [
                (C, {"id": 1, "method": "a"}), (C, {"id": 2, "method": "b"}), (S, {"method": "note"}),
                (S, {"id": 1, "method": "c"}), (S, {"id": 2, "result": 4}), (C, {"id": 1, "result": 5}),
                (S, {"id": 1, "error": {}}), (S, {"id": 1, "result": "again"}),
            ],
            [(1, 4), (3, 5), (0, 6)],
        ),
        # What is answered has another name.
        ([(C, {"id": 9, "say": "hi"}), (S, {"ack": 9})], [(0, 1)]),
        ([(C, {"seq": 1}), (S, {"seq": 1, "ack": 1}), (C, {"seq": 2, "ack": 1})], [(0, 1), (1, 2)]),
        # Words for it.
        ([(C, {"type": "req", "requestId": "x"}), (S, {"type": "res", "requestId": "x"})], [(0, 1)]),
        (
            [(C, {"op": "subscribe", "id": 1}), (S, {"op": "price", "id": 1}), (S, {"op": "subscribed", "id": 1})],
            [(0, 2)],
        ),
        ([(C, {"action": "get", "id": 1}), (S, {"action": "getResult", "id": 1})], [(0, 1)]),
        ([(C, {"type": "get", "params": 1, "id": 1}), (S, {"type": "get", "id": 1, "is": 4})], [(0, 1)]),
        # A field of requests alone is enough; a number is not.
        ([(C, {"correlation_id": "x", "a": 1}), (S, {"correlationId": "x", "b": 2})], [(0, 1)]),
        ([(C, {"correlationId": "x", "type": "a"}), (S, {"correlationId": "x", "type": "b"})], [(0, 1)]),
        ([(C, {"id": 5, "type": "chat"}), (S, {"id": 5, "type": "chat"})], []),
        ([(C, {"id": 5}), (S, {"id": 5})], []),
        ([(C, {"id": 5, "method": "a"}), (S, {"id": 5, "event": "price"}), (S, {"id": 5, "data": 1})], [(0, 2)]),
        # The same direction, another value, another type, another name, a reply to a reply.
        ([(C, {"id": 5, "method": "a"}), (C, {"id": 5, "result": 1})], []),
        ([(C, {"id": 5, "method": "a"}), (S, {"id": 6, "result": 1}), (S, {"id": "5", "result": 1})], []),
        ([(C, {"id": 5, "method": "a"}), (S, {"ref": 5, "result": 1})], []),
        ([(C, {"id": 5, "result": 1}), (S, {"id": 5, "result": 1})], []),
        # The newest of the same number.
        ([(C, {"id": 5, "method": "a"}), (C, {"id": 5, "method": "b"}), (S, {"id": 5, "result": 1})], [(1, 2)]),
        # A head of its own.
        ([(C, {"header": {"id": 1}, "method": "a"}), (S, {"header": {"id": 1}, "body": {}})], [(0, 1)]),
        # Arrays.
        (
            [(C, ["1", "2", "t", "join", {}]), (S, ["1", None, "t", "x", {}]), (S, ["1", "2", "t", "phx_reply", {}])],
            [(0, 2)],
        ),
        (
            [(C, [2, "a", "Boot", {}]), (S, [2, "a", "Reset", {}]), (C, [3, "a", {}]), (S, [4, "a", "no"])],
            [(1, 2), (0, 3)],
        ),
        ([(C, [48, 1, {}, "p"]), (C, [32, 1, {}, "t"]), (S, [33, 1, 5]), (S, [8, 48, 1, {}])], [(1, 2), (0, 3)]),
    ],
)  # fmt: skip
def test_conversations(conversation: list[Said], pairs: list[tuple[int, int]]) -> None:
    assert matched(conversation) == pairs
    assert matched([(1 - direction, document) for direction, document in conversation]) == pairs


def test_requests_without_a_reply_are_forgotten_in_the_end() -> None:
    asked: list[Said] = [(C, {"id": number, "method": "a"}) for number in range(9000)]
    assert matched([*asked, (S, {"id": 0, "result": 1}), (S, {"id": 8999, "result": 1})]) == [(8999, 9001)]
