"""Why there is no WebSocket, and what a person is told of it."""

from __future__ import annotations

import os
import socket
import ssl
import urllib.parse
from pathlib import Path

from wsinspect.engine.client.options import ClientOptions
from wsinspect.errors import EngineError, WsinspectError
from wsinspect.model import HttpHead


class RefusedError(Exception):
    """The server answered with another status than 101.

    Args:
        response: The head of its answer.
        body: The beginning of its body.
    """

    def __init__(self, response: HttpHead, body: bytes) -> None:
        super().__init__(f"{response.status} {response.reason}")
        self.response = response
        self.body = body


class DisagreedError(Exception):
    """The server answered with 101, and not as it should.

    Args:
        response: The head of its answer.
        why: In words.
    """

    def __init__(self, response: HttpHead, why: str) -> None:
        super().__init__(why)
        self.response = response


class NotHttpError(Exception):
    """What came is no answer in HTTP."""


class UnansweredError(Exception):
    """The connection ended before there was an answer to the request."""


class ProxyRefusedError(Exception):
    """An HTTP proxy answered a CONNECT with another status than 2xx."""


class ProxyTroubleError(Exception):
    """A proxy does not work."""


def explained(error: Exception, options: ClientOptions) -> WsinspectError:
    """Say what a failed attempt to connect means, and what helps."""
    parts = urllib.parse.urlsplit(options.url)
    host = parts.netloc.rpartition("@")[2]
    url = parts._replace(netloc=host).geturl()  # without a password
    match error:
        case WsinspectError():
            return error
        case ProxyRefusedError():
            return EngineError(f"the proxy answered {error}", where=host)
        case ProxyTroubleError():
            return EngineError(f"the proxy does not work: {error}", where=host)
        case RefusedError(body=raw):
            body = raw.decode(errors="replace").strip()
            first = body.splitlines()[0][:200] if body and not body.startswith("<") else None
            return EngineError(f"the server answered {error}".rstrip(), where=url, hint=first)
        case NotHttpError():
            return EngineError("the server did not answer with HTTP", where=host, hint=str(error))
        case UnansweredError():
            wanting = parts.scheme == "wss" and options.certificate is None
            hint = "it may want a client certificate: --cert FILE" if wanting else None
            return EngineError("the connection was ended before there was an answer", where=host, hint=hint)
        case DisagreedError():
            return EngineError(f"the server does not agree to a WebSocket: {error}", where=url)
        case _:
            return _of_the_network(error, options, host)


def _of_the_network(error: Exception, options: ClientOptions, host: str) -> EngineError:
    match error:
        case ssl.SSLCertVerificationError():
            return _distrust(error, host)
        case ssl.SSLError():
            return EngineError(
                f"TLS failed: {getattr(error, 'reason', None) or error}",
                where=host,
                hint="a server without TLS is reached by ws://",
            )
        case TimeoutError():
            return EngineError(f"no answer within {options.connect_timeout_s:g} s", where=host)
        case socket.gaierror():
            return EngineError("there is no such host", where=host)
        case ConnectionResetError():
            hint = "a server without TLS is reached by ws://" if options.url.startswith("wss:") else None
            return EngineError("the connection was ended before there was an answer", where=host, hint=hint)
        case OSError(errno=int(number)):
            # asyncio puts the address in place of the system's words.
            return EngineError(os.strerror(number), where=host)
        case _:
            return EngineError(str(error), where=host)


def _distrust(error: ssl.SSLCertVerificationError, host: str) -> EngineError:
    why = error.verify_message.rstrip(".")
    if "ostname mismatch" in why or "IP address mismatch" in why:
        return EngineError(
            f"the server's certificate is for another name: {why}", where=host, hint="-k skips the check"
        )
    if "expired" in why or "not yet valid" in why:
        return EngineError(f"the server's certificate is out of date: {why}", where=host, hint="-k skips the check")
    hint = "--cacert FILE names the CA to trust, -k skips the check"
    authority = Path("~/.mitmproxy/mitmproxy-ca-cert.pem").expanduser()
    if authority.exists():
        hint += f"\nthrough wsinspect's own proxy: --cacert {authority}"
    return EngineError(f"the server's certificate is not trusted: {why}", where=host, hint=hint)
