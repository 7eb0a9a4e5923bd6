"""Which frames carry text that can be read: a continuation does not tell by itself what its message is."""

from __future__ import annotations

from collections.abc import Callable

from wsinspect.formats.records import RSV1
from wsinspect.model import Frame, Message, SessionId
from wsinspect.wire.opcodes import Opcode

_REMEMBERED = 4096


class FrameTexts:
    """Tells of frames whether they belong to an uncompressed text message.

    Args:
        find: Finds a message by its session and number, None where there is none. Asked only of continuations whose
            first frame did not come by.
    """

    def __init__(self, find: Callable[[SessionId, int], Message | None]) -> None:
        self._find = find
        self._known: dict[tuple[SessionId, int], bool] = {}

    def is_text(self, frame: Frame) -> bool:
        """Tell whether the frame belongs to an uncompressed text message."""
        if frame.message is None:
            return False
        if frame.opcode == Opcode.TEXT:
            of_text = not frame.rsv & RSV1
            if not frame.fin:
                self._remember((frame.session, frame.message), of_text)
            return of_text
        if frame.opcode != Opcode.CONTINUATION:
            return False
        key = (frame.session, frame.message)
        known = self._known.get(key)
        if known is None:
            message = self._find(*key)
            known = message is not None and message.opcode == Opcode.TEXT and not message.compressed
            self._remember(key, known)
        return known

    def _remember(self, key: tuple[SessionId, int], of_text: bool) -> None:
        while len(self._known) >= _REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[key] = of_text
