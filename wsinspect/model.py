"""What a capture is made of: sessions, frames, messages, and the closed sets of words about them.

Every layer above speaks in these records. Times are integer nanoseconds since the Unix epoch, taken from a monotonic
clock with one wall-clock anchor a capture, so that gaps never go backwards. Sizes are bytes. The JSON form of each
record is in `formats.records`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import NewType

SessionId = NewType("SessionId", int)
"""Number of a session in its capture, from 1."""


class Direction(enum.IntEnum):
    """Which way a frame travels."""

    C2S = 0
    S2C = 1

    @property
    def label(self) -> str:
        """`c2s` or `s2c`."""
        return self.name.lower()

    @property
    def opposite(self) -> Direction:
        """The other one."""
        return Direction.S2C if self is Direction.C2S else Direction.C2S


class Leg(enum.IntEnum):
    """Which of the proxy's two connections a frame was seen on."""

    CLIENT = 0
    SERVER = 1


class Stage(enum.IntEnum):
    """Whether a frame is one that came, or what was sent on instead of it."""

    RECEIVED = 0
    SENT = 1


class Source(enum.IntEnum):
    """Who made a frame."""

    PEER = 0
    RULE = 1
    USER = 2
    REPLAY = 3


class Verdict(enum.IntEnum):
    """What became of a frame or message, once that is final."""

    FORWARDED = 0
    RECODED = 1
    MODIFIED = 2
    DROPPED = 3
    NOT_SENT = 4
    TOO_LARGE = 5


class SessionState(enum.IntEnum):
    """Where a session stands."""

    OPEN = 0
    CLOSED = 1
    REFUSED = 2
    """The upgrade was answered with another status than 101."""
    FAILED = 3
    """There was no answer: unreachable, TLS failure, lost on the way."""


class Carriage(enum.IntEnum):
    """How a session's bytes are carried: the record key `relay`."""

    DIRECT = 0
    """Between the two sockets, by the takeover."""
    LAYERED = 1
    """Through mitmproxy's layers."""


class Completeness(enum.IntEnum):
    """How much of a frame or message has arrived, and whether anything is still to become of it."""

    COMPLETE = 0
    ARRIVING = 1
    CUT_OFF = 2
    """The connection ended in the middle of it."""
    WAITING = 3
    """It has wholly come and is held, delayed, or behind one that is; its verdict is not given yet."""

    @property
    def undecided(self) -> bool:
        """Whether the verdict is still to come."""
        return self in {Completeness.ARRIVING, Completeness.WAITING}


class End(enum.Enum):
    """How one direction of a connection ended."""

    FIN = "fin"
    """TCP half-close without a TLS close_notify before it."""
    RESET = "reset"
    CLOSE_NOTIFY = "close_notify"
    TLS_ERROR = "tls_error"
    PROXY = "proxy"
    """wsinspect itself ended it, on shutdown."""


@dataclass(frozen=True, slots=True)
class PerDirection:
    """One counter for each direction."""

    c2s: int = 0
    s2c: int = 0


@dataclass(frozen=True, slots=True)
class HttpHead:
    """A request or response head of the upgrade, headers in the order and spelling they came in."""

    http_version: str
    headers: tuple[tuple[str, str], ...]
    status: int | None = None
    """Of a response."""
    reason: str | None = None
    """Of a response."""
    method: str | None = None
    """Of a request."""
    target: str | None = None
    """Of a request: the request-target as the client wrote it, such as `ws://a.test/chat`."""
    sent: HttpHead | None = None
    """Of a head that a rule changed, moved or replaced: what went on instead; its own is None."""


@dataclass(frozen=True, slots=True)
class TlsSide:
    """TLS on one of the two connections."""

    version: str | None = None
    cipher: str | None = None
    sni: str | None = None
    alpn: str | None = None
    verified: bool | None = None
    """Whether the certificate was checked; of the server's side only."""


@dataclass(frozen=True, slots=True)
class Close:
    """How the WebSocket closed.

    `by` is `client`, `server` or `proxy`; `code` and `reason` are of the first close frame, None where there was none.
    """

    by: str
    code: int | None
    reason: str | None
    clean: bool
    """Whether both sides sent a close frame."""


