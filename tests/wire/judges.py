"""Judges that the tests set."""

from __future__ import annotations

from collections.abc import Mapping

from wsinspect.model import Direction
from wsinspect.wire.decisions import Decision, Forward, Gathered, Outcome, Oversize


class Judging:
    """Forwards everything, as far as it is not told otherwise."""

    def __init__(
        self,
        *,
        messages: bool = True,
        control: bool = True,
        oversize: Oversize | Exception = Oversize.FORWARD,
    ) -> None:
        self.wants_messages = messages
        self.wants_control = control
        self.oversize = oversize

    def judge(self, message: Gathered) -> Decision:
        return Forward()

    def control(self, direction: Direction, opcode: int, payload: bytes, now: int) -> Outcome:
        return Forward()

    def oversized(self, direction: Direction, number: int, opcode: int, now: int) -> Oversize:
        if isinstance(self.oversize, Exception):
            raise self.oversize
        return self.oversize


class Script(Judging):
    """Decides by the first nine bytes of the payload; forwards what it does not know."""

    def __init__(
        self,
        decisions: Mapping[bytes, Decision | Exception] | None = None,
        *,
        messages: bool = True,
        control: Mapping[bytes, Outcome | Exception] | None = None,
        oversize: Oversize | Exception = Oversize.FORWARD,
    ) -> None:
        super().__init__(messages=messages, control=control is not None, oversize=oversize)
        self.decisions = decisions or {}
        self.controls = control or {}
        self.asked: list[tuple[int, bytes]] = []

    def judge(self, message: Gathered) -> Decision:
        self.asked.append((message.opcode, message.payload))
        return _first(self.decisions, message.payload) or Forward()

    def control(self, direction: Direction, opcode: int, payload: bytes, now: int) -> Outcome:
        self.asked.append((opcode, payload))
        return _first(self.controls, payload) or Forward()


def _first[T](table: Mapping[bytes, T | Exception], payload: bytes) -> T | None:
    for start, found in table.items():
        if payload[:9] == start:
            if isinstance(found, Exception):
                raise found
            return found
    return None
