"""Messages that are gathered and judged."""

from __future__ import annotations

import pytest

from tests.wire.peers import Peer, frames_of
from tests.wire.recording import C2S, MASK, S2C, Recording
from wsinspect.model import Completeness, Direction, Source, Verdict
from wsinspect.wire.assembly import Assembler, Decision, Drop, Forward, Gathered, Modify
from wsinspect.wire.deflate import DeflateParams, Inflater
from wsinspect.wire.frames import encode_frame
from wsinspect.wire.lane import Lane
from wsinspect.wire.sending import FrameSender
from wsinspect.wire.sink import Tally
from wsinspect.wire.violations import Violation

V = Violation


class Script:
    """A judge that decides by payload; forwards what it does not know."""

    def __init__(
        self, more: dict[str, Decision | Exception] | None = None, /, **decisions: Decision | Exception
    ) -> None:
        self.decisions = decisions | (more or {})
        self.asked: list[tuple[int, bytes]] = []

    def judge(self, message: Gathered) -> Decision:
        self.asked.append((message.opcode, message.payload))
        decision = self.decisions.get(message.payload[:9].decode("latin-1"), Forward())
        if isinstance(decision, Exception):
            raise decision
        return decision


class Judged:
    """A lane behind an assembler."""

    def __init__(
        self,
        direction: Direction = C2S,
        params: DeflateParams | None = None,
        *,
        limit: int = 1 << 20,
        inflate: int = 1 << 30,
    ) -> None:
        self.sink, tally = Recording(), Tally.zero()
        self.inflater = None if params is None else Inflater(params, direction, limit=inflate)
        sender = FrameSender(self.sink, direction, tally, mask_key=lambda: MASK, max_payload=1 << 30)
        self.assembler = Assembler(self.sink, sender, direction, inflater=self.inflater, limit=limit)
        self.lane = Lane(self.sink, direction, tally, inflater=self.inflater, opaque=False, max_payload=1 << 30)
        self.lane.set_gate(self.assembler)

    def read(self, data: bytes, *, step: int = 1 << 30) -> bytes:
        for start in range(0, len(data), step):
            self.lane.read(data[start : start + step], 0, 0)
        return b"".join(self.assembler.take())

    @property
    def verdicts(self) -> list[Verdict]:
        return [message.verdict for message in self.sink.messages.values()]


def masked(opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0) -> bytes:
    return encode_frame(opcode, payload, fin=fin, rsv=rsv, mask_key=b"wxyz")


def test_nobody_to_judge_forwards() -> None:
    judged = Judged()
    data = masked(1, b"a", fin=False) + masked(0, b"b") + masked(2, b"c")
    assert judged.read(data) == data
    assert judged.verdicts == [Verdict.FORWARDED] * 2


@pytest.mark.parametrize("step", [1, 1 << 30])
def test_what_is_forwarded_is_what_came(step: int) -> None:
    judged = Judged()
    judged.assembler.judge = script = Script()
    data = masked(1, b"one") + masked(2, b"tw", fin=False) + masked(0, b"o") + masked(1, b"three", rsv=2)
    assert judged.read(data, step=step) == data
    assert script.asked == [(1, b"one"), (2, b"two")]
    assert judged.sink.fast == 1
    assert judged.sink.sent() == []


def test_nothing_goes_before_the_last_fragment_but_control_frames() -> None:
    judged = Judged()
    assert judged.read(masked(1, b"a", fin=False)) == b""
    assert judged.read(masked(9, b"p") + masked(0, b"b", fin=False)) == masked(9, b"p")
    assert judged.read(masked(0, b"c")) == masked(1, b"a", fin=False) + masked(0, b"b", fin=False) + masked(0, b"c")


@pytest.mark.parametrize("fragmented", [False, True])
def test_a_changed_message_goes_in_one_frame(fragmented: bool) -> None:
    judged = Judged()
    judged.assembler.judge = Script(old=Modify(b"new one", 2))
    data = masked(1, b"o", fin=False) + masked(0, b"ld") if fragmented else masked(1, b"old")
    assert judged.read(data) == encode_frame(2, b"new one", mask_key=MASK)
    (message,) = judged.sink.messages.values()
    assert (message.verdict, message.payload, message.sent) == (Verdict.MODIFIED, b"old", b"new one")
    (sent,) = judged.sink.sent()
    assert (sent.of, sent.number, sent.source, sent.verdict) == (1, 1, Source.RULE, Verdict.MODIFIED)


def test_a_dropped_message_goes_nowhere() -> None:
    judged = Judged()
    judged.assembler.judge = Script(bad=Drop())
    assert judged.read(masked(1, b"bad") + masked(1, b"good")) == masked(1, b"good")
    assert judged.verdicts == [Verdict.DROPPED, Verdict.FORWARDED]
    assert judged.sink.payloads() == [b"bad", b"good"]


