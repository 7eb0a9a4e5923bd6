"""What is said in the shop of the pictures: one of everything that the screen shows in a way of its own."""

from __future__ import annotations

import heapq
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from scripts.made_up_frames import BINARY, CLOSE, MS, PING, PONG, TEXT, Clock, Recorder
from wsinspect.model import Completeness, Direction, Frame, Leg, SessionId, Source, Stage, Verdict
from wsinspect.store.rows import frame_row
from wsinspect.store.writer import CaptureWriter

START_NS = 1_772_442_000_000_000_000
"""2026-03-02 09:00:00 UTC."""
NOW_NS = START_NS + 11 * 60_000 * MS + 18_000 * MS

LOGIN, PRICES, CHAT, ADMIN, PAY, SCALES, SOCKET_IO, BASKET = range(1, 9)
"""The sessions by their numbers."""
C2S, S2C = Direction.C2S, Direction.S2C
_THUMB = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300080606070605080707070909080a0c")
_IMAGE = (
    b"\x85\xa4kind\xa5thumb\xa3sku\xa4AC-1\xa5width\xcd\x01\x40\xa6height\x64\xa4data\xc4"
    + bytes((len(_THUMB),))
    + _THUMB
)
"""MessagePack: the kind, number, size and beginning of a picture."""
ORDER = (
    b'{"id": 4, "op": "order", "items": [{"sku": "AC-1", "qty": 2}, {"sku": "GL-2", "qty": 1}], '
    b'"voucher": "SPRING", "pay": "invoice"}'
)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of messages in `PRICES` that pictures are about."""

    report: int
    """The reply that took 906 ms."""
    cheaper: int
    """Changed by a rule."""
    catalog: int
    """In several frames, compressed."""
    image: int
    """Binary."""
    order: int
    """The last one of the client; held where the capture is live."""


class Shop(Recorder):
    """Puts what the shop's traffic has beside plain messages."""

    def __init__(self, writer: CaptureWriter, clock: Clock, chance: random.Random) -> None:
        super().__init__(writer, clock, chance)
        self.store = writer
        self.now = START_NS
        """When what is put next is said."""
        self.numbers: dict[str, int] = {}

    def json(self, session: int, direction: Direction, /, **value: object) -> int:
        """Put a JSON message; return its number."""
        return self.say(session, direction, _json(value))

    def say(self, session: int, direction: Direction, payload: bytes, opcode: int = TEXT) -> int:
        """Put a message; return its number."""
        return self.single(session, self.now, direction, opcode, payload)

    def beat(self, session: int) -> None:
        """Put a ping of the server and its pong."""
        payload = (self.now // MS % 1_000_000).to_bytes(4)
        self.control(session, self.now, S2C, PING, payload)
        self.control(session, self.now + 3 * MS, C2S, PONG, payload)

    def mark(self, **columns: int) -> None:
        """Say what became of the message that was put last."""
        self.store.update_message(self.last_id, **columns)

    def annotate(self, session: int, tags: tuple[str, ...], note: str | None = None) -> None:
        """Give the message that was put last tags and a note."""
        for tag in tags:
            self.store.insert("tag", (session, self.sessions[session].number, tag))
        if note is not None:
            self.store.insert("note", (self.last_id, note))

    def changed(self, session: int, rule: str, /, **sent: object) -> None:
        """Say that a rule changed the message that was put last, and what went instead."""
        message, counters = self.last_id, self.sessions[session]
        self.mark(verdict=Verdict.MODIFIED, sent_time=self.now + MS)
        self.store.insert("message_sent", (message, _json(sent)))
        self.store.insert("rule_hit", (message, session, rule, "json_set", "$.price"))
        payload, of = _json(sent), counters.seq
        counters.seq += 1
        frame = Frame(
            SessionId(session), counters.seq, self.now + MS, S2C, _header(TEXT, payload), len(payload), payload,
            message=counters.number, leg=Leg.CLIENT, stage=Stage.SENT, of=of, verdict=Verdict.MODIFIED,
        )  # fmt: skip
        self.store.insert_frame(frame_row(frame, self._next_id()), 400)


def at(ms: int) -> int:
    """Return the instant so many milliseconds after the start."""
    return START_NS + ms * MS


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": ")).encode()


