"""How a connection ended, in words."""

from __future__ import annotations

import pytest

from wsinspect.cli.send_happenings import Over
from wsinspect.model import Close, End


@pytest.mark.parametrize(
    ("close", "lost"),
    [
        (None, True),
        (Close("server", None, None, clean=False), True),
        (Close("server", None, None, clean=True), False),
        (Close("server", 1001, "", clean=False), False),
    ],
)
def test_what_is_a_loss(close: Close | None, lost: bool) -> None:
    assert Over(close, 0, asked=False).lost is lost


@pytest.mark.parametrize(("end", "words"), [(End.RESET, ": it was reset"), (End.PROXY, ""), (None, "")])
def test_a_loss_in_words(end: End | None, words: str) -> None:
    assert Over(None, 0, asked=False, end=end).loss == f"the connection was lost without a close{words}"
