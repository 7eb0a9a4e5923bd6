"""A person at a prompt: what is typed is done, what happens is told, until the person has enough.

Theory of operation. Two tasks share a connection. One reads lines and does what they say; the other tells what happens,
above the line that is being typed. A lost connection ends neither.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, assert_never

from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.prompt.commands import Entry, Expect, Help, Plain, Pretty, Repeat, Save, Say, entry_of
from wsinspect.cli.prompt.telling import Telling
from wsinspect.cli.prompt.transcript import Transcript
from wsinspect.cli.send_connection import Connection, Retries
from wsinspect.errors import WsinspectError
from wsinspect.present.text import escape, escape_lines, number_of
from wsinspect.replay.performing import Act, Performer, SendClose

if TYPE_CHECKING:
    from wsinspect.engine.client import ClientSession


class Editor(Protocol):
    """Where lines come from."""

    several: bool

    async def read(self, begun: str = "") -> str:
        """Read a line; EOFError and KeyboardInterrupt end it."""

    async def ask(self, question: str) -> bool:
        """Ask for a yes or no."""

    def refresh(self) -> None:
        """Draw what shows the status again."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to talk."""

    url: str
    retries: Retries | None = None
    ping_every_s: float | None = None
    close: SendClose | None = None
    show_handshake: bool = False


class Dialogue:
    """Talks with a server for a person.

    Args:
        settings: How.
        connect: Opens a session that a performer plays.
        transcript: Shows what happens.
    """

    def __init__(
        self, settings: Settings, connect: Callable[[Performer], Awaitable[ClientSession]], transcript: Transcript
    ) -> None:
        self._settings = settings
        self._transcript = transcript
        self._telling = Telling(settings.url, transcript, show_handshake=settings.show_handshake)
        self._connection = Connection(connect, self._telling.happenings.put_nowait, settings.retries)
        self._repeating: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect.

        Raises:
            WsinspectError: There is no connection.
        """
        await self._connection.open()

    async def hold(self, editor: Editor) -> ExitStatus:
        """Read lines and do what they say until there are no more."""
        tasks = [asyncio.create_task(self._telling.tell_on(editor.refresh))]
        if self._settings.ping_every_s is not None:
            tasks.append(asyncio.create_task(self._connection.keep_alive(self._settings.ping_every_s)))
        try:
            status = await self._read_lines(editor)
            await self._connection.finish(self._settings.close)
        finally:
            self._stop_repeating()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._connection.abandon()
            self._telling.finish()
        return ExitStatus.DIFFERS if status is ExitStatus.DONE and self._telling.failed else status

    def status(self) -> list[tuple[str, str]]:
        """Say how the connection is: pieces of text with the name of their style."""
        repeats = "  repeating" if self._repeating is not None and not self._repeating.done() else ""
        return [*self._telling.status(), ("", repeats)]

    # ---- lines

    async def _read_lines(self, editor: Editor) -> ExitStatus:
        begun = ""
        while True:
            try:
                line = await editor.read(begun)
            except EOFError:
                return ExitStatus.DONE
            except KeyboardInterrupt:
                if self._stop_repeating():
                    self._transcript.note("repeating ended")
                    continue
                return ExitStatus.INTERRUPTED
            begun = ""
            try:
                entry = entry_of(line)
                if entry == Plain("quit"):
                    return ExitStatus.DONE
                if entry is not None and not await self._do(entry, line, editor):
                    begun = line
            except WsinspectError as error:
                self._transcript.complain(escape_lines(str(error)))
                begun = line

    async def _do(self, entry: Entry, line: str, editor: Editor) -> bool:
        """Do what a line says; tell whether it is done with."""
        if not isinstance(entry, Say):
            self._transcript.note(f"> {escape_lines(line)}")
        match entry:
            case Say(act):
                return await self._say(act, editor)
            case Repeat():
                if not await self._is_ready(editor, "Connect again and begin?"):
                    return False
                self._stop_repeating()
                self._repeating = asyncio.create_task(self._repeat(entry))
            case Expect(pattern, within_s):
                self._telling.expect(pattern, within_s)
            case Save(path):
                self._save(path)
            case Pretty(on):
                self._transcript.pretty = on
            case Help(name):
                self._transcript.help(name)
            case Plain(name):
                await self._do_plain(name, editor)
            case _:
                assert_never(entry)
        return True

    async def _do_plain(self, name: str, editor: Editor) -> None:
        match name:
            case "multi":
                editor.several = True
            case "headers":
                session = self._connection.session
                assert session is not None  # there is no prompt before the first
                self._transcript.handshake(session.request, session.response)
            case "reconnect":
                await self._reconnect()
            case "stop":
                self._transcript.note("repeating ended" if self._stop_repeating() else "nothing is being repeated")
            case _:
                raise AssertionError(name)

    async def _say(self, act: Act, editor: Editor) -> bool:
        if isinstance(act, SendClose) and not self._connection.is_open:
            self._transcript.note("there is no connection to close; /reconnect opens one")
            return True
        if not await self._is_ready(editor, "Connect again and send it?"):
            return False
        self._connection.say(act)
        return True

    async def _is_ready(self, editor: Editor, question: str) -> bool:
        """Tell whether something can be sent, now or when the connection is back; connect if the person agrees."""
        if self._connection.is_open:
            return True
        if self._connection.is_trying:
            self._transcript.note("it is sent when the connection is back")
            return True
        if not await editor.ask(f"Not connected. {question}"):
            return False
        await self._reconnect()
        return True

    async def _reconnect(self) -> None:
        self._telling.connecting()
        try:
            await self._connection.reopen()
        except WsinspectError:
            self._telling.not_connected()
            raise

    async def _repeat(self, repeat: Repeat) -> None:
        for count in range(repeat.times):
            if count and repeat.every_s is not None:
                await asyncio.sleep(repeat.every_s)
            await self._connection.room()
            if not (self._connection.is_open or self._connection.is_trying):
                self._transcript.note(f"repeating ended with the connection, after {number_of(count, 'time')}")
                return
            self._connection.say(repeat.said.act)
            await asyncio.sleep(0)

    def _stop_repeating(self) -> bool:
        if self._repeating is None or self._repeating.done():
            return False
        self._repeating.cancel()
        self._connection.forget_unsent()
        return True

    def _save(self, path: Path) -> None:
        if self._telling.last is None:
            raise WsinspectError("no message has come yet")
        try:
            with path.open("xb") as file:
                file.write(self._telling.last)
        except FileExistsError:
            raise WsinspectError(f"{path} exists already; name another file") from None
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise WsinspectError(f"cannot write {path}: {why}") from error
        self._transcript.note(f"wrote {number_of(len(self._telling.last), 'byte')} to {escape(str(path))}")
