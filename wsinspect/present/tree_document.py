"""A payload's structure as a tree whose branches open and close, made no further than it is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from wsinspect.decode import Structure
from wsinspect.present.documents import Line
from wsinspect.present.payloads import QUIET
from wsinspect.present.structure import NOTICE, TreeRow, structure_lines, tree_root

_OPEN_AT_FIRST = 200
"""Rows that are shown without somebody opening them, unless the root alone has more."""
_LEVELS_AT_FIRST = 3
_ROOM = 400
_INDENT = "  "
_UNCUT = 1 << 30
_SIGN_CHARACTERS = 2


@dataclass(slots=True)
class _Branch:
    row: TreeRow
    depth: int
    path: tuple[int, ...]
    """Places of its ancestors and its own below them."""
    open: bool = False


class TreeDocument:
    """A tree.

    Args:
        structure: What it shows.
    """

    breakable = False
    complete = True

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._remarks: list[Line] = [[(f"\u2026 {remark}", NOTICE)] for remark in structure.remarks]
        self._branches = [_Branch(tree_root(structure), 0, ())]
        self._open_beginning()

    @property
    def line_count(self) -> int:
        """How many rows are open."""
        return len(self._branches) + len(self._remarks)

    def grow(self, lines: int) -> None:
        """Do nothing: what is open is there."""

    def lines(self, first: int, count: int) -> Sequence[Line]:
        """Return rows."""
        rows = [_line(branch) for branch in self._branches[first : first + count]]
        missing = count - len(rows)
        start = max(first - len(self._branches), 0)
        return rows + self._remarks[start : start + missing] if missing > 0 else rows

    def is_open(self, line: int) -> bool | None:
        """Tell whether the branch of a row is open; None where there is nothing below it."""
        if line >= len(self._branches) or not self._branches[line].row.expandable:
            return None
        return self._branches[line].open

    def toggle(self, line: int) -> bool:
        """Open or close the branch of a row.

        Returns:
            Whether there is anything below it.
        """
        if (is_open := self.is_open(line)) is None:
            return False
        if is_open:
            self.close(line)
        else:
            self.open(line)
        return True

    def open(self, line: int) -> None:
        """Open the branch of a row."""
        branch = self._branches[line]
        if branch.open:
            return
        branch.open = True
        below = [
            _Branch(row, branch.depth + 1, (*branch.path, place)) for place, row in enumerate(branch.row.children())
        ]
        self._branches[line + 1 : line + 1] = below

    def close(self, line: int) -> None:
        """Close the branch of a row, and what is below it."""
        branch = self._branches[line]
        branch.open = False
        end = line + 1
        while end < len(self._branches) and self._branches[end].depth > branch.depth:
            end += 1
        del self._branches[line + 1 : end]

    def parent(self, line: int) -> int:
        """Return the row that a row is below, itself for the root."""
        line = min(line, len(self._branches) - 1)
        depth = self._branches[line].depth
        return next((above for above in range(line, -1, -1) if self._branches[above].depth < depth), line)

    def everything(self) -> Iterator[tuple[tuple[int, ...], str]]:
        """Go through all rows, open or not: the path of each, for `reveal`, and its text."""
        yield from _walk(self._branches[0].row, ())

    def reveal(self, path: Sequence[int]) -> int:
        """Open what is above a row, and return where that row is now."""
        line = 0
        for step, place in enumerate(path):
            self.open(line)
            wanted = tuple(path[: step + 1])
            line += 1
            # Siblings before it may be open.
            while self._branches[line].path != wanted:
                line += 1
            assert self._branches[line].path[-1] == place
        return line

    def path(self, line: int) -> tuple[int, ...] | None:
        """Return the path of a row; None for a remark."""
        return self._branches[line].path if line < len(self._branches) else None

    def text(self, line: int) -> str:
        """Return what is in a branch as its format writes it: of a leaf its value, else all lines of it."""
        if line >= len(self._branches):
            return ""
        node = self._branches[line].row.node
        if not node.children and node.value is not None:
            return node.value.hex() if isinstance(node.value, bytes) else node.value
        # What it is called does not belong to it.
        alone = replace(self._structure, root=node._replace(key=None), prefix="", remarks=())
        return "\n".join("".join(text for text, _ in cells) for cells in structure_lines(alone, most=_UNCUT))

    def content(self, line: int) -> str:
        """Return the text of a row without indentation and sign."""
        return _text(self._branches[line].row)

    def content_start(self, line: int) -> int:
        """Return the character of a row at which its content begins."""
        return len(_INDENT) * self._branches[line].depth + _SIGN_CHARACTERS

    def _open_beginning(self) -> None:
        self.open(0)
        for depth in range(1, _LEVELS_AT_FIRST):
            level = [line for line, branch in enumerate(self._branches) if branch.depth == depth]
            if (
                len(self._branches) + sum(len(self._branches[line].row.node.children) for line in level)
                > _OPEN_AT_FIRST
            ):
                return
            for line in reversed(level):
                self.open(line)


def _walk(row: TreeRow, path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], str]]:
    # A tree is never deep: see `decode.tree.DEEPEST`.
    yield path, _text(row)
    for place, child in enumerate(row.children()):
        yield from _walk(child, (*path, place))


def _text(row: TreeRow) -> str:
    return "".join(text for text, _ in row.cells(_ROOM))


def _line(branch: _Branch) -> Line:
    sign = ("\u25be " if branch.open else "\u25b8 ") if branch.row.expandable else "  "
    return [
        (_INDENT * branch.depth, ""),
        (sign, QUIET),
        *branch.row.cells(_ROOM),
        (f"  {branch.row.kind}" if not branch.row.expandable else "", QUIET),
    ]
