"""The relay of a connection: what it writes, when, and what it says about it."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame
from websockets.protocol import CLIENT, SERVER, Protocol, Side
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, TextMessage
from wsproto.extensions import PerMessageDeflate as WsprotoDeflate

from tests.wire.judges import Judging, Script
from tests.wire.peers import Peer, frames_of
from tests.wire.recording import C2S, MASK, S2C, Recording, read, relay
from tests.wire.spills import Numbered
from wsinspect.model import Close, Completeness, Direction, End, Source, Stage, Verdict
from wsinspect.wire.decisions import Hold, Plan
from wsinspect.wire.deflate import DeflateParams
from wsinspect.wire.frames import encode_close, encode_frame
from wsinspect.wire.relay import Decision, Drop, Forward, Gathered, Injection, Judge, Modify

CLOSED = b"\x88\x82" + MASK + bytes((0x03 ^ MASK[0], 0xE8 ^ MASK[1]))


def masked(opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0) -> bytes:
    return encode_frame(opcode, payload, fin=fin, rsv=rsv, mask_key=b"wxyz")


def plain(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    return encode_frame(opcode, payload, fin=fin, mask_key=None)


def ours(opcode: int, payload: bytes) -> bytes:
    """A frame as the relay itself makes it for the server."""
    return encode_frame(opcode, payload, mask_key=MASK)


class Forwarding(Judging):
    pass


class Shouting(Judging):
    """Drops messages that start with `-`, changes those that start with `+`."""

    def judge(self, message: Gathered) -> Decision:
        if message.payload[:1] == b"-":
            return Drop()
        return Modify(message.payload.upper(), message.opcode) if message.payload[:1] == b"+" else Forward()


@pytest.mark.parametrize("data", [b"", b"\x81", masked(1, b"x"), b"\xff" * 50, masked(2, bytes(300_000))])
def test_passing_bytes_are_the_same_object(data: bytes) -> None:
    both = relay(Recording())
    to_client, to_server = both.receive(C2S, data, 0)
    assert to_client == b""
    assert to_server is data
    to_client, to_server = both.receive(S2C, data, 0)
    assert to_client is data
    assert to_server == b""


def test_counters() -> None:
    sink = Recording()
    both = relay(sink)
    both.receive(C2S, masked(1, b"a") + masked(9, b""), 0)
    both.receive(S2C, plain(1, b"b", fin=False), 0)
    both.receive(S2C, plain(0, b"b") + b"\x81", 0)
    assert (both.frames, both.messages, both.bytes) == ([2, 2], [1, 1], [13, 7])
    assert list(sink.frames) == [1, 2, 3, 4]
    assert [message.number for message in sink.messages.values()] == [1, 2]


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=30)), max_size=20), st.booleans(), st.booleans())
def test_arbitrary_bytes_pass_untouched(chunks: list[tuple[bool, bytes]], deflate: bool, opaque: bool) -> None:
    both = relay(Recording(), deflate=DeflateParams() if deflate else None, opaque=opaque)
    for to_server, data in chunks:
        direction = C2S if to_server else S2C
        assert both.receive(direction, data, 0) == ((b"", data) if to_server else (data, b""))
    for direction in Direction:
        assert both.end(direction, End.FIN, 0) == (b"", b"")


@given(st.lists(st.binary(max_size=30), max_size=20), st.booleans())
def test_arbitrary_bytes_that_are_judged_all_arrive(chunks: list[bytes], deflate: bool) -> None:
    both = relay(Recording(), deflate=DeflateParams() if deflate else None)
    both.set_judge(S2C, Forwarding(), 0)
    got = b"".join(both.receive(S2C, data, 0)[0] for data in chunks) + both.end(S2C, End.FIN, 0)[0]
    assert sorted(got) == sorted(b"".join(chunks))


def test_the_end_hands_on_what_was_held() -> None:
    sink = Recording()
    both = relay(sink)
    both.set_judge(C2S, Forwarding(), 0)
    data = masked(1, b"abc", fin=False) + masked(0, b"def")[:-1]
    assert both.receive(C2S, data, 0) == (b"", b"")
    assert both.end(C2S, End.FIN, 0) == (b"", data)
    assert [message.completeness for message in sink.messages.values()] == [Completeness.CUT_OFF]
    both.set_judge(S2C, Forwarding(), 0)
    assert both.receive(S2C, b"\x81", 0) == (b"", b"")
    assert both.end(S2C, End.FIN, 0) == (b"\x81", b"")


# Closing


@pytest.mark.parametrize("first", [C2S, S2C])
def test_the_first_close_counts(first: Direction) -> None:
    both = relay(Recording())
    frames = {C2S: masked(8, encode_close(4000, "c")), S2C: plain(8, encode_close(4001, "s"))}
    assert both.close is None
    both.receive(first, frames[first], 0)
    by, code, reason = ("client", 4000, "c") if first is C2S else ("server", 4001, "s")
    assert both.close == Close(by, code, reason, clean=False)
    other = Direction(1 - first)
    both.receive(other, frames[other], 0)
    both.end(other, End.FIN, 0)
    assert both.close == Close(by, code, reason, clean=True)


def test_a_close_without_a_code() -> None:
    both = relay(Recording())
    both.receive(S2C, plain(8, b""), 0)
    assert both.close == Close("server", None, None, clean=False)


@pytest.mark.parametrize(
    ("direction", "end", "by"), [(C2S, End.FIN, "client"), (S2C, End.RESET, "server"), (S2C, End.PROXY, "proxy")]
)
def test_a_loss_without_a_close(direction: Direction, end: End, by: str) -> None:
    both = relay(Recording())
    both.end(direction, end, 0)
    both.end(Direction(1 - direction), End.FIN, 0)
    assert both.close == Close(by, None, None, clean=False)


def test_a_close_of_our_own() -> None:
    both = relay(Recording())
    assert both.inject(S2C, Injection(8, encode_close(1001)), 0) == (plain(8, encode_close(1001)), b"")
    assert both.close == Close("proxy", 1001, "", clean=False)
    both.receive(C2S, masked(8, encode_close(1001)), 0)
    assert both.close == Close("proxy", 1001, "", clean=True)


# Injecting


def test_between_messages_it_goes_at_once() -> None:
    sink = Recording()
    both = relay(sink)
    assert both.inject(C2S, Injection(1, b"hi"), 0) == (b"", ours(1, b"hi"))
    both.receive(C2S, masked(1, b"x"), 0)
    assert both.inject(S2C, Injection(2, b"ho", source=Source.RULE), 0) == (plain(2, b"ho"), b"")
    assert [(m.number, m.source, m.payload) for m in sink.messages.values()] == [
        (1, Source.USER, b"hi"), (2, Source.PEER, b"x"), (3, Source.RULE, b"ho")
    ]  # fmt: skip
    assert both.messages == [2, 1]


@pytest.mark.parametrize("cut", range(1, 8))
def test_it_never_breaks_into_a_frame(cut: int) -> None:
    both = relay(Recording())
    frame = masked(1, b"ab")
    assert both.receive(C2S, frame[:cut], 0)[1] == frame[:cut]
    expected = b"" if cut < len(frame) else ours(9, b"!")
    assert both.inject(C2S, Injection(9, b"!"), 0) == (b"", expected)
    rest = frame[cut:] + frame
    assert both.receive(C2S, rest, 0)[1] == frame[cut:] + (b"" if expected else ours(9, b"!")) + frame
    passing = masked(1, b"c")
    assert both.receive(C2S, passing, 0)[1] is passing


def test_it_waits_for_the_end_of_a_fragmented_message() -> None:
    both = relay(Recording())
    both.receive(C2S, masked(1, b"a", fin=False), 0)
    assert both.inject(C2S, Injection(9, b"now"), 0)[1] == ours(9, b"now")
    assert both.inject(C2S, Injection(1, b"later"), 0)[1] == b""
    assert both.inject(C2S, Injection(10, b"in turn"), 0)[1] == b""
    assert both.receive(C2S, masked(9, b"") + masked(0, b"b", fin=False), 0)[1] == masked(9, b"") + masked(
        0, b"b", fin=False
    )
    data = masked(0, b"c") + masked(1, b"d")
    assert both.receive(C2S, data, 0)[1] == masked(0, b"c") + ours(1, b"later") + ours(10, b"in turn") + masked(1, b"d")


def test_while_a_message_is_held_it_need_not_wait() -> None:
    both = relay(Recording(), assemble_limit=10)
    both.set_judge(C2S, Forwarding(), 0)
    held = masked(1, b"a", fin=False)
    assert both.receive(C2S, held, 0)[1] == b""
    assert both.inject(C2S, Injection(1, b"first"), 0)[1] == ours(1, b"first")
    large = masked(0, bytes(20), fin=False)
    assert both.receive(C2S, large, 0)[1] == held + large
    assert both.inject(C2S, Injection(1, b"second"), 0)[1] == b""
    assert both.inject(C2S, Injection(9, b""), 0)[1] == b""
    end = masked(0, b"")
    assert both.receive(C2S, end, 0)[1] == end + ours(1, b"second") + ours(9, b"")


def test_it_never_breaks_into_a_large_frame_that_passes_the_judge() -> None:
    both = relay(Recording(), assemble_limit=10)
    both.set_judge(C2S, Forwarding(), 0)
    data = masked(2, bytes(300_000))
    assert both.receive(C2S, data[:1000], 0)[1] == data[:1000]
    assert both.inject(C2S, Injection(9, b""), 0)[1] == b""
    assert both.receive(C2S, data[1000:], 0)[1] == data[1000:] + ours(9, b"")


@pytest.mark.parametrize("how", ["peer's close", "own close", "end", "end while waiting"])
def test_what_cannot_go_is_reported_as_not_sent(how: str) -> None:
    sink = Recording()
    both = relay(sink)
    if how == "peer's close":
        both.receive(C2S, masked(8, b""), 0)
    elif how == "own close":
        both.inject(C2S, Injection(8, b""), 0)
    elif how == "end":
        both.end(C2S, End.FIN, 0)
    else:
        both.receive(C2S, b"\x81", 0)
    assert both.inject(C2S, Injection(1, b"late"), 0) == (b"", b"")
    both.end(C2S, End.FIN, 0)
    (message,) = sink.messages.values()
    assert (message.verdict, message.payload) == (Verdict.NOT_SENT, b"late")
    assert sink.frames[message.seq].verdict is Verdict.NOT_SENT
    assert sink.frames[message.seq].stage is Stage.SENT


def test_malformed_frames_can_be_sent_and_impossible_ones_not() -> None:
    both = relay(Recording())
    assert both.inject(S2C, Injection(5, b"x", fin=False, rsv=7, masked=True, length_bytes=2), 0)[0] == bytes.fromhex(
        "75fe0001" + MASK.hex() + f"{0x78 ^ MASK[0]:02x}"
    )
    with pytest.raises(ValueError, match="do not fit"):
        both.inject(S2C, Injection(99, b""), 0)
    assert both.receive(S2C, b"\x81", 0) == (b"\x81", b"")


# Judging


def test_a_judge_begins_and_ends_between_messages() -> None:
    both = relay(Recording())
    start, rest, change = masked(1, b"+a", fin=False), masked(0, b"b"), masked(1, b"+c")
    assert both.receive(C2S, start, 0)[1] == start
    assert both.set_judge(C2S, Shouting(), 0) == (b"", b"")
    assert both.receive(C2S, rest + change, 0)[1] == rest + ours(1, b"+C")
    assert both.receive(C2S, start, 0)[1] == b""
    both.set_judge(C2S, None, 0)
    shouted = encode_frame(1, b"+A", fin=False, mask_key=MASK) + encode_frame(0, b"B", mask_key=MASK)
    assert both.receive(C2S, rest + change, 0)[1] == shouted + change
    assert both.receive(C2S, change, 0)[1] is not None
    again = masked(1, b"+d")
    assert both.receive(C2S, again, 0)[1] is again


def test_with_an_unknown_extension_nothing_is_judged() -> None:
    sink = Recording()
    both = relay(sink, opaque=True)
    both.set_judge(C2S, Shouting(), 0)
    data = masked(1, b"+a")
    assert both.receive(C2S, data, 0)[1] is data
    both.receive(C2S, b"\x81", 0)
    assert both.inject(C2S, Injection(1, b"x"), 0)[1] == b""
    assert both.receive(C2S, b"\x80wxyz", 0)[1] == b"\x80wxyz" + ours(1, b"x")


def test_without_a_judge_recoding_goes_on_until_the_contexts_agree() -> None:
    sink = Recording()
    both = relay(sink, deflate=DeflateParams())
    peer, receiver = Peer(S2C, DeflateParams()), Peer(S2C, DeflateParams())
    both.set_judge(S2C, Shouting(), 0)
    got = both.receive(S2C, b"".join(peer.message(1, b"+shout")), 0)[0]
    both.set_judge(S2C, None, 0)
    noise = random.Random(1).randbytes(40_000)
    for text in (b"+shout", noise, b"+shout"):
        got += both.receive(S2C, b"".join(peer.message(2, text)), 0)[0]
    assert receiver.read(got) == [(1, b"+SHOUT"), (2, b"+shout"), (2, noise), (2, b"+shout")]
    V = Verdict  # noqa: N806
    assert [m.verdict for m in sink.messages.values()] == [V.MODIFIED, V.RECODED, V.RECODED, V.FORWARDED]
    data = b"".join(peer.message(2, b"again"))
    assert both.receive(S2C, data, 0)[0] is data


MESSAGES = st.tuples(
    st.one_of(st.text("+-ab é", max_size=20), st.just("x" * 400)).map(str.encode),
    st.lists(st.integers(0, 30), max_size=3),
    st.booleans(),
)
ACTIONS = st.one_of(
    MESSAGES,
    st.sampled_from(["ping", "judge forward", "judge shout", "judge none", "inject data", "inject ping"]),
)


@given(
    st.lists(ACTIONS, max_size=14),
    st.lists(st.integers(1, 40), min_size=1, max_size=5),
    st.sampled_from([C2S, S2C]),
    st.sampled_from([None, DeflateParams(), DeflateParams(True, True, 9, 9), DeflateParams(False, False, 9, 9)]),
    st.sampled_from([16 << 20, 100]),
)
def test_switching_modes_loses_doubles_and_moves_nothing(
    actions: list[tuple[bytes, list[int], bool] | str],
    sizes: list[int],
    direction: Direction,
    params: DeflateParams | None,
    limit: int,
) -> None:
    """Judges come and go, frames are injected, at any place in the stream; the receiver gets each message in order."""
    sink = Recording()
    both = relay(sink, deflate=params, assemble_limit=limit)
    sender, receiver = Peer(direction, params), Peer(direction, params)
    side = 1 if direction is C2S else 0
    got, stream, steps, sent = b"", b"", 0, []
    injected, shouted = 0, any(action == "judge shout" for action in actions)

    def flow(amount: int) -> bytes:
        nonlocal stream
        data, stream = stream[:amount], stream[amount:]
        return both.receive(direction, data, 0)[side]

    for action in actions:
        if isinstance(action, tuple):
            payload, cuts, compress = action
            sent.append(payload)
            frames = sender.message(1, payload, *cuts, compress=compress)
            stream += b"".join(frames)
        elif action == "ping":
            stream += encode_frame(9, b"peer", mask_key=MASK if direction is C2S else None)
        elif action.startswith("judge"):
            judges: dict[str, Judge] = {"forward": Forwarding(), "shout": Shouting()}
            judge = judges.get(action.split()[1])
            got += both.set_judge(direction, judge, 0)[side]
        else:
            injected += 1
            opcode = 2 if action == "inject data" else 10
            got += both.inject(direction, Injection(opcode, b"injected"), 0)[side]
        steps += 1
        got += flow(sizes[steps % len(sizes)])
    while stream:
        steps += 1
        got += flow(sizes[steps % len(sizes)])
    got += both.end(direction, End.FIN, 0)[side]

    seen = receiver.read(got)
    assert [payload for payload in sink.payloads() if payload != b"injected"] == sent
    assert sum(payload == b"injected" for _, payload in seen) == injected
    assert sum(opcode == 9 for opcode, _ in seen) == actions.count("ping")
    verdicts = {m.number: m for m in sink.messages.values() if m.source is Source.PEER}
    kept = [m.payload if m.sent is None else m.sent for m in verdicts.values() if m.verdict is not Verdict.DROPPED]
    assert [payload for opcode, payload in seen if opcode == 1] == kept
    if not shouted:
        assert kept == sent
        if not injected and limit > 100 and "ping" not in actions:
            assert got == b"".join(
                frame.header + masked_again(frame.header, frame.payload) for frame in sink.frames.values()
            )


def masked_again(header: bytes, payload: bytes) -> bytes:
    return bytes(byte ^ header[-4 + index % 4] for index, byte in enumerate(payload)) if header[1] & 0x80 else payload


def test_a_ping_overtakes_only_what_is_held() -> None:
    both = relay(Recording())
    both.set_judge(C2S, Forwarding(), 0)
    parts = [masked(1, b"a"), masked(1, b"b", fin=False), masked(9, b"p"), masked(0, b"c"), masked(9, b"q")]
    got = both.receive(C2S, b"".join(parts), 0)[1]
    assert got == b"".join(parts[index] for index in (0, 2, 1, 3, 4))


# The oracle: what websockets and wsproto see is what is on record


OUTGOING = st.lists(
    st.one_of(
        st.tuples(st.just("text"), st.text(max_size=60).map(str.encode)),
        st.tuples(st.just("binary"), st.binary(max_size=300)),
        st.tuples(st.just("parts"), st.binary(max_size=60)),
        st.tuples(st.just("ping"), st.binary(max_size=125)),
        st.tuples(st.just("pong"), st.binary(max_size=125)),
    ),
    max_size=8,
)


def extensions_of(params: DeflateParams | None, side: Side) -> list[Extension]:
    if params is None:
        return []
    client = (params.client_no_context_takeover, params.client_max_window_bits)
    server = (params.server_no_context_takeover, params.server_max_window_bits)
    local, remote = (client, server) if side is CLIENT else (server, client)
    return [PerMessageDeflate(remote[0], local[0], remote[1], local[1])]


@given(
    OUTGOING,
    st.sampled_from([CLIENT, SERVER]),
    st.one_of(
        st.none(), st.builds(DeflateParams, st.booleans(), st.booleans(), st.integers(9, 15), st.integers(9, 15))
    ),
    st.integers(1, 60),
    st.booleans(),
)
def test_websockets_and_we_see_the_same(
    outgoing: list[tuple[str, bytes]], side: Side, params: DeflateParams | None, step: int, gathered: bool
) -> None:
    other, direction = (SERVER, C2S) if side is CLIENT else (CLIENT, S2C)
    sender, receiver = Protocol(side), Protocol(other)
    sender.extensions, receiver.extensions = extensions_of(params, side), extensions_of(params, other)
    for kind, payload in outgoing:
        if kind == "parts":
            sender.send_binary(payload[:20], fin=False)
            sender.send_ping(b"between")
            sender.send_continuation(payload[20:], fin=True)
        else:
            getattr(sender, f"send_{kind}")(payload)
    sender.send_close(1000, "bye")
    data = b"".join(sender.data_to_send())
    sink = Recording()
    both = relay(sink, deflate=params)
    if gathered:
        both.set_judge(direction, Forwarding(), 0)
    got = b"".join(b"".join(both.receive(direction, data[at : at + step], 0)) for at in range(0, len(data), step))
    receiver.receive_data(got)
    events = [event for event in receiver.events_received() if isinstance(event, Frame)]
    frames = sorted((frame.opcode, frame.fin) for frame in sink.frames.values())
    assert frames == sorted((int(event.opcode), event.fin) for event in events)
    readable: list[bytes] = []
    for event in events:
        if event.opcode in {1, 2}:
            readable.append(bytes(event.data))
        elif event.opcode == 0:
            readable[-1] += bytes(event.data)
    assert sink.payloads() == readable
    assert [frame.violations for frame in sink.frames.values()] == [()] * len(events)
    assert not gathered or sink.sent() == []
    assert both.close == Close("client" if side is CLIENT else "server", 1000, "bye", clean=False)


@given(st.lists(st.one_of(st.text(max_size=90), st.binary(max_size=90)), max_size=6), st.integers(1, 60), st.booleans())
def test_wsproto_and_we_see_the_same(messages: list[str | bytes], step: int, compressed: bool) -> None:
    names = [WsprotoDeflate()] if compressed else []
    for extension in names:
        extension._enabled = True
    sender = Connection(ConnectionType.CLIENT, [*names])
    data = b"".join(
        sender.send(TextMessage(m)) if isinstance(m, str) else sender.send(BytesMessage(m)) for m in messages
    ) + sender.send(CloseConnection(1001, "gone"))
    sink = Recording()
    both = relay(sink, deflate=DeflateParams() if compressed else None)
    for at in range(0, len(data), step):
        both.receive(C2S, data[at : at + step], 0)
    assert sink.payloads() == [m.encode() if isinstance(m, str) else m for m in messages]
    assert [m.opcode for m in sink.messages.values()] == [1 if isinstance(m, str) else 2 for m in messages]
    assert [frame.violations for frame in sink.frames.values()] == [()] * (len(messages) + 1)
    assert both.close == Close("client", 1001, "gone", clean=False)


# What waits


HOLD = {b"held": Hold()}


def test_each_direction_waits_for_itself() -> None:
    both = relay(Recording())
    for direction in Direction:
        both.set_judge(direction, Script({b"held": Hold(), b"late": Plan(Forward(), not_before=50)}), 0)
    held, late = plain(1, b"held"), masked(1, b"late")
    assert both.receive(S2C, held, 0) == (b"", b"")
    assert (both.waiting(C2S), both.waiting(S2C), both.wake_at) == (False, True, None)
    assert both.receive(C2S, late, 0) == (b"", b"")
    assert both.wake_at == 50
    assert both.payload_of(S2C, 1) == b"held"
    assert both.waiting_bytes(S2C) > len(held)
    assert both.decide(S2C, 1, Forward(), 10, not_before=40) == (b"", b"")
    assert both.wake_at == 40
    assert both.wake(60) == (held, late)
    assert both.waiting_bytes(S2C) == 0
    with pytest.raises(KeyError):
        both.payload_of(S2C, 1)
    with pytest.raises(KeyError):
        both.decide(S2C, 1, Forward(), 0)
    assert both.wake(70) == (b"", b"")
    assert not any(both.waiting(direction) for direction in Direction)


def test_who_is_gone_is_sent_nothing_that_waits() -> None:
    sink = Recording()
    both = relay(sink)
    both.set_judge(C2S, Script(HOLD), 0)
    both.receive(C2S, masked(1, b"held"), 0)
    assert both.give_up(C2S, 0) == (b"", b"")
    assert sink.messages[1].verdict is Verdict.NOT_SENT


def test_a_muted_peer_is_not_heard() -> None:
    both = relay(Recording())
    assert both.intact
    assert both.mute(S2C, Verdict.DROPPED, 0) == (b"", b"")
    assert not both.intact
    assert both.receive(S2C, plain(1, b"x"), 0) == (b"", b"")


@pytest.mark.parametrize("judged", [False, True])
def test_what_a_failed_call_was_given_is_not_lost(judged: bool) -> None:
    class Failing(Recording):
        def message(self, direction: int, now: int, seq: int, number: int, header: bytes, payload: bytes) -> None:
            raise RuntimeError

    both = relay(Failing())
    if judged:
        both.set_judge(S2C, Script(), 0)
    with pytest.raises(RuntimeError):
        both.receive(S2C, plain(1, b"x"), 0)
    assert both.abandon() == (plain(1, b"x"), b"")


@pytest.mark.parametrize("judged", [False, True])
def test_who_has_closed_is_sent_nothing_more_than_a_close(judged: bool) -> None:
    sink = Recording()
    both = relay(sink)
    both.set_judge(S2C, Script(HOLD), 0)
    if judged:
        both.set_judge(C2S, Script(), 0)
    both.receive(S2C, plain(1, b"held") + plain(1, b"behind") + plain(8, encode_close(1000)), 0)
    close = masked(8, encode_close(1001))
    assert both.receive(C2S, close, 5) == (plain(8, encode_close(1000)), close)
    assert [message.verdict for message in sink.messages.values()] == [Verdict.NOT_SENT] * 2
    assert both.close == Close("client", 1001, "", clean=True)
    assert both.receive(S2C, plain(1, b"held"), 6) == (b"", b"")
    assert sink.messages[3].verdict is Verdict.NOT_SENT


def test_a_close_of_our_own_stops_nobody_else() -> None:
    both = relay(Recording())
    both.set_judge(S2C, Script(HOLD), 0)
    both.receive(S2C, plain(1, b"held"), 0)
    both.inject(C2S, Injection(8, b""), 0)
    assert both.waiting(S2C)


def test_a_dropped_close_is_no_close() -> None:
    sink = Recording()
    both = relay(sink)
    both.set_judge(C2S, Script(control={encode_close(1000): Drop(), encode_close(1001): Modify(b"", 8)}), 0)
    assert both.receive(C2S, masked(8, encode_close(1000)), 0) == (b"", b"")
    assert both.close is None
    assert both.inject(C2S, Injection(1, b"still"), 0) == (b"", ours(1, b"still"))
    assert both.receive(C2S, masked(8, encode_close(1001)), 0) == (b"", ours(8, b""))
    assert both.close == Close("client", None, None, clean=False)


def test_what_waits_beyond_the_limit_is_spilled() -> None:
    spill = Numbered()
    both = relay(Recording(), spill=spill, memory_limit=100)
    both.set_judge(C2S, Script(HOLD), 0)
    data = masked(1, b"held") + masked(1, bytes(200))
    both.receive(C2S, data, 0)
    assert len(spill.kept) == 2
    assert both.decide(C2S, 1, Forward(), 0) == (b"", data)
    assert spill.kept == {}


def test_after_a_failure_everything_is_there_as_it_came() -> None:
    both = relay(Recording())
    for direction in Direction:
        both.set_judge(direction, Script(HOLD), 0)
    both.receive(C2S, masked(1, b"held") + masked(1, b"a", fin=False) + b"\x80", 0)
    both.receive(S2C, plain(1, b"held"), 0)
    assert both.abandon() == (plain(1, b"held"), masked(1, b"held") + masked(1, b"a", fin=False) + b"\x80")


# Time


def test_small_frames_pass_fast() -> None:
    class Counting(Recording):
        def message(self, direction: int, now: int, seq: int, number: int, header: bytes, payload: bytes) -> None:
            self.fast += 1

    sink = Counting()
    both = relay(sink)
    data = masked(1, b"x" * 100) * 64
    best = 1.0
    for _ in range(20):
        start = time.perf_counter()
        for _ in range(10):
            both.receive(C2S, data, 0)
        best = min(best, time.perf_counter() - start)
    assert sink.fast == 64 * 10 * 20
    # About 0.5 µs; a busy machine must not fail the tests.
    assert best / 640 < 20e-6


def test_the_record_of_a_chunk_of_everything() -> None:
    sink = read(masked(1, b"a") + masked(9, b"b") + CLOSED)
    assert [(frame[0], frame[1]) for frame in frames_of(CLOSED)] == [(8, b"\x03\xe8")]
    assert [(frame.opcode, frame.payload) for frame in sink.frames.values()] == [(1, b"a"), (9, b"b"), (8, b"\x03\xe8")]
