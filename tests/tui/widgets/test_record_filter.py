"""A filter is asked of what it can be asked of: messages, control frames, or both."""

from __future__ import annotations

import pytest

from wsinspect.errors import FilterError
from wsinspect.query import Target, parse
from wsinspect.tui.widgets.record_filter import RecordFilter, record_filter


def test_no_filter_matches_all() -> None:
    assert record_filter(" ") == RecordFilter()


def test_what_both_have_is_asked_of_both() -> None:
    text = "size > 1k"
    assert record_filter(text) == RecordFilter(parse(text, Target.MESSAGE), parse(text, Target.FRAME))


def test_what_only_one_has_leaves_out_the_other() -> None:
    assert record_filter("type == text") == RecordFilter(parse("type == text", Target.MESSAGE), of_frames=False)
    assert record_filter("opcode == ping") == RecordFilter(
        frames=parse("opcode == ping", Target.FRAME), of_messages=False
    )


def test_what_neither_has_is_told_for_messages() -> None:
    with pytest.raises(FilterError, match="nothing"):
        record_filter("nothing == 1")
