"""Parameters of a method as they are typed: a JSON object, or `name=value` pairs."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import orjson

from wsinspect.control import methods
from wsinspect.control.descriptions import Key, keys
from wsinspect.control.messages import Json
from wsinspect.control.methods import Method
from wsinspect.control.parameters import Params

_NAMED = re.compile(r"\w+=(?!=)")
_SPOT = re.compile(r"(\d+)\.(\d+)")


def read_params(method: Method[Params], words: tuple[str, ...]) -> dict[str, Json]:
    """Read what follows the name of a method.

    Args:
        method: The method.
        words: Each `name=value`, the id of a message, or a value alone where the method needs but one; or one JSON
            object; or `-`, for one on standard input.

    Raises:
        UsageError: They cannot be read, or do not fit the method.
    """
    if words == ("-",):
        params = _object(sys.stdin.read())
    elif len(words) == 1 and words[0].lstrip().startswith("{"):
        params = _object(words[0])
    else:
        params = _pairs(method, words)
    params = _as_meant_here(method, params)
    try:
        methods.checked(method, params)
    except methods.ParamsError as error:
        raise click.UsageError(f"{method.name}: {error}\n'wsinspect ctl help {method.name}' explains it") from error
    return params


def _object(text: str) -> dict[str, Json]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise click.UsageError(f"the parameters are no JSON: {error}") from error
    if not isinstance(value, dict):
        raise click.UsageError("the parameters have to be a JSON object")
    return value


def _pairs(method: Method[Params], words: tuple[str, ...]) -> dict[str, Json]:
    known = {key.name: key for key in keys(method.params)}
    params: dict[str, Json] = {}
    for name, text in [pair for word in words for pair in _named(known, word)]:
        value = _value(known.get(name), text)
        before = params.get(name)
        if isinstance(before, list) and isinstance(value, list):
            value = [*before, *value]
        elif name in params:
            raise click.UsageError(f"'{methods.shortened(name)}' is given twice")
        params[name] = value
    return params


def _named(known: Mapping[str, Key], word: str) -> list[tuple[str, str]]:
    """Read `name=value`; else the id of a message as tables show it, or the one value that the method needs."""
    if _NAMED.match(word):
        name, _, text = word.partition("=")
        return [(name, text)]
    if (spot := _SPOT.fullmatch(word)) and {"session", "message"} <= known.keys():
        return [("session", spot[1]), ("message", spot[2])]
    match [key.name for key in known.values() if key.required]:
        case [only]:
            return [(only, word)]
        case _:
            raise click.UsageError(f"'{methods.shortened(word)}' is no parameter: write name=value, or a JSON object")


def _value(key: Key | None, text: str) -> Json:
    """Read a value: as it stands where only text will do, else as JSON where it is JSON."""
    if key is not None and key.takes_only_text:
        return text
    try:
        value: Json = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = text
    if key is not None and key.takes_list and not isinstance(value, list):
        return [text]
    return value


def _as_meant_here(method: Method[Params], params: dict[str, Json]) -> dict[str, Json]:
    """Fill in what a command line means: it ends at once, and has a folder."""
    if method.name == methods.HOLD.name:
        return {"keep": True, **params}
    files = params.get("files")
    if method.name == methods.RULES_LOAD.name and isinstance(files, list):
        return {**params, "files": [str(Path(file).absolute()) if isinstance(file, str) else file for file in files]}
    return params
