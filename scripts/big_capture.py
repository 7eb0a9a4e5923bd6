"""Makes a large capture of made-up traffic, by the writer that the engine uses, in seconds.

    python -m scripts.big_capture big.wsi                      a million messages
    python -m scripts.big_capture big.wsi --messages 100000    fewer

For trying the screen and the commands on something large, and for `make bench-screen`. The same arguments make the same
records. In it are, interleaved in time:

- a market (session 1, about nine tenths of the messages): JSON requests with ids, their replies after a few to some
  hundred milliseconds, ticks that nobody asked for. One reply is the slowest by far: `SLOWEST_NS`.
- a chat with `permessage-deflate`, some messages compressed, some in several frames, many writing systems in it;
- binary telemetry; Socket.IO-like heartbeats; pings and pongs in all of them;
- short sessions of clients that came and went, upgrades that were refused, and sessions that failed.

The text `NEEDLE` is in a few hundred messages, evenly over the whole.
"""

from __future__ import annotations

import argparse
import heapq
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from scripts.made_up_frames import BINARY, CLOSE, MS, PING, PONG, TEXT, Clock, Recorder
from scripts.made_up_sessions import BEATS, CHAT, FIRST_SHORT, MARKET, TELEMETRY, session_record
from wsinspect.errors import WsinspectError
from wsinspect.model import Direction
from wsinspect.store.writer import CaptureWriter

MESSAGES = 1_000_000
NEEDLE = "SPRING-7F3A"
NEEDLES = 300
"""How many messages hold `NEEDLE`, unless there are too few of them."""
SLOWEST_NS = 8_750_000_000
"""How long the slowest reply took; the next slowest took less than a third of it."""
START_NS = 1_767_258_000_000_000_000
"""When the traffic began: 2026-01-01 09:00:00 UTC."""

_SECOND = 1_000_000_000
_LEAST_SECONDS = 90
_STEP_NS = 1_200_000

_SYMBOLS = "ACME GLOB INIT UMBR STRK WAYN HOOL PIED VEHE MASS SOYL TYRL".split()
_METHODS = ("order.get", "order.place", "order.cancel", "book.top", "position.list", "quote.get")
_NAMES = ("ann", "bob", "chloé", "dmitri", "эмма", "李雷", "נועה", "yusuf")
_LINES = (
    "good morning everyone",
    "who has the numbers for March?",
    "I am looking into it, give me five minutes",
    "das Übliche: grün, aber langsam 🐢",
    "これは本当に速いですね",
    "שלום לכולם, מה שלומכם?",
    "escape sequences are data: \x1b[31mred\x1b[0m \u202etxt.exe [bold]x[/bold]",
    "ship it 🚀🚀🚀",
)


@dataclass(frozen=True, slots=True)
class Contents:
    """What was put into the capture."""

    messages: int
    control_frames: int
    sessions: int
    largest: int
    """Messages of session 1."""
    needles: int
    """Messages that hold `NEEDLE`."""
    slowest: int
    """Number in session 1 of the reply that took longest."""


