"""One evaluation of a template: what it reads, and how much work is left to it."""

from __future__ import annotations

from wsinspect.rules.turn import ActionError, Turn
from wsinspect.rules.values import weight

MOST_WORK = 16 << 20
"""Characters and values that an evaluation may go through."""


class Missing(ActionError):  # noqa: N818 what is missing need not be an error: `default`
    """A name or key that is not there; `default(…)` takes it."""


class Evaluation:
    """Evaluates against a turn, until its work is used up."""

    __slots__ = ("_left", "_text", "turn")

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self._left = MOST_WORK
        self._text: str | None = None

    def spend(self, work: int) -> None:
        """Count work, in characters or values."""
        self._left -= work
        if self._left < 0:
            raise ActionError("a template takes too much work")

    def made[T](self, value: T) -> T:
        """Return a value that an expression has made, or refuse it where it is too large."""
        self.spend(weight(value))
        return value

    @property
    def message_text(self) -> str:
        """The payload as text."""
        if self._text is None:
            try:
                self._text = self.turn.payload.decode()
            except UnicodeDecodeError:
                raise Missing("the message is not UTF-8") from None
        return self._text
