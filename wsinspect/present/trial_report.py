"""What a dry run of rules found, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from wsinspect.formats.records import Json, Record, payload_record, unix_seconds
from wsinspect.present.differences import difference_lines
from wsinspect.present.lines import BAD, MARK, QUIET, TITLE
from wsinspect.present.text import Cell, escape, number_of, spaced
from wsinspect.rules.findings import Complaint, Example, Findings, RuleTally, Spot
from wsinspect.rules.ruling import Hit
from wsinspect.rules.trial import Skip, Trial

type Line = list[Cell]

_ALWAYS = ("asked", "matched", "changed")
_WHERE_THERE_ARE_ANY = ("dropped", "held", "delayed", "sent", "ended", "errors", "failures")
_BAD = ("errors", "failures")
_MOST_ID_CELLS = 30
_SKIPPED = {
    Skip.INCOMPLETE: "whose payload is cut short",
    Skip.TOO_LARGE: "too large for an engine to gather",
    Skip.ENDED: "behind the end that a rule made",
    Skip.UNPLACED: "whose session is not there, or was never opened",
}


def report_lines(trial: Trial) -> Iterator[Line]:
    """Lay a dry run out: a table of the rules, then examples, errors and failures."""
    findings = trial.findings
    yield [(f"{number_of(trial.messages, 'message')} of {number_of(trial.sessions, 'session')}", TITLE)]
    yield []
    yield from _table(list(findings.tallies.values()))
    yield from _asides(trial)
    for example in findings.examples:
        yield []
        yield from _example_lines(example)
    yield from _complaint_lines("Errors", findings.errors, sum(tally.errors for tally in findings.tallies.values()))
    yield from _complaint_lines(
        "Expected, and not so", findings.failures, sum(tally.failures for tally in findings.tallies.values())
    )


def _table(tallies: list[RuleTally]) -> Iterator[Line]:
    columns = [*_ALWAYS, *(name for name in _WHERE_THERE_ARE_ANY if any(getattr(one, name) for one in tallies))]
    widest = max((len(tally.id) for tally in tallies), default=0)
    widths = (min(max(widest, 4), _MOST_ID_CELLS), 18, *(-8 for _ in columns))
    yield spaced([("rule", TITLE), ("on", QUIET), *((name, QUIET) for name in columns)], widths)
    for tally in tallies:
        cells = [(f"{count:,}", BAD if count and name in _BAD else "") for name, count in _figures(tally, columns)]
        row = spaced([(tally.id, TITLE), (tally.event, ""), *cells], widths)
        yield row if tally.enabled else [*row, ("  disabled", QUIET)]


def _figures(tally: RuleTally, columns: list[str]) -> Iterator[tuple[str, int]]:
    for name in columns:
        yield name, getattr(tally, name)


def _asides(trial: Trial) -> Iterator[Line]:
    for skip, count in trial.skipped.items():
        yield [(f"Left out: {number_of(count, 'record')} {_SKIPPED[skip]}", MARK)]
    if trial.stopped_timers:
        yield [(f"Timers went off too often to go on in {number_of(trial.stopped_timers, 'session')}", MARK)]
    if len(trial.findings.states) > 1:
        reached = ", ".join(f"{escape(state)} {count:,}" for state, count in trial.findings.states.items())
        yield [(f"States reached, by sessions: {reached}", "")]


def _example_lines(example: Example) -> Iterator[Line]:
    head: Line = [(str(example.spot), TITLE), (f"  {_what(example.spot)}", QUIET)]
    yield head
    for rule, did in _by_rule(example.hits):
        yield [("  ", ""), (rule, MARK), (f"  {did}", "")]
    if example.before is not None and example.after is not None:
        for line in difference_lines(example.before, example.after, of_text=example.of_text):
            yield [("    ", ""), *line]


def _what(spot: Spot) -> str:
    return spot.event if spot.direction is None else f"{spot.direction.label} {spot.event}"


def _by_rule(hits: tuple[Hit, ...]) -> Iterator[tuple[str, str]]:
    for rule in dict.fromkeys(hit.rule for hit in hits):
        own = (hit for hit in hits if hit.rule == rule)
        yield rule, "; ".join(f"{hit.action} {escape(hit.detail)}" if hit.detail else hit.action for hit in own)


def _complaint_lines(title: str, complaints: list[Complaint], count: int) -> Iterator[Line]:
    if not complaints:
        return
    yield []
    yield [(f"{title}: {max(count, len(complaints)):,}", BAD)]
    for complaint in complaints:
        yield [(f"  {complaint.spot}", TITLE), (f"  {complaint.rule}  ", MARK), (escape(complaint.text), "")]
    if count > len(complaints):
        yield [(f"  \u2026 and {count - len(complaints):,} more", QUIET)]


def report_records(trial: Trial) -> Iterator[Record]:
    """Make the JSON objects of a dry run: of the kinds `run`, `rule`, `change`, `error` and `failure`."""
    findings = trial.findings
    yield {
        "kind": "run",
        "sessions": trial.sessions,
        "messages": trial.messages,
        "skipped": {skip.value: count for skip, count in trial.skipped.items()},
        "stopped_timers": trial.stopped_timers,
        "states": dict(findings.states),
    }
    for tally in findings.tallies.values():
        yield {"kind": "rule", **_tally_record(tally)}
    for example in findings.examples:
        yield {"kind": "change", **_spot_record(example.spot), **_example_record(example)}
    yield from _complaint_records("error", findings.errors)
    yield from _complaint_records("failure", findings.failures)


def _tally_record(tally: RuleTally) -> Record:
    named: Record = {"rule": tally.id, "place": tally.place, "on": tally.event, "enabled": tally.enabled}
    named |= {"expects": tally.expects}
    return named | dict(_figures(tally, [*_ALWAYS, *_WHERE_THERE_ARE_ANY]))


def _spot_record(spot: Spot) -> Record:
    record: Record = {"session": spot.session, "time": unix_seconds(spot.time), "event": spot.event}
    optional: Record = {
        "number": spot.message,
        "seq": spot.frame,
        "dir": None if spot.direction is None else spot.direction.label,
    }
    return record | {key: value for key, value in optional.items() if value is not None}


def _example_record(example: Example) -> Record:
    record: Record = {"did": [_hit_record(hit) for hit in example.hits]}
    if example.before is not None and example.after is not None:
        record["before"] = payload_record(example.before, example.of_text)
        record["after"] = payload_record(example.after, example.of_text)
    return record


def _hit_record(hit: Hit) -> Json:
    return {"rule": hit.rule, "action": hit.action, **({} if hit.detail is None else {"detail": hit.detail})}


def _complaint_records(kind: str, complaints: list[Complaint]) -> Iterator[Record]:
    for complaint in complaints:
        yield {"kind": kind, **_spot_record(complaint.spot), "rule": complaint.rule, "text": complaint.text}


def has_failed(findings: Findings) -> bool:
    """Tell whether an `expect` did not hold."""
    return any(tally.failures for tally in findings.tallies.values())
