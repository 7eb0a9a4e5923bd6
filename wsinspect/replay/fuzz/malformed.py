"""Frames that RFC 6455 forbids, and odd ones that it allows, around the unchanged message.

Each says what a sound server does with it, so that one which takes what it must refuse is found, too.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wsinspect.replay.fuzz.variation import Carried, Chance, Expected, Variation
from wsinspect.replay.performing import Act, SendFrame
from wsinspect.wire.frames import encode_close, encode_header
from wsinspect.wire.opcodes import Opcode

NAME = "frames"
_RSV1 = 4
_BOMB_BYTES = 16 << 20
_EMPTY_FRAMES = 1_000
_RESERVED = (0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF)
_BAD_CODES = (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
_GOOD_CODES = (1000, 1001, 1009, 3000, 4999)
_KEY_SPACE = 1 << 32


@dataclass(frozen=True, slots=True)
class _Frames:
    """Makes frames of one variation.

    Args:
        key: Their masking key.
    """

    key: bytes

    def frame(
        self,
        opcode: int,
        payload: bytes = b"",
        *,
        fin: bool = True,
        rsv: int = 0,
        announced: int | None = None,
        length_bytes: int | None = None,
        key: bytes | None = b"",
    ) -> SendFrame:
        """Make a frame.

        Args:
            opcode: Of 4 bits.
            payload: Not masked.
            fin: Whether it is the last of its message.
            rsv: The reserved bits.
            announced: Length to announce instead of the true one.
            length_bytes: In how many extra bytes to write it.
            key: Another masking key; None: not masked.
        """
        size = len(payload) if announced is None else announced
        mask_key = self.key if key == b"" else key
        header = encode_header(opcode, size, fin=fin, rsv=rsv, mask_key=mask_key, length_bytes=length_bytes)
        return SendFrame(header, payload)


type _Make = Callable[[Carried, _Frames], tuple[SendFrame, ...]]


@dataclass(frozen=True, slots=True)
class _Bound:
    """What a variation makes, with its own masking key."""

    make: _Make
    frames: _Frames

    def __call__(self, carried: Carried) -> tuple[Act, ...]:
        return self.make(carried, self.frames)


def malformed(chance: Chance) -> Iterator[Variation]:
    """Yield variations.

    Args:
        chance: For masking keys.
    """
    for expected, cases in _CASES.items():
        for label, make in cases.items():
            yield _variation(label, make, expected, chance)
    for opcode in _RESERVED:
        label = f"reserved opcode {opcode:#x} ({'data' if opcode < Opcode.CLOSE else 'control'})"
        yield _variation(label, _with_opcode(opcode), Expected.REFUSAL, chance)
    for code in _BAD_CODES:
        yield _variation(f"close {code}", _closing(encode_close(code)), Expected.REFUSAL, chance)
    for code in _GOOD_CODES:
        yield _variation(f"close {code}", _closing(encode_close(code)), Expected.CLOSING, chance)


def _variation(label: str, make: _Make, expected: Expected, chance: Chance) -> Variation:
    key = chance.randrange(_KEY_SPACE).to_bytes(4, "big")
    return Variation(NAME, "", label, _Bound(make, _Frames(key)), expected)


def _with_opcode(opcode: int) -> _Make:
    return lambda carried, at: (at.frame(opcode, carried.payload[:125]), at.frame(carried.opcode, carried.payload))


def _closing(payload: bytes) -> _Make:
    return lambda _, at: (at.frame(Opcode.CLOSE, payload),)


def _rsv(bits: int) -> _Make:
    return lambda carried, at: (at.frame(carried.opcode, carried.payload, rsv=bits),)


def _halves(carried: Carried) -> tuple[bytes, bytes]:
    half = len(carried.payload) // 2
    return carried.payload[:half], carried.payload[half:]


def _between(*middle: Callable[[_Frames], SendFrame]) -> _Make:
    """Put frames between two fragments of the message."""

    def make(carried: Carried, at: _Frames) -> tuple[SendFrame, ...]:
        first, last = _halves(carried)
        return (
            at.frame(carried.opcode, first, fin=False),
            *(one(at) for one in middle),
            at.frame(Opcode.CONTINUATION, last),
        )

    return make


def _in_pieces(carried: Carried, at: _Frames) -> tuple[SendFrame, ...]:
    pieces = [carried.payload[start : start + 1] for start in range(min(len(carried.payload), _EMPTY_FRAMES))]
    rest = carried.payload[_EMPTY_FRAMES:]
    return (
        at.frame(carried.opcode, fin=False),
        *(at.frame(Opcode.CONTINUATION, piece, fin=False) for piece in pieces),
        at.frame(Opcode.CONTINUATION, rest),
    )


def _empty_fragments(carried: Carried, at: _Frames) -> tuple[SendFrame, ...]:
    return (
        at.frame(carried.opcode, fin=False),
        *(at.frame(Opcode.CONTINUATION, fin=False) for _ in range(_EMPTY_FRAMES)),
        at.frame(Opcode.CONTINUATION, carried.payload),
    )


def _invalid_text_in_two(_: Carried, at: _Frames) -> tuple[SendFrame, ...]:
    return at.frame(Opcode.TEXT, b"a\xe2", fin=False), at.frame(Opcode.CONTINUATION, b"\xffa")


def _split_character(_: Carried, at: _Frames) -> tuple[SendFrame, ...]:
    first, last = "€".encode()[:1], "€".encode()[1:]
    return at.frame(Opcode.TEXT, first, fin=False), at.frame(Opcode.CONTINUATION, last)


def _bomb(carried: Carried, at: _Frames) -> tuple[SendFrame, ...]:
    deflate = zlib.compressobj(9, wbits=-15)
    data = deflate.compress(b" " * _BOMB_BYTES) + deflate.flush(zlib.Z_SYNC_FLUSH)
    return (at.frame(carried.opcode, data.removesuffix(b"\x00\x00\xff\xff"), rsv=_RSV1),)


def _announcing(size: int) -> _Make:
    return lambda carried, at: (at.frame(carried.opcode, carried.payload, announced=size, length_bytes=8),)


def _other_type(carried: Carried, at: _Frames) -> tuple[SendFrame, ...]:
    other = Opcode.BINARY if carried.of_text else Opcode.TEXT
    return (at.frame(other, carried.payload),)


_REFUSED: dict[str, _Make] = {
    "not masked": lambda carried, at: (at.frame(carried.opcode, carried.payload, key=None),),
    "RSV2": _rsv(2),
    "RSV3": _rsv(1),
    "all reserved bits": _rsv(7),
    "compressed garbage": lambda carried, at: (at.frame(carried.opcode, b"\xff" * 32, rsv=_RSV1),),
    "continuation of nothing": lambda carried, at: (at.frame(Opcode.CONTINUATION, carried.payload),),
    "new message between fragments": _between(lambda at: at.frame(Opcode.TEXT, b"a")),
    "message within a message": _between(
        lambda at: at.frame(Opcode.BINARY, b"a", fin=False), lambda at: at.frame(Opcode.CONTINUATION, b"a")
    ),
    "ping in fragments": lambda _, at: (at.frame(Opcode.PING, b"a", fin=False), at.frame(Opcode.CONTINUATION, b"a")),
    "close in fragments": lambda _, at: (at.frame(Opcode.CLOSE, b"\x03", fin=False), at.frame(0, b"\xe8")),
    "ping of 126 bytes": lambda _, at: (at.frame(Opcode.PING, b"a" * 126),),
    "ping of 65,536 bytes": lambda _, at: (at.frame(Opcode.PING, b"a" * 65_536),),
    "ping with RSV1": lambda _, at: (at.frame(Opcode.PING, b"a", rsv=_RSV1),),
    "close of 1 byte": _closing(b"\x03"),
    "close with a reason of 124 bytes": _closing(encode_close(1000, "a" * 124)),
    "close whose reason is no UTF-8": _closing(encode_close(1000) + b"\xff\xfe"),
    "text that is no UTF-8": lambda _, at: (at.frame(Opcode.TEXT, b"\xc0\xaf\xed\xa0\x80\xff"),),
    "text that is no UTF-8, in two frames": _invalid_text_in_two,
    "length 2^63": lambda carried, at: (
        SendFrame(bytes((0x80 | carried.opcode, 0xFF, 0x80)) + bytes(7) + at.key, carried.payload),
    ),
}
_ANSWERED: dict[str, _Make] = {
    "masking key of zeros": lambda carried, at: (at.frame(carried.opcode, carried.payload, key=bytes(4)),),
    "in two fragments": _between(),
    "ping and pong between fragments": _between(
        lambda at: at.frame(Opcode.PING, b"wsinspect"), lambda at: at.frame(Opcode.PONG, b"never asked")
    ),
    f"{_EMPTY_FRAMES:,} empty fragments": _empty_fragments,
    "in fragments of one byte": _in_pieces,
    "last fragment empty": lambda carried, at: (
        at.frame(carried.opcode, carried.payload, fin=False), at.frame(Opcode.CONTINUATION),
    ),
    "100 pings before": lambda carried, at: (
        *(at.frame(Opcode.PING, b"%d" % number) for number in range(100)), at.frame(carried.opcode, carried.payload),
    ),
}  # fmt: skip
_DOUBTFUL: dict[str, _Make] = {
    "as the other type, text or binary": _other_type,
    "length in more bytes than it takes": lambda carried, at: (
        at.frame(carried.opcode, carried.payload, length_bytes=8),
    ),
    "length 2^63-1": _announcing((1 << 63) - 1),
    "length 2^40": _announcing(1 << 40),
    "length too small": lambda carried, at: (
        at.frame(carried.opcode, carried.payload, announced=len(carried.payload) // 2),
    ),
    "16 Mi that compress to 16 ki": _bomb,
    "empty message": lambda carried, at: (at.frame(carried.opcode),),
    "text with a character in two frames": _split_character,
}
_UNFINISHED: dict[str, _Make] = {
    "FIN missing": lambda carried, at: (at.frame(carried.opcode, carried.payload, fin=False),),
    "length too large": lambda carried, at: (
        at.frame(carried.opcode, carried.payload, announced=len(carried.payload) + 10),
    ),
    "header only": lambda carried, at: (at.frame(carried.opcode, announced=10),),
    "half a header": lambda carried, _: (SendFrame(bytes((0x80 | carried.opcode, 0xFE)), b""),),
}
_CLOSED: dict[str, _Make] = {
    "close without a code": _closing(b""),
    "message behind a close": lambda carried, at: (
        at.frame(Opcode.CLOSE, encode_close(1000)), at.frame(carried.opcode, carried.payload),
    ),
    "close between fragments": _between(lambda at: at.frame(Opcode.CLOSE, encode_close(1000))),
    "two closes": lambda _, at: (
        at.frame(Opcode.CLOSE, encode_close(1000)), at.frame(Opcode.CLOSE, encode_close(1001)),
    ),
}  # fmt: skip
_CASES = {
    Expected.REFUSAL: _REFUSED,
    Expected.ANSWER: _ANSWERED,
    Expected.ANYTHING: _DOUBTFUL,
    Expected.SILENCE: _UNFINISHED,
    Expected.CLOSING: _CLOSED,
}
