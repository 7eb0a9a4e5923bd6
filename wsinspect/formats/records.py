"""The JSON form of sessions, frames and messages: what `--json` prints and what programs read.

Contract: the keys are those of the reference of records, no more and no fewer, and a key that does not apply is absent.
Times are Unix seconds with microseconds, durations milliseconds, sizes bytes. A payload is `text` where it belongs to a
text message and is valid UTF-8 by itself, else `base64`; the payload of a compressed message's frame is what was on the
wire, so it is always `base64`.
"""

from __future__ import annotations

import base64

import orjson

from wsinspect.model import (
    Close,
    Completeness,
    Frame,
    HttpHead,
    Message,
    PerDirection,
    Session,
    Stage,
    TlsSide,
)
from wsinspect.wire.opcodes import Opcode

type Json = str | int | float | bool | list[Json] | dict[str, Json] | None
"""Any JSON value."""
type Record = dict[str, Json]
"""A JSON object, keys in the order of the reference."""

RSV1 = 4
"""The bit of `Frame.rsv` that marks the first frame of a compressed message (RFC 7692 section 6)."""
_OPCODE_NAMES = {int(opcode): opcode.name.lower() for opcode in Opcode}


def opcode_name(opcode: int) -> str:
    """Name an opcode: `text`, `ping` …, or `0x3` for a reserved one."""
    return _OPCODE_NAMES.get(opcode) or f"{opcode:#x}"


def unix_seconds(time: int) -> float:
    """Turn nanoseconds since the epoch into seconds, rounded to microseconds."""
    # One division of two exact numbers: the float nearest to the decimal, which prints with six digits at most.
    return (time + 500) // 1000 / 1e6


def milliseconds(duration: int) -> float:
    """Turn a duration in nanoseconds into milliseconds, rounded to microseconds."""
    return (duration + 500) // 1000 / 1e3


def json_line(record: Record) -> bytes:
    """Encode a record as one line of UTF-8 JSON, line feed included."""
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def session_record(session: Session) -> Record:
    """Make the JSON form of a session."""
    return _present(
        {
            "id": session.id,
            "relay": session.relay.name.lower(),
            "state": session.state.name.lower(),
            "url": _text(session.url),
            "scheme": _text(session.scheme),
            "host": _text(session.host),
            "port": session.port,
            "path": _text(session.path),
            "client": session.client,
            "server": session.server,
            "subprotocol": _text(session.subprotocol),
            "extensions": _text(session.extensions),
            "protocol": session.protocol,
            "status": session.status,
            "opened": unix_seconds(session.opened),
            "closed": None if session.closed is None else unix_seconds(session.closed),
            "close": _close(session.close),
            "ends": [{"dir": direction.label, "end": end.value} for direction, end in session.ends] or None,
            "error": _text(session.error),
            "violations": _texts(session.violations),
            "listener": session.listener,
            "request": _head(session.request),
            "response": _head(session.response),
            "tls": _tls(session),
            "frames": _counts(session.frames),
            "messages": _counts(session.messages),
            "bytes": _counts(session.bytes),
            "tags": _texts(session.tags),
            "note": _text(session.note),
        }
    )


def frame_record(frame: Frame, *, of_text: bool | None = None) -> Record:
    """Make the JSON form of a frame.

    Args:
        frame: The frame.
        of_text: Whether it belongs to an uncompressed text message. None: as the frame by itself tells, which leaves
            a continuation in doubt, so that its payload becomes `base64`.
    """
    if of_text is None:
        of_text = frame.opcode == Opcode.TEXT and not frame.rsv & RSV1
    mask_key = frame.mask_key
    return _present(
        {
            "session": frame.session,
            "seq": frame.seq,
            "time": unix_seconds(frame.time),
            "dir": frame.direction.label,
            "opcode": opcode_name(frame.opcode),
            "fin": frame.fin,
            "rsv": frame.rsv,
            "masked": frame.masked,
            "mask_key": None if mask_key is None else mask_key.hex(),
            "size": frame.size,
            "wire_size": frame.wire_size,
            "message": frame.message,
            "source": frame.source.name.lower(),
            "verdict": _verdict(frame),
            "held_ms": None if frame.held_ns is None else milliseconds(frame.held_ns),
            "delayed_ms": None if frame.delayed_ns is None else milliseconds(frame.delayed_ns),
            "sent_time": None if frame.sent_time is None else unix_seconds(frame.sent_time),
            "leg": frame.leg.name.lower(),
            "stage": frame.stage.name.lower(),
            "of": frame.of if frame.stage is Stage.SENT else None,
            "violations": _texts(frame.violations),
            "close": _close_frame(frame),
            "truncated": frame.truncated or None,
            **payload_record(frame.payload, of_text),
        }
    )


