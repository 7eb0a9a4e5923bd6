"""Frames with any header, as they are written on a line."""

from __future__ import annotations

import pytest

from wsinspect.cli.prompt.payloads import LineError
from wsinspect.cli.prompt.raw import frame_of
from wsinspect.replay.performing import SendFrame

KEY = b"\1\2\3\4"


def key() -> bytes:
    return KEY


@pytest.mark.parametrize(
    ("written", "header", "payload"),
    [
        ("opcode=3 fin=0 rsv=4 mask=no payload=hex:00ff", "43 02", b"\0\xff"),
        ("opcode=ping", "89 80 01 02 03 04", b""),
        ("opcode=0xf payload=a b=c ", "8f 86 01 02 03 04", b"a b=c "),
        ("payload=x", "82 81 01 02 03 04", b"x"),
        ("  mask=0a0b0c0d   payload=x", "82 81 0a 0b 0c 0d", b"x"),
        ("length=9 mask=0", "82 09", b""),
        ("length_bytes=8 mask=off payload=x", "82 7f 00 00 00 00 00 00 00 01", b"x"),
        ("length=0x7fffffffffffffff mask=no", "82 7f 7f ff ff ff ff ff ff ff", b""),
    ],
)
def test_frames(written: str, header: str, payload: bytes) -> None:
    assert frame_of(written, 0, key) == SendFrame(bytes.fromhex(header), payload)


@pytest.mark.parametrize(
    ("written", "message", "at"),
    [
        ("opcode=16", "0 to 15 or continuation", 5 + 7),
        ("opcode=x", "0 to 15 or continuation", 5 + 7),
        ("fin=2", "0 or 1", 5 + 4),
        ("rsv=8", "0 to 7", 5 + 4),
        ("mask=12", "eight hexadecimal digits", 5 + 5),
        ("mask=xyz", "eight hexadecimal digits", 5 + 5),
        ("length=-1", "number from 0", 5 + 7),
        ("length_bytes=3", "fit", 5 + 13),
        ("length_bytes=0 length=200", "fit", 5 + 13),
        ("fin=1 fin=0", "said twice", 5 + 6),
        ("fin=1 finn=0", "'finn' says nothing of a frame", 5 + 6),
        ("payload", "'payload' says nothing", 5),
        ("payload=hex:0", "two hexadecimal digits", 5 + 12),
    ],
)
def test_what_is_wrong_says_where(written: str, message: str, at: int) -> None:
    with pytest.raises(LineError, match=message) as caught:
        frame_of(written, 5, key)
    assert caught.value.at == at
