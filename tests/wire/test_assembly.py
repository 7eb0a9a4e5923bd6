"""Messages that are gathered and judged."""

from __future__ import annotations

import pytest

from tests.wire.judges import Script
from tests.wire.peers import Peer, frames_of
from tests.wire.recording import C2S, MASK, S2C, Recording
from tests.wire.spills import Numbered
from wsinspect.model import Completeness, Direction, Source, Verdict
from wsinspect.wire.assembly import Assembler
from wsinspect.wire.decisions import Decision, Drop, Forward, Hold, Judge, Modify, Outcome, Oversize, Plan
from wsinspect.wire.deflate import DeflateParams, Inflater
from wsinspect.wire.frames import encode_frame
from wsinspect.wire.lane import Lane
from wsinspect.wire.outlet import Outlet
from wsinspect.wire.recoding import Recoder
from wsinspect.wire.sending import FrameSender, Injection
from wsinspect.wire.sink import Tally
from wsinspect.wire.spill import Depot, Spill
from wsinspect.wire.violations import Violation
from wsinspect.wire.writing import MessageWriter

V = Violation


class Judged:
    """A lane behind an assembler, and what its owner does between frames."""

    def __init__(
        self,
        direction: Direction = C2S,
        params: DeflateParams | None = None,
        *,
        judge: Judge | None = None,
        limit: int = 1 << 20,
        inflate: int = 1 << 30,
        spill: Spill | None = None,
        sink: Recording | None = None,
    ) -> None:
        self.sink, self.tally = sink or Recording(), Tally.zero()
        self.out: list[bytes] = []
        self.inflater = None if params is None else Inflater(params, direction, limit=inflate)
        recoder = None if self.inflater is None else Recoder(self.inflater.window_bits, takeover=self.inflater.takeover)
        sender = FrameSender(self.sink, direction, self.tally, mask_key=lambda: MASK, max_payload=1 << 30)
        self.writer = MessageWriter(self.sink, sender, recoder, self.out)
        self.outlet = Outlet(self.sink, sender, self.writer, direction, Depot(spill, 0), self.out)
        self.assembler = Assembler(direction, self.outlet, self.writer, self.out, inflater=self.inflater, limit=limit)
        self.assembler.judge = judge
        self.lane = Lane(self.sink, direction, self.tally, inflater=self.inflater, opaque=False, max_payload=1 << 30)
        self.lane.set_gate(self.assembler)

    def read(self, data: bytes, *, step: int = 1 << 30) -> bytes:
        for start in range(0, len(data), step):
            chunk, position = data[start : start + step], 0
            while position < len(chunk):
                position = self.lane.reader.read_one(chunk, position, 0)
                self.settle()
        return self.take()

    def settle(self, now: int = 0) -> None:
        if self.assembler.changed_frame is not None:
            self.assembler.send_changed_frame(now)
        if self.outlet.busy and not self.lane.in_written_frame and not self.assembler.mid_message:
            arriving = self.outlet.pump(now)
            if arriving is not None:
                self.assembler.go_on(arriving, now)

    def take(self) -> bytes:
        data = b"".join(self.out)
        self.out.clear()
        return data

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
    judged = Judged(judge=Script())
    assert judged.read(masked(1, b"a", fin=False)) == b""
    assert judged.read(masked(9, b"p") + masked(0, b"b", fin=False)) == masked(9, b"p")
    assert judged.read(masked(0, b"c")) == masked(1, b"a", fin=False) + masked(0, b"b", fin=False) + masked(0, b"c")


@pytest.mark.parametrize("fragmented", [False, True])
def test_a_changed_message_too_short_for_its_frames_goes_in_one(fragmented: bool) -> None:
    judged = Judged()
    judged.assembler.judge = Script({b"oldoldold": Modify(b"new one", 2)})
    data = masked(1, b"oldoldo", fin=False) + masked(0, b"ld") if fragmented else masked(1, b"oldoldold")
    assert judged.read(data) == encode_frame(2, b"new one", mask_key=MASK)
    (message,) = judged.sink.messages.values()
    assert (message.verdict, message.payload, message.sent) == (Verdict.MODIFIED, b"oldoldold", b"new one")
    (sent,) = judged.sink.sent()
    assert (sent.of, sent.number, sent.source, sent.verdict) == (1, 1, Source.RULE, Verdict.MODIFIED)


