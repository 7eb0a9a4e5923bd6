"""Frames: header, mask, and an incremental reader (RFC 6455 5).

Theory of operation. A `FrameReader` belongs to one direction and cuts its bytes into frames, whatever the split. It is
in one of three states: in a header (up to 14 bytes are kept), gathering a payload of up to `CHUNK_BYTES` (pieces are
kept and joined once), or streaming a larger one (pieces go on to the consumer at once). So it keeps little, and a frame
of 2^63 bytes costs no more than a small one. It judges nothing: what a header means is up to the consumer.
"""

from __future__ import annotations

from typing import Protocol

from wsinspect.model import Completeness
from wsinspect.wire.masking import unmask
from wsinspect.wire.opcodes import Opcode, is_valid_close_code
from wsinspect.wire.violations import Violation

CHUNK_BYTES = 256 << 10
"""Payloads up to this size are handed over whole, larger ones in pieces of at most this size."""
LONGEST = (1 << 63) - 1
"""The longest payload that RFC 6455 allows; what announces more counts as this."""
_MOST_PIECES = 1024

HEADER_LENGTHS = tuple(2 + {126: 2, 127: 8}.get(second & 0x7F, 0) + (second >> 7) * 4 for second in range(256))
"""Length of the whole header by its second byte."""


def announced_size(header: bytes) -> int:
    """Return the payload length that a header announces, 0 where it breaks off within the length."""
    size = header[1] & 0x7F
    if size < 126:
        return size
    end = 4 if size == 126 else 10
    return min(int.from_bytes(header[2:end], "big"), LONGEST) if len(header) >= end else 0


def encode_header(
    opcode: int,
    size: int,
    *,
    fin: bool = True,
    rsv: int = 0,
    mask_key: bytes | None = None,
    length_bytes: int | None = None,
) -> bytes:
    """Return the header of a frame.

    Args:
        opcode: 0 to 15, reserved ones too.
        size: Length of the payload.
        fin: Whether the frame ends its message.
        rsv: The three reserved bits as a number: RSV1 is 4, RSV2 2, RSV3 1.
        mask_key: Four bytes, or None for a frame that is not masked.
        length_bytes: 0, 2 or 8: in how many extra bytes to write the length, even where fewer would do; None for as
            few as it takes.

    Raises:
        ValueError: An argument does not fit its field.
    """
    if not 0 <= opcode <= 15 or not 0 <= rsv <= 7:
        raise ValueError(f"opcode {opcode} or reserved bits {rsv} do not fit")
    if mask_key is not None and len(mask_key) != 4:
        raise ValueError(f"a masking key has 4 bytes, not {len(mask_key)}")
    if length_bytes is None:
        length_bytes = 0 if size < 126 else 2 if size < 65536 else 8
    if length_bytes not in (0, 2, 8) or not 0 <= size < (126 if length_bytes == 0 else 1 << 8 * length_bytes):
        raise ValueError(f"a length of {size} does not fit {length_bytes} bytes")
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    second = {0: size, 2: 126, 8: 127}[length_bytes] | (0 if mask_key is None else 0x80)
    return bytes((first, second)) + (size.to_bytes(length_bytes, "big") if length_bytes else b"") + (mask_key or b"")


def encode_frame(
    opcode: int,
    payload: bytes,
    *,
    fin: bool = True,
    rsv: int = 0,
    mask_key: bytes | None,
    length_bytes: int | None = None,
) -> bytes:
    """Return a whole frame; see `encode_header` for the arguments."""
    header = encode_header(opcode, len(payload), fin=fin, rsv=rsv, mask_key=mask_key, length_bytes=length_bytes)
    return header + unmask(header, payload)


def header_violations(header: bytes, *, masked: bool, deflate: bool, opaque: bool) -> list[Violation]:
    """Return what a header breaks by itself.

    Args:
        header: At least its first two bytes.
        masked: Whether frames of this direction have to be masked.
        deflate: Whether permessage-deflate is agreed, which defines RSV1 on the first frame of a data message.
        opaque: Whether an unknown extension is agreed, which may define any opcode and reserved bit.
    """
    found: list[Violation] = []
    first, second = header[0], header[1]
    opcode = first & 0x0F
    if not opaque:
        if 3 <= opcode <= 7 or opcode >= 0xB:
            found.append(Violation.RESERVED_OPCODE)
        if first & 0x40 and deflate and opcode not in (1, 2):
            found.append(Violation.COMPRESSION_BIT)
        if first & (0x30 if deflate else 0x70):
            found.append(Violation.RESERVED_BIT)
    if (second >= 0x80) is not masked:
        found.append(Violation.NOT_MASKED if masked else Violation.MASKED)
    length = second & 0x7F
    if length >= 126 and len(header) >= (4 if length == 126 else 10):
        if announced_size(header) < (126 if length == 126 else 65536):
            found.append(Violation.LENGTH_NOT_MINIMAL)
        elif length == 127 and header[2] >= 0x80:
            found.append(Violation.LENGTH_TOP_BIT)
    if opcode >= 8:
        if first < 0x80:
            found.append(Violation.CONTROL_FRAGMENTED)
        if length > 125:
            found.append(Violation.CONTROL_TOO_LONG)
    return found


