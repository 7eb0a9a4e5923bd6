"""One session, message or frame in full, as `show` prints it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from wsinspect.formats.records import RSV1, opcode_name
from wsinspect.model import (
    Completeness,
    Direction,
    Frame,
    HttpHead,
    Message,
    Session,
    SessionState,
    Source,
    Stage,
    TlsSide,
    Verdict,
)
from wsinspect.present.header_bits import header_lines
from wsinspect.present.lines import BAD, DIRECTION_STYLES, QUIET, STATE_STYLES, TITLE
from wsinspect.present.payloads import json_lines, payload_lines
from wsinspect.present.text import Cell, cell_len, date_and_clock, duration_text, escape, spaced
from wsinspect.store.reader import Hit
from wsinspect.wire.opcodes import CloseCode, Opcode

type Line = list[Cell]

_LABEL_CELLS = 13
_ORIGIN = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")


def session_page(session: Session, hits: Sequence[Hit] = ()) -> Iterator[Line]:
    """Lay out a session: where, how, its counts, its end, what rules did and the two heads of its handshake."""
    yield [(f"Session {session.id}", TITLE), ("  ", ""), (escape(session.url), TITLE)]
    state = [(session.state.name.lower(), STATE_STYLES[session.state])]
    if session.status is not None and session.state is not SessionState.CLOSED:
        state.append((f", status {session.status}", ""))
    yield from _field("state", *state)
    yield from _text_field("why", session.error, BAD)
    yield from _text_field("opened", date_and_clock(session.opened))
    if session.closed is not None:
        lasted = duration_text((session.closed - session.opened) / 1e9)
        yield from _text_field("closed", f"{date_and_clock(session.closed)}, lasted {lasted}")
    yield from _field("close", *_close_cells(session))
    for direction, end in session.ends:
        side = "client" if direction is Direction.C2S else "server"
        yield from _text_field(f"{side} end", end.value.replace("_", " "))
    yield from _text_field("client", session.client)
    yield from _text_field("server", session.server)
    yield from _text_field("listener", session.listener)
    yield from _text_field("relay", session.relay.name.lower())
    yield from _text_field("subprotocol", session.subprotocol)
    yield from _text_field("extensions", session.extensions)
    yield from _text_field("protocol", session.protocol)
    yield from _field("TLS client", *_tls_cells(session.tls_client))
    yield from _field("TLS server", *_tls_cells(session.tls_server))
    for name, counts in (("messages", session.messages), ("frames", session.frames), ("bytes", session.bytes)):
        yield from _text_field(name, f"{counts.c2s:,} c2s, {counts.s2c:,} s2c")
    yield from _violations(session.violations)
    yield from _text_field("tags", ", ".join(session.tags))
    yield from _text_field("note", session.note)
    yield from _hit_lines(hits)
    yield from _head_lines("Request", session.request)
    yield from _head_lines("Response", session.response)


def _close_cells(session: Session) -> Iterator[Cell]:
    close = session.close
    if close is None:
        return
    code = "without a code" if close.code is None else close_code_text(close.code)
    reason = f' "{escape(close.reason)}"' if close.reason else ""
    yield f"{code}{reason} by the {escape(close.by)}, ", ""
    yield ("clean", "green") if close.clean else ("not clean", BAD)


def close_code_text(code: int) -> str:
    """Write a close code with the name it is registered by."""
    try:
        return f"{code} {CloseCode(code).name.lower().replace('_', ' ')}"
    except ValueError:
        return str(code)


def _tls_cells(side: TlsSide | None) -> Iterator[Cell]:
    if side is None:
        return
    named = [("SNI ", side.sni), ("ALPN ", side.alpn)]
    words = [word for word in (side.version, side.cipher) if word]
    words += [f"{name}{escape(value)}" for name, value in named if value]
    yield ", ".join(words), ""
    if side.verified is not None:
        yield (", certificate verified", "green") if side.verified else (", certificate not verified", BAD)


def _head_lines(title: str, head: HttpHead | None) -> Iterator[Line]:
    if head is None:
        return
    yield []
    yield [(title, TITLE)]
    yield [("  ", ""), (escape(_start_line(head, head.target)), "")]
    for name, value in head.headers:
        yield [("  ", ""), (f"{escape(name)}:", "blue"), (f" {escape(value)}", "")]
    if head.sent is not None:
        yield from _changes(head, head.sent)


def _start_line(head: HttpHead, target: str | None) -> str:
    version = head.http_version if "/" in head.http_version else f"HTTP/{head.http_version}"
    if head.status is None:
        return f"{head.method or ''} {target or ''} {version}".strip()
    return f"{version} {head.status} {head.reason or ''}".rstrip()


def _changes(head: HttpHead, sent: HttpHead) -> Iterator[Line]:
    """Tell what went on instead of a head by what is different."""
    # A proxy is asked for a URL, a server for a path: that is no change.
    before = _start_line(head, _ORIGIN.sub("", head.target or "") or "/")
    after = _start_line(sent, sent.target)
    taken, added = (before, *map(_header_line, head.headers)), (after, *map(_header_line, sent.headers))
    lost, new = Counter(taken) - Counter(added), Counter(added) - Counter(taken)
    yield [("  changed by rules" if lost or new else "  sent to another server by rules", "yellow")]
    for mark, lines in (("-", lost), ("+", new)):
        yield from ([(f"  {mark} {escape(line)}", "yellow")] for line in lines.elements())


def _header_line(pair: tuple[str, str]) -> str:
    return f"{pair[0]}: {pair[1]}"


def message_page(message: Message, hits: Sequence[Hit] = (), *, limit: int | None) -> Iterator[Line]:
    """Lay out a message: what it is, what became of it, what rules did, its payload, and what was sent instead.

    Args:
        message: The message.
        hits: What rules did; none: their names at least.
        limit: Bytes of each payload to show, None for all on record.
    """
    of_text = message.opcode == Opcode.TEXT
    yield from message_facts(message, hits)
    yield from _payload("Payload", message.payload, of_text=of_text, limit=limit)
    if message.sent is not None:
        yield from _payload("Sent instead", message.sent, of_text=of_text, limit=limit)
    if message.decoded is not None:
        yield []
        yield [(f"Decoded as {escape(message.protocol or 'unknown')}", TITLE)]
        yield from json_lines(message.decoded) or [[(escape(message.decoded), "")]]


def message_facts(message: Message, hits: Sequence[Hit] = ()) -> Iterator[Line]:
    """Lay out a message without its payload: what it is, what became of it, and what rules did."""
    yield [
        (f"Message {message.session}.{message.number}", TITLE),
        (f"  {opcode_name(message.opcode)} ", ""),
        (message.direction.label, DIRECTION_STYLES[message.direction]),
    ]
    yield from _text_field("time", date_and_clock(message.time))
    if message.end != message.time:
        yield from _text_field("took", f"{duration_text((message.end - message.time) / 1e9)} to its last frame")
    wire = f", {message.wire_size:,} on the wire" + (", compressed" if message.compressed else "")
    yield from _text_field("size", f"{message.size:,} bytes{wire}")
    yield from _fate(message)
    if not hits:
        yield from _text_field("rules", ", ".join(message.rules))
    yield from _text_field("tags", ", ".join(message.tags))
    yield from _text_field("note", message.note)
    yield from _hit_lines(hits)


def frame_page(frame: Frame, *, of_text: bool | None = None, limit: int | None) -> Iterator[Line]:
    """Lay out a frame: what became of it, every bit of its header, and its payload.

    Args:
        frame: The frame.
        of_text: Whether it belongs to an uncompressed text message; None: as the frame by itself tells.
        limit: Bytes of the payload to show, None for all on record.
    """
    if of_text is None:
        of_text = frame.opcode == Opcode.TEXT and not frame.rsv & RSV1
    yield from frame_facts(frame)
    yield from _payload("Payload", frame.payload, of_text=of_text, limit=limit)


def frame_facts(frame: Frame) -> Iterator[Line]:
    """Lay out a frame without its payload: what became of it, and every bit of its header."""
    yield [
        (f"Frame {frame.session}.f{frame.seq}", TITLE),
        (f"  {opcode_name(frame.opcode)} ", ""),
        (frame.direction.label, DIRECTION_STYLES[frame.direction]),
    ]
    yield from _text_field("time", date_and_clock(frame.time))
    if frame.message is not None:
        yield from _text_field("message", f"{frame.session}.{frame.message}")
    yield from _text_field("size", f"{frame.size:,} bytes, {frame.wire_size:,} with the header")
    instead = f", for {frame.session}.f{frame.of}" if frame.stage is Stage.SENT and frame.of is not None else ""
    yield from _text_field("leg", f"{frame.stage.name.lower()}, {frame.leg.name.lower()} side{instead}")
    if frame.sent_time is not None:
        yield from _text_field("sent", date_and_clock(frame.sent_time))
    if frame.close_code is not None:
        reason = f' "{frame.close_reason}"' if frame.close_reason else ""
        yield from _text_field("close", f"{close_code_text(frame.close_code)}{reason}")
    yield from _fate(frame)
    yield []
    yield [("Header", TITLE), (f"  {frame.header.hex(' ')}", QUIET)]
    for line in header_lines(frame.header):
        yield [("  ", ""), *line]


def _fate(record: Message | Frame) -> Iterator[Line]:
    if record.completeness.undecided:
        why = "still arriving" if record.completeness is Completeness.ARRIVING else "held or delayed"
        yield from _text_field("verdict", f"none yet, {why}", "yellow")
    else:
        style = "" if record.verdict is Verdict.FORWARDED else "yellow"
        yield from _text_field("verdict", record.verdict.name.lower().replace("_", " "), style)
    if record.completeness is Completeness.CUT_OFF:
        yield from _text_field("cut off", "the connection ended in the middle of it", BAD)
    if record.source is not Source.PEER:
        yield from _text_field("made by", record.source.name.lower(), "yellow")
    if record.held_ns is not None:
        yield from _text_field("held", duration_text(record.held_ns / 1e9))
    if record.delayed_ns is not None:
        yield from _text_field("delayed", duration_text(record.delayed_ns / 1e9))
    if record.truncated:
        yield from _text_field("truncated", f"{record.truncated:,} bytes are not on record", BAD)
    yield from _violations(record.violations)


def _hit_lines(hits: Sequence[Hit]) -> Iterator[Line]:
    if not hits:
        return
    yield []
    yield [("What rules did", TITLE)]
    rules, actions = [escape(hit.rule) for hit in hits], [escape(hit.action) for hit in hits]
    widths = (max(map(cell_len, rules)), max(map(cell_len, actions)))
    for hit, rule, action in zip(hits, rules, actions, strict=True):
        times = [(f" ({hit.times:,} times)", QUIET)] if hit.times > 1 else []
        style = BAD if hit.action == "error" else ""
        row = spaced([(rule, "yellow"), (action, style), (escape(hit.detail or ""), style)], widths)
        yield [("  ", ""), *row, *times]


def _violations(violations: Iterable[str]) -> Iterator[Line]:
    for violation in violations:
        yield from _text_field("violation", violation, BAD)


def _payload(title: str, payload: bytes, *, of_text: bool, limit: int | None) -> Iterator[Line]:
    yield []
    yield [(title, TITLE), ("" if payload else "  empty", QUIET)]
    if payload:
        yield from payload_lines(payload, of_text=of_text, limit=limit)


def _text_field(label: str, value: str | None, style: str = "") -> Iterator[Line]:
    """Make the line of a value that may hold anything; no line where there is none."""
    if value:
        yield from _field(label, (escape(value), style))


def _field(label: str, *cells: Cell) -> Iterator[Line]:
    if cells:
        yield [(f"  {label:<{_LABEL_CELLS}}", QUIET), *cells]
