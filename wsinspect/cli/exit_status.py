"""The exit statuses of every command."""

from __future__ import annotations

import enum

from wsinspect.errors import EngineError, FilterError, WsinspectError


class ExitStatus(enum.IntEnum):
    """What a command's exit status says."""

    DONE = 0
    DIFFERS = 1
    """It ran, and what it checked does not hold."""
    USAGE = 2
    INPUT = 3
    """A capture, rule file or imported file is unusable."""
    ENGINE = 4
    """The network or the engine failed."""
    INTERRUPTED = 130


def status_of(error: WsinspectError) -> ExitStatus:
    """Tell with which status a command ends that met an error."""
    match error:
        case FilterError():
            return ExitStatus.USAGE
        case EngineError():
            return ExitStatus.ENGINE
        case _:
            return ExitStatus.INPUT
