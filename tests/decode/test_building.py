"""Trees are put together in order, and stay within their bounds."""

from __future__ import annotations

import pytest

from wsinspect.decode.building import NOT_READ_ON, TOO_DEEP, Builder, End, Open, Stopped
from wsinspect.decode.source import Source
from wsinspect.decode.tree import DEEPEST, Kind, Node

LEAF = Node(Kind.NUMBER, None, "1", 0, 1)


def builder(*, size: int = 4, nodes: int = 10) -> Builder:
    return Builder(Source(b"1234", size, nodes))


def test_nodes_go_into_the_container_that_is_open() -> None:
    built = builder()
    built.stack.append(Open(Kind.ARRAY, "a", 0, "label"))
    built.add(LEAF)
    node = built.close(3)
    assert node == Node(Kind.ARRAY, "a", None, 0, 3, (LEAF,), "label")
    assert built.root() is node
    assert not built.damaged
    assert built.remarks("JSON") == ()


def test_several_documents_are_a_sequence() -> None:
    built = builder()
    built.add(LEAF)
    built.add(LEAF._replace(start=2, end=4))
    root = built.root()
    assert (root.kind, root.start, root.end, len(root.children)) == (Kind.SEQUENCE, 0, 4, 2)


def test_what_is_too_deep_is_left_out() -> None:
    built = builder()
    for _ in range(DEEPEST + 10):
        built.stack.append(Open(Kind.ARRAY, None, 0))
    built.add(LEAF)
    for _ in range(DEEPEST + 10):
        built.close(1)
    node = built.root()
    levels = 0
    while node.children:
        (node,) = node.children
        levels += 1
    assert levels == DEEPEST
    assert node.remark == TOO_DEEP


def test_no_more_nodes_are_made_than_may_be() -> None:
    built = builder(nodes=1)
    built.take(0)
    with pytest.raises(Stopped) as stopped:
        built.take(3)
    built.stop(stopped.value)
    assert built.source.allowance.left == 0
    assert not built.damaged
    assert built.remarks("JSON") == ("Shown are the first 1 values, 3 of 4 bytes.",)


@pytest.mark.parametrize(
    ("end", "size", "damaged", "remark"),
    [
        (End.BROKEN, 4, True, "It is no JSON from byte 2 on."),
        (End.BROKEN, 9, True, "It is no JSON from byte 2 on."),
        (End.TOO_EARLY, 4, True, "It ends before the JSON does."),
        (End.TOO_EARLY, 9, False, "Read were the first 4 of 9 bytes."),
    ],
)
def test_what_ends_too_early_is_closed(end: End, size: int, damaged: bool, remark: str) -> None:
    built = builder(size=size)
    built.stack += [Open(Kind.ARRAY, None, 0), Open(Kind.OBJECT, None, 1, remark="odd")]
    built.stop(Stopped(end, 2))
    assert built.damaged is damaged
    assert built.remarks("JSON") == (remark,)
    root = built.root()
    assert (root.remark, root.end, root.children[0].remark) == (NOT_READ_ON, 2, "odd")
