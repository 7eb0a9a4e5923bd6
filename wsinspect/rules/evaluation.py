"""One evaluation of a template: what it reads, and how much work is left to it."""

from __future__ import annotations

from wsinspect.rules.turn import ActionError, Turn
from wsinspect.rules.values import MOST_CHARACTERS, weight

_WORK_OF_VALUE = 16
"""Going through a list or an object costs so much more than through a text of its weight."""


class Missing(ActionError):  # noqa: N818 what is missing need not be an error: `default`
    """A name or key that is not there; `default(…)` takes it."""


class Evaluation:
    """Evaluates against a turn, until the turn's work is used up."""

    __slots__ = ("_text", "turn")

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self._text: str | None = None

    def spend(self, work: int) -> None:
        """Count work, in characters or values."""
        self.turn.work_left -= work
        if self.turn.work_left < 0:
            raise ActionError("templates take too much work on this message")

    def made[T](self, value: T) -> T:
        """Return a value that an expression has made, or refuse it where it is too large."""
        if isinstance(value, str):
            self.spend(weight(value))
        elif isinstance(value, list | dict):
            try:
                size = weight(value)
            except ActionError:
                self.spend(MOST_CHARACTERS)
                raise
            self.spend(size * _WORK_OF_VALUE)
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
