"""What fuzzing a message has found, for people and as JSON: the oddest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wsinspect.formats.records import Json, Record, milliseconds, opcode_name, payload_record
from wsinspect.present.columns import cut
from wsinspect.present.lines import BAD, MARK, QUIET, TITLE
from wsinspect.present.text import Cell, escape, number_of, spaced
from wsinspect.replay.fuzz.judging import Finding, Oddity
from wsinspect.replay.fuzz.outcome import Fate, Outcome, Reply
from wsinspect.replay.fuzz.variation import Variation
from wsinspect.wire.opcodes import Opcode

type Line = list[Cell]

_WIDTHS = (-7, 11, 10, 24, 34)
_TITLES = ("session", "odd", "mutator", "field", "value", "what came of it")
_WORST = (Oddity.UNREACHABLE, Oddity.EVALUATED, Oddity.LOST, Oddity.CLOSED, Oddity.HUNG, Oddity.ERROR)
_MOST_TEXT = 200


@dataclass(frozen=True, slots=True)
class FuzzResult:
    """What there is to report."""

    findings: Sequence[Finding]
    """Of all variations that were tried, the oddest first."""
    baseline: Sequence[Outcome]
    planned: int
    """How many variations there were to be."""
    stopped: str = ""
    """Why it ended before all were tried; empty: it did not."""

    @property
    def odd(self) -> list[Finding]:
        """The findings that something is odd about."""
        return [finding for finding in self.findings if finding.anomalies]


def report_lines(result: FuzzResult, *, alike: int) -> Iterator[Line]:
    """Lay the result out.

    Args:
        result: What was found.
        alike: Show so many of those that are odd in the same way.
    """
    odd = result.odd
    sent = sum(finding.outcome.went_out for finding in result.findings)
    yield [(f"{number_of(sent, 'variation')} of {result.planned:,} sent, {len(odd):,} odd", TITLE)]
    yield [(f"The unchanged message: {_baseline_text(result.baseline)}", "")]
    for why, count in Counter(_unsent(finding.outcome) for finding in result.findings).items():
        if why:
            yield [(f"Not sent: {number_of(count, 'variation')}, {cut(escape(why), _MOST_TEXT)}", MARK)]
    if result.stopped:
        yield [(f"Ended early: {escape(result.stopped)}", MARK)]
    if odd:
        yield []
        yield spaced([(title, TITLE) for title in _TITLES], _WIDTHS)
        yield from _table(odd, alike)


def _table(odd: Sequence[Finding], alike: int) -> Iterator[Line]:
    shown: Counter[tuple[object, ...]] = Counter()
    for finding in odd:
        kind = finding.kind
        shown[kind] += 1
        if shown[kind] <= alike:
            yield _row(finding)
        elif shown[kind] == alike + 1:
            yield [(" " * 9, ""), (f"… and {finding.alike - alike:,} more that are odd in the same way", QUIET)]


def _row(finding: Finding) -> Line:
    variation, outcome = finding.variation, finding.outcome
    worst = finding.anomalies[0].oddity
    what = "; ".join(escape(anomaly.text) for anomaly in finding.anomalies)
    row = [
        ("" if outcome.session is None else str(outcome.session), TITLE),
        (worst.value, BAD if worst in _WORST else MARK),
        (variation.mutator, ""),
        (cut(escape(variation.position), _WIDTHS[3]), ""),
        (cut(escape(variation.label), _WIDTHS[4]), ""),
        (cut(what, _MOST_TEXT), ""),
    ]
    return spaced(row, _WIDTHS)


def _baseline_text(baseline: Sequence[Outcome]) -> str:
    outcome = next((outcome for outcome in baseline if outcome.went_out), None)
    if outcome is None:
        return "could not be sent"
    if outcome.delay is None:
        answer = "no reply" if outcome.answers_pings is not False else "no reply, not even to a ping"
    else:
        delays = [one.delay for one in baseline if one.delay is not None]
        kinds = list(dict.fromkeys(str(reply.shape) for one in baseline for reply in one.replies))
        more = f" and {len(kinds) - 1} more" if len(kinds) > 1 else ""
        answer = f"answered by {escape(kinds[0])}{more} within {max(delays) / 1e6:,.0f} ms"
    match outcome.fate:
        case Fate.CLOSED:
            return f"{answer}, then the server closes with {outcome.close_code}"
        case Fate.LOST:
            return f"{answer}, then the connection is lost"
        case _:
            return answer


def _unsent(outcome: Outcome) -> str:
    if outcome.went_out:
        return ""
    return f"{outcome.fate.value}: {outcome.trouble}".replace("\n", "; ")


def report_records(result: FuzzResult) -> Iterator[Record]:
    """Make the JSON objects of a result: one of a `run`, then one of a `variation` for each."""
    run: Record = {
        "of": "run",
        "planned": result.planned,
        "sent": sum(finding.outcome.went_out for finding in result.findings),
        "odd": len(result.odd),
        "baseline": [_outcome_record(outcome) for outcome in result.baseline],
    }
    yield run | ({"stopped": result.stopped} if result.stopped else {})
    for finding in result.findings:
        named = variation_record(finding.variation, finding.outcome.number)
        anomalies: list[Json] = [
            {"kind": anomaly.oddity.value, "text": _harmless(anomaly.text)} for anomaly in finding.anomalies
        ]
        yield named | {"anomalies": anomalies, "alike": finding.alike} | _outcome_record(finding.outcome)


def variation_record(variation: Variation, number: int) -> Record:
    """Make the JSON object of a variation, sent or not."""
    return {
        "of": "variation",
        "number": number,
        "mutator": variation.mutator,
        "field": variation.position,
        "value": _harmless(variation.label),
    }


def _outcome_record(outcome: Outcome) -> Record:
    record: Record = {"fate": outcome.fate.value, "sent_bytes": outcome.sent_bytes}
    optional: Record = {
        "session": outcome.session,
        "trouble": outcome.trouble or None,
        "latency_ms": None if outcome.delay is None else milliseconds(outcome.delay),
        "close": _close_record(outcome) if outcome.fate is Fate.CLOSED else None,
        "answers_pings": outcome.answers_pings,
        "replies": [_reply_record(reply) for reply in outcome.replies],
    }
    return record | {key: value for key, value in optional.items() if value is not None}


def _close_record(outcome: Outcome) -> Record:
    reason: Record = {"reason": outcome.close_reason} if outcome.close_reason else {}
    return ({} if outcome.close_code is None else {"code": outcome.close_code}) | reason


def _reply_record(reply: Reply) -> Record:
    named: Record = {"type": opcode_name(reply.opcode), "size": reply.size, "after_ms": milliseconds(reply.delay)}
    return named | payload_record(reply.payload, reply.opcode == Opcode.TEXT)


def _harmless(text: str) -> str:
    """Make text that JSON can carry: lone surrogates stand for bytes of a payload list."""
    return text.encode(errors="backslashreplace").decode()


def tags_of(findings: Sequence[Finding]) -> list[str]:
    """Return the tags of the session that variations were sent on."""
    tags = ["fuzz", *(finding.variation.mutator for finding in findings)]
    odd = [anomaly.oddity.value for finding in findings for anomaly in finding.anomalies]
    return list(dict.fromkeys([*tags, *(["anomaly"] if odd else []), *odd]))


def note_of(findings: Sequence[Finding]) -> str:
    """Return the note of the session that variations were sent on."""
    return "\n".join(_harmless(_note(finding)) for finding in findings)


def _note(finding: Finding) -> str:
    what = "; ".join(anomaly.text for anomaly in finding.anomalies)
    return f"{finding.variation} — {what}" if what else str(finding.variation)
