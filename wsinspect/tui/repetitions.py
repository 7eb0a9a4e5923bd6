"""What a person does with recorded sessions: send them again by hand or whole, compare them, play their server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from textual.app import App

from wsinspect.errors import StoreError, WsinspectError
from wsinspect.model import Direction, Leg, Session
from wsinspect.present.text import escape
from wsinspect.query import Target as Query
from wsinspect.query import parse, to_sql
from wsinspect.replay.binding.bindings import find_bindings
from wsinspect.replay.binding.rebinding import Rebinder
from wsinspect.replay.binding.volatile import Volatile
from wsinspect.replay.comparing.compare import compare
from wsinspect.replay.recording import Recording
from wsinspect.replay.repeating.repeater import Repeater
from wsinspect.store.reader import CaptureReader
from wsinspect.store.recording import check_session, read_recording
from wsinspect.tui.data.aside import aside
from wsinspect.tui.data.capture import Capture
from wsinspect.tui.data.connections import Connector, Target, beside
from wsinspect.tui.data.program import Program
from wsinspect.tui.dialogs.start import StartDialog
from wsinspect.tui.doing import Doing
from wsinspect.tui.notes import complain, tell
from wsinspect.tui.screens.comparison import ComparisonScreen
from wsinspect.tui.screens.program import ProgramScreen
from wsinspect.tui.screens.repeater import Repeated, RepeaterScreen
from wsinspect.tui.selection import Chosen, ChosenMessage

MOST_MESSAGES = 5000
"""Of a session in the Repeater, around the chosen message; `wsinspect replay` takes all."""
MOST_BYTES = 128 << 20
"""Of the payloads of these."""
MOCK_ADDRESS = "127.0.0.1:9000"
"""What is proposed."""


class Repetitions:
    """What can be done with recorded sessions.

    Args:
        app: Where screens are shown.
        capture: The capture.
        doing: Asks what there is to ask.
        make_connector: Makes what opens connections for the Repeater, once that is needed; None: nothing does.
    """

    def __init__(
        self, app: App[object], capture: Capture, doing: Doing, make_connector: Callable[[], Connector] | None
    ) -> None:
        self._app, self._capture, self._make_connector = app, capture, make_connector
        self._doing = doing
        self._connector: Connector | None = None
        self._programs: list[Program] = []
        self.marked: int | None = None
        """The session that another one is to be compared with."""

    async def close(self) -> None:
        """End what still runs."""
        await asyncio.gather(*(program.end() for program in self._programs))
        if self._connector is not None:
            await self._connector.close()

    async def do(self, what: str, chosen: Chosen) -> None:
        """Do something with a session: `repeat`, `replay`, `mock` or `compare` it."""
        ways = {"repeat": self.repeat, "replay": self.replay, "mock": self.mock, "compare": self.mark_or_compare}
        await ways[what](chosen)

    async def repeat(self, chosen: Chosen) -> None:
        """Show the Repeater for a session, or from a message of it on."""
        connector = self._connecting()
        number = chosen.session
        first = chosen.number if isinstance(chosen, ChosenMessage) else None
        path = self._capture.path
        reading = aside(partial(_repeated, path, session=number, first=first))
        repeated = await self._doing.wait_for(f"Reading session {number}", reading)
        if repeated is not None:
            await self._app.push_screen(RepeaterScreen(repeated, connector, self._compare_repeated))

    async def mark_or_compare(self, chosen: Chosen) -> None:
        """Compare a session with the one that is marked; mark it where none is."""
        number = chosen.session
        if self.marked is None or self.marked == number:
            self.marked = None if self.marked == number else number
            said = f"Session {number} is marked: go to another one and press = to compare it with this one."
            tell(self._app, said if self.marked else f"Session {number} is not marked any more.")
            return
        old, self.marked = self.marked, None
        read = partial(_two, self._capture.path, old=old, new=number)
        await self._show_comparison(read, f"Session {old} and session {number}")

    async def replay(self, chosen: Chosen) -> None:
        """Ask where to, and replay a session whole."""
        session = await self._session(chosen)
        out = beside(self._capture.path, "replay")
        arguments = [
            "replay",
            str(self._capture.path),
            "--session",
            str(session.id),
            "--to",
            session.url,
            "-o",
            str(out),
            *self._connecting().arguments,
        ]
        await self._run("Replay the whole session", arguments)

    async def mock(self, chosen: Chosen) -> None:
        """Ask where to listen, and play a session's server."""
        session = await self._session(chosen)
        arguments = ["mock", str(self._capture.path), "--session", str(session.id), "--listen", MOCK_ADDRESS]
        await self._run("Play the server of this session", arguments)

    async def show_program(self) -> None:
        """Show the command that was started last."""
        if not self._programs:
            raise WsinspectError("no replay and no mock server was started here")
        await self._app.push_screen(ProgramScreen(self._programs[-1]))

    async def _run(self, title: str, arguments: Sequence[str]) -> None:
        wanted = await self._doing.ask(StartDialog(title, arguments))
        if wanted is None:
            return
        program = Program(wanted, lambda: None)
        self._programs.append(program)

        async def run() -> None:
            try:
                await program.run()
            except WsinspectError as error:
                complain(self._app, error)

        self._app.run_worker(run(), group="program")
        await self.show_program()

    def _connecting(self) -> Connector:
        if self._connector is None:
            if self._make_connector is None:
                raise WsinspectError("nothing can be sent from here")
            self._connector = self._make_connector()
        return self._connector

    async def _compare_repeated(self, repeater: Repeater) -> None:
        title = f"Session {repeater.recording.session.id} as recorded, and as it was sent again"
        again = repeater.as_recording()
        await self._show_comparison(lambda: (repeater.recording, again), title)

    async def _show_comparison(self, read: Callable[[], tuple[Recording, Recording]], title: str) -> None:
        found = await self._doing.wait_for("Comparing", aside(lambda: compare(*read())))
        if found is None:
            return
        from wsinspect.present.comparison import comparison_lines  # noqa: PLC0415 - start-up time

        await self._app.push_screen(
            ComparisonScreen(escape(title), lambda width, everything: list(comparison_lines(found, width, everything)))
        )

    async def _session(self, chosen: Chosen) -> Session:
        found = await self._capture.read(lambda reader: reader.session(chosen.session))
        if found is None:
            raise StoreError("it is not on record any more")
        return found


