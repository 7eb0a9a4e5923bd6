"""What is odd about the outcome of a variation, compared with the unchanged message and with all the others.

Theory of operation. What an outcome shows by itself is judged at once, against the outcomes of the unchanged message
(`Judge.seen`); how long an answer took and how large it was, against all outcomes, once these are there (`judged`).
Medians and the median deviation are not moved by the outliers that are looked for.
"""

from __future__ import annotations

import enum
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from wsinspect.replay.fuzz.error_signs import signs
from wsinspect.replay.fuzz.outcome import Fate, Outcome
from wsinspect.replay.fuzz.variation import Expected, Variation
from wsinspect.replay.shape import Shape, likeness
from wsinspect.wire.opcodes import CloseCode

_LIKE_BEFORE = 0.8
_SLOWER_NS = 200_000_000
_LARGER_BYTES = 1_000
_DEVIATIONS = 8 * 1.4826
"""Of a normal distribution, 1.4826 median deviations are one standard deviation."""
_LEAST_MARK = 4
_OWN_CODES = 3000
_DIGITS = re.compile(r"\d+")
_BEFORE, _BEHIND = 10, 70
"""So many bytes of a reply are shown around a word."""
_MEANT = frozenset(
    {
        CloseCode.PROTOCOL_ERROR, CloseCode.UNSUPPORTED_DATA, CloseCode.INVALID_PAYLOAD, CloseCode.POLICY_VIOLATION,
        CloseCode.MESSAGE_TOO_BIG,
    }
)  # fmt: skip
"""Codes by which a server says that it refuses what it got."""
_SOUND = _MEANT | {None, CloseCode.NORMAL_CLOSURE}


class Oddity(enum.Enum):
    """What may be odd, the worst first."""

    UNREACHABLE = "unreachable"
    """Afterwards the server took no connection, or the set-up failed."""
    EVALUATED = "evaluated"
    """The reply has the result of what the payload asked for."""
    LOST = "lost"
    """The connection ended without a close frame."""
    CLOSED = "close"
    """The server closed with another code than for the unchanged message."""
    HUNG = "hung"
    """No reply, and not even a ping was answered."""
    ERROR = "error"
    """The reply or the close reason tells of an error inside the server."""
    SLOW = "latency"
    NO_REPLY = "no-reply"
    REFUSED = "refused"
    """The server closed with a code that says it refuses what it got: 1002, 1003, 1007, 1008, 1009, from 3000 on."""
    REFLECTED = "reflected"
    """The reply repeats the payload as it is."""
    TOLERATED = "tolerated"
    """The server took what RFC 6455 has it refuse."""
    SHAPE = "shape"
    """The reply is of another kind than those to the unchanged message."""
    SIZE = "size"


_RANKS = {oddity: rank for rank, oddity in enumerate(Oddity)}


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something odd."""

    oddity: Oddity
    text: str
    """For people; of a peer's making."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A variation, what came of it, and what is odd about that."""

    variation: Variation
    outcome: Outcome
    anomalies: tuple[Anomaly, ...]
    """The worst first; empty: nothing is."""
    alike: int = 1
    """How many of all are odd in the same way."""

    @property
    def kind(self) -> tuple[object, ...]:
        """What findings that are odd in the same way have in common."""
        shapes = () if self.outcome.close_code is not None else tuple(str(r.shape) for r in self.outcome.replies[:2])
        odd = (anomaly.oddity for anomaly in self.anomalies)
        reason = _DIGITS.sub("", self.outcome.close_reason)  # 'at position 17'
        return (*odd, self.variation.mutator, self.outcome.close_code, reason, shapes)


