"""Connecting: TCP, a proxy on the way, TLS."""

from __future__ import annotations

import asyncio
import os
import re
from urllib.parse import urlsplit

from wsinspect.engine.client.failures import ProxyRefusedError, ProxyTroubleError
from wsinspect.engine.client.options import ClientOptions, basic_authorization
from wsinspect.engine.client.proxies import ProxyAddress, proxy_for
from wsinspect.engine.client.stream import Stream
from wsinspect.engine.client.tls_settings import tls_context
from wsinspect.model import HttpHead
from wsinspect.replay.client.answer import AnswerReader
from wsinspect.replay.client.handshake import ascii_host, encode_request

_DEFAULT_PORTS = {"ws": 80, "wss": 443}
_EYEBALLS_S = 0.25
"""RFC 8305 8: after so long without an answer the next address is tried, too."""
_NUMBER = re.compile(r"\[Errno (\d+)\]")


async def dial(options: ClientOptions) -> Stream:
    """Connect to where a WebSocket is to be, over TLS where its URL says so.

    Raises:
        OSError, ssl.SSLError, ProxyRefusedError, ProxyTroubleError: There is no connection.
        WsinspectError: A file or a proxy is named that is unusable.
    """
    parts = urlsplit(options.url)
    host, port = ascii_host(parts.hostname or ""), parts.port or _DEFAULT_PORTS[parts.scheme]
    context = tls_context(options) if parts.scheme == "wss" else None
    proxy = proxy_for(options.url, options.proxy, os.environ)
    address = options.address or (host, port)
    if proxy is None:
        stream = await _connect(*address)
    elif proxy.kind.startswith("socks"):
        stream = await _through_socks(proxy, *address)
    else:
        stream = await _through_http(proxy, *address, options)
    try:
        if context is not None:
            await stream.start_tls(context, options.server_name or host)
    except BaseException:
        stream.close()
        raise
    return stream


async def _connect(host: str, port: int) -> Stream:
    loop = asyncio.get_running_loop()
    # With eager tasks, as Textual and mitmproxy have them, Python 3.13.0 fails on trying several addresses at once.
    delay = _EYEBALLS_S if loop.get_task_factory() is None else None
    try:
        _, stream = await loop.create_connection(Stream, host, port, happy_eyeballs_delay=delay)
    except OSError as error:
        if error.errno is not None:
            raise
        # Of several addresses asyncio tells what became of each, in one text; the last is the IPv4 one.
        numbers = _NUMBER.findall(str(error))
        raise OSError(int(numbers[-1]) if numbers else None, str(error)) from error
    return stream


async def _through_http(proxy: ProxyAddress, host: str, port: int, options: ClientOptions) -> Stream:
    """Have an HTTP proxy make a tunnel (RFC 9110 9.3.6)."""
    try:
        stream = await _connect(proxy.host, proxy.port)
    except OSError as error:
        raise _away(proxy, error) from error
    try:
        if proxy.kind == "https":
            await stream.start_tls(tls_context(options), proxy.host)
        authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        headers = [("Host", authority)]
        if proxy.user is not None:
            headers.append(("Proxy-Authorization", basic_authorization(f"{proxy.user}:{proxy.password or ''}")))
        stream.send(encode_request(HttpHead("HTTP/1.1", tuple(headers), method="CONNECT", target=authority)))
        answer = AnswerReader(tunnel=True)
        while not answer.done:
            data = await stream.read()
            answer.feed(data) if data else answer.end()
            if answer.head is not None and not answer.agrees:
                break  # its body is not waited for
        if answer.head is None:
            raise ProxyTroubleError(answer.problem)
        if not answer.agrees:
            raise ProxyRefusedError(f"{answer.head.status} {answer.head.reason}".rstrip())
        stream.unread(answer.rest)
    except BaseException:
        stream.close()
        raise
    return stream


async def _through_socks(proxy: ProxyAddress, host: str, port: int) -> Stream:
    import python_socks  # noqa: PLC0415 - few want it
    from python_socks.async_.asyncio import Proxy  # noqa: PLC0415

    kind = python_socks.ProxyType.SOCKS4 if proxy.kind.startswith("socks4") else python_socks.ProxyType.SOCKS5
    by_name = proxy.kind in ("socks4a", "socks5h")
    way = Proxy(kind, proxy.host, proxy.port, proxy.user, proxy.password, rdns=by_name)
    try:
        connection = await way.connect(host, port)
    except python_socks.ProxyConnectionError as error:
        raise _away(proxy, error) from error
    except python_socks.ProxyError as error:
        raise ProxyTroubleError(str(error) or "it ended the connection") from error
    _, stream = await asyncio.get_running_loop().create_connection(Stream, sock=connection)
    return stream


def _away(proxy: ProxyAddress, error: OSError) -> ProxyTroubleError:
    """Say that a proxy cannot be reached: what is named else is the server, which nobody has asked."""
    if error.errno is None:
        why = str(error)
    else:  # those of looking a name up are negative
        why = os.strerror(error.errno) if error.errno > 0 else "there is no such host"
    return ProxyTroubleError(f"{proxy.host}:{proxy.port}: {why}")
