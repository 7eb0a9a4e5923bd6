"""What a person does to the traffic: each asks what there is to ask, and tells the engine or the capture."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from textual.app import App

from wsinspect.control.messages import Json
from wsinspect.control.results import Breakpoint, Held, Payload
from wsinspect.errors import EngineError, StoreError, WsinspectError
from wsinspect.model import Direction, Message, Session, SessionState
from wsinspect.present.breakpoint_proposals import EVERYTHING, breakpoint_proposals
from wsinspect.present.rule_addition import add_rule
from wsinspect.present.rule_from_message import Purpose, rule_from
from wsinspect.present.text import number_of
from wsinspect.query import Expr
from wsinspect.store.annotation import set_note, set_tags
from wsinspect.store.reader import CaptureReader
from wsinspect.tui.data.capture import Capture
from wsinspect.tui.data.engine import Engine
from wsinspect.tui.dialogs.breakpoint import BreakDialog
from wsinspect.tui.dialogs.breakpoints import BreakpointsDialog
from wsinspect.tui.dialogs.dialog import row
from wsinspect.tui.dialogs.edit import EditDialog
from wsinspect.tui.dialogs.path import PathDialog
from wsinspect.tui.dialogs.send import SendDialog
from wsinspect.tui.dialogs.tags import Annotated, TagsDialog
from wsinspect.tui.doing import Doing
from wsinspect.tui.editor import open_in_editor
from wsinspect.tui.notes import complain, tell
from wsinspect.tui.selection import Chosen, ChosenFrames, ChosenMessage, ChosenSession
from wsinspect.tui.widgets.choice import Choice

RULES_NAME = "wsinspect-rules.yaml"
_PAIR_LOOKED_AT = 2000
"""Messages among which the other of a pair is looked for."""
_READ_BYTES = 1 << 16
"""Of a message, from which a rule or a breakpoint is made."""


class Interventions:
    """What can be done to the traffic.

    Args:
        app: Where dialogs are shown.
        capture: The capture.
        engine: The engine.
        doing: Does what is asked for.
    """

    def __init__(self, app: App[object], capture: Capture, engine: Engine, doing: Doing) -> None:
        self._app, self._capture, self._engine = app, capture, engine
        self._ask = doing.ask

    async def set_breakpoint(self, chosen: Chosen | None, listed: Expr | None = None) -> None:
        """Ask for a filter expression, with some that fit what is chosen, and hold what matches it.

        Args:
            chosen: What is chosen.
            listed: The filter of the list of messages.
        """
        self._need_engine()
        first, *others = await self._proposals(chosen, listed)
        expression = await self._ask(BreakDialog(first, others))
        if expression:
            await self._engine.call("hold", filter=expression)
            tell(self._app, f"Messages that match are held: {expression}\nB lists the breakpoints, and removes them.")

    async def show_breakpoints(self) -> None:
        """List the breakpoints."""
        self._need_engine()
        await self._ask(BreakpointsDialog(self._engine))

    async def edit(self, held: Held) -> bool:
        """Let a held message be changed, and go on if that is wanted; return whether it went."""
        place: dict[str, Json] = {"session": held.session, "message": held.message}
        found = Payload.model_validate(await self._engine.call("payload", **place))
        payload = base64.b64decode(found.base64 or "") if found.text is None else found.text.encode()
        title = f"{held.session}.{held.message}, held by {held.by}"
        edited = await self._ask(EditDialog(payload, of_text=found.type == "text", title=title))
        if edited is None:
            return False
        change: dict[str, Json] = {"type": "text" if edited.of_text else "binary"}
        change |= _encoded(edited.payload, of_text=edited.of_text)
        await self._engine.call("release" if edited.go else "edit", **place, **change)
        await self._engine.refresh_held()
        name = f"Message {held.session}.{held.message}"
        if edited.go:
            tell(self._app, f"{name} went on{'' if edited.payload == payload else ', changed'}.")
        else:
            tell(self._app, f"{name} is changed, and still held: space releases it")
        return edited.go

    async def put(self, session: int, number: int, payload: bytes) -> None:
        """Put another payload in place of a held message's, which stays held."""
        await self._engine.call("edit", session=session, message=number, **_encoded(payload, of_text=False))
        await self._engine.refresh_held()
        tell(self._app, f"Message {session}.{number} is changed, and still held: space releases it")

    async def release(self, held: Held) -> None:
        """Let a held message go on."""
        await self._engine.call("release", session=held.session, message=held.message)
        await self._engine.refresh_held()

    async def release_all(self) -> None:
        """Let everything that is held go on."""
        found = await self._engine.call("release", all=True)
        await self._engine.refresh_held()
        assert isinstance(found, dict)
        points = await self._engine.call("breakpoints")
        assert isinstance(points, list)
        said = f"Released: {found['released']}"
        if points:
            said += f"\n{number_of(len(points), 'breakpoint')} will hold what comes: B removes them."
        tell(self._app, said)

    async def drop(self, held: Held) -> None:
        """Do not send a held message on."""
        await self._engine.call("drop", session=held.session, message=held.message)
        await self._engine.refresh_held()
        tell(self._app, f"Message {held.session}.{held.message} is dropped.")

    async def send(self, session: int | None) -> None:
        """Ask what to send to a live session, and send it."""
        self._need_engine()
        if session is None:
            raise WsinspectError("choose a session first")
        found = await self._capture.read(lambda reader: reader.session(session))
        if found is None or found.state is not SessionState.OPEN:
            raise WsinspectError(f"session {session} is over: nothing can be sent to it")
        asked = await self._ask(SendDialog(self._engine, session, found.url))
        if asked is not None:
            method, parameters = asked
            await self._engine.call(method, **parameters)
            tell(self._app, f"Sent to session {session}")

    async def annotate(self, chosen: Chosen | None) -> None:
        """Ask for tags and a note of a session or message, and keep them in the capture."""
        session, number = _place(chosen)
        record = await self._capture.read(
            lambda reader: (
                reader.session(session) if number is None else reader.message(session, number, payload_limit=0)
            )
        )
        if record is None:
            raise StoreError("it is not on record any more")
        name = f"session {session}" if number is None else f"message {session}.{number}"
        told = await self._ask(TagsDialog(record.tags, record.note, of=name))
        if told is None:
            return
        which: dict[str, Json] = {"session": session} if number is None else {"session": session, "message": number}
        if self._engine.connected:
            await self._engine.call("tag", **which, tags=list(told.tags))
            await self._engine.call("note", **which, note=told.note)
        else:
            await self._capture.read(lambda reader: _annotate(reader.path, session, number, told))
        tell(self._app, f"Saved in the capture: tags and note of {name}")

    async def write_rule(self, chosen: Chosen | None) -> None:
        """Write a rule that matches a message into a rule file, open it in the editor, and load it."""
        session_number, number = _place(chosen)
        if number is None:
            raise WsinspectError("choose a message first: the rule is made from it")
        found = await self._capture.read(lambda reader: _with_session(reader, session_number, number))
        purpose = Choice(list(Purpose), tooltip="Change messages like it, answer them, or expect the same of them.")
        file = await self._ask(
            PathDialog(
                "Put the rule into this file, and edit it there",
                self._rule_file(),
                overwrite="append",
                above=row("rule to", purpose),
            )
        )
        if file is None:
            return
        wanted = Purpose(purpose.chosen)
        message, reply = (
            await self._asked_and_answered(found.message) if wanted is Purpose.MOCK else (found.message, None)
        )
        line = _append(file, rule_from(message, found.session, wanted, reply))
        await open_in_editor(self._app, file, line)
        await self._load(file)

    async def _asked_and_answered(self, message: Message) -> tuple[Message, Message | None]:
        """Return a request and its reply, whichever of the two is given; without a pair the message alone."""

        def look(reader: CaptureReader) -> tuple[Message, Message | None]:
            pair, _ = reader.seek_pair(message.id, _PAIR_LOOKED_AT)
            other = (
                None if pair is None else reader.message(message.session, pair.other_number, payload_limit=_READ_BYTES)
            )
            if other is None or message.direction is Direction.C2S:
                return message, other
            return other, message

        return await self._capture.read(look)

    async def let_go(self, *, everything: bool) -> None:
        """Remove this screen's breakpoints, and release what they hold, or everything."""
        if not self._engine.connected:
            return
        try:
            points = await self._engine.call("breakpoints")
            assert isinstance(points, list)
            own = [point for each in points if (point := Breakpoint.model_validate(each)).owner == self._engine.name]
            for point in own:
                await self._engine.call("unhold", breakpoint=point.breakpoint)
            if everything:
                await self._engine.call("release", all=True)
                return
            ours = {f"breakpoint {point.breakpoint}" for point in own}
            for held in [held for held in self._engine.held if held.by in ours]:
                await self._engine.call("release", session=held.session, message=held.message)
        except WsinspectError as error:
            complain(self._app, error)

    async def export(self, records: Callable[[Path], Awaitable[int]]) -> None:
        """Ask for a file and write what a list shows into it.

        Args:
            records: Writes them, and returns how many they were.
        """
        file = await self._ask(PathDialog("Export as JSON, a line a record", self._capture.path.with_suffix(".jsonl")))
        if file is not None:
            tell(self._app, f"{await records(file):,} records are in {file}")

    async def _proposals(self, chosen: Chosen | None, listed: Expr | None) -> list[str]:
        match chosen:
            case ChosenMessage(session=session, number=number):
                found = await self._capture.read(lambda reader: _with_session(reader, session, number))
                return breakpoint_proposals(found.message, found.session, listed)
            case ChosenSession(session=session) | ChosenFrames(session=session):
                return [f"session == {session} and dir == c2s", f"session == {session} and dir == s2c"]
            case None:
                return ["dir == c2s", "dir == s2c", EVERYTHING]

    def _rule_file(self) -> Path:
        status = self._engine.status
        loaded = status.rule_files if status is not None and self._engine.connected else []
        return Path(loaded[0]) if loaded else self._capture.path.with_name(RULES_NAME)

    async def _load(self, file: Path) -> None:
        if not self._engine.connected:
            tell(self._app, f"The rule is in {file}")
            return
        status = self._engine.status
        files = [*(status.rule_files if status else []), _absolute(file)]
        found = await self._engine.call("rules.load", files=list(dict.fromkeys(files)))
        assert isinstance(found, dict)
        tell(self._app, f"Rules loaded: {found['rules']}. f3 shows what each does, and turns it on and off.")

    def _need_engine(self) -> None:
        if not self._engine.connected:
            raise EngineError("no engine is connected: this is for traffic that is live")