def _header(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    return bytes((0x80 | opcode, size)) if size < 126 else bytes((0x80 | opcode, 126, size >> 8, size & 255))


def talk(shop: Shop, *, live: bool) -> Numbers:
    """Say everything."""
    _run(shop, _log_in(shop), _prices(shop, live=live), _chat(shop), _scales(shop), _socket_io(shop), _basket(shop))
    return Numbers(**shop.numbers)


def _run(shop: Shop, *talks: Iterator[int]) -> None:
    """Let all talk at once: each tells in how many ms after the start it goes on."""
    waiting = [(next(talk), place, talk) for place, talk in enumerate(talks)]
    heapq.heapify(waiting)
    while waiting:
        ms, place, talk = heapq.heappop(waiting)
        shop.now = at(ms)
        if (then := next(talk, None)) is not None:
            heapq.heappush(waiting, (then, place, talk))


def _log_in(shop: Shop) -> Iterator[int]:
    yield 120
    shop.json(LOGIN, S2C, type="hello", server="shop/3.1", auth=["password", "passkey"])
    yield 410
    shop.json(LOGIN, C2S, id=1, type="login", user="ann", password="hunter2")
    yield 655
    shop.json(LOGIN, S2C, id=1, type="error", code="password_expired", message="Your password has expired.")
    yield 660
    shop.control(LOGIN, shop.now, S2C, CLOSE, b"\x11\x31password expired")
    yield 671
    shop.control(LOGIN, shop.now, C2S, CLOSE, b"\x11\x31")


def _prices(shop: Shop, *, live: bool) -> Iterator[int]:
    ticks = random.Random(11)
    symbols = {"ACME": 129.9, "GLOB": 54.2, "INIT": 8.75}

    def tick() -> dict[str, object]:
        symbol = ticks.choice(list(symbols))
        symbols[symbol] = round(symbols[symbol] * ticks.uniform(0.98, 1.02), 2)
        return {"type": "tick", "symbol": symbol, "price": symbols[symbol], "volume": ticks.randrange(10, 4000)}

    yield 2_012
    shop.json(PRICES, C2S, id=1, op="hello", client="web/7.2", locale="de-DE")
    yield 2_048
    shop.json(PRICES, S2C, id=1, ok=True, session="b7d1c0de", expires=3600)
    yield 2_060
    shop.json(PRICES, C2S, id=2, op="subscribe", symbols=list(symbols))
    yield 2_083
    shop.json(PRICES, S2C, id=2, ok=True, symbols=3)
    for ms in range(3_000, 30_000, 1_500):
        yield ms
        shop.json(PRICES, S2C, **tick())
    for ms in range(32_000, 182_000, 25_000):
        yield ms
        shop.beat(PRICES)
    yield 190_240
    shop.json(PRICES, C2S, id=3, op="report", since="2026-02-01", until="2026-02-28", format="full")
    yield 190_700
    shop.json(PRICES, S2C, **tick())
    yield 191_146
    shop.numbers["report"] = shop.json(
        PRICES, S2C, id=3, ok=True,
        report={
            "period": {"since": "2026-02-01", "until": "2026-02-28"},
            "customer": {"name": "Ann Müller", "vip": True, "city": "Köln", "phone": None},
            "orders": [
                {"no": 4711, "total": 259.8, "currency": "EUR", "items": ["AC-1", "AC-7"], "paid": True},
                {"no": 4718, "total": 54.2, "currency": "EUR", "items": ["GL-2"], "paid": False},
            ],
            "turnover": 314.0,
            "comment": "Lieferung bitte an die Hintertür 🚪, nicht vor 9 Uhr",
        },
    )  # fmt: skip
    shop.annotate(PRICES, ("slow", "vip"), "Why does this take so long?")
    yield 192_000
    shop.numbers["cheaper"] = shop.json(PRICES, S2C, type="tick", symbol="ACME", price=131.44, volume=220)
    shop.changed(PRICES, "cheaper", type="tick", symbol="ACME", price=99.5, volume=220, note="changed by cheaper")
    yield 193_400
    shop.numbers["image"] = shop.say(PRICES, S2C, _IMAGE, BINARY)
    catalog = _json(
        [{"sku": f"AC-{number}", "name": f"Accessory {number}", "stock": number * 7 % 40} for number in range(1, 40)]
    )
    yield 194_000
    shop.fragmented(PRICES, shop.now, S2C, catalog, 4, deflate=True)
    shop.numbers["catalog"] = shop.sessions[PRICES].number
    yield 195_000
    shop.json(PRICES, C2S, type="typing", field="voucher")
    shop.mark(verdict=Verdict.DROPPED)
    shop.store.insert("rule_hit", (shop.last_id, PRICES, "no-typing", "drop", None))
    yield 196_300
    shop.json(PRICES, S2C, type="notice", text="Maintenance at 22:00")
    shop.mark(source=Source.USER)
    for ms in range(197_000, 203_000, 1_500):
        yield ms
        shop.json(PRICES, S2C, **tick())
    yield 203_400
    shop.say(PRICES, S2C, b"plain words, no JSON: <b>sale</b> [bold]70 %[/bold]")
    yield 204_000
    shop.numbers["order"] = shop.say(PRICES, C2S, ORDER)
    if live:
        shop.mark(completeness=Completeness.WAITING)
    else:
        shop.mark(held=8_200 * MS, sent_time=at(212_200))
        yield 212_260
        shop.json(PRICES, S2C, id=4, ok=True, no=4720, total=313.0)
        yield 240_000
        shop.control(PRICES, shop.now, C2S, CLOSE, b"\x03\xe9")
        yield 240_012
        shop.control(PRICES, shop.now, S2C, CLOSE, b"\x03\xe9")


_TALK = (
    (C2S, "ann", "Hello, my order is late."),
    (S2C, "Rosa", "Good morning! Which one is it?"),
    (C2S, "ann", "No. 4711, please."),
    (S2C, "Rosa", "Ich sehe nach, einen Moment 🐢"),
    (S2C, "Rosa", "これは本当に速いですね"),
    (C2S, "ann", "תודה רבה"),
)


def _chat(shop: Shop) -> Iterator[int]:
    for place, (direction, who, text) in enumerate(_TALK):
        message = _json({"type": "message", "from": who, "text": text})
        yield 2_700 + place * 9_000
        shop.compressed(CHAT, shop.now, direction, message)
    for ms in range(60_000, 160_000, 20_000):
        yield ms
        shop.beat(CHAT)


def _scales(shop: Shop) -> Iterator[int]:
    weights = random.Random(3)
    for ms in range(4_500, 24_500, 1_000):
        yield ms
        shop.say(SCALES, C2S, b"\x30\x0e\x00\x06weight" + weights.randbytes(6), BINARY)


def _socket_io(shop: Shop) -> Iterator[int]:
    yield 5_260
    shop.say(SOCKET_IO, S2C, b'0{"sid":"lv_VI97HAXpY6yYWAAAC","pingInterval":25000}')
    yield 5_300
    shop.say(SOCKET_IO, C2S, b"40")
    yield 5_340
    shop.say(SOCKET_IO, S2C, b'42["price",{"sku":"AC-1","price":129.9}]')


def _basket(shop: Shop) -> Iterator[int]:
    yield 6_030
    shop.json(BASKET, C2S, cmd="get", what="basket")
    yield 6_075
    shop.json(BASKET, S2C, basket=[], total=0)
    yield 6_400
    shop.control(BASKET, shop.now, C2S, CLOSE, b"\x03\xe8done")
    yield 6_404
    shop.control(BASKET, shop.now, S2C, CLOSE, b"\x03\xe8done")
