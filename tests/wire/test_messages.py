"""Fragments, UTF-8 and inflating, message by message."""

from __future__ import annotations

import pytest

from tests.wire.recording import C2S, Recording, SeenMessage
from wsinspect.model import Completeness, Verdict
from wsinspect.wire.deflate import DeflateParams, Deflater, Inflater
from wsinspect.wire.frames import CHUNK_BYTES, encode_header
from wsinspect.wire.messages import MessageTracker
from wsinspect.wire.sink import Tally
from wsinspect.wire.violations import Violation

V = Violation


class Tracked:
    """A tracker that is given frames as (opcode, payload, fin, rsv)."""

    def __init__(
        self, *, deflate: bool = False, opaque: bool = False, max_payload: int = 1 << 30, limit: int = 1 << 30
    ) -> None:
        self.sink = Recording()
        self.inflater = Inflater(DeflateParams(), C2S, limit=limit) if deflate else None
        self.tracker = MessageTracker(
            self.sink, C2S, Tally.zero(), inflater=self.inflater, opaque=opaque, max_payload=max_payload
        )
        self.seq = 0

    def frame(self, opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0) -> list[V]:
        self.seq += 1
        found: list[V] = []
        message = self.tracker.admit(encode_header(opcode, len(payload), fin=fin, rsv=rsv), self.seq, 0, found)
        if message is not None:
            self.tracker.feed(message, payload, final=fin, found=found)
            message.add(found)
            if fin:
                self.tracker.close(0, Completeness.COMPLETE)
        return found

    @property
    def messages(self) -> list[SeenMessage]:
        return list(self.sink.messages.values())


def test_fragments_make_a_message() -> None:
    tracked = Tracked()
    assert tracked.frame(1, b"ab", fin=False) == []
    assert tracked.frame(0, b"", fin=False) == []
    assert tracked.frame(0, b"cde") == []
    assert tracked.frame(2, b"\xff") == []
    first, second = tracked.messages
    assert (first.number, first.seq, first.opcode, first.size, first.wire_size) == (1, 1, 1, 5, 11)
    assert (first.completeness, first.verdict, first.violations) == (Completeness.COMPLETE, Verdict.FORWARDED, ())
    assert (second.number, second.seq, second.opcode, second.size) == (2, 4, 2, 1)


def test_a_continuation_needs_a_message() -> None:
    tracked = Tracked()
    assert tracked.frame(0, b"x") == [V.NOTHING_TO_CONTINUE]
    assert tracked.messages == []


def test_a_new_message_cuts_the_old_one_off() -> None:
    tracked = Tracked()
    tracked.frame(1, b"a", fin=False)
    assert tracked.frame(2, b"b") == [V.MESSAGE_INTERRUPTED]
    first, second = tracked.messages
    assert (first.completeness, first.violations) == (Completeness.CUT_OFF, (V.MESSAGE_INTERRUPTED,))
    assert (second.completeness, second.violations) == (Completeness.COMPLETE, (V.MESSAGE_INTERRUPTED,))


@pytest.mark.parametrize(
    ("pieces", "bad"),
    [
        ([b"\xe2\x82", b"\xac"], None),
        ([b"\xe2\x82", b""], 1),
        ([b"\xe2", b"\x28", b"x"], 1),
        ([b"\xed\xa0\x80"], 0),
        ([b"\xf4\x90\x80\x80"], 0),
        ([b"\xc0\xaf", b"\xff"], 0),
        ([b"\xf0\x9f\x98", b"\x80"], None),
    ],
)
@pytest.mark.parametrize("deflate", [False, True])
def test_utf8_over_fragments(pieces: list[bytes], bad: int | None, deflate: bool) -> None:
    tracked = Tracked(deflate=deflate)
    compressed = [(Deflater(15).compress(piece) + b"\x00\x00\xff\xff") if deflate else piece for piece in pieces]
    found = [
        tracked.frame(0 if index else 1, piece, fin=index == len(pieces) - 1, rsv=0 if index else 4 * deflate)
        for index, piece in enumerate(compressed)
    ]
    assert [index for index, broken in enumerate(found) if broken] == ([] if bad is None else [bad])
    assert tracked.messages[0].violations == (() if bad is None else (V.INVALID_UTF8,))


def test_binary_is_not_checked() -> None:
    assert Tracked().frame(2, b"\xff") == []


def test_compressed_messages_are_inflated() -> None:
    tracked, deflater = Tracked(deflate=True), Deflater(15)
    seen: list[bytes] = []
    tracked.tracker.tap = seen.append
    for text in (b"hello", b"hello hello", b""):
        wire = deflater.compress(text)
        tracked.frame(1, wire[:1], fin=False, rsv=4)
        tracked.frame(0, wire[1:])
    tracked.frame(1, b"plain")
    assert tracked.sink.payloads()[:3] == [b"hello", b"hello hello", b""]
    assert [message.compressed for message in tracked.messages] == [True, True, True, False]
    assert [message.size for message in tracked.messages] == [5, 11, 0, 5]
    assert b"".join(seen) == b"hellohello helloplain"


@pytest.mark.parametrize("max_payload", [1 << 30, 600_000, CHUNK_BYTES, 1000, 0])
def test_large_inflated_payloads_come_in_chunks(max_payload: int) -> None:
    tracked = Tracked(deflate=True, max_payload=max_payload)
    payload = bytes(range(250)) * 4000
    tracked.frame(2, Deflater(15).compress(payload), rsv=4)
    (message,) = tracked.messages
    assert message.payload == payload[:max_payload]
    assert (message.size, message.truncated) == (len(payload), max(0, len(payload) - max_payload))


def test_tiny_pieces_are_joined_now_and_then() -> None:
    tracked, deflater = Tracked(deflate=True), Deflater(15)
    for index in range(1500):
        piece = deflater.compress(b"x") + b"\x00\x00\xff\xff"
        tracked.frame(0 if index else 2, piece, fin=False, rsv=0 if index else 4)
    message = tracked.tracker.open
    assert message is not None
    assert len(message.kept) < 1000
    tracked.frame(0, b"\x00")
    assert tracked.sink.payloads() == [b"x" * 1500]


def test_damage_is_told_once() -> None:
    tracked = Tracked(deflate=True)
    assert tracked.frame(2, b"\xff", fin=False, rsv=4) == [V.INFLATE_ERROR]
    assert tracked.frame(0, b"\xff") == []
    assert tracked.frame(1, b"\xff", rsv=4) == [V.NOT_INFLATED]
    broken, after = tracked.messages
    assert broken.violations == (V.INFLATE_ERROR,)
    assert (after.compressed, after.violations) == (False, (V.NOT_INFLATED,))


def test_a_bomb_is_bounded_and_on_record() -> None:
    tracked = Tracked(deflate=True, limit=1 << 20)
    assert tracked.frame(2, Deflater(15).compress(bytes(8 << 20)), rsv=4) == [V.INFLATE_LIMIT]
    (message,) = tracked.messages
    assert message.violations == (V.INFLATE_LIMIT,)
    assert message.size == len(message.payload) <= 1 << 20


def test_reserved_bits_without_an_agreement_leave_text_alone() -> None:
    assert Tracked().frame(1, b"\xff", rsv=4) == []


def test_unknown_extensions_leave_payloads_and_mark_them() -> None:
    tracked = Tracked(opaque=True)
    assert tracked.frame(1, b"\xff", rsv=4) == [V.OPAQUE]
    assert tracked.frame(1, b"\xff") == []
    assert not any(message.compressed for message in tracked.messages)