def test_a_dropped_message_goes_nowhere() -> None:
    judged = Judged()
    judged.assembler.judge = Script({b"bad": Drop()})
    assert judged.read(masked(1, b"bad") + masked(1, b"good")) == masked(1, b"good")
    assert judged.verdicts == [Verdict.DROPPED, Verdict.FORWARDED]
    assert judged.sink.payloads() == [b"bad", b"good"]


@pytest.mark.parametrize("decision", [Modify(b"same", 1), ValueError("a broken judge")])
def test_no_change_and_no_answer_forward(decision: Decision | Exception) -> None:
    judged = Judged()
    judged.assembler.judge = Script({b"same": decision})
    assert judged.read(masked(1, b"same")) == masked(1, b"same")
    assert judged.verdicts == [Verdict.FORWARDED]


def test_another_type_is_a_change() -> None:
    judged = Judged(S2C)
    judged.assembler.judge = Script({b"same": Modify(b"same", 2)})
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
    judged = Judged(judge=Script(), limit=1000)
    data = masked(2, bytes(300_000))
    assert judged.read(data[:100]) == data[:100]
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
    assert judged.take() + left == data
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
    judged.assembler.judge = Script({b"message 3": Modify(b"changed: message message", 1), b"message 6": Drop()})
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
    assert judged.writer.diverged is takeover
    assert judged.sink.messages[4].sent == b"changed: message message"


def test_after_a_window_frames_go_as_they_came_again() -> None:
    judged = Judged(S2C, DEFLATE)
    judged.assembler.judge = Script({b"first": Modify(b"1st", 1)})
    peer, receiver = Peer(S2C, DEFLATE), Peer(S2C, DEFLATE)
    wire = [b"".join(peer.message(1, text)) for text in (b"first", b"first" * 8000, b"first first")]
    got = [judged.read(data) for data in wire]
    assert [text for data in got for _, text in receiver.read(data)] == [b"1st", b"first" * 8000, b"first first"]
    assert judged.verdicts == [Verdict.MODIFIED, Verdict.RECODED, Verdict.FORWARDED]
    assert got[2] == wire[2]


def test_a_window_of_eight_bits_goes_uncompressed() -> None:
    judged = Judged(S2C, DeflateParams(server_max_window_bits=8))
    judged.assembler.judge = Script({b"Hello": Modify(b"Bye", 1)})
    # The first back-reference of the second message reaches into the first.
    got = judged.read(bytes.fromhex("c107f248cdc9c90700"))
    judged.assembler.judge = None
    got += judged.read(bytes.fromhex("c105f200110000"))
    assert frames_of(got) == [(1, b"Bye", True, 0), (1, b"Hello", True, 0)]
    assert judged.verdicts[0] is Verdict.MODIFIED


@pytest.mark.parametrize("large", [False, True])
def test_over_the_limit_while_contexts_differ_it_goes_uncompressed(large: bool) -> None:
    judged = Judged(S2C, DEFLATE, limit=100)
    judged.assembler.judge = Script({b"first": Drop()})
    peer, receiver = Peer(S2C, DEFLATE), Peer(S2C, DEFLATE)
    noise = b"".join(str(index * 7919 % 100_003).encode() for index in range(200_000)) if large else b"noise" * 50
    data = b"".join(b"".join(peer.message(1, text, 3, 900)) for text in (b"first", noise, b"first noise"))
    got = judged.read(data)
    assert receiver.read(got) == [(1, noise), (1, b"first noise")]
    assert judged.verdicts == [Verdict.DROPPED, Verdict.TOO_LARGE, Verdict.RECODED]
    assert {frame.of for frame in judged.sink.sent() if frame.number == 2} == {3}


def test_over_the_limit_with_equal_contexts_it_goes_as_it_came() -> None:
    judged = Judged(S2C, DEFLATE, limit=100)
    judged.assembler.judge = Script({b"first": Drop()})
    peer, receiver = Peer(S2C, DEFLATE), Peer(S2C, DEFLATE)
    data = b"".join(peer.message(1, bytes(10_000)))
    assert judged.read(data) == data
    more = judged.read(b"".join(peer.message(1, b"first") + peer.message(1, b"second")))
    assert receiver.read(data + more) == [(1, bytes(10_000)), (1, b"second")]


