"""What is read for a filter."""

from __future__ import annotations

import pytest

from wsinspect.query.needs import needs_payload, needs_session_alone
from wsinspect.query.nodes import Has
from wsinspect.query.parser import parse


@pytest.mark.parametrize(
    ("text", "payload", "session"),
    [
        ("needle", True, False),
        ("not (size > 3 and text ~ a)", True, False),
        ("json.$.a == 1 or size > 3", True, False),
        ("bytes contains a", True, False),
        ("size > 3", False, False),
        ("fields.x == 1 and has(sent)", False, False),
        ("opcode == ping", False, False),
        ("index in (1, 2) and frames == 3", False, False),
        ("host == a and size > 3", False, False),
        ("host == a and not session.request.headers.x == 1", False, True),
        ("session.note == a or has(listener)", False, True),
        ("note == a", False, False),
    ],
)
def test_filters(text: str, payload: bool, session: bool) -> None:
    assert (needs_payload(parse(text)), needs_session_alone(parse(text))) == (payload, session)


def test_an_unknown_field_needs_nothing() -> None:
    assert (needs_payload(Has("nope")), needs_session_alone(Has("nope"))) == (False, False)
