"""One event on its way through the rules.

Rules run in order; each sees what the earlier ones made of the event. A rule acts where it is enabled, the session was
in its state when the event came, its match and condition hold, its limits allow it and chance is with it. Its actions
run in order, all of them; where one ended the event (`drop`, `close` and the like), no later rule sees it.
A rule that fails is undone, and its `on_error` says what becomes of the event. The action `script` suspends the run
until its answer is there; what other events do to variables and state meanwhile stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from wsinspect.model import Direction, Source
from wsinspect.query.patterns import TooMuchWork
from wsinspect.rules.compiled_rule import Candidate, CompiledRule
from wsinspect.rules.injected import MOST_BYTES, cap, cap_bytes
from wsinspect.rules.ruling import CloseSession, Hit, ScriptAnswer
from wsinspect.rules.schema import OnError, Scope
from wsinspect.rules.state import Chance, Journal, SessionState, SessionVariables, Use
from wsinspect.rules.turn import ActionError, Turn
from wsinspect.rules.values import shown
from wsinspect.wire.opcodes import CloseCode, Opcode

MOST_ERROR = 500
"""Characters."""
_KEPT = (
    "payload", "opcode", "head", "remote", "reject", "mock", "dropped",
    "changed", "groups", "keep_host", "ended", "held", "not_before", "behind", "copies", "fragments", "state",
)  # fmt: skip
_LOOKS = 7
"""So many of them tell whether a rule has changed the event for its receiver."""
_COPIES = _KEPT.index("copies")
_LISTS = ("tags", "then", "effects", "hits")
_kept = attrgetter(*_KEPT)

type Choose = Callable[[Turn], Sequence[Candidate]]
"""Chooses the rules that may match a turn as it is now; the same object as long as they are the same."""


@dataclass(slots=True)
class _Acting:
    """A rule in the middle of its actions."""

    rule: CompiledRule
    use: Use
    values: tuple[object, ...]
    """Of the turn before the rule: what is `_KEPT`."""
    lengths: tuple[int, ...]
    """And how long its `_LISTS` were."""
    journal: Journal
    done: int = 0
    """Actions that were carried out."""


class Run:
    """Takes one turn through the rules.

    Args:
        turn: The event.
        state: What the session's rules remember.
        variables: Those of the turn.
        chance: Makes the chance of a rule.
        choose: Chooses rules.
    """

    def __init__(
        self,
        turn: Turn,
        state: SessionState,
        variables: SessionVariables,
        chance: Callable[[str], Chance],
        choose: Choose,
    ) -> None:
        self.turn = turn
        self.errors: list[Hit] = []
        self._state = state
        self._variables = variables
        self._chance = chance
        self._choose = choose
        self._came_in = state.name
        self._candidates: Sequence[Candidate] = ()
        self._next = 0
        self._last = -1
        self._acting: _Acting | None = None

    @property
    def acted(self) -> bool:
        """Whether any rule has done or tried anything."""
        return bool(self.turn.hits or self.errors) or self._acting is not None

    def go(self) -> None:
        """Go on until all rules are through, one ends the turn, or one calls a script."""
        while not self.turn.ended and self._acting is None:
            candidate = self._following()
            if candidate is None:
                return
            self.consider(candidate)

    def start(self, candidates: Sequence[Candidate], first: int, failure: Exception | None) -> None:
        """Begin with a rule whose tests hold, or failed, already, and go on.

        Args:
            candidates: What `choose` returns for the turn.
            first: Which of them.
            failure: Why its tests failed; None: they hold.
        """
        self._candidates, self._next = candidates, first + 1
        candidate = candidates[first]
        self._last = candidate.rule.order
        if failure is None:
            self.consider(Candidate(candidate.rule, ()))
        else:
            self._fail(candidate.rule, "match", failure)
        self.go()

    def resume(self, answer: ScriptAnswer, now: int) -> None:
        """Go on with what a script said."""
        acting = self._acting
        assert acting is not None
        turn = self.turn
        turn.now, turn.script = now, None
        self._acting = None
        if turn.state == acting.values[-1]:
            turn.state = self._state.name
        self._variables.journal = acting.journal
        try:
            _take(turn, answer)
        except ActionError as error:
            self._undo(acting)
            self._fail(acting.rule, "script", error)
        else:
            self._act(acting)
        finally:
            self._variables.journal = None
        self.go()

    def consider(self, candidate: Candidate) -> None:
        """Let a rule act, where it is to."""
        rule, turn = candidate.rule, self.turn
        if not rule.state.enabled or rule.rule_state not in (None, self._came_in):
            return
        turn.rule, turn.folder = rule.id, rule.folder
        try:
            for test in candidate.tests:
                if not test(turn):
                    return
            if rule.match.groups or turn.groups:
                turn.groups = {name: text for find in rule.match.groups for name, text in find(turn.payload).items()}
            if rule.when is not None and not rule.when(turn):
                return
        except Exception as error:  # noqa: BLE001 - whatever fails in a rule, the event goes on
            self._fail(rule, "match", error)
            return
        turn.random = chance = self._chance(rule.id)
        use = self._state.use(rule.id)
        if not rule.limits.allow(use, turn.now - turn.session.opened, turn.now):
            return
        if rule.probability is not None and chance.random() >= rule.probability:
            return
        rule.limits.take(use, turn.now)
        turn.state = self._state.name
        self._variables.journal = []
        try:
            self._act(_Acting(rule, use, _kept(turn), _lengths(turn), self._variables.journal))
        finally:
            self._variables.journal = None

    def _following(self) -> Candidate | None:
        chosen = self._choose(self.turn)
        if chosen is not self._candidates:
            # A rule made the message one of another type, or changed the head.
            self._candidates = chosen
            self._next = next((n for n, each in enumerate(chosen) if each.rule.order > self._last), len(chosen))
        if self._next == len(chosen):
            return None
        candidate = chosen[self._next]
        self._next += 1
        self._last = candidate.rule.order
        return candidate

    def _act(self, acting: _Acting) -> None:
        """Carry out the actions that are left."""
        turn, rule = self.turn, acting.rule
        try:
            while acting.done < len(rule.actions):
                _, carry_out = rule.actions[acting.done]
                acting.done += 1
                carry_out(turn)
                if turn.script is not None:
                    _check_script(turn)
                    self._acting = acting
                    return
        except Exception as error:  # noqa: BLE001 - as above
            self._undo(acting)
            self._fail(rule, rule.actions[acting.done - 1][0], error)
            return
        self._finish(acting)

    def _finish(self, acting: _Acting) -> None:
        turn, rule = self.turn, acting.rule
        values, now = acting.values, _kept(turn)
        copies, (_, then, effects, _) = values[_COPIES], acting.lengths
        assert isinstance(copies, int)
        left = rule.limits.injected - acting.use.injected
        sent, over = cap(turn, left, copies=copies, then=then, effects=effects)
        acting.use.injected += sent
        if over:
            self._over(rule, f"it has sent {rule.limits.injected} messages of its own in this session: no more")
        if (sent or turn.copies) and cap_bytes(turn):
            self._over(rule, f"with it, more than {MOST_BYTES >> 20} MiB would be sent at once: the rest is not")
        if now[-1] != values[-1]:
            self._state.name = turn.state
        rule.state.hits += 1
        rule.state.last_hit = turn.now
        rule.state.changed += now[:_LOOKS] != values[:_LOOKS]
        if rule.stops:
            turn.ended = True

    def _over(self, rule: CompiledRule, text: str) -> None:
        rule.state.errors += 1
        rule.state.last_error = text
        self._tell_once(rule, "limit", text)

    def _undo(self, acting: _Acting) -> None:
        turn = self.turn
        payload, opcode, *_ = acting.values
        assert isinstance(payload, bytes)
        assert isinstance(opcode, int)
        # So that the document is not the changed one's.
        turn.change(payload, opcode)
        for name, value in zip(_KEPT, acting.values, strict=True):
            setattr(turn, name, value)
        for name, length in zip(_LISTS, acting.lengths, strict=True):
            del getattr(turn, name)[length:]
        turn.script = None
        self._variables.undo(acting.journal)

    def _fail(self, rule: CompiledRule, where: str, error: Exception) -> None:
        told = isinstance(error, ActionError | TooMuchWork)
        # It may quote a peer: then it is as long as that likes, and has what it likes in it.
        text = shown(str(error) if told else f"{type(error).__name__}: {error}", MOST_ERROR)
        rule.state.errors += 1
        rule.state.last_error = text
        turn = self.turn
        if where == "match" and rule.on_error is OnError.FORWARD:
            self._tell_once(rule, where, text)
        else:
            self.errors.append(Hit(rule.id, where, text))
        if rule.on_error is not OnError.FORWARD:
            turn.dropped = turn.ended = True
        if rule.on_error is OnError.CLOSE:
            turn.effects.append(CloseSession(rule.id, (Direction.C2S, Direction.S2C), CloseCode.INTERNAL_ERROR, ""))

    def _tell_once(self, rule: CompiledRule, where: str, text: str) -> None:
        """Report what would else be reported of each message of the session."""
        told = self._state.use(rule.id).told
        if where not in told:
            told.add(where)
            self.errors.append(Hit(rule.id, where, text))


def _lengths(turn: Turn) -> tuple[int, ...]:
    return len(turn.tags), len(turn.then), len(turn.effects), len(turn.hits)


def _check_script(turn: Turn) -> None:
    if turn.number is None or turn.source is not Source.PEER:
        raise ActionError("a script can only be called with a message of a peer")


def _take(turn: Turn, answer: ScriptAnswer) -> None:
    """Do what a script said."""
    if answer.error is not None:
        raise ActionError(answer.error)
    if answer.payload is not None:
        if turn.opcode == Opcode.TEXT and not _is_utf8(answer.payload):
            raise ActionError("the script returned a text that is no UTF-8")
        turn.change(answer.payload)
    for name, value in answer.variables.items():
        turn.variables.set(Scope.SESSION, name, value)
    if answer.drop:
        turn.dropped = turn.ended = True


def _is_utf8(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True
