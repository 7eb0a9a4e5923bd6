"""What acts are on the wire; the peer always inflates what was meant, however recorded and new messages are mixed."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.peers.framing import BINARY, CLOSE, CONTINUATION, PING, TEXT, build, split
from wsinspect.model import Direction, Frame, SessionId
from wsinspect.replay.client.framing import Outgoing, Sent, exact_frames
from wsinspect.replay.client.hearing import Incoming
from wsinspect.replay.performing import Compressed, SendClose, SendFrame, SendMessage
from wsinspect.replay.recording import Event
from wsinspect.wire.deflate import DeflateParams, Deflater
from wsinspect.wire.frames import encode_header

C2S, S2C = Direction.C2S, Direction.S2C
KEY = b"\x01\x02\x03\x04"
PARAMS = DeflateParams()
NO_TAKEOVER = DeflateParams(client_no_context_takeover=True, server_no_context_takeover=True)


def outgoing(direction: Direction = C2S, deflate: DeflateParams | None = None) -> Outgoing:
    return Outgoing(direction, deflate, mask_key=lambda: KEY)


def heard(data: bytes, direction: Direction, deflate: DeflateParams | None) -> list[tuple[int, bytes]]:
    """What a peer with these parameters makes of it."""
    said: list[tuple[int, bytes]] = []

    def hear(opcode: int, payload: bytes, now: int) -> None:
        said.append((opcode, payload))

    Incoming(direction, deflate, opaque=False, on_message=hear, on_control=hear).read(data, 0)
    return said


class Recorder:
    """Makes recorded events of compressed messages that share a context.

    Args:
        deflate: As agreed when they were recorded.
        fragments: Sizes of their frames before the last.
    """

    def __init__(self, deflate: DeflateParams = PARAMS, fragments: Sequence[int] = ()) -> None:
        self._bits = deflate.client_max_window_bits
        self._deflater = Deflater(self._bits)
        self._takeover = not deflate.client_no_context_takeover
        self._fragments = fragments

    def event(self, payload: bytes) -> Event:
        if not self._takeover:
            self._deflater = Deflater(self._bits)
        wire = self._deflater.compress(payload)
        frames: list[Frame] = []
        for place, size in enumerate((*self._fragments, len(wire))):
            piece, wire = wire[:size], wire[size:]
            last = place == len(self._fragments)
            opcode, rsv = (CONTINUATION, 0) if place else (TEXT, 4)
            header = encode_header(opcode, len(piece), fin=last, rsv=rsv, mask_key=b"abcd")
            frames.append(Frame(SessionId(1), place, 0, C2S, header, len(piece), piece))
        return Event(7, C2S, 0, TEXT, payload, 1, True, tuple(frames))


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
def test_plain_messages(size: int) -> None:
    payload = b"x" * size
    assert outgoing().bytes_of(SendMessage(TEXT, payload)) == build(TEXT, payload, mask=KEY)
    assert outgoing(S2C).bytes_of(SendMessage(BINARY, payload)) == build(BINARY, payload)


def test_fragments() -> None:
    act = SendMessage(BINARY, b"abcdef", fragments=(1, 0, 2))
    assert outgoing(S2C).bytes_of(act) == b"".join(
        (
            build(BINARY, b"a", fin=False),
            build(CONTINUATION, b"", fin=False),
            build(CONTINUATION, b"bc", fin=False),
            build(CONTINUATION, b"def"),
        )
    )
    too_many = outgoing(S2C).bytes_of(SendMessage(TEXT, b"ab", fragments=(1, 5)))
    assert too_many == build(TEXT, b"a", fin=False) + build(0, b"b", fin=False) + build(0)


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("deflate", [PARAMS, NO_TAKEOVER, DeflateParams(False, False, 9, 9)])
def test_compressed_messages_are_inflated_by_the_peer(direction: Direction, deflate: DeflateParams) -> None:
    sender = outgoing(direction, deflate)
    texts = [b"hello " * 20, b"", b"hello " * 30, bytes(range(128)) * 40, b"hello"]
    acts = [SendMessage(TEXT, text, compressed=place != 3, fragments=(3,)) for place, text in enumerate(texts)]
    data = b"".join(map(sender.bytes_of, acts))
    assert heard(data, direction, deflate) == [(TEXT, text) for text in texts]
    frames, _ = split(data)
    assert [frame.header[0] for frame in frames[:2]] == [0x41, 0x80]


@pytest.mark.parametrize("deflate", [None, DeflateParams(client_max_window_bits=8)])
def test_without_compression_to_agree_on_they_go_plain(deflate: DeflateParams | None) -> None:
    assert outgoing(C2S, deflate).bytes_of(SendMessage(TEXT, b"hi", compressed=True)) == build(TEXT, b"hi", mask=KEY)


def test_closes() -> None:
    assert outgoing(S2C).bytes_of(SendClose(None)) == build(CLOSE)
    assert outgoing().bytes_of(SendClose(4000, "ü")) == build(CLOSE, b"\x0f\xa0\xc3\xbc", mask=KEY)
    recorded_key = SendClose(1000, mask_key=b"abcd")
    assert outgoing().bytes_of(recorded_key) == build(CLOSE, b"\x03\xe8", mask=b"abcd")


@pytest.mark.parametrize(
    ("header", "payload", "wire"),
    [
        (b"\x81\x82abcd", b"\0\0", b"\x81\x82abcdab"),
        (b"\x81\x02", b"hi", b"\x81\x02hi"),
        (b"\xf3\x7f\xff\xff\xff\xff\xff\xff\xff\xff", b"x", b"\xf3\x7f\xff\xff\xff\xff\xff\xff\xff\xffx"),
        (b"\x81\xfe\x00", b"", b"\x81\xfe\x00"),
        (b"\x81\xfeab", b"rest", b"\x81\xfeabrest"),
        (b"\x81", b"", b"\x81"),
        (b"", b"x", b"x"),
        (b"\x00\x01", b"x", b"\x00\x01x"),
    ],
)
def test_frames_go_exactly_so(header: bytes, payload: bytes, wire: bytes) -> None:
    assert outgoing(S2C).bytes_of(SendFrame(header, payload)) == wire


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        outgoing().bytes_of(SendMessage(16, b""))


def test_an_event_without_compression_is_its_frames() -> None:
    frame = Frame(SessionId(1), 1, 0, C2S, b"\x89\x81abcd", 1, b"x")
    assert exact_frames(Event(3, C2S, 0, PING, b"x", frames=(frame,))) == (SendFrame(b"\x89\x81abcd", b"x", 3),)
    assert exact_frames(Event(3, C2S, 0, TEXT, b"x", 1, True)) == ()


TEXTS = [b'{"id": 1, "text": "hello"}', b'{"id": 2, "text": "hello"}', b"", b'{"id": 3, "text": "hello hello"}'] * 2


def exact_bytes(events: Sequence[Event]) -> bytes:
    return b"".join(build(frame.opcode, frame.payload, fin=frame.fin, rsv=frame.rsv, mask=frame.mask_key)
                    for event in events for frame in event.frames)  # fmt: skip


@pytest.mark.parametrize("fragments", [(), (1, 4)])
@pytest.mark.parametrize("deflate", [PARAMS, NO_TAKEOVER])
def test_recorded_messages_go_in_the_very_bytes(deflate: DeflateParams, fragments: tuple[int, ...]) -> None:
    recorder, sender = Recorder(deflate, fragments), outgoing(C2S, deflate)
    events = [recorder.event(text) for text in TEXTS]
    data = b"".join(sender.bytes_of(act) for event in events for act in exact_frames(event))
    assert data == exact_bytes(events)
    assert heard(data, C2S, deflate) == [(TEXT, text) for text in TEXTS]


def changed(sender: Outgoing, events: Sequence[Event], place: int) -> bytes:
    """Send recorded messages, one of them changed."""
    acts: list[Sent] = []
    for number, event in enumerate(events):
        acts += [SendMessage(TEXT, b"other", compressed=True)] if number == place else exact_frames(event)
    return b"".join(map(sender.bytes_of, acts))


@pytest.mark.parametrize("fragments", [(), (1, 4)])
def test_after_a_change_the_rest_is_compressed_anew(fragments: tuple[int, ...]) -> None:
    recorder = Recorder(PARAMS, fragments)
    events = [recorder.event(text) for text in TEXTS]
    data = changed(outgoing(C2S, PARAMS), events, 1)
    assert heard(data, C2S, PARAMS) == [(TEXT, b"other" if n == 1 else text) for n, text in enumerate(TEXTS)]
    assert data.startswith(exact_bytes(events[:1]))


def test_without_context_takeover_a_change_changes_nothing_else() -> None:
    recorder = Recorder(NO_TAKEOVER)
    events = [recorder.event(text) for text in TEXTS]
    data = changed(outgoing(C2S, NO_TAKEOVER), events, 1)
    assert data.endswith(exact_bytes(events[2:]))
    assert data.startswith(exact_bytes(events[:1]))


@pytest.mark.parametrize("agreed", [None, DeflateParams(client_max_window_bits=9), NO_TAKEOVER])
def test_with_other_parameters_what_cannot_be_inflated_is_sent_anew(agreed: DeflateParams | None) -> None:
    recorder, sender = Recorder(), outgoing(C2S, agreed)
    texts = [bytes(range(128)) * 20, b"between " * 300, bytes(range(128)) * 20]
    data = b"".join(sender.bytes_of(act) for text in texts for act in exact_frames(recorder.event(text)))
    assert heard(data, C2S, agreed) == [(TEXT, text) for text in texts]


def test_a_recording_that_is_begun_in_the_middle() -> None:
    recorder, sender = Recorder(), outgoing(C2S, PARAMS)
    events = [recorder.event(text) for text in TEXTS][1:]
    data = b"".join(sender.bytes_of(act) for event in events for act in exact_frames(event))
    assert heard(data, C2S, PARAMS) == [(TEXT, text) for text in TEXTS[1:]]


def test_control_frames_may_go_between_frames_that_are_passed_over() -> None:
    recorder, sender = Recorder(PARAMS, (2, 3)), outgoing(C2S, PARAMS)
    first, second = recorder.event(TEXTS[0]), recorder.event(TEXTS[1])
    acts: list[Sent] = [SendMessage(TEXT, b"else", compressed=True), *exact_frames(second)]
    acts.insert(2, SendFrame(b"\x89\x00", b""))
    data = b"".join(map(sender.bytes_of, acts))
    assert heard(data, C2S, PARAMS) == [(TEXT, b"else"), (TEXT, TEXTS[1]), (PING, b"")]
    assert first.frames


def test_another_message_ends_what_is_passed_over() -> None:
    recorder, sender = Recorder(PARAMS, (2,)), outgoing(C2S, PARAMS)
    recorder.event(TEXTS[0])
    begun = exact_frames(recorder.event(TEXTS[1]))[0]
    for other in (SendMessage(TEXT, b"x"), SendFrame(b"\x81\x01", b"x")):
        sender.bytes_of(SendMessage(TEXT, b"differs", compressed=True))
        sender.bytes_of(begun)
        assert sender.bytes_of(other)
        assert sender.bytes_of(SendFrame(b"\x80\x01", b"y")) == b"\x80\x01y"


def test_what_nobody_can_read_empties_the_window() -> None:
    recorder, sender = Recorder(), outgoing(C2S, PARAMS)
    broken = SendFrame(encode_header(TEXT, 3, rsv=4, mask_key=KEY), b"\xff\xff\xff")
    assert sender.bytes_of(SendMessage(TEXT, TEXTS[0], compressed=True))
    assert sender.bytes_of(broken) == build(TEXT, b"\xff\xff\xff", rsv=4, mask=KEY)
    again = sender.bytes_of(SendMessage(TEXT, TEXTS[0], compressed=True))
    assert heard(again, C2S, PARAMS) == [(TEXT, TEXTS[0])], "it refers to nothing before"
    recorder.event(TEXTS[0])
    assert heard(again + sender.bytes_of(exact_frames(recorder.event(TEXTS[1]))[0]), C2S, PARAMS)[1] == (TEXT, TEXTS[1])


def test_a_block_that_ends_the_stream_does_not_end_the_window() -> None:
    final = zlib.compressobj(wbits=-15)
    wire = final.compress(b"last block") + final.flush()
    header = encode_header(TEXT, len(wire), rsv=4, mask_key=KEY)
    act = SendFrame(header, wire, None, Compressed(wire, SendMessage(TEXT, b"last block", compressed=True)))
    sender = outgoing(C2S, PARAMS)
    data = sender.bytes_of(act) + sender.bytes_of(act) + sender.bytes_of(SendMessage(TEXT, b"last", compressed=True))
    assert data.startswith(build(TEXT, wire, rsv=4, mask=KEY) * 2)
    assert heard(data, C2S, PARAMS) == [(TEXT, b"last block"), (TEXT, b"last block"), (TEXT, b"last")]


@pytest.mark.parametrize("wire", [b"\xff\xff", Deflater(15).compress(b"other"), Deflater(15).compress(b"message" * 9)])
def test_bytes_that_are_not_the_message_do_not_go(wire: bytes) -> None:
    act = SendFrame(encode_header(TEXT, len(wire), rsv=4), wire, None, Compressed(wire, SendMessage(TEXT, b"message")))
    assert outgoing(S2C, PARAMS).bytes_of(act) == build(TEXT, b"message")


def _steps() -> st.SearchStrategy[list[tuple[str, int]]]:
    kinds = st.sampled_from(["exact", "leave out", "anew", "plain"])
    return st.lists(st.tuples(kinds, st.integers(0, 3)), max_size=12)


@given(_steps(), st.sampled_from([PARAMS, NO_TAKEOVER, DeflateParams(client_max_window_bits=9)]))
def test_any_mixture_is_inflated_to_what_was_meant(steps: list[tuple[str, int]], agreed: DeflateParams) -> None:
    recorder, sender = Recorder(), outgoing(C2S, agreed)
    texts = [b"some words " * 60, b"other words " * 60, b"", bytes(range(100)) * 6]
    data, meant = b"", []
    for kind, which in steps:
        event = recorder.event(texts[which])
        anew = SendMessage(TEXT, event.payload, compressed=kind == "anew")
        acts = {"exact": exact_frames(event), "leave out": ()}.get(kind, (anew,))
        data += b"".join(map(sender.bytes_of, acts))
        meant += [(TEXT, event.payload)] * bool(acts)
    assert heard(data, C2S, agreed) == meant
