"""What a client connects with, in curl's words.

curl's meaning, from its manual: `-H 'Name: value'` replaces a header that would be sent anyway, `-H 'Name:'` leaves
it out; `--cacert` replaces the system's authorities; `-x ''` takes no proxy, and without `-x` the environment decides.
"""

from __future__ import annotations

import base64
import http.cookiejar
import urllib.parse
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path

from wsinspect.errors import WsinspectError
from wsinspect.model import HttpHead

CURL_PROXY_PORT = 1080
_FOR_ONE_HOST = {"authorization", "cookie", "host"}
"""Headers that are not for another host."""


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How to connect."""

    url: str
    """As `websocket_url` makes it. Of one without a path (`ws://a.test`), a recorded request keeps its own."""
    headers: tuple[tuple[str, str | None], ...] = ()
    """In order; each replaces those of its name, None as the value leaves them out."""
    subprotocols: tuple[str, ...] = ()
    """Empty: those of `request`, if any."""
    compress: bool = True
    """Whether permessage-deflate is offered: as in `request`, where there is one."""
    insecure: bool = False
    ca_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    proxy: str | None = None
    """URL of a proxy; "" for none; None: as the environment says."""
    connect_timeout_s: float = 10.0
    """Until there is an answer, all together."""
    request: HttpHead | None = None
    """A recorded head to send as it was: its headers in order and spelling. `Host` becomes that of `url`."""
    fresh_key: bool = True
    """Whether `Sec-WebSocket-Key` of `request` is made anew."""
    keep_host: bool = False
    """Whether `Host` of `request` stays as it was."""
    most_redirects: int = 10
    """How many in a row are followed; to another host without what logs in."""
    server_name: str | None = None
    """Name for SNI, which the certificate is to be for; None: the host of `url`."""
    address: tuple[str, int] | None = None
    """Host and port to connect to, or to have the proxy connect to, instead of those of `url`, which request and TLS
    still name."""


def websocket_url(text: str) -> str:
    """Make a WebSocket URL of what may be an HTTP one, as browsers copy it.

    Raises:
        WsinspectError: If it is no URL of either kind.
    """
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "ws", text
    scheme = {"http": "ws", "https": "wss"}.get(scheme.lower(), scheme.lower())
    url = f"{scheme}://{rest}".partition("#")[0]
    try:
        parts = urllib.parse.urlsplit(url)
        valid = scheme in ("ws", "wss") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid:
        raise WsinspectError(f"'{text}' is no WebSocket URL", hint="write ws://HOST/PATH or wss://HOST/PATH")
    return url


def parse_header(text: str) -> tuple[str, str | None]:
    """Read `Name: value`, `Name:` (leave it out) or `Name;` (send it empty).

    Raises:
        WsinspectError: If it is none of these.
    """
    name, colon, value = text.partition(":")
    if not colon and text.endswith(";"):
        name, value = text[:-1], ""
    elif not colon:
        raise WsinspectError(f"'{text}' is no header", hint="write 'Name: value'")
    elif not value.strip():
        return name.strip(), None
    return name.strip(), value.strip()


def cookies_of(text: str, url: str) -> str:
    """Return the Cookie header for `-b`: `a=1; b=2` itself, or what a cookie file in Netscape's format has for the URL.

    Raises:
        WsinspectError: If the file cannot be read.
    """
    if "=" in text:
        return text
    jar = http.cookiejar.MozillaCookieJar(text)
    try:
        jar.load(ignore_discard=True, ignore_expires=False)
    except OSError as error:
        raise WsinspectError(f"cannot read the cookies: {error.strerror or error}", where=text) from error
    request = urllib.request.Request(url.replace("ws", "http", 1))  # noqa: S310 - never opened
    jar.add_cookie_header(request)
    return request.get_header("Cookie") or ""


def redirected(options: ClientOptions, location: str) -> ClientOptions:
    """Return the options for where a server sends the client instead; what is for one host only stays with it.

    Raises:
        WsinspectError: The location is no URL of a WebSocket, or leads out of TLS.
    """
    url = websocket_url(urllib.parse.urljoin(options.url.replace("ws", "http", 1), location))
    if options.url.startswith("wss:") and url.startswith("ws:"):
        raise WsinspectError(f"the server redirects to {url}, which is not encrypted", where=options.url)
    old, new = urllib.parse.urlsplit(options.url), urllib.parse.urlsplit(url)
    left = replace(options, url=url, most_redirects=options.most_redirects - 1)
    if (old.hostname, old.port) == (new.hostname, new.port):
        return left
    headers = tuple(header for header in options.headers if header[0].lower() not in _FOR_ONE_HOST)
    request = options.request
    if request is not None:
        kept = tuple(header for header in request.headers if header[0].lower() not in _FOR_ONE_HOST)
        request = replace(request, headers=kept)
    return replace(left, headers=headers, request=request, server_name=None, address=None)


def basic_authorization(user: str) -> str:
    """Return the Authorization header for `-u user:password`."""
    return f"Basic {base64.b64encode(user.encode()).decode()}"


def proxy_of(text: str) -> str:
    """Return the URL of what `-x` names, with curl's defaults."""
    if not text:
        return ""
    scheme, separator, address = text.partition("://")
    if not separator:
        scheme, address = "http", text
    address = address.rstrip("/")
    has_port = address.rpartition("@")[2].rpartition("]")[2].rpartition(":")[1]
    return f"{scheme}://{address}" if has_port else f"{scheme}://{address}:{CURL_PROXY_PORT}"
