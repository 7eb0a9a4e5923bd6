"""Frames written and read by the letter of RFC 6455 5.2, apart from `wsinspect.wire`, to check it against.

Everything here also makes and reads what the RFC forbids.
"""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10


@dataclass(frozen=True, slots=True)
class RawFrame:
    """A frame as the wire has it."""

    header: bytes
    payload: bytes
    """Unmasked."""
    size: int
    """As the header announces; more than there is of `payload` where the stream was cut off."""

    def __str__(self) -> str:
        payload = self.payload[:24].hex(" ") + ("…" if len(self.payload) > 24 else "")
        return f"[{self.header.hex(' ')} | {len(self.payload)} of {self.size} bytes: {payload}]"


def build(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    mask: bytes | None = None,
    length_bytes: int | None = None,
) -> bytes:
    """Build one frame.

    Args:
        opcode: Any four bits.
        payload: Before masking.
        fin: The FIN bit.
        rsv: The three reserved bits; RSV1 is 4.
        mask: Masking key of four bytes, or None for an unmasked frame.
        length_bytes: 0, 2 or 8 bytes of extended length, where the shortest form is not wanted.
    """
    size = len(payload)
    if length_bytes is None:
        length_bytes = 0 if size < 126 else 2 if size < 65536 else 8
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    second = {0: size, 2: 126, 8: 127}[length_bytes] | (0x80 if mask is not None else 0)
    head = bytes((first, second)) + (size.to_bytes(length_bytes, "big") if length_bytes else b"")
    if mask is None:
        return head + payload
    return head + mask + masked(payload, mask)


def masked(payload: bytes, key: bytes) -> bytes:
    """XOR with the key; masking and unmasking are the same."""
    size = len(payload)
    stream = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")


def split(stream: bytes) -> tuple[list[RawFrame], bytes]:
    """Cut a stream into frames.

    Returns:
        The frames, the last one perhaps cut off in its payload; and the bytes of a header that is not all there.
    """
    frames: list[RawFrame] = []
    place = 0
    while place < len(stream):
        start = place
        if len(stream) - place < 2:
            return frames, stream[start:]
        short = stream[place + 1] & 0x7F
        extended = {126: 2, 127: 8}.get(short, 0)
        key_bytes = 4 if stream[place + 1] & 0x80 else 0
        place += 2 + extended + key_bytes
        if place > len(stream):
            return frames, stream[start:]
        header = stream[start:place]
        size = int.from_bytes(header[2 : 2 + extended], "big") if extended else short
        body = stream[place : place + size]
        frames.append(RawFrame(header, masked(body, header[-4:]) if key_bytes else body, size))
        place += len(body)
    return frames, b""


def well_formed(chance: random.Random, count: int, *, masked_frames: bool) -> list[bytes]:
    """Make valid frames: whole and fragmented messages, control frames between fragments, all length forms."""
    frames: list[bytes] = []
    fragments_left, first = 0, True
    for _ in range(count):
        key = chance.randbytes(4) if masked_frames else None
        if chance.random() < 0.2:
            frames.append(build(chance.choice((PING, PONG)), chance.randbytes(chance.randrange(126)), mask=key))
            continue
        if fragments_left == 0:
            fragments_left, first = chance.choice((1, 1, 1, 2, 3, 5)), True
            opcode = chance.choice((TEXT, BINARY))
        fragments_left -= 1
        size = chance.choice((0, 1, 5, 125, 126, 127, 1000, 65535, 65536, 70000))
        # Letters only, so that a text split anywhere is UTF-8.
        payload = bytes(chance.choices(b"abcdefghijklmnopqrstuvwxyz", k=size))
        frames.append(build(opcode if first else CONTINUATION, payload, fin=fragments_left == 0, mask=key))
        first = False
    return frames


def wild(chance: random.Random, count: int, *, masked_frames: bool) -> list[bytes]:
    """Make frames without regard for the rules beyond their framing: any opcode, bits, mask, length form, order."""
    frames = []
    for _ in range(count):
        key = chance.randbytes(4) if (chance.random() < 0.8) == masked_frames else None
        payload = chance.randbytes(chance.choice((0, 0, 1, 2, 3, 17, 125, 126, 130, 300, 66000)))
        length_bytes = chance.choice((None, None, 2, 8)) if len(payload) < 65536 else None
        frames.append(
            build(
                chance.randrange(16),
                payload,
                fin=chance.random() < 0.7,
                rsv=chance.choice((0, 0, 0, 1, 2, 4, 7)),
                mask=key,
                length_bytes=length_bytes,
            )
        )
    return frames


def cut_anywhere(chance: random.Random, stream: bytes) -> list[bytes]:
    """Split a stream into pieces without regard for frames: single bytes, small and large pieces."""
    pieces = []
    place = 0
    while place < len(stream):
        step = chance.choice((1, 2, 3, 7, 50, 1000, 5000, 20000, 100000))
        pieces.append(stream[place : place + step])
        place += step
    return pieces


def deflated(payloads: list[bytes], *, mask: bytes | None = None) -> list[bytes]:
    """Make text messages compressed with context takeover (RFC 7692 7.2.1), one frame each."""
    compressor = zlib.compressobj(wbits=-15)
    frames = []
    for payload in payloads:
        data = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
        frames.append(build(TEXT, data.removesuffix(b"\x00\x00\xff\xff"), rsv=4, mask=mask))
    return frames
