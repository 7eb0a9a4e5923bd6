"""A stand-in for the engine that writes the shop's live capture: what it holds, its breakpoints, and its rules."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from tests.control.engine import FakeEngine
from tests.peers.waiting import until
from tests.snapshots.gallery import Gallery, Kept, gallery
from tests.snapshots.talks import CHAT, NOW_NS, ORDER, PRICES, Numbers
from wsinspect.engine.control_server import serve
from wsinspect.engine.steered import Breakpoint, EngineStatus, Held, RuleStatus
from wsinspect.model import Direction, PerDirection

RULES = """\
version: 1
rules:
  - id: cheaper
    note: Everything from ACME costs less.
    match: {dir: s2c, json: {$.type: tick, $.symbol: ACME}}
    do:
      - json_set: {$.price: 99.5, $.note: "changed by {{ rule }}"}

  - id: no-typing
    match: {json: {$.type: typing}}
    do: [drop]

  - id: who-are-you
    on: handshake_request
    do:
      - header_set: {X-Client: wsinspect}

  - id: short-replies
    note: What a watch can show.
    match: {dir: s2c, type: text}
    do:
      - expect: {that: size < 400, message: "{{ message.size }} bytes are too many for a watch"}

  - id: slow-lane
    enabled: false
    match: {dir: c2s}
    do:
      - delay: {ms: 250, jitter: 100}
"""
MISTAKEN = """\
version: 1
rules:
  - id: cheaper
    match: {dir: s2c, json: {$.type: tick}}
    do:
      - json_sett: {$.price: 99.5}
  - id: no-typing
    match: {dir: up, regex: "(typing"}
    do: [dropp]
"""
RULE_FILE = "shop-rules.yaml"
_SECOND_NS = 1_000_000_000


class ShopEngine(FakeEngine):
    """Holds the order and an answer of the support.

    Args:
        numbers: Of the messages.
        holding: Whether anything is held.
    """

    def __init__(self, numbers: Numbers, *, holding: bool = True) -> None:
        super().__init__()
        self.points = [
            Breakpoint(1, 'dir == c2s and json.$.op == "order"', "screen 1", 1),
            Breakpoint(2, 'session == 3 and text contains "order"', "", 3),
        ]
        self.waiting = (
            {(PRICES, numbers.order): (1, ORDER), (CHAT, 6): (2, bytes(range(0x20, 0x80)))} if holding else {}
        )
        at = NOW_NS - 40 * _SECOND_NS
        self.rule_list = [
            RuleStatus(
                "cheaper",
                f"{RULE_FILE}:3:5",
                True,
                "message",
                1284,
                1284,
                0,
                at,
                None,
                "Everything from ACME costs less.",
            ),
            RuleStatus("no-typing", f"{RULE_FILE}:9:5", True, "message", 37, 0, 0, at - 9 * _SECOND_NS, None, None),
            RuleStatus(
                "who-are-you",
                f"{RULE_FILE}:13:5",
                True,
                "handshake_request",
                8,
                8,
                0,
                at - 300 * _SECOND_NS,
                None,
                None,
            ),
            RuleStatus(
                "short-replies",
                f"{RULE_FILE}:18:5",
                True,
                "message",
                52,
                0,
                2,
                at,
                "message.size: no such name 'sise'",
                "What a watch can show.",
            ),
            RuleStatus("slow-lane", f"{RULE_FILE}:24:5", False, "message", 0, 0, 0, None, None, None),
        ]
        self.files: tuple[str, ...] = (RULE_FILE,)

    def status(self) -> EngineStatus:
        return replace(
            super().status(), capture="live.wsi", open_sessions=2, sessions=8, messages=PerDirection(31, 42),
            bytes=9310, breakpoints=len(self.points), rules=len(self.rule_list), rule_files=self.files,
            started=NOW_NS,
        )  # fmt: skip

    def held(self) -> Sequence[Held]:
        return [
            Held(session, number, Direction(session == CHAT), opcode, len(payload), NOW_NS - (8 + place) * _SECOND_NS,
                 f"breakpoint {place + 1}", changed=False)
            for place, ((session, number), (opcode, payload)) in enumerate(self.waiting.items())
        ]  # fmt: skip


@asynccontextmanager
async def steered(kept: Kept, path: Path, engine: ShopEngine) -> AsyncIterator[Gallery]:
    """Run the program on a live capture and its engine."""
    async with serve(engine, Path()) as address, gallery(kept, path, control=address, owned=True) as shown:
        await until(lambda: shown.app.engine.status, "the engine's status")
        await until(lambda: len(shown.app.engine.held) == len(engine.waiting) or None, "what is held")
        yield shown
