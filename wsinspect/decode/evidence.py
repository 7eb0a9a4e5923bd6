"""Whether a payload is likely to be of a binary format that says nowhere what it is.

Each value that was read is worth some bits: as many as random bytes would have to get right to look the same, roughly.
A text of eight letters is worth a lot, a small number next to nothing, a control character within a text speaks against
it. What reaches `FITS` is shown as what it may be; what reaches `SURE` is taken for it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping

from wsinspect.decode.building import Builder, End
from wsinspect.decode.tree import Kind, Node

FITS = 11.0
SURE = 24.0
_LOOKED_AT = 400
"""Nodes: what has come so far is what it is."""
_COMPLETE_BITS = 6.0
"""That the last value ends with the payload."""
_LETTER_BITS = 1.4
"""A byte is a printable character of ASCII in 95 of 256 cases."""
_MOST_OF_A_TEXT = 20.0
_CONTROL_BITS = -5.0
_FLOAT_BITS = 4.0
_USUAL = (1e-6, 1e12)
_BITS: Mapping[Kind, float] = {
    Kind.OBJECT: 4,
    Kind.ARRAY: 4,
    Kind.BOOLEAN: 6,
    Kind.NULL: 6,
    Kind.WORD: -4,
    Kind.TIMESTAMP: 8,
    Kind.EXTENSION: -4,
}
_REMARKED_BITS = -8.0
"""Something odd was seen about it."""


def plausibility(built: Builder) -> bool | None:
    """Tell whether what was read is likely.

    Args:
        built: What was made of the payload.

    Returns:
        True: there is little doubt; False: it fits; None: it is not likely.
    """
    found = bits(built.documents)
    if built.end is End.COMPLETE:
        found += _COMPLETE_BITS
    return None if found < FITS else found >= SURE


def bits(nodes: Iterable[Node]) -> float:
    """Sum up what speaks for values and all that is in them."""
    return sum(itertools.islice(_each(nodes), _LOOKED_AT))


def _each(nodes: Iterable[Node]) -> Iterator[float]:
    pending = [iter(nodes)]
    while pending:
        node = next(pending[-1], None)
        if node is None:
            pending.pop()
            continue
        yield _own_bits(node)
        if node.children:
            pending.append(iter(node.children))


def _own_bits(node: Node) -> float:
    key = 0.0 if node.key is None else _key_bits(node.key)
    match node.kind:
        case Kind.STRING:
            assert isinstance(node.value, str)
            return key + _text_bits(node.value)
        case Kind.NUMBER:
            return key + _number_bits(node)
        case Kind.BYTES:
            return key + (_REMARKED_BITS if node.remark else 1)
        case Kind.TAG:
            return key + (2 if node.remark else -2)
    return key + (_BITS[node.kind] if node.children or node.value is not None else 0)


def _key_bits(key: str) -> float:
    """Keys are texts, most often, and numbers now and then."""
    return 2 + _text_bits(key) if key.startswith('"') else (0 if key.lstrip("-").isdigit() else _REMARKED_BITS)


def _text_bits(text: str) -> float:
    # Quoted as in JSON, it has six characters for one. In texts for terminals there is ESC.
    controls = text.count("\\u00") - text.count("\\u001b")
    return 3 + min(_LETTER_BITS * (len(text) - 2 - 6 * controls), _MOST_OF_A_TEXT) + _CONTROL_BITS * controls


def _number_bits(node: Node) -> float:
    assert isinstance(node.value, str)
    if not node.label.startswith(("float", "half", "single", "double")):
        return 0.5
    try:
        value = abs(float(node.value))
    except ValueError:
        return 0
    return _FLOAT_BITS if value == 0 or _USUAL[0] <= value <= _USUAL[1] else -_FLOAT_BITS
