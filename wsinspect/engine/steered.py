"""What a control channel may ask of a running engine, and what the engine tells it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wsinspect.model import Direction, PerDirection, Session
from wsinspect.wire.sending import Injection


class NoticeKind(enum.StrEnum):
    """What a notice is about."""

    SESSION = "session"
    """It opened, or closed."""
    HELD = "held"
    RELEASED = "released"
    """A held message went on, was dropped, or could not be sent any more: `text` has its verdict."""
    RULES = "rules"
    """Rules were loaded, or a file could not be: then the last good ones stay."""
    RULE_ERROR = "rule_error"
    ALERT = "alert"
    EXPECT_FAILED = "expect_failed"
    LOG = "log"
    REPLAY = "replay"
    """A recording is played in a session from now on, or was."""
    UNMATCHED = "unmatched"
    """A message is none of those in the recording that is played."""
    PAUSED = "paused"
    """Recording stopped, or goes on, as somebody asked."""
    LIMIT = "limit"
    """A session is not read from, as too much of it is held."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened in the engine."""

    kind: NoticeKind
    time: int
    """Unix nanoseconds."""
    text: str = ""
    session: int | None = None
    message: int | None = None
    """Its number in the session."""
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """A filter expression whose messages are held."""

    number: int
    """From 1."""
    filter: str
    owner: str
    """The client that set it; empty: it stays when clients go."""
    hits: int


@dataclass(frozen=True, slots=True)
class Held:
    """A message that waits for a person."""

    session: int
    number: int
    direction: Direction
    opcode: int
    size: int
    """Of the payload as it would go now."""
    since: int
    """Unix nanoseconds."""
    by: str
    """`breakpoint 3`, or `rule vip`."""
    changed: bool
    """Whether a rule or a person has changed it."""


@dataclass(frozen=True, slots=True)
class RuleStatus:
    """One rule of a running engine."""

    id: str
    place: str
    """`file:line:column`."""
    enabled: bool
    event: str
    hits: int
    """How often its actions ran."""
    changed: int
    """How many messages it changed."""
    errors: int
    last_hit: int | None
    """Unix nanoseconds."""
    last_error: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """How an engine is."""

    version: str
    capture: str
    listen: tuple[str, ...]
    started: int
    """Unix nanoseconds."""
    open_sessions: int
    sessions: int
    messages: PerDirection
    """Relayed so far."""
    bytes: int
    """Relayed so far, both directions."""
    backlog: int
    """Bytes that wait to be written to the capture."""
    paused: bool
    recording: bool
    """False: the capture cannot be written just now; the traffic goes on."""
    held: int
    breakpoints: int
    rules: int
    rule_files: tuple[str, ...]
    expect_failures: int
    alerts: int


class Steered(Protocol):
    """A running engine. Methods raise `EngineError` where something is not there, or not possible any more."""

    def status(self) -> EngineStatus:
        """Say how the engine is."""

    def sessions(self) -> Sequence[Session]:
        """List the open sessions, with their counters."""

    def add_breakpoint(self, expression: str, owner: str) -> int:
        """Hold messages that match; return the breakpoint's number. Raises `FilterError`."""

    def remove_breakpoint(self, number: int) -> None:
        """Hold no further messages by it; what it holds stays held."""

    def breakpoints(self) -> Sequence[Breakpoint]:
        """List them."""

    def held(self) -> Sequence[Held]:
        """List what is held, the oldest first."""

    def held_payload(self, session: int, number: int) -> tuple[int, bytes]:
        """Return the opcode and the payload of a held message, as it would go now."""

    def edit(self, session: int, number: int, payload: bytes, opcode: int | None) -> None:
        """Put another payload in place of a held message's; text has to be valid UTF-8."""

    def release(self, session: int, number: int) -> None:
        """Let a held message go on."""

    def release_all(self, owner: str | None, why: str | None) -> int:
        """Release what is held; return how many.

        Args:
            owner: Only what breakpoints of this client hold; its breakpoints go too. None: everything.
            why: Put on record, where it is not a person's wish.
        """

    def drop(self, session: int, number: int) -> None:
        """Let a held message go nowhere."""

    def inject(self, session: int, direction: Direction, frame: Injection) -> None:
        """Send a frame in an open session."""

    def close(self, session: int, directions: Sequence[Direction], code: int | None, reason: str) -> None:
        """Send close frames in these directions; what the peers send there after it goes no further."""

    def abort(self, session: int) -> None:
        """Reset both connections of a session."""

    def half_close(self, session: int, direction: Direction) -> None:
        """End the connection to the receiver of a direction: a FIN."""

    def rules(self) -> Sequence[RuleStatus]:
        """List the rules, in the order in which they run."""

    def load_rules(self, files: Sequence[Path]) -> None:
        """Put the rules of these files in place of all. Raises `RuleError`; then nothing has changed."""

    def reload_rules(self) -> None:
        """Read the rule files again. Raises `RuleError`; then nothing has changed."""

    def enable_rule(self, rule: str, *, enabled: bool) -> None:
        """Let a rule act, or not."""

    def pause(self) -> None:
        """Record no further traffic; it goes on, and is counted in a gap."""

    def resume(self) -> None:
        """Record again."""

    def tag(self, session: int, number: int | None, tags: Sequence[str]) -> None:
        """Set the tags of a session, or of a message of it, whether it is open or not."""

    def note(self, session: int, number: int | None, text: str | None) -> None:
        """Set the note of a session, or of a message."""

    def shut_down(self) -> None:
        """End the engine, cleanly."""

    def subscribe(self, listener: Callable[[Notice], None]) -> Callable[[], None]:
        """Have notices told, from the event loop's thread; return what ends that."""
