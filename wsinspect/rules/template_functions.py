"""Functions and filters of templates."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import urllib.parse
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from wsinspect.rules.arithmetic import counted, integer, items, kind, number, text
from wsinspect.rules.evaluation import Evaluation, Missing
from wsinspect.rules.turn import ActionError
from wsinspect.rules.values import MOST_CHARACTERS, json_text, text_of, utf8

_MOST_RANDOM_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Signature:
    """A function or filter.

    Its first argument is the evaluation; of a filter the next is the value it is put behind.
    """

    usage: str
    call: Callable[..., object]
    least: int = 0
    """Arguments in parentheses."""
    most: int = 0


def _now(evaluation: Evaluation, form: object = "s") -> object:
    now = evaluation.turn.now
    if form == "s":
        return now / 1e9
    if form == "ms":
        return now // 1_000_000
    if form == "iso":
        moment = datetime.fromtimestamp(now // 1_000_000_000, UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{now // 1_000_000 % 1000:03}Z"
    raise ActionError("now() knows 's', 'ms' and 'iso'")


def _uuid(evaluation: Evaluation) -> object:
    return str(uuid.UUID(bytes=evaluation.turn.random.randbytes(16), version=4))


def _rand(evaluation: Evaluation, low: object, high: object) -> object:
    least, most = number(low), number(high)
    if least > most:
        raise ActionError("rand(low, high) wants the lower number first")
    if isinstance(least, int) and isinstance(most, int):
        return evaluation.turn.random.randint(least, most)
    return counted(least + (most - least) * evaluation.turn.random.random())


def _random_hex(evaluation: Evaluation, size: object = 16) -> object:
    if not 0 <= integer(size) <= _MOST_RANDOM_BYTES:
        raise ActionError(f"random_hex(bytes) makes 0 to {_MOST_RANDOM_BYTES}")
    return evaluation.turn.random.randbytes(integer(size)).hex()


def _choice(evaluation: Evaluation, values: object) -> object:
    if not items(values):
        raise Missing("choice(list) has nothing to choose from")
    return items(values)[evaluation.turn.random.randint(0, len(items(values)) - 1)]


FUNCTIONS: dict[str, Signature] = {
    "now": Signature("now('s'|'ms'|'iso')", _now, 0, 1),
    "uuid": Signature("uuid()", _uuid),
    "rand": Signature("rand(low, high)", _rand, 2, 2),
    "random": Signature("random()", lambda evaluation: evaluation.turn.random.random()),
    "random_hex": Signature("random_hex(bytes)", _random_hex, 0, 1),
    "choice": Signature("choice(list)", _choice, 1, 1),
}


def _written(evaluation: Evaluation, value: object) -> str:
    return text_of(evaluation.made(value))


def _of_text(change: Callable[[str], object]) -> Callable[[Evaluation, object], object]:
    return lambda evaluation, value: evaluation.made(change(_written(evaluation, value)))


def _length(_: Evaluation, value: object) -> object:
    if not isinstance(value, str | list | dict):
        raise ActionError(f"{kind(value)} has no length")
    return len(value)


def _replace(evaluation: Evaluation, value: object, old: object, new: object, count: object = -1) -> object:
    whole, searched, put = (_written(evaluation, part) for part in (value, old, new))
    if len(whole) + whole.count(searched) * (len(put) - len(searched)) > MOST_CHARACTERS:
        raise ActionError("a value is larger than 1 MiB")
    return evaluation.made(whole.replace(searched, put, integer(count)))


def _int(_: Evaluation, value: object) -> object:
    try:
        return counted(int(value if isinstance(value, str) else number(value)))
    except ValueError:
        raise ActionError("int: it is no whole number") from None


def _float(_: Evaluation, value: object) -> object:
    try:
        return counted(float(value) if isinstance(value, str) else float(number(value)))
    except (ValueError, OverflowError):
        raise ActionError("float: it is no number") from None


def _round(_: Evaluation, value: object, digits: object = 0) -> object:
    places = integer(digits)
    if not 0 <= places <= 15:
        raise ActionError("round(digits) knows 0 to 15")
    return round(number(value), places) if places else round(number(value))


def _from_json(evaluation: Evaluation, value: object) -> object:
    try:
        return evaluation.made(orjson.loads(utf8(text(value))))
    except orjson.JSONDecodeError as error:
        raise ActionError(f"fromjson: {error}") from None


def _decode(encoded: str) -> str:
    try:
        # The alphabet of RFC 4648 5 too, without padding, as tokens have it.
        plain = encoded.translate({0x2D: "+", 0x5F: "/"}).rstrip("=")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise ActionError(f"b64decode: {error}") from None


def _truncate(evaluation: Evaluation, value: object, length: object) -> object:
    if integer(length) < 0:
        raise ActionError("truncate(length) wants no negative length")
    return evaluation.made((value if isinstance(value, str) else _written(evaluation, value))[: integer(length)])


def _join(evaluation: Evaluation, value: object, separator: object = "") -> object:
    evaluation.made(value)
    parts = items(value)
    if len(text(separator)) * len(parts) > MOST_CHARACTERS:
        raise ActionError("a value is larger than 1 MiB")
    return evaluation.made(text(separator).join(map(text_of, parts)))


def _at(index: int) -> Callable[[Evaluation, object], object]:
    def get(_: Evaluation, value: object) -> object:
        parts: Any = value if isinstance(value, str) else items(value)
        if not parts:
            raise Missing("there is nothing in it")
        return parts[index]

    return get


def _extreme(choose: Callable[[Any], object]) -> Callable[[Evaluation, object], object]:
    def get(evaluation: Evaluation, value: object) -> object:
        parts = items(value)
        evaluation.spend(len(parts))
        if not parts:
            raise Missing("there is nothing in it")
        return choose(parts if all(isinstance(part, str) for part in parts) else map(number, parts))

    return get


FILTERS: dict[str, Signature] = {
    "upper": Signature("upper", _of_text(str.upper)),
    "lower": Signature("lower", _of_text(str.lower)),
    "trim": Signature("trim", _of_text(str.strip)),
    "length": Signature("length", _length),
    "replace": Signature("replace(old, new, count)", _replace, 2, 3),
    "int": Signature("int", _int),
    "float": Signature("float", _float),
    "string": Signature("string", _of_text(str)),
    "round": Signature("round(digits)", _round, 0, 1),
    "abs": Signature("abs", lambda _, value: abs(number(value))),
    "min": Signature("min", _extreme(min)),
    "max": Signature("max", _extreme(max)),
    "first": Signature("first", _at(0)),
    "last": Signature("last", _at(-1)),
    "join": Signature("join(separator)", _join, 0, 1),
    "truncate": Signature("truncate(length)", _truncate, 1, 1),
    "tojson": Signature("tojson", lambda evaluation, value: evaluation.made(json_text(value))),
    "fromjson": Signature("fromjson", _from_json),
    "b64encode": Signature("b64encode", _of_text(lambda value: base64.b64encode(utf8(value)).decode())),
    "b64decode": Signature("b64decode", _of_text(_decode)),
    "urlencode": Signature("urlencode", _of_text(lambda value: urllib.parse.quote(utf8(value), safe=""))),
    "sha256": Signature("sha256", _of_text(lambda value: hashlib.sha256(utf8(value)).hexdigest())),
    "md5": Signature("md5", _of_text(lambda value: hashlib.md5(utf8(value), usedforsecurity=False).hexdigest())),
    "hmac_sha256": Signature(
        "hmac_sha256(key)",
        lambda evaluation, value, key: hmac.new(
            utf8(text(key)), utf8(_written(evaluation, value)), "sha256"
        ).hexdigest(),
        1,
        1,
    ),
}
"""`default` and `d` are not among them: they stop what is missing from being an error."""
