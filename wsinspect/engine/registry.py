"""Which engines run: each keeps a small file in a private folder, so that other commands find it.

Theory of operation: an engine writes `NAME.json` and keeps it locked for as long as it lives. The operating system
gives the lock back however the engine ends, so a file that can be locked is one whose engine is gone: it is removed
by whoever looks. That, unlike a process id alone, is not fooled by an id that was used again.
"""

from __future__ import annotations

import os
import secrets
import stat
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import orjson
import platformdirs

from wsinspect.errors import EngineError

if sys.platform == "win32":
    import msvcrt

    _LOCK_OFFSET = 1 << 30
    """Windows forbids reading what is locked: lock a byte far behind the text."""

    def _lock(descriptor: int) -> bool:
        os.lseek(descriptor, _LOCK_OFFSET, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """A running engine, as others see it; also the content of `--ready-file`."""

    pid: int
    version: str
    listen: tuple[str, ...]
    """`HOST:PORT` of each listener."""
    modes: tuple[str, ...]
    capture: str
    """Absolute path of the capture file."""
    ca: str
    """Absolute path of the CA certificate, PEM."""
    control: str | None = None
    """Address of the control channel."""


def to_json(info: EngineInfo) -> bytes:
    """Encode as one line of JSON; a key that does not apply is absent."""
    record: dict[str, object] = {
        "pid": info.pid,
        "version": info.version,
        "listen": info.listen,
        "modes": info.modes,
        "capture": info.capture,
        "ca": info.ca,
    }
    if info.control is not None:
        record["control"] = info.control
    return orjson.dumps(record)


def from_json(text: bytes) -> EngineInfo:
    """Decode what `to_json` made.

    Raises:
        EngineError: If it is something else.
    """
    try:
        record = orjson.loads(text)
        return EngineInfo(
            pid=int(record["pid"]),
            version=str(record["version"]),
            listen=tuple(map(str, record["listen"])),
            modes=tuple(map(str, record["modes"])),
            capture=str(record["capture"]),
            ca=str(record["ca"]),
            control=record.get("control"),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise EngineError(f"not the description of an engine: {error!r}") from error


def runtime_directory() -> Path:
    """Return the folder, the user's alone, where engines register; made where it is missing.

    Raises:
        EngineError: If there is no folder that nobody else can write to.
    """
    problems = []
    for candidate in _candidates():
        try:
            candidate.mkdir(mode=0o700, parents=True, exist_ok=True)
            _refuse_shared(candidate)
        except OSError as error:
            problems.append(str(error))
        else:
            return candidate
    raise EngineError(
        f"no private folder for running engines: {'; '.join(problems)}",
        hint="set XDG_RUNTIME_DIR to a folder that only you can use (mode 0700)",
    )


def _candidates() -> Iterator[Path]:
    # platformdirs warns when the system has no runtime folder; the next candidate is the answer to that.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            candidate = platformdirs.user_runtime_path("wsinspect", appauthor=False, ensure_exists=True)
        except OSError:
            candidate = None
    if candidate is not None:
        yield candidate
    yield platformdirs.user_state_path("wsinspect", appauthor=False) / "run"


def _refuse_shared(directory: Path) -> None:
    """Make sure nobody else could have put files there, or could read them."""
    if sys.platform == "win32":
        return  # the user's own profile, which other users cannot write to
    about = directory.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.geteuid():
        raise PermissionError(f"{directory} belongs to somebody else")
    if about.st_mode & 0o077:
        directory.chmod(0o700)


@contextmanager
def register(info: EngineInfo) -> Iterator[None]:
    """Make an engine findable for as long as the block runs.

    Raises:
        EngineError: If there is no private folder, or it cannot be written.
    """
    # The start of the name sorts by age; the end keeps a file that is being removed from being taken over.
    path = runtime_directory() / f"{time.time_ns():020d}-{info.pid}-{secrets.token_hex(4)}.json"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise EngineError(f"cannot register the engine: {error.strerror}", where=str(path)) from error
    try:
        _lock(descriptor)
        os.write(descriptor, to_json(info))
        yield
    finally:
        os.close(descriptor)
        with suppress(OSError):
            path.unlink()


def running() -> list[EngineInfo]:
    """List the engines that run, the oldest first; what dead ones left is removed."""
    found = []
    for path in sorted(runtime_directory().glob("*.json")):
        info = _inspect(path)
        if info is not None:
            found.append(info)
    return found


def _inspect(path: Path) -> EngineInfo | None:
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return None  # it ended just now
    try:
        text = os.read(descriptor, 1 << 20)
        # An empty file belongs to an engine that is about to lock it.
        if text and _lock(descriptor):
            with suppress(OSError):
                path.unlink()
            return None
    finally:
        os.close(descriptor)
    try:
        return from_json(text)
    except EngineError:
        return None


def find(selector: str | None = None) -> EngineInfo:
    """Return the one engine that is meant.

    Args:
        selector: Path of its capture, or its process id; None where only one can be meant.

    Raises:
        EngineError: If none runs, none fits, or several do; it lists those that run.
    """
    engines = running()
    if not engines:
        raise EngineError("no engine is running", hint="start one with 'wsinspect capture'")
    if selector is None:
        fitting = engines
    else:
        fitting = [engine for engine in engines if _fits(engine, selector)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise EngineError("several engines are running", hint=f"choose one with --engine:\n{_listed(fitting)}")
    raise EngineError(f"no running engine is '{selector}'", hint=f"these are running:\n{_listed(engines)}")


def _fits(engine: EngineInfo, selector: str) -> bool:
    if selector == str(engine.pid):
        return True
    return Path(selector).expanduser().resolve() == Path(engine.capture).resolve()


def _listed(engines: list[EngineInfo]) -> str:
    return "\n".join(f"  {engine.pid}  {', '.join(engine.listen)}  {engine.capture}" for engine in engines)
