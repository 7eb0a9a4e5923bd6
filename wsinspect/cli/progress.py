"""How far long work has come, told on a terminal's standard error once it has taken a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TextIO

_FIRST_AFTER_S = 1.0
_AGAIN_AFTER_S = 0.2
_LOOK_EVERY = 256
"""Records between looks at the clock."""
_ERASE_LINE = "\r\x1b[K"


def counted[Item](items: Iterable[Item], what: str, *, shown: bool, stream: TextIO | None = None) -> Iterator[Item]:
    """Pass items on, and tell how many there were while more come.

    Args:
        items: What is worked on.
        what: What they are, in the plural.
        shown: Whether there is room for it: not where the work itself prints to the same terminal.
        stream: Standard error unless said.
    """
    stream = sys.stderr if stream is None else stream
    if not shown or not stream.isatty():
        yield from items
        return
    next_at = time.monotonic() + _FIRST_AFTER_S
    told = False
    try:
        for count, item in enumerate(items, 1):
            yield item
            if count % _LOOK_EVERY == 0 and (now := time.monotonic()) >= next_at:
                stream.write(f"{_ERASE_LINE}{count:,} {what} \u2026")
                stream.flush()
                told = True
                next_at = now + _AGAIN_AFTER_S
    finally:
        if told:
            stream.write(_ERASE_LINE)
            stream.flush()