def _place(chosen: Chosen | None) -> tuple[int, int | None]:
    match chosen:
        case ChosenMessage(session=session, number=number):
            return session, number
        case ChosenSession(session=session) | ChosenFrames(session=session):
            return session, None
        case None:
            raise WsinspectError("choose a session or a message first")


def _encoded(payload: bytes, *, of_text: bool) -> dict[str, Json]:
    if of_text:
        with suppress(UnicodeDecodeError):
            return {"text": payload.decode()}
    return {"base64": base64.b64encode(payload).decode()}


@dataclass(frozen=True, slots=True)
class _Found:
    session: Session
    message: Message


def _with_session(reader: CaptureReader, session_number: int, number: int) -> _Found:
    session = reader.session(session_number)
    message = reader.message(session_number, number, payload_limit=_READ_BYTES)
    if session is None or message is None:
        raise StoreError("it is not on record any more")
    return _Found(session, message)


def _absolute(file: Path) -> str:
    return str(file.absolute())


def _annotate(path: Path, session: int, number: int | None, told: Annotated) -> None:
    set_tags(path, session, number, told.tags)
    set_note(path, session, number, told.note)


def _append(file: Path, rule: str) -> int:
    """Put a rule at the end of a file; return the line it begins in."""
    from wsinspect.rules.yaml_source import MAX_BYTES  # noqa: PLC0415 - start-up time

    try:
        if file.exists() and file.stat().st_size > MAX_BYTES:
            raise WsinspectError("is larger than a rule file may be", where=str(file))
        text = file.read_text() if file.exists() else None
        file.write_text(add_rule(text, rule, name=str(file)))
    except (OSError, UnicodeDecodeError) as error:
        raise WsinspectError(f"cannot be written: {error}", where=str(file)) from error
    return (text or "").count("\n") + 1
