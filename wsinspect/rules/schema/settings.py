"""What actions need to know, each in a mapping of its own."""

from __future__ import annotations

import enum
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from wsinspect.rules.quantities import Duration, Speed
from wsinspect.rules.schema.contents import To
from wsinspect.rules.schema.match import Match
from wsinspect.rules.schema.shape import Maybe, OfType, OneAsList, Strict, Word, at_least_one, exactly_one, wrong
from wsinspect.rules.schema.texts import (
    Condition,
    FileName,
    FileTemplate,
    HeaderName,
    HeaderTemplate,
    JsonPath,
    JsonTemplate,
    Reason,
    Regex,
    Template,
    UrlTemplate,
    VariableName,
)


class Scope(enum.StrEnum):
    """For whom a variable is."""

    SESSION = "session"
    HOST = "host"
    GLOBAL = "global"


class SetType(enum.StrEnum):
    """Of a message."""

    TEXT = "text"
    BINARY = "binary"


class ReplayMode(enum.StrEnum):
    """When what was recorded is played."""

    CAUSAL = "causal"
    TIMED = "timed"
    SEQUENCE = "sequence"


class Side(enum.StrEnum):
    """A peer."""

    CLIENT = "client"
    SERVER = "server"


class Unmatched(enum.StrEnum):
    """What to do upon a message that is not in a recording."""

    REPORT = "report"
    IGNORE = "ignore"
    CLOSE = "close"
    ECHO = "echo"


class Nothing(Strict):
    """There is nothing to say."""


class Replace(Strict):
    """Search and replace in a payload."""

    model_config = ConfigDict(json_schema_extra=exactly_one("text", "regex"))

    text: Maybe[Template] = None
    """A literal; else `regex`."""
    regex: Maybe[Regex] = None
    """An expression that may be found several times."""
    with_: Template = Field(alias="with")
    r"""With `regex`, `\1` and `\g<name>` are its groups."""
    count: Maybe[Annotated[int, Field(ge=1)]] = None
    """Unless said, all of them."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.text is None) == (self.regex is None):
            raise wrong("give one of text and regex")
        if self.text == "":
            raise wrong("an empty text is everywhere")
        return self


class Delay(Strict):
    """Hold a message back for a time."""

    ms: Annotated[float, Field(ge=0, le=86_400_000)]
    """Milliseconds."""
    jitter: Annotated[float, Field(ge=0, le=86_400_000)] = 0
    """Milliseconds: half of the uniform spread, or the standard deviation."""
    distribution: Literal["uniform", "normal", "exponential", "pareto"] = "uniform"


class Throttle(Strict):
    """Slow a direction down, by delaying its messages."""

    model_config = ConfigDict(json_schema_extra=exactly_one("kbps", "messages_per_s"))

    kbps: Maybe[Annotated[float, Field(gt=0)]] = None
    """Kilobits a second."""
    messages_per_s: Maybe[Annotated[float, Field(gt=0)]] = None
    """Messages a second."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.kbps is None) == (self.messages_per_s is None):
            raise wrong("give one of kbps and messages_per_s")
        return self


class Reorder(Strict):
    """Let a random number, below `window`, of later messages of its direction go first."""

    window: Annotated[int, Field(ge=2, le=1000)]
    """One more than how many may overtake it."""
    within: Duration = 1_000_000_000
    """It waits for them no longer than this."""


class Duplicate(Strict):
    """Send a message again."""

    times: Annotated[int, Field(ge=1, le=1000)] = 1
    """How often more."""


class Fragment(Strict):
    """Send a message in frames of these payload sizes; the last size repeats."""

    sizes: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1), OneAsList()]


class Corrupt(Strict):
    """Flip random bits, or replace random bytes."""

    model_config = ConfigDict(json_schema_extra=exactly_one("bits", "bytes"))

    bits: Maybe[Annotated[int, Field(ge=1)]] = None
    """How many bits to flip."""
    bytes: Maybe[Annotated[int, Field(ge=1)]] = None
    """How many bytes to replace."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.bits is None) == (self.bytes is None):
            raise wrong("give one of bits and bytes")
        return self


class Close(Strict):
    """Close the session with a close frame."""

    code: Annotated[int, Field(ge=0, le=65535)] | None = 1000
    """Null: a close frame without any."""
    reason: Reason = ""
    """At most 123 bytes."""
    side: Word[To] = To.BOTH
    """Which peer gets it."""

    @model_validator(mode="after")
    def _code(self) -> Self:
        if self.code is None and self.reason:
            raise wrong("a reason needs a code")
        return self


class HalfClose(Strict):
    """End one direction of the TCP connection: a FIN to this peer."""

    side: Literal["client", "server"]
    """Which peer gets it."""


class Blackhole(Strict):
    """From now on pass nothing of a direction on; the connections stay open."""

    dir: Literal["c2s", "s2c", "both"] = "both"
    """Which direction."""


class Reject(Strict):
    """Answer the upgrade instead of the server."""

    status: Annotated[int, Field(ge=200, le=599)] = 403
    """Of the answer."""
    headers: dict[HeaderName, HeaderTemplate] = Field(default_factory=dict)
    """Further ones, of the answer."""
    body: Template = ""
    """Of the answer."""


class MapRemote(Strict):
    """Connect elsewhere."""

    url: UrlTemplate
    """`ws://` or `wss://HOST[:PORT][/PATH]`; without a path the request's own stays."""
    keep_host: bool = False
    """Whether the Host header stays the client's."""


