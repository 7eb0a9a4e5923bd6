"""Recordings made by hand: one line a message, so that a test reads like the conversation it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from wsinspect.model import Carriage, Direction, HttpHead, Leg, PerDirection, Session, SessionId, SessionState
from wsinspect.replay.recording import Event, Recording
from wsinspect.wire.opcodes import Opcode

T0 = 1_700_000_000_000_000_000
"""When sessions open; the first line comes a step later."""
STEP = 100_000_000

_SIGNS = {">": Direction.C2S, "<": Direction.S2C}
_WAIT = re.compile(r"\+(\d+)ms ")
_CONTROL = {"ping": Opcode.PING, "pong": Opcode.PONG, "close": Opcode.CLOSE}

type Line = str | tuple[str, bytes]
"""`> text`, `< text`; `>> ping`, `<< close 1000 bye` for control frames; with bytes in a pair, a binary message.
`+250ms > text` comes that long after the line before it instead of a step."""


def recorded(
    *lines: Line,
    request: Sequence[tuple[str, str]] = (),
    response: Sequence[tuple[str, str]] = (),
    target: str = "/",
    leg: Leg = Leg.SERVER,
    start: int = T0,
    step: int = STEP,
    session: int = 1,
) -> Recording:
    """Return a recording with these lines.

    Args:
        lines: What was said, in order.
        request: Headers of the client's handshake.
        response: Headers of the answer to it.
        target: Of the request.
        leg: Which connection it was seen on.
        start: When the session opened.
        step: Nanoseconds from line to line.
        session: Its number.
    """
    events: list[Event] = []
    time = start
    number = 0
    for line in lines:
        sign, payload = line if isinstance(line, tuple) else (line, None)
        waited = _WAIT.match(sign)
        time += int(waited[1]) * 1_000_000 if waited else step
        event = _event(sign[waited.end() :] if waited else sign, payload, time)
        number += event.is_message
        events.append(replace(event, index=len(events), number=number if event.is_message else None))
    return Recording(_session(events, request, response, target, start, session), leg, tuple(events))


def _event(line: str, payload: bytes | None, time: int) -> Event:
    """Read a line; its index and number are not right yet."""
    direction = _SIGNS[line[0]]
    if line.startswith((">>", "<<")):
        word, _, rest = line[2:].strip().partition(" ")
        return Event(0, direction, time, _CONTROL[word], _control_payload(word, rest))
    if payload is not None:
        return Event(0, direction, time, Opcode.BINARY, payload, 1)
    return Event(0, direction, time, Opcode.TEXT, line[1:].removeprefix(" ").encode("utf-8", "surrogateescape"), 1)


def _control_payload(word: str, rest: str) -> bytes:
    if word != "close" or not rest:
        return rest.encode()
    code, _, reason = rest.partition(" ")
    return int(code).to_bytes(2) + reason.encode()


def _session(
    events: Sequence[Event],
    request: Sequence[tuple[str, str]],
    response: Sequence[tuple[str, str]],
    target: str,
    start: int,
    session: int,
) -> Session:
    counts = [sum(event.is_message and event.direction is way for event in events) for way in Direction]
    return Session(
        SessionId(session),
        Carriage.DIRECT,
        SessionState.CLOSED,
        f"ws://shop.test{target}",
        start,
        scheme="ws",
        host="shop.test",
        port=80,
        path=target,
        status=101,
        closed=events[-1].time if events else start,
        request=HttpHead("HTTP/1.1", (("Host", "shop.test"), *request), method="GET", target=target),
        response=HttpHead("HTTP/1.1", tuple(response), status=101, reason="Switching Protocols"),
        messages=PerDirection(*counts),
    )
