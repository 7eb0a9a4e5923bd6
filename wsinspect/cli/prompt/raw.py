"""`/raw`: a frame with any header, as `opcode=3 fin=0 rsv=4 mask=no length=9 payload=hex:00ff`."""

from __future__ import annotations

import re
from collections.abc import Callable

from wsinspect.cli.prompt.payloads import LineError, payload_of
from wsinspect.replay.performing import SendFrame
from wsinspect.wire.frames import LONGEST, encode_header
from wsinspect.wire.opcodes import Opcode

KEYS = {
    "opcode": "0 to 15, 0x0 to 0xf, or a name such as ping; binary unless said",
    "fin": "1, or 0 for a frame that more follow",
    "rsv": "the reserved bits, 0 to 7: RSV1 is 4, RSV2 2, RSV3 1",
    "mask": "yes, no, or the key: eight hexadecimal digits",
    "length": "the length to announce, where it is not to be the payload's",
    "length_bytes": "bytes to write the length in: 0, 2 or 8",
    "payload": "text, hex:…, base64:… or @FILE, to the end of the line",
}
"""What may be said of a frame."""
OPCODES = {opcode.name.lower(): int(opcode) for opcode in Opcode}
_FLAGS = {"0": False, "1": True, "no": False, "yes": True, "off": False, "on": True}
_PAIR = re.compile(r"\s*([^\s=]+)(=?)")
_WORD = re.compile(r"\S*")


def frame_of(written: str, at: int, mask_key: Callable[[], bytes]) -> SendFrame:
    """Read a frame.

    Args:
        written: What follows `/raw`.
        at: Where in the line it begins.
        mask_key: Returns four random bytes.

    Raises:
        LineError: It cannot be read, or what it says does not fit a header.
    """
    given: dict[str, tuple[str, int]] = {}
    place = 0
    while written[place:].strip():
        pair = _PAIR.match(written, place)
        assert pair is not None
        name, start = pair[1], at + pair.start(1)
        if not pair[2] or name not in KEYS:
            raise LineError(f"{name!r} says nothing of a frame: write {', '.join(f'{key}=…' for key in KEYS)}", start)
        if name in given:
            raise LineError(f"{name} is said twice", start)
        # The payload may hold blanks.
        end = len(written) if name == "payload" else _end_of_word(written, pair.end())
        given[name] = written[pair.end() : end], at + pair.end()
        place = end
    return _frame(given, at, mask_key)


def _end_of_word(written: str, place: int) -> int:
    word = _WORD.match(written, place)
    assert word is not None
    return word.end()


def _frame(given: dict[str, tuple[str, int]], at: int, mask_key: Callable[[], bytes]) -> SendFrame:
    payload = payload_of(*given.get("payload", ("", 0)))
    mask = _mask(*given.get("mask", ("yes", 0)), mask_key)
    size = _number(*given["length"], most=LONGEST) if "length" in given else len(payload)
    try:
        header = encode_header(
            _opcode(*given.get("opcode", ("binary", 0))),
            size,
            fin=_flag(*given.get("fin", ("1", 0))),
            rsv=_number(*given["rsv"], most=7) if "rsv" in given else 0,
            mask_key=mask,
            length_bytes=_number(*given["length_bytes"], most=8) if "length_bytes" in given else None,
        )
    except ValueError as error:
        raise LineError(str(error), given["length_bytes"][1] if "length_bytes" in given else at) from error
    return SendFrame(header, payload)


def _opcode(text: str, at: int) -> int:
    return OPCODES[text] if text in OPCODES else _number(text, at, most=15, what=f"or {', '.join(OPCODES)}")


def _number(text: str, at: int, *, most: int, what: str = "") -> int:
    try:
        number = int(text, 0)
    except ValueError:
        number = -1
    if not 0 <= number <= most:
        raise LineError(f"{text!r} has to be a number from 0 to {most} {what}".rstrip(), at)
    return number


def _flag(text: str, at: int) -> bool:
    if text not in _FLAGS:
        raise LineError(f"{text!r} has to be 0 or 1", at)
    return _FLAGS[text]


def _mask(text: str, at: int, mask_key: Callable[[], bytes]) -> bytes | None:
    if text in _FLAGS:
        return mask_key() if _FLAGS[text] else None
    try:
        key = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        key = b""
    if len(key) != 4:
        raise LineError(f"{text!r} has to be yes, no, or a key of eight hexadecimal digits", at)
    return key
