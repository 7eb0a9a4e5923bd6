"""The client of the live load: sends messages at a given pace through a proxy to an echo server, and times each echo.

`python -m tests.bench.screen.pace` obeys one JSON command a line and answers each with one JSON line:

- `{"do": "open", "url", "proxy", "count"}`: opens `count` connections;
- `{"do": "run", "seconds", "echoes_per_s"}`: sends so many messages a second over all of them, and answers once the
  last is back: `{"echoes", "seconds", "p50_us", "p90_us", "p99_us", "max_us"}`;
- `{"do": "close"}`: closes them.

An `{"error": …}` answers what went wrong. The pace is kept whatever comes back: this process wakes a thousand times a
second and sends what is due. An echo's time runs from when it was sent. A message and its echo
make a pair of request and reply.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from typing import TypedDict

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from tests.bench.figures import percentile
from tests.bench.peers import TIMEOUT_S, input_lines, say

WAKE_S = 0.001
_FILLER = "abcdefghijklmnopqrstuvwxyz" * 3


class Command(TypedDict, total=False):
    """One line of the standard input."""

    do: str
    url: str
    proxy: str | None
    count: int
    seconds: float
    echoes_per_s: int


class Pacer(WSListener):
    """One connection: what it has sent comes back in order."""

    def __init__(self) -> None:
        self.sent: deque[float] = deque()
        """When each message that is on its way was sent."""
        self.latencies_us: list[float] = []
        self.lost = False

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Time an echo."""
        if frame.msg_type == WSMsgType.TEXT:
            self.latencies_us.append((time.perf_counter() - self.sent.popleft()) * 1e6)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Take note."""
        self.lost = True


class Client:
    """The connections, and the commands that act on them."""

    def __init__(self) -> None:
        self._connections: list[tuple[WSTransport, Pacer]] = []
        self._number = 0

    async def obey(self, command: Command) -> dict[str, float]:
        """Carry out one command and return its answer."""
        match command["do"]:
            case "open":
                for _ in range(command["count"]):
                    transport, listener = await ws_connect(
                        Pacer,
                        command["url"],
                        proxy=command.get("proxy"),
                        websocket_handshake_timeout=TIMEOUT_S,
                        use_aiofastnet=False,
                    )
                    assert isinstance(listener, Pacer)
                    self._connections.append((transport, listener))
                return {}
            case "run":
                return await self._run(command["seconds"], command["echoes_per_s"])
            case "close":
                for transport, _ in self._connections:
                    transport.send_close()
                    transport.disconnect()
                self._connections.clear()
                return {}
        raise ValueError(f"unknown command {command['do']!r}")

    async def _run(self, seconds: float, echoes_per_s: int) -> dict[str, float]:
        for _, pacer in self._connections:
            pacer.latencies_us.clear()
        started = time.perf_counter()
        total, sent = round(seconds * echoes_per_s), 0
        while sent < total:
            now = time.perf_counter()
            due = min(total, int((now - started) * echoes_per_s) + 1)
            self._send(due - sent)
            sent = due
            await asyncio.sleep(WAKE_S)
        deadline = time.perf_counter() + TIMEOUT_S
        while any(pacer.sent for _, pacer in self._connections):
            if time.perf_counter() > deadline or any(pacer.lost for _, pacer in self._connections):
                raise ConnectionError("echoes are missing")
            await asyncio.sleep(WAKE_S)
        elapsed = time.perf_counter() - started
        latencies = sorted(one for _, pacer in self._connections for one in pacer.latencies_us)
        parts = {f"p{percent}_us": percentile(latencies, percent) for percent in (50, 90, 99)}
        return {"echoes": len(latencies), "seconds": elapsed, **parts, "max_us": latencies[-1]}

    def _send(self, count: int) -> None:
        for _ in range(count):
            self._number += 1
            transport, pacer = self._connections[self._number % len(self._connections)]
            payload = (
                f'{{"requestId":{self._number},"type":"tick","price":{self._number % 977}.25,"filler":"{_FILLER}"}}'
            )
            pacer.sent.append(time.perf_counter())
            transport.send(WSMsgType.TEXT, payload.encode())


async def _main() -> None:
    lines = await input_lines()
    client = Client()
    while line := await lines.readline():
        try:
            say(await client.obey(json.loads(line)))
        except Exception as error:  # noqa: BLE001 -- the process that asked must learn of anything
            say({"error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    uvloop.run(_main())
