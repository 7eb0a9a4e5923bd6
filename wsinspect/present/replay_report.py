"""How far a replay came, and what it would do, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from wsinspect.formats.records import Json, Record, milliseconds, opcode_name, payload_record
from wsinspect.present.lines import BAD, DIRECTION_STYLES, MARK, QUIET, TITLE
from wsinspect.present.text import Cell, duration_text, escape, number_of, preview
from wsinspect.replay.binding.bound import Bindings
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.playing.kinds import shape_of_payload
from wsinspect.replay.playing.plan import Planned
from wsinspect.replay.playing.report import Came, Closing, Outcome, Report, Wait
from wsinspect.replay.recording import Event
from wsinspect.wire.opcodes import Opcode

type Line = list[Cell]

_MOST_VALUE_CELLS = 40
_MOST_NAMED = 6
_MOST_WAITS = 20
_OUTCOMES = {
    Outcome.RUNNING: "It has not ended",
    Outcome.PLAYED: "Played to the end",
    Outcome.RAN_OUT: "Ended as a wait ran out",
    Outcome.CLOSED: "Ended early: the server closed",
    Outcome.LOST: "Ended early: the connection was lost without a close",
    Outcome.STOPPED: "Interrupted",
}


def binding_lines(bindings: Bindings) -> Iterator[Line]:
    """Say which values are written anew, and why."""
    if not bindings.found:
        yield [("No values were found that the server issues and the client uses.", QUIET)]
    else:
        yield [("Values that are written anew", TITLE)]
    for binding in bindings.found:
        uses = len(binding.uses)
        yield [
            (f"  {escape(binding.name)}", MARK),
            (f"  {escape(binding.evidence)}", ""),
            (f"  ({binding.origin.value}, used {uses:,} times)" if uses != 1 else f"  ({binding.origin.value})", QUIET),
        ]
    for remark in bindings.remarks:
        yield [(f"  {escape(remark)}", MARK)]


def bound_lines(bindings: Bindings, variables: Mapping[str, Scalar]) -> Iterator[Line]:
    """Say what became of the values: what they were, and what was issued this time."""
    for binding in bindings.found:
        new = variables.get(binding.name)
        old = binding.issued[-1].value if binding.issued else None
        if new is None or old is None or new == old:
            continue
        yield [
            (f"  {escape(binding.name)}", MARK),
            (f"  {_value(old)}", QUIET),
            (" → ", ""),
            (_value(new), ""),
        ]


def _value(value: Scalar) -> str:
    text = escape(value if isinstance(value, str) else repr(value))
    return text if len(text) <= _MOST_VALUE_CELLS else f"{text[:_MOST_VALUE_CELLS]}…"


def plan_lines(plan: Iterable[Planned]) -> Iterator[Line]:
    """Say what would be sent, and when."""
    yield [("What would be sent", TITLE)]
    for planned in plan:
        yield [("  ", ""), *_event_cells(planned.event), (f"  {_when(planned)}", QUIET)]


def _when(planned: Planned) -> str:
    if planned.by_rote:
        return "whenever there is such a message to answer"
    waits: list[str] = []
    if planned.at_ns is not None:
        waits.append(f"after {duration_text(planned.at_ns / 1e9)}")
    if planned.after:
        waits.append(f"after {number_of(planned.after, 'message')} of the server")
    if planned.awaited:
        waits.append(f"waits for {_names(planned.awaited)}")
    return ", ".join(waits) or "at once"


def _event_cells(event: Event) -> Iterator[Cell]:
    yield (f"{event.number or '-':>4}  ", QUIET)
    style = DIRECTION_STYLES[event.direction]
    if not event.is_message:
        yield (opcode_name(event.opcode), style)
        return
    yield (_kind(event), style)
    yield (f"  {_shown(event.opcode, event.payload, 60)}", "")


def _shown(opcode: int, payload: bytes, room: int) -> str:
    return preview(payload, len(payload), of_text=opcode == Opcode.TEXT, room=room)


def _kind(event: Event) -> str:
    return escape(str(shape_of_payload(event.opcode, event.payload)))


def _name(event: Event) -> str:
    if event.is_message:
        return f"{_kind(event)} (message {event.number})"
    return f"the {opcode_name(event.opcode)} frame"


def _names(events: Iterable[Event]) -> str:
    names = [_name(event) for event in events]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def report_lines(report: Report, seconds: float, *, missing: Iterable[str] = ()) -> Iterator[Line]:
    """Say how far one playing came.

    Args:
        report: Of the player.
        seconds: How long it took.
        missing: What should have been written anew and was not, a sentence each.
    """
    yield [
        (_OUTCOMES[report.outcome], TITLE if report.outcome is Outcome.PLAYED else BAD),
        (f": sent {report.sent:,} of {number_of(report.planned, 'message')}", ""),
        (f", received {report.heard:,} (recorded {report.expected:,})", ""),
        (f", in {duration_text(seconds)}", QUIET),
    ]
    yield from _close_lines(report)
    for wait in report.waits[:_MOST_WAITS]:
        yield from _wait_lines(wait, broken=bool(report.violations or report.unfinished_bytes))
    if len(report.waits) > _MOST_WAITS:
        yield [(f"  and {number_of(len(report.waits) - _MOST_WAITS, 'wait')} more that ran out", BAD)]
    if report.outcome is Outcome.RAN_OUT:
        yield [("  --keep-going goes on without what does not come, --wait gives it more time", QUIET)]
    yield from _broken_lines(report)
    if report.answered:
        yield [(f"  {number_of(report.answered, 'heartbeat')} answered", QUIET)]
    if report.extra:
        kinds = [f"{count:,} {escape(kind)}" for kind, count in report.extra.items()]
        more = f" and {len(kinds) - _MOST_NAMED} other kinds" if len(kinds) > _MOST_NAMED else ""
        yield [("  Not in the recording, or more than there: ", MARK), (", ".join(kinds[:_MOST_NAMED]) + more, "")]
    if report.not_listened_to:
        left = number_of(len(report.not_listened_to), "message")
        yield [(f"  {left} of streams were still to come, and not waited for; --linger listens longer", QUIET)]
    for remark in (*report.remarks, *missing):
        yield [(f"  {escape(remark)}", MARK)]


def _broken_lines(report: Report) -> Iterator[Line]:
    broken = [f"{number_of(count, 'frame')}: {violation}" for violation, count in report.violations.items()]
    if report.unfinished_bytes:
        broken.append(f"{number_of(report.unfinished_bytes, 'byte')} of a frame that never ended")
    if broken:
        yield [("  The server sent what is broken", BAD)]
    yield from ([(f"    {escape(one)}", "")] for one in broken)


def _close_lines(report: Report) -> Iterator[Line]:
    if report.closed is not None:
        recorded = report.recorded_close
        told = f"  The server closed with {_close(report.closed)}"
        if report.outcome is Outcome.PLAYED and report.close_differs and recorded is not None:
            yield [(told, BAD), (f"; recorded was {_close(recorded)}", "")]
        elif report.outcome is Outcome.CLOSED:
            yield [(told, BAD)]
    elif report.outcome is Outcome.LOST and report.recorded_close is not None:
        yield [(f"  Recorded was a close with {_close(report.recorded_close)}", "")]


def _close(close: Closing) -> str:
    code = "no code" if close.code is None else str(close.code)
    return f"{code} ({escape(close.reason)})" if close.reason else code


def _wait_lines(wait: Wait, *, broken: bool) -> Iterator[Line]:
    waiting = "The end" if wait.event is None else escape(_name(wait.event))
    yield [
        (f"  {waiting} waited {duration_text(wait.waited_ns / 1e9)} in vain for ", BAD),
        (_names(wait.missing), ""),
    ]
    if not wait.came:
        yield [(f"    {'no message' if broken else 'nothing'} came meanwhile", QUIET)]
        return
    came = [_came(one) for one in wait.came]
    more = f" and {len(came) - _MOST_NAMED} more" if len(came) > _MOST_NAMED else ""
    yield [("    what came instead: ", QUIET), (", ".join(came[:_MOST_NAMED]) + more, "")]
    if wait.nearest is not None:
        yield [
            ("    nearest: ", QUIET),
            (_came(wait.nearest), ""),
            (f"  {_shown(wait.nearest.opcode, wait.nearest.payload, 100)}", QUIET),
        ]
    for difference in wait.differences:
        yield [(f"      {escape(difference)}", MARK)]


def _came(came: Came) -> str:
    return f"{escape(came.kind)} (message {came.number})"


def binding_records(bindings: Bindings, variables: Mapping[str, Scalar]) -> Iterator[Record]:
    """Make the JSON objects of what is written anew."""
    for binding in bindings.found:
        uses: list[Json] = [
            {"event": use.event, "path": _text(use.path), "recorded": _json(use.value)} for use in binding.uses
        ]
        issued: list[Json] = [
            {"event": place.event, "path": _text(place.path), "recorded": _json(place.value)}
            for place in binding.issued
        ]
        record: Record = {
            "of": "binding",
            "name": _text(binding.name),
            "origin": binding.origin.value,
            "evidence": _text(binding.evidence),
            "uses": uses,
            "issued": issued,
        }
        yield record | ({"now": _json(variables[binding.name])} if binding.name in variables else {})


def plan_records(plan: Iterable[Planned]) -> Iterator[Record]:
    """Make the JSON objects of what would be sent."""
    for planned in plan:
        record: Record = {"of": "step", **_event_record(planned.event)}
        if planned.at_ns is not None:
            record["after_ms"] = milliseconds(planned.at_ns)
        if planned.after:
            record["after_messages"] = planned.after
        yield record | {"waits_for": [_event_record(event) for event in planned.awaited], "answer": planned.by_rote}


def report_record(report: Report, seconds: float, *, missing: Iterable[str] = ()) -> Record:
    """Make the JSON object of one playing; the arguments are those of `report_lines`."""
    return {
        "outcome": report.outcome.value,
        "as_recorded": report.as_recorded,
        "seconds": round(seconds, 6),
        "planned": report.planned,
        "sent": report.sent,
        "expected": report.expected,
        "received": report.heard,
        "answered": report.answered,
        "extra": {_text(kind): count for kind, count in report.extra.items()},
        "close": _close_record(report.closed),
        "recorded_close": _close_record(report.recorded_close),
        "waits": [_wait_record(wait) for wait in report.waits],
        "not_listened_to": len(report.not_listened_to),
        "unsent": [_event_record(event) for event in report.unsent],
        "violations": {_text(violation): count for violation, count in report.violations.items()},
        "unfinished_bytes": report.unfinished_bytes,
        "never_came": [_event_record(event) for event in report.never_came],
        "remarks": [_text(remark) for remark in (*report.remarks, *missing)],
    }


def _close_record(close: Closing | None) -> Record | None:
    return None if close is None else {"code": close.code, "reason": _text(close.reason)}


def _wait_record(wait: Wait) -> Record:
    nearest = wait.nearest
    return {
        "event": None if wait.event is None else _event_record(wait.event),
        "missing": [_event_record(event) for event in wait.missing],
        "waited_ms": milliseconds(wait.waited_ns),
        "came": [{"message": came.number, "kind": _text(came.kind)} for came in wait.came],
        "nearest": None
        if nearest is None
        else {
            "message": nearest.number,
            "kind": _text(nearest.kind),
            **payload_record(nearest.payload, of_text=nearest.opcode == Opcode.TEXT),
            "differences": [_text(one) for one in wait.differences],
        },
    }


def _event_record(event: Event) -> Record:
    record: Record = {"type": opcode_name(event.opcode), "message": event.number}
    if event.is_message:
        record["kind"] = _text(str(shape_of_payload(event.opcode, event.payload)))
    return {key: value for key, value in record.items() if value is not None}


def _json(value: Scalar) -> Json:
    return value.hex() if isinstance(value, bytes) else _text(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    """Return a text without what UTF-8 cannot say."""
    return text.encode("utf-8", "replace").decode()
