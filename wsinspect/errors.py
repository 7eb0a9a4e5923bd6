"""The errors that reach a person: one root, and a leaf only where a caller acts differently.

Bad traffic is not an error: decoders put `Violation`s on the record and raise nothing on a peer's bytes.
Programming mistakes stay built-in exceptions.
"""

from __future__ import annotations


class WsinspectError(Exception):
    """Something a person can act on.

    Args:
        message: What is wrong, one sentence without a full stop.
        where: The place, such as `chat.wsi` or `rules/auth.yaml:12:5`; printed in front.
        hint: What to do about it; printed on a line of its own.
    """

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head}\n{self.hint}" if self.hint else head


class FilterError(WsinspectError):
    """A filter expression that cannot be read.

    Args:
        message: What is wrong.
        expression: The whole expression.
        column: 1-based column, in characters, where it goes wrong.
        hint: What to do about it.
    """

    def __init__(self, message: str, *, expression: str, column: int, hint: str | None = None) -> None:
        super().__init__(message, where=f"filter:{column}", hint=hint)
        self.expression = expression
        self.column = column

    def __str__(self) -> str:
        caret = " " * (self.column - 1) + "^"
        return f"{self.where}: {self.message}\n  {self.expression}\n  {caret}" + (f"\n{self.hint}" if self.hint else "")


class RuleError(WsinspectError):
    """A rule file, or a file it names, that cannot be used.

    Args:
        message: What is wrong; of several problems all of them, a line each, with their places.
        where: `file:line:column`, where the message does not hold the places itself.
        hint: What to do about it.
    """


class StoreError(WsinspectError):
    """A capture file that cannot be opened, read or written."""


class EngineError(WsinspectError):
    """The proxy, or the network under it, cannot do what was asked."""
