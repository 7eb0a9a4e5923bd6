"""Peers that are programs of their own: Node and Chromium, found or reported missing, and never left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from tests.peers.waiting import within

NODE = Path(__file__).parent / "node"

type Json = dict[str, str | int | bool | list[Json] | Json | None]


def require(found: bool, what: str) -> None:
    """Skip the test where a peer is missing; fail it where `WSINSPECT_REQUIRE_PEERS=1` says that none may be."""
    if found:
        return
    if os.environ.get("WSINSPECT_REQUIRE_PEERS") == "1":
        pytest.fail(f"{what}, and WSINSPECT_REQUIRE_PEERS=1 lets no peer be missing")
    pytest.skip(what)


def node() -> str:
    """Path of Node, with the npm packages of the peers installed."""
    program = shutil.which("node")
    require(program is not None, "node is not installed")
    require((NODE / "node_modules" / "ws").is_dir(), "the npm peers are not installed: npm ci in tests/peers/node")
    assert program is not None
    return program


def chromium() -> str:
    """Path of Chromium or Chrome."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))
    program = next((one for one in found if one), None)
    require(program is not None, "chromium is not installed")
    assert program is not None
    return program


class Program:
    """A running program that prints one JSON object a line.

    Args:
        process: Started with pipes for standard input and output.
        name: What failures call it.
    """

    def __init__(self, process: Process, name: str) -> None:
        self.name = name
        self._process = process
        self.seen: list[Json] = []
        """Every object it printed, as far as it was read."""

    async def next(self) -> Json:
        """Return the next object it prints."""
        assert self._process.stdout is not None
        line = await within(self._process.stdout.readline(), f"a line of {self.name} after {self.seen[-3:]}")
        if not line:
            assert self._process.stderr is not None
            errors = (await self._process.stderr.read()).decode(errors="replace")
            raise AssertionError(f"{self.name} ended after {self.seen[-3:]}:\n{errors}")
        decoded = msgspec.json.decode(line, type=dict)
        self.seen.append(decoded)
        return decoded

    async def event(self, kind: str) -> Json:
        """Read on to the next event of a kind, and return it."""
        while True:
            seen = await self.next()
            if seen.get("event") == kind:
                return seen

    async def ended(self) -> int:
        """Wait until it ends by itself, and return its status."""
        return await within(self._process.wait(), f"the end of {self.name}")

    def kill(self) -> None:
        """End it at once; it gets no chance to do anything."""
        self._process.kill()

    async def order(self, *step: str | int) -> None:
        """Send it a step, as a line of JSON."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(step) + b"\n")
        await within(self._process.stdin.drain(), f"{self.name} to read its input")


@contextlib.asynccontextmanager
async def program(command: Sequence[str], name: str, cwd: Path | None = None) -> AsyncIterator[Program]:
    """Run a program for the length of a block."""
    process = await asyncio.create_subprocess_exec(*command, cwd=cwd, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        yield Program(process, name)
    finally:
        if process.returncode is None:
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.communicate()


@contextlib.asynccontextmanager
async def background_program(command: Sequence[str], log: Path) -> AsyncIterator[Process]:
    """Run a program that nobody talks to, with all that it starts, for the length of a block."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        await process.wait()