def test_a_large_uncompressed_message_passes_while_contexts_differ() -> None:
    judged = Judged(S2C, DEFLATE, limit=10)
    judged.assembler.judge = Script({b"first": Drop()})
    peer = Peer(S2C, DEFLATE)
    plain = b"".join(peer.message(1, b"x" * 50, compress=False))
    assert judged.read(b"".join(peer.message(1, b"first")) + plain) == plain


def test_while_contexts_differ_no_bomb_is_given_up() -> None:
    judged = Judged(S2C, DEFLATE, limit=1000, inflate=2000)
    judged.assembler.judge = Script({b"first": Drop()})
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
    judged.assembler.judge = Script({b"first": Drop()})
    peer = Peer(S2C, DEFLATE)
    judged.read(b"".join(peer.message(1, b"first")))
    frames = peer.message(1, b"a" * 400 + b"b" * 400, 400)
    got = judged.read(frames[0])
    if damaged:
        got += judged.read(bytes.fromhex("8003ffffff"))
    else:
        judged.lane.end(0)
        got += judged.take()
    assert {frame[2] for frame in frames_of(got)} == {False}


@pytest.mark.parametrize("fragmented", [False, True])
def test_a_broken_judge_forwards(fragmented: bool) -> None:
    judged = Judged(judge=Script({b"ab": ValueError("a broken judge")}))
    data = masked(1, b"a", fin=False) + masked(0, b"b") if fragmented else masked(1, b"ab")
    assert judged.read(data) == data
    assert judged.verdicts == [Verdict.FORWARDED]


# What waits


HOLD = {b"held": Hold()}
HELD = masked(1, b"held")


def held(*, judge: Script | None = None, limit: int = 1 << 20) -> Judged:
    """Return an assembler in which a message is on hold."""
    judged = Judged(judge=judge or Script(HOLD), limit=limit)
    assert judged.read(HELD) == b""
    return judged


def release(judged: Judged, now: int = 0) -> bytes:
    judged.outlet.decide(1, Forward(), now, 0)
    judged.settle(now)
    return judged.take()


def test_messages_behind_a_held_one_are_judged_and_wait() -> None:
    judged = held(judge=Script(HOLD | {b"old": Modify(b"new", 1), b"bad": Drop()}))
    assert judged.read(masked(1, b"old") + masked(1, b"bad") + masked(0, b"odd")) == b""
    assert judged.verdicts[2] is Verdict.DROPPED
    assert release(judged) == HELD + encode_frame(1, b"new", mask_key=MASK) + masked(0, b"odd")
    assert judged.verdicts == [Verdict.FORWARDED, Verdict.MODIFIED, Verdict.DROPPED]


@pytest.mark.parametrize(
    ("decision", "behind"),
    [
        (Plan(Forward(), copies=1), encode_frame(1, b"x", mask_key=MASK)),
        (Plan(Modify(b"y", 2), copies=1), encode_frame(2, b"y", mask_key=MASK)),
        (Plan(Modify(b"x", 1), then=(Injection(9, b""),)), encode_frame(9, b"", mask_key=MASK)),
    ],
)
def test_a_plan_without_a_time_is_carried_out_at_once(decision: Plan, behind: bytes) -> None:
    judged = Judged(judge=Script({b"x": decision}))
    itself = behind if isinstance(decision.outcome, Modify) and decision.copies else masked(1, b"x")
    assert judged.read(masked(1, b"x")) == itself + behind
    assert not judged.sink.messages[1].undecided


def test_what_follows_a_dropped_message_goes() -> None:
    judged = Judged(judge=Script({b"x": Plan(Drop(), copies=3, then=(Injection(9, b""),))}))
    assert judged.read(masked(1, b"x")) == encode_frame(9, b"", mask_key=MASK)
    assert judged.verdicts == [Verdict.DROPPED]


@pytest.mark.parametrize("decision", [Hold(), Plan(Forward(), not_before=1), Plan(Forward(), behind=1)])
def test_what_waits_has_no_verdict(decision: Hold | Plan) -> None:
    judged = Judged(judge=Script({b"x": decision}))
    assert judged.read(masked(1, b"x")) == b""
    assert judged.sink.messages[1].completeness is Completeness.WAITING
    assert judged.sink.messages[1].undecided


