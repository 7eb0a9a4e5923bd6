"""Calls users' Python functions for the rule action `script`, each file in a process of its own.

Theory of operation. The first call of a file starts its worker (`script_worker`), and later calls of that file go to it
one after another, so what a script keeps in its globals lasts from call to call. A worker that takes too long, ends, or
says something that is no answer is killed with all it started; the next call starts a fresh one, as it does once the
file has changed. Each of these is an error in the answer: nothing of a script reaches the engine as an exception, and
no call waits for longer than its time limit, the loading limit, and those of the calls before it.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import override

from wsinspect.engine import script_worker
from wsinspect.engine.script_worker import LENGTH_BYTES, MAX_PAYLOAD_BYTES, MAX_VARIABLES_CHARS
from wsinspect.errors import EngineError
from wsinspect.rules.ruling import ScriptAnswer, ScriptCall
from wsinspect.rules.values import shown

logger = logging.getLogger(__name__)

MAX_WAITING = 100
"""Calls of all scripts that have no answer yet; further ones fail at once."""
LOAD_S = 10.0
"""How long a script may take to load; its imports do."""
LOAD_AGAIN_S = 1.0
"""How long a script that cannot be loaded is not tried again, unless its file changes: messages may come fast."""
FAREWELL_S = 1.0
"""How long a worker has to end by itself when the engine stops."""
MAX_LINES = 100
"""Printed lines shown of each call."""
_MAX_LINE_CHARS = 1000
_STATUS_S = 0.5
"""How long a process whose answers have come to their end has to end itself."""
_STOPPING = "the engine stops"
_NO_ANSWER = "wrote something that is no answer"
_MAX_ANSWER_BYTES = 2 * MAX_PAYLOAD_BYTES + 8 * MAX_VARIABLES_CHARS

type Stamp = tuple[int, int, int]
"""What tells one state of a file from another."""


def log_line(script: str, line: str) -> None:
    """Write what a script printed to the log."""
    logger.info("%s: %s", script, line)


class ScriptRunner:
    """The workers of an engine's scripts.

    Args:
        on_output: Takes each line that a script prints, with the script's name.
    """

    def __init__(self, on_output: Callable[[str, str], None] = log_line) -> None:
        self._on_output = on_output
        self._scripts: dict[Path, _Script] = {}
        self._waiting = 0
        self._closed = False

    async def call(self, call: ScriptCall) -> ScriptAnswer:
        """Call a function. What goes wrong is in the answer."""
        if self._closed:
            return ScriptAnswer(error=f"script {call.file}: {_STOPPING}")
        if self._waiting >= MAX_WAITING:
            return ScriptAnswer(error=f"script {call.file}: {MAX_WAITING} calls wait already")
        self._waiting += 1
        try:
            path = find(call.folder, call.file)
            script = self._scripts.setdefault(path, _Script(path, call.file, self._on_output))
            answer = await script.call(call)
            return answer if answer.error is None else replace(answer, error=f"script {call.file}: {answer.error}")
        except EngineError as error:
            return ScriptAnswer(error=f"script {call.file}: {error.message}")
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """End the workers; calls that wait are answered with an error."""
        self._closed = True
        await asyncio.gather(*(script.close() for script in self._scripts.values()))


def find(folder: str, file: str) -> Path:
    """Return where a script is.

    Raises:
        EngineError: It is not in the folder or below it, links resolved.
    """
    try:
        root = Path(folder).resolve()
        path = (root / file).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise EngineError(f"cannot be found: {error}") from error
    if not path.is_relative_to(root):
        raise EngineError(f"is not in the folder of its rule file, {root}")
    return path


class _Script:
    """A script file, and the worker that runs it now."""

    def __init__(self, path: Path, name: str, on_output: Callable[[str, str], None]) -> None:
        self._path = path
        self._name = name
        self._on_output = on_output
        self._turn = asyncio.Lock()
        self._worker: _Worker | None = None
        self._stamp: Stamp | None = None
        self._failure: tuple[Stamp, float, EngineError] | None = None
        """Of the last loading: of what, when, and how it failed."""
        self._closed = False

    async def call(self, call: ScriptCall) -> ScriptAnswer:
        """Call a function, once the calls before it are answered.

        Raises:
            EngineError: There is no answer.
        """
        request, timeout_s = _encode(call), call.timeout_ns / 1e9
        async with self._turn:
            worker = await self._running()
            try:
                return await worker.ask(request, timeout_s)
            except BaseException:  # a cancelled call too: its answer must not become the next one's
                await self._end(worker)
                raise

    async def close(self) -> None:
        """End the worker, and take no further calls."""
        self._closed = True
        if self._worker is not None:
            await self._worker.end(FAREWELL_S)
        async with self._turn:  # a worker that was being started is ended too
            pass

    async def _running(self) -> _Worker:
        if self._closed:
            raise EngineError(_STOPPING)
        stamp = _stamp(self._path)
        if self._worker is not None:
            if self._stamp == stamp and self._worker.running:
                return self._worker
            await self._end(self._worker)
        now = asyncio.get_running_loop().time()
        if self._failure is not None:
            failed_stamp, failed_at, error = self._failure
            if failed_stamp == stamp and now < failed_at + LOAD_AGAIN_S:
                raise error
        self._stamp = stamp
        try:
            return await self._start()
        except EngineError as error:
            self._failure = stamp, asyncio.get_running_loop().time(), error
            raise

    async def _start(self) -> _Worker:
        worker = self._worker = await _Worker.start(self._path, lambda line: self._on_output(self._name, line))
        try:
            if self._closed:
                raise EngineError(_STOPPING)
            await worker.loaded()
        except BaseException:
            await self._end(worker)
            raise
        return worker

    async def _end(self, worker: _Worker) -> None:
        self._worker = None
        await worker.end(0)


class _Worker(asyncio.SubprocessProtocol):
    """A process that runs one script.

    Args:
        on_line: Takes each line it prints.
    """

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._line = b""
        self._lines_left = MAX_LINES
        self._answers = asyncio.StreamReader()
        self._answered_bytes = 0
        self._ended = asyncio.Event()
        self._transport: asyncio.SubprocessTransport

    @classmethod
    async def start(cls, path: Path, on_line: Callable[[str], None]) -> _Worker:
        """Start it.

        Raises:
            EngineError: That is not possible.
        """
        # No bytecode is kept: a changed module could have the time and the size of the one before.
        command = [sys.executable, "-B", "-P", "-u", script_worker.__file__, str(path)]
        loop = asyncio.get_running_loop()
        try:
            _, worker = await loop.subprocess_exec(
                lambda: cls(on_line),
                *command,
                cwd=path.parent,
                start_new_session=True,  # Ctrl-C is for the engine; and what it starts can be killed with it
            )
        except OSError as error:
            raise EngineError(f"its process cannot be started: {error.strerror}") from error
        return worker

    @property
    def running(self) -> bool:
        """Whether the process lives, as far as is known."""
        return not self._ended.is_set()

    async def loaded(self) -> None:
        """Wait until the script is loaded.

        Raises:
            EngineError: It is not.
        """
        try:
            async with asyncio.timeout(LOAD_S):
                answer = _decode(await self._read())
        except TimeoutError as error:
            raise EngineError(f"took longer than {LOAD_S:g} s to load") from error
        if answer.error is not None:
            raise EngineError(answer.error)

    async def ask(self, request: bytes, timeout_s: float) -> ScriptAnswer:
        """Have a function called.

        Raises:
            EngineError: There is no answer, and the worker is of no further use.
        """
        self._line, self._lines_left = b"", MAX_LINES
        self._answered_bytes = 0
        requests = self._transport.get_pipe_transport(0)
        assert isinstance(requests, asyncio.WriteTransport)
        requests.write(len(request).to_bytes(LENGTH_BYTES) + request)
        try:
            async with asyncio.timeout(timeout_s):
                return _decode(await self._read())
        except TimeoutError as error:
            raise EngineError(f"took longer than {timeout_s:g} s") from error

    async def end(self, patience_s: float) -> None:
        """End the process, and what it started; raises nothing.

        Args:
            patience_s: How long it has to end by itself.
        """
        requests = self._transport.get_pipe_transport(0)
        assert requests is not None
        requests.close()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    await self._ended.wait()
        finally:  # where the event loop itself ends, this is cancelled
            if self.running:
                self._kill()
                await self._ended.wait()
            self._transport.close()

    async def _read(self) -> bytes:
        try:
            size = int.from_bytes(await self._answers.readexactly(LENGTH_BYTES))
            if size > _MAX_ANSWER_BYTES:
                raise EngineError(_NO_ANSWER)
            return await self._answers.readexactly(size)
        except asyncio.IncompleteReadError as error:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_STATUS_S):
                    await self._ended.wait()
            status = self._transport.get_returncode()
            raise EngineError(f"its process {_how(status)} without an answer") from error

    def _kill(self) -> None:
        """Kill the process and what it started; right after its end, what it left."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                self._transport.kill()
            else:
                os.killpg(self._transport.get_pid(), signal.SIGKILL)

    # ---- asyncio.SubprocessProtocol

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport

    @override
    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:
            self._print(data)
            return
        self._answered_bytes += len(data)
        if self._answered_bytes > _MAX_ANSWER_BYTES:
            if self.running:
                self._kill()
        else:
            self._answers.feed_data(data)

    @override
    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if fd == 1:
            self._answers.feed_eof()

    @override
    def process_exited(self) -> None:
        self._ended.set()
        self._kill()

    def _print(self, data: bytes) -> None:
        """Hand on what is printed, so many characters of so many lines of a call; the rest is forgotten."""
        if not self._lines_left:
            return
        *lines, line = (self._line + data).split(b"\n")
        self._line = line[: 4 * _MAX_LINE_CHARS]
        for one in lines[: self._lines_left]:
            self._on_line(shown(one.decode(errors="replace").rstrip("\r"), _MAX_LINE_CHARS))
        self._lines_left = max(0, self._lines_left - len(lines))
        if not self._lines_left:
            self._on_line(f"… it prints {MAX_LINES} lines and more in one call; the rest is not shown")