class Judge:
    """Knows what the unchanged message led to.

    Args:
        baseline: Its outcomes.
    """

    def __init__(self, baseline: Sequence[Outcome]) -> None:
        self.baseline = tuple(outcome for outcome in baseline if outcome.went_out)
        replies = [reply for outcome in self.baseline for reply in outcome.replies]
        self._shapes = list(dict.fromkeys(reply.shape for reply in replies))
        self._said = b"\n".join(reply.payload for reply in replies)
        self._signs = signs(self._said)
        self._fates = {(outcome.fate, outcome.close_code) for outcome in self.baseline}
        self._replies_always = bool(self.baseline) and all(outcome.replies for outcome in self.baseline)
        self._pongs_always = all(outcome.answers_pings is not False for outcome in self.baseline)

    def seen(self, variation: Variation, outcome: Outcome) -> tuple[Anomaly, ...]:
        """Return what is odd about an outcome by itself, the worst first."""
        if not outcome.went_out:
            return ()
        found = [*self._end(variation, outcome), *self._content(variation, outcome)]
        if variation.expected is Expected.ANSWER:
            found += self._shape(outcome)
        return _sorted(found)

    def judged(self, results: Sequence[tuple[Variation, Outcome]]) -> list[Finding]:
        """Return findings about all outcomes, the oddest first, those that nothing is odd about last."""
        outcomes = [outcome for _, outcome in results]
        slow, large = self._slow(outcomes), self._large(outcomes)
        blamed = dict(_blamed(outcomes))
        findings = []
        for variation, outcome in results:
            found = list(self.seen(variation, outcome))
            found += blamed.get(outcome.number, ())
            if outcome.went_out and variation.expected is Expected.ANSWER:
                found += [*slow(outcome), *large(outcome)]
            findings.append(Finding(variation, outcome, _sorted(found)))
        return _ranked(findings)

    def _end(self, variation: Variation, outcome: Outcome) -> Iterable[Anomaly]:
        expected, fate = variation.expected, outcome.fate
        if fate is Fate.OPEN:
            yield from self._still_open(expected, outcome)
        elif (fate, outcome.close_code) in self._fates or _is_sound(expected, outcome):
            return
        elif fate is Fate.LOST:
            yield Anomaly(Oddity.LOST, "the connection was lost without a close")
        else:
            code = "without a code" if outcome.close_code is None else f"with {outcome.close_code}"
            oddity = Oddity.REFUSED if _is_meant(outcome.close_code) else Oddity.CLOSED
            yield Anomaly(oddity, f"closed {code} {outcome.close_reason}".rstrip())

    def _still_open(self, expected: Expected, outcome: Outcome) -> Iterable[Anomaly]:
        hung = outcome.answers_pings is False and not outcome.replies and self._pongs_always
        match expected:
            case Expected.REFUSAL:
                answered = "answered" if outcome.replies else "passed over in silence"
                yield Anomaly(Oddity.TOLERATED, f"{answered}, though RFC 6455 has it end the connection")
            case Expected.CLOSING:
                yield Anomaly(Oddity.TOLERATED, "a close frame did not close the connection")
            case Expected.ANSWER if hung:
                yield Anomaly(Oddity.HUNG, "no reply, and a ping is not answered any more")
            case Expected.ANSWER if self._replies_always and not outcome.replies:
                yield Anomaly(Oddity.NO_REPLY, "no reply")
            case _:
                return

    def _content(self, variation: Variation, outcome: Outcome) -> Iterable[Anomaly]:
        said = b"\n".join([*(reply.payload for reply in outcome.replies), outcome.close_reason.encode()])
        sent = b"\n".join(variation.marks).lower()
        if variation.proof and variation.proof in said and variation.proof not in self._said:
            yield Anomaly(Oddity.EVALUATED, f"the reply has {variation.proof.decode()}, the result of the payload")
        for word, what in signs(said).items():
            if word not in self._signs and word.encode() not in sent:
                yield Anomaly(Oddity.ERROR, f"{what}: {_around(word, said)}")
                break
        for mark in variation.marks:
            if len(mark) >= _LEAST_MARK and not mark.isalnum() and mark in said and mark not in self._said:
                yield Anomaly(Oddity.REFLECTED, "the reply repeats the payload as it is")
                break

    def _shape(self, outcome: Outcome) -> Iterable[Anomaly]:
        if not self._replies_always:
            return
        for reply in outcome.replies:
            if not any(_is_like(reply.shape, known) for known in self._shapes):
                yield Anomaly(Oddity.SHAPE, f"a reply of another kind: {reply.shape}")
                break

    def _slow(self, outcomes: Iterable[Outcome]) -> _Outlier:
        delays = [outcome.delay for outcome in (*self.baseline, *outcomes) if outcome.delay is not None]
        usual, limit = _limit(delays, _SLOWER_NS)
        return _Outlier(Oddity.SLOW, usual, limit)

    def _large(self, outcomes: Iterable[Outcome]) -> _Outlier:
        sizes = [outcome.reply_bytes for outcome in (*self.baseline, *outcomes) if outcome.replies]
        usual, limit = _limit(sizes, _LARGER_BYTES)
        return _Outlier(Oddity.SIZE, usual, limit)


