"""Where captures go that nobody named a place for."""

from __future__ import annotations

import datetime
from pathlib import Path

import platformdirs

from wsinspect.errors import EngineError

_SUFFIX = ".wsi"


def captures_directory() -> Path:
    """Return the folder of captures that nobody named a place for."""
    return platformdirs.user_data_path("wsinspect", appauthor=False) / "captures"


def default_capture_path() -> Path:
    """Make up a capture file's name from the date; its folder is made, the file is not.

    Raises:
        EngineError: If the folder cannot be made.
    """
    directory = captures_directory()
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngineError(
            f"cannot make the folder of captures: {error.strerror}", where=str(directory), hint="name a file for it"
        ) from error
    stem = datetime.datetime.now().astimezone().strftime("%Y-%m-%d_%H-%M-%S")
    path, number = directory / f"{stem}{_SUFFIX}", 1
    while path.exists():
        number += 1
        path = directory / f"{stem}_{number}{_SUFFIX}"
    return path
