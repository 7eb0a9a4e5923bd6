"""What a rule file may hold: the one definition that checks files and gives editors their JSON Schema.

Values that are texts may hold templates, `{{ … }}` (see `templates`). Durations are `200ms`, `5s`, `2m`, or a number of
seconds; sizes are `512`, `4k`, `1Mi`.
"""

from __future__ import annotations

import enum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from wsinspect.rules.quantities import Duration, Size

type Scalar = str | int | float | bool | None
type Json = Scalar | list[Json] | dict[str, Json]
type OneOrMore[T] = T | list[T]
type Word[T] = Annotated[T, Field(strict=False)]
"""An enum, given by its value."""


class Strict(BaseModel):
    """What has no keys but the ones it says."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


# ---- what a rule is asked about


class Event(enum.StrEnum):
    """What a rule may be on, besides timers and silence."""

    MESSAGE = "message"
    HANDSHAKE_REQUEST = "handshake_request"
    HANDSHAKE_RESPONSE = "handshake_response"
    OPEN = "open"
    PING = "ping"
    PONG = "pong"
    CLOSE = "close"


class OnTimer(Strict):
    """Every so often, in each session that the rule's match fits."""

    timer: Duration


class OnIdle(Strict):
    """Once, each time that no message has passed for so long."""

    idle: Duration


class Range(Strict):
    """Bounds of a number."""

    equals: int | float | None = None
    gt: int | float | None = None
    ge: int | float | None = None
    lt: int | float | None = None
    le: int | float | None = None


class SizeRange(Strict):
    """Bounds of a size."""

    gt: Size | None = None
    ge: Size | None = None
    lt: Size | None = None
    le: Size | None = None


class DurationRange(Strict):
    """Bounds of a duration."""

    gt: Duration | None = None
    ge: Duration | None = None
    lt: Duration | None = None
    le: Duration | None = None


class TextTest(Strict):
    """Tests of a text; all that are given must hold."""

    equals: str | None = None
    contains: str | None = None
    icontains: str | None = None
    starts: str | None = None
    ends: str | None = None


class ValueTest(Strict):
    """Tests of a value in JSON; all that are given must hold for one of the values that the path leads to."""

    equals: Json = None
    regex: str | None = None
    exists: bool | None = None
    """False: there must be none."""
    contains: str | None = None
    gt: int | float | None = None
    ge: int | float | None = None
    lt: int | float | None = None
    le: int | float | None = None
    in_: list[Json] | None = Field(default=None, alias="in")


class BytesTest(Strict):
    """Bytes at a place."""

    at: int = 0
    """From 0; negative counts from the end."""
    equals: str
    """Hexadecimal."""


class Every(Strict):
    """Every so many messages."""

    every: Annotated[int, Field(ge=1)]
    from_: Annotated[int, Field(ge=1, alias="from")] = 1


class Match(Strict):
    """Conditions, all of which must hold. A text for a name is a glob, or with `~` in front a regular expression."""

    url: OneOrMore[str] | None = None
    host: OneOrMore[str] | None = None
    path: OneOrMore[str] | None = None
    """Of the request, without its query."""
    query: dict[str, str] | None = None
    header: dict[str, str | bool] | None = None
    """Of the request, by name in any case; in `handshake_response` rules of the response. False: it must be absent."""
    subprotocol: OneOrMore[str] | None = None
    protocol: OneOrMore[str] | None = None
    """As a decoder recognised it."""
    status: OneOrMore[int] | None = None
    dir: Literal["c2s", "s2c"] | None = None
    type: Literal["text", "binary"] | None = None
    text: str | TextTest | None = None
    """A text alone: the payload contains it."""
    regex: str | None = None
    """Found anywhere in the payload; its named groups are known to actions as `match.NAME`."""
    json_: dict[str, Json | ValueTest] | None = Field(default=None, alias="json")
    """By JSONPath."""
    hex: str | None = None
    """The payload contains these bytes; `??` is any byte."""
    bytes: OneOrMore[BytesTest] | None = None
    size: Size | SizeRange | None = None
    event: OneOrMore[str] | None = None
    """As a decoder names it."""
    fields: dict[str, Json | ValueTest] | None = None
    """A decoder's fields, by JSONPath or by name."""
    index: int | Every | None = None
    """Place among the messages of its direction, from 1."""
    since_open: DurationRange | None = None
    gap: DurationRange | None = None
    """Since the message before it in its direction."""
    close_code: OneOrMore[int] | Range | None = None
    tag: OneOrMore[str] | None = None
    """One of the session's, or of the message's by an earlier rule."""
    source: Literal["peer", "rule", "user", "replay", "any"] | None = None
    """Who made it; `peer` unless said."""
    any: list[Match] | None = None
    all: list[Match] | None = None
    not_: Match | None = Field(default=None, alias="not")


