"""Dropping a connection as a TCP reset: at once, or once what was written is out."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from typing import cast

if sys.platform != "win32":
    import fcntl
    import termios

RESET_PATIENCE_S = 5.0
"""How long a reset waits for bytes that were sent before it."""
_RESET_POLL_S = 0.01
_LINGER_NOT = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""`struct linger`: on, zero seconds."""


def reset_at_once(transport: asyncio.Transport) -> None:
    """Drop a connection as a TCP reset, and with it what was not sent yet."""
    endpoint_socket = cast(socket.socket, transport.get_extra_info("socket"))
    endpoint_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()


def reset_when_sent(transport: asyncio.Transport) -> None:
    """Drop a connection as a TCP reset, once what was written is out.

    The peer has a right to the bytes that were sent before the other side's reset; SO_LINGER would discard them.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + RESET_PATIENCE_S

    def attempt() -> None:
        if transport.is_closing():
            return
        if _unsent_bytes(transport) and loop.time() < deadline:
            loop.call_later(_RESET_POLL_S, attempt)
            return
        reset_at_once(transport)

    attempt()


def _unsent_bytes(transport: asyncio.Transport) -> int:
    waiting = transport.get_write_buffer_size()
    if waiting or sys.platform == "win32":
        return waiting
    endpoint_socket = transport.get_extra_info("socket")
    try:
        raw = fcntl.ioctl(endpoint_socket.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
    except OSError:
        return 0
    return int(struct.unpack("i", raw)[0])
