"""Start mitmproxy with wsinspect in it, and stop it so that nothing is lost.

Order at the start: the rules, the seam's check, the capture file, the listeners, the ready-file. Order at the end: no
new connections, every session ended and recorded, the capture file closed.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import re
import ssl
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path

import certifi
from mitmproxy import exceptions, master, options
from mitmproxy.addons import (
    block,
    core,
    disable_h2c,
    dns_resolver,
    next_layer,
    proxyauth,
    proxyserver,
    strip_dns_https_records,
    tlsconfig,
    update_alt_svc,
    upstream_auth,
)
from mitmproxy.net.free_port import get_free_port
from mitmproxy.utils import human

from wsinspect.engine.addon import CaptureAddon
from wsinspect.engine.ca import load_ca
from wsinspect.engine.control_server import serve
from wsinspect.engine.options import DEFAULT_LISTEN, EngineOptions, parse_address
from wsinspect.engine.recorder import Recorder
from wsinspect.engine.registry import EngineInfo, register, runtime_directory, to_json
from wsinspect.engine.rule_files import RuleFiles
from wsinspect.engine.scope import Scope
from wsinspect.engine.seam import patches
from wsinspect.engine.steered import Notice
from wsinspect.engine.steering import Steering
from wsinspect.errors import EngineError
from wsinspect.store.rule_sources import surroundings_of
from wsinspect.store.writer import SWITCH_INTERVAL_S

logger = logging.getLogger(__name__)

FAREWELL_S = 3.0
"""How long connections have to close when the engine stops."""


async def run(
    engine: EngineOptions,
    on_ready: Callable[[EngineInfo], None],
    stop: asyncio.Event,
    on_notice: Callable[[Notice], None] | None = None,
) -> int:
    """Run an engine until `stop` is set.

    Args:
        engine: What it is started with.
        on_ready: Called once connections are accepted.
        stop: Set to end it.
        on_notice: Told what happens in it.

    Returns:
        How many times an `expect` of a rule did not hold.

    Raises:
        EngineError: It cannot start: a port in use, a mode that is unknown, a mitmproxy that does not fit.
        RuleError: A rule file cannot be used.
        StoreError: The capture file cannot be made or continued.
    """
    rules = RuleFiles(surroundings_of(dict(engine.variables), scripts=engine.allow_scripts), engine.own_rules)
    if engine.rules or engine.own_rules:
        rules.load(engine.rules)
    async with AsyncExitStack() as cleanup:
        trusted = cleanup.enter_context(_trusted_authorities(engine.upstream_ca)) if engine.upstream_ca else None
        authority = load_ca(engine.confdir)
        assert authority is not None
        recorder = cleanup.enter_context(Recorder.opened(engine, asyncio.get_running_loop()))
        scope = Scope(engine.scope)
        steering = Steering(recorder, rules, stop.set, hold_limit=engine.hold_limit)
        cleanup.push_async_callback(steering.end)
        if on_notice is not None:
            steering.subscribe(on_notice)
        addon = CaptureAddon(recorder, scope, insecure=engine.insecure, rules=steering, otherwise=engine.otherwise)
        proxy = _make_master(engine, addon, scope, trusted)
        patches.install(addon)
        running = asyncio.create_task(proxy.run())
        try:
            with _logged_errors() as errors:
                listen = await _listening(proxy, running, errors)
            control = await cleanup.enter_async_context(serve(steering, runtime_directory()))
            info = steering.info = EngineInfo(
                pid=os.getpid(),
                version=version("wsinspect"),
                listen=tuple(listen),
                modes=tuple(engine.modes),
                capture=str(engine.out.absolute()),
                ca=str(authority.pem),
                control=control,
            )
            cleanup.enter_context(register(info))
            if engine.ready_file:
                _write_atomically(engine.ready_file, to_json(info))
            sys.setswitchinterval(SWITCH_INTERVAL_S)
            gc.collect()
            gc.freeze()  # what the program itself is made of need not be looked at again and again
            on_ready(info)
            await _until_stopped(stop, running, steering)
        finally:
            await _shut_down(proxy, running, recorder)
    return steering.expect_failures


async def _until_stopped(stop: asyncio.Event, running: asyncio.Task[None], steering: Steering) -> None:
    """Wait until somebody stops the engine, or mitmproxy ends; rule files are watched meanwhile."""
    stopped = asyncio.create_task(stop.wait())
    watching = asyncio.create_task(steering.watch())
    await asyncio.wait([stopped, running], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    watching.cancel()


def _make_master(engine: EngineOptions, addon: CaptureAddon, scope: Scope, trusted: Path | None) -> master.Master:
    proxy = master.Master(options.Options(), event_loop=asyncio.get_running_loop())
    proxy.addons.add(
        core.Core(),
        block.Block(),
        strip_dns_https_records.StripDnsHttpsRecords(),
        disable_h2c.DisableH2C(),
        proxyauth.ProxyAuth(),
        proxyserver.Proxyserver(),
        dns_resolver.DnsResolver(),
        next_layer.NextLayer(),
        tlsconfig.TlsConfig(),
        upstream_auth.UpstreamAuth(),
        update_alt_svc.UpdateAltSvc(),
        addon,
    )
    host, port = parse_address(engine.listen or DEFAULT_LISTEN)
    try:
        proxy.options.update(
            mode=_with_free_ports(engine.modes),
            listen_host=host,
            listen_port=port,
            ssl_insecure=engine.insecure,
            allow_hosts=scope.allow_hosts,
            ssl_verify_upstream_trusted_ca=str(trusted) if trusted else None,
            **({"confdir": str(engine.confdir)} if engine.confdir else {}),
        )
    except exceptions.OptionsError as error:
        hint = (
            "give every --mode but one an address of its own: --mode MODE@HOST:PORT"
            if "same address" in str(error)
            else None
        )
        raise EngineError(str(error), hint=hint) from error
    return proxy


def _with_free_ports(modes: tuple[str, ...]) -> list[str]:
    """Replace each port 0 in a mode's own address by a free one: mitmproxy refuses two modes on the same port 0."""
    return [re.sub(r"(?<=[:@])0$", lambda _: str(get_free_port()), mode) if "@" in mode else mode for mode in modes]


