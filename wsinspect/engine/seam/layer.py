"""The layer that stands where mitmproxy's own WebSocket layer would: it carries bytes, and never re-frames them.

mitmproxy's `WebsocketLayer` reassembles messages, answers pings and closes itself, and encodes anew. This one hands
each chunk to a `Carrier`. Where the sockets can be taken over (`stack`, `endpoint`), only the first chunks pass through
here; elsewhere the session stays in the layers and is marked `layered`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Protocol, cast

from mitmproxy import http
from mitmproxy.connection import Connection, ConnectionState
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy import server as mitm_server
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.websocket import WebSocketMessageInjected
from mitmproxy.utils import asyncio_utils
from mitmproxy.websocket import WebSocketMessage

from wsinspect.engine.carrier import Carrier, Endpoint, Reason
from wsinspect.engine.mock_endpoint import MockEndpoint
from wsinspect.engine.seam import stack
from wsinspect.engine.seam.endpoint import StreamEndpoint
from wsinspect.model import Carriage, Direction, End

logger = logging.getLogger(__name__)


class Host(Protocol):
    """What the layer needs of the program it runs in."""

    def handler(self, context: Context) -> mitm_server.ConnectionHandler | None:
        """Return the connection handler of a client connection."""

    def begin(self, flow: http.HTTPFlow, carriage: Carriage, on_finished: Callable[[Carrier], None]) -> Carrier:
        """Return the carrier of an upgraded flow, its endpoints not set yet."""

    def is_mocked(self, flow: http.HTTPFlow) -> bool:
        """Return whether a flow was upgraded without a server."""

    def is_lazy(self, context: Context) -> bool:
        """Return whether the server of a connection is not to be connected to before there is a request."""


class Flush(events.MessageInjected[None]):
    """Takes to its session what was to be written outside of an event: mitmproxy finds the way by the flow."""


class Injector(Protocol):
    """Takes what mitmproxy's command `inject.websocket` sends."""

    def inject(self, flow: http.HTTPFlow, message: WebSocketMessage) -> None:
        """Send a message in the session of a flow."""


class RelayLayer(layer.Layer):
    """Carries one WebSocket. Made by mitmproxy's `HttpStream` at the upgrade.

    Args:
        context: As mitmproxy gives it.
        flow: The flow whose response was 101.
    """

    host: Host
    """Set by `patches.install`."""
    injector: ClassVar[Injector | None] = None
    """Set by `stock`; None in our own engine, which has no commands of mitmproxy's."""

    def __init__(self, context: Context, flow: http.HTTPFlow) -> None:
        super().__init__(context)
        self.flow = flow
        self._carrier: Carrier | None = None
        self._streams: dict[Connection, StreamEndpoint] = {}
        self._doors: dict[Connection, _LayerEndpoint] = {}
        self._handler: mitm_server.ConnectionHandler | None = None
        self._handling = False
        self._flushing = False

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        self._handling = True
        try:
            self._take(event)
        finally:
            self._handling = False
        for door in self._doors.values():
            yield from door.take_commands()

    def _take(self, event: events.Event) -> None:
        match event:
            case events.Start():
                self._start()
            case events.DataReceived():
                assert self._carrier is not None
                if not self._carrier.finished:
                    self._carrier.receive(self._direction(event.connection), event.data)
            case events.ConnectionClosed():
                self._closed(event.connection)
            case Flush():
                pass
            case WebSocketMessageInjected() if self.injector is not None:
                self.injector.inject(self.flow, event.message)
            case _:  # meant for others
                logger.debug("unexpected event %r", event)

    def _start(self) -> None:
        handler = self._handler = self.host.handler(self.context)
        mocked = self.host.is_mocked(self.flow)
        sockets: tuple[stack.Socket, stack.Socket | None] | None = None
        if handler and mocked:
            client = stack.find_client(self.context, self, handler)
            sockets = (client, None) if client else None
        elif handler:
            sockets = stack.find_sockets(self.context, self, handler)
        if sockets is None or handler is None:
            self._start_layered(handler, mocked=mocked)
        else:
            self._start_direct(handler, *sockets)

    def _start_direct(
        self, handler: mitm_server.ConnectionHandler, client: stack.Socket, server: stack.Socket | None
    ) -> None:
        def on_finished(_: Carrier) -> None:
            self.flow.live = False
            handler.close_connection(self.context.client)

        carrier = self._carrier = self.host.begin(self.flow, Carriage.DIRECT, on_finished)
        carrier.client = self._stream(self.context.client, client, carrier)
        carrier.server = self._stream(self.context.server, server, carrier) if server else _stand_in(carrier)
        others = {self.context.client: carrier.server, self.context.server: carrier.client}
        for connection, stream in self._streams.items():
            other = others[connection]
            stream.watch_writing(partial(other.pause, Reason.PEER), partial(other.resume, Reason.PEER))
            stream.take_over(lambda: stack.settled(self.context))
        _leave_idle(handler)
        cast(Any, handler).drain_writers = _no_drain

    def _stream(self, connection: Connection, side: stack.Socket, carrier: Carrier) -> StreamEndpoint:
        direction = self._direction(connection)
        stream = StreamEndpoint(
            side.reader, side.writer, side.tls, partial(carrier.receive, direction), partial(carrier.end, direction)
        )
        self._streams[connection] = stream
        return stream

    def _start_layered(self, handler: mitm_server.ConnectionHandler | None, *, mocked: bool) -> None:
        def on_finished(_: Carrier) -> None:
            self.flow.live = False

        carrier = self._carrier = self.host.begin(self.flow, Carriage.LAYERED, on_finished)
        carrier.client = self._door(self.context.client, handler)
        carrier.server = _stand_in(carrier) if mocked else self._door(self.context.server, handler)
        if handler:
            _leave_idle(handler)

    def _door(self, connection: Connection, handler: mitm_server.ConnectionHandler | None) -> Endpoint:
        door = self._doors[connection] = _LayerEndpoint(connection, handler, self._wake)
        return door

    def _wake(self) -> None:
        """Have commands taken that came outside of an event."""
        if self._handler and not self._handling and not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush, self._handler)

    def _flush(self, handler: mitm_server.ConnectionHandler) -> None:
        self._flushing = False
        asyncio_utils.create_task(handler.server_event(Flush(self.flow, None)), name="wsinspect flush", keep_ref=True)

    def _closed(self, connection: Connection) -> None:
        assert self._carrier is not None
        if self._carrier.finished:
            return
        if connection in self._streams:
            self._streams[connection].ended_in_layers()
        else:
            self._carrier.end(self._direction(connection), End.FIN)

    def _direction(self, connection: Connection) -> Direction:
        return Direction.C2S if connection is self.context.client else Direction.S2C


