"""Replies that came much sooner or later are found, whoever says what answers what."""

from __future__ import annotations

from tests.replay.recordings import recorded
from wsinspect.replay.comparing.comparison import Shift, Tolerance
from wsinspect.replay.comparing.latencies import shifts

MS = 1_000_000
OLD = recorded("> a", "+100ms < b", "+100ms < c", "+100ms > d", "+10ms < e").events


def test_what_the_server_says_first_after_the_client_is_a_reply() -> None:
    new = recorded("> a", "+400ms < b", "+900ms < c", "+100ms > d", "+20ms < e").events
    found = shifts(OLD, new, {place: place for place in range(5)}, ({}, {}), Tolerance())
    assert found == {1: Shift(100 * MS, 400 * MS)}


def test_a_reply_that_names_its_request_is_one_wherever_it_is() -> None:
    new = recorded("> a", "+100ms < b", "+900ms < c", "+100ms > d", "+20ms < e").events
    found = shifts(OLD, new, {place: place for place in range(5)}, ({2: 0}, {2: 0}), Tolerance())
    assert found == {2: Shift(200 * MS, 1000 * MS)}


def test_only_what_answers_the_same_in_both_is_compared() -> None:
    new = recorded("> a", "> d", "+900ms < b").events
    assert shifts(OLD, new, {0: 0, 1: 2}, ({}, {}), Tolerance()) == {}
    assert shifts(OLD, new, {0: 0}, ({}, {}), Tolerance()) == {}
    assert shifts(OLD, recorded("> a", "> d", "< x", "< b").events, {0: 0, 1: 3}, ({}, {}), Tolerance()) == {}


def test_both_the_share_and_the_least_are_exceeded() -> None:
    new = recorded("> a", "+160ms < b").events
    pairs = {0: 0, 1: 1}
    assert shifts(OLD, new, pairs, ({}, {}), Tolerance(0.5, 50 * MS)) == {1: Shift(100 * MS, 160 * MS)}
    assert shifts(OLD, new, pairs, ({}, {}), Tolerance(0.7, 50 * MS)) == {}
    assert shifts(OLD, new, pairs, ({}, {}), Tolerance(0.5, 60 * MS)) == {}
    assert shifts(new, OLD, pairs, ({}, {}), Tolerance(0.5, 50 * MS)) == {1: Shift(160 * MS, 100 * MS)}