@pytest.mark.parametrize("decision", [Modify(b"same", 1), ValueError("a broken judge")])
def test_no_change_and_no_answer_forward(decision: Decision | Exception) -> None:
    judged = Judged()
    judged.assembler.judge = Script(same=decision)
    assert judged.read(masked(1, b"same")) == masked(1, b"same")
    assert judged.verdicts == [Verdict.FORWARDED]


def test_another_type_is_a_change() -> None:
    judged = Judged(S2C)
    judged.assembler.judge = Script(same=Modify(b"same", 2))
    assert judged.read(encode_frame(1, b"same", mask_key=None)) == encode_frame(2, b"same", mask_key=None)


@pytest.mark.parametrize("step", [1, 50_000, 1 << 30])
def test_over_the_limit_it_goes_as_it_came(step: int) -> None:
    judged = Judged(limit=10)
    judged.assembler.judge = script = Script()
    data = (
        masked(1, b"x" * 11)
        + masked(1, b"y" * 6, fin=False)
        + masked(9, b"")
        + masked(0, b"y" * 6)
        + (b"" if step == 1 else masked(2, bytes(300_000)))
        + masked(1, b"z")
    )
    got = judged.read(data, step=step)
    assert sorted(frames_of(got)) == sorted(frames_of(data))
    assert script.asked == [(1, b"z")]
    assert judged.verdicts[:2] == [Verdict.TOO_LARGE] * 2
    assert judged.verdicts[-1] is Verdict.FORWARDED


def test_a_large_frame_over_the_limit_is_released_at_its_header() -> None:
    judged = Judged(limit=1000)
    data = masked(2, bytes(300_000))
    assert judged.read(data[:100]) == data[:100]
    assert judged.assembler.passing
    assert judged.assembler.mid_message
    assert judged.lane.in_written_frame
    assert judged.read(data[100:]) == data[100:]
    assert not judged.lane.in_written_frame
    assert judged.verdicts == [Verdict.TOO_LARGE]


def test_a_large_frame_under_the_limit_is_held() -> None:
    judged = Judged()
    judged.assembler.judge = Script()
    data = masked(2, bytes(300_000))
    assert judged.read(data[:-1], step=65_536) == b""
    assert not judged.lane.in_written_frame
    assert judged.read(data[-1:]) == data


def test_large_frames_outside_of_messages_pass() -> None:
    judged = Judged()
    data = masked(9, bytes(300_000))
    assert judged.read(data[:1000]) == data[:1000]
    assert judged.lane.in_written_frame
    assert judged.read(data[1000:]) == data[1000:]


@pytest.mark.parametrize("cut", [0, 1, 5])
def test_what_was_held_goes_when_it_is_cut_off(cut: int) -> None:
    judged = Judged()
    judged.assembler.judge = script = Script()
    data = masked(1, b"abc", fin=False) + masked(0, b"def")[:cut]
    assert judged.read(data) == b""
    left = judged.lane.end(0)
    assert b"".join(judged.assembler.take()) + left == data
    assert script.asked == []
    assert [message.completeness for message in judged.sink.messages.values()] == [Completeness.CUT_OFF]


def test_an_interrupted_message_goes_before_the_one_that_interrupts() -> None:
    judged = Judged()
    judged.assembler.judge = script = Script()
    data = masked(1, b"abc", fin=False) + masked(2, b"def")
    assert judged.read(data) == data
    assert script.asked == [(2, b"def")]


def test_a_continuation_of_nothing_passes() -> None:
    judged = Judged()
    assert judged.read(masked(0, b"abc")) == masked(0, b"abc")


DEFLATE = DeflateParams()


@pytest.mark.parametrize(
    "params",
    [
        DEFLATE,
        DeflateParams(server_max_window_bits=9, client_max_window_bits=9),
        DeflateParams(True, True),
        DeflateParams(True, True, 10, 10),
    ],
)
@pytest.mark.parametrize("direction", [C2S, S2C])
def test_compressed_messages_after_a_change(params: DeflateParams, direction: Direction) -> None:
    judged = Judged(direction, params)
    judged.assembler.judge = Script({"message 3": Modify(b"changed: message message", 1), "message 6": Drop()})
    peer, receiver = Peer(direction, params), Peer(direction, params)
    texts = [f"message {index} message".encode() for index in range(9)]
    sent = [b"".join(peer.message(1, text, 4)) for text in texts]
    got = [judged.read(data) for data in sent]
    assert [receiver.read(data) for data in got] == [
        [] if index == 6 else [(1, b"changed: message message" if index == 3 else text)]
        for index, text in enumerate(texts)
    ]
    takeover = not params.no_context_takeover(direction)
    after = Verdict.RECODED if takeover else Verdict.FORWARDED
    assert judged.verdicts == [
        *[Verdict.FORWARDED] * 3, Verdict.MODIFIED, after, after, Verdict.DROPPED, after, after
    ]  # fmt: skip
    assert [data == wire for data, wire in zip(got, sent, strict=True)][:3] == [True] * 3
    assert judged.assembler.diverged is takeover
    assert judged.sink.messages[4].sent == b"changed: message message"


