"""The rules of one session: what they make of each event.

Which rules may match a message is told from the session, and from direction, type and source of the message, and
remembered; so rules that cannot match cost nothing. The tests that are left read a `Probe`. Only where one rule's tests
hold, a `Turn` is made, and a `Run` goes through the rules from there on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from wsinspect.model import Direction, HttpHead, Session, Source
from wsinspect.rules import outcome
from wsinspect.rules.circumstances import Circumstances, of_request, of_response, of_session
from wsinspect.rules.compiled_rule import IDLE, TIMER, Candidate, CompiledRule, candidates
from wsinspect.rules.ruling import HandshakeRuling, Ruling, ScriptAnswer
from wsinspect.rules.run import Run
from wsinspect.rules.schema import Event, OnError
from wsinspect.rules.state import Chance, Memory, SessionState, SessionVariables
from wsinspect.rules.subject import Probe
from wsinspect.rules.timers import Timers
from wsinspect.rules.turn import Turn
from wsinspect.wire.decisions import Gathered, Oversize
from wsinspect.wire.frames import read_close
from wsinspect.wire.opcodes import CloseCode, Opcode

_CONTROL = {Opcode.PING: Event.PING, Opcode.PONG: Event.PONG, Opcode.CLOSE: Event.CLOSE}
_DATA = (Opcode.TEXT, Opcode.BINARY)
_STRICTNESS = (OnError.FORWARD, OnError.DROP, OnError.CLOSE)


class SessionRules:
    """Made by `RuleSet.session`.

    Args:
        rules: Those that may match something of the session, in order.
        session: As far as it is known.
        state: What rules remember of it.
        memory: What they remember of others.
        environment: For templates.
        chance: Makes the chance of a rule, by its id and the session's number.
    """

    def __init__(
        self,
        rules: Iterable[CompiledRule],
        session: Session,
        state: SessionState,
        memory: Memory,
        environment: Mapping[str, str],
        chance: Callable[[str, int], Chance],
    ) -> None:
        self.memory_of_session = state
        """Goes on in the session's rules after a reload."""
        self._rules: dict[str, list[CompiledRule]] = {}
        for rule in rules:
            self._rules.setdefault(rule.event, []).append(rule)
        self._session = session
        self._known = of_session(session)
        self._environment = environment
        self._make_chance = chance
        self._no_chance = chance("", session.id)
        self._variables = SessionVariables(memory, session.host or "", state.own)
        self._probe = Probe(session)
        self._chosen: dict[int, tuple[Candidate, ...]] = {}
        self._timers = Timers([*self._rules.get(TIMER, ()), *self._rules.get(IDLE, ())], state)

    @property
    def state(self) -> str:
        """The session's state, of `rule_state` and `goto`."""
        return self.memory_of_session.name

    @property
    def may_replay(self) -> bool:
        """Whether a rule may play a recording."""
        return any(name == "replay" for rules in self._rules.values() for rule in rules for name, _ in rule.actions)

    def update(self, session: Session) -> None:
        """Take note that the record has changed, as when the handshake is answered."""
        self._session = self._probe.session = session
        known = of_session(session)
        if known != self._known:
            self._known = known
            self._chosen.clear()

    def wants(self, direction: Direction) -> tuple[bool, bool]:
        """Return whether it has to see whole messages, and control frames, of a direction."""
        messages = any(self._enabled(Event.MESSAGE, direction, opcode) for opcode in _DATA)
        silence = any(rule.state.enabled for rule in self._rules.get(IDLE, ()))
        control = any(self._enabled(event, direction, opcode) for opcode, event in _CONTROL.items())
        return messages or silence, control

    # ---- the handshake

    def handshake_request(self, head: HttpHead, now: int) -> HandshakeRuling | None:
        """Rule on the head of the request; None: nothing matched."""
        return self._handshake(Event.HANDSHAKE_REQUEST, head, now, of_request)

    def handshake_response(self, head: HttpHead, now: int) -> HandshakeRuling | None:
        """Rule on the head of the response; None: nothing matched."""
        return self._handshake(Event.HANDSHAKE_RESPONSE, head, now, of_response)

    def _handshake(
        self, event: Event, head: HttpHead, now: int, known: Callable[[Session, HttpHead], Circumstances]
    ) -> HandshakeRuling | None:
        rules = self._rules.get(event)
        if not rules:
            return None
        turn = self._turn(now)
        turn.head = head
        chosen: tuple[HttpHead, tuple[Candidate, ...]] = (head, candidates(rules, known(self._session, head)))

        def choose(turn: Turn) -> Sequence[Candidate]:
            nonlocal chosen
            if turn.head is not None and turn.head is not chosen[0]:
                # Later rules see what earlier ones made of the head.
                chosen = turn.head, candidates(rules, known(self._session, turn.head))
            return chosen[1]

        run = self._run(turn, choose)
        run.go()
        return outcome.handshake_ruling(turn, run.errors, head) if run.acted else None

    # ---- the session

    def opened(self, now: int) -> Ruling | None:
        """Rule on the opening, once the upgrade is answered; timers run from here. None: nothing matched."""
        self._timers.start(now)
        return self._event(self._rules.get(Event.OPEN, ()), now)

    @property
    def wake_at(self) -> int | None:
        """Unix nanoseconds, when to call `wake`; None: as things are, never."""
        return self._timers.due_at

    def wake(self, now: int) -> Ruling | None:
        """Run the timers that are due; None: none of them acted."""
        return self._event(self._timers.due(now), now)

    def _event(self, rules: Sequence[CompiledRule], now: int) -> Ruling | None:
        if not rules:
            return None
        chosen = candidates(rules, replace(self._known, of_frame=False))
        run = self._run(self._turn(now), lambda _: chosen)
        run.go()
        return outcome.event_ruling(run.turn, run.errors) if run.acted else None

    # ---- messages and control frames

    def judge(self, message: Gathered, now: int, source: Source = Source.PEER) -> Ruling | None:
        """Rule on a message; None: no rule acted, so it is to be forwarded."""
        direction = message.direction
        state = self.memory_of_session
        index = state.counts[direction] + 1
        before = state.times[direction]
        state.counts[direction] = index
        state.times[direction] = now
        if source is Source.PEER:
            state.passed = now
        key = source << 5 | direction << 4 | message.opcode
        chosen = self._chosen.get(key)
        if chosen is None:
            chosen = self._choose(Event.MESSAGE, direction, message.opcode, source)
        if not chosen:
            return None
        probe = self._probe
        probe.now = now
        probe.index = index
        probe.gap_ns = None if before is None else now - before
        probe.payload = message.payload
        first, failure = 0, None
        try:
            for candidate in chosen:
                rule = candidate.rule
                if rule.state.enabled and rule.rule_state in (None, state.name):
                    for test in candidate.tests:
                        if not test(probe):
                            break
                    else:
                        break
                first += 1
            else:
                probe.forget()
                return None
        except Exception as error:  # noqa: BLE001 - whatever fails in a rule, the message goes on
            failure = error
        return self._judge(message, source, chosen, first, failure)

    def _judge(
        self,
        message: Gathered,
        source: Source,
        chosen: tuple[Candidate, ...],
        first: int,
        failure: Exception | None,
    ) -> Ruling | None:
        """Go on with the first rule whose tests hold, or failed."""
        probe = self._probe
        turn = self._turn(probe.now)
        turn.direction, turn.number, turn.opcode = message.direction, message.number, message.opcode
        turn.payload, turn.source = message.payload, source
        turn.take_document(probe.read)
        probe.forget()
        turn.index, turn.gap_ns = probe.index, probe.gap_ns
        run = self._run(turn, lambda turn: self._choose(Event.MESSAGE, message.direction, turn.opcode, source))
        run.start(chosen, first, failure)
        return self._message_ruling(run, message) if run.acted else None

    def _message_ruling(self, run: Run, message: Gathered) -> Ruling:
        call = run.turn.script
        if call is None:
            return outcome.message_ruling(run.turn, run.errors, message.payload, message.opcode)

        def resume(answer: ScriptAnswer, now: int) -> Ruling:
            run.resume(answer, now)
            return self._message_ruling(run, message)

        return Ruling(script=call, resume=resume)

    def control(
        self, direction: Direction, opcode: int, payload: bytes, now: int, source: Source = Source.PEER
    ) -> Ruling | None:
        """Rule on a ping, pong or close frame; None: no rule acted."""
        event = _CONTROL[Opcode(opcode)]
        chosen = self._choose(event, direction, opcode, source)
        if not chosen:
            return None
        turn = self._turn(now)
        turn.direction, turn.opcode, turn.payload, turn.source = direction, opcode, payload, source
        if event is Event.CLOSE:
            turn.close_code = read_close(payload)[0] or CloseCode.NO_STATUS_RECEIVED
        run = self._run(turn, lambda _: chosen)
        run.go()
        return outcome.control_ruling(turn, run.errors, payload) if run.acted else None

    def oversized(self, direction: Direction, opcode: int, now: int) -> Oversize:
        """Say what is to become of a message that is too large to be gathered: the strictest that its rules want."""
        strictest = OnError.FORWARD
        for candidate in self._choose(Event.MESSAGE, direction, opcode, Source.PEER):
            rule = candidate.rule
            if not rule.state.enabled or rule.rule_state not in (None, self.state):
                continue
            rule.state.errors += 1
            rule.state.last_error = "a message is too large to be gathered"
            strictest = max(strictest, rule.on_oversize, key=_STRICTNESS.index)
        self.memory_of_session.passed = now
        return Oversize(strictest.value)

    # ---- what all have in common

    def _enabled(self, event: Event, direction: Direction, opcode: int) -> bool:
        return any(each.rule.state.enabled for each in self._choose(event, direction, opcode, Source.PEER))

    def _choose(self, event: Event, direction: Direction, opcode: int, source: Source) -> tuple[Candidate, ...]:
        key = source << 5 | direction << 4 | opcode
        chosen = self._chosen.get(key)
        if chosen is None:
            known = replace(self._known, direction=direction, opcode=opcode, source=source)
            chosen = self._chosen[key] = candidates(self._rules.get(event, ()), known)
        return chosen

    def _turn(self, now: int) -> Turn:
        state = self.memory_of_session
        return Turn(
            self._session,
            now,
            self._variables,
            self._no_chance,
            state.name,
            environment=self._environment,
            memory=state.of_actions,
        )

    def _run(self, turn: Turn, choose: Callable[[Turn], Sequence[Candidate]]) -> Run:
        return Run(turn, self.memory_of_session, self._variables, self._chance, choose)

    def _chance(self, rule: str) -> Chance:
        chances = self.memory_of_session.chances
        there = chances.get(rule)
        if there is None:
            there = chances[rule] = self._make_chance(rule, self._session.id)
        return there
