"""What speaks for a binary format, and what against it."""

from __future__ import annotations

import pytest

from wsinspect.decode.building import Builder, End, Stopped
from wsinspect.decode.evidence import bits, plausibility
from wsinspect.decode.source import Source
from wsinspect.decode.tree import Kind, Node


def node(
    kind: Kind, value: str | bytes | None = None, *, key: str | None = None, label: str = "", remark: str = ""
) -> Node:
    return Node(kind, key, value, 0, 1, (), label, remark)


LEAF = node(Kind.NUMBER, "1", label="fixint")


def weight(one: Node) -> float:
    return bits([one])


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (node(Kind.STRING, '"hello"'), node(Kind.STRING, '"hi"')),
        (node(Kind.STRING, '"hi"'), LEAF),
        (LEAF, node(Kind.STRING, '"hi\\u0001\\u0002"')),
        (node(Kind.STRING, '"hello\\u001b"'), node(Kind.STRING, '"hello\\u0001"')),
        (node(Kind.NUMBER, "99.5", label="float64"), LEAF),
        (node(Kind.NUMBER, "0.0", label="double"), LEAF),
        (LEAF, node(Kind.NUMBER, "1e-300", label="double")),
        (LEAF, node(Kind.NUMBER, "Infinity", label="half")),
        (LEAF._replace(key='"price"'), LEAF),
        (LEAF._replace(key='"price"'), LEAF._replace(key="-7")),
        (LEAF._replace(key="7"), LEAF._replace(key="h'00'")),
        (node(Kind.BYTES, b"x"), node(Kind.BYTES, b"x", remark="no UTF-8")),
        (node(Kind.BOOLEAN, "true"), LEAF),
        (LEAF, node(Kind.EXTENSION, b"x")),
        (node(Kind.ARRAY)._replace(children=(LEAF,)), node(Kind.ARRAY)),
        (node(Kind.TAG, remark="a time")._replace(children=(LEAF,)), node(Kind.TAG)._replace(children=(LEAF,))),
    ],
)
def test_some_values_say_more_than_others(more: Node, less: Node) -> None:
    assert weight(more) > weight(less)


def test_a_number_that_is_none_says_nothing() -> None:
    assert weight(node(Kind.NUMBER, "nonsense", label="float64")) == 0


def test_all_that_is_in_a_value_counts_but_not_without_end() -> None:
    array = node(Kind.ARRAY)._replace(children=(LEAF, LEAF))
    assert bits([array, LEAF]) == weight(node(Kind.ARRAY)._replace(children=(LEAF,))) + 2 * weight(LEAF)
    assert bits([LEAF] * 1_000_000) < 400


@pytest.mark.parametrize(
    ("texts", "end", "verdict"),
    [
        (["hello", "you"], End.COMPLETE, False),
        (["hello", "world", "how are you"], End.COMPLETE, True),
        (["hello", "world", "how are you"], End.TOO_EARLY, True),
        (["h"], End.COMPLETE, None),
        (["hello"], End.COMPLETE, False),
        (["hello"], End.ENOUGH, None),
    ],
)
def test_evidence_adds_up(texts: list[str], end: End, verdict: bool | None) -> None:
    built = Builder(Source(b"", 0))
    for text in texts:
        built.add(node(Kind.STRING, f'"{text}"'))
    if end is not End.COMPLETE:
        built.stop(Stopped(end, 0))
    assert plausibility(built) is verdict
