"""What a dry run finds: figures for each rule, and some examples, failures and errors.

However much traffic there is, no more is kept than so many of each kind for each rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wsinspect.model import Direction, SessionId
from wsinspect.rules.load import LoadedRule, LoadedRules
from wsinspect.rules.reach import TIMED, event_of
from wsinspect.rules.ruling import Effect, Failed, Hit
from wsinspect.rules.state import RuleState

_MOST_BYTES = 256 << 10
"""Of a payload in an example."""

_STOPPING = ("drop", "close", "abort", "reject")
"""Actions whose event does not go on."""

_COLUMN_OF = {
    action: column
    for column, actions in (
        ("dropped", "drop"),
        ("held", "hold"),
        ("delayed", "delay throttle reorder"),
        ("sent", "send reply ping pong broadcast raw_frame duplicate"),
        ("ended", "close abort blackhole half_close reject"),
    )
    for action in actions.split()
}


@dataclass(slots=True)
class RuleTally:
    """What became of one rule, in events of its kind: messages, mostly."""

    id: str
    place: str
    """`file:line:column`."""
    event: str
    enabled: bool
    expects: bool
    """Whether it has an `expect`."""
    forbids: bool = False
    """Whether each `expect` fails whenever the rule acts: then all is well where it never does."""
    asked: int = 0
    """Of sessions that it can touch."""
    matched: int = 0
    changed: int = 0
    dropped: int = 0
    held: int = 0
    delayed: int = 0
    sent: int = 0
    ended: int = 0
    errors: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Spot:
    """What a rule was asked about."""

    event: str
    session: SessionId
    time: int
    """Unix nanoseconds."""
    message: int | None = None
    frame: int | None = None
    direction: Direction | None = None

    def __str__(self) -> str:
        if self.message is not None:
            return f"{self.session}.{self.message}"
        return f"{self.session}" if self.frame is None else f"{self.session}.f{self.frame}"


@dataclass(frozen=True, slots=True)
class Example:
    """What rules did with one event."""

    spot: Spot
    hits: tuple[Hit, ...]
    of_text: bool = True
    before: bytes | None = None
    """The payload, or the head of the handshake, where it was changed: as much of it as is kept."""
    after: bytes | None = None


@dataclass(frozen=True, slots=True)
class Complaint:
    """An `expect` that did not hold, or a rule that failed."""

    spot: Spot
    rule: str
    text: str


class Findings:
    """Gathers what a dry run finds.

    Args:
        loaded: The rules.
        most: How many examples to keep of each rule, and how many failures and errors.
    """

    def __init__(self, loaded: LoadedRules, most: int) -> None:
        self._most = most
        self._kept: Counter[tuple[str, str]] = Counter()
        self._stopped: Counter[str] = Counter()
        self.tallies = {one.rule.id: _tally(one) for one in loaded.rules}
        """By id, in the order of the files."""
        self.examples: list[Example] = []
        self.failures: list[Complaint] = []
        self.errors: list[Complaint] = []
        self.states: Counter[str] = Counter()
        """In how many sessions a state was reached."""

    def ask(self, rules: Iterable[str]) -> None:
        """Count that rules are asked about an event."""
        for rule in rules:
            self.tallies[rule].asked += 1

    def add(
        self,
        spot: Spot,
        hits: Sequence[Hit],
        errors: Sequence[Hit],
        effects: Sequence[Effect],
        *,
        of_text: bool = True,
        before: bytes | None = None,
        after: bytes | None = None,
    ) -> None:
        """Count what rules made of one event.

        Args:
            spot: The event.
            hits: What was done.
            errors: What failed.
            effects: What else was wanted.
            of_text: Whether the payload is text.
            before: The payload or head.
            after: What became of it; the same where nothing did.
        """
        for rule, column in {(hit.rule, _COLUMN_OF.get(hit.action)) for hit in hits}:
            if column is not None:
                tally = self.tallies[rule]
                setattr(tally, column, getattr(tally, column) + 1)
        self._stopped.update({hit.rule for hit in hits if hit.action in _STOPPING})
        for error in errors:
            self._complain("error", self.errors, Complaint(spot, error.rule, error.detail or error.action))
        for effect in effects:
            if isinstance(effect, Failed):
                self.tallies[effect.rule].failures += 1
                self._complain("failure", self.failures, Complaint(spot, effect.rule, effect.text))
        # What held, or did not, is no example of what rules do.
        done = tuple(hit for hit in hits if hit.action != "expect")
        if [rule for rule in dict.fromkeys(hit.rule for hit in done) if self._wanted("example", rule)]:
            old, new = (before, after) if before != after else (None, None)
            self.examples.append(Example(spot, done, of_text, _beginning(old), _beginning(new)))

    def finish(self, states: Iterable[RuleState]) -> None:
        """Take what the rules themselves have counted."""
        for state in states:
            tally = self.tallies[state.id]
            tally.matched, tally.errors = state.hits, state.errors
            # Theirs are those that did not go on, too.
            tally.changed = max(state.changed - self._stopped[state.id], 0)
            if tally.event in TIMED:
                tally.asked = state.hits

    def _complain(self, kind: str, complaints: list[Complaint], complaint: Complaint) -> None:
        if self._wanted(kind, complaint.rule):
            complaints.append(complaint)

    def _wanted(self, kind: str, rule: str) -> bool:
        self._kept[kind, rule] += 1
        return self._kept[kind, rule] <= self._most


def _tally(loaded: LoadedRule) -> RuleTally:
    rule = loaded.rule
    expects = [action.expect for action in rule.do if action.expect is not None]
    forbids = bool(expects) and all(each.that is None and each.match is None for each in expects)
    return RuleTally(rule.id, loaded.place, event_of(rule), rule.enabled, bool(expects), forbids)


def _beginning(payload: bytes | None) -> bytes | None:
    return None if payload is None else payload[:_MOST_BYTES]
