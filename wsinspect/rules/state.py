"""What rules remember: variables, what they have done, chance.

What one session has is in `SessionState`; what all of them share, and what outlives a reload, in `Memory`.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import assert_never

from wsinspect.rules.schema import Scope
from wsinspect.rules.turn import ActionError, Random
from wsinspect.rules.values import weight

START = "start"
"""The state that each session begins in."""
MAX_VARIABLES = 10_000
"""In one scope."""
MAX_HOSTS = 10_000
"""That have variables."""
MAX_CHARACTERS = 64 << 20
"""Of all variables of hosts and of all sessions together, and of those of one session, by `values.weight`."""


@dataclass(slots=True)
class RuleState:
    """One rule, and what has come of it so far."""

    id: str
    place: str
    """`file:line:column`."""
    enabled: bool
    event: str
    hits: int = 0
    """How often its actions ran."""
    changed: int = 0
    """How many messages and heads it changed, dropped or refused."""
    errors: int = 0
    last_hit: int | None = None
    """Unix nanoseconds."""
    last_error: str | None = None
    note: str | None = None


@dataclass(slots=True)
class Quota:
    """What a rule has used of the limits that hold for all sessions together."""

    times: int = 0
    tokens: float | None = None
    """What is left of its rate; None: all of it."""
    filled: int = 0
    """Unix nanoseconds of `tokens`."""


@dataclass(slots=True)
class Memory:
    """What outlives a reload of the rules."""

    given: Mapping[str, object] = field(default_factory=dict)
    """Variables that the rule files and --var give; those that rules set win over them."""
    everywhere: dict[str, object] = field(default_factory=dict)
    """Variables of the scope `global`."""
    hosts: dict[str, dict[str, object]] = field(default_factory=dict)
    kept: int = 0
    """Characters of both."""
    states: dict[str, RuleState] = field(default_factory=dict)
    """By the id of the rule."""
    quotas: dict[str, Quota] = field(default_factory=dict)
    switched: dict[str, bool] = field(default_factory=dict)
    """Rules that were enabled, or not, by hand."""


@dataclass(slots=True)
class Use:
    """What a rule has done in one session."""

    times: int = 0
    last: int | None = None
    """Unix nanoseconds."""
    injected: int = 0
    told: set[str] = field(default_factory=set)
    """What was told once, and is not again."""


type Journal = list[tuple[dict[str, object], str, object]]
"""Changes to be undone: the variables, the name, and the value before."""

_ABSENT = object()


class SessionVariables:
    """The variables that one session sees.

    Args:
        memory: Those of others.
        host: The session's; empty: it has none.
        own: Those of the session itself.
    """

    def __init__(self, memory: Memory, host: str, own: dict[str, object]) -> None:
        self._memory = memory
        self._host = host
        self.own = own
        self._kept = sum(map(weight, own.values()))
        self.journal: Journal | None = None
        """Where changes are put down, so that `undo` can take them back; None: nowhere."""

    def get(self, name: str) -> object:
        """Return a value, None where there is no such variable."""
        return self.all().get(name)

    def all(self) -> Mapping[str, object]:
        """Return all that are seen: the session's own before the host's, the global and the given ones."""
        memory = self._memory
        # None of these is written to by way of the map.
        return ChainMap(self.own, memory.hosts.get(self._host, {}), memory.everywhere, memory.given)  # type: ignore[arg-type]

    def set(self, scope: Scope, name: str, value: object) -> None:
        """Give a variable a value.

        Raises:
            ActionError: It is too large, or there are too many.
        """
        there = self._scope(scope)
        if name not in there and len(there) >= MAX_VARIABLES:
            raise ActionError(f"there are {MAX_VARIABLES} variables of the scope {scope.value}: no further one is kept")
        kept = self._kept if there is self.own else self._memory.kept
        if kept + weight(value) - weight(there.get(name)) > MAX_CHARACTERS:
            raise ActionError(f"the variables have over {MAX_CHARACTERS >> 20} Mi characters: none may grow")
        self._note(there, name)
        self._put(there, name, value)

    def unset(self, scope: Scope, name: str) -> None:
        """Forget a variable, if there is one."""
        there = self._scope(scope)
        if name in there:
            self._note(there, name)
            self._put(there, name, _ABSENT)

    def undo(self, journal: Journal) -> None:
        """Take changes back."""
        for there, name, value in reversed(journal):
            self._put(there, name, value)

    def _put(self, there: dict[str, object], name: str, value: object) -> None:
        """Set or take away a variable, and count what is kept."""
        more = weight(value) - weight(there.get(name))
        if there is self.own:
            self._kept += more
        else:
            self._memory.kept += more
        if value is _ABSENT:
            there.pop(name, None)
        else:
            there[name] = value

    def _note(self, there: dict[str, object], name: str) -> None:
        if self.journal is not None:
            self.journal.append((there, name, there.get(name, _ABSENT)))

    def _scope(self, scope: Scope) -> dict[str, object]:
        match scope:
            case Scope.SESSION:
                return self.own
            case Scope.GLOBAL:
                return self._memory.everywhere
            case Scope.HOST:
                hosts = self._memory.hosts
                if self._host not in hosts and len(hosts) >= MAX_HOSTS:
                    raise ActionError(f"{MAX_HOSTS} hosts have variables: no further one gets any")
                return hosts.setdefault(self._host, {})
            case _:
                assert_never(scope)


@dataclass(slots=True)
class SessionState:
    """What the rules of one session remember of it; goes on where they are loaded again."""

    name: str = START
    """The state that `rule_state` and `goto` are about."""
    own: dict[str, object] = field(default_factory=dict)
    """Variables of the scope `session`."""
    uses: dict[str, Use] = field(default_factory=dict)
    """By the id of the rule."""
    chances: dict[str, Chance] = field(default_factory=dict)
    """By the id of the rule."""
    of_actions: dict[str, object] = field(default_factory=dict)
    """`Turn.memory`."""
    counts: list[int] = field(default_factory=lambda: [0, 0])
    """Messages seen of each direction."""
    times: list[int | None] = field(default_factory=lambda: [None, None])
    """When the last message of each direction came."""
    opened: int | None = None
    """When timers began to run; None: not yet."""
    passed: int = 0
    """When the last message of a peer passed, or the session opened."""
    fired: dict[str, int] = field(default_factory=dict)
    """By the id of a timer's rule: when it was due last; of silence: what was `passed` then."""

    def use(self, rule: str) -> Use:
        """Return what a rule has done here."""
        there = self.uses.get(rule)
        if there is None:
            there = self.uses[rule] = Use()
        return there


