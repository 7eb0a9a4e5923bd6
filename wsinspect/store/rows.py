"""Records as rows and rows as records; what is put comes back equal.

A NULL stands for the usual value (see `schema`). Text that is not valid Unicode, such as a path with lone surrogates,
is kept as a BLOB, because SQLite stores none as text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

from wsinspect.model import (
    Carriage,
    Close,
    Completeness,
    Direction,
    End,
    Frame,
    HttpHead,
    Leg,
    Message,
    PerDirection,
    Session,
    SessionId,
    SessionState,
    Source,
    Stage,
    TlsSide,
    Verdict,
)
from wsinspect.store.columns import FRAME_COLUMNS, Row, SqlValue

_LARGEST = (1 << 63) - 1


def text_value(text: str | None) -> str | bytes | None:
    """Make what a TEXT column can hold of any string."""
    if text is None or text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def size_value(size: int) -> int | None:
    """Make what an INTEGER column can hold of any announced length; the header on record still tells a NULL one."""
    return size if size <= _LARGEST else None


def words_value(words: Sequence[str]) -> str | None:
    """Make the JSON of a list of texts, NULL of an empty one."""
    return json.dumps(list(words)) if words else None


def head_value(head: HttpHead | None) -> str | None:
    """Make the JSON of a request or response head."""
    return None if head is None else json.dumps(_head_fields(head), separators=(",", ":"))


def tls_value(side: TlsSide | None) -> str | None:
    """Make the JSON of one TLS side."""
    if side is None:
        return None
    fields = {"version": side.version, "cipher": side.cipher, "sni": side.sni, "alpn": side.alpn}
    named: dict[str, str | bool] = {name: value for name, value in fields.items() if value is not None}
    if side.verified is not None:
        named["verified"] = side.verified
    return json.dumps(named, separators=(",", ":"))


def ends_value(ends: Sequence[tuple[Direction, End]]) -> str | None:
    """Make the JSON of how the connection's directions ended."""
    return json.dumps([[direction.value, end.value] for direction, end in ends]) if ends else None


def session_values(session: Session) -> dict[str, SqlValue]:
    """Make the columns of a session, but for those that only the writer knows: `run`, `listener`, `changed`."""
    close = session.close
    return {
        "id": session.id,
        "relay": session.relay.value,
        "state": session.state.value,
        "url": text_value(session.url),
        "scheme": text_value(session.scheme),
        "host": text_value(session.host),
        "port": session.port,
        "path": text_value(session.path),
        "client": text_value(session.client),
        "server": text_value(session.server),
        "subprotocol": text_value(session.subprotocol),
        "extensions": text_value(session.extensions),
        "protocol": text_value(session.protocol),
        "status": session.status,
        "opened": session.opened,
        "closed": session.closed,
        "close_by": None if close is None else text_value(close.by),
        "close_code": None if close is None else close.code,
        "close_reason": None if close is None else text_value(close.reason),
        "close_clean": None if close is None else int(close.clean),
        "ends": ends_value(session.ends),
        "error": text_value(session.error),
        "request": head_value(session.request),
        "response": head_value(session.response),
        "tls_client": tls_value(session.tls_client),
        "tls_server": tls_value(session.tls_server),
        "violations": words_value(session.violations),
        "frames_c2s": session.frames.c2s,
        "frames_s2c": session.frames.s2c,
        "messages_c2s": session.messages.c2s,
        "messages_s2c": session.messages.s2c,
        "bytes_c2s": session.bytes.c2s,
        "bytes_s2c": session.bytes.s2c,
        "note": text_value(session.note),
    }


def frame_row(frame: Frame, row_id: int, *, chunked: bool = False) -> Row:
    """Make a row of `frame`, in the order of `FRAME_COLUMNS`.

    Args:
        frame: The frame.
        row_id: Its place in the capture's order of arrival.
        chunked: Whether the payload goes into chunk rows instead.
    """
    row: Row = (
        row_id,
        frame.session,
        frame.seq,
        frame.message,
        frame.direction.value,
        frame.opcode if frame.header else None,
        frame.time,
        frame.header,
        size_value(frame.size),
        None if chunked else frame.payload,
        frame.source.value or None,
        frame.verdict.value or None,
        None if frame.leg.value == frame.direction.value else frame.leg.value,
        frame.stage.value or None,
        frame.of,
        frame.held_ns,
        frame.delayed_ns,
        frame.sent_time,
        frame.close_code,
        text_value(frame.close_reason),
        words_value(frame.violations),
        frame.truncated or None,
        frame.completeness.value or None,
        1 if chunked else None,
        None,
    )
    assert len(row) == len(FRAME_COLUMNS)
    return row


def message_row(
    message: Message, seq: int, *, header: bytes | None, payload: bytes | None, wire_payload: bytes | None = None
) -> Row:
    """Make a row of `message`, in the order of `MESSAGE_COLUMNS`.

    Args:
        message: The message.
        seq: Of its first frame.
        header: Of its only frame, where this row stands for the frame too; None where its frames have rows.
        payload: None where the frames' payloads make it up, or chunk rows do.
        wire_payload: The frame's payload where this row stands for it and it is another than the message's.
    """
    return (
        message.id,
        message.session,
        message.number,
        seq,
        message.direction.value,
        message.opcode,
        message.time,
        header,
        size_value(message.size),
        payload,
        None if message.end == message.time else message.end,
        None if len(message.frames) == 1 else len(message.frames),
        size_value(message.wire_size),
        wire_payload,
        int(message.compressed) or None,
        message.source.value or None,
        message.verdict.value or None,
        message.completeness.value or None,
        message.held_ns,
        message.delayed_ns,
        None,
        words_value(message.violations),
        message.truncated or None,
        1 if message.compressed and payload is None else None,
        None,
    )


