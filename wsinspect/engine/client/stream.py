"""A connection of our own: an asyncio protocol that is read step by step while it is opened, and handed over then.

Theory of operation. Until `hand_over` what comes is kept, at most `MOST_KEPT_BYTES`, for `read`, so that proxies, TLS
and the upgrade can be talked to in turn. After it every chunk goes to a callback in the call that it came in: no task,
no copy. TLS is a list of channels, the outermost first: one to an HTTPS proxy, one to the server through it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import cast, override

from wsinspect.engine.carrier import Reason
from wsinspect.engine.client.tls_channel import TlsChannel, TlsEnd
from wsinspect.engine.tcp_reset import reset_when_sent
from wsinspect.model import End, TlsSide

MOST_KEPT_BYTES = 1 << 20
"""Most bytes to keep that nobody has read."""
WRITE_HIGH_BYTES = 1 << 20
"""More than this waiting for the server: the performer is asked no more."""

_ENDS = {TlsEnd.CLOSE_NOTIFY: End.CLOSE_NOTIFY, TlsEnd.ERROR: End.TLS_ERROR}


class Stream(asyncio.Protocol):
    """One TCP connection; from `hand_over` on a `carrier.Endpoint`."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._channels: list[TlsChannel] = []
        self._kept = bytearray()
        self._arrived = asyncio.Event()
        self._end: End | None = None
        """How the server's direction ended."""
        self._fin = False
        self._lost = False
        self._paused = Reason.NONE
        self._full = False
        """Whether reading is paused, as too much is kept."""
        self._write_over = False
        self._gone = False
        """Whether we have dropped it: nothing that happens then is told."""
        self._on_data: Callable[[bytes], None] | None = None
        self._on_end: Callable[[End], None] = lambda _: None
        self._on_full: Callable[[bool], None] = lambda _: None

    # ---- while it is opened

    async def read(self) -> bytes:
        """Return what has come, once something has; nothing at the end.

        Raises:
            ConnectionResetError: The server dropped the connection.
            ssl.SSLError: TLS failed.
        """
        while not self._kept and self._end is None:
            self._arrived.clear()
            await self._arrived.wait()
        data = bytes(self._kept)
        self._kept.clear()
        if self._full:
            self._full = False
            self._transport.resume_reading()
        if not data and self._end is End.RESET:
            raise ConnectionResetError
        if not data and self._end is End.TLS_ERROR:
            raise ssl.SSLError(1, self._channels[-1].error)
        return data

    def unread(self, data: bytes) -> None:
        """Put bytes back in front of what comes next."""
        self._kept[:0] = data

    async def start_tls(self, context: ssl.SSLContext, server_name: str) -> None:
        """Do a TLS handshake, within the TLS there is.

        Raises:
            ssl.SSLError: It failed.
            ConnectionResetError: The server dropped the connection.
        """
        channel = TlsChannel(context, server_name)
        data = b""
        try:
            while not channel.handshake(data):
                self.send(channel.pending())
                data = await self.read()
                if not data:
                    raise ConnectionResetError
        finally:
            self.send(channel.pending())  # an alert, too, that says why not
        self._channels.append(channel)
        if self._kept:
            rest = bytes(self._kept)
            self._kept.clear()
            self._take(rest, len(self._channels) - 1)
        else:  # what came with the end of the handshake
            self._take(b"", len(self._channels) - 1)

    @property
    def tls_side(self) -> TlsSide | None:
        """TLS with the server, for the record."""
        return self._channels[-1].described() if self._channels else None

    def address(self, name: str) -> str | None:
        """Return `peername` or `sockname` as `host:port`."""
        pair = self._transport.get_extra_info(name)
        if not pair or not isinstance(pair, tuple):
            return None
        return f"[{pair[0]}]:{pair[1]}" if ":" in pair[0] else f"{pair[0]}:{pair[1]}"

    def hand_over(
        self, on_data: Callable[[bytes], None], on_end: Callable[[End], None], on_full: Callable[[bool], None]
    ) -> None:
        """Have everything told from now on, beginning with what is kept.

        Args:
            on_data: Called with each chunk, decrypted, in order.
            on_end: Called with each end, in order: FIN may follow CLOSE_NOTIFY.
            on_full: Called when too much waits to be written, with True, and when it is out, with False.
        """
        self._on_data, self._on_end, self._on_full = on_data, on_end, on_full
        if self._full:
            self._full = False
            self._transport.resume_reading()
        data = bytes(self._kept)
        self._kept.clear()
        if data:
            on_data(data)
        if self._end is not None:
            on_end(self._end)

    # ---- carrier.Endpoint

    @property
    def tls(self) -> bool:
        """Whether this connection is encrypted."""
        return bool(self._channels)

    def send(self, data: bytes) -> None:
        """Write to the server; nothing happens where that is no longer possible."""
        if data and not self._write_over and not self._transport.is_closing():
            self._transport.write(self._encrypted(data, len(self._channels)))

    def end_writing(self, end: End, *, source_tls: bool) -> None:
        """End our direction: over TLS by a close_notify, and by a FIN, where that is the end that came."""
        if self._gone or self._transport.is_closing():
            return
        if self._channels and not self._write_over and (end is End.CLOSE_NOTIFY or not source_tls):
            last = len(self._channels) - 1
            self._transport.write(self._encrypted(self._channels[last].close_notify(), last))
        self._write_over = True
        if end is End.FIN or not self._channels:
            with contextlib.suppress(OSError):  # the server is gone already: its own end is on the way
                self._transport.write_eof()

    def reset(self) -> None:
        """Drop the connection as a TCP reset, once what was written is out."""
        self._write_over = self._gone = True
        reset_when_sent(self._transport)

    def close(self) -> None:
        """Close the connection, once what was written is out."""
        if not self._gone:
            self._write_over = self._gone = True
            self._transport.close()

    def pause(self, reason: Reason) -> None:
        """Stop reading until every reason is gone."""
        if not self._paused and not self._transport.is_closing():
            self._transport.pause_reading()
        self._paused |= reason

    def resume(self, reason: Reason) -> None:
        """Take one reason back."""
        if self._paused:
            self._paused &= ~reason
            if not self._paused and not self._transport.is_closing():
                self._transport.resume_reading()

    # ---- asyncio.Protocol

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_BYTES)

    @override
    def data_received(self, data: bytes) -> None:
        if self._channels:
            self._take(data, 0)
        elif self._on_data is not None and not self._gone:
            self._on_data(data)
        else:
            self._deliver(data)

    @override
    def eof_received(self) -> bool:
        self._fin = True
        self._ended(End.FIN)
        return True

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        if exc is not None or not self._fin:
            self._ended(End.RESET)

    @override
    def pause_writing(self) -> None:
        self._on_full(True)

    @override
    def resume_writing(self) -> None:
        self._on_full(False)

    def _take(self, data: bytes, depth: int) -> None:
        """Decrypt from a channel on."""
        for channel in self._channels[depth:]:
            data, end = channel.decrypt(data)
            if (answer := channel.pending()) and not self._transport.is_closing():
                self._transport.write(self._encrypted(answer, self._channels.index(channel)))
            if end is not None:
                self._deliver(data)
                self._ended(_ENDS[end])
                return
        self._deliver(data)

    def _encrypted(self, data: bytes, depth: int) -> bytes:
        """Encrypt by the channels before one, the innermost first."""
        for channel in reversed(self._channels[:depth]):
            data = channel.encrypt(data)
        return data

    def _deliver(self, data: bytes) -> None:
        if not data or self._gone or self._end is not None:
            return
        if self._on_data is not None:
            self._on_data(data)
            return
        self._kept += data
        self._arrived.set()
        if len(self._kept) > MOST_KEPT_BYTES and not self._full:
            self._full = True
            self._transport.pause_reading()

    def _ended(self, end: End) -> None:
        """Note an end; after the first one only the FIN behind a close_notify is told."""
        if self._gone or (self._end is not None and not (self._end is End.CLOSE_NOTIFY and end is End.FIN)):
            return
        first = self._end is None
        self._end = end
        self._arrived.set()
        if self._on_data is not None and (first or end is End.FIN):
            self._on_end(end)
