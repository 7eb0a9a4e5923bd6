"""Which proxy a client takes: the one it is told, or, as curl does, what the environment names for the URL.

curl's rules, from its manual: `ws_proxy`, then `http_proxy` (in lower case alone: a web server sets the other from a
request's header); `wss_proxy`, then `https_proxy`; then `all_proxy`; all in capitals, too. `no_proxy` lists hosts that
are reached without: `*`, names with all below them, addresses and networks such as `10.0.0.0/8`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from wsinspect.engine.client.options import proxy_of
from wsinspect.errors import WsinspectError

_NAMES = {"ws": ("ws_proxy", "WS_PROXY", "http_proxy"), "wss": ("wss_proxy", "WSS_PROXY", "https_proxy", "HTTPS_PROXY")}
_KINDS = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")


@dataclass(frozen=True, slots=True)
class ProxyAddress:
    """A proxy."""

    kind: str
    """`http`, `https`, `socks4`, `socks4a`, `socks5` or `socks5h`; those of SOCKS in `a` and `h` look the name up."""
    host: str
    port: int
    user: str | None
    password: str | None


def proxy_for(url: str, asked: str | None, environment: Mapping[str, str]) -> ProxyAddress | None:
    """Return the proxy for a WebSocket URL; None for none.

    Args:
        url: Where to connect to.
        asked: As in `ClientOptions.proxy`.
        environment: Of the process.

    Raises:
        WsinspectError: It is named in a way that cannot be understood.
    """
    text = _from_environment(url, environment) if asked is None else asked
    return parse_proxy(text) if text else None


def parse_proxy(text: str) -> ProxyAddress:
    """Read the URL of a proxy.

    Raises:
        WsinspectError: It is none.
    """
    try:
        parts = urlsplit(proxy_of(text))
        kind = "socks5" if parts.scheme == "socks" else parts.scheme
        host, port = parts.hostname, parts.port
    except ValueError:
        kind, host, port = "", None, None
    if kind not in _KINDS or not host or not port:
        raise WsinspectError(
            f"'{text}' is no proxy", hint=f"write http://HOST:PORT; there are also {', '.join(_KINDS[1:])}"
        )
    user, password = (None if part is None else unquote(part) for part in (parts.username, parts.password))
    return ProxyAddress(kind, host, port, user, password)


def _from_environment(url: str, environment: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    names = (*_NAMES[parts.scheme], "all_proxy", "ALL_PROXY")
    text = next((environment[name] for name in names if environment.get(name)), "")
    exempt = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    return "" if _is_exempt(parts.hostname or "", exempt) else text


def _is_exempt(host: str, exempt: str) -> bool:
    if exempt.strip() == "*":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    for item in re.split(r"[\s,]+", exempt.lower()):
        name = item.lstrip(".").rstrip(".")
        if not name:
            continue
        if address is None:
            if host.rstrip(".") == name or host.rstrip(".").endswith(f".{name}"):
                return True
            continue
        try:
            if address in ipaddress.ip_network(name.strip("[]"), strict=False):
                return True
        except ValueError:
            continue
    return False
