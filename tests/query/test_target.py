"""The names of what filters are asked of."""

from __future__ import annotations

from wsinspect.query.target import Target


def test_values_are_the_words_for_records() -> None:
    assert [target.value for target in Target] == ["session", "message", "frame"]