def message_record(message: Message) -> Record:
    """Make the JSON form of a message."""
    of_text = message.opcode == Opcode.TEXT
    arriving = message.completeness is Completeness.ARRIVING
    return _present(
        {
            "session": message.session,
            "number": message.number,
            "time": unix_seconds(message.time),
            "end": None if arriving else unix_seconds(message.end),
            "dir": message.direction.label,
            "type": opcode_name(message.opcode),
            "frames": list(message.frames),
            "size": message.size,
            "wire_size": message.wire_size,
            "compressed": message.compressed,
            "source": message.source.name.lower(),
            "verdict": _verdict(message),
            "held_ms": None if message.held_ns is None else milliseconds(message.held_ns),
            "delayed_ms": None if message.delayed_ns is None else milliseconds(message.delayed_ns),
            "rules": _texts(message.rules),
            "violations": _texts(message.violations),
            "truncated": message.truncated or None,
            **payload_record(message.payload, of_text),
            "sent": None if message.sent is None else payload_record(message.sent, of_text),
            "protocol": message.protocol,
            "decoded": None if message.decoded is None else orjson.loads(message.decoded),
            "tags": _texts(message.tags),
            "note": _text(message.note),
        }
    )


def payload_record(payload: bytes, of_text: bool) -> Record:
    """Make the one key a payload is given by: `text`, or `base64` where it is not text.

    Args:
        payload: The bytes.
        of_text: Whether they belong to a text message.
    """
    if of_text:
        try:
            return {"text": payload.decode()}
        except UnicodeDecodeError:
            pass
    return {"base64": base64.b64encode(payload).decode("ascii")}


def _verdict(record: Frame | Message) -> Json:
    # A verdict is final, so what has not wholly arrived, or waits, has none yet.
    return None if record.completeness.undecided else record.verdict.name.lower()


def _close(close: Close | None) -> Json:
    if close is None:
        return None
    return _present({"by": close.by, "code": close.code, "reason": _text(close.reason), "clean": close.clean})


def _close_frame(frame: Frame) -> Json:
    if frame.close_code is None:
        return None
    return _present({"code": frame.close_code, "reason": _text(frame.close_reason)})


def _head(head: HttpHead | None) -> Json:
    if head is None:
        return None
    return _present({**_head_fields(head), "sent": _sent_head(head.sent)})


def _sent_head(head: HttpHead | None) -> Json:
    # What was asked for is with the session; what was asked for instead is nowhere but here.
    return None if head is None else _present({"target": _text(head.target), **_head_fields(head)})


def _head_fields(head: HttpHead) -> Record:
    headers: list[Json] = [[_text(name), _text(value)] for name, value in head.headers]
    return {"http_version": head.http_version, "status": head.status, "headers": headers}


def _tls(session: Session) -> Json:
    return _present({"client": _tls_side(session.tls_client), "server": _tls_side(session.tls_server)}) or None


def _tls_side(side: TlsSide | None) -> Json:
    if side is None:
        return None
    return _present(
        {
            "version": side.version,
            "cipher": side.cipher,
            "sni": _text(side.sni),
            "alpn": _text(side.alpn),
            "verified": side.verified,
        }
    )


def _counts(counts: PerDirection) -> Json:
    return {"c2s": counts.c2s, "s2c": counts.s2c}


def _texts(texts: tuple[str, ...]) -> Json:
    return [_text(text) for text in texts] if texts else None


def _text(text: str | None) -> str | None:
    """Make text that JSON can carry of what a peer wrote.

    Bytes that were not UTF-8 come as lone surrogates (PEP 383); such text is read as ISO-8859-1 (RFC 9110 5.5).
    """
    if text is None or text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape" if _only_escapes(text) else "replace").decode("latin-1")
    return text


def _only_escapes(text: str) -> bool:
    return not any("\ud800" <= character < "\udc80" or "\udcff" < character <= "\udfff" for character in text)


def _present(record: Record) -> Record:
    return {key: value for key, value in record.items() if value is not None}
