"""The loads: what one client sends through a proxy to an echo server, and how many messages it keeps in flight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scheme = Literal["ws", "wss"]


@dataclass(frozen=True, slots=True)
class Load:
    """One kind of echo traffic on one connection; an echo is one message out and one back."""

    name: str
    scheme: Scheme
    payload_bytes: int
    in_flight: int
    """Messages on their way at any moment; 1 is ping-pong: the next leaves when the last has come back."""

    @property
    def path(self) -> str:
        """The request path, by which a capture tells this load's session from the others."""
        return "/" + self.name.replace(" ", "-").replace("×", "x")


def payload(payload_bytes: int) -> bytes:
    """Return the payload of every message."""
    start, end = b'{"type":"tick","price":1.5,"filler":"', b'"}'
    filler = bytes(97 + index % 26 for index in range(payload_bytes - len(start) - len(end)))
    return start + filler + end


def _loads(scheme: Scheme) -> tuple[Load, Load, Load]:
    return (
        Load(f"{scheme} 100 B ×64", scheme, 100, 64),
        Load(f"{scheme} 100 B ping-pong", scheme, 100, 1),
        Load(f"{scheme} 256 KiB ×4", scheme, 256 * 1024, 4),
    )


_WS, _WSS = _loads("ws"), _loads("wss")
TABLE_LOADS = (*_WS, *_WSS)
"""In the order of the table's columns."""

REPLAY_LOADS = (_WS[0], _WS[1])
"""What is recorded and played again."""

RUN_LOADS = (_WS[0], _WSS[0], _WS[1], _WSS[1], _WS[2], _WSS[2])
"""In the order they run: small messages first, so that the memory of large ones is not counted to small ones."""