def _stand_in(carrier: Carrier) -> Endpoint:
    return carrier.stand_in or MockEndpoint(carrier)


class _LayerEndpoint:
    """A connection that is written to through mitmproxy's layers."""

    def __init__(
        self, connection: Connection, handler: mitm_server.ConnectionHandler | None, wake: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._handler = handler
        self._wake = wake
        self._commands: list[commands.Command] = []
        self._paused = Reason.NONE

    @property
    def tls(self) -> bool:
        return self._connection.tls

    def take_commands(self) -> list[commands.Command]:
        """Return what is to be done since the last call."""
        waiting, self._commands = self._commands, []
        return waiting

    def send(self, data: bytes) -> None:
        if self._connection.state & ConnectionState.CAN_WRITE:
            self._add(commands.SendData(self._connection, data))

    def end_writing(self, end: End, *, source_tls: bool) -> None:  # noqa: ARG002 - mitmproxy knows one end only
        self._add(commands.CloseTcpConnection(self._connection, half_close=True))

    def reset(self) -> None:
        self.close()

    def close(self) -> None:
        self._add(commands.CloseConnection(self._connection))

    def pause(self, reason: Reason) -> None:
        self._paused |= reason
        self._transport("pause_reading")

    def resume(self, reason: Reason) -> None:
        self._paused &= ~reason
        if not self._paused:
            self._transport("resume_reading")

    def _add(self, command: commands.Command) -> None:
        self._commands.append(command)
        self._wake()

    def _transport(self, method: str) -> None:
        """Streams of WireGuard and local redirect have no transport: mitmproxy's drains are their only brake."""
        transports = self._handler.transports if self._handler else {}
        transport = getattr(getattr(transports.get(self._connection), "writer", None), "transport", None)
        if transport is not None and not transport.is_closing():
            getattr(transport, method)()


def _leave_idle(handler: mitm_server.ConnectionHandler) -> None:
    """Keep mitmproxy's inactivity watchdog (`tcp_timeout`) from ending a WebSocket: one may be silent for hours."""

    async def nothing() -> None:
        return None

    handler.timeout_watchdog.callback = nothing


async def _no_drain() -> None:
    """Stand in for `drain_writers`: after the takeover each direction has its own brake (`watch_writing`).

    mitmproxy's waits for both writers, so that one slow reader would stop the other direction too.
    """
