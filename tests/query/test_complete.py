"""Completion at the cursor."""

from __future__ import annotations

import pytest

from wsinspect.query.complete import complete
from wsinspect.query.target import Target


def at_end(text: str, target: Target = Target.MESSAGE) -> list[str]:
    return complete(text, len(text) + 1, target)


@pytest.mark.parametrize(
    ("text", "proposals"),
    [
        ("verd", ["verdict"]),
        ("subp", ["subprotocol"]),
        ("(no", ["number", "note", "not"][1:]),
        ("a and dela", ["delayed_ms"]),
        ("verdict == dr", ["dropped"]),
        ("verdict != ", ["forwarded", "recoded", "modified", "dropped", "not_sent", "too_large"]),
        ("verdict in (dropped, rec", ["recoded"]),
        ("verdict in (", ["forwarded", "recoded", "modified", "dropped", "not_sent", "too_large"]),
        ("compressed == ", ["true", "false"]),
        ("json.$.a == ", ["true", "false", "null"]),
        ("size ", ["==", "!=", "<", "<=", ">", ">=", "in (", "and", "or"]),
        ("verdict c", ["contains"]),
        ("size > 4 ", ["and", "or"]),
        ("size > 4", []),
        ("nope == ", []),
        ("foo a", ["and"]),
        ("'foo' ", ["and", "or"]),
        ("has(verd", ["verdict"]),
        ("has(session.clos", ["session.closed", "session.close", "session.close.by", "session.close.code",
         "session.close.reason", "session.close.clean"]),
        ("session.close ", ["and", "or"]),
        ("'open", []),
        ("path ~ '\\d", []),
        ("path ~ '\\d' o", ["or"]),
        ("(foo) ", ["and", "or"]),
        ("type == text and type == te", ["text"]),
        (", ", ["and", "or"]),
        ("host == '==' ", ["and", "or"]),
    ],
)  # fmt: skip
def test_proposals(text: str, proposals: list[str]) -> None:
    assert at_end(text) == proposals


def test_a_term_may_be_any_field_of_the_target() -> None:
    assert "opcode" in at_end("", Target.FRAME)
    assert "opcode" not in at_end("")
    assert {"not", "has("} <= set(at_end(""))
    # Nothing but has() can be asked of an object.
    assert "close" not in at_end("", Target.SESSION)
    assert "close" in at_end("has(", Target.SESSION)


def test_only_what_is_before_the_cursor_counts() -> None:
    assert complete("verd == dropped", 5, Target.MESSAGE) == ["verdict"]
    assert complete("", 1, Target.SESSION)[0] == "session"
