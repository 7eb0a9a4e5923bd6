"""What the methods of the control channel answer, and what its notices say.

Times are Unix seconds with microseconds, sizes bytes; a key that does not apply is absent.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _encodable(value: object) -> object:
    """Make text that JSON can carry: what was not UTF-8 in a name of a file comes as a lone surrogate."""
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "replace").decode()
    return value


Text = Annotated[str, BeforeValidator(_encodable)]
Time = Annotated[float, Field(description="When.")]
SessionNumber = Annotated[int, Field(description="Number of the session.")]
MessageNumber = Annotated[int, Field(description="Number of the message in its session.")]


class Result(BaseModel):
    """An object with these keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Welcome(Result):
    """Answers a greeting."""

    version: Text = Field(description="wsinspect's.")
    owner: Text = Field(description="The name that breakpoints of this connection belong to.")


class Status(Result):
    """How the engine is."""

    version: Text = Field(description="wsinspect's.")
    capture: Text = Field(description="Path of the capture file.")
    listen: list[Text] = Field(description="`HOST:PORT` of each listener.")
    started: float = Field(description="When the engine started.")
    open_sessions: int = Field(description="Sessions that are open.")
    sessions: int = Field(description="Sessions so far.")
    messages: int = Field(description="Messages relayed so far, both directions.")
    from_clients: int = Field(description="Messages of clients among them.")
    from_servers: int = Field(description="Messages of servers among them.")
    bytes: int = Field(description="Bytes relayed so far, both directions.")
    backlog: int = Field(description="Bytes that wait to be written to the capture.")
    paused: bool = Field(description="Whether recording is paused, as somebody asked.")
    recording: bool = Field(description="False: the capture cannot be written just now. The traffic goes on.")
    held: int = Field(description="Messages that are held.")
    breakpoints: int = Field(description="Breakpoints that are set.")
    rules: int = Field(description="Rules that are loaded.")
    rule_files: list[Text] = Field(description="The files they come from.")
    expect_failures: int = Field(description="Expectations of rules that failed.")
    alerts: int = Field(description="Alerts of rules.")


class NewBreakpoint(Result):
    """What was set."""

    breakpoint: int = Field(description="Its number.")


class Breakpoint(Result):
    """A filter expression whose messages are held."""

    breakpoint: int = Field(description="Its number.")
    filter: Text = Field(description="The filter expression.")
    owner: Text | None = Field(default=None, description="The client that set it; absent where it stays.")
    hits: int = Field(description="How many messages it held.")


class Held(Result):
    """A message that waits for a person."""

    session: SessionNumber
    message: MessageNumber
    dir: Literal["c2s", "s2c"] = Field(description="Its direction.")
    type: Literal["text", "binary"] = Field(description="Its type.")
    size: int = Field(description="Size of the payload as it would go now.")
    since: float = Field(description="Since when it is held.")
    by: Text = Field(description="What holds it: `breakpoint 3`, or `rule vip`.")
    changed: bool = Field(description="Whether a rule or a person has changed it.")


class Payload(Result):
    """The payload of a held message, as it would go now."""

    session: SessionNumber
    message: MessageNumber
    type: Literal["text", "binary"] = Field(description="Its type.")
    size: int = Field(description="Its size.")
    text: str | None = Field(default=None, description="The payload, where it is text.")
    base64: str | None = Field(default=None, description="The payload, where it is not.")


class Released(Result):
    """What was let go."""

    released: int = Field(description="How many messages.")


class Loaded(Result):
    """What is in force now."""

    rules: int = Field(description="How many rules.")


class Rule(Result):
    """A rule that is loaded."""

    id: Text = Field(description="Its id.")
    place: Text = Field(description="`file:line:column`.")
    enabled: bool = Field(description="Whether it is asked.")
    event: Text = Field(description="What it is about.")
    hits: int = Field(description="How often its actions ran.")
    changed: int = Field(description="How many messages it changed.")
    errors: int = Field(description="How often it failed.")
    last_hit: float | None = Field(default=None, description="When its actions ran last.")
    last_error: Text | None = Field(default=None, description="Why it failed last.")
    note: Text | None = Field(default=None, description="What the file says about it.")


class Parameter(Result):
    """A parameter of a method."""

    name: Text = Field(description="Its name.")
    type: Text = Field(description="What it takes, in words.")
    required: bool = Field(description="Whether it has to be given.")
    default: Text | None = Field(default=None, description="What it is without, as JSON.")
    meaning: Text = Field(description="What it is for.")


class MethodDescription(Result):
    """A method of the control channel."""

    method: Text = Field(description="Its name.")
    meaning: Text = Field(description="What it does.")
    params: list[Parameter] = Field(description="What it takes.")


class Notice(Result):
    """Something that happened in the engine."""

    time: float = Field(description="When.")
    text: Text | None = Field(default=None, description="What there is to say.")
    session: int | None = Field(default=None, description="Number of the session.")
    message: int | None = Field(default=None, description="Number of the message in its session.")
    rule: Text | None = Field(default=None, description="Id of the rule.")


class Lost(Result):
    """What a client was too slow for."""

    count: int = Field(description="How many notices were left out here.")


def as_json(result: Result) -> bytes:
    """Encode a result; a key that does not apply is absent."""
    return result.model_dump_json(exclude_none=True).encode()
