"""What is left of a filter that SQL cannot judge, asked of records by their ids.

No more is read than the filter looks at, and never many payloads at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from wsinspect.query import Expr, Target, to_predicate
from wsinspect.query.needs import needs_payload, needs_session_alone
from wsinspect.store.reader import CaptureReader

_ROWS_AT_ONCE = 128
_BYTES_AT_ONCE = 1 << 20


def accepted_sessions(reader: CaptureReader, residual: Expr, numbers: Sequence[int]) -> list[int]:
    """Tell which sessions match.

    Args:
        reader: The capture.
        residual: What is asked.
        numbers: Of the sessions.
    """
    accepts = to_predicate(residual, Target.SESSION)
    found: list[int] = []
    for place in range(0, len(numbers), _ROWS_AT_ONCE):
        sessions = reader.sessions_by_id(numbers[place : place + _ROWS_AT_ONCE])
        found += [number for number, session in sessions.items() if accepts(session)]
    return sorted(found)


def accepted_messages(reader: CaptureReader, residual: Expr, ids: Sequence[int]) -> list[int]:
    """Tell which messages match, by their ids in ascending order; the arguments are those of `accepted_sessions`."""
    accepts = reader.message_test(residual)

    def judged(some: Sequence[int], limit: int | None) -> list[int]:
        messages = reader.messages_by_id(some, payload_limit=limit)
        return [row_id for row_id, message in messages.items() if accepts(message)]

    return _accepted(reader, residual, "message", ids, judged)


def accepted_frames(reader: CaptureReader, residual: Expr, ids: Sequence[int]) -> list[int]:
    """Tell which frames of the table `frame` match; as `accepted_messages`."""
    accepts = reader.frame_test(residual)

    def judged(some: Sequence[int], limit: int | None) -> list[int]:
        frames = reader.frames_by_id(some, payload_limit=limit)
        return [row_id for row_id, frame in frames.items() if accepts(frame)]

    return _accepted(reader, residual, "frame", ids, judged)


def _accepted(
    reader: CaptureReader,
    residual: Expr,
    table: str,
    ids: Sequence[int],
    judged: Callable[[Sequence[int], int | None], list[int]],
) -> list[int]:
    select = f"SELECT id, session, coalesce(size, 0) FROM {table} WHERE id IN (SELECT value FROM json_each(?))"
    rows: list[tuple[int, int, int]] = reader.connection.execute(select, (json.dumps(ids),)).fetchall()
    if needs_session_alone(residual):
        # One of each session is asked for all.
        sessions = {session: row_id for row_id, session, _ in rows}
        found = {
            row_id for some in _batches([(row_id, 0) for row_id in sessions.values()]) for row_id in judged(some, 0)
        }
        return sorted(row_id for row_id, session, _ in rows if sessions[session] in found)
    loads = needs_payload(residual)
    batches = _batches([(row_id, size if loads else 0) for row_id, _, size in rows])
    return sorted(row_id for some in batches for row_id in judged(some, None if loads else 0))


def _batches(rows: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    """Yield ids of records that may be in memory together, by ids and sizes."""
    batch: list[int] = []
    size = 0
    for row_id, row_size in rows:
        if batch and (len(batch) == _ROWS_AT_ONCE or size + row_size > _BYTES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(row_id)
        size += row_size
    if batch:
        yield batch
