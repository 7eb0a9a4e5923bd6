"""Where a replay goes: the recorded handshake, with what was asked for in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from wsinspect.cli.engine_options import DurationType
from wsinspect.engine.client.options import ClientOptions, cookies_of, parse_header, proxy_of, websocket_url
from wsinspect.engine.client.proxies import parse_proxy
from wsinspect.errors import WsinspectError
from wsinspect.model import Session
from wsinspect.present.text import escape_lines

_PATH = click.Path(path_type=Path, dir_okay=False)
_OPTIONS = (
    click.option(
        "--to", metavar="URL|HOST:PORT", help="Play to this server. Without a path in it the recorded one is kept. "
        "[default: the recorded server]",
    ),
    click.option(
        "-H", "--header", "headers", metavar="'NAME: VALUE'", multiple=True,
        help="Send a header in place of the recorded one; 'NAME:' leaves it out. Repeatable.",
    ),
    click.option(
        "-b", "--cookie", "cookies", metavar="DATA|FILE", multiple=True,
        help="Send cookies in place of the recorded ones: 'a=1; b=2', or from a file.",
    ),
    click.option(
        "--fresh-key/--keep-key", default=True,
        help="Make a new Sec-WebSocket-Key, or send the recorded one. [default: a new one]",
    ),
    click.option("--subprotocol", "subprotocols", metavar="NAME", multiple=True, help="Offer these instead."),
    click.option("-k", "--insecure", is_flag=True, help="Do not verify the server's certificate."),
    click.option("--cacert", metavar="FILE", type=_PATH, help="Trust these authorities only (PEM)."),
    click.option("-E", "--cert", metavar="FILE", type=_PATH, help="Show this client certificate (PEM)."),
    click.option("--key", metavar="FILE", type=_PATH, help="Its private key, where that is apart."),
    click.option(
        "-x", "--proxy", metavar="URL",
        help="Connect through a proxy, http:// or socks5://; '' for none. [default: from the environment]",
    ),
    click.option(
        "--connect-timeout", metavar="DURATION", type=DurationType(), default=10.0,
        help="Connecting may take this long.",
    ),
)  # fmt: skip
_NAMES = (
    "to", "headers", "cookies", "fresh_key", "subprotocols", "insecure", "cacert", "cert", "key", "proxy",
    "connect_timeout",
)  # fmt: skip


def target_options[F: Any](command: F) -> F:
    """Give a command the options that say where to."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def taken_target(given: dict[str, Any]) -> dict[str, Any]:
    """Take the values of these options out of a command's."""
    return {name: given.pop(name) for name in _NAMES}


def target(session: Session, given: dict[str, Any]) -> ClientOptions:
    """Make of the options' values what to connect with.

    Args:
        session: The recorded one.
        given: The values by the options' names.

    Raises:
        click.UsageError: One of them cannot be used.
    """
    try:
        url = target_url(given["to"], session)
        headers = [parse_header(text) for text in given["headers"]]
        if cookies := "; ".join(filter(None, (cookies_of(text, url) for text in given["cookies"]))):
            headers.append(("Cookie", cookies))
        if given["proxy"]:
            parse_proxy(given["proxy"])
    except WsinspectError as error:
        raise click.UsageError(escape_lines(str(error))) from error
    recorded = session.request
    return ClientOptions(
        url=url,
        headers=tuple(headers),
        subprotocols=given["subprotocols"],
        insecure=given["insecure"],
        ca_file=given["cacert"],
        certificate=given["cert"],
        key=given["key"],
        proxy=None if given["proxy"] is None else proxy_of(given["proxy"]),
        connect_timeout_s=given["connect_timeout"],
        request=None if recorded is None else recorded.sent or recorded,
        fresh_key=given["fresh_key"],
    )


def check_files(options: ClientOptions) -> None:
    """Refuse files of certificates that cannot be used, before anything is recorded.

    Raises:
        WsinspectError: One of them cannot be used.
    """
    from wsinspect.engine.client.tls_settings import tls_context  # noqa: PLC0415 - start-up time

    if options.url.startswith("wss:"):
        tls_context(options)


def target_url(text: str | None, session: Session) -> str:
    """Return the URL that is meant: of `HOST:PORT` with the scheme of the recording.

    Raises:
        WsinspectError: It is none.
    """
    if text is None:
        return websocket_url(session.url)
    return websocket_url(text if "://" in text else f"{session.scheme or 'ws'}://{text}")
