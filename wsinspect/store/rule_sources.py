"""Rule files, and files that rules name, as they are read from disk."""

from __future__ import annotations

import errno
import os
import random
import stat
import time
from pathlib import Path

from wsinspect.errors import RuleError
from wsinspect.rules.ruling import Replay
from wsinspect.rules.turn import Surroundings
from wsinspect.rules.yaml_source import MAX_BYTES

MAX_CONTENT_BYTES = 16 << 20
"""Of a file that a rule sends."""


def surroundings_of(variables: dict[str, object], *, scripts: bool) -> Surroundings:
    """Return the world as rules of an engine see it.

    Args:
        variables: From --var.
        scripts: Whether rules may run users' functions.
    """
    return Surroundings(
        random=random.Random,
        environment=os.environ,
        variables=variables,
        read=read_content,
        rehearse=_rehearse,
        scripts=scripts,
        ticks=time.monotonic_ns,
    )


def _rehearse(wanted: Replay) -> str:
    from wsinspect.store.rehearsal import rehearse  # noqa: PLC0415 - few rules play anything

    return rehearse(wanted)


def read_rules(name: str) -> str:
    """Read a rule file, no further than one may be long.

    Raises:
        OSError: It cannot be read.
        UnicodeDecodeError: It is no UTF-8.
    """
    with Path(name).open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    return content.decode("utf-8", "strict" if len(content) <= MAX_BYTES else "replace")


def read_content(folder: str, name: str) -> bytes:
    """Read a file that a rule names.

    Args:
        folder: Of the rule file.
        name: In that folder, or below it.

    Raises:
        RuleError: It is elsewhere, too large, or cannot be read.
    """
    path = contained(folder, name)
    try:
        with open(path, "rb", opener=plain_file) as file:
            content = file.read(MAX_CONTENT_BYTES + 1)
    except OSError as error:
        raise RuleError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if len(content) > MAX_CONTENT_BYTES:
        raise RuleError(f"larger than {MAX_CONTENT_BYTES >> 20} MiB", where=str(path))
    return content


def contained(folder: str, name: str) -> Path:
    """Return where a file is that a rule names, links followed.

    Raises:
        RuleError: It is not in the folder of the rule file, or below it.
    """
    top = Path(folder or ".").resolve()
    path = (top / name).resolve()
    if not path.is_relative_to(top):
        raise RuleError(f"'{name}' is outside of the rule file's folder", hint="put it beside the rule file, or below")
    return path


def plain_file(path: str, flags: int) -> int:
    """Open what is a file and nothing else, as `opener`: a pipe or a device could keep the engine waiting for ever.

    Args:
        path: With all links resolved.
        flags: As of `os.open`.

    Raises:
        OSError: It is no file.
    """
    opened = os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0), 0o666)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise OSError(errno.EINVAL, "it is no plain file")
    return opened
