"""One direction that is steered: whatever is decided, in whatever order, the receiver reads what was meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.judges import Judging, Script
from tests.wire.peers import Peer
from tests.wire.recording import C2S, MASK, S2C, Recording, relay
from tests.wire.spills import Numbered
from wsinspect.model import Close, Completeness, Direction, End, Source, Verdict
from wsinspect.wire.decisions import Decision, Drop, Forward, Gathered, Hold, Modify, Outcome, Oversize, Plan
from wsinspect.wire.deflate import DeflateParams
from wsinspect.wire.frames import encode_close, encode_frame
from wsinspect.wire.relay import Writes
from wsinspect.wire.sending import Injection
from wsinspect.wire.way import MOST_INJECTED_BYTES, MOST_INJECTIONS

PARAMS = st.one_of(
    st.none(),
    st.builds(DeflateParams, st.booleans(), st.booleans(), st.integers(9, 15), st.integers(9, 15)),
)
PAYLOADS = st.one_of(
    st.text(alphabet="ab", max_size=12).map(str.encode),
    st.integers(0, 5).map(lambda n: b"again and again " * n),
    st.sampled_from([bytes(range(256)) * 3, b"long" * 3000]),
)
OUTCOMES = st.one_of(
    st.just(Forward()),
    st.just(Drop()),
    st.builds(Modify, PAYLOADS, st.just(2), st.just(Source.RULE), st.lists(st.integers(0, 9), max_size=3).map(tuple)),
)
INJECTIONS = st.builds(Injection, st.sampled_from([2, 9]), st.just(b"injected"))
DECISIONS = st.one_of(
    st.just(Forward()),
    OUTCOMES,
    st.just(Hold()),
    st.builds(
        Plan,
        st.one_of(OUTCOMES, st.just(Hold())),
        st.sampled_from([0, 0, 5, 20]),
        st.sampled_from([0, 0, 1, 3]),
        st.sampled_from([0, 0, 2]),
        st.lists(INJECTIONS, max_size=2).map(tuple),
    ),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("message"), PAYLOADS, st.lists(st.integers(0, 30), max_size=3), st.booleans(), DECISIONS),
        st.tuples(st.just("message"), PAYLOADS, st.lists(st.integers(0, 30), max_size=3), st.booleans(), DECISIONS),
        st.tuples(st.just("ping")),
        st.tuples(st.just("flow"), st.integers(1, 200)),
        st.tuples(st.just("decide"), st.integers(0, 9), OUTCOMES, st.sampled_from([0, 0, 30])),
        st.tuples(st.just("wait"), st.integers(1, 12)),
        st.tuples(st.just("judge"), st.booleans()),
        st.tuples(st.just("inject"), INJECTIONS, st.booleans()),
        st.tuples(st.sampled_from(["receiver closes", "receiver is lost", "mute"])),
    ),
    max_size=25,
)


class Deciding(Judging):
    """Decides as was thought of for each message."""

    def __init__(self, decisions: dict[int, Decision], oversize: Oversize) -> None:
        super().__init__(oversize=oversize)
        self._decisions = decisions

    def judge(self, message: Gathered) -> Decision:
        return self._decisions[int(message.payload[:4])]


class Session:
    """A relay with one direction that is driven, and both its peers."""

    def __init__(self, direction: Direction, params: DeflateParams | None, limit: int, oversize: Oversize) -> None:
        self.direction = direction
        self.sink, self.spill = Recording(), Numbered()
        self.relay = relay(self.sink, deflate=params, assemble_limit=limit, spill=self.spill, memory_limit=100)
        self.sender, self.receiver = Peer(direction, params), Peer(direction, params)
        self.now = 1
        self.stream = self.got = self.came = b""
        self.decisions: dict[int, Decision] = {}
        self.judge = Deciding(self.decisions, oversize)
        self.sent: list[bytes] = []
        self.held: list[int] = []
        self.injected = self.pings = 0
        self.gave_up = self.muted = False

    def take(self, writes: Writes) -> None:
        self.got += writes[1 - self.direction]

    def flow(self, amount: int) -> None:
        data, self.stream = self.stream[:amount], self.stream[amount:]
        self.take(self.relay.receive(self.direction, data, self.now))

    def on_hold(self) -> list[int]:
        found = []
        for number, message in self.sink.messages.items():
            if message.completeness is Completeness.WAITING:
                try:
                    self.relay.payload_of(self.direction, number)
                except KeyError:
                    continue
                found.append(number)
        return found

    def decide(self, which: int, outcome: Outcome, delay: int) -> None:
        waiting = self.on_hold()
        if not waiting:
            return
        try:
            not_before = self.now + delay if delay else 0
            self.take(
                self.relay.decide(
                    self.direction, waiting[which % len(waiting)], outcome, self.now, not_before=not_before
                )
            )
        except KeyError:
            pass

    def wake(self) -> None:
        for _ in range(1000):
            if self.relay.wake_at is None:
                return
            assert self.relay.waiting(self.direction)
            self.now = max(self.now, self.relay.wake_at)
            self.take(self.relay.wake(self.now))
        raise AssertionError("it never stops to be due")

    def step(self, name: str, *arguments: object) -> None:
        match name, *arguments:
            case "message", bytes(payload), list(cuts), bool(compress), decision:
                payload = b"%04d" % len(self.sent) + payload
                self.decisions[len(self.sent)] = decision  # type: ignore[assignment]
                self.sent.append(payload)
                frames = self.sender.message(1 + len(self.sent) % 2, payload, *cuts, compress=compress)
                self.stream += b"".join(frames)
                self.came += b"".join(frames)
            case ("ping",):
                self.pings += 1
                self.stream += encode_frame(9, b"peer", mask_key=MASK if self.direction is C2S else None)
            case "flow", int(amount):
                self.flow(amount)
            case "decide", int(which), outcome, int(delay):
                self.decide(which, outcome, delay)  # type: ignore[arg-type]
            case "wait", int(amount):
                self.now += amount
                if self.relay.wake_at is not None and self.relay.wake_at <= self.now:
                    self.take(self.relay.wake(self.now))
            case "judge", bool(there):
                self.take(self.relay.set_judge(self.direction, self.judge if there else None, self.now))
            case "inject", Injection() as frame, bool(queued):
                self.injected += 1
                self.take(self.relay.inject(self.direction, frame, self.now, queued=queued))
            case _:
                self.harm(name)
        self.check_nothing_left()

    def harm(self, name: str) -> None:
        self.gave_up = True
        match name:
            case "receiver closes":
                close = encode_frame(8, b"", mask_key=None if self.direction is C2S else MASK)
                self.take(self.relay.receive(Direction(1 - self.direction), close, self.now))
            case "receiver is lost":
                self.take(self.relay.give_up(self.direction, self.now))
            case "mute":
                self.muted = True
                self.take(self.relay.mute(self.direction, Verdict.DROPPED, self.now))
            case _:
                raise AssertionError(name)

    def check_nothing_left(self) -> None:
        if not self.relay.waiting(self.direction):
            assert self.relay.wake_at is None
            assert self.relay.waiting_bytes(self.direction) == 0
            assert not self.spill.kept

    def finish(self) -> None:
        while self.stream:
            self.flow(997)
        self.take(self.relay.end(self.direction, End.FIN, self.now))
        for _ in range(1000):
            self.wake()
            if not self.relay.waiting(self.direction):
                break
            for which in range(len(self.on_hold())):
                self.decide(which, Forward(), 0)
        assert not self.relay.waiting(self.direction)
        assert self.relay.waiting_bytes(self.direction) == 0
        assert not self.spill.kept


@given(
    STEPS,
    PARAMS,
    st.sampled_from([C2S, S2C]),
    st.sampled_from([50, 1 << 20]),
    st.sampled_from([Oversize.FORWARD, Oversize.DROP]),
)
def test_what_is_meant_arrives_and_is_on_record(
    steps: list[tuple[object, ...]],
    params: DeflateParams | None,
    direction: Direction,
    limit: int,
    oversize: Oversize,
) -> None:
    session = Session(direction, params, limit, oversize)
    session.take(session.relay.set_judge(direction, session.judge, 0))
    for name, *arguments in steps:
        session.step(str(name), *arguments)
    session.finish()

    messages = [m for m in session.sink.messages.values() if m.source is Source.PEER]
    assert [m.payload for m in messages] == session.sent
    assert all(m.completeness is Completeness.COMPLETE and not m.undecided for m in messages)
    injected = [f for f in session.sink.frames.values() if f.payload == b"injected"]
    assert len(injected) >= session.injected
    if session.muted:
        return
    read = session.receiver.read(session.got)
    assert sum(payload == b"peer" for opcode, payload in read if opcode == 9) == session.pings
    went = [m for m in session.sink.messages.values() if m.verdict not in {Verdict.DROPPED, Verdict.NOT_SENT}]
    meant = Counter(m.payload if m.sent is None else m.sent for m in went)
    assert Counter(payload for opcode, payload in read if opcode < 8) == meant
    if not session.gave_up:
        assert Verdict.NOT_SENT not in {m.verdict for m in messages} | {f.verdict for f in injected}
    if not any(isinstance(d, Plan) and d.behind for d in session.decisions.values()):
        rest = iter(payload for opcode, payload in read if opcode < 8)
        order = [m.payload if m.sent is None else m.sent for m in went if m.source is Source.PEER]
        assert all(payload in rest for payload in order)


@given(STEPS, PARAMS, st.sampled_from([C2S, S2C]))
def test_what_is_not_changed_is_the_same_bytes(
    steps: list[tuple[object, ...]], params: DeflateParams | None, direction: Direction
) -> None:
    session = Session(direction, params, 50, Oversize.FORWARD)
    session.take(session.relay.set_judge(direction, session.judge, 0))
    for name, *arguments in steps:
        if name in {"message", "flow", "wait", "judge", "decide"}:
            if name == "message":
                decision = arguments[-1]
                late = decision.not_before if isinstance(decision, Plan) else 0
                waits = isinstance(decision, Hold) or (
                    isinstance(decision, Plan) and isinstance(decision.outcome, Hold)
                )
                arguments[-1] = Plan(Hold() if waits else Forward(), not_before=late)
            elif name == "decide":
                arguments[1] = Forward()
            session.step(str(name), *arguments)
    session.finish()
    assert session.got == session.came
    assert session.sink.sent() == []
    verdicts = {message.verdict for message in session.sink.messages.values()}
    assert verdicts <= {Verdict.FORWARDED, Verdict.TOO_LARGE}


# One by one


def masked(opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0) -> bytes:
    return encode_frame(opcode, payload, fin=fin, rsv=rsv, mask_key=b"wxyz")


def ours(opcode: int, payload: bytes) -> bytes:
    return encode_frame(opcode, payload, mask_key=MASK)


HELD = masked(1, b"held")
HOLDS = {b"held": Hold()}


def held(*, params: DeflateParams | None = None, limit: int = 1 << 20, judge: Judging | None = None) -> Driven:
    """Return a direction in which a message is on hold."""
    driven = Driven(judge or Script(dict(HOLDS)), params=params, limit=limit)
    assert driven(HELD) == b""
    return driven


class Driven:
    """A relay of which only what the client sends matters."""

    def __init__(
        self, judge: Judging | None = None, *, params: DeflateParams | None = None, limit: int = 1 << 20
    ) -> None:
        self.sink = Recording()
        self.relay = relay(self.sink, deflate=params, assemble_limit=limit)
        self.relay.set_judge(C2S, judge, 0)

    def __call__(self, data: bytes, now: int = 0) -> bytes:
        return self.relay.receive(C2S, data, now)[1]

    def decide(self, number: int = 1, outcome: Outcome | None = None, now: int = 0) -> bytes:
        return self.relay.decide(C2S, number, outcome or Forward(), now)[1]

    def verdicts(self) -> list[Verdict]:
        assert not any(message.undecided for message in self.sink.messages.values())
        return [message.verdict for message in self.sink.messages.values()]


def test_pings_pass_what_waits_and_a_close_does_not() -> None:
    driven = held()
    close, ping = masked(8, encode_close(1000)), masked(9, b"?")
    assert driven(close + ping) == ping
    assert driven.relay.close is None
    (waiting,) = (frame for frame in driven.sink.frames.values() if frame.completeness is Completeness.WAITING)
    assert driven.decide() == HELD + close
    assert (waiting.opcode, waiting.completeness, waiting.verdict) == (8, Completeness.COMPLETE, Verdict.FORWARDED)
    assert driven.relay.close is not None
    assert driven.relay.close.code == 1000


def test_nothing_is_steered_when_nobody_wants_it() -> None:
    driven = held()
    driven.relay.set_judge(C2S, None, 0)
    more = masked(1, b"behind")
    assert driven(more) == b""
    passing = masked(1, b"next")
    assert driven.decide() == HELD + more
    assert driven(passing) is passing
    assert driven.verdicts() == [Verdict.FORWARDED] * 3


def test_messages_that_nobody_wants_pass_a_judge_of_control_frames() -> None:
    judge = Script(control={b"bad": Drop()}, messages=False)
    driven = Driven(judge)
    bad = masked(9, b"bad")
    start, rest = masked(1, b"st", fin=False), masked(0, b"art")
    data = masked(1, b"a") * 3 + start
    assert driven(data + bad) == data
    assert driven(rest + masked(2, b"c") + masked(8, b"") + masked(1, b"late")) == rest + masked(2, b"c") + masked(
        8, b""
    ) + masked(1, b"late")
    assert judge.asked == [(9, b"bad"), (8, b"")]
    assert set(driven.verdicts()) == {Verdict.FORWARDED}
    assert [frame.verdict for frame in driven.sink.frames.values() if frame.opcode == 9] == [Verdict.DROPPED]


def test_a_changed_control_frame_goes_after_it_is_on_record() -> None:
    driven = Driven(Script(control={b"bad": Modify(b"good", 9)}))
    assert driven(masked(9, b"bad") + masked(1, b"x")) == ours(9, b"good") + masked(1, b"x")
    came, sent = [frame for frame in driven.sink.frames.values() if frame.opcode == 9]
    assert (came.verdict, sent.verdict, sent.of) == (Verdict.MODIFIED, Verdict.MODIFIED, came.seq)


def test_an_injected_frame_goes_past_what_waits_or_behind_it() -> None:
    driven = held()
    assert driven.relay.inject(C2S, Injection(1, b"past"), 0)[1] == ours(1, b"past")
    assert driven.relay.inject(C2S, Injection(1, b"behind"), 0, queued=True)[1] == b""
    assert driven(masked(1, b"last")) == b""
    assert driven.decide() == HELD + ours(1, b"behind") + masked(1, b"last")
    assert driven.relay.inject(C2S, Injection(1, b"now"), 0, queued=True)[1] == ours(1, b"now")


@pytest.mark.parametrize("queued", [True, False])
def test_only_so_many_injected_frames_wait(queued: bool) -> None:
    driven = held()
    driven(masked(2, bytes(300_000))[:1000])
    if not queued:
        driven = Driven()
        driven(masked(1, b"a", fin=False))
    for _ in range(MOST_INJECTIONS):
        driven.relay.inject(C2S, Injection(1, b""), 0, queued=queued)
    with pytest.raises(OverflowError):
        driven.relay.inject(C2S, Injection(1, b""), 0, queued=queued)
    assert driven.relay.end(C2S, End.FIN, 0)[1].count(ours(1, b"")) == 0
    if queued:
        assert driven.decide().count(ours(1, b"")) == MOST_INJECTIONS
    else:
        assert driven.verdicts().count(Verdict.NOT_SENT) == MOST_INJECTIONS


def test_only_so_much_waits_but_what_need_not_wait_may_be_larger() -> None:
    driven = Driven()
    large = Injection(2, bytes(MOST_INJECTED_BYTES + 1))
    assert len(driven.relay.inject(C2S, large, 0)[1]) > MOST_INJECTED_BYTES
    driven(masked(1, b"a", fin=False))
    with pytest.raises(OverflowError):
        driven.relay.inject(C2S, large, 0)
    driven.relay.end(C2S, End.FIN, 0)
    assert driven.relay.inject(C2S, large, 0) == (b"", b"")


def test_what_waits_goes_on_waiting_after_the_end() -> None:
    driven = held()
    cut_off = masked(1, b"ab", fin=False) + b"\x80"
    assert driven(cut_off) == b""
    assert driven.relay.end(C2S, End.FIN, 0) == (b"", b"")
    assert driven.relay.waiting(C2S)
    assert driven.decide() == HELD + cut_off
    assert not driven.relay.waiting(C2S)
    assert driven.verdicts() == [Verdict.FORWARDED] * 2
    assert driven.sink.messages[2].completeness is Completeness.CUT_OFF


def test_who_is_gone_gets_nothing_that_waits() -> None:
    driven = held()
    driven(masked(1, b"more") + masked(8, b""))
    assert driven.relay.give_up(C2S, 9) == (b"", b"")
    assert driven.verdicts() == [Verdict.NOT_SENT] * 2
    assert driven.sink.messages[1].held_ns == 9
    assert driven.sink.frames[3].verdict is Verdict.NOT_SENT
    assert not driven.relay.waiting(C2S)
    with pytest.raises(KeyError):
        driven.decide()


def test_a_large_message_behind_others_streams_from_its_turn_on() -> None:
    driven = held(limit=100)
    data = masked(2, bytes(300_000))
    assert driven(data[:150_000]) == b""
    assert driven.relay.inject(C2S, Injection(9, b""), 0)[1] == ours(9, b"")
    assert driven.decide() == HELD + data[:150_000]
    assert driven.relay.inject(C2S, Injection(9, b""), 0)[1] == b""
    assert driven(data[150_000:]) == data[150_000:] + ours(9, b"")
    assert driven.verdicts() == [Verdict.FORWARDED, Verdict.TOO_LARGE]


def test_what_is_due_waits_for_the_end_of_a_frame() -> None:
    driven = Driven(Script({b"late": Plan(Forward(), not_before=10)}))
    late, large = masked(1, b"late"), masked(9, bytes(300_000))
    assert driven(late) == b""
    assert driven.relay.wake_at == 10
    assert driven(large[:1000]) == large[:1000]
    assert driven.relay.wake_at is None
    assert driven.relay.wake(20) == (b"", b"")
    assert driven(large[1000:], 21) == large[1000:] + late
    assert driven.sink.messages[1].delayed_ns == 10


def test_within_a_message_a_close_goes_and_what_is_set_aside_waits() -> None:
    driven = Driven(Script({b"moved": Plan(Forward(), behind=5)}, oversize=Oversize.FORWARD), limit=10)
    moved, start, close = masked(1, b"moved"), masked(1, bytes(20), fin=False), masked(8, b"")
    assert driven(moved) == b""
    assert driven(start + close) == start + close
    assert driven.relay.end(C2S, End.FIN, 0)[1] == moved


# Muting


@pytest.mark.parametrize("judge", [None, Script()])
@pytest.mark.parametrize("deflate", [None, DeflateParams()])
def test_a_muted_peer_is_only_recorded(judge: Judging | None, deflate: DeflateParams | None) -> None:
    driven = Driven(judge, params=deflate)
    assert driven(masked(1, b"a")) == masked(1, b"a")
    assert driven.relay.mute(C2S, Verdict.DROPPED, 0) == (b"", b"")
    odd = masked(0, b"nothing to continue")
    assert driven(masked(1, b"b") + masked(9, b"") + odd + masked(9, bytes(300_000)) + masked(2, b"c")) == b""
    assert driven(masked(1, b"d", fin=False) + masked(0, b"d") + masked(8, b"") + b"\x81") == b""
    assert driven.relay.end(C2S, End.FIN, 0) == (b"", b"")
    assert driven.verdicts() == [Verdict.FORWARDED, *[Verdict.DROPPED] * 3]
    assert {frame.verdict for frame in driven.sink.frames.values() if frame.number is None} == {Verdict.DROPPED}
    assert driven.relay.close == Close("client", None, None, clean=False)


def test_frames_of_our_own_go_in_spite_of_it() -> None:
    driven = held()
    driven.relay.mute(C2S, Verdict.NOT_SENT, 5)
    assert driven.verdicts() == [Verdict.NOT_SENT]
    assert driven.relay.inject(C2S, Injection(1, b"ours"), 0)[1] == ours(1, b"ours")
    assert driven.relay.inject(C2S, Injection(8, b""), 0)[1] == ours(8, b"")
    assert driven(masked(1, b"gone")) == b""
    assert driven.relay.inject(C2S, Injection(1, b"late"), 0)[1] == b""


@pytest.mark.parametrize("judge", [None, Script()])
@pytest.mark.parametrize("size", [100, 300_000])
@pytest.mark.parametrize("opcode", [1, 9])
def test_a_frame_of_which_a_part_was_written_is_written_whole(judge: Judging | None, size: int, opcode: int) -> None:
    driven = Driven(judge, limit=10)
    data = masked(opcode, bytes(size))
    written = driven(data[:50])
    driven.relay.mute(C2S, Verdict.DROPPED, 0)
    driven.relay.set_judge(C2S, None, 0)
    rest = data[50:] if written else b""
    assert driven(data[50:] + masked(1, b"next")) == rest
    assert driven.verdicts()[-1] is Verdict.DROPPED


@pytest.mark.parametrize("gated", [False, True])
def test_a_message_of_which_a_part_was_written_gets_no_end(gated: bool) -> None:
    driven = Driven(Script() if gated else None, limit=10)
    start = masked(1, bytes(20), fin=False)
    assert driven(start) == start
    driven.relay.mute(C2S, Verdict.DROPPED, 0)
    assert driven(masked(0, b"end") + masked(1, b"next")) == b""
    assert driven.verdicts() == [Verdict.DROPPED] * 2
    assert driven.relay.inject(C2S, Injection(9, b""), 0)[1] == ours(9, b"")
    assert driven.relay.inject(C2S, Injection(1, b"would break in"), 0)[1] == b""


def test_a_message_that_is_gathered_or_queued_when_its_peer_is_muted_is_not_sent() -> None:
    gathered = Driven(Script())
    assert gathered(masked(1, b"a", fin=False)) == b""
    gathered.relay.mute(C2S, Verdict.DROPPED, 0)
    assert gathered(masked(0, b"b")) == b""
    assert gathered.verdicts() == [Verdict.DROPPED]
    queued = held(limit=10)
    assert queued(masked(1, bytes(20), fin=False)) == b""
    queued.relay.mute(C2S, Verdict.DROPPED, 0)
    assert queued(masked(0, b"b")) == b""
    assert queued.verdicts() == [Verdict.NOT_SENT, Verdict.DROPPED]


# Failing


class Broken(Recording):
    """Fails at one of its reports."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left

    def __getattribute__(self, name: str) -> object:
        if name.startswith(("message", "frame")) and name not in {"frames", "messages"}:
            self.left -= 1
            if not self.left:
                raise RuntimeError("the record is broken")
        return super().__getattribute__(name)


