"""How whole messages are written: frames, compression, verdicts."""

from __future__ import annotations

import pytest

from tests.wire.peers import Peer, frames_of
from tests.wire.recording import S2C, Recording, SeenMessage
from wsinspect.model import Source, Verdict
from wsinspect.wire.decisions import Drop, Forward, Modify
from wsinspect.wire.deflate import DeflateParams
from wsinspect.wire.frames import encode_frame
from wsinspect.wire.recoding import Recoder
from wsinspect.wire.sending import FrameSender
from wsinspect.wire.sink import Tally
from wsinspect.wire.writing import MOST_FRAMES, Envelope, LargeWriter, MessageWriter

PLAIN = Envelope(7, 3, 1, compressed=False)
COMPRESSED = Envelope(7, 3, 1, compressed=True)


class Written:
    """A writer to the client, and what it has written."""

    def __init__(self, recoder: Recoder | None = None) -> None:
        self.sink, self.out = Recording(), list[bytes]()
        sender = FrameSender(self.sink, S2C, Tally.zero(), mask_key=lambda: b"", max_payload=1 << 30)
        self.sink.messages[7] = SeenMessage(S2C, 7, 3, 1)
        self.writer = MessageWriter(self.sink, sender, recoder, self.out)

    @property
    def wire(self) -> bytes:
        return b"".join(self.out)

    @property
    def shapes(self) -> list[tuple[int, bytes, bool]]:
        return [(opcode, payload, fin) for opcode, payload, fin, _ in frames_of(self.wire)]


def plain(*pieces: bytes) -> bytes:
    last = len(pieces) - 1
    return b"".join(
        encode_frame(0 if index else 1, piece, fin=index == last, mask_key=None) for index, piece in enumerate(pieces)
    )


def test_what_is_forwarded_goes_as_it_came() -> None:
    written = Written()
    assert written.writer.write(PLAIN, Forward(), b"any bytes", b"payload", 0) is Verdict.FORWARDED
    assert written.wire == b"any bytes"
    assert not written.writer.diverged


@pytest.mark.parametrize(
    ("came", "new", "goes"),
    [
        ([b"abc"], b"12345", [b"12345"]),
        ([b"abc", b"d"], b"12345", [b"123", b"45"]),
        ([b"abc", b"", b"d"], b"12345", [b"123", b"", b"45"]),
        ([b"", b"abcd"], b"1", [b"", b"1"]),
        ([b"abc", b"d"], b"123", [b"123"]),
        ([b"abc", b"d"], b"", [b""]),
        ([b"a"] * MOST_FRAMES, b"x" * MOST_FRAMES, [b"x"] * MOST_FRAMES),
        ([b"a"] * (MOST_FRAMES + 1), b"x" * 5000, [b"x" * 5000]),
    ],
)
def test_a_changed_message_keeps_the_sizes_of_its_frames_or_is_one(
    came: list[bytes], new: bytes, goes: list[bytes]
) -> None:
    written = Written()
    change = Modify(new, 2, Source.USER)
    assert written.writer.write(PLAIN, change, plain(*came), b"".join(came), 0) is Verdict.MODIFIED
    last = len(goes) - 1
    assert written.shapes == [(0 if index else 2, piece, index == last) for index, piece in enumerate(goes)]
    assert written.sink.messages[7].sent == new
    assert {(frame.of, frame.source, frame.verdict) for frame in written.sink.sent()} == {
        (3, Source.USER, Verdict.MODIFIED)
    }


@pytest.mark.parametrize(
    ("sizes", "goes"),
    [((2,), [b"12", b"345"]), ((2, 2, 2), [b"12", b"34", b"5"]), ((0, 9), [b"", b"12345"]), ((5,), [b"12345"])],
)
def test_fragments_as_wanted(sizes: tuple[int, ...], goes: list[bytes]) -> None:
    written = Written()
    written.writer.write(PLAIN, Modify(b"12345", 1, fragments=sizes), plain(b"12345"), b"12345", 0)
    assert [payload for _, payload, _ in written.shapes] == goes