async def _listening(proxy: master.Master, running: asyncio.Task[None], errors: list[str]) -> list[str]:
    """Wait until every listener accepts connections; return their addresses, one for each mode."""
    server = proxy.addons.get("proxyserver")
    while not (server.is_running or running.done()):  # noqa: ASYNC110 - mitmproxy tells nobody
        await asyncio.sleep(0.005)
    if running.done() or errors or not all(instance.is_running for instance in server.servers):
        why = "; ".join(errors) or repr(running.exception() if running.done() else "unknown")
        raise EngineError(why.splitlines()[0], hint="choose another address with --listen HOST:PORT; port 0 picks one")
    return [human.format_address(instance.listen_addrs[0]) for instance in server.servers if instance.listen_addrs]


async def _shut_down(proxy: master.Master, running: asyncio.Task[None], recorder: Recorder) -> None:
    server = proxy.addons.get("proxyserver")
    await server.servers.update([])
    recorder.stop_sessions()
    for handler in list(server.connections.values()):
        if (client := handler.transports.get(handler.client)) and client.handler:
            client.handler.cancel("the engine stops")
    deadline = asyncio.get_running_loop().time() + FAREWELL_S
    while server.connections and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - mitmproxy tells nobody
        await asyncio.sleep(0.005)
    proxy.shutdown()
    await asyncio.wait([running], timeout=FAREWELL_S)
    if running.done() and not running.cancelled() and (error := running.exception()):
        logger.error("mitmproxy ended with %r", error)


@contextmanager
def _logged_errors() -> Iterator[list[str]]:
    """Collect what mitmproxy logs as an error: it reports a port in use in no other way."""
    errors: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            errors.append(record.getMessage())

    collector = Collector(logging.ERROR)
    logging.getLogger().addHandler(collector)
    try:
        yield errors
    finally:
        logging.getLogger().removeHandler(collector)


@contextmanager
def _trusted_authorities(extra: Path) -> Iterator[Path]:
    """Make one PEM file of the authorities trusted anyway and those of a file."""
    try:
        added = extra.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise EngineError(f"cannot read the authorities: {error}", where=str(extra)) from error
    if "BEGIN CERTIFICATE" not in added:
        raise EngineError("no PEM certificate in it", where=str(extra), hint="--upstream-ca takes a PEM file")
    parts = [added, Path(certifi.where()).read_text()]
    system = ssl.get_default_verify_paths().cafile
    if system and Path(system).is_file():
        parts.append(Path(system).read_text(errors="replace"))
    with tempfile.TemporaryDirectory(prefix="wsinspect-") as directory:
        bundle = Path(directory) / "authorities.pem"
        bundle.write_text("\n".join(parts))
        yield bundle


def _write_atomically(path: Path, content: bytes) -> None:
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            file.write(content)
        Path(file.name).replace(path)
    except OSError as error:
        raise EngineError(f"cannot write the ready-file: {error.strerror}", where=str(path)) from error
