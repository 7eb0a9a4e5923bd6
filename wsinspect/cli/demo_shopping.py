"""`wsinspect demo --shop-client`: what the shop's client does, once: a program that a mock can be tried with."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import click

from wsinspect.cli.exit_status import ExitStatus
from wsinspect.errors import EngineError
from wsinspect.present.text import escape_lines

if TYPE_CHECKING:
    from wsinspect.demo.customer import Step
    from wsinspect.engine.options import EngineOptions


def go_shopping(url: str, options: EngineOptions) -> ExitStatus:
    """Visit a shop, and print what happens there.

    Args:
        url: Of the shop, `ws` or `wss`.
        options: What of them says whom to trust; the CA of the proxy is trusted too, where there is one.

    Raises:
        EngineError: If there is no connection.
    """
    from websockets.exceptions import InvalidHandshake, InvalidURI  # noqa: PLC0415 - start-up time

    try:
        return asyncio.run(_visit(url, options))
    except (OSError, InvalidHandshake, InvalidURI) as error:
        hint = "--insecure does not verify its certificate" if isinstance(error, ssl.SSLError) else None
        raise EngineError(f"there is no WebSocket: {error}", where=url, hint=hint) from error


async def _visit(url: str, options: EngineOptions) -> ExitStatus:
    from websockets.asyncio.client import connect  # noqa: PLC0415 - start-up time
    from websockets.exceptions import ConnectionClosed  # noqa: PLC0415

    from wsinspect.demo.customer import UnexpectedAnswerError, visit  # noqa: PLC0415

    trust = _trust(options) if url.startswith("wss:") else None
    async with connect(url, ssl=trust, user_agent_header="wsinspect demo", close_timeout=1) as connection:
        try:
            async for step in visit(connection, _no_pause):
                click.echo(escape_lines(_told(step)))
        except (UnexpectedAnswerError, ConnectionClosed) as error:
            click.echo(escape_lines(f"This is not how the shop was: {error}"), err=True)
            return ExitStatus.DIFFERS
    click.echo("Everything was as this program knows it.", err=True)
    return ExitStatus.DONE


async def _no_pause() -> None:
    """Be in a hurry."""


def _trust(options: EngineOptions) -> ssl.SSLContext:
    from wsinspect.engine.ca import load_ca  # noqa: PLC0415 - start-up time

    context = ssl.create_default_context()
    if options.insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context
    ca = load_ca(options.confdir, create=False)
    for file in (ca.pem if ca is not None else None, options.upstream_ca):
        if file is not None:
            try:
                context.load_verify_locations(file)
            except OSError as error:  # of the file or, as an SSLError, of what is in it
                raise EngineError("no certificates can be read from it", where=str(file)) from error
    return context


def _told(step: Step) -> str:
    """Say what happened.

    Raises:
        UnexpectedAnswerError: If an answer lacks something.
    """
    from wsinspect.demo.customer import part  # noqa: PLC0415 - start-up time

    match step.what:
        case "login":
            return f"logged in as {part(step.result, 'user')}"
        case "price":
            return f"the {part(step.result, 'item')} costs {part(step.result, 'price')}"
        case "order":
            return f"ordered the {part(step.result, 'item')}, for {part(step.result, 'total')}"
        case "report":
            return f"orders so far: {part(step.result, 'orders')}"
        case _:
            return f"the shop says: {step.what}"
