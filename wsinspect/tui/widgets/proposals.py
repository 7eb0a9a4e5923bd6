"""What may stand where the cursor of a line is, and where such proposals come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Proposals:
    """What may stand where the cursor is."""

    start: int
    """0-based place of the word that each of them replaces, up to the cursor."""
    words: tuple[str, ...]
    asked: bool
    """Whether there is a reason to show them unasked: a word was begun, or few things can follow."""


class Completer(Protocol):
    """Knows what may be written into a line."""

    def proposals(self, text: str, cursor: int) -> Proposals:
        """List what may stand at a 0-based place of a text."""
        ...

    def taken(self, text: str, cursor: int, start: int, word: str) -> tuple[str, int]:
        """Put a proposal in place of what stands from the start to the cursor; return the text and the new cursor."""
        ...


class NoProposals:
    """A completer that knows nothing."""

    def proposals(self, text: str, cursor: int) -> Proposals:  # noqa: ARG002 - as the protocol has it
        """List nothing."""
        return Proposals(cursor, (), asked=False)

    def taken(self, text: str, cursor: int, start: int, word: str) -> tuple[str, int]:
        """Put a word in place of what stands from the start to the cursor."""
        return text[:start] + word + text[cursor:], start + len(word)
