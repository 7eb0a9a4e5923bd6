"""What is odd is told, the oddest first; what is as with the unchanged message is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wsinspect.replay.fuzz.judging import Judge, Oddity
from wsinspect.replay.fuzz.outcome import Fate, Outcome, Reply
from wsinspect.replay.fuzz.variation import Expected, Variation

MS = 1_000_000


def reply(payload: bytes = b'{"type":"answer","n":1}', delay: int = 3 * MS) -> Reply:
    return Reply.of(1, payload, delay)


FINE = Outcome(0, Fate.OPEN, (reply(),), sent_bytes=20)
JUDGE = Judge([FINE] * 3)


def variation(expected: Expected = Expected.ANSWER, marks: tuple[bytes, ...] = (), proof: bytes = b"") -> Variation:
    return Variation("m", "", "x", lambda _: (), expected, marks, proof)


def odd(outcome: Outcome, one: Variation | None = None, judge: Judge = JUDGE) -> list[Oddity]:
    return [anomaly.oddity for anomaly in judge.seen(one or variation(), outcome)]


def closed(code: int | None, reason: str = "") -> Outcome:
    return Outcome(1, Fate.CLOSED, close_code=code, close_reason=reason)


SILENT = Outcome(1, Fate.OPEN, answers_pings=True)
DEAD = Outcome(1, Fate.OPEN, answers_pings=False)
LOST = Outcome(1, Fate.LOST)


@pytest.mark.parametrize(
    ("expected", "outcome", "oddities"),
    [
        (Expected.ANSWER, FINE, []),
        (Expected.ANSWER, LOST, [Oddity.LOST]),
        (Expected.ANSWER, closed(1011), [Oddity.CLOSED]),
        (Expected.ANSWER, closed(None), [Oddity.CLOSED]),
        (Expected.ANSWER, closed(1008), [Oddity.REFUSED]),
        (Expected.ANSWER, closed(4401), [Oddity.REFUSED]),
        (Expected.ANSWER, SILENT, [Oddity.NO_REPLY]),
        (Expected.ANSWER, DEAD, [Oddity.HUNG]),
        (Expected.REFUSAL, FINE, [Oddity.TOLERATED]),
        (Expected.REFUSAL, SILENT, [Oddity.TOLERATED]),
        (Expected.REFUSAL, LOST, []),
        (Expected.REFUSAL, closed(1002), []),
        (Expected.REFUSAL, closed(1011), [Oddity.CLOSED]),
        (Expected.CLOSING, closed(4999), []),
        (Expected.CLOSING, SILENT, [Oddity.TOLERATED]),
        (Expected.SILENCE, DEAD, []),
        (Expected.SILENCE, closed(1011), [Oddity.CLOSED]),
        (Expected.ANYTHING, DEAD, []),
        (Expected.ANYTHING, closed(1009), []),
    ],
)
def test_the_end_is_judged_by_what_was_to_be_expected(
    expected: Expected, outcome: Outcome, oddities: list[Oddity]
) -> None:
    assert odd(outcome, variation(expected)) == oddities


def test_what_the_unchanged_message_leads_to_is_not_odd() -> None:
    judge = Judge([replace(closed(4000), number=0), replace(LOST, number=0), replace(DEAD, number=0)])
    for outcome in (closed(4000), LOST, DEAD, SILENT):
        assert odd(outcome, judge=judge) == []
    assert odd(closed(4001), judge=judge) == [Oddity.REFUSED]


@pytest.mark.parametrize("fate", [Fate.NO_CONNECTION, Fate.NO_SETUP, Fate.UNWRITABLE])
def test_what_was_not_sent_is_not_odd(fate: Fate) -> None:
    assert odd(Outcome(1, fate)) == []


def answering(payload: bytes) -> Outcome:
    return replace(FINE, number=1, replies=(reply(payload),))


def test_words_of_errors_are_odd_unless_they_were_there_before() -> None:
    broken = answering(b'{"type":"answer","n":"TypeError: oops"}')
    (anomaly, *_) = JUDGE.seen(variation(), broken)
    assert anomaly.oddity is Oddity.ERROR
    assert anomaly.text == 'program error: wer","n":"TypeError: oops"}'
    assert Oddity.ERROR not in odd(broken, variation(marks=(b"TypeError: oops",)))
    assert Oddity.ERROR not in odd(broken, judge=Judge([broken]))
    assert odd(closed(1011, "Traceback (most recent call last)")) == [Oddity.CLOSED, Oddity.ERROR]


def test_what_was_evaluated_is_odd() -> None:
    assert odd(answering(b'{"type":"answer","n":9801547}'), variation(proof=b"9801547")) == [Oddity.EVALUATED]
    before = Judge([answering(b'{"type":"answer","n":9801547}')])
    assert odd(answering(b'{"type":"answer","n":9801547}'), variation(proof=b"9801547"), before) == []
    assert odd(FINE, variation(proof=b"9801547")) == []


@pytest.mark.parametrize(
    ("mark", "oddities"),
    [(b"<script>", [Oddity.REFLECTED]), (b"plain", []), (b"<b", []), (b"absent<>", [])],
)
def test_what_is_repeated_is_odd(mark: bytes, oddities: list[Oddity]) -> None:
    assert (
        odd(answering(b'{"type":"answer","n":1,"x":"<script>plain<b"}'), variation(marks=(mark,)))[: len(oddities)]
        == oddities
    )
    assert (Oddity.REFLECTED in odd(answering(b'{"type":"answer","n":1}'), variation(marks=(mark,)))) is False


def test_a_reply_of_another_kind_is_odd() -> None:
    (anomaly,) = JUDGE.seen(variation(), answering(b'{"type":"failure"}'))
    assert (anomaly.oddity, anomaly.text) == (Oddity.SHAPE, "a reply of another kind: failure")
    assert odd(answering(b'{"type":"failure"}'), judge=Judge([replace(FINE, replies=())])) == []


def test_texts_are_of_one_kind() -> None:
    judge = Judge([answering(b"hello you")])
    assert odd(answering(b"bye"), judge=judge) == []
    assert odd(replace(FINE, replies=(Reply.of(2, b"bye", 0),)), judge=judge) == [Oddity.SHAPE]


def results(*outcomes: Outcome) -> list[tuple[Variation, Outcome]]:
    return [(variation(), replace(outcome, number=number)) for number, outcome in enumerate(outcomes, 1)]


def test_what_is_far_slower_than_all_others_is_odd() -> None:
    slow = replace(FINE, replies=(reply(delay=900 * MS),))
    first, *others = JUDGE.judged(results(FINE, FINE, slow, FINE))
    assert (first.outcome.number, first.anomalies[0].oddity) == (3, Oddity.SLOW)
    assert first.anomalies[0].text == "the reply took 900 ms; usual are 3 ms"
    assert not any(finding.anomalies for finding in others)


def test_where_all_are_slow_none_is() -> None:
    slow = replace(FINE, replies=(reply(delay=900 * MS),))
    assert not any(finding.anomalies for finding in JUDGE.judged(results(*[slow] * 10)))


def test_what_is_far_larger_is_odd_unless_it_repeats_what_was_sent() -> None:
    large = answering(b'{"type":"answer","n":"' + b"x" * 5000 + b'"}')
    (first, *_) = JUDGE.judged(results(large, FINE, FINE, FINE))
    assert first.anomalies[-1].oddity is Oddity.SIZE
    assert first.anomalies[-1].text == "5,024 bytes of replies; usual are 23"
    (first, *_) = JUDGE.judged(results(replace(large, sent_bytes=5000), FINE, FINE, FINE))
    assert Oddity.SIZE not in [anomaly.oddity for anomaly in first.anomalies]


def test_without_any_reply_nothing_is_slow() -> None:
    silent = replace(SILENT, number=0)
    assert not any(finding.anomalies for finding in Judge([silent]).judged(results(SILENT, SILENT)))


def test_the_last_before_the_server_was_gone_is_to_blame() -> None:
    gone = Outcome(1, Fate.NO_CONNECTION, trouble="connection refused")
    found = JUDGE.judged(results(FINE, FINE, gone, gone, Outcome(1, Fate.UNWRITABLE), FINE))
    assert [finding.outcome.number for finding in found if finding.anomalies] == [2]
    assert found[0].anomalies[0].text == "after it: connection refused"
    assert JUDGE.judged(results(gone))[0].anomalies == ()


def test_the_worst_comes_first_and_the_rare_before_the_frequent() -> None:
    found = JUDGE.judged(results(FINE, closed(1008), closed(1011, "at 1"), closed(1011, "at 2"), closed(1012), LOST))
    assert [finding.outcome.number for finding in found] == [6, 5, 3, 4, 2, 1]
    assert [finding.alike for finding in found] == [1, 1, 2, 2, 1, 1]


def test_only_what_should_be_answered_is_measured() -> None:
    slow = replace(FINE, replies=(reply(delay=900 * MS),), number=9)
    found = JUDGE.judged([(variation(Expected.ANYTHING), slow), *results(FINE, FINE, FINE)])
    assert not any(finding.anomalies for finding in found)
