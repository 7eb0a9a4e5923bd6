"""One connection of a session with its asyncio streams taken over from mitmproxy.

Theory of operation. mitmproxy reads each connection in one coroutine: `await reader.read(…)`, then
`server_event(DataReceived)`, then a drain, then `read` again. When it calls `read` it holds no bytes of that
connection. So `take_over` puts a `read` of our own on that one StreamReader: once it is called, with nothing buffered
in the stream and nothing queued in mitmproxy's layers, the stream's `feed_data`, `feed_eof` and `set_exception` become
ours and the coroutine stays parked until the session is over. No byte can overtake another: what came before went
through the layers and has left them, what comes after is handled at once.

Writing never waits either: the transport is written to directly (through TLS where there is some), and while its buffer
is above the mark the other endpoint is not read from.

Works alike on asyncio's own event loop and on uvloop: both look `feed_data` up on the reader at each call.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, cast

from wsinspect.engine.carrier import Reason
from wsinspect.engine.seam.tls_pipe import TlsPipe, TlsState
from wsinspect.engine.tcp_reset import reset_when_sent
from wsinspect.model import End

logger = logging.getLogger(__name__)

WRITE_HIGH_BYTES = 1 << 20
"""More than this waiting for a peer: the other peer is not read from."""


class StreamEndpoint:
    """A connection whose two streams wsinspect moves itself.

    Args:
        reader: The connection's StreamReader, as mitmproxy's handler reads it.
        writer: Its StreamWriter.
        tls: Its TLS, None where it has none.
        on_data: Called with each chunk, decrypted, in order.
        on_end: Called with each end, in order: FIN may follow CLOSE_NOTIFY.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        tls: TlsPipe | None,
        on_data: Callable[[bytes], None],
        on_end: Callable[[End], None],
    ) -> None:
        self._reader = reader
        self._writer = writer  # kept for as long as a reset waits: it complains when it goes before its transport
        self._transport = cast(asyncio.Transport, writer.transport)
        self._tls = tls
        self._on_data = on_data
        self._on_end = on_end
        self._paused = Reason.NONE
        self._read_over = False
        self._write_over = False
        self._resetting = False
        self._parked: asyncio.Future[bytes] | None = None
        cast(Any, writer).close = self._closed_by_mitmproxy

    @property
    def tls(self) -> bool:
        """Whether this connection is encrypted."""
        return self._tls is not None

    @property
    def taken_over(self) -> bool:
        """Whether the bytes of this connection no longer pass through mitmproxy."""
        return self._parked is not None

    def take_over(self, settled: Callable[[], bool]) -> None:
        """Take the incoming stream over at the next point where mitmproxy holds nothing of it.

        Args:
            settled: Whether no event of this connection waits in mitmproxy's layers.
        """
        reader = cast(Any, self._reader)  # instance attributes over methods, and `_buffer`
        original_read = reader.read

        async def read(n: int = -1) -> bytes:
            at_end = reader.at_eof() or reader.exception() is not None
            if reader._buffer or at_end or not settled():
                return cast(bytes, await original_read(n))
            reader._maybe_resume_transport()
            if self._paused and not self._transport.is_closing():  # the stream's own brake is another than ours
                self._transport.pause_reading()
            self._parked = asyncio.get_running_loop().create_future()
            reader.feed_data = self._take if self._tls is None else self._take_encrypted
            reader.feed_eof = self._take_eof
            reader.set_exception = self._take_exception
            return await self._parked

        reader.read = read

    def watch_writing(self, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        """Call `pause` when too much waits to be written here, `resume` when it is out."""
        protocol = cast(Any, self._transport.get_protocol())
        if protocol is None:  # lost already: mitmproxy's handler is about to say so
            return
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_BYTES)
        original_pause, original_resume = protocol.pause_writing, protocol.resume_writing

        def pause_writing() -> None:
            original_pause()
            pause()

        def resume_writing() -> None:
            original_resume()
            resume()

        protocol.pause_writing = pause_writing
        protocol.resume_writing = resume_writing

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

    def send(self, data: bytes) -> None:
        """Write to the peer; nothing happens where that is no longer possible."""
        if not self._write_over and not self._transport.is_closing():
            self._transport.write(data if self._tls is None else self._tls.encrypt(data))

    def end_writing(self, end: End, *, source_tls: bool) -> None:
        """Hand on the end of the other direction.

        Over TLS a clean end is a close_notify, a FIN without one stays one. From a plain connection a FIN is the only
        clean end there is, so it becomes both; to a plain connection a close_notify becomes a FIN.
        """
        if self._transport.is_closing():
            return
        if self._tls is not None and not self._write_over and (end is End.CLOSE_NOTIFY or not source_tls):
            self._transport.write(self._tls.close_notify())
        self._write_over = True
        if end is End.FIN or self._tls is None:
            with contextlib.suppress(OSError):  # that peer is gone already: its own end is on the way
                self._transport.write_eof()

    def ended_in_layers(self) -> None:
        """mitmproxy's own handler saw this connection end before the takeover: find out how."""
        if self._read_over:
            self._fin_after_close_notify()
        elif self._reader.exception() is not None:
            self._end(End.RESET)
        elif self._tls is not None and self._tls.close_notify_received:
            self._end(End.CLOSE_NOTIFY)
        else:
            self._end(End.FIN)

    def close(self) -> None:
        """Close the connection, once what was written is out."""
        self._read_over = self._write_over = True
        if not self._resetting:
            self._transport.close()

    def reset(self) -> None:
        """Drop the connection as a TCP reset, once what was written is out."""
        self._read_over = self._write_over = self._resetting = True
        reset_when_sent(self._transport)

    def _take(self, data: bytes) -> None:
        if not self._read_over:
            self._on_data(data)

    def _take_encrypted(self, data: bytes) -> None:
        assert self._tls is not None
        if self._read_over:
            return
        plaintext, state = self._tls.decrypt(data)
        if plaintext:
            self._on_data(plaintext)
        if (answer := self._tls.pending()) and not self._transport.is_closing():
            self._transport.write(answer)
        if state is TlsState.CLOSE_NOTIFY:
            self._end(End.CLOSE_NOTIFY)
        elif state is TlsState.ERROR:
            logger.info("TLS error: %s", self._tls.error)
            self._end(End.TLS_ERROR)

    def _take_eof(self) -> None:
        if self._read_over:
            self._fin_after_close_notify()
        else:
            self._end(End.FIN)

    def _take_exception(self, _: BaseException) -> None:
        if not self._transport_closed_by_us():
            self._end(End.RESET)

    def _closed_by_mitmproxy(self) -> None:
        """Stand in for `StreamWriter.close`, which mitmproxy's handler calls when it ends, whatever ended it."""
        self.close()
        self._on_end(End.PROXY)

    def _fin_after_close_notify(self) -> None:
        if not self._transport_closed_by_us():
            self._on_end(End.FIN)

    def _transport_closed_by_us(self) -> bool:
        return self._read_over and self._write_over and self._transport.is_closing()

    def _end(self, end: End) -> None:
        self._read_over = True
        self._on_end(end)