def test_what_is_written_counts_as_overtaking() -> None:
    judged = Judged(judge=Script({b"moved": Plan(Forward(), behind=3)}), limit=100)
    moved = masked(1, b"moved")
    plain, cut_off, large = masked(1, b"x"), masked(1, b"y", fin=False), masked(2, bytes(200))
    assert judged.read(moved + plain + cut_off + large) == plain + cut_off + large + moved


@pytest.mark.parametrize("cut", [0, 3])
def test_what_was_cut_off_waits_too(cut: int) -> None:
    judged = held()
    data = masked(1, b"abc", fin=False) + masked(0, b"d")[:cut]
    assert judged.read(data) == b""
    judged.lane.end(0)
    message = judged.sink.messages[2]
    assert (message.completeness, message.verdict) == (Completeness.CUT_OFF, Verdict.NOT_SENT)
    assert release(judged) == HELD + data
    assert message.verdict is Verdict.FORWARDED


# Too large


@pytest.mark.parametrize("oversize", [Oversize.DROP, Oversize.CLOSE])
@pytest.mark.parametrize("deflate", [None, DEFLATE])
def test_what_is_too_large_may_be_dropped(oversize: Oversize, deflate: DeflateParams | None) -> None:
    judged = Judged(S2C, deflate, judge=Script(oversize=oversize), limit=100, inflate=10_000)
    peer, receiver = Peer(S2C, deflate), Peer(S2C, deflate)
    texts = [b"before", b"x" * 20_000, b"before and after"]
    data = b"".join(b"".join(peer.message(1, text, 5000)) for text in texts)
    assert receiver.read(judged.read(data)) == [(1, b"before"), (1, b"before and after")]
    assert judged.verdicts == [
        Verdict.FORWARDED, Verdict.DROPPED, Verdict.FORWARDED if deflate is None else Verdict.RECODED
    ]  # fmt: skip


def test_nobody_is_asked_about_what_cannot_be_read_and_a_broken_judge_forwards() -> None:
    for judge, rsv in ((Script(oversize=Oversize.DROP), 2), (Script(oversize=ValueError()), 0)):
        judged = Judged(judge=judge, limit=100)
        data = masked(2, bytes(200), rsv=rsv)
        assert judged.read(data) == data
        assert judged.verdicts == [Verdict.TOO_LARGE]


@pytest.mark.parametrize("pieces", [1, 3])
def test_a_large_message_waits_its_turn(pieces: int) -> None:
    judged = held(limit=100)
    data = b"".join([masked(2, bytes(150), fin=pieces == 1), *[masked(0, b"x", fin=False)] * (pieces - 1)])
    assert judged.read(data) == b""
    assert release(judged) == HELD + data
    if pieces > 1:
        assert judged.assembler.mid_message
        assert judged.read(masked(0, b"")) == masked(0, b"")
    assert judged.verdicts == [Verdict.FORWARDED, Verdict.TOO_LARGE]


def test_a_large_message_whose_receiver_has_closed_is_not_sent() -> None:
    judged = held(limit=100)
    assert judged.read(masked(2, bytes(150), fin=False)) == b""
    judged.outlet.desert(0)
    assert judged.read(masked(0, bytes(150))) == b""
    assert judged.verdicts == [Verdict.NOT_SENT] * 2
    assert not any(message.undecided for message in judged.sink.messages.values())


def test_a_large_message_that_the_spill_has_lost_is_not_sent() -> None:
    spill = Numbered()
    judged = Judged(judge=Script(HOLD), limit=100, spill=spill)
    judged.read(HELD + masked(2, bytes(300_000), fin=False))
    spill.broken = True
    assert release(judged) == b""
    assert judged.read(masked(0, b"")) == b""
    assert judged.verdicts == [Verdict.NOT_SENT] * 2


# Control frames


@pytest.mark.parametrize(
    ("opcode", "payload", "goes"),
    [
        (9, b"bad", b""),
        (9, b"old", encode_frame(9, b"new", mask_key=MASK)),
        (10, b"same", masked(10, b"same")),
        (9, b"broken", masked(9, b"broken")),
        (8, b"bad", b""),
        (8, b"old", encode_frame(8, b"new", mask_key=MASK)),
        (11, b"bad", masked(11, b"bad")),
    ],
)
def test_control_frames_are_judged(opcode: int, payload: bytes, goes: bytes) -> None:
    control: dict[bytes, Outcome | Exception] = {
        b"bad": Drop(), b"old": Modify(b"new", 9), b"same": Modify(b"same", 10), b"broken": ValueError()
    }  # fmt: skip
    judged = Judged(judge=Script(control=control))
    assert judged.read(masked(opcode, payload)) == goes
    assert judged.tally.closed[C2S] is (opcode == 8 and bool(goes))


