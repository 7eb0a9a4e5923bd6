"""The options of `send` that say what to connect with: those of curl, in its meaning, made into `ClientOptions`."""

from __future__ import annotations

import getpass
import sys
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, override

import click

from wsinspect.cli.engine_options import DurationType
from wsinspect.cli.send_curl import IGNORED, REFUSED, without_curl
from wsinspect.engine.client.options import (
    ClientOptions,
    basic_authorization,
    cookies_of,
    parse_header,
    proxy_of,
    websocket_url,
)
from wsinspect.engine.client.proxies import parse_proxy
from wsinspect.errors import WsinspectError
from wsinspect.present.text import escape_lines

_DEFAULT_PORTS = {"ws": 80, "wss": 443}
_PATH = click.Path(path_type=Path, dir_okay=False)
_SOCKS = ("socks4", "socks4a", "socks5", "socks5-hostname")
_SOCKS_SCHEMES = {"socks5-hostname": "socks5h"}


class CurlCommand(click.Command):
    """A command that takes what a browser copies for curl, with `curl` in front or in one text, too."""

    @override
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            flags = {name for option in self.params if _is_flag(option) for name in option.opts}
            args = _with_values(without_curl(args, flags))
        except WsinspectError as error:
            raise click.UsageError(escape_lines(str(error)), ctx) from error
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            name = error.option_name
            why = REFUSED.get(name) or REFUSED.get(name[:2] if not name.startswith("--") else "")
            if why is None:
                raise
            raise click.UsageError(f"{name} of curl is not for send: {why}.", ctx) from error


def _is_flag(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Option) and parameter.is_flag


def _with_values(arguments: Sequence[str]) -> list[str]:
    """Write `--reconnect` with its value in one word: what follows it may be the URL."""
    found: list[str] = []
    for argument in arguments:
        if argument == "--reconnect":
            found.append("--reconnect=")
        elif found and found[-1] == "--reconnect=" and argument.isascii() and argument.isdigit():
            found[-1] += argument
        else:
            found.append(argument)
    return found


