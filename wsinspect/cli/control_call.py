"""Calls of a running engine's control channel, from a command."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import click

from wsinspect.control.client import CallError, ControlClient, connected
from wsinspect.control.messages import Json
from wsinspect.engine import registry
from wsinspect.errors import EngineError

engine_option = click.option(
    "--engine", "selector", metavar="CAPTURE|PID", help="Which running engine, where there are several."
)
"""`--engine`, as `selector`."""


def call(selector: str | None, method: str, params: dict[str, Json]) -> Json:
    """Call a method of the running engine that is meant, and return its result.

    Raises:
        UsageError: The engine does not know the method, or the parameters do not fit it.
        WsinspectError: There is no such engine, or it refuses.
    """
    return converse(selector, lambda client: client.call(method, **params))


def converse[Result](selector: str | None, talk: Callable[[ControlClient], Awaitable[Result]]) -> Result:
    """Connect to the running engine that is meant, and talk to it; for what is raised, see `call`."""
    engine = registry.find(selector)
    address = engine.control
    if address is None:
        raise EngineError("it has no control channel", where=f"engine {engine.pid}")

    async def connect() -> Result:
        async with connected(address) as client:
            return await talk(client)

    try:
        return asyncio.run(connect())
    except CallError as error:
        raise click.UsageError(error.message) from error
