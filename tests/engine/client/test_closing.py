"""Who closed, and how a close is answered."""

from __future__ import annotations

import pytest

from wsinspect.engine.client.closing import ClosingHandshake, answer_to
from wsinspect.model import Close, Direction

C2S, S2C = Direction.C2S, Direction.S2C


def test_the_first_close_counts_and_the_other_makes_it_clean() -> None:
    closing = ClosingHandshake()
    assert closing.record is None
    assert closing.note(S2C, 4000, "why")
    assert closing.record == Close("server", 4000, "why", clean=False)
    assert not closing.note(S2C, 1000, "again")
    assert (closing.has(S2C), closing.has(C2S)) == (True, False)
    assert closing.note(C2S, 4001, "too")
    assert closing.record == Close("server", 4000, "why", clean=True)


def test_the_client_may_be_first() -> None:
    closing = ClosingHandshake()
    closing.note(C2S, None, None)
    assert closing.record == Close("client", None, None, clean=False)


@pytest.mark.parametrize(
    ("payload", "answer"),
    [(b"", b""), (b"\x0f\xa0bye", b"\x0f\xa0"), (b"\x03", b"\x03\xea"), (b"\x03\xed", b"\x03\xea")],
)
def test_answers(payload: bytes, answer: bytes) -> None:
    assert answer_to(payload) == answer
