"""JSONPath's environment: as RFC 9535 has it, with regular expressions on RE2.

A pattern of `match` and `search` has to be written in the path: one out of a document would be a peer's, compiled
anew for each value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jsonpath import JSONPathEnvironment
from jsonpath.exceptions import JSONPathTypeError
from jsonpath.filter import StringLiteral
from jsonpath.function_extensions import ExpressionType, FilterFunction
from jsonpath.token import Token

from wsinspect.query.patterns import Pattern, instructions, problem, searcher

_spend: ContextVar[Callable[[int], None] | None] = ContextVar("spend", default=None)


@contextmanager
def spend_steps(spend: Callable[[int], None]) -> Iterator[None]:
    """Have the steps counted that searches may take at worst.

    Args:
        spend: Is told before each search; what it raises ends the search for the path.
    """
    token = _spend.set(spend)
    try:
        yield
    finally:
        _spend.reset(token)


class RegularExpression(FilterFunction):
    """`match(value, pattern)` or `search(value, pattern)`.

    Args:
        form: The expression to search for, with `{}` where the pattern goes.
    """

    arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]  # noqa: RUF012 - the library's declaration
    return_type = ExpressionType.LOGICAL

    def __init__(self, form: str) -> None:
        self._form = form

    def pattern(self, source: str) -> Pattern:
        """Return what is searched for."""
        return Pattern(self._form.replace("{}", source))

    def __call__(self, value: object, pattern: str) -> bool:
        """Say whether a value is a text and has it."""
        if not isinstance(value, str):
            return False
        wanted = self.pattern(pattern)
        spend = _spend.get()
        if spend is not None:
            spend(len(value) * instructions(wanted))
        return searcher(wanted)(value)


class Environment(JSONPathEnvironment):
    """Reads paths."""

    def setup_function_extensions(self) -> None:
        """Put the functions that paths know in place."""
        super().setup_function_extensions()
        self.function_extensions["match"] = RegularExpression(r"\A(?:{})\z")
        self.function_extensions["search"] = RegularExpression("{}")

    def check_well_typedness(self, token: Token, func: FilterFunction, args: list[Any]) -> None:
        """Refuse arguments that a function does not take."""
        super().check_well_typedness(token, func, args)
        if not isinstance(func, RegularExpression):
            return
        pattern = args[1]
        if not isinstance(pattern, StringLiteral):
            raise JSONPathTypeError(f"the pattern of {token.value}() has to be a text in quotes", token=token)
        if (why := problem(func.pattern(pattern.value))) is not None:
            raise JSONPathTypeError(f"the regular expression does not compile: {why}", token=token)
