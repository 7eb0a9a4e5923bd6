"""What a filter expression is asked of."""

from __future__ import annotations

import enum


class Target(enum.Enum):
    """The kind of record a filter chooses from."""

    SESSION = "session"
    MESSAGE = "message"
    FRAME = "frame"