# ---- what a rule does


class Scope(enum.StrEnum):
    """For whom a variable is."""

    SESSION = "session"
    HOST = "host"
    GLOBAL = "global"


class To(enum.StrEnum):
    """Which peer."""

    CLIENT = "client"
    SERVER = "server"
    BOTH = "both"


class Content(Strict):
    """A payload: exactly one of text, json (text messages), hex, base64, file (binary ones, unless `type` says)."""

    text: str | None = None
    json_: Json = Field(default=None, alias="json")
    hex: str | None = None
    base64: str | None = None
    file: str | None = None
    """In the folder of the rule file, or below it."""
    type: Literal["text", "binary"] | None = None

    @model_validator(mode="after")
    def _one(self) -> Content:
        if len(self.model_fields_set & {"text", "json_", "hex", "base64", "file"}) != 1:
            raise ValueError("give exactly one of text, json, hex, base64, file")
        return self


def _content(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


class Send(Content):
    """A message of our own."""

    to: Word[To]
    after: Duration = 0
    repeat: Annotated[int, Field(ge=1)] | Repeat = 1


class Repeat(Strict):
    """Again and again."""

    times: Annotated[int, Field(ge=1)] | None = None
    """None: until the session closes."""
    every: Duration


class Reply(Content):
    """A message to where the message came from."""

    after: Duration = 0


class Broadcast(Content):
    """A message to every open session that matches."""

    to: Word[To]
    match: Match = Field(default_factory=Match)
    """What can be told of a session; nothing: all of them."""


class ControlFrame(Strict):
    """A ping or pong of our own."""

    to: Word[To]
    text: str = ""
    after: Duration = 0


class Replace(Strict):
    """Search and replace in a payload."""

    text: str | None = None
    """A literal; else `regex`."""
    regex: str | None = None
    with_: str = Field(alias="with")
    r"""With `regex`, `\1` and `\g<name>` are its groups."""
    count: Annotated[int, Field(ge=1)] | None = None
    """None: all of them."""

    @model_validator(mode="after")
    def _one(self) -> Replace:
        if (self.text is None) == (self.regex is None):
            raise ValueError("give one of text and regex")
        return self


class Delay(Strict):
    """Hold a message back for a time."""

    ms: Annotated[float, Field(ge=0)]
    jitter: Annotated[float, Field(ge=0)] = 0
    """Milliseconds: half of the uniform spread, or the standard deviation."""
    distribution: Literal["uniform", "normal", "exponential", "pareto"] = "uniform"


class Throttle(Strict):
    """Slow a direction down, by delaying its messages."""

    kbps: Annotated[float, Field(gt=0)] | None = None
    """Kilobits a second."""
    messages_per_s: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Throttle:
        if (self.kbps is None) == (self.messages_per_s is None):
            raise ValueError("give one of kbps and messages_per_s")
        return self


class Reorder(Strict):
    """Let a random number, below `window`, of later messages of its direction go first."""

    window: Annotated[int, Field(ge=2, le=1000)]
    within: Duration = 1_000_000_000
    """It waits for them no longer than this."""


class Duplicate(Strict):
    """Send a message again."""

    times: Annotated[int, Field(ge=1, le=1000)] = 1


class Fragment(Strict):
    """Send a message in frames of these payload sizes; the last size repeats."""

    sizes: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1)]


class Corrupt(Strict):
    """Flip random bits, or replace random bytes."""

    bits: Annotated[int, Field(ge=1)] | None = None
    bytes: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Corrupt:
        if (self.bits is None) == (self.bytes is None):
            raise ValueError("give one of bits and bytes")
        return self


class RawFrame(Strict):
    """A frame of our own with any header."""

    to: Word[To]
    opcode: Annotated[int, Field(ge=0, le=15)]
    fin: bool = True
    rsv: Annotated[int, Field(ge=0, le=7)] = 0
    mask: bool | None = None
    """None: as RFC 6455 wants it."""
    length: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    """What the header says, where that is not to be true."""
    text: str | None = None
    payload: str | None = None
    """Hexadecimal."""


