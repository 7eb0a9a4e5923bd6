"""Bars are as high as messages were many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.growing import Growing, new_message, new_session
from wsinspect.model import SessionState
from wsinspect.store.activity import activity
from wsinspect.store.reader import CaptureReader


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[Growing]:
    with closing(Growing(tmp_path / "a.wsi")) as capture:
        yield capture


def record(capture: Growing, times: Sequence[int], *, opened: int = 0, closed: int | None = None) -> None:
    state = SessionState.CLOSED if closed is not None else SessionState.FAILED
    capture.commit(
        new_session(1, state, opened=opened, closed=closed),
        *(new_message(number, 1, number, number, time=time) for number, time in enumerate(times, 1)),
    )


def test_few_messages_are_counted(growing: Growing) -> None:
    record(growing, [5, 6, 35, 99], closed=100)
    with CaptureReader(growing.path) as reader:
        assert activity(reader, 1, 4) == [1.0, 0.5, 0.0, 0.5]
        assert activity(reader, 1, 1) == [1.0]
        assert activity(reader, 2, 4) == []


def test_a_session_without_messages_has_none(growing: Growing) -> None:
    record(growing, [], closed=100)
    with CaptureReader(growing.path) as reader:
        assert activity(reader, 1, 4) == []


def test_many_messages_are_estimated(growing: Growing) -> None:
    fast, slow = range(0, 10_000, 10), range(10_000, 30_000, 100)
    record(growing, [*fast, *slow, *range(30_000, 40_000, 20)], closed=40_000)
    with CaptureReader(growing.path) as reader:
        assert activity(reader, 1, 8) == pytest.approx([1, 1, 0.1, 0.1, 0.1, 0.1, 0.5, 0.5], abs=0.1)


def test_an_open_session_lives_until_now_or_its_last_message(growing: Growing) -> None:
    record(growing, [0, 10, 20, 30, 40])
    with CaptureReader(growing.path) as reader:
        assert activity(reader, 1, 2, until=400) == [1.0, 0.0]
        assert activity(reader, 1, 2, until=5) == activity(reader, 1, 2) == [pytest.approx(2 / 3), 1.0]


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=40), st.integers(-60, 60), st.integers(1, 9))
def test_any_times_make_bars(
    tmp_path_factory: pytest.TempPathFactory, times: list[int], closed: int, buckets: int
) -> None:
    with closing(Growing(tmp_path_factory.mktemp("activity") / "a.wsi")) as capture:
        record(capture, times, closed=closed)
        with CaptureReader(capture.path) as reader:
            bars = activity(reader, 1, buckets)
    assert len(bars) == buckets
    assert max(bars) == 1.0
    assert min(bars) >= 0.0