FATES = st.lists(
    st.tuples(
        st.sampled_from(
            [Forward(), Forward(), Hold(), Modify(b"CHANGED", 2), Plan(Forward(), not_before=3), Plan(Forward(), 0, 1)]
        ),
        st.sampled_from([0, 3, 40, 500, 300_000]),
        st.lists(st.integers(0, 40), max_size=2),
    ),
    min_size=1,
    max_size=6,
)


@given(
    FATES,
    st.integers(1, 60),
    st.sampled_from([1, 7, 100, 70_000]),
    st.sampled_from([50, 1 << 20]),
    st.sampled_from([None, "control", "messages"]),
)
def test_whatever_fails_every_message_goes_once(
    fates: list[tuple[Decision, int, list[int]]], left: int, step: int, limit: int, judged: str | None
) -> None:
    sink = Broken(left)
    both = relay(sink, assemble_limit=limit)
    peer = Peer(C2S, None)
    payloads = [b"%04d" % index + bytes(size) for index, (_, size, _) in enumerate(fates)]
    data = b"".join(
        b"".join(peer.message(1, payload, *cuts)) for payload, (*_, cuts) in zip(payloads, fates, strict=True)
    )
    if step == 1:
        data = data[:2000]
    if judged is not None:
        judge = Deciding({index: fate for index, (fate, *_) in enumerate(fates)}, Oversize.FORWARD)
        judge.wants_messages = judged == "messages"
        both.set_judge(C2S, judge, 0)
    got, position, failed = b"", 0, False

    def attempt(what: Callable[[], Writes]) -> None:
        nonlocal got, failed
        if not failed:
            try:
                got += what()[1]
            except RuntimeError:
                failed = True
                got += both.abandon()[1]

    while position < len(data) and not failed:
        chunk = data[position : position + step]
        position += step
        attempt(partial(both.receive, C2S, chunk, position))
    waiting = [number for number, message in list(sink.__dict__["messages"].items()) if message.undecided]
    for number in waiting:
        with suppress(KeyError):
            attempt(partial(both.decide, C2S, number, Forward(), position))
    attempt(lambda: both.wake(position + 9))
    attempt(lambda: both.end(C2S, End.FIN, position))
    got += data[position:]
    changed = judged == "messages" and any(isinstance(fate, Modify) for fate, *_ in fates)
    moved = judged == "messages" and any(isinstance(fate, Plan) and fate.behind for fate, *_ in fates)
    if not changed and not moved:
        assert got == data
    elif step > 1:
        read = [payload for _, payload in peer.read(got)]
        assert len(read) == len(payloads)
        originals = [payload for payload in read if payload != b"CHANGED"]
        assert originals == [payload for payload in payloads if payload in originals] or moved
        assert len(set(originals)) == len(originals)


