"""The lock that keeps a second writer out of a capture.

It lies in a file of its own beside the capture (`NAME.wsi-lock`): SQLite's own locks are dropped when any descriptor of
the database file is closed in the process. The operating system lets go of it when the process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from wsinspect.errors import StoreError

if sys.platform == "win32":  # pragma: no cover - the other branch is
    import msvcrt

    def _acquire(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _probe(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _acquire(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _probe(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)


def lock_path(path: Path) -> Path:
    """The lock file of a capture."""
    return path.with_name(path.name + "-lock")


def is_locked(path: Path) -> bool:
    """Whether a writer holds the capture now."""
    try:
        descriptor = os.open(lock_path(path), os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        _probe(descriptor)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


class WriterLock:
    """Held from construction to `release`.

    Args:
        path: The capture.

    Raises:
        StoreError: Another writer holds it, or the folder cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = lock_path(path)
        self._descriptor = self._take(path)

    def _take(self, path: Path) -> int:
        while True:
            try:
                descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError as error:
                raise StoreError(f"the folder cannot be written: {error.strerror}", where=str(path)) from error
            try:
                _acquire(descriptor)
            except OSError:
                os.close(descriptor)
                raise StoreError(
                    "another engine is writing this capture", where=str(path), hint="choose another file with -o"
                ) from None
            if self._is_current(descriptor):
                return descriptor
            os.close(descriptor)

    def _is_current(self, descriptor: int) -> bool:
        # The holder before us removes the file as it lets go; a descriptor opened before that locks nothing.
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        except OSError:
            return False

    def release(self) -> None:
        """Remove the lock file and let go."""
        with contextlib.suppress(OSError):
            self._path.unlink()
        os.close(self._descriptor)
