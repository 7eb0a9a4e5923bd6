"""What may become of a message."""

from __future__ import annotations

import pytest

from wsinspect.wire.decisions import Modify


@pytest.mark.parametrize(
    ("change", "nothing"),
    [
        (Modify(b"same", 1), True),
        (Modify(b"same", 2), False),
        (Modify(b"other", 1), False),
        (Modify(b"same", 1, fragments=(2,)), False),
    ],
)
def test_only_the_same_message_in_the_same_frames_is_no_change(change: Modify, nothing: bool) -> None:
    assert change.changes_nothing(1, b"same") is nothing
