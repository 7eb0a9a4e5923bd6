"""One thing to do: the vocabulary of `do`."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from wsinspect.rules.quantities import Size
from wsinspect.rules.schema.contents import Broadcast, ControlFrame, RawFrame, Reply, Send
from wsinspect.rules.schema.settings import (
    Blackhole,
    Capture,
    Close,
    Corrupt,
    Delay,
    Duplicate,
    Expect,
    Fragment,
    HalfClose,
    Log,
    MapRemote,
    Mock,
    Nothing,
    Reject,
    Reorder,
    Replace,
    Replay,
    Save,
    Scope,
    Script,
    SetType,
    Throttle,
)
from wsinspect.rules.schema.shape import (
    Maybe,
    Named,
    OneAsList,
    OneOrMore,
    Shorthand,
    Strict,
    Word,
    markers,
    wrong,
)
from wsinspect.rules.schema.texts import (
    Base64Template,
    FileTemplate,
    HeaderName,
    HeaderTemplate,
    HexTemplate,
    JsonPath,
    JsonTemplate,
    PathTemplate,
    Template,
    VariableName,
)

SCOPED = ("capture", "set", "incr", "unset")
"""Actions beside which there may be a `scope`."""


class Action(Strict):
    """One thing to do; an action without any settings may be its name alone."""

    # change
    replace: Maybe[Replace] = None
    json_set: Maybe[Annotated[dict[JsonPath, JsonTemplate], Field(min_length=1)]] = None
    """Set values in a JSON payload. JSONPath: value."""
    json_delete: Maybe[OneOrMore[JsonPath]] = None
    """Delete values from a JSON payload, by JSONPath."""
    set_text: Maybe[Template] = None
    """Put a text in the place of the payload."""
    set_hex: Maybe[HexTemplate] = None
    """Put bytes in the place of the payload."""
    set_base64: Maybe[Base64Template] = None
    """Put bytes in the place of the payload."""
    from_file: Maybe[FileTemplate] = None
    """Put the content of a file in the place of the payload; in the folder of the rule file, or below it."""
    set_type: Maybe[Word[SetType]] = None
    """Make it a text or a binary message."""
    set_fields: Maybe[Named[JsonTemplate]] = None
    """Change fields as the protocol's decoder names them."""
    # handshake
    header_set: Maybe[Annotated[dict[HeaderName, HeaderTemplate], Field(min_length=1)]] = None
    """Set headers, instead of all of the same name."""
    header_add: Maybe[Annotated[dict[HeaderName, HeaderTemplate], Field(min_length=1)]] = None
    """Add headers."""
    header_remove: Maybe[OneOrMore[HeaderName]] = None
    """Remove headers."""
    path_set: Maybe[PathTemplate] = None
    """Ask for another path and query."""
    map_remote: Maybe[Annotated[MapRemote, Shorthand("url")]] = None
    subprotocol_set: Maybe[HeaderTemplate] = None
    """Offer, or agree on, this subprotocol."""
    extensions_strip: Maybe[Annotated[list[str], OneAsList(bare=True)]] = None
    """Take extensions out of the offer or the answer; none named: all of them."""
    reject: Maybe[Annotated[Reject, Shorthand("status", bare=True)]] = None
    mock: Maybe[Mock] = None
    replay: Maybe[Replay] = None
    # flow
    drop: Maybe[Annotated[Nothing, Shorthand(bare=True)]] = None
    """Do not send it on."""
    hold: Maybe[Annotated[Nothing, Shorthand(bare=True)]] = None
    """Keep it until a person releases, edits or drops it."""
    delay: Maybe[Annotated[Delay, Shorthand("ms")]] = None
    throttle: Maybe[Throttle] = None
    duplicate: Maybe[Annotated[Duplicate, Shorthand("times", bare=True)]] = None
    reorder: Maybe[Annotated[Reorder, Shorthand("window")]] = None
    fragment: Maybe[Annotated[Fragment, Shorthand("sizes")]] = None
    # speak
    send: Maybe[Send] = None
    reply: Maybe[Annotated[Reply, Shorthand("text")]] = None
    ping: Maybe[Annotated[ControlFrame, Shorthand("to")]] = None
    pong: Maybe[Annotated[ControlFrame, Shorthand("to")]] = None
    broadcast: Maybe[Broadcast] = None
    # fault
    corrupt: Maybe[Corrupt] = None
    truncate: Maybe[Size] = None
    """Cut the payload off after so many bytes."""
    raw_frame: Maybe[RawFrame] = None
    close: Maybe[Annotated[Close, Shorthand("code", bare=True)]] = None
    abort: Maybe[Annotated[Nothing, Shorthand(bare=True)]] = None
    """Reset both TCP connections."""
    blackhole: Maybe[Annotated[Blackhole, Shorthand("dir", bare=True)]] = None
    half_close: Maybe[Annotated[HalfClose, Shorthand("side")]] = None
    # state
    goto: Maybe[Annotated[str, Field(min_length=1)]] = None
    """Bring the session into a state; see `rule_state`."""
    capture: Maybe[Capture] = None
    set: Maybe[Annotated[dict[VariableName, JsonTemplate], Field(min_length=1)]] = None
    """Set variables."""
    incr: Maybe[Annotated[dict[VariableName, int], Field(min_length=1)]] = None
    """Add to variables; one that is not there counts as 0."""
    unset: Maybe[OneOrMore[VariableName]] = None
    """Forget variables."""
    scope: Word[Scope] = Scope.SESSION
    """For whom the variables of `capture`, `set`, `incr`, `unset` are."""
    # observe
    tag: Maybe[OneOrMore[Template]] = None
    """Tag the message, or, where there is none, the session."""
    note: Maybe[Template] = None
    """Add a line to the note of the message, or of the session."""
    log: Maybe[Annotated[Log, Shorthand("text")]] = None
    alert: Maybe[Template] = None
    """Tell a person."""
    expect: Maybe[Annotated[Expect, Shorthand("that", bare=True)]] = None
    save: Maybe[Annotated[Save, Shorthand("file")]] = None
    script: Maybe[Annotated[Script, Shorthand("file")]] = None

    @property
    def name(self) -> str:
        """Which of them it is."""
        return next(iter(self.model_fields_set - {"scope"}))

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, value: object) -> object:
        # Without settings: `drop`, or `drop:` with nothing behind it.
        if isinstance(value, str):
            value = {value: None}
        if isinstance(value, dict):
            return {key: {} if given is None and key in BARE else given for key, given in value.items()}
        return value

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set - {"scope"}) != 1:
            raise wrong("give exactly one action; write further ones as further items of the list")
        if "scope" in self.model_fields_set and self.name not in SCOPED:
            raise wrong(f"{self.name} has no scope: only {', '.join(SCOPED)} have")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Add what the validators above know."""
        whole = handler.resolve_ref_schema(handler(schema))
        mapping = {**whole, **_ONE_ACTION}
        description = mapping.pop("description")
        whole.clear()
        whole.update({"description": description, "anyOf": [{"enum": sorted(BARE)}, mapping]})
        return whole


_ONE_ACTION: JsonSchemaValue = {
    "if": {"required": ["scope"]},
    "then": {"minProperties": 2, "maxProperties": 2, "anyOf": [{"required": [name]} for name in SCOPED]},
    "else": {"minProperties": 1, "maxProperties": 1},
}

BARE = frozenset(
    name
    for name, field in Action.model_fields.items()
    if any(isinstance(marker, Shorthand | OneAsList) and marker.bare for marker in markers(field.annotation))
)
"""Actions that may be their name alone."""
