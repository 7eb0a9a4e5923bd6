"""What a person does with recorded sessions: send them again by hand or whole, compare them, play their server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from textual.app import App

from wsinspect.errors import StoreError, WsinspectError
from wsinspect.model import Direction, Leg, Session
from wsinspect.present.text import escape
from wsinspect.replay.bindings import find_bindings
from wsinspect.replay.compare import compare
from wsinspect.replay.rebinding import Rebinder
from wsinspect.replay.recording import Recording
from wsinspect.replay.repeater import Repeater
from wsinspect.store.reader import CaptureReader
from wsinspect.store.recording import read_recording
from wsinspect.tui.data.capture import Capture, Lane
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
"""Of a session in the Repeater, from the chosen message on; `wsinspect replay` takes all."""
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
        if self._connector is None:
            if self._make_connector is None:
                raise WsinspectError("nothing can be sent from here")
            self._connector = self._make_connector()
        number = chosen.session
        first = chosen.number if isinstance(chosen, ChosenMessage) else None
        recording, line, more = await self._capture.read(partial(_recording, session=number, first=first), Lane.FIGURES)
        bindings = await asyncio.to_thread(find_bindings, recording, Direction.C2S)
        repeater = Repeater(recording, lambda: Rebinder(recording, bindings))
        if not repeater.lines:
            raise StoreError(f"session {number} has no message of the client to send")
        anew = ", ".join(binding.name for binding in bindings.found)
        remarks = (*more, *([f"Made anew: {anew}."] if anew else []), *recording.problems)
        target = Target(recording.session.url, recording.session.request)
        repeated = Repeated(number, repeater, target, remarks, line)
        await self._app.push_screen(RepeaterScreen(repeated, self._connector, self._compare_repeated))

    async def mark_or_compare(self, chosen: Chosen) -> None:
        """Compare a session with the one that is marked; mark it where none is."""
        number = chosen.session
        if self.marked is None or self.marked == number:
            self.marked = None if self.marked == number else number
            said = f"Session {number} is marked: go to another one and press = to compare it with this one."
            tell(self._app, said if self.marked else f"Session {number} is not marked any more.")
            return
        old, new = await self._capture.read(partial(_two, old=self.marked, new=number), Lane.FIGURES)
        self.marked = None
        await self._show_comparison(old, new, f"Session {old.session.id} and session {new.session.id}")

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

    async def _compare_repeated(self, repeater: Repeater) -> None:
        title = f"Session {repeater.recording.session.id} as recorded, and as it was sent again"
        await self._show_comparison(repeater.recording, repeater.as_recording(), title)

    async def _show_comparison(self, old: Recording, new: Recording, title: str) -> None:
        found = await asyncio.to_thread(compare, old, new)
        from wsinspect.present.comparison import comparison_lines  # noqa: PLC0415 - start-up time

        await self._app.push_screen(
            ComparisonScreen(escape(title), lambda width, everything: list(comparison_lines(found, width, everything)))
        )

    async def _session(self, chosen: Chosen) -> Session:
        found = await self._capture.read(lambda reader: reader.session(chosen.session))
        if found is None:
            raise StoreError("it is not on record any more")
        return found


def _recording(reader: CaptureReader, *, session: int, first: int | None) -> tuple[Recording, int, tuple[str, ...]]:
    """Read what the Repeater shows: the recording, the line to begin with, and what is not shown."""
    found = reader.session(session)
    count = 0 if found is None else found.messages.c2s + found.messages.s2c
    start = last = None
    remarks: tuple[str, ...] = ()
    if count > MOST_MESSAGES:
        start = max((first or 1) - MOST_MESSAGES // 2, 1)
        last = min(start + MOST_MESSAGES - 1, count)
        remarks = (f"Messages {start:,} to {last:,} of {count:,}: wsinspect replay takes all.",)
    recording = read_recording(reader, session, Leg.SERVER, first=start, last=last)
    before = [
        event for event in recording.messages(Direction.C2S) if event.number is not None and event.number < (first or 1)
    ]
    own = any(event.number == first and event.direction is Direction.C2S for event in recording.messages())
    return recording, len(before) if own or first is None else max(len(before) - 1, 0), remarks


def _two(reader: CaptureReader, *, old: int, new: int) -> tuple[Recording, Recording]:
    return read_recording(reader, old), read_recording(reader, new)