class Close(Strict):
    """Close the session with a close frame."""

    code: Annotated[int, Field(ge=0, le=65535)] | None = 1000
    """None: a close frame without any."""
    reason: str = ""
    side: Word[To] = To.BOTH


class HalfClose(Strict):
    """End one direction of the TCP connection: a FIN to this peer."""

    side: Literal["client", "server"]


class Blackhole(Strict):
    """From now on pass nothing of a direction on; the connections stay open."""

    dir: Literal["c2s", "s2c", "both"] = "both"


class Reject(Strict):
    """Answer the upgrade instead of the server."""

    status: Annotated[int, Field(ge=200, le=599)] = 403
    headers: dict[str, str] = Field(default_factory=dict)
    body: str = ""


class MapRemote(Strict):
    """Connect elsewhere."""

    url: str
    """`ws://` or `wss://HOST[:PORT][/PATH]`; without a path the request's own stays."""
    keep_host: bool = False
    """Whether the Host header stays the client's."""


class Mock(Strict):
    """Answer the upgrade with 101 ourselves: no server is connected to."""

    upstream: Literal[False]
    subprotocol: str | None = None
    """None: the first that the client offers."""
    headers: dict[str, str] = Field(default_factory=dict)


class Capture(Strict):
    """Take values out of the message into variables; what is not there leaves its variable alone."""

    json_: dict[str, str] | None = Field(default=None, alias="json")
    """Variable: JSONPath."""
    regex: str | None = None
    """Its named groups are the variables."""
    header: dict[str, str] | None = None
    """Variable: name of a header of the handshake."""


class Expect(Strict):
    """What must hold of the message; where it does not, the run has failed (exit status 1)."""

    that: str | None = None
    """A filter expression."""
    match: Match | None = None
    message: str = ""
    """What to say when it fails; without `that` and `match` it fails whenever the rule acts."""


class Save(Strict):
    """Write the payload to a file."""

    file: str
    """A template; in the folder of the rule file, or below it."""
    append: bool = False


class Log(Strict):
    """Write a line to the engine's log."""

    text: str
    level: Literal["debug", "info", "warning", "error"] = "info"


class Script(Strict):
    """Call a user's Python function, in a process of its own; only with --allow-scripts."""

    file: str
    """In the folder of the rule file, or below it."""
    function: str = "act"
    args: dict[str, Json] = Field(default_factory=dict)
    timeout: Duration = 1_000_000_000


class SetType(enum.StrEnum):
    """Of a message."""

    TEXT = "text"
    BINARY = "binary"


def _from_shorthand(key: str) -> Any:
    """A text, or a number, stands for the key that an action mostly needs."""
    return BeforeValidator(lambda value: value if isinstance(value, dict) else {key: value})


def _from_nothing(value: Any) -> Any:
    return {} if value is True else value


