"""The whole engine inside the test's own process, so that a test can look at what it holds while it runs."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from mitmproxy import ctx
from mitmproxy.addons.proxyserver import Proxyserver

from tests.peers.waiting import until, within
from wsinspect.engine.addon import CaptureAddon
from wsinspect.engine.options import EngineOptions
from wsinspect.engine.registry import EngineInfo
from wsinspect.engine.runner import run
from wsinspect.engine.seam.layer import RelayLayer


@dataclass(frozen=True, slots=True)
class LiveEngine:
    """A running engine."""

    info: EngineInfo
    capture: Path
    addon: CaptureAddon

    @property
    def address(self) -> tuple[str, int]:
        """Where the first mode listens."""
        return self.addresses[0]

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where each mode listens."""
        pairs = [listen.rpartition(":") for listen in self.info.listen]
        return [(host, int(port)) for host, _, port in pairs]

    @property
    def connections(self) -> int:
        """How many client connections mitmproxy holds."""
        server = ctx.master.addons.get("proxyserver")
        assert isinstance(server, Proxyserver)
        return len(server.connections)

    async def until_empty(self) -> None:
        """Wait until nothing is left of any client, neither with mitmproxy nor with us."""
        await until(lambda: self.connections == 0, "mitmproxy to let go of its connections")
        addon = self.addon
        held = (addon._pending, addon._spoke, addon._dialled)
        await until(lambda: not any(held), f"the add-on to forget its clients: {held}")


@asynccontextmanager
async def live_engine(folder: Path, confdir: Path, **options: object) -> AsyncIterator[LiveEngine]:
    """Run an engine for the length of a block; it listens on loopback and does not verify servers."""
    loop = asyncio.get_running_loop()
    engine = EngineOptions(out=folder / "capture.wsi", listen="127.0.0.1:0", confdir=confdir, insecure=True)
    engine = dataclasses.replace(engine, **options)  # type: ignore[arg-type]
    ready: asyncio.Future[EngineInfo] = loop.create_future()
    stop = asyncio.Event()
    factory = loop.get_task_factory()
    running = asyncio.create_task(run(engine, ready.set_result, stop))
    try:
        both: list[asyncio.Future[EngineInfo] | asyncio.Future[int]] = [ready, running]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED, timeout=30)
        if running.done():
            running.result()
        assert isinstance(RelayLayer.host, CaptureAddon)
        yield LiveEngine(ready.result(), engine.out, RelayLayer.host)
    finally:
        stop.set()
        await within(asyncio.wait([running]), "the engine to stop")
        loop.set_task_factory(factory)  # mitmproxy's is eager
    running.result()
