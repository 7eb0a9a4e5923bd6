"""Tells what a payload is, without a schema: the formats in the order in which they are tried.

The first that is sure wins, else the first that fits. No input takes longer than `LIMIT_BYTES` and `LIMIT_NODES` do,
and no exception leaves.
"""

from __future__ import annotations

from collections.abc import Callable

from wsinspect.decode.json_text import read_json
from wsinspect.decode.source import LIMIT_BYTES, LIMIT_NODES, Source
from wsinspect.decode.tree import Structure

type Reader = Callable[[Source], Structure | None]

_OF_TEXT: tuple[Reader, ...] = (read_json,)
_OF_BYTES: tuple[Reader, ...] = (*_OF_TEXT,)


def structure(
    payload: bytes, *, of_text: bool, size: int | None = None, limit: int = LIMIT_BYTES, nodes: int = LIMIT_NODES
) -> Structure | None:
    """Tell what a payload holds.

    Args:
        payload: The payload, or its beginning.
        of_text: Whether it belongs to a text message.
        size: Bytes of the whole payload; None: what is given is all of it.
        limit: Bytes to look at.
        nodes: Nodes to make at most.

    Returns:
        What was found; None where it is nothing that is known, or nothing with a structure.
    """
    source = Source(payload[:limit], max(len(payload), size or 0), nodes)
    fitting = None
    for read in _OF_TEXT if of_text else _OF_BYTES:
        found = read(source)
        if found is not None and found.sure:
            return found
        fitting = fitting or found
    return fitting
