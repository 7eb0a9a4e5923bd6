"""Two sessions compared, for programs: an object for each difference, and a summary at the end."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import asdict

from wsinspect.formats.records import Json, Record, milliseconds, opcode_name, payload_record
from wsinspect.replay.comparing.comparison import Comparison, Entry, Fate, FieldChange, Shift, Value
from wsinspect.replay.recording import Event, Recording
from wsinspect.wire.opcodes import Opcode

_LARGEST = 2**63


def comparison_records(found: Comparison) -> Iterator[Record]:
    """Make the JSON form of a comparison.

    Yields:
        First what differs in the handshake and the close, then values that are other ones throughout, then messages,
        then what does not count as a difference (`counts` is false), and a summary.
    """
    for change in found.head:
        of = "close" if change.path.startswith("$.close") else "handshake"
        yield {"of": of, "counts": True, **_field(change)}
    for one in found.renames:
        values: Record = {"old": _json(one.old), "new": _json(one.new), "times": one.count}
        values["paths"] = [_text(path) for path in one.paths]
        yield {"of": "value", "counts": True, **values}
    for entry in found.entries:
        if entry.differs or entry.shift is not None:
            yield _message(entry, counts=found.counts_as_difference(entry))
    for stream in found.streams:
        numbers: Record = {"old": stream.old, "new": stream.new}
        yield {"of": "stream", "counts": False, "kind": _text(stream.kind), "dir": stream.direction.label, **numbers}
    for passed in found.ignored:
        yield {
            "of": "ignored", "counts": False, "kind": _text(passed.kind), "path": _text(passed.path),
            "reason": passed.reason, "times": passed.count, "old": _json(passed.old), "new": _json(passed.new),
        }  # fmt: skip
    yield _summary(found)


def _summary(found: Comparison) -> Record:
    counts = asdict(found.counts)
    messages: Record = {"old": counts.pop("old"), "new": counts.pop("new")}
    return {
        "of": "summary",
        "differs": found.differs,
        "old": _session(found.old),
        "new": _session(found.new),
        "messages": messages,
        **counts,
        "unsent": found.unsent,
        "handshake_and_close": len(found.head),
        "values": len(found.renames),
        "remarks": [_text(remark) for remark in found.remarks],
    }


def _session(recording: Recording) -> Record:
    return {"session": recording.session.id, "url": _text(recording.session.url)}


def _message(entry: Entry, *, counts: bool) -> Record:
    record: Record = {
        "of": "message",
        "counts": counts,
        "difference": entry.fate.value,
        "kind": _text(entry.kind),
        "dir": entry.direction.label,
    }
    if entry.moved:
        record["moved"] = True
    whole = entry.content or entry.fate in (Fate.MISSING, Fate.EXTRA)
    for name, event in (("old", entry.old), ("new", entry.new)):
        if event is not None:
            record[name] = _event(event, whole=whole)
    if entry.changes:
        record["fields"] = [_field(change) for change in entry.changes]
    if entry.cut:
        record["cut"] = True
    if entry.shift is not None:
        record["latency_ms"] = _latency(entry.shift)
    return record


def _event(event: Event, *, whole: bool) -> Record:
    record: Record = {} if event.number is None else {"number": event.number}
    record["type"] = opcode_name(event.opcode)
    return record | payload_record(event.payload, event.opcode == Opcode.TEXT) if whole else record


def _latency(shift: Shift) -> Record:
    return {"old": milliseconds(shift.old_ns), "new": milliseconds(shift.new_ns)}


def _field(change: FieldChange) -> Record:
    record: Record = {"path": _text(change.path), "what": change.what.value}
    if change.old is not None or change.what.value != "added":
        record["old"] = _json(change.old)
    if change.new is not None or change.what.value != "removed":
        record["new"] = _json(change.new)
    return record


def _json(value: Value) -> Json:
    """Return a value that JSON has; numbers that are too large for many a reader as text."""
    match value:
        case bytes():
            return {"base64": base64.b64encode(value).decode()}
        case str():
            return _text(value)
        case bool() | None | float():
            return value
        case int():
            return value if -_LARGEST <= value < _LARGEST else str(value)
        case list():
            return [_json(one) for one in value]
        case _:
            return {_text(key): _json(one) for key, one in value.items()}


def _text(text: str) -> str:
    """Return text as JSON can carry it: halves of surrogate pairs are shown as what they are."""
    return text.encode(errors="backslashreplace").decode()
