"""Figures of a capture: counted right, in bounded memory."""

from __future__ import annotations

import math

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.formats.records import json_line
from wsinspect.model import Direction, Frame, Message, SessionId
from wsinspect.present.statistics import Distribution, Kind, Statistics, Tally, tally_record

MS = 1_000_000
C2S, S2C = Direction


def message(time_ms: int, direction: Direction = C2S, *, session: int = 1, size: int = 10, opcode: int = 1) -> Message:
    time = time_ms * MS
    return Message(1, SessionId(session), 1, time, time, direction, opcode, (1,), size, size + 2, b"")


def control(time_ms: int, direction: Direction, opcode: int, payload: bytes = b"x") -> Frame:
    header = bytes([0x80 | opcode, len(payload)])
    return Frame(SessionId(1), 1, time_ms * MS, direction, header, len(payload), payload)


@given(st.lists(st.floats(1e-6, 1e9) | st.just(0.0), min_size=1, max_size=200), st.sampled_from([1, 50, 90, 99, 100]))
def test_percentiles_are_right_to_a_few_percent(values: list[float], percent: int) -> None:
    distribution = Distribution()
    for value in values:
        distribution.add(value)
    exact = sorted(values)[max(math.ceil(len(values) * percent / 100), 1) - 1]
    assert distribution.percentile(percent) == pytest.approx(exact, rel=0.025)
    assert (distribution.least, distribution.most, distribution.count) == (min(values), max(values), len(values))
    assert distribution.mean == pytest.approx(sum(values) / len(values))


def test_a_distribution_stays_small() -> None:
    distribution = Distribution()
    for value in range(1, 20_000):
        distribution.add(value)
    assert len(distribution._buckets) < 500


def test_gaps_are_within_a_direction_and_turnarounds_across() -> None:
    statistics = Statistics()
    for item in (message(0), message(10), message(25, S2C), message(30), message(1000, session=2)):
        statistics.add_message(item)
    assert statistics.whole.messages == 5
    assert statistics.whole.gaps.count == 2
    assert statistics.whole.gaps.most == pytest.approx(0.020)
    assert statistics.whole.turnarounds.count == 2
    assert statistics.whole.turnarounds.most == pytest.approx(0.015)
    assert statistics.sessions[SessionId(2)].gaps.count == 0


def test_messages_are_grouped_by_session_and_by_kind() -> None:
    statistics = Statistics()
    for item in (message(0), message(1, S2C), message(2, opcode=2), message(3, session=2)):
        statistics.add_message(item)
    assert {session: tally.messages for session, tally in statistics.sessions.items()} == {1: 3, 2: 1}
    assert {kind: tally.messages for kind, tally in statistics.kinds.items()} == {
        Kind(C2S, 1): 2,
        Kind(S2C, 1): 1,
        Kind(C2S, 2): 1,
    }


def test_rates_are_over_the_time_from_first_to_last() -> None:
    tally = Tally()
    assert tally.rate is None
    tally.add(message(0), None, None)
    assert (tally.rate, tally.byte_rate) == (None, None)
    tally.add(message(500), None, None)
    assert [tally.rate, tally.byte_rate] == [2.0, 40.0]


def test_a_pong_is_timed_from_its_ping() -> None:
    statistics = Statistics()
    statistics.add_control(control(0, S2C, 9))
    statistics.add_control(control(1, S2C, 10))  # unasked: the same side
    statistics.add_control(control(2, C2S, 10, b"y"))  # unasked: another payload
    statistics.add_control(control(3, C2S, 8))
    statistics.add_control(control(7, C2S, 10))
    statistics.add_control(control(9, C2S, 10))  # a second pong answers nothing
    assert statistics.whole.pings.count == 1
    assert statistics.sessions[SessionId(1)].pings.most == pytest.approx(0.007)


def test_pings_that_nobody_answers_are_forgotten() -> None:
    statistics = Statistics()
    for number in range(1000):
        statistics.add_control(control(number, S2C, 9, str(number).encode()))
    statistics.add_control(control(2000, C2S, 10, b"0"))
    statistics.add_control(control(2000, C2S, 10, b"999"))
    assert statistics.whole.pings.count == 1


def test_the_json_form_leaves_out_what_there_is_none_of() -> None:
    assert tally_record(Tally()) == {"messages": 0, "bytes": 0, "wire_bytes": 0}
    statistics = Statistics()
    for item in (message(0, size=4), message(500, size=8)):
        statistics.add_message(item)
    assert orjson.loads(json_line(tally_record(statistics.whole))) == {
        "messages": 2,
        "bytes": 12,
        "wire_bytes": 16,
        "first": 0.0,
        "last": 0.5,
        "rate": 2.0,
        "byte_rate": 24.0,
        "size": {"count": 2, "min": 4, "mean": 6.0, "p50": 4, "p90": 8, "p99": 8, "max": 8},
        "gap_ms": {"count": 1, "min": 500.0, "mean": 500.0, "p50": 500.0, "p90": 500.0, "p99": 500.0, "max": 500.0},
    }
