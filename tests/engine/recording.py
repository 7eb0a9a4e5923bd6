"""A real capture with sessions on it whose bytes come straight from a test, no network in between."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.peers.capture import Recorded, all_recorded
from tests.peers.upgrade import accept_for
from wsinspect.engine.carrier import Carrier, Reason
from wsinspect.engine.recorder import Recorder
from wsinspect.engine.session_recorder import SessionRecorder
from wsinspect.model import Carriage, Direction, End, HttpHead, Session, SessionId, SessionState
from wsinspect.store.writer import CaptureWriter

C2S, S2C = Direction.C2S, Direction.S2C
KEY = b"\x37\xfa\x21\x3d"
"""A masking key."""
_HANDSHAKE_KEY = "dGhlIHNhbXBsZSBub25jZQ=="


@dataclass
class Kept:
    """An endpoint that keeps what it is sent."""

    tls: bool = False
    data: bytearray = field(default_factory=bytearray)
    told: list[object] = field(default_factory=list)
    paused: Reason = Reason.NONE

    def send(self, data: bytes) -> None:
        self.data += data

    def end_writing(self, end: End, *, source_tls: bool) -> None:
        self.told.append((end, source_tls))

    def reset(self) -> None:
        self.told.append("reset")

    def close(self) -> None:
        self.told.append("close")

    def pause(self, reason: Reason) -> None:
        self.paused |= reason

    def resume(self, reason: Reason) -> None:
        self.paused &= ~reason


@dataclass
class Going:
    """A session that goes on, and its carrier."""

    session: SessionRecorder
    carrier: Carrier
    client: Kept
    server: Kept

    def end(self) -> None:
        """End both directions as a clean TCP close does."""
        for direction in Direction:
            self.carrier.end(direction, End.FIN)


def opened_session(number: SessionId) -> Session:
    """What is known of a session at its request."""
    headers = (
        ("Host", "a.test"),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", _HANDSHAKE_KEY),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Extensions", "permessage-deflate"),
    )
    return Session(
        id=number,
        relay=Carriage.LAYERED,
        state=SessionState.OPEN,
        url="ws://a.test/chat",
        opened=1,
        listener="regular@127.0.0.1:8080",
        request=HttpHead("HTTP/1.1", headers, method="GET", target="/chat"),
    )


def answer(*extra: tuple[str, str]) -> HttpHead:
    """The 101 that agrees."""
    headers = (
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept_for(_HANDSHAKE_KEY)),
        *extra,
    )
    return HttpHead("HTTP/1.1", headers, status=101, reason="Switching Protocols")


DEFLATE = ("Sec-WebSocket-Extensions", "permessage-deflate")


def begin(recorder: Recorder, *extra: tuple[str, str]) -> Going:
    """Put a session on record and upgrade it, with more headers in the 101."""
    session = recorder.open(opened_session)
    carrier = session.upgraded(
        answer(*extra), Carriage.DIRECT, server="127.0.0.1:80", tls_server=None, on_finished=lambda _: None
    )
    client, server = Kept(), Kept()
    carrier.client, carrier.server = client, server
    return Going(session, carrier, client, server)


@contextmanager
def recording(
    capture: Path,
    *,
    max_payload: int = 64 << 20,
    wait: bool = True,
    queue_limit: int = 256 << 20,
    stall_ns: int = 5_000_000_000,
    recorder_type: type[Recorder] = Recorder,
) -> Iterator[Recorder]:
    """Record into a new capture for the length of a block, with the running event loop."""
    loop = asyncio.get_running_loop()
    made: list[Recorder] = []

    def on_progress() -> None:
        if made and not loop.is_closed():
            loop.call_soon_threadsafe(made[0].progressed)

    with CaptureWriter(capture, queue_limit=queue_limit, stall_ns=stall_ns, on_progress=on_progress) as writer:
        made.append(recorder_type(writer, loop, max_payload=max_payload, wait=wait))
        yield made[0]
        made[0].flush_counters()


@contextmanager
def locked(capture: Path) -> Iterator[None]:
    """Keep the writer of a capture from writing."""
    with closing(sqlite3.connect(capture, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.rollback()


def the_one(capture: Path) -> Recorded:
    """The only session of a capture."""
    (recorded,) = all_recorded(capture)
    return recorded


def count(capture: Path, query: str) -> int:
    """Ask the file itself."""
    with closing(sqlite3.connect(f"file:{capture}?mode=ro", uri=True)) as connection:
        return int(connection.execute(query).fetchone()[0])
