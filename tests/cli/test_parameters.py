"""Arguments that commands share are read strictly and refused understandably."""

from __future__ import annotations

import math

import click
import pytest

from tests.cli.recording import CHAT, REFUSED
from wsinspect.cli.parameters import (
    FilterType,
    PayloadLimitType,
    RecordId,
    RecordIdType,
    SpeedType,
    only_session,
    sql_filter,
)
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


@pytest.mark.parametrize(("text", "speed"), [("2x", 2.0), ("0.5", 0.5), ("1000x", 1000.0)])
def test_speeds(text: str, speed: float) -> None:
    assert SpeedType(most=1000).convert(text, None, None) == speed
    assert SpeedType().convert(speed, None, None) == speed


@pytest.mark.parametrize(
    ("text", "most", "complaint"),
    [("0x", math.inf, "write 2x, 0.5x …$"), ("inf", math.inf, "no speed"), ("", 9, "no speed"), ("10x", 9, "up to 9x")],
)
def test_what_is_no_speed(text: str, most: float, complaint: str) -> None:
    with pytest.raises(click.BadParameter, match=complaint):
        SpeedType(most).convert(text, None, None)


def test_the_only_session_is_meant_where_none_is_named() -> None:
    assert only_session([CHAT]) == 1
    with pytest.raises(click.UsageError, match="no sessions"):
        only_session([])
    with pytest.raises(click.UsageError, match=r"choose one with --session \(1, 2\)"):
        only_session([CHAT, REFUSED])
