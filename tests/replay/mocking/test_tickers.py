"""What comes again and again by itself is told from answers and from steps to something."""

from __future__ import annotations

from tests.replay.recordings import Line, recorded
from wsinspect.model import Direction
from wsinspect.replay.mocking.cues import cues_of
from wsinspect.replay.mocking.tickers import OPENING, Ticker


def tickers(*lines: Line) -> list[Ticker]:
    return list(cues_of(recorded(*lines), Direction.S2C).tickers)


def test_a_ticker_begins_with_the_message_it_came_behind() -> None:
    (ticker,) = tickers("> go", "+500ms < tick", "+1000ms < tick", "> stop?", "+900ms < tick", "+1000ms < tick")
    assert [event.payload for event in ticker.events] == [b"tick"] * 4
    assert ticker.period_ns == 1_000_000_000
    assert (ticker.stopped, ticker.stopped_by) == (False, None)
    assert ticker.begins == {0: (0, 500_000_000), 3: (2, 900_000_000)}
    assert [ticker.gap_ns(position) // 1_000_000 for position in range(4)] == [1000, 1000, 1000, 1000]


def test_one_that_stopped_says_upon_what() -> None:
    ticks = ["+1000ms < tick"] * 3
    (ticker,) = tickers("> go", *ticks, "> off", "+9000ms > bye")
    assert (ticker.stopped, ticker.stopped_by) == (True, 4)
    (ticker,) = tickers(*ticks, "+9000ms << ping", "> bye")
    assert (ticker.stopped, ticker.stopped_by, ticker.begins) == (True, 4, {OPENING: (0, 1_000_000_000)})


def test_pings_are_a_rhythm_from_two_on() -> None:
    (ticker,) = tickers("> go", "+1000ms << ping", "< x", "+1000ms << ping")
    assert [event.opcode for event in ticker.events] == [9, 9]


def test_what_is_uneven_fast_or_rare_is_none() -> None:
    assert tickers("> go", "< tick", "+1000ms < tick", "+10ms < tick", "+5000ms < tick") == []
    assert tickers("> go", *["+1ms < tick"] * 9) == []
    assert tickers("> go", "+1000ms < tick", "+1000ms < tick") == []
    assert tickers("> go", "+1000ms << ping") == []


def test_answers_to_somebody_with_a_rhythm_are_none() -> None:
    assert tickers(*["+1000ms > poll", "+10ms < state"] * 5) == []


def test_steps_that_lead_to_something_are_none() -> None:
    assert tickers("> load", *["+1000ms < step"] * 4, "< done") == []
    assert len(tickers("> load", *["+1000ms < step"] * 4)) == 1
    assert len(tickers(*["+1000ms < step"] * 4, "< done")) == 1


def test_a_heartbeat_that_is_answered_is_one_though_each_comes_behind_the_answer_to_the_one_before() -> None:
    beats = ['+1000ms < {"type":"ping"}', '+5ms > {"type":"pong"}'] * 4
    (ticker,) = tickers('> {"type":"login"}', *beats)
    assert len(ticker.events) == 4
