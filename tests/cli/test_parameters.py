"""Arguments that commands share are read strictly and refused understandably."""

from __future__ import annotations

import click
import pytest

from wsinspect.cli.parameters import FilterType, PayloadLimitType, RecordId, RecordIdType, sql_filter
from wsinspect.errors import FilterError
from wsinspect.model import SessionId

S3 = SessionId(3)


@pytest.mark.parametrize(
    ("text", "record"),
    [("3", RecordId(S3)), ("3.17", RecordId(S3, message=17)), ("3.f45", RecordId(S3, frame=45))],
)
def test_ids(text: str, record: RecordId) -> None:
    assert RecordIdType().convert(text, None, None) == record
    assert str(record) == text
    assert RecordIdType().convert(record, None, None) is record


@pytest.mark.parametrize("text", ["", "0", "x", "3.", "3.f", "3.0", "-1", "3.17.1", "f45", "\u0663", "9" * 30, "3 "])
def test_what_is_no_id(text: str) -> None:
    with pytest.raises(click.BadParameter, match=r"3\.17 a message"):
        RecordIdType().convert(text, None, None)


@pytest.mark.parametrize(("text", "limit"), [("full", -1), ("0", 0), ("4096", 4096)])
def test_payload_limits(text: str, limit: int) -> None:
    assert PayloadLimitType().convert(text, None, None) == limit


@pytest.mark.parametrize("text", ["-1", "some", ""])
def test_what_is_no_payload_limit(text: str) -> None:
    with pytest.raises(click.BadParameter, match="neither 'full' nor a number"):
        PayloadLimitType().convert(text, None, None)


def test_a_filter_is_read_for_what_it_is_asked_of() -> None:
    condition = FilterType("message").convert("size > 4k", None, None)
    assert condition == sql_filter("size > 4000", "message")
    assert FilterType("message").convert(condition, None, None) is condition


def test_a_filter_that_cannot_be_read_is_a_filter_error() -> None:
    with pytest.raises(FilterError):
        FilterType("session").convert("size >", None, None)
