"""The proxies that are compared: how each is started, and how the client reaches the echo server through it.

A contender that is a forward proxy is asked with `CONNECT`, as browsers ask, for `ws://` too; HAProxy is a reverse
proxy. After the upgrade the way in makes no difference to the bytes, with one exception: http-mitm-proxy carries
whatever came by `CONNECT` through one more connection to itself, so it is asked with `CONNECT` only for `wss://`, and
as if it were the server (`GET /…` with the server's name in `Host`) for `ws://`, which spares it that hop.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.bench.certificates import Certificates
from tests.bench.loads import Scheme
from tests.bench.processes import BenchError, Nursery, Process

ROOT = Path(__file__).resolve().parents[2]
_FOLDER = Path(__file__).resolve().parent
NODE_FOLDER = _FOLDER / "node"
_RULES = _FOLDER / "rules"
START_S = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """What a contender is started with."""

    folder: Path
    """An empty folder of its own."""
    certificates: Certificates
    echo_ports: dict[Scheme, int]
    nursery: Nursery
    core: int | None
    """The core that it is bound to; None leaves that to the system."""

    def run(
        self, name: str, command: Sequence[str | Path], *, pass_fds: Sequence[int] = (), **environment: str
    ) -> Process:
        """Start a process in the nursery's charge."""
        return self.nursery.start(
            name, command, self.folder, pass_fds=pass_fds, core=self.core, environment=environment
        )


@dataclass(frozen=True, slots=True)
class Route:
    """How the client reaches the echo server."""

    origin: str
    """`ws://HOST:PORT`, to which a path is appended."""
    proxy: str | None = None
    """URL of the proxy to ask with `CONNECT`."""
    host: str | None = None
    """`Host` header, where it is not the origin's."""


@dataclass(frozen=True, slots=True)
class Running:
    """A contender that accepts connections."""

    process: Process | None
    """None: there is no proxy."""
    routes: dict[Scheme, Route]
    capture: Path | None = None
    """The file it records to."""


class Contender(Protocol):
    """One way from the client to the server."""

    @property
    def name(self) -> str:
        """Its name in the results."""

    def version(self) -> str:
        """Return its version.

        Raises:
            BenchError: it is not installed.
        """

    def start(self, place: Place) -> Running:
        """Start it and wait until it accepts connections."""


def _first_line(*command: str | Path) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=ROOT)
    except (OSError, subprocess.SubprocessError):
        raise BenchError(f"{Path(command[0]).name} does not run") from None
    return (done.stdout.strip() or done.stderr.strip()).splitlines()[0]


def _direct_routes(place: Place) -> dict[Scheme, Route]:
    return {scheme: Route(f"{scheme}://127.0.0.1:{port}") for scheme, port in place.echo_ports.items()}


def _connect_routes(place: Place, port: int) -> dict[Scheme, Route]:
    proxy = f"http://127.0.0.1:{port}"
    return {scheme: Route(f"{scheme}://127.0.0.1:{echo}", proxy) for scheme, echo in place.echo_ports.items()}


class Direct:
    """No proxy: what client and server do by themselves on this machine."""

    name = "direct"

    def version(self) -> str:
        """Return nothing: there is no program."""
        return ""

    def start(self, place: Place) -> Running:
        """Start nothing."""
        return Running(None, _direct_routes(place))


@dataclass(frozen=True, slots=True)
class Wsinspect:
    """`wsinspect capture`, recording to a new file on disk."""

    name: str = "wsinspect"
    rules: Path | None = None

    def version(self) -> str:
        """Return what `wsinspect --version` says."""
        return _first_line(sys.executable, "-m", "wsinspect", "--version").split()[-1]

    def start(self, place: Place) -> Running:
        """Start a capture and wait for its ready file."""
        ready, capture = place.folder / "ready.json", place.folder / "capture.wsi"
        command: list[str | Path] = [sys.executable, "-m", "wsinspect", "capture", "--listen", "127.0.0.1:0"]
        command += ["--insecure", "--confdir", place.folder / "confdir", "--out", capture, "--ready-file", ready]
        if self.rules is not None:
            command += ["--rules", self.rules]
        process = place.run(self.name, command, PYTHONPATH=str(ROOT), XDG_RUNTIME_DIR=str(place.folder))
        deadline = time.monotonic() + START_S
        while not ready.exists():
            if not process.alive or time.monotonic() > deadline:
                raise process.failure("it wrote no ready file")
            time.sleep(0.02)
        listen: list[str] = json.loads(ready.read_text())["listen"]
        return Running(process, _connect_routes(place, int(listen[0].rpartition(":")[2])), capture)


_MITMDUMP = Path(sys.executable).parent / "mitmdump"


