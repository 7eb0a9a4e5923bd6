"""What rules want: the decision on a message, and what else is to be done. Whoever runs the session does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from wsinspect.model import Direction, HttpHead, Session
from wsinspect.rules.schema import ReplayMode, Unmatched
from wsinspect.wire.decisions import Decision, Forward
from wsinspect.wire.sending import Injection


@dataclass(frozen=True, slots=True)
class Hit:
    """An action of a rule that was carried out, for the record."""

    rule: str
    action: str
    detail: str | None = None
    """What it did, in a few words; of an error, why."""


@dataclass(frozen=True, slots=True)
class Inject:
    """Send a frame of our own, as soon as it fits, or later."""

    rule: str
    direction: Direction
    frame: Injection
    after_ns: int = 0
    every_ns: int | None = None
    """Again and again."""
    times: int | None = 1
    """How often in all; None: until the session is over."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """Send a frame in every open session that fits."""

    rule: str
    directions: tuple[Direction, ...]
    frame: Injection
    fits: Callable[[Session], bool]


@dataclass(frozen=True, slots=True)
class CloseSession:
    """Send a close frame; what comes in those directions after it is not sent on."""

    rule: str
    directions: tuple[Direction, ...]
    code: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Abort:
    """Reset both TCP connections."""

    rule: str


@dataclass(frozen=True, slots=True)
class HalfClose:
    """End the connection in one direction: a FIN to its receiver."""

    rule: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class Blackhole:
    """Send nothing on in these directions any more."""

    rule: str
    directions: tuple[Direction, ...]


@dataclass(frozen=True, slots=True)
class AddTag:
    """Tag the message, or, where the rule was not about one, the session."""

    rule: str
    tag: str


@dataclass(frozen=True, slots=True)
class AddNote:
    """Add a line to the note of the message, or the session."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """A line for the log."""

    rule: str
    level: str
    """`debug`, `info`, `warning`, `error`; or `alert`, which a person has to see."""
    text: str


@dataclass(frozen=True, slots=True)
class Failed:
    """An `expect` that did not hold."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class SaveFile:
    """Write a payload to a file."""

    rule: str
    folder: str
    """Of the rule file; the file has to be in it or below."""
    file: str
    payload: bytes
    append: bool


@dataclass(frozen=True, slots=True)
class Replay:
    """Play a recorded session in this one."""

    rule: str
    folder: str
    """Of the rule file; the capture has to be in it or below."""
    file: str
    session: int
    """Its number in the capture."""
    mode: ReplayMode = ReplayMode.CAUSAL
    speed: float = 1.0
    first: int | None = None
    """Number of the first message; None: from the beginning."""
    last: int | None = None
    direction: Direction = Direction.S2C
    """Whose messages are played."""
    rebind: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    unmatched: Unmatched = Unmatched.REPORT
    loop: bool = False


type Effect = (
    Inject
    | Broadcast
    | CloseSession
    | Abort
    | HalfClose
    | Blackhole
    | AddTag
    | AddNote
    | Report
    | Failed
    | SaveFile
    | Replay
)


@dataclass(frozen=True, slots=True)
class ScriptCall:
    """A user's function to call with a message, in another process."""

    rule: str
    folder: str
    file: str
    function: str
    message: dict[str, object]
    """What the function gets: plain data, with `payload` as bytes, and `args`."""
    timeout_ns: int


@dataclass(frozen=True, slots=True)
class ScriptAnswer:
    """What a user's function said."""

    payload: bytes | None = None
    """Instead of the message's; None leaves it."""
    drop: bool = False
    variables: dict[str, object] = field(default_factory=dict)
    error: str | None = None
    """It failed, or took too long: the rule's `on_error` says what then."""


@dataclass(slots=True)
class Ruling:
    """What the rules made of an event."""

    decision: Decision = field(default_factory=Forward)
    """Of a message or control frame."""
    effects: list[Effect] = field(default_factory=list)
    """In order."""
    hits: list[Hit] = field(default_factory=list)
    errors: list[Hit] = field(default_factory=list)
    """Rules that failed, `detail` telling why."""
    script: ScriptCall | None = None
    """To be called now; the ruling so far is of no use, the whole one comes from `resume`."""
    resume: Callable[[ScriptAnswer, int], Ruling] | None = None
    """Goes on with the answer, and the time in Unix nanoseconds."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """An answer to the upgrade instead of the server's."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class MockAnswer:
    """A 101 of our own: no server is connected to."""

    subprotocol: str | None
    headers: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class HandshakeRuling:
    """What the rules made of a head of the upgrade."""

    head: HttpHead
    """As it is to go on: headers, and of a request the target's path and query, changed or not."""
    changed: bool = False
    remote: str | None = None
    """URL to connect to instead: `ws://host:port/path`."""
    keep_host: bool = False
    reject: Rejection | None = None
    mock: MockAnswer | None = None
    abort: bool = False
    delay_ns: int = 0
    effects: list[Effect] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    errors: list[Hit] = field(default_factory=list)
