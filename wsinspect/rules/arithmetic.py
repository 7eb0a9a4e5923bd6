"""Operators of templates on plain data: what does not fit is an `ActionError`, and no result is without bounds."""

from __future__ import annotations

import math
from collections.abc import Callable

from jinja2 import nodes

from wsinspect.rules.evaluation import Evaluation
from wsinspect.rules.turn import ActionError
from wsinspect.rules.values import MOST_CHARACTERS, MOST_INTEGER_BITS

type Number = int | float


def kind(value: object) -> str:
    """Name a value's type as JSON does."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "a truth value"
    names = {str: "a text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names[type(value)]


def number(value: object) -> Number:
    """Return a value that has to be a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ActionError(f"{kind(value)} is no number")
    return value


def integer(value: object) -> int:
    """Return a value that has to be a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ActionError(f"{kind(value)} is no whole number")
    return value


def text(value: object) -> str:
    """Return a value that has to be a text."""
    if not isinstance(value, str):
        raise ActionError(f"{kind(value)} is no text")
    return value


def items(value: object) -> list[object]:
    """Return a value that has to be a list."""
    if not isinstance(value, list):
        raise ActionError(f"{kind(value)} is no list")
    return value


def counted(result: Number | complex) -> Number:
    """Return a result that has to be a finite number of reasonable length."""
    if isinstance(result, complex) or (isinstance(result, float) and not math.isfinite(result)):
        raise ActionError("the result is no finite number")
    if isinstance(result, int) and result.bit_length() > MOST_INTEGER_BITS:
        raise ActionError(f"the result is longer than {MOST_INTEGER_BITS} bits")
    return result


def _calculated(calculate: Callable[[Number, Number], Number | complex]) -> Operator:
    def operate(_: Evaluation, left: object, right: object) -> object:
        try:
            return counted(calculate(number(left), number(right)))
        except ZeroDivisionError:
            raise ActionError("division by zero") from None
        except OverflowError:
            raise ActionError("the result is no finite number") from None

    return operate


def _add(evaluation: Evaluation, left: object, right: object) -> object:
    if isinstance(left, str) and isinstance(right, str):
        return evaluation.made(left + right)
    if isinstance(left, list) and isinstance(right, list):
        return evaluation.made(left + right)
    if isinstance(left, str) or isinstance(right, str):
        raise ActionError(f"{kind(left)} and {kind(right)} cannot be added: join texts with ~")
    return _plus(evaluation, left, right)


def _multiply(evaluation: Evaluation, left: object, right: object) -> object:
    if isinstance(left, str):
        times = integer(right)
        if len(left) * times > MOST_CHARACTERS:
            raise ActionError("a value is larger than 1 MiB")
        return evaluation.made(left * times)
    return _times(evaluation, left, right)


def _power(base: Number, exponent: Number) -> Number | complex:
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * exponent > MOST_INTEGER_BITS * 2:
        raise ActionError(f"the result is longer than {MOST_INTEGER_BITS} bits")
    return base**exponent  # of a negative base it may be complex


type Operator = Callable[[Evaluation, object, object], object]

_plus = _calculated(lambda left, right: left + right)
_times = _calculated(lambda left, right: left * right)

BINARY: dict[type[nodes.BinExpr], Operator] = {
    nodes.Add: _add,
    nodes.Sub: _calculated(lambda left, right: left - right),
    nodes.Mul: _multiply,
    nodes.Div: _calculated(lambda left, right: left / right),
    nodes.FloorDiv: _calculated(lambda left, right: left // right),
    nodes.Mod: _calculated(lambda left, right: left % right),
    nodes.Pow: _calculated(_power),
}

UNARY: dict[type[nodes.UnaryExpr], Callable[[Number], Number]] = {
    nodes.Neg: lambda value: -value,
    nodes.Pos: lambda value: value,
}


def _found(evaluation: Evaluation, part: object, whole: object) -> bool:
    if isinstance(whole, str):
        # The work of a search is far below that of making a text.
        evaluation.spend(len(whole) // 16)
        return text(part) in whole
    if isinstance(whole, dict):
        return text(part) in whole
    evaluation.made(items(whole))
    return part in items(whole)


def _equal(evaluation: Evaluation, left: object, right: object) -> bool:
    if isinstance(left, list | dict) and isinstance(right, list | dict):
        evaluation.made(left)
    return left == right


def _ordered(compare: Callable[[Number | str, Number | str], bool]) -> Test:
    def test(_: Evaluation, left: object, right: object) -> bool:
        if isinstance(left, str) and isinstance(right, str):
            return compare(left, right)
        return compare(number(left), number(right))

    return test


type Test = Callable[[Evaluation, object, object], bool]

COMPARISONS: dict[str, Test] = {
    "eq": _equal,
    "ne": lambda evaluation, left, right: not _equal(evaluation, left, right),
    "lt": _ordered(lambda left, right: left < right),  # type: ignore[operator]  # both are of one kind
    "lteq": _ordered(lambda left, right: left <= right),  # type: ignore[operator]
    "gt": _ordered(lambda left, right: left > right),  # type: ignore[operator]
    "gteq": _ordered(lambda left, right: left >= right),  # type: ignore[operator]
    "in": _found,
    "notin": lambda evaluation, left, right: not _found(evaluation, left, right),
}
