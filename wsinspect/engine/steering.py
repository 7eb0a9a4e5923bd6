"""The control of a running engine: its rules, its breakpoints, and every session they reach.

`SessionControl` does what concerns one session; here is what concerns all of them. Everything runs in the event loop's
thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from wsinspect.engine.carrier import Carrier
from wsinspect.engine.recorder import Recorder
from wsinspect.engine.registry import EngineInfo
from wsinspect.engine.rehearsals import Part, Rehearsals
from wsinspect.engine.rule_files import RuleFiles
from wsinspect.engine.scripts import ScriptRunner, log_line
from wsinspect.engine.session_control import SessionControl
from wsinspect.engine.session_recorder import SessionRecorder
from wsinspect.engine.steered import Breakpoint, EngineStatus, Held, Notice, NoticeKind, RuleStatus
from wsinspect.errors import EngineError, RuleError, WsinspectError
from wsinspect.model import Direction, HttpHead, Message, Session, SessionState, Source
from wsinspect.query import Neighbours, RecordPredicate, Target, parse, to_predicate
from wsinspect.rules import ruling as wants
from wsinspect.rules.compile import RuleSet
from wsinspect.rules.ruling import HandshakeRuling
from wsinspect.rules.run import MOST_ERROR
from wsinspect.rules.values import shown
from wsinspect.store.rule_sources import contained, plain_file
from wsinspect.store.writer import WriterState
from wsinspect.wire.sending import Injection

logger = logging.getLogger(__name__)

MOST_UNSAVED_BYTES = 64 << 20
PAUSED = "recording was paused"
_TELL_EVERY_NS = 5_000_000_000
"""A rule that fails again and again is told of no more often than this."""


class Steering:
    """Implements `steered.Steered`, `handshakes.HandshakeRules` and `session_control.House`.

    Args:
        recorder: The record of the engine.
        files: The rules that are in force, and where they come from.
        shut_down: Ends the engine.
        hold_limit: Most bytes to hold of one direction of a session.
    """

    def __init__(self, recorder: Recorder, files: RuleFiles, shut_down: Callable[[], None], *, hold_limit: int) -> None:
        self.info: EngineInfo | None = None
        """Set once the engine is ready."""
        self.expect_failures = 0
        self._recorder = recorder
        self._shut_down = shut_down
        self._hold_limit = hold_limit
        self._started = recorder.clock()
        self._controls: dict[int, SessionControl] = {}
        self._breakpoints: dict[int, Breakpoint] = {}
        self._predicates: dict[int, RecordPredicate[Message]] = {}
        self._last_breakpoint = 0
        self._listeners: list[Callable[[Notice], None]] = []
        self._alerts = 0
        self._paused = False
        self._told: dict[str, int] = {}
        self._untold: Counter[str] = Counter()
        self._scripts = ScriptRunner(self._printed)
        self._rehearsals = Rehearsals()
        self._files = files
        files.on_change, files.on_problem = self._rules_changed, self._rules_unusable
        self._disk = ThreadPoolExecutor(1, "wsinspect-save")
        self._unsaved = 0
        """Bytes that wait to be written to files of `save`."""

    async def end(self) -> None:
        """End what runs beside the sessions."""
        await self._scripts.close()
        self._disk.shutdown()

    async def watch(self) -> None:
        """Reload rule files when they change, until cancelled; what the engine itself plays is made ready first."""
        for wanted in dict.fromkeys(self._files.own_recordings):
            self._rehearsals.begin(wanted)
        await self._files.watch()

    # ---- handshakes.HandshakeRules

    def request(self, session: SessionRecorder, head: HttpHead) -> HandshakeRuling | None:
        """Rule on the request of an upgrade."""
        rules = None if self._files.rules is None else self._files.rules.session(session.session)
        control = SessionControl(self, session, rules)
        self._controls[control.id] = control
        if rules is None:
            return None
        ruling = rules.handshake_request(head, self.clock())
        if ruling is not None:
            control.obey_handshake(ruling)
        return ruling

    def response(self, session: SessionRecorder, head: HttpHead) -> HandshakeRuling | None:
        """Rule on the response to an upgrade."""
        control = self._controls.get(int(session.session.id))
        if control is None or control.rules is None:
            return None
        ruling = control.rules.handshake_response(head, self.clock())
        if ruling is not None:
            control.obey_handshake(ruling)
        return ruling

    def may_reroute(self, host: str | None, port: int) -> bool:
        """Say whether a rule may answer an upgrade there itself, or take it elsewhere."""
        return self._files.rules is not None and self._files.rules.may_reroute(host, port)

    def attach(self, session: SessionRecorder, carrier: Carrier) -> None:
        """Steer a session from here on."""
        carrier.hold_limit = self._hold_limit
        if (control := self._controls.get(int(session.session.id))) is not None:
            control.attach(carrier)

    # ---- session_control.House

    def clock(self) -> int:
        """Return Unix nanoseconds."""
        return self._recorder.clock()

    @property
    def has_breakpoints(self) -> bool:
        """Whether there are any."""
        return bool(self._breakpoints)

    def stops_at(self, message: Message, session: Session, neighbours: Neighbours) -> str | None:
        """Name the breakpoint that a message meets."""
        for number, meets in self._predicates.items():
            if meets(message, session, neighbours):
                hit = self._breakpoints[number]
                self._breakpoints[number] = replace(hit, hits=hit.hits + 1)
                return _by(number)
        return None

    async def call_script(self, call: wants.ScriptCall) -> wants.ScriptAnswer:
        """Call a user's function."""
        return await self._scripts.call(call)

    def tell(self, notice: Notice) -> None:
        """Tell a notice to all who listen."""
        if notice.kind is NoticeKind.EXPECT_FAILED:
            self.expect_failures += 1
        elif notice.kind in (NoticeKind.ALERT, NoticeKind.UNMATCHED):
            self._alerts += 1
        elif notice.kind is NoticeKind.SESSION and notice.text != SessionState.OPEN.name.lower():
            self._controls.pop(notice.session or 0, None)
        for listener in list(self._listeners):
            try:
                listener(notice)
            except Exception:
                logger.exception("a listener could not take a notice")

    def broadcast(self, effect: wants.Broadcast) -> None:
        """Send a frame in every open session that fits."""
        for control in list(self._controls.values()):
            if control.open and effect.fits(control.recorder.session):
                for direction in effect.directions:
                    control.soon(effect.rule, direction, effect.frame)

    def save(self, effect: wants.SaveFile) -> None:
        """Write a payload to a file, in a thread."""

        def write() -> None:
            path = contained(effect.folder, effect.file)
            path.parent.mkdir(parents=True, exist_ok=True)
            mode = "ab" if effect.append else "wb"
            with open(path, mode, opener=plain_file) as file:
                file.write(effect.payload)

        def done() -> None:
            self._unsaved -= size
            error = saving.exception()
            if error is not None:
                why = error.message if isinstance(error, RuleError) else str(error)
                self.blame(effect.rule, shown(f"cannot save '{effect.file}': {why}", MOST_ERROR), 0)

        size = len(effect.payload)
        if self._unsaved + size > MOST_UNSAVED_BYTES:
            self.blame(effect.rule, f"cannot save '{effect.file}': {MOST_UNSAVED_BYTES >> 20} MiB wait for the disk", 0)
            return
        self._unsaved += size
        loop = asyncio.get_running_loop()
        saving = self._disk.submit(write)
        saving.add_done_callback(lambda _: None if loop.is_closed() else loop.call_soon_threadsafe(done))

    async def part(self, wanted: wants.Replay) -> Part:
        """Make a recording ready to be played, in a thread."""
        return await self._rehearsals.part(wanted)

    def blame(self, rule: str, error: str, session: int) -> None:
        """Count an error that shows only when what a rule wants is carried out, and tell of it."""
        if self._files.rules is not None:
            self._files.rules.count_error(rule, error)
        self.failed(rule, error, session)

    def failed(self, rule: str, error: str, session: int) -> None:
        """Tell of a rule that failed; not too often."""
        now = self.clock()
        self._untold[rule] += 1
        if now - self._told.get(rule, 0) < _TELL_EVERY_NS:
            return
        self._told[rule] = now
        count = self._untold.pop(rule)
        text = error if count == 1 else f"{error} ({count} times)"
        logger.warning("rule %s failed%s: %s", rule, f" in session {session}" if session else "", text)
        self.tell(Notice(NoticeKind.RULE_ERROR, now, text, session or None, None, rule))

    # ---- steered.Steered

    def status(self) -> EngineStatus:
        """Say how the engine is."""
        writer = self._recorder.writer
        totals = self._recorder.totals()
        return EngineStatus(
            version=version("wsinspect"),
            capture=str(writer.path),
            listen=self.info.listen if self.info else (),
            started=self._started,
            open_sessions=sum(control.open for control in self._controls.values()),
            sessions=totals.sessions,
            messages=totals.messages,
            bytes=totals.bytes,
            backlog=writer.backlog,
            paused=self._paused,
            recording=writer.state is WriterState.OK and not self._paused,
            held=sum(len(control.held()) for control in self._controls.values()),
            breakpoints=len(self._breakpoints),
            rules=len(self.rules()),
            rule_files=tuple(map(str, self._files.files)),
            expect_failures=self.expect_failures,
            alerts=self._alerts,
        )

    def sessions(self) -> Sequence[Session]:
        """List the open sessions, with their counters."""
        return [control.recorder.current() for control in self._controls.values() if control.open]

    def add_breakpoint(self, expression: str, owner: str) -> int:
        """Hold messages that match. Raises `FilterError`."""
        predicate = to_predicate(parse(expression, Target.MESSAGE), Target.MESSAGE)
        self._last_breakpoint += 1
        number = self._last_breakpoint
        self._breakpoints[number] = Breakpoint(number, expression, owner, 0)
        self._predicates[number] = predicate
        self._refresh()
        return number

    def remove_breakpoint(self, number: int) -> None:
        """Hold no further messages by it."""
        if number not in self._breakpoints:
            raise EngineError(f"there is no breakpoint {number}", hint="'breakpoints' lists them")
        del self._breakpoints[number], self._predicates[number]
        self._refresh()

    def breakpoints(self) -> Sequence[Breakpoint]:
        """List them."""
        return list(self._breakpoints.values())

    def held(self) -> Sequence[Held]:
        """List what is held, the oldest first."""
        return sorted((held for control in self._controls.values() for held in control.held()), key=lambda h: h.since)

    def held_payload(self, session: int, number: int) -> tuple[int, bytes]:
        """Return a held message, as it would go now."""
        return self._control(session).held_payload(number)

    def edit(self, session: int, number: int, payload: bytes, opcode: int | None) -> None:
        """Change a held message."""
        self._control(session).edit(number, payload, opcode)

    def release(self, session: int, number: int) -> None:
        """Let a held message go on."""
        self._control(session).release(number)

    def release_all(self, owner: str | None, why: str | None) -> int:
        """Release what is held, of one client or all of it."""
        ours = {n for n, point in self._breakpoints.items() if owner is None or point.owner == owner}
        names = {_by(number) for number in ours}
        if owner is not None:
            for number in ours:
                self.remove_breakpoint(number)
        released = 0
        for held in self.held():
            if owner is not None and held.by not in names:
                continue
            control = self._control(held.session)
            if why is not None:
                control.recorder.remarks.add(held.number, f"released: {why}")
            control.release(held.number)
            released += 1
        return released

    def drop(self, session: int, number: int) -> None:
        """Let a held message go nowhere."""
        self._control(session).drop(number)

    def inject(self, session: int, direction: Direction, frame: Injection) -> None:
        """Send a frame of a person's."""
        self._control(session).inject(direction, frame)

    def close(self, session: int, directions: Sequence[Direction], code: int | None, reason: str) -> None:
        """Close a session with close frames."""
        self._open(session).close(directions, code, reason, Source.USER)

    def abort(self, session: int) -> None:
        """Reset a session's connections."""
        self._open(session).abort()

    def half_close(self, session: int, direction: Direction) -> None:
        """End one direction of a session."""
        self._open(session).half_close(direction)

    def rules(self) -> Sequence[RuleStatus]:
        """List the rules, in the order in which they run."""
        if self._files.rules is None:
            return []
        return [
            RuleStatus(
                id=rule.id,
                place=rule.place,
                enabled=rule.enabled,
                event=rule.event,
                hits=rule.hits,
                changed=rule.changed,
                errors=rule.errors,
                last_hit=rule.last_hit,
                last_error=rule.last_error,
                note=rule.note,
            )
            for rule in self._files.rules.statuses()
        ]

    def load_rules(self, files: Sequence[Path]) -> None:
        """Put the rules of these files in place of all."""
        self._files.load(files)

    def reload_rules(self) -> None:
        """Read the rule files again."""
        self._files.reload()

    def enable_rule(self, rule: str, *, enabled: bool) -> None:
        """Let a rule act, or not."""
        if self._files.rules is None or rule not in {state.id for state in self._files.rules.statuses()}:
            raise EngineError(f"there is no rule '{rule}'", hint="'rules.list' lists them")
        self._files.rules.enable(rule, enabled)
        self._renew(self._files.rules)
        self._tell(NoticeKind.RULES, f"rule {rule} is {'on' if enabled else 'off'}")

    def pause(self) -> None:
        """Record no further traffic."""
        self._paused = True
        self._recorder.writer.pause(PAUSED)
        self._tell(NoticeKind.PAUSED, "paused")

    def resume(self) -> None:
        """Record again."""
        self._paused = False
        self._recorder.writer.resume()
        self._tell(NoticeKind.PAUSED, "resumed")

    def tag(self, session: int, number: int | None, tags: Sequence[str]) -> None:
        """Set tags."""
        control = self._controls.get(session)
        if number is None and control is not None:
            control.recorder.set_words(tags=tuple(tags))
        self._recorder.writer.tag(session, number, tags)

    def note(self, session: int, number: int | None, text: str | None) -> None:
        """Set a note."""
        control = self._controls.get(session)
        if number is None and control is not None:
            control.recorder.set_words(note=text)
        self._recorder.writer.note(session, number, text)

    def shut_down(self) -> None:
        """End the engine, cleanly."""
        self._shut_down()

    def subscribe(self, listener: Callable[[Notice], None]) -> Callable[[], None]:
        """Have notices told."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # ---- helpers

    def _printed(self, script: str, line: str) -> None:
        """Tell what a script printed."""
        log_line(script, line)
        self._tell(NoticeKind.LOG, f"{script}: {line}")

    def _rules_changed(self, rules: RuleSet) -> None:
        self._renew(rules)
        states = rules.statuses()
        text = f"rules in force: {sum(state.enabled for state in states)} of {len(states)}"
        logger.info("%s, from %s", text, ", ".join(map(str, self._files.files)))
        self._tell(NoticeKind.RULES, text)

    def _rules_unusable(self, error: RuleError) -> None:
        logger.warning("the rules stay as they were: %s", error)
        self._tell(NoticeKind.RULES, f"the rules stay as they were: {error}")

    def _renew(self, rules: RuleSet) -> None:
        for control in list(self._controls.values()):
            try:
                control.set_rules(rules.session(control.recorder.current(), control.rules, self.clock()))
            except WsinspectError:
                logger.exception("session %d keeps its rules", control.id)

    def _refresh(self) -> None:
        for control in list(self._controls.values()):
            control.refresh()

    def _tell(self, kind: NoticeKind, text: str) -> None:
        self.tell(Notice(kind, self.clock(), text))

    def _control(self, session: int) -> SessionControl:
        control = self._controls.get(session)
        if control is None:
            raise EngineError(f"session {session} is not open", hint="'sessions' lists those that are")
        return control

    def _open(self, session: int) -> SessionControl:
        control = self._control(session)
        if not control.open:
            raise EngineError(f"session {session} is not open", hint="'sessions' lists those that are")
        return control


def _by(breakpoint_number: int) -> str:
    return f"breakpoint {breakpoint_number}"