def test_nothing_of_a_muted_peer_is_handed_on_when_something_fails() -> None:
    driven = held()
    assert driven.relay.abandon() == (b"", HELD)
    driven.relay.mute(C2S, Verdict.DROPPED, 0)
    assert driven.relay.abandon() == (b"", b"")


def test_a_failure_at_the_end_loses_nothing() -> None:
    sink = Broken(1 << 30)
    both = relay(sink)
    both.set_judge(C2S, Script(), 0)
    start = masked(1, b"abc", fin=False) + masked(0, b"def")[:8]
    assert both.receive(C2S, start, 0) == (b"", b"")
    sink.left = 1
    with pytest.raises(RuntimeError):
        both.end(C2S, End.FIN, 0)
    assert both.abandon() == (b"", start)


def test_it_stops_to_be_steered_within_what_is_read() -> None:
    driven = Driven()
    driven(masked(1, b"a", fin=False))
    driven.relay.inject(C2S, Injection(1, b"ours"), 0)
    rest = masked(1, b"b") * 3
    assert driven(masked(0, b"") + rest) == masked(0, b"") + ours(1, b"ours") + rest
    assert driven.sink.fast == 3


def test_with_an_unknown_extension_nothing_is_judged() -> None:
    both = relay(Recording(), opaque=True)
    assert both.set_judge(C2S, Script({b"bad": Drop()}), 0) == (b"", b"")
    bad = masked(1, b"bad")
    assert both.receive(C2S, bad, 0)[1] is bad


