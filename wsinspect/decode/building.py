"""Puts a tree together from what readers meet, in the order in which they meet it; never too deep, never too large.

Whatever a reader meets that ends its work (the end of the data, something that is not of the format, enough nodes) it
raises as `Stopped`. What is open then is closed with a remark, and the tree is what could be read.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from wsinspect.decode.source import Source
from wsinspect.decode.tree import DEEPEST, Kind, Node

TOO_DEEP = f"nested deeper than {DEEPEST} levels: not shown"
NOT_READ_ON = "not read to its end"
CUT = "cut"


class End(enum.Enum):
    """How reading ended."""

    COMPLETE = enum.auto()
    TOO_EARLY = enum.auto()
    """The data ended in the middle of something."""
    BROKEN = enum.auto()
    """Something is not of the format."""
    ENOUGH = enum.auto()
    """As many nodes were made as may be."""


class Stopped(Exception):  # noqa: N818 - it is how reading ends, not an error
    """Nothing more is read.

    Args:
        end: Why.
        at: Where, in bytes.
    """

    def __init__(self, end: End, at: int) -> None:
        self.end = end
        self.at = at


@dataclass(slots=True)
class Open:
    """A container that has not ended."""

    kind: Kind
    key: str | None
    start: int
    label: str = ""
    left: int = -1
    """Of a container that says how many values it has: those that are still to come."""
    next_key: str | None = None
    """Of a map in a binary format: the key of the value that comes next."""
    children: list[Node] = field(default_factory=list)
    remark: str = ""

    def node(self, end: int, remark: str = "") -> Node:
        """Make a node of it.

        Args:
            end: Where it ends.
            remark: What is odd about it, if nothing was said before.
        """
        children = tuple(self.children)
        return Node(self.kind, self.key, None, self.start, end, children, self.label, self.remark or remark)


class Builder:
    """Puts a tree together.

    Args:
        source: What is read.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.documents: list[Node] = []
        """What is in no container."""
        self.stack: list[Open] = []
        self.end = End.COMPLETE
        self.at = 0
        """Where reading stopped."""
        self._allowance = source.allowance
        self._granted = source.allowance.left

    def take(self, at: int) -> None:
        """Take one from the nodes that may be made; to be called for each.

        Args:
            at: Where reading is.
        """
        if self._allowance.left <= 0:
            raise Stopped(End.ENOUGH, at)
        self._allowance.left -= 1

    def add(self, node: Node) -> None:
        """Put a node into the container that is open, unless that is too deep."""
        stack = self.stack
        if not stack:
            self.documents.append(node)
        elif len(stack) <= DEEPEST:
            stack[-1].children.append(node)
        else:
            stack[-1].remark = TOO_DEEP

    def close(self, end: int) -> Node:
        """Make a node of the container that ends, and put it where it belongs."""
        node = self.stack.pop().node(end)
        self.add(node)
        return node

    def stop(self, stopped: Stopped) -> None:
        """Close all that is open."""
        self.end, self.at = stopped.end, stopped.at
        while self.stack:
            node = self.stack.pop().node(self.at, NOT_READ_ON)
            self.add(node)

    @property
    def damaged(self) -> bool:
        """Tell whether the payload itself is not as its format wants it, other than by being cut."""
        return self.end is End.BROKEN or (self.end is End.TOO_EARLY and self.source.whole)

    def root(self) -> Node:
        """Return the one document, or a node with all of them; there must be one."""
        if len(self.documents) == 1:
            return self.documents[0]
        documents = tuple(self.documents)
        return Node(Kind.SEQUENCE, None, None, documents[0].start, documents[-1].end, documents)

    def remarks(self, name: str) -> tuple[str, ...]:
        """Say why not all was read.

        Args:
            name: Of the format.
        """
        if self.end is End.ENOUGH:
            return (self.source.nodes_remark(self._granted, self.at),)
        if self.end is End.BROKEN:
            return (f"It is no {name} from byte {self.at:,} on.",)
        if not self.source.whole:
            return (self.source.cut_remark(),)
        return (f"It ends before the {name} does.",) if self.end is End.TOO_EARLY else ()
