"""`wsinspect demo --serve`: the demo's servers alone, for whatever is to be tried on them."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wsinspect.engine.options import parse_address
from wsinspect.errors import EngineError
from wsinspect.present.text import escape_lines

if TYPE_CHECKING:
    from wsinspect.demo.certificates import DemoAuthority

DEFAULT_SERVE = "127.0.0.1:8443"
"""Where they listen."""


def serve_until_interrupted(listen: str, beat_s: float, *, changed: bool) -> None:
    """Run the servers until Ctrl-C or SIGTERM.

    Args:
        listen: Where, as `HOST:PORT`.
        beat_s: The beat of everything that happens again and again.
        changed: Whether the shop is the new version.

    Raises:
        EngineError: If they cannot listen there.
    """
    from wsinspect.demo.certificates import DemoAuthority  # noqa: PLC0415 - start-up time

    with tempfile.TemporaryDirectory(prefix="wsinspect-demo-") as folder, suppress(KeyboardInterrupt):
        asyncio.run(_serve(DemoAuthority(Path(folder)), listen, beat_s, changed=changed))


async def _serve(authority: DemoAuthority, listen: str, beat_s: float, *, changed: bool) -> None:
    from wsinspect.demo.servers import demo_server  # noqa: PLC0415 - start-up time

    stop, address = asyncio.Event(), parse_address(listen)
    with suppress(NotImplementedError):  # Windows
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    try:
        async with demo_server(authority.server_context(), beat_s, address=address, changed=changed) as url:
            for line in _announcement(url, authority.path, changed=changed):
                click.echo(escape_lines(line), err=True)
            await stop.wait()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise EngineError(f"cannot listen there: {reason}", where=listen, hint="name another with --listen") from error


def _announcement(url: str, authority: Path, *, changed: bool) -> list[str]:
    shop = f"{url}/shop"
    commands = (
        ("record the old shop", "wsinspect demo --headless -o shop.wsi"),
        ("replay it here", f"wsinspect replay shop.wsi --session 1 --to {shop} --insecure"),
        ("talk to it yourself", f"wsinspect send {shop} --insecure"),
        ("what a client does", f"wsinspect demo --shop-client {shop} --insecure"),
    )
    return [
        f"The demo's servers{', with a new version of the shop' if changed else ''}: {url}",
        f"Their certificate is of {authority}, for as long as this runs: --insecure does not ask for it.",
        "Ctrl-C ends it. What next, in another terminal:",
        *(f"  {purpose:<21}{line}" for purpose, line in commands),
    ]