class Mock(Strict):
    """Answer the upgrade with 101 ourselves: no server is connected to."""

    upstream: Annotated[Literal[False], OfType(bool)]
    """No server."""
    subprotocol: Maybe[Template] = None
    """Unless said, the first that the client offers."""
    compress: bool = False
    """Whether to agree on permessage-deflate, if the client offers it."""
    headers: dict[HeaderName, HeaderTemplate] = Field(default_factory=dict)
    """Further ones, of the answer."""


class Replay(Strict):
    """Play a recorded session: its server's side to the client, or its client's to the server."""

    file: FileName
    """The capture, in the folder of the rule file, or below it."""
    session: Annotated[int, Field(ge=1)]
    """Number of the session in it."""
    mode: Word[ReplayMode] = ReplayMode.CAUSAL
    """`causal`: say upon a message what was said upon the recorded one that it is. `timed`: after as long as it took.
    `sequence`: as soon as as many messages came as before it, whatever they are."""
    speed: Speed = 1.0
    """Of what is timed: `2x` is twice as fast as recorded."""
    from_: Maybe[Annotated[int, Field(ge=1)]] = Field(default=None, alias="from")
    """Number of the first message that is played."""
    to: Maybe[Annotated[int, Field(ge=1)]] = None
    """Number of the last one."""
    side: Word[Side] = Side.CLIENT
    """Which peer gets it; the other side of the recording is matched with what that peer sends."""
    rebind: Annotated[list[str], OneAsList()] = Field(default_factory=list)
    """`path=path`: where a value that is sent comes from, beside what is found by itself; see `wsinspect replay`."""
    ignore: Annotated[list[str], OneAsList()] = Field(default_factory=list)
    """Paths whose values say nothing about which message one is, and stay as they were recorded."""
    unmatched: Word[Unmatched] = Unmatched.REPORT
    """What to do upon a message that is none of the recorded ones; it is told of, but for `ignore`."""
    loop: bool = False
    """Whether to begin again at the end of the recording; then it ends no session."""

    @model_validator(mode="before")
    @classmethod
    def _sides(cls, value: object) -> object:
        if isinstance(value, dict) and value.get("to") in (Side.CLIENT, Side.SERVER, "both"):
            raise wrong("to is the number of the last message that is played; side: client says who gets them")
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_ is not None and self.to is not None and self.to < self.from_:
            raise wrong("to is before from")
        return self


class Capture(Strict):
    """Take values out of the message into variables; what is not there leaves its variable alone."""

    model_config = ConfigDict(json_schema_extra=at_least_one)

    json_: Maybe[Annotated[dict[VariableName, JsonPath], Field(min_length=1)]] = Field(default=None, alias="json")
    """Variable: JSONPath."""
    regex: Maybe[Regex] = None
    """Its named groups are the variables."""
    header: Maybe[Annotated[dict[VariableName, HeaderName], Field(min_length=1)]] = None
    """Variable: name of a header of the handshake."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.model_fields_set:
            raise wrong("give json, regex or header")
        return self


class Expect(Strict):
    """What must hold of the message; where it does not, the run has failed (exit status 1)."""

    that: Maybe[Condition] = None
    """A filter expression."""
    match: Maybe[Match] = None
    message: Template = ""
    """What to say when it fails; without `that` and `match` it fails whenever the rule acts."""


class Save(Strict):
    """Write the payload to a file."""

    file: FileTemplate
    """In the folder of the rule file, or below it."""
    append: bool = False
    """Whether to add to the file, and not begin it anew."""


class Log(Strict):
    """Write a line to the engine's log."""

    text: Template
    """What to write."""
    level: Literal["debug", "info", "warning", "error"] = "info"
    """How much it matters."""


class Script(Strict):
    """Call a user's Python function, in a process of its own; only with --allow-scripts."""

    file: FileName
    """In the folder of the rule file, or below it."""
    function: str = "act"
    """Its name in the file."""
    args: dict[str, JsonTemplate] = Field(default_factory=dict)
    """What it gets besides the message."""
    timeout: Duration = 1_000_000_000
    """It is killed when it takes longer."""
