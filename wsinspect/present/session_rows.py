"""The row of a session in a list that has columns: how it stands, what went through it, how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wsinspect.model import Direction, Message, Session, SessionState
from wsinspect.present.columns import Column
from wsinspect.present.lines import BAD, DIRECTION_STYLES, MARK, QUIET, STATE_STYLES, TITLE
from wsinspect.present.text import Cell, duration_text, escape, preview, size_text
from wsinspect.wire.opcodes import CloseCode, Opcode

ACTIVITY_CELLS = 8
NOTHING = "—"
STATE_SIGNS = {
    SessionState.OPEN: "●",
    SessionState.CLOSED: "○",
    SessionState.REFUSED: "◐",
    SessionState.FAILED: "✕",
}
DIRECTION_SIGNS = {Direction.C2S: "▶", Direction.S2C: "◀"}
SESSION_COLUMNS = (
    Column("number", "#", 4, 90, right=True),
    Column("state", "", 1, 100),
    Column("host", "host/path", 22, 99, share=1),
    Column("protocol", "protocol", 10, 40),
    Column("sent", "↑", 6, 60, right=True),
    Column("received", "↓", 6, 60, right=True),
    Column("size", "size", 6, 50, right=True),
    Column("age", "age", 6, 30, right=True),
    Column("activity", "activity", ACTIVITY_CELLS, 20),
    Column("last", "last", 20, 70, share=1),
)
_USUAL_PORTS = {"ws": 80, "wss": 443, "http": 80, "https": 443}
_USUAL_CODES = frozenset({None, CloseCode.NORMAL_CLOSURE, CloseCode.GOING_AWAY})
"""What a session that has done its work is closed with; any other code has something to tell."""
_BARS = "▁▂▃▄▅▆▇█"
_SHOWN_CHARACTERS = 400
"""No list shows more of a text: what is longer need not be made harmless."""
_MINUTE_NS = 60_000_000_000


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session and what a list shows beside it."""

    key: int
    """Its number."""
    session: Session | None
    """None where retention has deleted it since it was listed."""
    last: Message | None = None
    """Its last message, with the beginning of its payload."""
    activity: Sequence[float] = ()
    """Rates over its life, compared with each other only."""


def session_row(row: SessionRow, now: int) -> dict[str, list[Cell]]:
    """Make the cells of a session, by the names of `SESSION_COLUMNS`.

    Args:
        row: The session.
        now: The time, in ns.
    """
    session = row.session
    if session is None:
        return {"number": [(str(row.key), QUIET)], "host": [("not on record any more", QUIET)]}
    style = STATE_STYLES[session.state]
    happened = session.state in {SessionState.OPEN, SessionState.CLOSED}
    stands_out = "" if happened else style
    return {
        "number": [(str(session.id), TITLE)],
        "state": [(STATE_SIGNS[session.state], style or QUIET)],
        "host": [(place_text(session), stands_out)],
        "protocol": [_protocol(session)],
        "sent": [_count(session.messages.c2s, happened)],
        "received": [_count(session.messages.s2c, happened)],
        "size": [_count(session.bytes.c2s + session.bytes.s2c, happened)],
        "age": [(age_text(session, now), "" if happened else QUIET)],
        "activity": [(spark(row.activity), "green" if session.state is SessionState.OPEN else QUIET)],
        "last": _last(session, row.last),
    }


def place_text(session: Session) -> str:
    """Write where a session leads: host, port where it is not the usual one, and path."""
    if session.host is None:
        return _harmless(session.url)
    usual = session.port is None or session.port == _USUAL_PORTS.get(session.scheme or "")
    host = f"[{session.host}]" if ":" in session.host else session.host
    return _harmless(f"{host}{'' if usual else f':{session.port}'}{session.path or '/'}")


def age_text(session: Session, now: int) -> str:
    """Write how long a session lasted; of one that is open, how old it is in whole minutes.

    What is told in minutes need not be drawn anew each second.
    """
    if session.closed is not None:
        return duration_text(max(session.closed - session.opened, 0) / 1e9)
    if session.state is not SessionState.OPEN:
        return NOTHING
    minutes = max(now - session.opened, 0) // _MINUTE_NS
    if minutes < 1:
        return "<1m"
    return f"{minutes}m" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02d}m"


def spark(rates: Sequence[float]) -> str:
    """Draw rates as bars, the highest one as the highest bar."""
    highest = max(rates, default=0)
    if highest <= 0:
        return _BARS[0] * len(rates)
    return "".join(_BARS[min(round(max(rate, 0) / highest * (len(_BARS) - 1)), len(_BARS) - 1)] for rate in rates)


def end_cells(session: Session) -> list[Cell]:
    """Say how a session ended: by whom it was closed, or why it never came to be; empty where it is open."""
    if session.state is SessionState.OPEN:
        return []
    if session.state is SessionState.REFUSED:
        status = "" if session.status is None else f" {session.status}"
        return [(f"refused{status}", f"bold {MARK}"), *_why(session, str(session.status or ""))]
    if session.state is SessionState.FAILED:
        return [("failed", BAD), *_why(session, "")]
    close = session.close
    if close is None:
        return [("ended without a close frame", MARK), *_why(session, "")]
    code = "without a code" if close.code is None else str(close.code)
    reason = f": {_harmless(close.reason)}" if close.reason else ""
    usual = close.clean and close.code in _USUAL_CODES
    return [(f"closed {code} by {_harmless(close.by)}{reason}", QUIET if usual else MARK), *_why(session, "")]


def _why(session: Session, said: str) -> list[Cell]:
    if not session.error:
        return []
    # "the server answered 403 Forbidden": the status has been told.
    error = session.error.partition(said)[2].strip() if said and said in session.error else session.error
    return [(f": {_harmless(error)}", MARK if session.state is SessionState.REFUSED else BAD)] if error else []


def _last(session: Session, message: Message | None) -> list[Cell]:
    cells = [(f"! {_harmless(violation)} ", BAD) for violation in session.violations]
    cells += [(f"#{_harmless(tag)} ", MARK) for tag in session.tags]
    ended = end_cells(session)
    if ended or message is None:
        return [*cells, *ended]
    shown = preview(message.payload, message.size, of_text=message.opcode == Opcode.TEXT, room=_SHOWN_CHARACTERS)
    return [*cells, (f"{DIRECTION_SIGNS[message.direction]} ", DIRECTION_STYLES[message.direction]), (shown, "")]


def _protocol(session: Session) -> Cell:
    name = session.protocol or session.subprotocol
    return (_harmless(name), "") if name else (NOTHING, QUIET)


def _count(number: int, happened: bool) -> Cell:
    return (size_text(number), "") if happened else (NOTHING, QUIET)


def _harmless(text: str) -> str:
    return escape(text[:_SHOWN_CHARACTERS])