@dataclass(frozen=True, slots=True)
class Mitmdump:
    """mitmproxy without a screen, from the same environment; it keeps all messages in memory, as it always does."""

    name: str = "mitmdump"
    script: Path | None = None

    def version(self) -> str:
        """Return mitmproxy's version."""
        return _first_line(_MITMDUMP, "--version").split()[-1]

    def start(self, place: Place) -> Running:
        """Start it quietly and wait until it accepts a connection."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port: int = probe.getsockname()[1]
        command: list[str | Path] = [_MITMDUMP, "-q", "--mode", f"regular@127.0.0.1:{port}", "--ssl-insecure"]
        if self.script is not None:
            command += ["-s", self.script]
        process = place.run(self.name, [*command, "--set", f"confdir={place.folder / 'confdir'}"])
        deadline = time.monotonic() + START_S
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return Running(process, _connect_routes(place, port))
            if not process.alive or time.monotonic() > deadline:
                raise process.failure("it does not listen")
            time.sleep(0.05)


class Haproxy:
    """HAProxy as a reverse proxy that terminates TLS and encrypts again: it looks at nothing, the physical limit."""

    name = "HAProxy"

    def version(self) -> str:
        """Return HAProxy's version."""
        return _first_line(self._program(), "-v").split()[2]

    @staticmethod
    def _program() -> str:
        path = shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if path is None:
            raise BenchError("haproxy is not installed")
        return path

    def start(self, place: Place) -> Running:
        """Start it on two listening sockets that it inherits, so that nobody else can take the ports."""
        with contextlib.ExitStack() as stack:
            plain, tls = (stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1024)) for _ in range(2))
            configuration = place.folder / "haproxy.cfg"
            configuration.write_text(self._configuration(place, plain.fileno(), tls.fileno()))
            descriptors = (plain.fileno(), tls.fileno())
            command: list[str | Path] = [self._program(), "-db", "-q", "-f", configuration]
            process = place.run(self.name, command, pass_fds=descriptors)
            routes: dict[Scheme, Route] = {
                "ws": Route(f"ws://127.0.0.1:{plain.getsockname()[1]}"),
                "wss": Route(f"wss://127.0.0.1:{tls.getsockname()[1]}"),
            }
        # The sockets listened before it started: connections wait in their backlog until it accepts.
        return Running(process, routes)

    @staticmethod
    def _configuration(place: Place, plain: int, tls: int) -> str:
        lines = ["global", " nbthread 1", " maxconn 8000", "defaults", " mode http", " timeout connect 5s"]
        lines += [" timeout client 1h", " timeout server 1h", " timeout tunnel 1h"]
        lines += ["frontend plain", f" bind fd@{plain}", " default_backend plain"]
        lines += ["backend plain", f" server echo 127.0.0.1:{place.echo_ports['ws']}"]
        lines += ["frontend tls", f" bind fd@{tls} ssl crt {place.certificates.leaf}", " default_backend tls"]
        lines += ["backend tls"]
        trust = f"ssl verify required ca-file {place.certificates.ca}"
        lines += [f" server echo 127.0.0.1:{place.echo_ports['wss']} {trust}"]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class NodeProxy:
    """A proxy for Node that npm has installed beside this file."""

    name: str
    asked_for_ws: bool
    """Whether it is asked with `CONNECT` for `ws://` too."""

    def version(self) -> str:
        """Return the version of the installed package."""
        try:
            package = json.loads((NODE_FOLDER / "node_modules" / self.name / "package.json").read_text())
        except OSError:
            raise BenchError(f"{self.name} is not installed (npm ci in {NODE_FOLDER.relative_to(ROOT)})") from None
        return f"{package['version']} on Node {_first_line('node', '--version').lstrip('v')}"

    def start(self, place: Place) -> Running:
        """Start it and read its port from its first line."""
        command: list[str | Path] = ["node", NODE_FOLDER / "proxy.mjs", self.name, place.folder]
        process = place.run(self.name, command)
        line = process.line(START_S)
        if line is None:
            raise process.failure("it did not start")
        port: int = json.loads(line)["port"]
        routes = _connect_routes(place, port)
        if not self.asked_for_ws:
            routes["ws"] = Route(f"ws://127.0.0.1:{port}", host=f"127.0.0.1:{place.echo_ports['ws']}")
        return Running(process, routes)


CONTENDERS: tuple[Contender, ...] = (
    Direct(),
    Haproxy(),
    Wsinspect(),
    NodeProxy("mockttp", asked_for_ws=True),
    NodeProxy("http-mitm-proxy", asked_for_ws=False),
    Mitmdump(),
    Wsinspect("wsinspect, rules for others", _RULES / "elsewhere.yaml"),
    Wsinspect("wsinspect, replace", _RULES / "replace.yaml"),
    Wsinspect("wsinspect, json_set", _RULES / "json-set.yaml"),
    Wsinspect("wsinspect, ten stateful rules", _RULES / "stateful.yaml"),
    Mitmdump("mitmdump, replace", _FOLDER / "mitmdump_replace.py"),
)
"""In the order of the table's rows."""
