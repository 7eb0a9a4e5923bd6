"""Acts of a performer as bytes. Sans-I/O.

Theory of operation. `Outgoing` keeps the plaintext that the receiver's inflater has seen. Its own compressed messages
go through one `Deflater`, which refers to nothing but that. A message that was recorded compressed goes in the very
bytes of the recording only where they inflate, in the receiver's window as it is now, to what they did then: that is
tried out, so it does not matter why it may not be so (other parameters, a message before it changed or left out). Else
its message goes, compressed anew. After a compressed frame nobody can read here, the window counts as empty, which no
receiver notices: nothing refers to what was before.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import assert_never

from wsinspect.model import Direction, Frame
from wsinspect.replay.performing import Compressed, SendClose, SendFrame, SendMessage
from wsinspect.replay.recording import Event
from wsinspect.wire.deflate import INFLATE_LIMIT, DeflateParams, Deflater, History
from wsinspect.wire.frames import HEADER_LENGTHS, encode_close, encode_frame
from wsinspect.wire.masking import apply_mask, unmask
from wsinspect.wire.opcodes import Opcode

_COMPRESSION_BIT = 4
_SMALLEST_FOR_ZLIB = 9
_TAIL = b"\x00\x00\xff\xff"

type Sent = SendMessage | SendFrame | SendClose


def exact_frames(event: Event) -> tuple[SendFrame, ...]:
    """Return the acts that play a recorded event exactly as it was on the wire: its `frames`, in order.

    Those of a compressed message go as they were only as long as the peer inflates them to the same; else the message
    is sent, compressed anew. The caller may have other acts between them, but no other message.
    """
    frames = event.frames
    compressed = None
    if event.compressed and frames:
        sizes = tuple(len(frame.payload) for frame in frames[:-1])
        message = SendMessage(event.opcode, event.payload, compressed=True, fragments=sizes, event=event.index)
        compressed = Compressed(b"".join(frame.payload for frame in frames), message)
    return tuple(_exact(frame, event.index, None if place else compressed) for place, frame in enumerate(frames))


def _exact(frame: Frame, event: int, compressed: Compressed | None) -> SendFrame:
    return SendFrame(frame.header, frame.payload, event, compressed)


class Outgoing:
    """Makes the bytes of one direction.

    Args:
        direction: Which one; C2S is masked.
        deflate: permessage-deflate as agreed, None where it is not.
        mask_key: Returns four random bytes.
    """

    def __init__(self, direction: Direction, deflate: DeflateParams | None, *, mask_key: Callable[[], bytes]) -> None:
        self._masked = direction is Direction.C2S
        self._mask_key = mask_key
        self._window_bits = 0 if deflate is None else deflate.window_bits(direction)
        self._takeover = deflate is not None and not deflate.no_context_takeover(direction)
        self._history = History()
        """Plaintext that the receiver's inflater has seen; empty without context takeover."""
        self._deflater: Deflater | None = None
        """Whose window is the receiver's; None: one is to be made."""
        self._mirror: zlib._Decompress | None = None
        """An inflater in the receiver's state; None: one is to be made."""
        self._passing_over = False
        """Whether what follows of a message of exact frames does not go, as the message went in their place."""

    def bytes_of(self, act: Sent) -> bytes:
        """Return what an act is on the wire; nothing for a frame in whose place another went.

        Raises:
            ValueError: Something of it does not fit its field.
        """
        match act:
            case SendMessage():
                return self._message(act)
            case SendFrame():
                return self._frame(act)
            case SendClose():
                payload = b"" if act.code is None else encode_close(act.code, act.reason)
                return encode_frame(Opcode.CLOSE, payload, mask_key=act.mask_key or self._key())
            case _ as never:
                assert_never(never)

    def _message(self, act: SendMessage) -> bytes:
        self._passing_over = False
        payload, rsv = act.payload, 0
        if act.compressed and self._window_bits >= _SMALLEST_FOR_ZLIB:
            payload, rsv = self._compress(payload), _COMPRESSION_BIT
        if not act.fragments:
            opcode, size = act.opcode, len(payload)
            if self._masked and size < 126 and 0 <= opcode < 16:  # what most are: written out, as it is twice as fast
                key = self._mask_key()
                return bytes((0x80 | rsv << 4 | opcode, 0x80 | size)) + key + apply_mask(payload, key)
            return encode_frame(opcode, payload, rsv=rsv, mask_key=self._key())
        return b"".join(self._fragments(act, payload, rsv))

    def _fragments(self, act: SendMessage, payload: bytes, rsv: int) -> Iterator[bytes]:
        opcode, start = act.opcode, 0
        for size in act.fragments:
            piece = payload[start : start + size]
            yield encode_frame(opcode, piece, fin=False, rsv=rsv, mask_key=self._key())
            opcode, rsv, start = Opcode.CONTINUATION, 0, start + len(piece)
        yield encode_frame(opcode, payload[start:], rsv=rsv, mask_key=self._key())

    def _frame(self, act: SendFrame) -> bytes:
        header = act.header
        first = header[0] if header else 0
        opcode = first & 0x0F
        if opcode == Opcode.CONTINUATION and self._passing_over:
            self._passing_over = first < 0x80
            return b""
        if opcode in (Opcode.TEXT, Opcode.BINARY):
            self._passing_over = False
            if act.compressed is not None:
                if not self._inflates(act.compressed):
                    sent = self._message(act.compressed.message)
                    self._passing_over = first < 0x80
                    return sent
            elif first >> 4 & _COMPRESSION_BIT:
                self._forget()
        whole = len(header) > 1 and len(header) == HEADER_LENGTHS[header[1]]
        return header + (unmask(header, act.payload) if whole else act.payload)

    def _compress(self, payload: bytes) -> bytes:
        if self._deflater is None or not self._takeover:
            self._deflater = Deflater(self._window_bits, self._history.tail())
        if self._takeover:
            self._history.append(payload)
            self._mirror = None
        return self._deflater.compress(payload)

    def _inflates(self, exact: Compressed) -> bool:
        """Tell whether the receiver inflates recorded bytes to what they were; if so, it has seen them now."""
        payload = exact.message.payload
        if not self._window_bits or len(payload) > INFLATE_LIMIT:
            return False
        mirror, self._mirror = self._mirror, None
        if mirror is None:
            window = self._history.tail(1 << self._window_bits)
            mirror = zlib.decompressobj(-self._window_bits, zdict=window)
        try:
            plain = mirror.decompress(exact.wire + _TAIL, len(payload) + 1)
        except zlib.error:
            return False
        if plain != payload or mirror.unconsumed_tail:
            return False
        if self._takeover:
            self._history.append(payload)
            self._deflater = None
            self._mirror = None if mirror.eof else mirror
        return True

    def _forget(self) -> None:
        self._history.clear()
        self._deflater = self._mirror = None

    def _key(self) -> bytes | None:
        return self._mask_key() if self._masked else None