def _repeated(path: Path, *, session: int, first: int | None) -> Repeated:
    """Read and understand what the Repeater shows.

    Args:
        path: The capture.
        session: Which session.
        first: The message to begin with, if that is not the first one.
    """
    with CaptureReader(path) as reader:
        check_session(reader, session)
        start, last, count = _part(reader, session, first or 1)
        is_part = last - start + 1 < count
        recording = read_recording(reader, session, Leg.SERVER, within=(start, last) if is_part else None)
    bindings = find_bindings(recording, Direction.C2S)
    volatile = Volatile.of(recording, bindings=[(recording, bindings)])
    repeater = Repeater(recording, lambda: Rebinder(recording, bindings), volatile=volatile)
    if not repeater.lines:
        where = (
            f"messages {start:,} to {last:,} of session {session} have none"
            if is_part
            else f"session {session} has no message"
        )
        raise StoreError(f"{where} of the client to send")
    part = f"Messages {start:,} to {last:,} of {count:,}: wsinspect replay takes all."
    anew = ", ".join(binding.name for binding in bindings.found)
    remarks = (*([part] if is_part else []), *([f"Made anew: {anew}."] if anew else []), *recording.problems)
    before = [event for event in recording.messages(Direction.C2S) if first and (event.number or 0) <= first]
    line = max(len(before) - 1, 0) if first else None
    return Repeated(session, repeater, Target(recording.session.url, recording.session.request), remarks, line)


def _part(reader: CaptureReader, session: int, first: int) -> tuple[int, int, int]:
    """Choose which messages of a session are taken, around one of them: the first, the last, and how many it has."""
    after = max(first - MOST_MESSAGES // 2, 1)
    numbered = to_sql(parse(f"number >= {after}", Query.MESSAGE), Query.MESSAGE)
    found = reader.session(session)
    count = 0 if found is None else found.messages.c2s + found.messages.s2c
    room, start, last = MOST_BYTES, after, after
    for message in reader.messages(numbered, session=session, limit=MOST_MESSAGES, payload_limit=0):
        room -= message.size
        if room < 0 and message.number > first:
            break
        if room < 0:
            start, room = message.number, MOST_BYTES - message.size
        last = message.number
    return start, last, count


def _two(path: Path, *, old: int, new: int) -> tuple[Recording, Recording]:
    with CaptureReader(path) as reader:
        return read_recording(reader, old), read_recording(reader, new)
