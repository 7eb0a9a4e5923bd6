"""The rules of one session: what they make of each event."""

from __future__ import annotations

from wsinspect.model import Direction, HttpHead, Session, Source
from wsinspect.rules.ruling import HandshakeRuling, Ruling
from wsinspect.wire.decisions import Gathered, Oversize


class SessionRules:
    """Made by `RuleSet.session`."""

    wake_at: int | None = None
    """Unix nanoseconds, when to call `wake`; None: never."""

    def update(self, session: Session) -> None:
        """Take note that the record has changed, as when the handshake is answered."""

    def wants(self, direction: Direction) -> tuple[bool, bool]:
        """Return whether it has to see whole messages, and control frames, of a direction."""
        raise NotImplementedError

    def handshake_request(self, head: HttpHead, now: int) -> HandshakeRuling | None:
        """Rule on the head of the request; None: nothing matched."""
        raise NotImplementedError

    def handshake_response(self, head: HttpHead, now: int) -> HandshakeRuling | None:
        """Rule on the head of the response; None: nothing matched."""
        raise NotImplementedError

    def opened(self, now: int) -> Ruling | None:
        """Rule on the opening, once the upgrade is answered; timers run from here. None: nothing matched."""
        raise NotImplementedError

    def judge(self, message: Gathered, now: int, source: Source = Source.PEER) -> Ruling | None:
        """Rule on a message; None: no rule acted, so it is to be forwarded."""
        raise NotImplementedError

    def control(
        self, direction: Direction, opcode: int, payload: bytes, now: int, source: Source = Source.PEER
    ) -> Ruling | None:
        """Rule on a ping, pong or close frame; None: no rule acted."""
        raise NotImplementedError

    def oversized(self, direction: Direction, opcode: int, now: int) -> Oversize:
        """Say what is to become of a message that is too large to be gathered: the strictest that its rules want."""
        raise NotImplementedError

    def wake(self, now: int) -> Ruling | None:
        """Run the timers that are due; None: none of them acted."""
        raise NotImplementedError