def test_what_is_cut_off_is_not_judged() -> None:
    judged = Judged(judge=Script(control={b"": Drop()}))
    judged.read(masked(9, b"bad")[:-3])
    judged.lane.end(0)
    assert judged.take() == masked(9, b"bad")[:-3]


def test_a_close_frame_does_not_overtake_the_message_it_cuts_off() -> None:
    judged = Judged(judge=Script())
    start, close = masked(1, b"a", fin=False), masked(8, b"")
    assert judged.read(start + masked(9, b"") + close) == masked(9, b"") + start + close


# Whatever fails


def test_what_is_withheld_comes_in_order() -> None:
    judged = held(judge=Script(HOLD, control={b"old": Modify(b"new", 9)}))
    start, ping = masked(1, b"a", fin=False), masked(9, b"old")
    judged.read(start)
    judged.lane.read(ping, 0, 0)
    assert b"".join(judged.assembler.withheld()) == HELD + start + ping


def test_what_is_half_written_is_taken_back() -> None:
    class Failing(Recording):
        def message_sent(self, number: int, payload: bytes) -> None:
            raise RuntimeError

    judged = Judged(judge=Script({b"old": Modify(b"new", 1)}), sink=Failing())
    judged.out.append(b"before ")
    with pytest.raises(RuntimeError):
        judged.read(masked(1, b"old"))
    withheld = judged.assembler.withheld()
    assert b"".join([*judged.out, *withheld]) == b"before " + masked(1, b"old")


def test_after_a_part_of_a_message_was_left_out_the_rest_cannot_go_as_it_comes() -> None:
    judged = Judged(judge=Script(oversize=Oversize.DROP), limit=10)
    assert judged.assembler.intact
    judged.read(masked(1, bytes(20), fin=False))
    assert not judged.assembler.intact
    judged.read(masked(0, b""))
    assert judged.assembler.intact
    judged.assembler.mute(Verdict.DROPPED, within_message=False)
    assert not judged.assembler.intact


def test_nor_after_a_message_was_begun_in_the_clear() -> None:
    judged = Judged(S2C, DEFLATE, judge=Script({b"first": Drop()}), limit=10)
    peer = Peer(S2C, DEFLATE)
    large = peer.message(1, bytes(range(100)), 50)
    judged.read(large[0])
    assert judged.assembler.intact
    judged.read(large[1] + b"".join(peer.message(1, b"first")))
    assert not judged.assembler.intact


# Muted


def test_a_muted_direction_writes_nothing_more_but_the_rest_of_a_frame() -> None:
    judged = Judged(judge=Script(), limit=10)
    large = masked(9, bytes(300_000))
    assert judged.read(large[:1000]) == large[:1000]
    judged.assembler.mute(Verdict.DROPPED, within_message=False)
    assert judged.assembler.wanted
    assert judged.read(large[1000:]) == large[1000:]
    assert judged.read(masked(1, b"a") + masked(8, b"") + large) == b""
    assert judged.verdicts == [Verdict.DROPPED]


@pytest.mark.parametrize("size", [1, 20])
def test_a_muted_message_is_cut_where_it_is(size: int) -> None:
    judged = Judged(judge=Script(), limit=10)
    start = masked(1, bytes(size), fin=False)
    written = judged.read(start)
    judged.assembler.mute(Verdict.DROPPED, within_message=False)
    assert judged.read(masked(0, b"a")) == b""
    assert judged.assembler.mid_message is bool(written)
    assert judged.verdicts == [Verdict.DROPPED]


def test_who_needs_a_gate() -> None:
    judged = Judged(judge=None)
    assert not judged.assembler.wanted
    assert judged.assembler.lets_messages_pass
    judged.assembler.judge = Script(messages=False)
    assert judged.assembler.wanted
    assert judged.assembler.lets_messages_pass
    judged.assembler.judge = Script(HOLD)
    assert not judged.assembler.lets_messages_pass
    judged.read(HELD)
    judged.assembler.judge = None
    assert judged.assembler.wanted
    assert not judged.assembler.lets_messages_pass
    assert release(judged) == HELD