class Action(Strict):
    """One thing to do; an action without any settings may be its name alone."""

    # change
    replace: Replace | None = None
    json_set: dict[str, Json] | None = None
    json_delete: OneOrMore[str] | None = None
    set_text: str | None = None
    set_hex: str | None = None
    set_base64: str | None = None
    from_file: str | None = None
    set_type: Word[SetType] | None = None
    set_fields: dict[str, Json] | None = None
    # handshake
    header_set: dict[str, str] | None = None
    header_add: dict[str, str] | None = None
    header_remove: OneOrMore[str] | None = None
    path_set: str | None = None
    map_remote: Annotated[MapRemote, _from_shorthand("url")] | None = None
    subprotocol_set: str | None = None
    extensions_strip: (
        Annotated[list[str], BeforeValidator(lambda value: [] if value == {} or value is True else value)] | None
    ) = None
    """Names; none: all of them."""
    reject: Annotated[Reject, BeforeValidator(_from_nothing), _from_shorthand("status")] | None = None
    mock: Mock | None = None
    # flow
    drop: Annotated[Strict, BeforeValidator(_from_nothing)] | None = None
    hold: Annotated[Strict, BeforeValidator(_from_nothing)] | None = None
    delay: Annotated[Delay, _from_shorthand("ms")] | None = None
    throttle: Throttle | None = None
    duplicate: Annotated[Duplicate, BeforeValidator(_from_nothing), _from_shorthand("times")] | None = None
    reorder: Annotated[Reorder, _from_shorthand("window")] | None = None
    fragment: (
        Annotated[
            Fragment,
            BeforeValidator(lambda v: v if isinstance(v, dict) else {"sizes": v if isinstance(v, list) else [v]}),
        ]
        | None
    ) = None
    # speak
    send: Send | None = None
    reply: Annotated[Reply, BeforeValidator(_content)] | None = None
    ping: Annotated[ControlFrame, _from_shorthand("to")] | None = None
    pong: Annotated[ControlFrame, _from_shorthand("to")] | None = None
    broadcast: Broadcast | None = None
    # fault
    corrupt: Corrupt | None = None
    truncate: Size | None = None
    raw_frame: RawFrame | None = None
    close: Annotated[Close, BeforeValidator(_from_nothing), _from_shorthand("code")] | None = None
    abort: Annotated[Strict, BeforeValidator(_from_nothing)] | None = None
    blackhole: Annotated[Blackhole, BeforeValidator(_from_nothing), _from_shorthand("dir")] | None = None
    half_close: Annotated[HalfClose, _from_shorthand("side")] | None = None
    # state
    goto: str | None = None
    capture: Capture | None = None
    set: dict[str, Json] | None = None
    incr: dict[str, int] | None = None
    unset: OneOrMore[str] | None = None
    scope: Word[Scope] = Scope.SESSION
    """Of `capture`, `set`, `incr`, `unset`."""
    # observe
    tag: OneOrMore[str] | None = None
    note: str | None = None
    log: Annotated[Log, _from_shorthand("text")] | None = None
    alert: str | None = None
    expect: Annotated[Expect, _from_shorthand("that")] | None = None
    save: Annotated[Save, _from_shorthand("file")] | None = None
    script: Annotated[Script, _from_shorthand("file")] | None = None

    @property
    def name(self) -> str:
        """Which of them it is."""
        return next(iter(self.model_fields_set - {"scope"}))

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, value: Any) -> Any:
        # Without settings: `drop`, or `drop:` with nothing behind it.
        if isinstance(value, str):
            return {value: {}}
        return (
            {key: {} if given is None else given for key, given in value.items()} if isinstance(value, dict) else value
        )

    @model_validator(mode="after")
    def _one(self) -> Action:
        if len(self.model_fields_set - {"scope"}) != 1:
            raise ValueError("give exactly one action; write further ones as further items of the list")
        return self


# ---- rules and files


class Then(enum.StrEnum):
    """Whether later rules see the message."""

    CONTINUE = "continue"
    STOP = "stop"


class OnError(enum.StrEnum):
    """What to do with a message that a rule fails on, or that is too large for it."""

    FORWARD = "forward"
    DROP = "drop"
    CLOSE = "close"


class Limit(Strict):
    """How often a rule may act."""

    times: Annotated[int, Field(ge=1)] | None = None
    """In all, over all sessions."""
    times_per_session: Annotated[int, Field(ge=1)] | None = None
    cooldown: Duration | None = None
    """Between two times, in one session."""
    rate: str | None = None
    """`10/s`, `100/m`, over all sessions."""
    until: Duration | None = None
    """Since the session opened."""
    injected: Annotated[int, Field(ge=0)] = 10_000
    """Most messages that the rule may send of its own in one session."""


class Rule(Strict):
    """One rule."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]
    enabled: bool = True
    priority: int = 0
    """Higher goes first."""
    on: Word[Event] | OnTimer | OnIdle = Event.MESSAGE
    match: Match = Field(default_factory=Match)
    when: str | None = None
    """A filter expression, in which `vars.x` are known."""
    rule_state: str | None = None
    """The rule lives only while the session is in this state; each begins in `start`."""
    probability: Annotated[float, Field(ge=0, le=1)] | None = None
    limit: Limit = Field(default_factory=Limit)
    do: Annotated[list[Action], Field(min_length=1)]
    then: Word[Then] = Then.CONTINUE
    on_error: Word[OnError] = OnError.FORWARD
    on_oversize: Word[OnError] = OnError.FORWARD
    note: str | None = None


class RuleFile(Strict):
    """A rule file."""

    version: Literal[1]
    seed: int | None = None
    """What is random repeats."""
    vars: dict[str, Json] = Field(default_factory=dict)
    include: list[str] = Field(default_factory=list)
    """Rule files in the same folder or below it; their rules come first."""
    rules: list[Rule] = Field(default_factory=list)