@dataclass(frozen=True, slots=True)
class Session:
    """One WebSocket, or one attempt at one."""

    id: SessionId
    relay: Carriage
    state: SessionState
    url: str
    opened: int
    scheme: str | None = None
    host: str | None = None
    port: int | None = None
    path: str | None = None
    client: str | None = None
    """`host:port` of the client."""
    server: str | None = None
    """`host:port` of the server, as connected to."""
    listener: str | None = None
    """The mode and address it came in by, such as `regular@127.0.0.1:8080`."""
    subprotocol: str | None = None
    extensions: str | None = None
    """As agreed, the response's header value."""
    protocol: str | None = None
    status: int | None = None
    closed: int | None = None
    close: Close | None = None
    ends: tuple[tuple[Direction, End], ...] = ()
    """How each direction's connection ended, in order."""
    error: str | None = None
    """Why it was refused or failed, in words."""
    request: HttpHead | None = None
    response: HttpHead | None = None
    tls_client: TlsSide | None = None
    tls_server: TlsSide | None = None
    violations: tuple[str, ...] = ()
    """Oddities of the handshake."""
    frames: PerDirection = field(default_factory=PerDirection)
    messages: PerDirection = field(default_factory=PerDirection)
    bytes: PerDirection = field(default_factory=PerDirection)
    """Bytes of the frame stream, headers included."""
    tags: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as it was on the wire of one leg."""

    session: SessionId
    seq: int
    """From 1, both directions together, in order of arrival."""
    time: int
    direction: Direction
    header: bytes
    """The raw header, 2 to 14 bytes, masking key included."""
    size: int
    """Length of the payload as the header announces it."""
    payload: bytes
    """As on the wire, after unmasking; shorter than `size` by `truncated` or where the frame was cut off."""
    message: int | None = None
    source: Source = Source.PEER
    verdict: Verdict = Verdict.FORWARDED
    leg: Leg = Leg.CLIENT
    stage: Stage = Stage.RECEIVED
    of: int | None = None
    held_ns: int | None = None
    delayed_ns: int | None = None
    sent_time: int | None = None
    close_code: int | None = None
    close_reason: str | None = None
    violations: tuple[str, ...] = ()
    truncated: int = 0
    completeness: Completeness = Completeness.COMPLETE

    @property
    def opcode(self) -> int:
        """The four opcode bits."""
        return self.header[0] & 0x0F

    @property
    def fin(self) -> bool:
        """Whether it is the last of its message."""
        return bool(self.header[0] & 0x80)

    @property
    def rsv(self) -> int:
        """The three reserved bits as a number: RSV1 is 4, RSV2 2, RSV3 1."""
        return self.header[0] >> 4 & 0x07

    @property
    def masked(self) -> bool:
        """Whether the mask bit is set."""
        return self.header[1] >= 0x80

    @property
    def mask_key(self) -> bytes | None:
        """The 4-byte masking key, None where the frame is not masked or was cut off before the key was complete."""
        second = self.header[1]
        start = {126: 4, 127: 10}.get(second & 0x7F, 2)
        return self.header[start:] if second >= 0x80 and len(self.header) == start + 4 else None

    @property
    def wire_size(self) -> int:
        """Header and payload."""
        return len(self.header) + self.size


@dataclass(frozen=True, slots=True)
class Message:
    """One text or binary message, whatever number of frames it came in."""

    id: int
    """Place in the capture's order of arrival."""
    session: SessionId
    number: int
    """From 1, both directions together, given at the first frame."""
    time: int
    end: int
    direction: Direction
    opcode: int
    """1 text, 2 binary."""
    frames: tuple[int, ...]
    """The `seq` of each frame."""
    size: int
    """Of the readable payload, whole, whatever was left out of the record."""
    wire_size: int
    """Of its frames, headers included."""
    payload: bytes
    """As received, inflated where it was compressed."""
    compressed: bool = False
    source: Source = Source.PEER
    verdict: Verdict = Verdict.FORWARDED
    held_ns: int | None = None
    delayed_ns: int | None = None
    rules: tuple[str, ...] = ()
    sent: bytes | None = None
    """Payload as sent on, where it differs."""
    violations: tuple[str, ...] = ()
    truncated: int = 0
    """Bytes of the payload that are not on record."""
    completeness: Completeness = Completeness.COMPLETE
    protocol: str | None = None
    decoded: str | None = None
    """A decoder's view, as JSON text."""
    tags: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of traffic that could not be recorded."""

    time: int
    end: int
    frames: int
    messages: int
    bytes: int
    why: str
    session: SessionId | None = None
    """None where it concerns no session alone."""