def read_close(payload: bytes) -> tuple[int | None, str | None, list[Violation]]:
    """Return code and reason of a close frame's payload (None without one), and what they break."""
    if len(payload) < 2:
        return None, None, [Violation.CLOSE_TOO_SHORT] if payload else []
    found: list[Violation] = []
    code = int.from_bytes(payload[:2], "big")
    if not is_valid_close_code(code):
        found.append(Violation.CLOSE_CODE)
    try:
        reason = payload[2:].decode()
    except UnicodeDecodeError:
        reason = payload[2:].decode(errors="replace")
        found.append(Violation.CLOSE_REASON)
    return code, reason, found


def encode_close(code: int, reason: str = "") -> bytes:
    """Return the payload of a close frame."""
    return code.to_bytes(2, "big") + reason.encode()


def frame_sizes(raw: bytes, most: int) -> list[int] | None:
    """Return the payload length of each of a row of whole frames; None where there are more than `most`."""
    sizes: list[int] = []
    position = 0
    while position < len(raw):
        if len(sizes) == most:
            return None
        head = position + HEADER_LENGTHS[raw[position + 1]]
        size = announced_size(raw[position:head])
        sizes.append(size)
        position = head + size
    return sizes


def is_control(opcode: int) -> bool:
    """Tell whether an opcode is a control opcode, reserved ones included."""
    return opcode >= Opcode.CLOSE


class FrameConsumer(Protocol):
    """Where a `FrameReader` puts frames. Payloads are raw: still masked."""

    def whole(self, header: bytes, raw: bytes, now: int, completeness: Completeness) -> None:
        """Take a frame of up to `CHUNK_BYTES`; one that is cut off may have an incomplete header and payload."""

    def begin(self, header: bytes, size: int, now: int) -> None:
        """Take the header of a larger frame."""

    def part(self, raw: bytes, now: int) -> None:
        """Take the next piece of its payload."""

    def finish(self, now: int, completeness: Completeness) -> None:
        """Take note that it ended."""


class FrameReader:
    """Cuts the bytes of one direction into frames.

    Args:
        consumer: Where the frames go.
    """

    __slots__ = ("_consumer", "_head", "_header", "_left", "_pieces", "_streaming", "at_boundary")

    def __init__(self, consumer: FrameConsumer) -> None:
        self._consumer = consumer
        self._head = b""
        self._header = b""
        self._left = 0
        self._pieces: list[bytes] = []
        self._streaming = False
        self.at_boundary = True
        """Whether no byte of a frame was read that is not complete yet."""

    def read_one(self, data: bytes, start: int, now: int) -> int:
        """Read from `data[start:]` up to the end of one frame or of the data.

        Returns:
            The offset up to which `data` was read.
        """
        position = start
        if not self._header:
            head = self._head
            # Twice: the second byte tells how long the rest of the header is.
            for _ in (1, 2):
                missing = (HEADER_LENGTHS[head[1]] if len(head) > 1 else 2) - len(head)
                head += data[position : position + missing]
                if position + missing > len(data):
                    self._head = head
                    self.at_boundary = not head
                    return len(data)
                position += missing
            size = announced_size(head)
            if size <= CHUNK_BYTES:
                if position + size <= len(data):
                    self.at_boundary = True
                    self._consumer.whole(head, data[position : position + size], now, Completeness.COMPLETE)
                    self._head = b""
                    return position + size
            else:
                self._consumer.begin(head, size, now)
                self._streaming = True
            self._head = b""
            self.at_boundary = False
            self._header = head
            self._left = size
        return self._read_payload(data, position, now)

    @property
    def unhanded_bytes(self) -> int:
        """How much of a frame was read and not handed over."""
        return 0 if self._streaming else self.unfinished_bytes

    @property
    def unfinished_bytes(self) -> int:
        """How much was read of a frame that is not complete yet."""
        if self.at_boundary:
            return 0
        return len(self._header) + announced_size(self._header) - self._left if self._header else len(self._head)

    def unhanded(self) -> bytes:
        """Return what was read of a frame and not handed over."""
        return b"" if self._streaming else b"".join((self._head, self._header, *self._pieces))

    def end(self, now: int) -> bytes:
        """Hand over what is left of a frame that never completed.

        Returns:
            A byte that is too little to be a frame, if there is one.
        """
        left = self._head
        if self._streaming:
            self._finish_stream(now, Completeness.CUT_OFF)
        elif self._header:
            self._hand_over(now, Completeness.CUT_OFF)
        elif len(left) > 1:
            self._consumer.whole(left, b"", now, Completeness.CUT_OFF)
            left = b""
        self._head = b""
        self.at_boundary = True
        return left

    def _read_payload(self, data: bytes, start: int, now: int) -> int:
        stop = min(start + self._left, len(data))
        self._left -= stop - start
        if not self._streaming:
            if stop > start:
                self._pieces.append(data[start:stop])
            if not self._left:
                self._hand_over(now, Completeness.COMPLETE)
            elif len(self._pieces) >= _MOST_PIECES:
                # A peer that sends byte by byte would else cost an object a byte.
                self._pieces = [b"".join(self._pieces)]
            return stop
        for offset in range(start, stop, CHUNK_BYTES):
            self._consumer.part(data[offset : min(offset + CHUNK_BYTES, stop)], now)
        if not self._left:
            self._finish_stream(now, Completeness.COMPLETE)
        return stop

    def _hand_over(self, now: int, completeness: Completeness) -> None:
        self.at_boundary = True
        self._consumer.whole(self._header, b"".join(self._pieces), now, completeness)
        # Only now: where the consumer fails, `unhanded` still has them.
        self._header, self._pieces = b"", []

    def _finish_stream(self, now: int, completeness: Completeness) -> None:
        self._header, self._streaming = b"", False
        self.at_boundary = True
        self._consumer.finish(now, completeness)
