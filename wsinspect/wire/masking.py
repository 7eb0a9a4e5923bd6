"""The mask of RFC 6455 5.3, with the C speed-up of `websockets` where that is built."""

from __future__ import annotations

__all__ = ["apply_mask", "unmask"]

try:
    from websockets.speedups import apply_mask
except ImportError:

    def apply_mask(data: bytes | bytearray | memoryview, mask: bytes | bytearray) -> bytes:
        """Exclusive-or of `data` with the repeated 4-byte `mask`."""
        size = len(data)
        repeated = (bytes(mask) * (size // 4 + 1))[:size]
        return (int.from_bytes(data) ^ int.from_bytes(repeated)).to_bytes(size)


def unmask(header: bytes, raw: bytes, offset: int = 0) -> bytes:
    """Return `raw`, which lies `offset` bytes into the payload, without the mask of the frame (if it has one).

    The other way round it masks.
    """
    if not raw or header[1] < 0x80:
        return raw
    key = header[-4:]
    shift = offset & 3
    return apply_mask(raw, key[shift:] + key[:shift] if shift else key)
