"""One event on its way through the rules: what matchers read, and actions change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from wsinspect.model import Direction, HttpHead, Session, Source
from wsinspect.rules.ruling import Effect, Hit, MockAnswer, Rejection, Replay, ScriptCall
from wsinspect.rules.schema import Scope
from wsinspect.wire.sending import Injection


class Random(Protocol):
    """Chance, seeded by the rule file: `random.Random` fits."""

    def random(self) -> float:
        """A number from 0 up to 1."""

    def randint(self, a: int, b: int, /) -> int:
        """A whole number, both ends included."""

    def randbytes(self, n: int, /) -> bytes:
        """So many bytes."""

    def gauss(self, mu: float = ..., sigma: float = ..., /) -> float:
        """A number of the normal distribution."""

    def expovariate(self, lambd: float, /) -> float:
        """A number of the exponential distribution."""

    def paretovariate(self, alpha: float, /) -> float:
        """A number of the Pareto distribution, from 1."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What rules know of the world: the core has no clock, chance or files of its own."""

    random: Callable[[int | None], Random]
    """Makes one for a seed; None: any."""
    environment: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, object] = field(default_factory=dict)
    """From --var; they win over those of files."""
    read: Callable[[str, str], bytes] | None = None
    """Reads a file by the folder of the rule file and the name; raises `RuleError` where it must not or cannot."""
    rehearse: Callable[[Replay], str] | None = None
    """Looks at what is to be played, and says in a few words what it is; raises `RuleError` where it cannot be."""
    scripts: bool = False
    """Whether `script` may be used."""
    ticks: Callable[[], int] = lambda: 0
    """Nanoseconds that work takes; what takes too long is given up."""


class ActionError(Exception):
    """An action that is impossible for what it was asked of; the rule's `on_error` says what happens then."""


class Variables(Protocol):
    """The variables that a session's rules see: its own before the host's before the global ones."""

    def get(self, name: str) -> object:
        """None where there is no such variable."""

    def all(self) -> Mapping[str, object]:
        """All that are seen."""

    def set(self, scope: Scope, name: str, value: object) -> None:
        """Give a variable a value."""

    def unset(self, scope: Scope, name: str) -> None:
        """Forget a variable, if there is one."""


MOST_WORK = 16 << 20
"""Characters that the templates of all rules may go through on one event."""
UNREAD = object()
"""Instead of a document: it has not been asked for."""
NO_JSON = object()
"""`Turn.document` of a payload that is no JSON."""


@dataclass(slots=True)
class Turn:
    """One event of one session, as far as the rules have come with it."""

    session: Session
    now: int
    """Unix nanoseconds."""
    variables: Variables
    random: Random
    state: str
    """The session's; `goto` changes it."""
    rule: str = ""
    """Id of the rule whose turn it is."""
    folder: str = ""
    """Of its file."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """`env.NAME` of templates: `Surroundings.environment`."""
    work_left: int = MOST_WORK
    """Of templates."""
    memory: dict[str, object] = field(default_factory=dict)
    """What actions remember of the session from one turn to the next; whoever runs the rules keeps it, and no more."""
    # of a message or control frame
    direction: Direction | None = None
    number: int | None = None
    opcode: int = 0
    payload: bytes = b""
    """As earlier actions left it; set it by `change`."""
    source: Source = Source.PEER
    index: int = 0
    gap_ns: int | None = None
    close_code: int | None = None
    changed: bool = False
    groups: dict[str, str] = field(default_factory=dict)
    """Named groups of the rule's `regex`."""
    tags: list[str] = field(default_factory=list)
    # of a handshake
    head: HttpHead | None = None
    remote: str | None = None
    keep_host: bool = False
    reject: Rejection | None = None
    mock: MockAnswer | None = None
    # what is wanted
    ended: bool = False
    """No further rule is to see it."""
    dropped: bool = False
    held: bool = False
    not_before: int = 0
    behind: int = 0
    copies: int = 0
    fragments: tuple[int, ...] = ()
    then: list[Injection] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    script: ScriptCall | None = None
    """Set by the action `script`; the evaluation stops there until it is answered."""
    _document: object = UNREAD

    @property
    def document(self) -> object:
        """The payload as JSON, read once; `NO_JSON` where it is none. Not to be changed."""
        if self._document is UNREAD:
            try:
                self._document = orjson.loads(self.payload)
            except orjson.JSONDecodeError:
                self._document = NO_JSON
        return self._document

    def take_document(self, document: object) -> None:
        """Know the payload as JSON, as somebody else has read it; `UNREAD` where nobody has."""
        self._document = document

    def change(self, payload: bytes, opcode: int | None = None) -> None:
        """Put another payload in place."""
        if payload != self.payload or (opcode is not None and opcode != self.opcode):
            self.changed = True
            self.payload = payload
            self.opcode = self.opcode if opcode is None else opcode
            self._document = UNREAD