def test_what_fails_while_nothing_is_steered_goes_whole() -> None:
    sink = Broken(1)
    both = relay(sink)
    with pytest.raises(RuntimeError):
        both.receive(S2C, encode_frame(1, b"x", mask_key=None), 0)
    assert both.abandon() == (encode_frame(1, b"x", mask_key=None), b"")


def test_a_close_is_handed_on_though_nothing_is_steered() -> None:
    driven = Driven()
    assert driven(masked(8, b"")) == masked(8, b"")


def test_what_was_read_of_a_frame_is_not_lost_when_something_else_fails() -> None:
    driven = held()
    assert driven(masked(1, b"more")[:4]) == b""
    assert driven.relay.abandon() == (b"", HELD + masked(1, b"more")[:4])
    passing = Driven()
    assert passing(b"\x81") == b"\x81"
    assert passing.relay.abandon() == (b"", b"")


def test_it_is_intact_as_long_as_its_receiver_can_read_what_comes() -> None:
    params = DeflateParams(client_max_window_bits=9)
    driven, client = Driven(Script({b"bad": Drop()}), params=params), Peer(C2S, params)
    seen = []
    for payload in (b"good", b"bad", b"good" * 200, b"good"):
        driven(b"".join(client.message(1, payload)))
        seen.append(driven.relay.intact)
    assert seen == [True, False, True, True]
    driven.relay.mute(C2S, Verdict.DROPPED, 0)
    assert not driven.relay.intact


def test_a_direction_that_is_to_be_muted_is_not_intact_any_more() -> None:
    driven = Driven()
    driven(masked(1, b"more")[:4])
    driven.relay.mute(C2S, Verdict.DROPPED, 0)
    assert not driven.relay.intact