def _only_get(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    if value is not None and value.upper() != "GET":
        raise click.BadParameter(f"a WebSocket is opened by GET, not by {value}", ctx, param)


_OPTIONS = (
    click.option(
        "-H", "--header", "headers", metavar="'NAME: VALUE'|@FILE", multiple=True,
        help="Send a header, or those in a file; 'NAME:' leaves one out.",
    ),
    click.option(
        "-b", "--cookie", "cookies", metavar="DATA|FILE", multiple=True,
        help="Send cookies: 'a=1; b=2', or from a file.",
    ),
    click.option("-A", "--user-agent", metavar="NAME", help="Send this User-Agent."),
    click.option("-e", "--referer", metavar="URL", help="Send this Referer."),
    click.option("-u", "--user", metavar="NAME:PASSWORD", help="Log in (Basic); a missing password is asked for."),
    click.option("--oauth2-bearer", "bearer", metavar="TOKEN", help="Log in with a bearer token."),
    click.option("--subprotocol", "subprotocols", metavar="NAME", multiple=True, help="Offer a subprotocol."),
    click.option("--no-compress", is_flag=True, help="Do not offer permessage-deflate."),
    click.option("-k", "--insecure", is_flag=True, help="Do not verify the server's certificate."),
    click.option("--cacert", metavar="FILE", type=_PATH, help="Trust these authorities only (PEM)."),
    click.option("-E", "--cert", metavar="FILE", type=_PATH, help="Show this client certificate (PEM)."),
    click.option("--key", metavar="FILE", type=_PATH, help="Its private key, where that is apart."),
    click.option(
        "-x", "--proxy", metavar="URL",
        help="Connect through a proxy, http:// or socks5://; '' for none. [default: from the environment]",
    ),
    click.option("-U", "--proxy-user", metavar="NAME:PASSWORD", help="Log in at the proxy."),
    click.option("--noproxy", metavar="HOSTS", help="Hosts to connect to without a proxy, with commas; '*' for all."),
    *(click.option(f"--{name}", name.replace("-", "_"), metavar="HOST[:PORT]", hidden=True) for name in _SOCKS),
    click.option(
        "--resolve", "resolves", metavar="HOST:PORT:ADDRESS", multiple=True,
        help="Connect to this address where the URL names this host and port.",
    ),
    click.option(
        "--connect-to", "connect_tos", metavar="HOST1:PORT1:HOST2:PORT2", multiple=True,
        help="Connect to the second where the URL names the first; an empty part stands for any.",
    ),
    click.option("-m", "--max-time", metavar="SECONDS", type=DurationType(), help="The whole may take this long."),
    click.option(
        "--connect-timeout", metavar="SECONDS", type=DurationType(), default=10.0, help="Connecting may take this long."
    ),
    click.option("-i", "--include", is_flag=True, help="Print the head of the server's answer too."),
    click.option("-v", "--verbose", is_flag=True, help="Tell of the handshake, of pings and pongs."),
    click.option("-s", "--silent", is_flag=True, help="Say nothing about how the connection closed."),
    click.option("--url", "url_option", metavar="URL", hidden=True),
    click.option("-X", "--request", metavar="GET", hidden=True, callback=_only_get, expose_value=False),
    *(
        click.option(
            *names, f"_{index}", is_flag=True, hidden=True, expose_value=False, help=f"Taken for curl's sake; {why}."
        )
        for index, (*names, why) in enumerate(IGNORED)
    ),
)  # fmt: skip


def client_options_of_curl[F: Callable[..., object]](command: F) -> F:
    """Give a command curl's options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def client_options(url_text: str, given: dict[str, Any]) -> ClientOptions:
    """Make of the options' values what to connect with.

    Args:
        url_text: As it was given.
        given: The values by the options' names.

    Raises:
        WsinspectError: One of them cannot be used.
    """
    url = websocket_url(url_text)
    return ClientOptions(
        url=url,
        headers=tuple(_headers(url, given)),
        subprotocols=given["subprotocols"],
        compress=not given["no_compress"],
        insecure=given["insecure"],
        ca_file=given["cacert"],
        certificate=given["cert"],
        key=given["key"],
        proxy=_proxy(url, given),
        connect_timeout_s=given["connect_timeout"],
        address=_address(url, given["resolves"], given["connect_tos"]),
    )


def without_password(url: str) -> str:
    """Return a URL as it may be shown: without a user's name and password."""
    parts = urllib.parse.urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _headers(url: str, given: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    if given["user_agent"] is not None:
        yield "User-Agent", given["user_agent"] or None
    # 'URL;auto' is curl's for following redirects.
    if given["referer"] and (referer := given["referer"].removesuffix(";auto")):
        yield "Referer", referer
    if given["user"]:
        yield "Authorization", basic_authorization(_with_password(given["user"]))
    if given["bearer"]:
        yield "Authorization", f"Bearer {given['bearer']}"
    if cookies := "; ".join(filter(None, (cookies_of(text, url) for text in given["cookies"]))):
        yield "Cookie", cookies
    for text in given["headers"]:
        if text.startswith("@"):
            yield from map(parse_header, _lines_of(text[1:]))
        else:
            yield parse_header(text)


def _with_password(user: str) -> str:
    if ":" in user:
        return user
    if sys.stdin is not None and sys.stdin.isatty():
        return f"{user}:{getpass.getpass(f'Password of {user}: ')}"
    return f"{user}:"


def _lines_of(name: str) -> list[str]:
    try:
        text = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WsinspectError(f"cannot read the headers: {error}", where=name) from error
    return [line for line in text.splitlines() if line.strip()]


def _proxy(url: str, given: dict[str, Any]) -> str | None:
    text = given["proxy"]
    for name in _SOCKS:
        if value := given[name.replace("-", "_")]:
            text = f"{_SOCKS_SCHEMES.get(name, name)}://{value}"
    if _is_direct(urllib.parse.urlsplit(url).hostname or "", given["noproxy"]):
        return ""
    if text is None:
        return None
    proxy = proxy_of(text)
    if proxy:
        parse_proxy(proxy)
    if given["proxy_user"] and proxy:
        name, colon, password = given["proxy_user"].partition(":")
        scheme, _, address = proxy.partition("://")
        login = urllib.parse.quote(name, safe="") + colon + urllib.parse.quote(password, safe="")
        return f"{scheme}://{login}@{address.rpartition('@')[2]}"
    return proxy


def _is_direct(host: str, hosts: str | None) -> bool:
    names = [name.strip().lstrip(".").lower() for name in (hosts or "").split(",")]
    return any(name and (name == "*" or host == name or host.endswith(f".{name}")) for name in names)


def _address(url: str, resolves: Sequence[str], connect_tos: Sequence[str]) -> tuple[str, int] | None:
    """Tell where to connect to, if not to where the URL says."""
    parts = urllib.parse.urlsplit(url)
    host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]
    address: tuple[str, int] | None = None
    for text in connect_tos:
        old_host, old_port, new_host, new_port = _fields(text, 4, "HOST1:PORT1:HOST2:PORT2")
        if address is None and old_host.lower() in ("", host) and old_port in ("", str(port)):
            address = new_host or host, _port(new_port, text) if new_port else port
    named = address or (host, port)
    for text in resolves:
        of_host, of_port, addresses = _fields(text.lstrip("+"), 3, "HOST:PORT:ADDRESS")
        if of_host.lower() in ("*", named[0].lower()) and of_port == str(named[1]):
            address = addresses.split(",")[0].strip("[]"), named[1]
    return address


def _fields(text: str, count: int, form: str) -> list[str]:
    """Cut at colons, but not at those within brackets."""
    fields, depth = [""], 0
    for character in text:
        depth += (character == "[") - (character == "]")
        # What is behind the last field's colon belongs to it: an address may be written without brackets.
        if character == ":" and depth == 0 and len(fields) < count:
            fields.append("")
        else:
            fields[-1] += character
    if len(fields) != count:
        raise WsinspectError(f"'{text}' does not say where to connect to", hint=f"write {form}")
    return [field.removeprefix("[").removesuffix("]") for field in fields]


def _port(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise WsinspectError(f"'{text}' is no port", where=where)
    return int(text)
