"""mitmproxy's own programs with wsinspect's add-ons in them, as a user starts them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import aiohttp
from mitmproxy.net.free_port import get_free_port

from tests.peers.waiting import until_blocking

_ADDONS = Path(__file__).parents[2] / "addons"
_LISTENING = re.compile(r"proxy listening at (\S+):(\d+)")
_OPEN = re.compile(r"wsinspect (records to|runs rules|does nothing)")
_START_S = 60.0
_STOP_S = 30.0
_PASSWORD = "secret"
_TOKEN = "0123456789abcdef" * 2


@dataclass(slots=True)
class StockProcess:
    """One program of mitmproxy's.

    Args:
        folder: Empty folder for the capture and the log.
        confdir: Where mitmproxy's CA is, or is made.
        scripts: Scripts to load: names in `addons/`, or paths.
        options: More options.
        program: `mitmdump` or `mitmweb`.
        records: Whether to name a capture file.
    """

    folder: Path
    confdir: Path
    scripts: tuple[str | Path, ...] = ("wsinspect_capture.py",)
    options: tuple[str, ...] = ()
    program: str = "mitmdump"
    records: bool = True
    address: tuple[str, int] = field(init=False)
    """Where it listens."""
    _web_port: int = field(init=False, default=0)
    _process: subprocess.Popen[bytes] | None = field(init=False, default=None)

    @property
    def capture(self) -> Path:
        """The capture file."""
        return self.folder / "capture.wsi"

    @property
    def log(self) -> str:
        """Everything it printed so far."""
        return (self.folder / "log").read_text(errors="replace")

    @property
    def url(self) -> str:
        """It as a proxy URL."""
        host, port = self.address
        return f"http://{host}:{port}"

    @property
    def ca(self) -> Path:
        """The certificate that clients have to trust."""
        return self.confdir / "mitmproxy-ca-cert.pem"

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start it and wait until it accepts connections, and mitmweb's pages do.

        Raises:
            AssertionError: It ended instead, or took too long; with its log.
        """
        command = [str(Path(sys.executable).parent / self.program), "--listen-host", "127.0.0.1", "--listen-port", "0"]
        for script in self.scripts:
            command += ["-s", str(_ADDONS / script)]
        command += ["--set", f"confdir={self.confdir}", "--set", "ssl_insecure=true"]
        command += ["--set", f"wsinspect_out={self.capture}"] if self.records else []
        if self.program == "mitmweb":
            self._web_port = get_free_port()
            command += ["--no-web-open-browser", "--web-host", "127.0.0.1", "--web-port", str(self._web_port)]
            command += ["--set", f"web_password={_PASSWORD}"]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [*command, *self.options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        process = self._process
        try:
            until_blocking(lambda: _OPEN.search(self.log) or process.poll() is not None, "the program to run", _START_S)
            listening = _LISTENING.search(self.log)
            if listening is None or "wsinspect does nothing" in self.log or process.poll() is not None:
                raise AssertionError(f"it ended with status {process.wait(_STOP_S)}:\n{self.log}")
            self.address = listening[1], int(listening[2])
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """Interrupt it as Ctrl-C does, and expect status 0 and a log without an error."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        try:
            status = self._process.wait(_STOP_S)
        finally:
            self.kill()
        assert status == 0, f"it ended with status {status}:\n{self.log}"
        for sign in ("Traceback", "crashed", "Addon error"):
            assert sign not in self.log, f"it logged a {sign}:\n{self.log}"

    def kill(self) -> None:
        """Kill it, if it still lives, and wait for it to be gone."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(_STOP_S)

    @contextlib.asynccontextmanager
    async def web(self) -> AsyncIterator[Web]:
        """mitmweb's pages, as a program reads them."""
        # Its guard against forged requests compares a cookie with a header; it makes one for browsers only.
        headers = {"Authorization": f"Bearer {_PASSWORD}", "X-XSRFToken": _TOKEN}
        cookies = {"_mitmproxy_xsrf": _TOKEN}
        url = f"http://127.0.0.1:{self._web_port}"
        async with aiohttp.ClientSession(url, headers=headers, cookies=cookies) as session:
            yield Web(session)


@dataclass(frozen=True, slots=True)
class Web:
    """mitmweb's interface for programs."""

    session: aiohttp.ClientSession

    async def get(self, path: str) -> object:
        """Read something."""
        async with self.session.get(path) as answer:
            assert answer.status == 200, f"{path}: {answer.status} {await answer.text()}"
            found: object = await answer.json()
            return found

    async def flow_of(self, path: str) -> dict[str, object]:
        """Find the flow whose request had this path."""
        flows = await self.get("/flows")
        assert isinstance(flows, list)
        (flow,) = (flow for flow in flows if flow["request"]["path"] == path)
        assert isinstance(flow, dict)
        return flow

    async def messages_of(self, path: str) -> list[tuple[bool, str]]:
        """List the messages of a flow: whether the client sent each, and its text."""
        flow = await self.flow_of(path)
        messages = await self.get(f"/flows/{flow['id']}/messages/content/raw.json")
        assert isinstance(messages, list)
        return [(message["from_client"], message["text"]) for message in messages]

    async def call(self, command: str, *arguments: str) -> None:
        """Run a command of mitmproxy's."""
        async with self.session.post(f"/commands/{command}", json={"arguments": arguments}) as answer:
            assert answer.status == 200, await answer.text()
            said = await answer.json()
            assert "error" not in said, said


@contextlib.asynccontextmanager
async def stock_process(
    folder: Path,
    confdir: Path,
    *options: str,
    scripts: tuple[str | Path, ...] = ("wsinspect_capture.py",),
    program: str = "mitmdump",
    records: bool = True,
) -> AsyncIterator[StockProcess]:
    """Run a program of mitmproxy's for the length of a block."""
    stock = StockProcess(folder, confdir, scripts, options, program, records)
    await asyncio.to_thread(stock.start)
    try:
        yield stock
        if stock.running:
            await asyncio.to_thread(stock.stop)
    finally:
        stock.kill()