class Chance:
    """The chance of one rule in one session, which nothing else disturbs.

    With a seed it is the same in every run that numbers its sessions alike, whatever other rules and sessions do. The
    generator is made when it is first asked.

    Args:
        make: Makes a generator of a seed.
        seed: Of the rule files; None: any.
        rule: Id of the rule.
        session: Number of the session.
    """

    def __init__(self, make: Callable[[int | None], Random], seed: int | None, rule: str, session: int) -> None:
        self._make = make
        self._seed = None if seed is None else _derived(seed, rule, session)
        self._generator: Random | None = None

    @property
    def _random(self) -> Random:
        if self._generator is None:
            self._generator = self._make(self._seed)
        return self._generator

    def random(self) -> float:
        """Return a number from 0 up to 1."""
        return self._random.random()

    def randint(self, a: int, b: int, /) -> int:
        """Return a whole number, both ends included."""
        return self._random.randint(a, b)

    def randbytes(self, n: int, /) -> bytes:
        """Return so many bytes."""
        return self._random.randbytes(n)

    def gauss(self, mu: float = 0.0, sigma: float = 1.0, /) -> float:
        """Return a number of the normal distribution."""
        return self._random.gauss(mu, sigma)

    def expovariate(self, lambd: float, /) -> float:
        """Return a number of the exponential distribution."""
        return self._random.expovariate(lambd)

    def paretovariate(self, alpha: float, /) -> float:
        """Return a number of the Pareto distribution."""
        return self._random.paretovariate(alpha)


def _derived(seed: int, rule: str, session: int) -> int:
    return int.from_bytes(blake2b(f"{seed} {session} {rule}".encode(), digest_size=8).digest())