def _how(status: int | None) -> str:
    if status is None:
        return "closed its pipe"
    return f"ended with status {status}" if status >= 0 else f"was ended by signal {-status}"


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError as error:
        raise EngineError(f"cannot be read: {error.strerror}") from error
    return status.st_mtime_ns, status.st_size, status.st_ino


def _encode(call: ScriptCall) -> bytes:
    payload = call.message.get("payload")
    encoded = base64.b64encode(payload).decode() if isinstance(payload, bytes) else ""
    message = {**call.message, "payload": encoded}
    try:
        # Not orjson: the integers of rules may be larger than it writes.
        request = {"function": call.function, "message": message, "timeout_s": call.timeout_ns / 1e9}
        return json.dumps(request).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise EngineError(f"a variable or an argument is no JSON: {error}") from error


def _decode(data: bytes) -> ScriptAnswer:
    try:
        said = json.loads(data)
        payload = said.get("payload")
        answer = ScriptAnswer(
            payload=None if payload is None else base64.b64decode(payload, validate=True),
            drop=said.get("drop", False) is True,
            variables=dict(said.get("vars", {})),
        )
        error = said.get("error")
    except (ValueError, TypeError, AttributeError, RecursionError) as problem:
        raise EngineError(_NO_ANSWER) from problem
    return answer if error is None else ScriptAnswer(error=str(error))
