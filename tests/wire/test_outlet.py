"""What waits goes in order, or is given up, and is reported once."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.wire.recording import S2C, Recording
from tests.wire.spills import Numbered
from wsinspect.model import Completeness, Source, Verdict
from wsinspect.wire.decisions import Drop, Forward, Hold, Modify, Outcome, Plan
from wsinspect.wire.frames import encode_close, encode_frame
from wsinspect.wire.outlet import PUMP_BYTES, Outlet
from wsinspect.wire.recoding import Recoder
from wsinspect.wire.sending import FrameSender, Injection
from wsinspect.wire.sink import FrameSeen, MessageSeen, Tally
from wsinspect.wire.spill import ENTRY_BYTES, Depot
from wsinspect.wire.waiting import OutsideFrame
from wsinspect.wire.writing import Envelope, MessageWriter

FORWARD, HOLD, DROP = Forward(), Hold(), Drop()


class Queue:
    """An outlet to the client whose messages are numbered as they come."""

    def __init__(self, *, memory_limit: int = 1 << 20) -> None:
        self.sink, self.tally, self.spill, self.out = Recording(), Tally.zero(), Numbered(), list[bytes]()
        self.recoder = Recoder(15, takeover=True)
        sender = FrameSender(self.sink, S2C, self.tally, mask_key=lambda: b"", max_payload=1 << 30)
        self.writer = MessageWriter(self.sink, sender, self.recoder, self.out)
        self.depot = Depot(self.spill, memory_limit)
        self.outlet = Outlet(self.sink, sender, self.writer, S2C, self.depot, self.out)

    def start(self, *, compressed: bool = False, completeness: Completeness = Completeness.WAITING) -> Envelope:
        number, seq = self.tally.next_message(S2C), self.tally.next_frame(S2C)
        self.sink.message_started(MessageSeen(number, seq, S2C, 0, 1, compressed, Source.PEER))
        self.sink.message_ended(number, 0, 1, 1, b"", 0, (), completeness, Verdict.FORWARDED)
        return Envelope(number, seq, 1, compressed)

    def add(self, plan: Plan | Outcome | Hold, payload: bytes, now: int = 0, *, compressed: bool = False) -> int:
        envelope = self.start(compressed=compressed)
        plan = plan if isinstance(plan, Plan) else Plan(plan)
        self.outlet.add(envelope, plan, plain(payload), payload, now)
        return envelope.number

    def frame(self, opcode: int, payload: bytes, changed: Modify | None = None) -> int:
        seq = self.tally.next_frame(S2C)
        wire = encode_frame(opcode, payload, mask_key=None)
        self.sink.frame_started(
            FrameSeen(
                S2C, seq, 0, wire[:2], payload, len(payload), None, (), None, None, 0, Completeness.WAITING,
                Source.PEER, Verdict.FORWARDED, 1, 0, None, None,  # type: ignore[arg-type]
            )
        )  # fmt: skip
        self.outlet.add_frame(OutsideFrame(seq, wire[:2], wire[2:], payload, changed))
        return seq

    def pump(self, now: int = 0) -> bytes:
        assert self.outlet.pump(now) is None
        return self.take()

    def take(self) -> bytes:
        data = b"".join(self.out)
        self.out.clear()
        return data

    def verdicts(self) -> list[Verdict | None]:
        return [None if m.undecided else m.verdict for m in self.sink.messages.values()]


def plain(payload: bytes, opcode: int = 1) -> bytes:
    return encode_frame(opcode, payload, mask_key=None)


def test_what_is_held_stops_what_is_behind_it() -> None:
    queue = Queue()
    first, second = queue.add(HOLD, b"first"), queue.add(FORWARD, b"second")
    assert queue.pump() == b""
    assert queue.outlet.busy
    assert queue.outlet.blocked
    assert queue.outlet.wake_at is None
    assert queue.outlet.kept_bytes == 2 * ENTRY_BYTES + len(plain(b"first") + plain(b"second") + b"firstsecond")
    assert queue.outlet.payload_of(second) == b"second"
    queue.outlet.decide(first, FORWARD, 7, 0)
    assert queue.pump(9) == plain(b"first") + plain(b"second")
    assert not queue.outlet.busy
    assert queue.outlet.kept_bytes == 0
    held, behind = queue.sink.messages.values()
    assert (held.held_ns, held.delayed_ns, held.decided) == (7, None, 9)
    assert (behind.held_ns, behind.delayed_ns) == (None, None)
    with pytest.raises(KeyError):
        queue.outlet.payload_of(first)


def test_decisions_come_in_any_order_and_messages_do_not() -> None:
    queue = Queue()
    first, second = queue.add(HOLD, b"first"), queue.add(HOLD, b"second")
    queue.outlet.decide(second, Modify(b"2nd", 1), 5, 0)
    assert queue.outlet.payload_of(second) == b"2nd"
    with pytest.raises(KeyError):
        queue.outlet.decide(second, FORWARD, 5, 0)
    assert queue.pump() == b""
    queue.outlet.decide(first, Modify(b"first", 1), 6, 0)
    assert queue.pump(6) == plain(b"first") + plain(b"2nd")
    assert queue.verdicts() == [Verdict.FORWARDED, Verdict.MODIFIED]
    assert queue.sink.messages[second].sent == b"2nd"


def test_a_dropped_message_is_decided_at_once_and_skipped_in_its_turn() -> None:
    queue = Queue()
    first, second = queue.add(HOLD, b"first"), queue.add(Plan(HOLD, then=(Injection(9, b""),)), b"2", compressed=True)
    queue.outlet.decide(second, DROP, 5, 0)
    assert queue.verdicts() == [None, Verdict.DROPPED]
    assert not queue.writer.diverged
    assert not queue.outlet.intact
    queue.outlet.decide(first, FORWARD, 5, 0)
    assert queue.pump() == plain(b"first") + plain(b"", 9)
    assert queue.writer.diverged


def test_a_delay_stops_what_is_behind_it_and_says_when_it_is_over() -> None:
    queue = Queue()
    queue.add(Plan(FORWARD, not_before=20), b"late", now=5)
    queue.add(FORWARD, b"behind", now=6)
    assert queue.pump(6) == b""
    assert queue.outlet.wake_at == 20
    assert queue.pump(25) == plain(b"late") + plain(b"behind")
    assert [m.delayed_ns for m in queue.sink.messages.values()] == [15, None]
    assert queue.outlet.wake_at is None


def test_a_drop_can_be_late_too() -> None:
    queue = Queue()
    number = queue.add(HOLD, b"late")
    queue.outlet.decide(number, DROP, 5, 9)
    assert queue.pump(5) == b""
    assert queue.pump(9) == b""
    message = queue.sink.messages[number]
    assert (message.verdict, message.held_ns, message.delayed_ns) == (Verdict.DROPPED, 5, 4)


def test_others_overtake_what_is_set_aside() -> None:
    queue = Queue()
    queue.add(Plan(FORWARD, behind=2), b"moved", compressed=True)
    assert queue.pump() == b""
    assert (queue.outlet.busy, queue.outlet.blocked, queue.outlet.wake_at) == (True, False, None)
    assert queue.writer.diverged
    queue.add(FORWARD, b"first")
    assert queue.pump(3) == plain(b"first")
    queue.outlet.message_went()
    wire = queue.pump(8)
    assert wire[:1] == b"\xc1"
    assert queue.verdicts() == [Verdict.RECODED, Verdict.FORWARDED]
    assert queue.sink.messages[1].delayed_ns == 8


def test_who_is_to_be_overtaken_waits_no_longer_than_said() -> None:
    queue = Queue()
    queue.add(Plan(FORWARD, behind=2, not_before=20), b"moved")
    queue.add(HOLD, b"held")
    assert queue.pump() == b""
    assert queue.outlet.wake_at == 20
    assert queue.pump(20) == plain(b"moved")


def test_when_nothing_follows_nobody_is_overtaken() -> None:
    queue = Queue()
    queue.add(Plan(FORWARD, behind=9), b"moved")
    held = queue.add(Plan(HOLD, behind=9), b"held")
    assert queue.pump(3) == b""
    queue.outlet.stop_overtaking(5)
    queue.frame(8, b"")
    assert queue.pump(5) == b""
    queue.outlet.decide(held, FORWARD, 6, 0)
    assert queue.pump(6) == plain(b"held") + plain(b"moved") + plain(b"", 8)
    assert queue.sink.messages[1].delayed_ns == 2


def test_a_close_frame_waits_its_turn_and_what_follows_it_is_not_sent() -> None:
    queue = Queue()
    first = queue.add(HOLD, b"first")
    seq = queue.frame(8, encode_close(1000))
    odd = queue.frame(3, b"odd")
    queue.outlet.inject(Injection(1, b"ours"))
    assert (queue.outlet.injected, queue.outlet.injected_bytes) == (1, 4)
    assert queue.pump() == b""
    assert queue.tally.closes == []
    queue.outlet.decide(first, FORWARD, 1, 0)
    assert queue.pump() == plain(b"first") + plain(encode_close(1000), 8) + plain(b"odd", 3)
    assert [queue.sink.frames[each].verdict for each in (seq, odd)] == [Verdict.FORWARDED] * 2
    assert [(close.code, close.source) for close in queue.tally.closes] == [(1000, Source.PEER)]
    assert queue.verdicts() == [Verdict.FORWARDED, Verdict.NOT_SENT]
    assert (queue.outlet.injected, queue.outlet.injected_bytes) == (0, 0)


def test_a_changed_close_frame_goes_changed() -> None:
    queue = Queue()
    queue.add(FORWARD, b"first")
    seq = queue.frame(8, encode_close(1000), Modify(encode_close(4000), 8))
    assert queue.pump() == plain(b"first") + plain(encode_close(4000), 8)
    assert queue.sink.frames[seq].verdict is Verdict.MODIFIED
    assert [frame.of for frame in queue.sink.sent()] == [seq]
    assert [close.code for close in queue.tally.closes] == [4000]


def test_within_a_message_only_close_frames_go() -> None:
    queue = Queue()
    queue.add(HOLD, b"held")
    queue.frame(8, b"")
    queue.frame(3, b"")
    queue.outlet.pump_closes(0)
    assert queue.take() == plain(b"", 8)


def test_copies_and_what_else_follows_go_right_behind() -> None:
    queue = Queue()
    plan = Plan(Modify(b"changed", 2, Source.USER), not_before=5, copies=2, then=(Injection(9, b"?"),))
    queue.add(plan, b"first")
    queue.add(FORWARD, b"second")
    assert queue.pump(5) == plain(b"changed", 2) * 3 + plain(b"?", 9) + plain(b"second")
    queue.outlet.add_behind(Plan(FORWARD), b"gone", 1)
    assert not queue.outlet.busy
    queue.outlet.add_behind(Plan(FORWARD, copies=1), b"gone", 1)
    assert queue.pump() == plain(b"gone")
    assert [m.source for m in queue.sink.messages.values() if m.source is not Source.PEER] == [
        Source.USER, Source.USER, Source.RULE
    ]  # fmt: skip


def test_skips_wait_their_turn() -> None:
    queue = Queue()
    queue.outlet.skip(queue.start(compressed=False))
    assert not queue.outlet.busy
    queue.add(FORWARD, b"first")
    queue.outlet.skip(queue.start(compressed=False))
    queue.outlet.skip(queue.start(compressed=True))
    queue.outlet.skip(queue.start(compressed=True))
    assert not queue.writer.diverged
    assert not queue.outlet.intact
    assert queue.pump() == plain(b"first")
    assert queue.writer.diverged
    assert queue.outlet.intact


def test_what_cannot_be_judged_goes_as_it_came() -> None:
    queue = Queue()
    queue.recoder.skipped()
    envelope = queue.start(compressed=True)
    queue.outlet.add(envelope, Plan(FORWARD), b"raw", b"payload", 0, judged=False)
    assert queue.pump() == b"raw"


def everything(queue: Queue) -> tuple[int, int]:
    """Have one of each wait; return the close frame and the number of the message that is still arriving."""
    queue.add(Plan(FORWARD, behind=5), b"aside")
    queue.pump()
    queue.add(Plan(HOLD, then=(Injection(1, b"follows"),)), b"held")
    dropped = queue.add(HOLD, b"dropped")
    queue.outlet.decide(dropped, DROP, 0, 0)
    queue.outlet.skip(queue.start(compressed=True))
    ended = queue.outlet.add_arriving(queue.start(), bytearray(b"large"), bytearray(), Verdict.TOO_LARGE)
    ended.ended = True
    close = queue.frame(8, b"")
    queue.outlet.inject(Injection(1, b"ours"))
    arriving = queue.start()
    queue.outlet.add_arriving(arriving, bytearray(b"arriving"), bytearray(), Verdict.TOO_LARGE)
    return close, arriving.number


def test_who_has_closed_gets_nothing_but_the_answer_to_it() -> None:
    queue = Queue()
    close, arriving = everything(queue)
    queue.outlet.desert(5)
    assert queue.pump(5) == plain(b"", 8)
    assert queue.sink.frames[close].verdict is Verdict.FORWARDED
    decided = {m.payload or m.number: m.verdict for m in queue.sink.messages.values() if not m.undecided}
    assert Counter(decided.values())[Verdict.DROPPED] == 1
    assert decided[b"ours"] is decided[b"follows"] is Verdict.NOT_SENT
    assert [m.number for m in queue.sink.messages.values() if m.undecided and m.number != 4] == [arriving]
    assert (queue.outlet.busy, queue.outlet.injected) == (False, 0)
    assert queue.depot.bytes == 0
    late = queue.add(HOLD, b"late", now=6)
    aside = queue.add(Plan(FORWARD, behind=1), b"late too", now=6)
    assert queue.pump(6) == b""
    assert [queue.sink.messages[each].verdict for each in (late, aside)] == [Verdict.NOT_SENT] * 2
    queue.add(FORWARD, b"at once")
    assert queue.pump(6) == plain(b"at once")


def test_who_is_gone_gets_nothing() -> None:
    queue = Queue()
    close, _ = everything(queue)
    queue.outlet.give_up(5)
    assert queue.pump(5) == b""
    assert queue.sink.frames[close].verdict is Verdict.NOT_SENT
    assert not queue.outlet.busy


def test_everything_withheld_is_there_as_it_came() -> None:
    queue = Queue()
    everything(queue)
    assert (
        b"".join(queue.outlet.withheld()) == plain(b"aside") + plain(b"held") + b"large" + plain(b"", 8) + b"arriving"
    )


def test_a_large_message_goes_when_it_is_its_turn() -> None:
    queue = Queue()
    held = queue.add(HOLD, b"held")
    ended = queue.outlet.add_arriving(queue.start(), bytearray(b"large"), bytearray(b"l"), Verdict.TOO_LARGE)
    ended.ended = ended.whole = True
    arriving = queue.outlet.add_arriving(queue.start(), bytearray(b"next"), bytearray(), Verdict.TOO_LARGE)
    queue.outlet.decide(held, FORWARD, 0, 0)
    assert queue.outlet.pump(0) is arriving
    assert queue.take() == plain(b"held") + b"large"
    queue.outlet.went_on(arriving, 0)
    assert not queue.outlet.busy
    assert queue.depot.bytes == 0
    assert queue.verdicts() == [Verdict.FORWARDED, Verdict.TOO_LARGE, None]


def test_a_large_message_is_written_in_the_clear_where_contexts_differ() -> None:
    queue = Queue()
    queue.recoder.skipped()
    ended = queue.outlet.add_arriving(queue.start(compressed=True), bytearray(b"?"), bytearray(b"l"), Verdict.TOO_LARGE)
    ended.ended = ended.whole = True
    assert queue.pump() == encode_frame(1, b"l", fin=False, mask_key=None) + plain(b"", 0)


def test_what_the_spill_has_lost_is_not_sent() -> None:
    queue = Queue(memory_limit=0)
    queue.add(FORWARD, b"lost", compressed=True)
    large = queue.outlet.add_arriving(queue.start(compressed=True), bytearray(300_000), bytearray(), Verdict.TOO_LARGE)
    large.ended = True
    queue.add(Plan(FORWARD, behind=1), b"lost, too")
    queue.spill.broken = True
    assert queue.outlet.withheld() == []
    assert queue.pump() == b""
    queue.outlet.message_went()
    assert queue.pump() == b""
    assert queue.verdicts() == [Verdict.NOT_SENT] * 3
    assert queue.writer.diverged
    assert (queue.spill.kept, queue.depot.bytes, queue.outlet.busy) == ({}, 0, False)


def test_much_is_not_written_all_at_once() -> None:
    queue = Queue()
    for _ in range(3):
        queue.add(FORWARD, bytes(PUMP_BYTES))
    large = queue.outlet.add_arriving(queue.start(), bytearray(PUMP_BYTES), bytearray(), Verdict.TOO_LARGE)
    large.ended = True
    for left in (3, 2, 1, 0):
        assert len(queue.pump(5)) >= PUMP_BYTES
        assert queue.outlet.wake_at == (5 if left else None)
        assert queue.verdicts().count(None) == left
        queue.outlet.room = PUMP_BYTES


class Failing(Recording):
    """Fails when a message or frame is decided."""

    def message_decided(self, *arguments: object) -> None:
        raise RuntimeError("the record is broken")

    def frame_decided(self, *arguments: object) -> None:
        raise RuntimeError("the record is broken")


@pytest.mark.parametrize("what", ["message", "aside", "frame", "large"])
def test_what_is_half_written_when_something_fails_is_there_as_it_came(what: str) -> None:
    queue = Queue()
    queue.out.append(b"before ")
    if what == "frame":
        queue.frame(8, b"", Modify(b"changed", 8))
    elif what == "large":
        large = queue.outlet.add_arriving(queue.start(), bytearray(b"large"), bytearray(), Verdict.TOO_LARGE)
        large.ended = True
    else:
        queue.add(Plan(Modify(b"changed", 1), behind=int(what == "aside")), b"message")
    if what == "aside":
        queue.outlet.pump(0)
        queue.outlet.message_went()
    queue.outlet._sink = Failing()
    with pytest.raises(RuntimeError):
        queue.outlet.pump(0)
    came = {"frame": plain(b"", 8), "large": b"large"}.get(what, plain(b"message"))
    withheld = queue.outlet.withheld()
    assert b"".join([*queue.out, *withheld]) == b"before " + came
