"""Making records of what the reader's statements return, with payloads from wherever they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from wsinspect.model import Completeness, Direction, Frame, Message, Session, Source, Verdict
from wsinspect.store.columns import FRAME_COLUMNS, MESSAGE_COLUMNS, SESSION_COLUMNS
from wsinspect.store.payloads import Payloads, joined
from wsinspect.store.rows import announced_size, bytes_value, frame_record, session_record, text_record, words_record

type ReadRow = Sequence[Any]
"""As the database returns it."""

_SESSION_WIDTH, _MESSAGE_WIDTH = len(SESSION_COLUMNS), len(MESSAGE_COLUMNS)
_FRAME_PAYLOAD = FRAME_COLUMNS.index("payload")
# A tenth of the time of calling the enum, for every record.
_DIRECTIONS, _SOURCES, _VERDICTS = tuple(Direction), tuple(Source), tuple(Verdict)
_COMPLETENESSES = tuple(Completeness)
_ENDED = {
    Completeness.ARRIVING: (Completeness.CUT_OFF, Verdict.FORWARDED),
    Completeness.WAITING: (Completeness.COMPLETE, Verdict.NOT_SENT),
}
"""What has become of what was undecided when its engine ended without a word."""
_VIEWED = ("event", "kind", "summary", "fields")
_UNSEEN = [None] * len(_VIEWED)


def session_select() -> str:
    """The SELECT of sessions, up to and with FROM."""
    columns = ", ".join(f"s.{name}" for name in SESSION_COLUMNS)
    listener = "(SELECT coalesce(l.mode || '@' || l.address, l.mode) FROM listener AS l WHERE l.id = s.listener)"
    tags = f"(SELECT {_words('t.tag')} FROM tag AS t WHERE t.session = s.id AND t.message IS NULL)"
    return f"SELECT {columns}, {listener}, {tags} FROM session AS s"


def message_select(payload_limit: int | None) -> str:
    """The SELECT of messages with their sessions joined as `s`."""
    special = {"payload": _payload_column("m", payload_limit), "wire_payload": "NULL"}
    columns = ", ".join(special.get(name, f'm."{name}"') for name in MESSAGE_COLUMNS)
    beside = ", ".join(
        [
            "(SELECT p.payload FROM message_sent AS p WHERE p.message = m.id)",
            f"(SELECT {_words('r.rule')} FROM rule_hit AS r WHERE r.message = m.id AND r.action IS NOT 'error')",
            f"(SELECT {_words('t.tag')} FROM tag AS t WHERE t.session = m.session AND t.message = m.number)",
            "(SELECT n.note FROM note AS n WHERE n.message = m.id)",
            *(f"(SELECT v.{name} FROM view AS v WHERE v.message = m.id)" for name in ("protocol", *_VIEWED)),
        ]
    )
    return f"SELECT {columns}, {beside} FROM message AS m JOIN session AS s ON s.id = m.session"


def frame_select(payload_limit: int | None) -> str:
    """The SELECT of frames with their sessions joined as `s`."""
    columns = ", ".join(
        _payload_column("f", payload_limit) if name == "payload" else f"f.{name}" for name in FRAME_COLUMNS
    )
    return f"SELECT {columns} FROM frames AS f JOIN session AS s ON s.id = f.session"


def _words(column: str) -> str:
    """Gather texts as JSON, which has no place for the BLOB that stands for what is no valid Unicode: a list of it."""
    return f"json_group_array(CASE typeof({column}) WHEN 'blob' THEN json_array(hex({column})) ELSE {column} END)"


def _payload_column(alias: str, limit: int | None) -> str:
    if limit is None:
        return f"{alias}.payload"
    if limit == 0:
        # `length` of a BLOB is known without reading it.
        return f"CASE WHEN length({alias}.payload) >= 0 THEN x'' END"
    return f"substr({alias}.payload, 1, {int(limit)})"


class RecordMaker:
    """Makes records of rows of the SELECTs above.

    Args:
        payloads: Of the same capture.
        live: Whether it is being written; what is still arriving has been cut off otherwise.
    """

    def __init__(self, payloads: Payloads, *, live: bool) -> None:
        self._payloads = payloads
        self._live = live

    def session(self, row: ReadRow) -> Session:
        """Make a session."""
        listener, tags = row[_SESSION_WIDTH:]
        return session_record(row[:_SESSION_WIDTH], listener, words_record(tags))

    def frame(self, row: ReadRow, payload_limit: int | None) -> Frame:
        """Make a frame, with so many bytes of its payload, None for all."""
        payload = row[_FRAME_PAYLOAD]
        if payload is None:
            row_id = row[0]
            payload = b"" if payload_limit == 0 else joined(self._payloads.of_frame(row_id), payload_limit)
        frame = frame_record(row, bytes_value(payload))
        return self._honest_frame(frame, whole=payload_limit is None)

    def _honest_frame(self, frame: Frame, *, whole: bool) -> Frame:
        if frame.completeness.undecided:
            if self._live:
                return frame
            completeness, verdict = _ENDED[frame.completeness]
            return replace(frame, completeness=completeness, verdict=verdict)
        if whole and frame.completeness is Completeness.COMPLETE:
            missing = frame.size - frame.truncated - len(frame.payload)
            if missing > 0:
                return replace(frame, truncated=frame.truncated + missing)
        return frame

    def message(self, row: ReadRow, payload_limit: int | None) -> Message:
        """Make a message, with so many bytes of its payload, None for all."""
        (
            row_id, session, number, seq, direction, opcode, time, header, size, payload, end, count, wire_size, _,
            compressed, source, verdict, arrived, held, delayed, _, violations, truncated, _, _,
            sent, rules, tags, note, protocol, *viewed,
        ) = row  # fmt: skip
        completeness = _COMPLETENESSES[arrived or 0]
        whole = completeness in (Completeness.COMPLETE, Completeness.WAITING)
        frames: tuple[int, ...] = (seq,)
        if header is None:
            found = self._payloads.frames_of(session, number, seq, (count or 1) if whole else -1)
            frames = tuple(frame_seq for frame_seq, _ in found)
            if size is None or wire_size is None:
                size, wire_size = self._sizes([frame for _, frame in found])
        elif wire_size is None:
            wire_size = len(header) + size
        if payload is None:
            payload = b"" if payload_limit == 0 else joined(self._payloads.of_message(row_id), payload_limit)
        truncated = truncated or 0
        if payload_limit is None and whole:
            # What a stalled writer refused in the middle of it.
            truncated += max(size - truncated - len(payload), 0)
        if completeness.undecided and not self._live:
            completeness, verdict = _ENDED[completeness]
        return Message(
            id=row_id,
            session=session,
            number=number,
            time=time,
            end=time if end is None else end,
            direction=_DIRECTIONS[direction],
            opcode=opcode,
            frames=frames,
            size=size,
            wire_size=wire_size,
            payload=payload,
            compressed=bool(compressed),
            source=_SOURCES[source or 0],
            verdict=_VERDICTS[verdict or 0],
            held_ns=held,
            delayed_ns=delayed,
            rules=tuple(dict.fromkeys(words_record(rules))),
            sent=sent,
            violations=words_record(violations),
            truncated=truncated,
            completeness=completeness,
            protocol=text_record(protocol),
            decoded=_decoded(viewed),
            tags=words_record(tags),
            note=text_record(note),
        )

    def _sizes(self, frames: Sequence[int]) -> tuple[int, int]:
        """Add up what the frames of a message announce, which may be more than a column can hold."""
        size = wire_size = 0
        for header, frame_size in self._payloads.headers(frames):
            announced = announced_size(header) if frame_size is None else frame_size
            size += announced
            wire_size += len(header) + announced
        return size, wire_size


def _decoded(viewed: ReadRow) -> str | None:
    if viewed == _UNSEEN:
        return None
    fields = {name: value for name, value in zip(_VIEWED, viewed, strict=True) if value is not None}
    if isinstance(fields.get("fields"), str):
        return json.dumps({**fields, "fields": json.loads(fields["fields"])}, ensure_ascii=False)
    return json.dumps(fields, ensure_ascii=False)
