"""What is wrong with rule files, with places; and the error that tells all of it at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wsinspect.errors import RuleError


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something is in a text; both from 1, in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    file: str
    place: Place | None
    """None: of the file as a whole."""
    message: str

    def __str__(self) -> str:
        where = self.file if self.place is None else place_text(self.file, self.place)
        return f"{where}: {self.message}"


class RuleFileError(RuleError):
    """Rule files that cannot be used.

    Args:
        problems: Everything that is wrong, in order.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def place_text(file: str, place: Place) -> str:
    """Return a place as people read it: `rules.yaml:12:5`."""
    return f"{file}:{place.line}:{place.column}"
