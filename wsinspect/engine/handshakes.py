"""What rules may do to the upgrade of a session, before it is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wsinspect.model import HttpHead
from wsinspect.rules.ruling import HandshakeRuling

if TYPE_CHECKING:
    from wsinspect.engine.carrier import Carrier
    from wsinspect.engine.session_recorder import SessionRecorder


class HandshakeRules(Protocol):
    """The rules of an engine, as the upgrade asks them. What they raise leaves the upgrade as it was."""

    def request(self, session: SessionRecorder, head: HttpHead) -> HandshakeRuling | None:
        """Judge a request, before any server is connected to; None leaves it alone.

        Args:
            session: Its record, whose `session.request` is the head as the client wrote it.
            head: As it would go on: the target is path and query, the Host header what the server is to see.
        """

    def response(self, session: SessionRecorder, head: HttpHead) -> HandshakeRuling | None:
        """Judge the server's answer, 101 or not; None leaves it alone. The answer of a mock is not asked about."""

    def may_reroute(self, host: str | None, port: int) -> bool:
        """Return whether a rule may mock, reject or move an upgrade for this server: then it is not connected to yet.

        Args:
            host: None where only the request will tell (reverse, transparent and SOCKS modes): any might do.
            port: Of the server.
        """

    def attach(self, session: SessionRecorder, carrier: Carrier) -> None:
        """Take note of a session that was upgraded; the endpoints of its carrier are not set yet."""
