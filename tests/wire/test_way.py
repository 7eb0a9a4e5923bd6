"""Whatever is decided, in whatever order: the receiver reads what was meant, and all of it is on record once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from tests.wire.judges import Judging
from tests.wire.peers import Peer
from tests.wire.recording import C2S, MASK, S2C, Recording, relay
from wsinspect.model import Completeness, Direction, End, Source, Verdict
from wsinspect.wire.decisions import Decision, Drop, Forward, Gathered, Hold, Modify, Outcome, Oversize, Plan
from wsinspect.wire.deflate import DeflateParams
from wsinspect.wire.frames import encode_frame
from wsinspect.wire.relay import Writes
from wsinspect.wire.sending import Injection

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


@dataclass
class Numbered:
    """A spill that checks that each ticket is dropped once."""

    kept: dict[int, bytes] = field(default_factory=dict)
    last: int = 0

    def keep(self, data: bytes) -> int:
        self.last += 1
        self.kept[self.last] = data
        return self.last

    def load(self, ticket: int) -> bytes:
        return self.kept[ticket]

    def drop(self, ticket: int) -> None:
        del self.kept[ticket]


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

    def take(self, writes: Writes) -> None:
        to_client, to_server = writes
        self.got += to_server if self.direction is C2S else to_client
        assert not (to_client if self.direction is C2S else to_server)

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
                raise AssertionError(name)
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

    read = session.receiver.read(session.got)
    messages = [m for m in session.sink.messages.values() if m.source is Source.PEER]
    assert [m.payload for m in messages] == session.sent
    assert all(m.completeness is Completeness.COMPLETE and not m.undecided for m in messages)
    meant = Counter(
        m.payload if m.sent is None else m.sent
        for m in messages
        if m.verdict not in {Verdict.DROPPED, Verdict.NOT_SENT}
    )
    others = Counter(
        m.payload
        for m in session.sink.messages.values()
        if m.source is not Source.PEER and m.verdict is Verdict.FORWARDED
    )
    assert Counter(payload for opcode, payload in read if opcode < 8) == meant + others
    assert sum(payload == b"peer" for opcode, payload in read if opcode == 9) == session.pings
    injected = [f for f in session.sink.frames.values() if f.payload == b"injected"]
    assert len(injected) >= session.injected
    assert Verdict.NOT_SENT not in {f.verdict for f in injected}
    if not any(isinstance(d, Plan) and d.behind for d in session.decisions.values()):
        order = [m.payload if m.sent is None else m.sent for m in messages if m.verdict is not Verdict.DROPPED]
        rest = iter(payload for opcode, payload in read if opcode < 8)
        assert all(payload in rest for payload in order)
