"""What a reader of a format is given: the beginning of a payload, and how much it may make of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

LIMIT_BYTES = 1 << 20
LIMIT_NODES = 20_000
"""What takes some 50 ms to read."""
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
"""What is not in texts; in those for terminals there is but ESC."""


def utf8(data: bytes, *, cut: bool) -> str | None:
    """Decode a text; None where it is no UTF-8.

    Args:
        data: The text.
        cut: Whether it is but the beginning, so that its last character may not be there in whole; it is left off then.
    """
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        if not cut or error.start < len(data) - 3 or error.reason != "unexpected end of data":
            return None
        return data[: error.start].decode()


@dataclass(slots=True)
class Allowance:
    """Nodes that may still be made of a payload, by all who try to read it."""

    left: int


@dataclass(frozen=True)
class Source:
    """Bytes to be read."""

    data: bytes
    """The payload, or its beginning."""
    size: int
    """Bytes of the whole payload."""
    nodes: int = LIMIT_NODES
    """At most so many are made."""
    more: bool = False
    """Whether there is more than `size`, nobody knows how much: of what is compressed."""

    @property
    def whole(self) -> bool:
        """Tell whether nothing was cut off."""
        return len(self.data) >= self.size and not self.more

    @cached_property
    def text(self) -> str | None:
        """The data as text; None where it is not UTF-8. A character that a cut went through is left off."""
        return utf8(self.data, cut=not self.whole)

    @cached_property
    def allowance(self) -> Allowance:
        """How many nodes may still be made."""
        return Allowance(self.nodes)

    def cut_remark(self) -> str:
        """Say how much of the payload was read."""
        return f"Read were the first {len(self.data):,} {self._of_all()}."

    def nodes_remark(self, count: int, end: int) -> str:
        """Say that there was more in it than may be read.

        Args:
            count: Nodes that were made.
            end: Where reading stopped.
        """
        return f"Shown are the first {count:,} values, {end:,} {self._of_all()}."

    def _of_all(self) -> str:
        return "bytes of more" if self.more else f"of {self.size:,} bytes"