def session_record(row: Sequence[SqlValue], listener: SqlValue, tags: Sequence[str]) -> Session:
    """Make a session of a row.

    Args:
        row: In the order of `SESSION_COLUMNS`.
        listener: Its mode and address.
        tags: Its tags.
    """
    (
        row_id, _, _, relay, state, url, scheme, host, port, path, client, server, subprotocol, extensions, protocol,
        status, opened, closed, close_by, close_code, close_reason, close_clean, ends, error, request, response,
        tls_client, tls_server, violations, *counters, note, _,
    ) = row  # fmt: skip
    counts = [_int(value) or 0 for value in counters]
    close = None
    if close_by is not None:
        close = Close(text_record(close_by) or "", _int(close_code), text_record(close_reason), bool(close_clean))
    return Session(
        id=SessionId(_int(row_id) or 0),
        relay=Carriage(_int(relay) or 0),
        state=SessionState(_int(state) or 0),
        url=text_record(url) or "",
        opened=_int(opened) or 0,
        scheme=text_record(scheme),
        host=text_record(host),
        port=_int(port),
        path=text_record(path),
        client=text_record(client),
        server=text_record(server),
        listener=text_record(listener),
        subprotocol=text_record(subprotocol),
        extensions=text_record(extensions),
        protocol=text_record(protocol),
        status=_int(status),
        closed=_int(closed),
        close=close,
        ends=_ends(ends),
        error=text_record(error),
        request=_head(request),
        response=_head(response),
        tls_client=_tls(tls_client),
        tls_server=_tls(tls_server),
        violations=words_record(violations),
        frames=PerDirection(counts[0], counts[1]),
        messages=PerDirection(counts[2], counts[3]),
        bytes=PerDirection(counts[4], counts[5]),
        tags=tuple(tags),
        note=text_record(note),
    )


def frame_record(row: Sequence[SqlValue], payload: bytes) -> Frame:
    """Make a frame of a row.

    Args:
        row: In the order of `FRAME_COLUMNS`, of the table or of the view `frames`.
        payload: Its payload, wherever it was.
    """
    (
        _, session, seq, message, direction, _, time, header, size, _, source, verdict, leg, stage, of, held, delayed,
        sent_time, close_code, close_reason, violations, truncated, completeness, _, _,
    ) = row  # fmt: skip
    header = bytes_value(header)
    return Frame(
        session=SessionId(_int(session) or 0),
        seq=_int(seq) or 0,
        time=_int(time) or 0,
        direction=Direction(_int(direction) or 0),
        header=header,
        size=announced_size(header) if size is None else cast(int, size),
        payload=payload,
        message=_int(message),
        source=Source(_int(source) or 0),
        verdict=Verdict(_int(verdict) or 0),
        leg=Leg(cast(int, direction if leg is None else leg)),
        stage=Stage(_int(stage) or 0),
        of=_int(of),
        held_ns=_int(held),
        delayed_ns=_int(delayed),
        sent_time=_int(sent_time),
        close_code=_int(close_code),
        close_reason=text_record(close_reason),
        violations=words_record(violations),
        truncated=_int(truncated) or 0,
        completeness=Completeness(_int(completeness) or 0),
    )


def announced_size(header: bytes) -> int:
    """Read a frame's length out of its header, 0 where the header was cut off before it."""
    length = header[1] & 0x7F if len(header) > 1 else 0
    if length == 127:
        return int.from_bytes(header[2:10])
    return int.from_bytes(header[2:4]) if length == 126 else length


def words_record(value: SqlValue) -> tuple[str, ...]:
    """Read a JSON list of texts; one that is no valid Unicode is a list of its bytes in hexadecimal."""
    if not value or value == "[]":
        return ()
    words = json.loads(cast(str, value))
    return tuple(cast(str, text_record(bytes.fromhex(word[0]))) if isinstance(word, list) else word for word in words)


def text_record(value: SqlValue) -> str | None:
    """Read a text, or a BLOB that stands for one."""
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else cast("str | None", value)


def bytes_value(value: SqlValue) -> bytes:
    """Take a BLOB, NULL being empty."""
    return value if isinstance(value, bytes) else b""


def _head_fields(head: HttpHead) -> dict[str, object]:
    return {
        "http_version": head.http_version,
        "headers": head.headers,
        **({} if head.status is None else {"status": head.status}),
        **({} if head.reason is None else {"reason": head.reason}),
        **({} if head.method is None else {"method": head.method}),
        **({} if head.target is None else {"target": head.target}),
        **({} if head.sent is None else {"sent": _head_fields(head.sent)}),
    }


def _int(value: SqlValue) -> int | None:
    return cast("int | None", value)


def _ends(value: SqlValue) -> tuple[tuple[Direction, End], ...]:
    return tuple((Direction(direction), End(end)) for direction, end in json.loads(cast(str, value))) if value else ()


def _head(value: SqlValue) -> HttpHead | None:
    return None if value is None else _head_of(json.loads(cast(str, value)))


def _head_of(fields: dict[str, Any]) -> HttpHead:
    headers = tuple((name, text) for name, text in fields.pop("headers"))
    sent = fields.pop("sent", None)
    return HttpHead(headers=headers, sent=None if sent is None else _head_of(sent), **fields)


def _tls(value: SqlValue) -> TlsSide | None:
    return None if value is None else TlsSide(**json.loads(cast(str, value)))
