"""A client on `websockets` that sends what `peers` sends, as a replay of that does: to be compared with.

`python -m tests.bench.websockets_client URL PAYLOAD_BYTES IN_FLIGHT ECHOES` prints `{"seconds": …}`: from before it
connects until the connection has ended. It runs on asyncio's own event loop, as wsinspect does.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from websockets.asyncio.client import connect

from tests.bench.loads import payload


async def echoes(url: str, message: bytes, in_flight: int, count: int) -> float:
    """Keep a number of messages in flight until all are back; return the seconds that it took."""
    started = time.perf_counter()
    async with connect(url, compression=None, ping_interval=None, max_size=None) as connection:
        for _ in range(min(in_flight, count)):
            await connection.send(message)
        for received in range(1, count + 1):
            if await connection.recv() != message:
                raise ValueError("an echo is not what was sent")
            if received + in_flight <= count:
                await connection.send(message)
    return time.perf_counter() - started


def main() -> None:
    """Send, and say how long it took."""
    url, *numbers = sys.argv[1:]
    payload_bytes, in_flight, count = map(int, numbers)
    seconds = asyncio.run(echoes(url, payload(payload_bytes), in_flight, count))
    print(json.dumps({"seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