def test_a_dropped_message_leaves_nothing_but_a_gap_in_the_context() -> None:
    written = Written(Recoder(15, takeover=True))
    assert written.writer.write(PLAIN, Drop(), b"raw", b"", 0) is Verdict.DROPPED
    assert not written.writer.diverged
    assert written.writer.write(COMPRESSED, Drop(), b"raw", b"", 0) is Verdict.DROPPED
    assert written.writer.diverged
    assert written.wire == b""


PARAMS = DeflateParams()


def test_compressed_messages_are_recoded_as_long_as_they_have_to_be() -> None:
    written = Written(Recoder(15, takeover=True))
    sender, receiver = Peer(S2C, PARAMS), Peer(S2C, PARAMS)
    texts = [b"first", b"second, first", b"x" * 40_000, b"second, x"]
    wires = [b"".join(sender.message(1, text)) for text in texts]
    verdicts = [written.writer.write(COMPRESSED, Drop(), wires[0], texts[0], 0)]
    verdicts += [
        written.writer.write(COMPRESSED, Forward(), wire, text, 0)
        for wire, text in zip(wires[1:], texts[1:], strict=True)
    ]
    assert verdicts == [Verdict.DROPPED, Verdict.RECODED, Verdict.RECODED, Verdict.FORWARDED]
    assert receiver.read(written.wire) == [(1, text) for text in texts[1:]]


def test_recoded_messages_keep_their_fragments() -> None:
    written = Written(Recoder(15, takeover=True))
    sender, receiver = Peer(S2C, PARAMS), Peer(S2C, PARAMS)
    written.writer.skip(COMPRESSED)
    text = bytes(range(256))
    wire = b"".join(sender.message(2, text, 20, 40))
    message = Envelope(1, 1, 2, compressed=True)
    assert written.writer.write(message, Forward(), wire, text, 0) is Verdict.RECODED
    assert receiver.read(written.wire) == [(2, text)]
    assert [fin for _, _, fin in written.shapes] == [False, False, True]
    assert [rsv for _, _, _, rsv in frames_of(written.wire)] == [4, 0, 0]


@pytest.mark.parametrize("bits", [8, 15])
def test_a_moved_message_is_new_to_the_context(bits: int) -> None:
    params = DeflateParams(server_max_window_bits=bits)
    written = Written(Recoder(bits, takeover=True))
    receiver = Peer(S2C, params)
    written.writer.skip(COMPRESSED)
    assert written.writer.write(COMPRESSED, Forward(), b"raw"[:0], b"moved", 0, moved=True) is Verdict.RECODED
    assert written.writer.write(COMPRESSED, Forward(), b""[:0], b"later moved", 0) is Verdict.RECODED
    assert receiver.read(written.wire) == [(1, b"moved"), (1, b"later moved")]
    assert {rsv for *_, rsv in frames_of(written.wire)} == {0 if bits == 8 else 4}


def test_without_takeover_a_moved_message_goes_as_it_came() -> None:
    written = Written(Recoder(15, takeover=False))
    assert written.writer.write(COMPRESSED, Forward(), b"raw", b"moved", 0, moved=True) is Verdict.FORWARDED
    assert written.wire == b"raw"


@pytest.mark.parametrize("message", [PLAIN, COMPRESSED])
def test_what_is_not_judged_is_passed_on(message: Envelope) -> None:
    written = Written(Recoder(15, takeover=True))
    written.writer.pass_on(b"raw")
    written.writer.passed_on(message, b"known")
    assert written.wire == b"raw"


@pytest.mark.parametrize(("diverged", "whole"), [(False, True), (True, True), (True, False)])
def test_a_large_message_goes_as_it_came_or_in_the_clear(diverged: bool, whole: bool) -> None:
    written = Written(Recoder(15, takeover=True))
    if diverged:
        written.writer.skip(COMPRESSED)
    large = LargeWriter(written.writer, COMPRESSED)
    assert large.rewriting is diverged
    large.begin([b"raw", b" 1"], [b"plain", b"", b" 1"], 0)
    large.raw(b" 2")
    large.plain(b" 2", 0)
    large.end(0, whole=whole)
    if not diverged:
        assert written.wire == b"raw 1 2"
    else:
        expected = [(1, b"plain", False), (0, b" 1", False), (0, b" 2", False), *([(0, b"", True)] if whole else [])]
        assert written.shapes == expected
