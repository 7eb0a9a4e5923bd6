"""The reference page of the control channel, from the definitions that it runs on."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pydantic import BaseModel

from scripts.markdown import inline, table
from wsinspect.control import messages
from wsinspect.control.descriptions import keys
from wsinspect.control.messages import ErrorCode, Json
from wsinspect.control.methods import METHODS, NOTICES, Method
from wsinspect.control.parameters import Params
from wsinspect.control.results import Notice, Result

_ERRORS = {
    ErrorCode.PARSE_ERROR: "The message is no JSON.",
    ErrorCode.INVALID_REQUEST: "It is JSON, but no request.",
    ErrorCode.METHOD_NOT_FOUND: "There is no such method.",
    ErrorCode.INVALID_PARAMS: "Parameters are missing, unknown, or of the wrong kind; the message names them.",
    ErrorCode.INTERNAL_ERROR: "A mistake of wsinspect's own, which its log tells more about.",
    ErrorCode.REFUSED: (
        "The engine cannot do it. `data` has `kind` (`engine`, `filter`, `rule`, `store` or `other`), `message`, and"
        " where they apply `where`, `hint`, and of a filter `expression` and `column` (from 1)."
    ),
}


def control_page() -> Iterator[str]:
    """Write the page."""
    yield "# The control channel"
    yield ""
    yield from _introduction()
    yield ""
    yield "## Errors"
    yield ""
    yield from table("Code", "Meaning", rows=((str(int(code)), inline(_ERRORS[code])) for code in ErrorCode))
    yield ""
    yield "## The methods"
    yield ""
    anchors = ((f"[`{name}`](#{name.replace('.', '')})", inline(method.meaning)) for name, method in METHODS.items())
    yield from table("Method", "Does", rows=anchors)
    for method in METHODS.values():
        yield from _method(method)
    yield from _notices()


def _introduction() -> Iterator[str]:
    yield (
        "A running engine is steered by [JSON-RPC 2.0](https://www.jsonrpc.org/specification), each message of it one"
        " WebSocket message. `wsinspect ctl METHOD` calls any method from a shell; the address for programs is"
        " `control` in the file that `--ready-file` names."
    )
    yield ""
    yield (
        "- `unix:PATH` is a Unix-domain socket that only the user can reach. The request target is `/`, whatever host"
        " it names.\n"
        "- On Windows it is the URL of a WebSocket on 127.0.0.1, with a token without which there is no answer.\n"
        "- A request with an `Origin` header, as browsers send it, is refused.\n"
        f"- A message has {messages.MOST_BYTES >> 20} MiB at most, a batch {messages.MOST_IN_BATCH} requests. Calls of"
        " a connection are carried out one after another.\n"
        "- Parameters are given by name. Times are Unix seconds, sizes bytes; a key that does not apply is absent.\n"
        "- A breakpoint without `keep` is removed 10 s after the connection that set it is gone, and what it holds is"
        " released, unless a connection has said `hello` with the same name by then.\n"
        "- Whoever does not read what is sent for 10 s is cut off."
    )


def _method(method: Method[Params]) -> Iterator[str]:
    yield ""
    yield f"### {method.name}"
    yield ""
    yield inline(method.meaning)
    if rows := list(_parameter_rows(method.params)):
        yield ""
        yield from table("Parameter", "Takes", "Default", "Meaning", rows=rows)
    yield ""
    yield from _result(method)
    yield ""
    yield "```json"
    yield _shown({"jsonrpc": "2.0", "id": 1, "method": method.name, "params": method.example})
    yield _shown({"jsonrpc": "2.0", "id": 1, "result": method.example_result})
    yield "```"


def _parameter_rows(model: type[BaseModel]) -> Iterator[tuple[str, ...]]:
    for key in keys(model):
        default = "required" if key.required else f"`{key.default}`" if key.default is not None else ""
        yield f"`{key.name}`", key.type, default, inline(key.meaning)


def _result(method: Method[Params]) -> Iterator[str]:
    match method.result:
        case None:
            yield "The result is null."
        case str(words):
            yield f"The result is {words}."
        case model:
            yield f"The result is {'a list of objects' if method.many else 'an object'}:"
            yield ""
            yield from _result_table(model)


def _result_table(model: type[Result]) -> Iterator[str]:
    rows = ((f"`{key.name}`", key.type, inline(key.meaning)) for key in keys(model))
    yield from table("Key", "Is", "Meaning", rows=rows)


def _notices() -> Iterator[str]:
    yield ""
    yield "## Notices"
    yield ""
    yield (
        "After `subscribe` the engine tells what happens as JSON-RPC notifications, whose method is the kind of notice."
        " What a client does not read in time is left out, and `lost` says in its place how much that was."
    )
    yield ""
    rows = ((f"`{notice.name}`", inline(notice.meaning), _params_of(notice.params)) for notice in NOTICES.values())
    yield from table("Notice", "Says", "Parameters", rows=rows)
    yield ""
    yield from _result_table(Notice)
    yield ""
    yield "```json"
    params: Json = {"time": 1795000007.5, "text": "breakpoint 1", "session": 3, "message": 17}
    yield _shown({"jsonrpc": "2.0", "method": "held", "params": params})
    yield "```"


def _params_of(model: type[Result]) -> str:
    match model.__name__:
        case "Notice":
            return "those below"
        case "Status":
            return "the result of [`status`](#status)"
        case _:
            return ", ".join(f"`{key.name}`: {key.meaning[0].lower()}{key.meaning[1:]}" for key in keys(model))


def _shown(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
