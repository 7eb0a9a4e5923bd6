"""Finds which recorded message a live one is."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable
from itertools import islice

from wsinspect.replay.leaves import Scalar, layout
from wsinspect.replay.playing.conversation import Conversation
from wsinspect.replay.recording import Event
from wsinspect.replay.shape import shape_of
from wsinspect.wire.opcodes import Opcode

_MOST_COMPARED = 32
"""Recorded messages of a kind whose values are compared with those of a live one."""


class Matcher:
    """Matches live messages with recorded ones, each recorded one once.

    Of several that a message may be, it is the one that has most of its values, of those that are due; and the first of
    these.

    Args:
        events: The recorded messages of the side that is heard.
        conversation: The recording, understood.
    """

    def __init__(self, events: Iterable[Event], conversation: Conversation) -> None:
        self._kinds = conversation.kinds
        self._streams = conversation.streams | conversation.heartbeats
        # A dict would look for its first key behind all those that were taken out before it.
        self._open: dict[int, OrderedDict[int, Event]] = {}
        for event in events:
            self._open.setdefault(conversation.kind_of[event.index], OrderedDict())[event.index] = event

    def match(self, opcode: int, payload: bytes, *, due: int, wanted: Collection[int] = ()) -> tuple[int, Event | None]:
        """Find the recorded message that a live one is.

        Args:
            opcode: Of the live message.
            payload: Readable.
            due: Index of the next event that waits; what came before it is looked at first.
            wanted: Indices that something waits for because of their values. The next message of a stream is such a
                one, however many came in between in the recording.

        Returns:
            Its kind, and the recorded message; None: there is none left of this kind.
        """
        laid_out = layout(payload, of_text=opcode == Opcode.TEXT)
        kind = self._kinds.of(shape_of(opcode, laid_out))
        still_open = self._open.get(kind)
        if not still_open:
            return kind, None
        if kind in self._streams:
            event = still_open[next((index for index in wanted if index in still_open), next(iter(still_open)))]
        else:
            candidates = [event for event in islice(still_open.values(), _MOST_COMPARED) if event.index < due]
            if len(candidates) > 1:
                values = {(leaf.path, leaf.value) for leaf in laid_out.leaves}
                event = max(candidates, key=lambda one: _in_common(one, values))
            else:
                event = next(iter(still_open.values()))
        del still_open[event.index]
        return kind, event


def _in_common(event: Event, values: Collection[tuple[str, Scalar]]) -> int:
    leaves = layout(event.payload, of_text=event.opcode == Opcode.TEXT).leaves
    return sum((leaf.path, leaf.value) in values for leaf in leaves)
