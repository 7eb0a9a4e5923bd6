"""Handshakes and closes are compared by what matters in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.replay.recordings import recorded
from wsinspect.model import Close, Session, SessionState
from wsinspect.replay.comparing.comparison import FieldChange, What
from wsinspect.replay.comparing.head_changes import head_changes

type Headers = Sequence[tuple[str, str]]


def session(request: Headers = (), response: Headers = (), target: str = "/") -> Session:
    return recorded(request=request, response=response, target=target).session


def told(old: Session, new: Session) -> list[tuple[str, object, object]]:
    return [(change.path, change.old, change.new) for change in head_changes(old, new)]


def test_what_is_made_for_each_connection_does_not_matter() -> None:
    one = session(
        [("Sec-WebSocket-Key", "a"), ("Cookie", "sid=1; x=2"), ("X-Request-Id", "1"), ("X-Forwarded-For", "::1")],
        [("Sec-WebSocket-Accept", "a"), ("Date", "now"), ("Set-Cookie", "sid=1; Path=/"), ("Server", "s")],
        "/a?t=PXa&token=0123456789abcdef0&room=7",
    )
    other = session(
        [("sec-websocket-key", "b"), ("cookie", "sid=2; x=3"), ("x-request-id", "2")],
        [("Sec-WebSocket-Accept", "b"), ("Date", "later"), ("Set-Cookie", "sid=2; Path=/b"), ("server", "s")],
        "/a?t=PXb&token=fedcba98765432100&room=7",
    )
    assert head_changes(one, replace(other, host="b.test", port=1)) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (([("Origin", "a")],), (), [("$.handshake.request.origin", "a", None)]),
        (([("Cookie", "a=1")],), ([("Cookie", "b=1")],), [("$.handshake.request.cookie", "a", "b")]),
        (((), [("X-A", "1"), ("X-A", "2")]), ((), [("X-A", "1")]), [("$.handshake.response['x-a']", "1, 2", "1")]),
        (((), (), "/a?b=1"), ((), (), "/c?b=2&d=3"), [
            ("$.handshake.request.path", "/a", "/c"), ("$.handshake.request.query.b", "1", "2"),
            ("$.handshake.request.query.d", None, "3"),
        ]),
        (
            ([("Sec-WebSocket-Protocol", "a, b")], [("Sec-WebSocket-Protocol", "a")]),
            ([("Sec-WebSocket-Protocol", "b")], [("Sec-WebSocket-Protocol", "b")]),
            [("$.handshake.request['sec-websocket-protocol']", "a, b", "b")],
        ),
    ],
)  # fmt: skip
def test_headers_and_targets_are_compared(
    old: tuple[Headers, ...], new: tuple[Headers, ...], found: list[tuple[str, object, object]]
) -> None:
    assert told(session(*old), session(*new)) == found  # type: ignore[arg-type]


def test_what_was_agreed_is_compared() -> None:
    one = replace(session(), subprotocol="chat", extensions="permessage-deflate; a=1; b")
    same = replace(one, extensions="permessage-deflate;b; a=1")
    other = replace(session(), status=200, extensions="permessage-deflate")
    assert head_changes(one, same) == []
    assert told(one, other) == [
        ("$.handshake.status", 101, 200),
        ("$.handshake.subprotocol", "chat", None),
        ("$.handshake.extensions", "a=1; b; permessage-deflate", "permessage-deflate"),
    ]


def test_how_it_ended_is_compared_where_both_have() -> None:
    closed = replace(session(), close=Close("client", 1000, "bye", clean=True))
    lost = replace(session(), close=None)
    other = replace(session(), close=Close("server", 1011, "", clean=False))
    assert head_changes(closed, closed) == []
    assert head_changes(closed, other) == [
        FieldChange("$.close.code", What.CHANGED, 1000, 1011),
        FieldChange("$.close.reason", What.REMOVED, "bye", None),
        FieldChange("$.close.by", What.CHANGED, "client", "server"),
    ]
    assert [change.what for change in head_changes(lost, closed)] == [What.ADDED] * 3
    assert head_changes(closed, replace(other, state=SessionState.OPEN)) == []


def test_a_refusal_is_a_difference_and_may_have_no_answer() -> None:
    failed = replace(session(), state=SessionState.FAILED, status=None, response=None, request=None, path=None)
    assert told(session(), failed) == [("$.handshake.state", "open", "failed"), ("$.handshake.status", 101, None)]
