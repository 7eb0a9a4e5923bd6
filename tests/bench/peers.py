"""The two ends of the load: an echo server and a client, each a process of its own, both picows on uvloop.

`python -m tests.bench.peers server CERTIFICATE` prints `{"ws": PORT, "wss": PORT}` and echoes until its standard input
ends. `… client` obeys one JSON command a line and answers each with one JSON line:

- `{"do": "open", "url", "proxy", "host", "payload_bytes", "in_flight", "count"}`: opens `count` connections;
- `{"do": "run", "seconds", "echoes"}`: on the first of them, sends until `seconds` are over or `echoes` are done, and
  answers once everything in flight is back: `{"echoes", "seconds", "p50_us", "p99_us"}`;
- `{"do": "close"}`: closes them.

An `{"error": …}` answers what went wrong. TLS certificates are not verified here: that is part of the handshake, and
handshakes are outside every measured window.

The transports are uvloop's own. picows would take aiofastnet's where that is installed, and the load would depend on
what else is in the environment.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
from collections import deque
from typing import TypedDict

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect, ws_create_server

from tests.bench.figures import percentile
from tests.bench.loads import payload

OPENING_AT_ONCE = 20
TIMEOUT_S = 20.0
_DATA = (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION)


class Command(TypedDict, total=False):
    """One line of the client's standard input."""

    do: str
    url: str
    proxy: str | None
    host: str | None
    payload_bytes: int
    in_flight: int
    count: int
    seconds: float
    echoes: int


class Echo(WSListener):
    """The server's side of a connection: each data frame goes back as it came."""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Send a data frame back, and answer a close."""
        if frame.msg_type in _DATA:
            transport.send(frame.msg_type, frame.get_payload_as_memoryview(), frame.fin)
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()


class Sender(WSListener):
    """The client's side of a connection: keeps a number of messages in flight and times each of them."""

    def __init__(self, payload_bytes: int, in_flight: int) -> None:
        self.payload = payload(payload_bytes)
        self.in_flight = in_flight
        self.sent_ns: deque[int] = deque()
        self.latencies_ns: list[int] = []
        self.received_bytes = 0
        self.stop_ns = 0
        self.unsent = 0
        self.done: asyncio.Future[None] | None = None

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Count a message that came back, and send the next one."""
        if frame.msg_type not in _DATA:
            return
        self.received_bytes += frame.payload_size
        if not frame.fin:
            return
        now = time.perf_counter_ns()
        self.latencies_ns.append(now - self.sent_ns.popleft())
        if self.unsent and now < self.stop_ns:
            self.unsent -= 1
            self.sent_ns.append(now)
            transport.send(WSMsgType.BINARY, self.payload)
        elif not self.sent_ns and self.done is not None and not self.done.done():
            self.done.set_result(None)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Fail a run that is under way."""
        if self.done is not None and not self.done.done():
            self.done.set_exception(ConnectionError("the connection was lost during a run"))

    async def run(self, transport: WSTransport, seconds: float, echoes: int) -> dict[str, float]:
        """Send until `seconds` are over or `echoes` are done, and wait for what is in flight."""
        self.latencies_ns.clear()
        self.received_bytes = 0
        self.done = asyncio.get_running_loop().create_future()
        first = min(self.in_flight, echoes)
        self.unsent = echoes - first
        started_ns = time.perf_counter_ns()
        self.stop_ns = started_ns + round(seconds * 1e9)
        for _ in range(first):
            self.sent_ns.append(time.perf_counter_ns())
            transport.send(WSMsgType.BINARY, self.payload)
        await asyncio.wait_for(self.done, seconds + TIMEOUT_S)
        elapsed_ns = time.perf_counter_ns() - started_ns
        count = len(self.latencies_ns)
        if self.received_bytes != count * len(self.payload):
            raise ConnectionError(f"{count} echoes of {len(self.payload)} bytes brought {self.received_bytes} bytes")
        latencies_us = sorted(latency / 1000 for latency in self.latencies_ns)
        return {
            "echoes": count,
            "seconds": elapsed_ns / 1e9,
            "p50_us": percentile(latencies_us, 50),
            "p99_us": percentile(latencies_us, 99),
        }


class Client:
    """The client process: its open connections, and the commands that act on them."""

    def __init__(self) -> None:
        self.connections: list[tuple[WSTransport, Sender]] = []
        self.trusting = ssl.create_default_context()
        self.trusting.check_hostname = False
        self.trusting.verify_mode = ssl.CERT_NONE

    async def open(self, command: Command) -> None:
        """Open `count` connections, a few at once."""
        gate = asyncio.Semaphore(OPENING_AT_ONCE)

        async def open_one() -> None:
            async with gate:
                transport, listener = await ws_connect(
                    lambda: Sender(command["payload_bytes"], command["in_flight"]),
                    command["url"],
                    ssl_context=self.trusting if command["url"].startswith("wss:") else None,
                    proxy=command.get("proxy"),
                    extra_headers={"Host": host} if (host := command.get("host")) else None,
                    websocket_handshake_timeout=TIMEOUT_S,
                    use_aiofastnet=False,
                )
            assert isinstance(listener, Sender)
            self.connections.append((transport, listener))

        async with asyncio.TaskGroup() as tasks:
            for _ in range(command.get("count", 1)):
                tasks.create_task(open_one())

    async def close(self) -> None:
        """Close every connection with a close frame, and wait for the ends, whatever they are: nothing is measured."""
        for transport, _ in self.connections:
            transport.send_close()
        ends = [transport.wait_disconnected() for transport, _ in self.connections]
        transports = [transport for transport, _ in self.connections]
        self.connections.clear()
        try:
            await asyncio.wait_for(asyncio.gather(*ends, return_exceptions=True), 10)
        except TimeoutError:
            for transport in transports:
                transport.disconnect(graceful=False)

    async def obey(self, command: Command) -> dict[str, float]:
        """Carry out one command and return its answer."""
        match command["do"]:
            case "open":
                await self.open(command)
                return {}
            case "run":
                transport, sender = self.connections[0]
                return await sender.run(transport, command["seconds"], command["echoes"])
            case "close":
                await self.close()
                return {}
        raise ValueError(f"unknown command {command['do']!r}")


async def input_lines() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def say(answer: dict[str, float] | dict[str, int] | dict[str, str]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


async def client() -> None:
    """Obey the commands on standard input until it ends."""
    lines = await input_lines()
    this = Client()
    while line := await lines.readline():
        try:
            say(await this.obey(json.loads(line)))
        except Exception as error:  # noqa: BLE001 -- the process that asked must learn of anything
            inner = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
            say({"error": f"{type(inner).__name__}: {inner}"})


async def server(certificate: str) -> None:
    """Echo on two loopback ports, one plain and one with TLS, until standard input ends."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    ports: dict[str, int] = {}
    for name, context in (("ws", None), ("wss", tls)):
        listening = await ws_create_server(
            lambda _: Echo(), "127.0.0.1", 0, ssl=context, backlog=1024, use_aiofastnet=False
        )
        ports[name] = listening.sockets[0].getsockname()[1]
    say(ports)
    lines = await input_lines()
    while await lines.readline():
        pass


if __name__ == "__main__":
    uvloop.run(client() if sys.argv[1] == "client" else server(sys.argv[2]))