def test_after_a_window_frames_go_as_they_came_again() -> None:
    judged = Judged(S2C, DEFLATE)
    judged.assembler.judge = Script(first=Modify(b"1st", 1))
    peer, receiver = Peer(S2C, DEFLATE), Peer(S2C, DEFLATE)
    wire = [b"".join(peer.message(1, text)) for text in (b"first", b"first" * 8000, b"first first")]
    got = [judged.read(data) for data in wire]
    assert [text for data in got for _, text in receiver.read(data)] == [b"1st", b"first" * 8000, b"first first"]
    assert judged.verdicts == [Verdict.MODIFIED, Verdict.RECODED, Verdict.FORWARDED]
    assert got[2] == wire[2]


def test_a_window_of_eight_bits_goes_uncompressed() -> None:
    judged = Judged(S2C, DeflateParams(server_max_window_bits=8))
    judged.assembler.judge = Script(Hello=Modify(b"Bye", 1))
    # The first back-reference of the second message reaches into the first.
    got = judged.read(bytes.fromhex("c107f248cdc9c90700"))
    judged.assembler.judge = None
    got += judged.read(bytes.fromhex("c105f200110000"))
    assert frames_of(got) == [(1, b"Bye", True, 0), (1, b"Hello", True, 0)]
    assert judged.verdicts[0] is Verdict.MODIFIED


@pytest.mark.parametrize("large", [False, True])
def test_over_the_limit_while_contexts_differ_it_goes_uncompressed(large: bool) -> None:
    judged = Judged(S2C, DEFLATE, limit=100)
    judged.assembler.judge = Script(first=Drop())
    peer, receiver = Peer(S2C, DEFLATE), Peer(S2C, DEFLATE)
    noise = b"".join(str(index * 7919 % 100_003).encode() for index in range(200_000)) if large else b"noise" * 50
    data = b"".join(b"".join(peer.message(1, text, 3, 900)) for text in (b"first", noise, b"first noise"))
    got = judged.read(data)
    assert receiver.read(got) == [(1, noise), (1, b"first noise")]
    assert judged.verdicts == [Verdict.DROPPED, Verdict.TOO_LARGE, Verdict.RECODED]
    assert {frame.of for frame in judged.sink.sent()[:-1]} == {3}


def test_over_the_limit_with_equal_contexts_it_goes_as_it_came() -> None:
    judged = Judged(S2C, DEFLATE, limit=100)
    judged.assembler.judge = Script(first=Drop())
    peer, receiver = Peer(S2C, DEFLATE), Peer(S2C, DEFLATE)
    data = b"".join(peer.message(1, bytes(10_000)))
    assert judged.read(data) == data
    more = judged.read(b"".join(peer.message(1, b"first") + peer.message(1, b"second")))
    assert receiver.read(data + more) == [(1, bytes(10_000)), (1, b"second")]


def test_a_large_uncompressed_message_passes_while_contexts_differ() -> None:
    judged = Judged(S2C, DEFLATE, limit=10)
    judged.assembler.judge = Script(first=Drop())
    peer = Peer(S2C, DEFLATE)
    plain = b"".join(peer.message(1, b"x" * 50, compress=False))
    assert judged.read(b"".join(peer.message(1, b"first")) + plain) == plain


def test_while_contexts_differ_no_bomb_is_given_up() -> None:
    judged = Judged(S2C, DEFLATE, limit=1000, inflate=2000)
    judged.assembler.judge = Script(first=Drop())
    peer, receiver = Peer(S2C, DEFLATE), Peer(S2C, DEFLATE)
    data = b"".join(b"".join(peer.message(1, text)) for text in (b"first", bytes(3000), b"last"))
    assert receiver.read(judged.read(data)) == [(1, bytes(3000)), (1, b"last")]


def test_what_cannot_be_inflated_is_not_judged() -> None:
    judged = Judged(S2C, DEFLATE)
    judged.assembler.judge = script = Script()
    damaged = bytes.fromhex("c101ff")
    assert judged.read(damaged * 2) == damaged * 2
    assert script.asked == []
    assert [message.violations for message in judged.sink.messages.values()] == [(V.INFLATE_ERROR,), (V.NOT_INFLATED,)]


@pytest.mark.parametrize("damaged", [True, False])
def test_a_message_that_breaks_off_while_it_is_rewritten_gets_no_end(damaged: bool) -> None:
    judged = Judged(S2C, DEFLATE, limit=50)
    judged.assembler.judge = Script(first=Drop())
    peer = Peer(S2C, DEFLATE)
    judged.read(b"".join(peer.message(1, b"first")))
    frames = peer.message(1, b"a" * 400 + b"b" * 400, 400)
    got = judged.read(frames[0])
    if damaged:
        got += judged.read(bytes.fromhex("8003ffffff"))
    else:
        judged.lane.end(0)
        got += b"".join(judged.assembler.take())
    assert {frame[2] for frame in frames_of(got)} == {False}
