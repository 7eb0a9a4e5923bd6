"""What a person may set about the screen: the theme and other keys, in a TOML file.

    theme = "nord"

    [keys]
    "traffic.break" = "ctrl+b"
    "messages.follow" = "f,F"

The names of keys are in the reference, and in the screen's own help.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from wsinspect.errors import WsinspectError

_KNOWN = ("theme", "keys")


@dataclass(frozen=True, slots=True)
class Settings:
    """What was set."""

    theme: str | None = None
    keys: dict[str, str] = field(default_factory=dict)
    """Keys by the name of what they do, several with commas between them."""


def settings_path() -> Path:
    """Where the file is looked for."""
    return platformdirs.user_config_path("wsinspect", appauthor=False) / "screen.toml"


def read_settings(
    path: Path, *, themes: Callable[[], Collection[str]], keys: Callable[[], Collection[str]]
) -> Settings:
    """Read the file; there need not be one.

    Args:
        path: The file.
        themes: Names the themes there are.
        keys: Names all that has a key.

    Raises:
        WsinspectError: It cannot be read or says what there is not; all that is wrong with it is told.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise WsinspectError(f"cannot be read: {error}", where=str(path)) from error
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WsinspectError(f"is no TOML: {error}", where=str(path)) from error
    problems = [f"unknown setting '{name}'{_meant(name, _KNOWN)}" for name in found if name not in _KNOWN]
    theme, given = found.get("theme"), found.get("keys", {})
    if theme is not None and theme not in (known := themes()):
        problems.append(f"there is no theme {theme!r}{_meant(str(theme), known)}")
    if not isinstance(given, dict):
        problems.append("'keys' has to be a table: [keys]")
        given = {}
    names = keys() if given else ()
    for name, key in given.items():
        if name not in names:
            problems.append(f"nothing is called '{name}'{_meant(name, names)}")
        elif not isinstance(key, str) or not key.strip():
            problems.append(f"the key of '{name}' has to be text, such as \"ctrl+b\"")
    if problems:
        raise WsinspectError("; ".join(problems), where=str(path))
    return Settings(theme, dict(given))


def _meant(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean '{near[0]}'?)" if near else ""
