"""A peer that compresses and one that reads, both made of `websockets`."""

from __future__ import annotations

from itertools import pairwise

from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

from tests.wire.recording import MASK
from wsinspect.model import Completeness, Direction
from wsinspect.wire.deflate import DeflateParams
from wsinspect.wire.frames import FrameReader, encode_frame
from wsinspect.wire.masking import unmask


def frames_of(data: bytes) -> list[tuple[int, bytes, bool, int]]:
    """Cut bytes into (opcode, payload, fin, rsv); what is incomplete counts too."""
    found: list[tuple[int, bytes, bool, int]] = []
    streamed: list[tuple[bytes, bytes]] = []

    class Consumer:
        def whole(self, header: bytes, raw: bytes, now: int, completeness: Completeness) -> None:
            found.append((header[0] & 15, unmask(header, raw), header[0] > 127, header[0] >> 4 & 7))

        def begin(self, header: bytes, size: int, now: int) -> None:
            streamed.append((header, b""))

        def part(self, raw: bytes, now: int) -> None:
            header, before = streamed[-1]
            streamed[-1] = (header, before + raw)

        def finish(self, now: int, completeness: Completeness) -> None:
            self.whole(*streamed.pop(), now, completeness)

    reader = FrameReader(Consumer())
    position = 0
    while position < len(data):
        position = reader.read_one(data, position, 0)
    reader.end(0)
    return found


class Peer:
    """Compresses and reads in one direction as agreed."""

    def __init__(self, direction: Direction, params: DeflateParams | None) -> None:
        self._direction = direction
        self._messages: list[bytes] = []
        self._extension: PerMessageDeflate | None = None
        if params is not None:
            no_takeover, bits = params.no_context_takeover(direction), params.window_bits(direction)
            self._extension = PerMessageDeflate(no_takeover, no_takeover, bits, max(bits, 9))

    def message(self, opcode: int, payload: bytes, *cuts: int, compress: bool = True) -> list[bytes]:
        """Return the frames of a message whose payload is cut at `cuts`."""
        edges = [0, *sorted(cut for cut in cuts if cut < len(payload)), len(payload)]
        frames = []
        for index, (start, stop) in enumerate(pairwise(edges)):
            fin = index == len(edges) - 2
            frame = Frame(Opcode(0 if index else opcode), payload[start:stop], fin)
            if compress and self._extension is not None:
                frame = self._extension.encode(frame)
            key = MASK if self._direction is Direction.C2S else None
            frames.append(encode_frame(frame.opcode, bytes(frame.data), fin=fin, rsv=4 * frame.rsv1, mask_key=key))
        return frames

    def read(self, data: bytes) -> list[tuple[int, bytes]]:
        """Read whole messages and control frames out of what reached this peer, and hold it to the protocol."""
        found: list[tuple[int, bytes]] = []
        opcode, pieces = 0, b""
        for kind, payload, fin, rsv in frames_of(data):
            if kind >= 8:
                found.append((kind, payload))
                continue
            assert (kind == 0) is bool(opcode), "a message inside another"
            opcode = kind or opcode
            frame = Frame(Opcode(kind), payload, fin, rsv1=rsv == 4)
            pieces += bytes((self._extension.decode(frame) if self._extension else frame).data)
            if fin:
                found.append((opcode, pieces))
                opcode, pieces = 0, b""
        assert not opcode, "a message without its end"
        return found