@dataclass(frozen=True, slots=True)
class _Outlier:
    """Tells what is far above the rest."""

    oddity: Oddity
    usual: float
    limit: float

    def __call__(self, outcome: Outcome) -> Iterable[Anomaly]:
        if self.oddity is Oddity.SLOW:
            if outcome.delay is not None and outcome.delay > self.limit:
                after, usual = outcome.delay / 1e6, self.usual / 1e6
                yield Anomaly(self.oddity, f"the reply took {after:,.0f} ms; usual are {usual:,.0f} ms")
        elif outcome.reply_bytes > self.limit + 2 * outcome.sent_bytes:  # what is repeated twice explains itself
            size = outcome.reply_bytes
            yield Anomaly(self.oddity, f"{size:,} bytes of replies; usual are {self.usual:,.0f}")


def _limit(values: Sequence[int], least: int) -> tuple[float, float]:
    """Return what is usual, and from where on a value is odd."""
    if not values:
        return 0, float("inf")
    usual = median(values)
    deviation = median(abs(value - usual) for value in values)
    return usual, usual + max(least, _DEVIATIONS * deviation, 2 * usual)


def _is_meant(code: int | None) -> bool:
    """Tell whether a code says that what came is refused; those from 3000 on are the application's own words."""
    return code in _MEANT or (code is not None and code >= _OWN_CODES)


def _is_sound(expected: Expected, outcome: Outcome) -> bool:
    """Tell whether it was right to end the connection so."""
    if expected is Expected.ANSWER:
        return False
    return expected is Expected.CLOSING or outcome.fate is Fate.LOST or outcome.close_code in _SOUND


def _around(word: str, said: bytes) -> str:
    at = said.lower().index(word.encode())
    return said[max(at - _BEFORE, 0) : at + _BEHIND].decode(errors="replace").strip()


def _is_like(one: Shape, other: Shape) -> bool:
    if one.format == other.format == "text":
        return one.opcode == other.opcode
    return likeness(one, other) >= _LIKE_BEFORE


def _blamed(outcomes: Iterable[Outcome]) -> Iterable[tuple[int, tuple[Anomaly, ...]]]:
    """Yield the variations after which there was no connection, or no set-up, any more."""
    last: int | None = None
    for outcome in outcomes:
        if outcome.went_out:
            last = outcome.number
        elif outcome.fate is not Fate.UNWRITABLE and last is not None:
            yield last, (Anomaly(Oddity.UNREACHABLE, f"after it: {outcome.trouble}"),)
            last = None


def _sorted(found: Iterable[Anomaly]) -> tuple[Anomaly, ...]:
    return tuple(sorted(found, key=lambda anomaly: _RANKS[anomaly.oddity]))


def _ranked(findings: Sequence[Finding]) -> list[Finding]:
    """Sort by the worst that is odd, the rare before the frequent, and say how many are alike."""
    counts = Counter(finding.kind for finding in findings if finding.anomalies)
    return sorted((replace(finding, alike=counts[finding.kind] or 1) for finding in findings), key=_order)


def _order(finding: Finding) -> tuple[int, int, int, int]:
    worst = _RANKS[finding.anomalies[0].oddity] if finding.anomalies else len(_RANKS)
    return worst, finding.alike, -len(finding.anomalies), finding.outcome.number
