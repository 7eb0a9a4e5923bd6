"""One end of a TCP or TLS connection with nothing hidden: every byte and every kind of end, sent and seen.

Libraries merge what a proxy must keep apart: a TLS close_notify, a FIN, a reset and a broken TLS record are four
different events here, both to cause and to observe. TLS runs over OpenSSL's memory BIOs for that reason.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from types import TracebackType
from typing import Self

from OpenSSL import SSL

from tests.peers.waiting import DEADLINE_S
from wsinspect.model import End

_READ_BYTES = 65536
_GARBAGE_RECORD = b"\x17\x03\x03\x00\x28" + b"\xa5" * 40


class Endpoint:
    """A connection's end, plain or TLS, that records what it sent, what it received and how the other side ended.

    Args:
        connection: A connected non-blocking socket; owned from here on.
        name: What failures call it.
    """

    def __init__(self, connection: socket.socket, name: str) -> None:
        self.name = name
        self.sent = bytearray()
        """Every application byte sent."""
        self.received = bytearray()
        """Every application byte received."""
        self.ends: list[End] = []
        """How the other side ended, in order: a clean TLS end is CLOSE_NOTIFY, then FIN."""
        self.tls_errors: list[str] = []
        self.tls: SSL.Connection | None = None
        self.at_receive: Callable[[bytes], None] | None = None
        """Called with every piece of application data as it arrives."""
        self._socket = connection
        self._taken = 0
        self._established = False
        self._condition = asyncio.Condition()
        self._writing = asyncio.Lock()
        self._reading = asyncio.Event()
        self._reading.set()
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    # -- starting ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to read, plain; TLS may follow with `start_tls`."""
        assert self._reader is None
        self._reader = asyncio.create_task(self._read())

    async def start_tls(self, context: SSL.Context, *, server_name: str | None = None, server_side: bool) -> None:
        """Do the TLS handshake on the connection, before or after plain bytes (of a CONNECT).

        Args:
            context: Of `certificates.raw_server_context` or `raw_client_context`.
            server_name: SNI, for a client.
            server_side: Which part to play.

        Raises:
            AssertionError: No handshake, with OpenSSL's reason.
        """
        assert self._taken == len(self.received), f"{self.name}: {len(self.received) - self._taken} bytes before TLS"
        tls = SSL.Connection(context, None)
        if server_side:
            tls.set_accept_state()
        else:
            tls.set_connect_state()
            if server_name is not None:
                tls.set_tlsext_host_name(server_name.encode())
        self.tls = tls
        if self._reader is None:
            self.start()
        if not server_side:
            await self._advance_tls()
        await self._wait(lambda: bool(self.ends) or self._established, "TLS")
        assert self._established, f"{self.name}: TLS handshake failed: {self.tls_errors or self.ends}"

    # -- sending ----------------------------------------------------------------------------------------------------

    async def send(self, data: bytes) -> None:
        """Send application bytes; returns once the system took them all."""
        self.sent += data
        async with self._writing:
            if self.tls is None:
                await self._write(data)
                return
            for start in range(0, len(data), 1 << 20):
                self.tls.sendall(data[start : start + (1 << 20)])
                await self._flush()

    async def send_below_tls(self, data: bytes) -> None:
        """Send bytes past TLS, as they are."""
        async with self._writing:
            await self._write(data)
            await self._flush()

    async def break_tls(self) -> None:
        """Send a TLS record that cannot be decrypted."""
        assert self.tls is not None
        await self.send_below_tls(_GARBAGE_RECORD)

    async def close_notify(self) -> None:
        """End TLS cleanly, this direction, and leave TCP open."""
        assert self.tls is not None
        async with self._writing:
            with contextlib.suppress(SSL.Error):
                self.tls.shutdown()
            await self._flush()

    async def fin(self) -> None:
        """Half-close TCP; over TLS without a close_notify."""
        async with self._writing:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)

    async def half_close(self) -> None:
        """End this direction the way a well-behaved program does: FIN, or over TLS close_notify alone."""
        await (self.fin() if self.tls is None else self.close_notify())

    async def reset(self) -> None:
        """Send RST and be gone."""
        await self._stop_reading()
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    async def end(self, kind: End) -> None:
        """Cause one of the four ends."""
        match kind:
            case End.FIN:
                await self.fin()
            case End.RESET:
                await self.reset()
            case End.CLOSE_NOTIFY:
                await self.close_notify()
            case End.TLS_ERROR:
                await self.break_tls()
            case End.PROXY:
                raise AssertionError("a peer is not the proxy")

    async def close(self) -> None:
        """Close the socket, however things stand."""
        await self._stop_reading()
        self._socket.close()

    # -- receiving --------------------------------------------------------------------------------------------------

    def pause(self) -> None:
        """Read no more, so that the other side meets a full window."""
        self._reading.clear()

    def resume(self) -> None:
        """Read on."""
        self._reading.set()

    @property
    def waiting_bytes(self) -> int:
        """Received and not yet taken."""
        return len(self.received) - self._taken

    @property
    def rest(self) -> bytes:
        """What was received and not yet taken."""
        return bytes(self.received[self._taken :])

    def forget_taken(self) -> None:
        """Drop what was taken so far from the records, so that they hold what follows a head alone."""
        del self.received[: self._taken]
        self._taken = 0

    async def take(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        await self._wait(lambda: self.waiting_bytes >= count or bool(self.ends), f"{count} more bytes")
        assert self.waiting_bytes >= count, (
            f"{self.name}: the other side ended with {[end.value for end in self.ends]} after {self.waiting_bytes} "
            f"of {count} bytes: {self.rest[:200]!r}"
        )
        self._taken += count
        return bytes(self.received[self._taken - count : self._taken])

    async def next_piece(self) -> tuple[bytes, list[End]]:
        """Return what waits, once something does; with nothing left, no bytes and the other side's ends."""
        async with self._condition:
            await self._condition.wait_for(lambda: self.waiting_bytes > 0 or bool(self.ends))
        return await self.take(self.waiting_bytes), list(self.ends)

    async def take_head(self) -> bytes:
        """Return the bytes of one HTTP head, blank line included."""
        start = self._taken
        await self._wait(lambda: self.received.find(b"\r\n\r\n", start) >= 0 or bool(self.ends), "an HTTP head")
        found = self.received.find(b"\r\n\r\n", start)
        assert found >= 0, f"{self.name}: no HTTP head but {self.rest[:200]!r} and {[e.value for e in self.ends]}"
        self._taken = found + 4
        return bytes(self.received[start : self._taken])

    async def expect(self, wanted: bytes) -> None:
        """Take as many bytes as `wanted` has, which must be these."""
        got = await self.take(len(wanted))
        assert got == wanted, f"{self.name}: {difference(wanted, got)}"

    async def ended(self, count: int = 1) -> list[End]:
        """Wait for that many ends of the other side, and return them."""
        await self._wait(lambda: len(self.ends) >= count, f"end number {count}")
        return list(self.ends)

    # -- within -----------------------------------------------------------------------------------------------------

    async def _wait(self, condition: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(DEADLINE_S), self._condition:
                await self._condition.wait_for(condition)
        except TimeoutError:
            raise AssertionError(
                f"{self.name}: not within {DEADLINE_S:g} s: {what}; {len(self.received)} bytes received in all, "
                f"{self.waiting_bytes} waiting {self.rest[:100]!r}, ends {[end.value for end in self.ends]}"
            ) from None

    async def _note_end(self, end: End) -> None:
        self.ends.append(end)
        async with self._condition:
            self._condition.notify_all()

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._reading.wait()
            try:
                data = await loop.sock_recv(self._socket, _READ_BYTES)
            except OSError:
                data = None
            if data is None or not data:
                if End.RESET not in self.ends:
                    await self._note_end(End.FIN if data is not None else End.RESET)
                return
            if self.tls is None:
                self._deliver(data)
            elif not self.tls_errors:
                self.tls.bio_write(data)
                await self._advance_tls()
            async with self._condition:
                self._condition.notify_all()

    def _deliver(self, data: bytes) -> None:
        self.received += data
        if self.at_receive is not None:
            self.at_receive(data)

    async def _advance_tls(self) -> None:
        """Let OpenSSL read what is there, and send what it wants to answer."""
        assert self.tls is not None
        try:
            if not self._established:
                self.tls.do_handshake()
                self._established = True
            while True:
                self._deliver(self.tls.recv(_READ_BYTES))
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            if End.CLOSE_NOTIFY not in self.ends:
                await self._note_end(End.CLOSE_NOTIFY)
        except SSL.Error as error:
            self.tls_errors.append(str(error))
            await self._note_end(End.TLS_ERROR)
        async with self._condition:
            self._condition.notify_all()
        # Who holds the lock flushes all there is; waiting here for a full window would stop this direction too.
        if not self._writing.locked():
            async with self._writing:
                await self._flush()

    async def _flush(self) -> None:
        assert self.tls is not None
        while True:
            try:
                data = self.tls.bio_read(1 << 20)
            except SSL.Error:
                return
            await self._write(data)

    async def _write(self, data: bytes) -> None:
        try:
            await asyncio.get_running_loop().sock_sendall(self._socket, data)
        except OSError:
            # The system reports a reset once, to whichever call comes first: it must not get lost here.
            if End.RESET not in self.ends:
                await self._note_end(End.RESET)

    async def _stop_reading(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
            self._reader = None


def difference(wanted: bytes, got: bytes) -> str:
    """Say where two byte strings part."""
    if wanted == got:
        return "equal"
    shortest = min(len(wanted), len(got))
    place = next((i for i in range(shortest) if wanted[i] != got[i]), shortest)
    return (
        f"{len(wanted)} bytes wanted, {len(got)} came, different from offset {place}: "
        f"wanted {wanted[max(0, place - 8) : place + 24].hex(' ')}, got {got[max(0, place - 8) : place + 24].hex(' ')}"
    )
