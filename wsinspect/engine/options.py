"""What an engine is started with: the one record every way of starting one fills in.

`cli.engine_options` makes it from the command line, `engine.runner` reads it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from wsinspect.errors import EngineError

DEFAULT_LISTEN = "127.0.0.1:8080"
"""Loopback: other machines reach the proxy only where a person says so."""

DEFAULT_ASSEMBLE_LIMIT_BYTES = 16 * 1024 * 1024
"""Most bytes of a message that are gathered for rules and breakpoints."""

DEFAULT_HOLD_LIMIT_BYTES = 1 << 30
"""Most bytes of one direction of a session that are held; then it is not read from."""

DEFAULT_MAX_PAYLOAD_BYTES = 64 * 1024 * 1024
"""Most bytes of one frame's payload that are recorded; the rest is counted."""


class Overload(enum.StrEnum):
    """What happens when recording cannot keep up with the traffic."""

    WAIT = "wait"
    """The traffic slows down."""
    DROP = "drop"
    """The traffic goes on; what is not recorded is counted."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How an engine listens, what it intercepts, and where it records."""

    out: Path
    """The capture file."""
    listen: str | None = None
    """`HOST:PORT` of the first mode; port 0 picks one. None: `DEFAULT_LISTEN`, or what the mode's own spelling says."""
    modes: tuple[str, ...] = ("regular",)
    """In mitmproxy's spelling, such as `reverse:wss://a.test@127.0.0.1:8081`."""
    rules: tuple[Path, ...] = ()
    """Rule files, reloaded when they change."""
    own_rules: tuple[str, str] | None = None
    """Rules of the command itself, in front of those of files: a name in the folder of what they name, and the text."""
    otherwise: str = ""
    """What a client of a reverse listener is told, with 404, where no rule answers it. Empty: its server is asked."""
    variables: tuple[tuple[str, str], ...] = ()
    """Of rules, by name; they win over those of the files."""
    allow_scripts: bool = False
    """Whether rules may run users' Python functions."""
    assemble_limit: int = DEFAULT_ASSEMBLE_LIMIT_BYTES
    hold_limit: int = DEFAULT_HOLD_LIMIT_BYTES
    scope: tuple[str, ...] = ()
    """Globs of the hosts to intercept; empty means all. Other hosts are tunnelled untouched."""
    insecure: bool = False
    """Whether upstream certificates go unchecked."""
    upstream_ca: Path | None = None
    """PEM file of the authorities that upstream certificates are checked against, besides the system's."""
    confdir: Path | None = None
    """Where the CA is; None: mitmproxy's own folder, so that a CA that is trusted already works."""
    append: bool = False
    """Whether to go on in an existing capture; otherwise one is refused."""
    durable: bool = False
    """Whether what is recorded survives a loss of power."""
    max_payload: int = DEFAULT_MAX_PAYLOAD_BYTES
    """Bytes recorded of one frame's payload."""
    on_overload: Overload = Overload.WAIT
    limit_size: int | None = None
    """Bytes; the oldest sessions leave a capture that grows over it."""
    limit_age_s: float | None = None
    """Seconds; sessions that ended longer ago leave the capture."""
    ready_file: Path | None = None
    """Written, atomically, once connections are accepted."""


def parse_address(text: str) -> tuple[str, int]:
    """Split `HOST:PORT` or `[IPv6]:PORT`.

    Raises:
        EngineError: If it is neither, or the port is not 0 to 65535.
    """
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if bracketed:
        host = host[1:-1]
    valid_port = port.isascii() and port.isdigit() and int(port) <= 65535
    if not colon or not host or not valid_port or (":" in host) != bracketed:
        raise EngineError(f"'{text}' is not an address", hint="write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080")
    return host, int(port)
