"""Lends the terminal to the person's editor, `$VISUAL` or `$EDITOR`, and waits for it.

The program goes on meanwhile, it only draws nothing: the engine lets go of what it holds for a client that says nothing
for long, and somebody may think about a message in an editor for longer than that.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from textual.app import App, SuspendNotSupported

from wsinspect.errors import WsinspectError

_FALLBACKS = ("sensible-editor", "nano", "vim", "vi", "notepad")
_LINE_OPTION = frozenset({"vi", "vim", "nvim", "nano", "emacs", "kak", "micro", "joe", "sensible-editor"})
"""Editors that take `+LINE` in front of the file."""


async def edit_in_editor(app: App[object], content: bytes, suffix: str) -> bytes | None:
    """Let a person edit something in their editor.

    A line feed that the editor put behind the last line is taken away where there was none before: most editors do so
    without being asked.

    Args:
        app: The app, whose terminal is lent.
        content: What the editor shows.
        suffix: End of the name of the file, such as `.json`: what the editor chooses its colours by.

    Returns:
        What it became; None where nothing was changed.

    Raises:
        WsinspectError: There is no editor, or it failed.
    """
    with tempfile.TemporaryDirectory(prefix="wsinspect-") as folder:
        path = Path(folder, f"payload{suffix}")
        await asyncio.to_thread(path.write_bytes, content)
        await open_in_editor(app, path)
        try:
            edited = await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            raise WsinspectError(f"what the editor left cannot be read: {error.strerror or error}") from error
    if edited.endswith(b"\n") and not content.endswith(b"\n"):
        edited = edited.removesuffix(b"\n")
    return None if edited == content else edited


async def open_in_editor(app: App[object], path: Path, line: int | None = None) -> None:
    """Open a file in the person's editor and wait until it was left.

    Args:
        app: The app, whose terminal is lent.
        path: The file.
        line: 1-based line to go to, where the editor is one that can be told so.

    Raises:
        WsinspectError: There is no editor, or it failed.
    """
    command = [*editor_command(os.environ), str(path)]
    if line is not None and Path(command[0]).stem in _LINE_OPTION:
        command.insert(-1, f"+{line}")
    try:
        with _terminal_lent(app):
            process = await asyncio.create_subprocess_exec(*command)
            status = await process.wait()
    except OSError as error:
        raise WsinspectError(
            f"cannot start the editor '{command[0]}': {error.strerror or error}", hint=_HINT
        ) from error
    except SuspendNotSupported as error:
        raise WsinspectError("this terminal cannot be lent to an editor") from error
    if status != 0:
        raise WsinspectError(f"the editor '{command[0]}' failed: exit status {status}")


_HINT = "set VISUAL or EDITOR to an editor, such as nano or vim"


def editor_command(environment: Mapping[str, str]) -> list[str]:
    """Return the command of the person's editor, with its options.

    Raises:
        WsinspectError: There is none, or what was set is no command.
    """
    for name in ("VISUAL", "EDITOR"):
        if environment.get(name, "").strip():
            try:
                return shlex.split(environment[name])
            except ValueError as error:
                raise WsinspectError(f"{name} is no command: {error}", hint=_HINT) from error
    for fallback in _FALLBACKS:
        if found := shutil.which(fallback, path=environment.get("PATH")):
            return [found]
    raise WsinspectError("there is no editor", hint=_HINT)


@contextlib.contextmanager
def _terminal_lent(app: App[object]) -> Iterator[None]:
    if app.is_headless:
        yield
        return
    # Ctrl-C is the editor's while it has the terminal, and comes to the whole group of processes.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        with app.batch_update(), app.suspend():
            yield
    finally:
        signal.signal(signal.SIGINT, before)
        app.refresh(layout=True)
