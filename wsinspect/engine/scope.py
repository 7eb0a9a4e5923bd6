"""Which hosts are intercepted: the globs of `--scope`, for mitmproxy and for us alike.

A glob names a host, or a host and a port: `*.a.test`, `a.test:8443`, `10.0.*`, `::1`, `[::1]:8443`.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable


class Scope:
    """A set of hosts.

    Args:
        globs: What is in it; none at all means every host.
    """

    def __init__(self, globs: Iterable[str]) -> None:
        self.allow_hosts = [_pattern(glob) for glob in globs]
        """For mitmproxy's option of that name: regular expressions on `host:port`."""
        self._patterns = [re.compile(pattern, re.IGNORECASE) for pattern in self.allow_hosts]

    def includes(self, hosts: Iterable[str], port: int) -> bool:
        """Return whether a connection is in it that is known by any of these hosts."""
        if not self._patterns:
            return True
        return any(pattern.search(f"{host}:{port}") for host in hosts for pattern in self._patterns)


def _pattern(glob: str) -> str:
    host, port = _split(glob)
    # mitmproxy puts an IPv6 address from a socket before the port without brackets, one from a Host header with them.
    return rf"^\[?{_translate(host)}\]?:{_translate(port) if port else r'\d+'}$"


def _split(glob: str) -> tuple[str, str]:
    if glob.startswith("["):  # an address in brackets, and no set of characters
        host, _, rest = glob[1:].partition("]")
        if ":" in host:
            return host, rest.removeprefix(":")
    host, _, port = glob.rpartition(":")
    return (host, port) if host and ":" not in host else (glob, "")


def _translate(glob: str) -> str:
    """Return the regular expression of a glob without the anchor at its end, which differs between Pythons."""
    return re.sub(r"\\[Zz]$", "", fnmatch.translate(glob))