class _Traffic:
    """Decides what is said next: requests and ticks by chance, replies when they are due."""

    def __init__(self, recorder: Recorder, clock: Clock, chance: random.Random, messages: int) -> None:
        self._put = recorder
        self._clock = clock
        self._chance = chance
        self._wanted = messages
        self._step_ns = max(_STEP_NS, _LEAST_SECONDS * _SECOND // messages)
        self._now = START_NS
        self._due: list[tuple[int, int, bytes]] = []
        """Replies to come: when, the request's id, the payload."""
        self._request = 0
        self._slow_request = max(2, messages // 12)
        """Before the middle: a quarter of the messages are requests."""
        self._latencies = [round(min(2.6, chance.lognormvariate(-4.2, 1.1)) * _SECOND) for _ in range(8192)]
        self._prices = [f"{chance.uniform(5, 900):.2f}" for _ in range(4096)]
        self._tokens = [f"{chance.getrandbits(128):032x}" for _ in range(1024)]
        self.needles = 0
        self._needle_every = max(1, messages // max(1, min(NEEDLES, messages // 20)))
        self._next_needle = self._needle_every // 2
        self.slowest = 0
        self._next_short = FIRST_SHORT

    def run(self) -> None:
        """Say everything."""
        chance, due = self._chance, self._due
        for session in (MARKET, CHAT, TELEMETRY, BEATS):
            self._put.open(session, self._now)
            self._now += 40 * MS
        short_every = max(50, self._wanted // 40)
        beats_every = max(20, round(5 * _SECOND / self._step_ns))
        turn = 0
        while self._put.messages < self._wanted:
            turn += 1
            self._now = max(self._clock.now, self._now + round(self._step_ns * (0.2 + 1.6 * chance.random())))
            while due and due[0][0] <= self._now and self._put.messages < self._wanted:
                self._reply()
            if self._put.messages >= self._wanted:
                break
            if turn % short_every == 0:
                self._short_session()
            elif turn % beats_every == 0:
                self._beat()
            else:
                self._speak(chance.random())

    def _speak(self, which: float) -> None:
        if which < 0.28:
            self._ask()
        elif which < 0.90:
            self._tick()
        elif which < 0.955:
            self._chat()
        else:
            size = 60 + int(self._chance.random() * 200)
            payload = self._now.to_bytes(8) + self._chance.randbytes(size)
            self._put.single(TELEMETRY, self._now, Direction.C2S, BINARY, payload)

    def _ask(self) -> None:
        self._request = request = self._request + 1
        token, symbol = self._tokens[request & 1023], _SYMBOLS[request % 12]
        method, price = _METHODS[request % 6], self._prices[request & 4095]
        extra = ""
        if self._put.messages >= self._next_needle:
            self._next_needle += self._needle_every
            self.needles += 1
            extra = f',"voucher":"{NEEDLE}"'
        text = (
            f'{{"id":{request},"method":"{method}","params":{{"symbol":"{symbol}","limit":{price},'
            f'"account":"{token[:12]}"{extra}}}}}'
        )
        self._put.single(MARKET, self._now, Direction.C2S, TEXT, text.encode())
        latency = SLOWEST_NS if request == self._slow_request else self._latencies[request * 7 & 8191]
        if request == self._slow_request or request % 500:  # one in five hundred is never answered
            trail = f',"trail":"{token[::-1] * (request % 4)}"' if request % 4 else ""
            state = "filled" if request % 3 else "open"
            result = f'"state":"{state}","symbol":"{symbol}","price":{price},"ref":"{token}"{trail}'
            answer = f'{{"id":{request},"result":{{{result}}}}}'
            if request % 97 == 0:
                answer = f'{{"id":{request},"error":{{"code":{4000 + request % 30},"message":"insufficient funds"}}}}'
            heapq.heappush(self._due, (self._now + latency, request, answer.encode()))

    def _reply(self) -> None:
        when, request, payload = heapq.heappop(self._due)
        number = self._put.single(MARKET, when, Direction.S2C, TEXT, payload)
        if request == self._slow_request:
            self.slowest = number

    def _tick(self) -> None:
        place = int(self._chance.random() * 4096)
        price, other = self._prices[place], self._prices[place * 31 & 4095]
        text = (
            f'{{"type":"tick","symbol":"{_SYMBOLS[place % 12]}","price":{price},"bid":{other},'
            f'"volume":{place * 7},"at":{self._now // MS}}}'
        )
        if place % 16 == 0:
            levels = ",".join(f"[{self._prices[place + step & 4095]},{step * 40}]" for step in range(12))
            text = f'{{"type":"book","symbol":"{_SYMBOLS[place % 12]}","bids":[{levels}]}}'
        self._put.single(MARKET, self._now, Direction.S2C, TEXT, text.encode())

    def _chat(self) -> None:
        chance = self._chance
        direction = Direction.C2S if chance.random() < 0.2 else Direction.S2C
        who, line = chance.choice(_NAMES), chance.choice(_LINES)
        text = f'{{"type":"message","room":"desk","from":"{who}","text":{_json_text(line)},"at":{self._now // MS}}}'
        payload = text.encode()
        form = chance.random()
        if form < 0.6:
            self._put.single(CHAT, self._now, direction, TEXT, payload)
        elif form < 0.9:
            self._put.compressed(CHAT, self._now, direction, payload)
        else:
            whole = b"[" + b",".join([payload] * (1 + int(4 * chance.random()))) + b"]"
            parts = 2 + int(3 * chance.random())
            self._put.fragmented(CHAT, self._now, direction, whole, parts, deflate=chance.random() < 0.5)

    def _beat(self) -> None:
        for session in (MARKET, CHAT, TELEMETRY):
            payload = (self._now // MS).to_bytes(8)
            self._put.control(session, self._now, Direction.S2C, PING, payload)
            self._put.control(session, self._now + 3 * MS, Direction.C2S, PONG, payload)
        self._put.single(BEATS, self._now, Direction.S2C, TEXT, b"2")
        if self._put.messages < self._wanted:
            self._put.single(BEATS, self._now + 2 * MS, Direction.C2S, TEXT, b"3")

    def _short_session(self) -> None:
        session, self._next_short = self._next_short, self._next_short + 1
        self._put.open(session, self._now)
        if session % 5 in (3, 4):  # refused, failed
            return
        words: list[tuple[int, bytes]] = [
            (Direction.C2S, f'{{"id":1,"op":"login","user":"{_NAMES[session % 8]}"}}'.encode()),
            (Direction.S2C, b'{"id":1,"ok":true,"expires":3600}'),
            (Direction.C2S, b'{"id":2,"op":"subscribe","channel":"news"}'),
            (Direction.S2C, b'{"id":2,"ok":true}'),
        ]
        for place, (direction, payload) in enumerate(words):
            if self._put.messages < self._wanted:
                self._put.single(session, self._now + place * 9 * MS, direction, TEXT, payload)
        if session % 5 == 2:
            return  # the connection is lost
        self._put.control(session, self._now + 40 * MS, Direction.C2S, CLOSE, b"\x03\xe9going away")
        self._put.control(session, self._now + 44 * MS, Direction.S2C, CLOSE, b"\x03\xe9going away")


def _json_text(text: str) -> str:
    return '"' + text.replace("\x1b", "\\u001b") + '"'


def write_big_capture(path: Path, messages: int = MESSAGES, seed: int = 1) -> Contents:
    """Write the capture.

    Args:
        path: Of the new file.
        messages: How many, at least 100.
        seed: Another one makes another capture.

    Returns:
        What is in it.

    Raises:
        StoreError: The file exists, or cannot be written.
    """
    chance = random.Random(seed)  # noqa: S311 -- nothing secret in it
    clock = Clock(START_NS)
    with CaptureWriter(path, wall=lambda: clock.now) as writer:
        recorder = Recorder(writer, clock, chance)
        traffic = _Traffic(recorder, clock, chance, messages)
        traffic.run()
        for number, counters in recorder.sessions.items():
            writer.insert_session(session_record(number, counters))
    return Contents(
        recorder.messages,
        recorder.control_frames,
        len(recorder.sessions),
        recorder.sessions[MARKET].number,
        traffic.needles,
        traffic.slowest,
    )


def main() -> int:
    """Make a capture as the command line says, and return the exit status."""
    description, _, more = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        "python -m scripts.big_capture", description=description, epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("file", type=Path, help="the new capture")
    parser.add_argument("--messages", type=int, default=MESSAGES, help=f"how many, at least 100 (default {MESSAGES:,})")
    parser.add_argument("--seed", type=int, default=1, help="another number makes another capture (default 1)")
    arguments = parser.parse_args()
    if arguments.messages < 100:
        parser.error("--messages must be 100 at least")
    started = time.monotonic()
    try:
        made = write_big_capture(arguments.file, arguments.messages, arguments.seed)
    except WsinspectError as error:
        print(error, file=sys.stderr)
        return 1
    size = arguments.file.stat().st_size / 2**20
    print(f"{arguments.file}: {size:,.0f} MiB, made in {time.monotonic() - started:.0f} s")
    print(f"  {made.messages:,} messages and {made.control_frames:,} control frames in {made.sessions} sessions")
    print(f"  session 1 has {made.largest:,} messages; {NEEDLE!r} is in {made.needles} messages")
    print(f"  the slowest reply is message 1.{made.slowest}, after {SLOWEST_NS / 1e9:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
