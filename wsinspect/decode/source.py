"""What a reader of a format is given: the beginning of a payload, and how much it may make of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

LIMIT_BYTES = 1 << 20
LIMIT_NODES = 20_000
"""What takes some 50 ms to read."""


@dataclass(frozen=True)
class Source:
    """Bytes to be read."""

    data: bytes
    """The payload, or its beginning."""
    size: int
    """Bytes of the whole payload."""
    nodes: int = LIMIT_NODES
    """At most so many are made."""

    @property
    def whole(self) -> bool:
        """Tell whether nothing was cut off."""
        return len(self.data) >= self.size

    @cached_property
    def text(self) -> str | None:
        """The data as text; None where it is not UTF-8. A character that a cut went through is left off."""
        try:
            return self.data.decode()
        except UnicodeDecodeError as error:
            if self.whole or error.start < len(self.data) - 3 or error.reason != "unexpected end of data":
                return None
            return self.data[: error.start].decode()

    def cut_remark(self) -> str:
        """Say how much of the payload was read."""
        return f"Read were the first {len(self.data):,} of {self.size:,} bytes."

    def nodes_remark(self, end: int) -> str:
        """Say that there was more in it than may be read.

        Args:
            end: Where reading stopped.
        """
        return f"Shown are the first {self.nodes:,} values, {end:,} of {self.size:,} bytes."
