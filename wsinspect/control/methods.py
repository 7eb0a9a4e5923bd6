"""Every method and every notice of the control channel: the table that the engine, `ctl` and the reference share."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from wsinspect.control import parameters, results
from wsinspect.control.messages import Json
from wsinspect.control.parameters import Params
from wsinspect.control.results import Result

_MOST_PARAMS = 32
_MOST_PROBLEMS = 5
_LONGEST_NAME_SHOWN = 40
_SESSION_SHOWN: dict[str, Json] = {
    "id": 3, "relay": "direct", "state": "open", "url": "wss://chat.test/room", "host": "chat.test", "path": "/room",
    "opened": 1795000000.125, "messages": {"c2s": 12, "s2c": 15}, "bytes": {"c2s": 512, "s2c": 2048},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Method[P: Params]:
    """One method.

    Raised by the engine besides: `EngineError`, `FilterError`, `RuleError` and `StoreError`, as `ErrorCode.REFUSED`.
    """

    name: str
    meaning: str
    """What it does, a sentence."""
    params: type[P]
    result: type[Result] | str | None
    """The keys of its result, or what the result is in words; None: it is null."""
    many: bool
    """Whether the result is a list of such objects."""
    example: dict[str, Json]
    """Parameters of a call."""
    example_result: Json
    """What that may answer."""


@dataclass(frozen=True, slots=True)
class NoticeDescription:
    """One kind of notice."""

    name: str
    meaning: str
    params: type[Result]


class ParamsError(Exception):
    """Parameters that do not fit a method."""


def _method[P: Params](
    name: str,
    meaning: str,
    params: type[P],
    result: type[Result] | str | None = None,
    *,
    many: bool = False,
    example: dict[str, Json] | None = None,
    gives: Json = None,
) -> Method[P]:
    return Method(name, meaning, params, result, many, example or {}, gives)


HELLO = _method(
    "hello",
    "Name the client. What it holds is kept for a client of that name for 10 s after it vanished.",
    parameters.Hello,
    results.Welcome,
    example={"name": "anna"},
    gives={"version": "0.1.0", "owner": "anna"},
)
METHODS_ = _method(
    "methods",
    "List the methods.",
    parameters.Nothing,
    results.MethodDescription,
    many=True,
    gives=[{"method": "methods", "meaning": "List the methods.", "params": []}],
)
STATUS = _method(
    "status",
    "Tell how the engine is, with live counters.",
    parameters.Nothing,
    results.Status,
    gives={
        "version": "0.1.0", "capture": "/home/anna/chat.wsi", "listen": ["127.0.0.1:8080"], "started": 1795000000.0,
        "open_sessions": 1, "sessions": 3, "messages": 27, "from_clients": 12,
        "from_servers": 15, "bytes": 4711, "backlog": 0, "paused": False,
        "recording": True, "held": 1, "breakpoints": 1, "rules": 2, "rule_files": ["/home/anna/rules.yaml"],
        "expect_failures": 0, "alerts": 0,
    },
)  # fmt: skip
SESSIONS = _method(
    "sessions",
    "List the open sessions, with their counters.",
    parameters.Sessions,
    "a list of [sessions](records.md)",
    many=True,
    example={"filter": "host == 'chat.test'"},
    gives=[_SESSION_SHOWN],
)
HOLD = _method(
    "hold",
    "Set a breakpoint: hold messages that match.",
    parameters.Hold,
    results.NewBreakpoint,
    example={"filter": "dir == c2s and text contains 'order'", "keep": True},
    gives={"breakpoint": 1},
)
UNHOLD = _method(
    "unhold",
    "Remove a breakpoint. What it holds stays held.",
    parameters.OfBreakpoint,
    example={"breakpoint": 1},
)
BREAKPOINTS = _method(
    "breakpoints",
    "List the breakpoints.",
    parameters.Nothing,
    results.Breakpoint,
    many=True,
    gives=[{"breakpoint": 1, "filter": "dir == c2s and text contains 'order'", "hits": 1}],
)
HELD = _method(
    "held",
    "List the messages that are held.",
    parameters.Nothing,
    results.Held,
    many=True,
    gives=[
        {
            "session": 3, "message": 17, "dir": "c2s", "type": "text", "size": 24, "since": 1795000007.5,
            "by": "breakpoint 1", "changed": False,
        }
    ],
)  # fmt: skip
PAYLOAD = _method(
    "payload",
    "Return the payload of a held message, as it would go now.",
    parameters.OfMessage,
    results.Payload,
    example={"session": 3, "message": 17},
    gives={"session": 3, "message": 17, "type": "text", "size": 24, "text": '{"order": 7, "count": 1}'},
)
EDIT = _method(
    "edit",
    "Put another payload in place of a held message's. It stays held.",
    parameters.Edit,
    example={"session": 3, "message": 17, "json": {"order": 7, "count": 100}},
)
RELEASE = _method(
    "release",
    "Let a held message go on, changed first where a payload is given; or everything that is held.",
    parameters.Release,
    results.Released,
    example={"session": 3, "message": 17},
    gives={"released": 1},
)
DROP = _method("drop", "Do not send a held message on.", parameters.OfMessage, example={"session": 3, "message": 17})
INJECT = _method(
    "inject",
    "Send a message, or a frame with any header bits, to a side of a session or to both.",
    parameters.Inject,
    example={"session": 3, "to": "client", "text": "hello"},
)
CLOSE = _method(
    "close",
    "Close a session with a close frame.",
    parameters.Close,
    example={"session": 3, "code": 1001, "reason": "going away"},
)
ABORT = _method(
    "abort", "Cut both connections of a session without a close frame.", parameters.OfSession, example={"session": 3}
)
HALF_CLOSE = _method(
    "half_close",
    "Tell a side that nothing more comes, and go on with what it sends.",
    parameters.HalfClose,
    example={"session": 3, "side": "server"},
)
RULES_LIST = _method(
    "rules.list",
    "List the rules, with hits and last error.",
    parameters.Nothing,
    results.Rule,
    many=True,
    gives=[
        {
            "id": "vip", "place": "/home/anna/rules.yaml:3:5", "enabled": True, "event": "message", "hits": 4,
            "changed": 4, "errors": 0, "last_hit": 1795000007.5,
        }
    ],
)  # fmt: skip
RULES_LOAD = _method(
    "rules.load",
    "Put the rules of files in place of all. A file with a mistake changes nothing.",
    parameters.Files,
    results.Loaded,
    example={"files": ["/home/anna/rules.yaml"]},
    gives={"rules": 2},
)
RULES_RELOAD = _method(
    "rules.reload",
    "Read the rule files again. A file with a mistake changes nothing.",
    parameters.Nothing,
    results.Loaded,
    gives={"rules": 2},
)
RULES_ENABLE = _method("rules.enable", "Ask a rule again.", parameters.OfRule, example={"rule": "vip"})
RULES_DISABLE = _method("rules.disable", "Ask a rule no more.", parameters.OfRule, example={"rule": "vip"})
PAUSE = _method("pause", "Record nothing further. The traffic goes on, and is counted as a gap.", parameters.Nothing)
RESUME = _method("resume", "Record again.", parameters.Nothing)
TAG = _method(
    "tag",
    "Set the tags of a session, or of a message of it.",
    parameters.Tag,
    example={"session": 3, "message": 17, "tags": ["suspect"]},
)
NOTE = _method(
    "note",
    "Set the note of a session, or of a message of it.",
    parameters.Note,
    example={"session": 3, "note": "the one of the ticket"},
)
SUBSCRIBE = _method(
    "subscribe",
    "Be told notices, in place of what was subscribed to before.",
    parameters.Subscribe,
    example={"kinds": ["held", "released"], "status_every": 5},
)
UNSUBSCRIBE = _method("unsubscribe", "Be told no more.", parameters.Nothing)
SHUTDOWN = _method("shutdown", "Stop the engine, as Ctrl-C does.", parameters.Nothing)

METHODS: dict[str, Method[Params]] = {
    method.name: method
    for method in (
        *(STATUS, SESSIONS, HOLD, UNHOLD, BREAKPOINTS, HELD, PAYLOAD, EDIT, RELEASE, DROP, INJECT, CLOSE, ABORT),
        *(HALF_CLOSE, RULES_LIST, RULES_LOAD, RULES_RELOAD, RULES_ENABLE, RULES_DISABLE, PAUSE, RESUME, TAG, NOTE),
        *(SUBSCRIBE, UNSUBSCRIBE, HELLO, METHODS_, SHUTDOWN),
    )
}
"""By name, in the order of the reference."""

NOTICES: dict[str, NoticeDescription] = {
    notice.name: notice
    for notice in (
        NoticeDescription("session", "A session opened or closed.", results.Notice),
        NoticeDescription("held", "A message is held.", results.Notice),
        NoticeDescription(
            "released",
            "A held message went on, was dropped, or could not be sent any more: `text` has its verdict.",
            results.Notice,
        ),
        NoticeDescription(
            "rules", "Rules were loaded, or a file could not be: then the last good ones stay.", results.Notice
        ),
        NoticeDescription("rule_error", "A rule failed.", results.Notice),
        NoticeDescription("alert", "A rule raised an alert.", results.Notice),
        NoticeDescription("expect_failed", "What a rule expects did not come true.", results.Notice),
        NoticeDescription("log", "A rule logged something.", results.Notice),
        NoticeDescription("paused", "Recording stopped, or goes on, as somebody asked.", results.Notice),
        NoticeDescription("replay", "A recording is played in a session from now on, or was.", results.Notice),
        NoticeDescription(
            "unmatched",
            "A message is none of those in the recording that is played: `text` has the nearest, and what differs.",
            results.Notice,
        ),
        NoticeDescription("limit", "A session is not read from, as too much of it is held.", results.Notice),
        NoticeDescription("status", "How the engine is, every so often where that was asked for.", results.Status),
        NoticeDescription("lost", "Notices were left out here: the client did not read them in time.", results.Lost),
    )
}
"""By name, which is the method of the JSON-RPC notification."""


def checked[P: Params](method: Method[P], given: dict[str, Json]) -> P:
    """Return the parameters of a call.

    Raises:
        ParamsError: They do not fit, with what is wrong with each.
    """
    if len(given) > _MOST_PARAMS:
        raise ParamsError(f"{len(given)} parameters are too many")
    try:
        return method.params.model_validate(given)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        known = parameter_names(method)
        told = [_problem(each["type"], each["loc"], each["msg"], known) for each in found[:_MOST_PROBLEMS]]
        rest = len(found) - len(told)
        raise ParamsError("; ".join(told) + (f"; and {rest} more" if rest else "")) from error


def parameter_names(method: Method[Params]) -> list[str]:
    """List the parameters of a method."""
    return [field.alias or name for name, field in method.params.model_fields.items()]


def no_such_method(name: str) -> str:
    """Say that there is no method of a name, with one that may be meant."""
    return f"no method '{shortened(name)}'{did_you_mean(name, METHODS)}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a suggestion to follow a message, empty where nothing is near."""
    near = difflib.get_close_matches(shortened(name), list(known), n=1)
    return f" (did you mean '{near[0]}'?)" if near else ""


def shortened(name: str) -> str:
    """Cut a name of whatever length for a message."""
    return name if len(name) <= _LONGEST_NAME_SHOWN else f"{name[:_LONGEST_NAME_SHOWN]}…"


def _problem(kind: str, place: tuple[int | str, ...], message: str, known: list[str]) -> str:
    # Unions name their branches in the place of a problem: the parameter is its first part.
    name = shortened(str(place[0])) if place else ""
    if kind == "extra_forbidden":
        return f"unknown parameter '{name}'{did_you_mean(name, known)}"
    if kind == "missing":
        return f"parameter '{name}' is missing"
    said = message.removeprefix("Value error, ").replace("Input should", "has", 1).replace("has be", "has to be", 1)
    if not place:
        return said
    item = f" ({place[1] + 1}.)" if len(place) > 1 and isinstance(place[1], int) else ""
    return f"parameter '{name}'{item} {said[0].lower()}{said[1:]}"
