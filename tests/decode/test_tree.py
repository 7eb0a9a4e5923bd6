"""The tree of a payload: what its nodes are by default."""

from __future__ import annotations

import pytest

from wsinspect.decode.tree import Kind, Node, Structure


def test_a_node_has_no_children_and_nothing_odd_unless_said() -> None:
    node = Node(Kind.NUMBER, "1", "150", 1, 3)
    assert (node.children, node.label, node.remark) == ((), "", "")


def test_trees_cannot_be_changed() -> None:
    node = Node(Kind.NUMBER, "1", "150", 1, 3)
    with pytest.raises(AttributeError):
        node.value = "151"  # type: ignore[misc]  # that is the point
    with pytest.raises(AttributeError):
        Structure("JSON", node, sure=True).root = node  # type: ignore[misc]  # that is the point
