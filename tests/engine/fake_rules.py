"""Handshake rules written in Python, put into an engine that runs in the test's own loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.engine.live import LiveEngine
from wsinspect.engine.carrier import Carrier
from wsinspect.engine.session_recorder import SessionRecorder
from wsinspect.model import HttpHead
from wsinspect.rules.ruling import HandshakeRuling, Hit, MockAnswer, Rejection

type Judge = Callable[[HttpHead], HandshakeRuling | None]


def leave(head: HttpHead) -> HandshakeRuling | None:
    """No rule matches."""


def fail(head: HttpHead) -> HandshakeRuling | None:
    """A rule breaks."""
    raise RuntimeError("a rule broke")


@dataclass
class FakeRules:
    """What an engine's rules are to do with every upgrade; a `HandshakeRules`."""

    on_request: Judge = leave
    on_response: Judge = leave
    reroutes: bool = False
    broken: bool = False
    """Whether all but the judges raises."""
    heads: list[HttpHead] = field(default_factory=list)
    """What was asked about, in order."""
    carriers: list[tuple[SessionRecorder, Carrier]] = field(default_factory=list)
    asked: list[tuple[str | None, int]] = field(default_factory=list)
    """Servers that `may_reroute` was asked about."""

    def request(self, session: SessionRecorder, head: HttpHead) -> HandshakeRuling | None:
        self.heads.append(head)
        return self.on_request(head)

    def response(self, session: SessionRecorder, head: HttpHead) -> HandshakeRuling | None:
        self.heads.append(head)
        return self.on_response(head)

    def may_reroute(self, host: str | None, port: int) -> bool:
        self.asked.append((host, port))
        self._check()
        return self.reroutes

    def attach(self, session: SessionRecorder, carrier: Carrier) -> None:
        self.carriers.append((session, carrier))
        self._check()

    def _check(self) -> None:
        if self.broken:
            raise RuntimeError("a rule broke")

    def put_into(self, engine: LiveEngine) -> None:
        """Have an engine ask these from its next connection on."""
        engine.addon._rules = self


def with_headers(*headers: tuple[str, str], target: str | None = None, delay_ns: int = 0) -> Judge:
    """Add headers, and perhaps change the path."""

    def judge(head: HttpHead) -> HandshakeRuling:
        changed = replace(head, headers=(*head.headers, *headers), target=target or head.target)
        return HandshakeRuling(changed, changed=True, delay_ns=delay_ns, hits=[Hit("adds", "header_add")])

    return judge


def without_headers(*names: str) -> Judge:
    """Remove headers."""

    def judge(head: HttpHead) -> HandshakeRuling:
        kept = tuple(pair for pair in head.headers if pair[0].lower() not in names)
        return HandshakeRuling(replace(head, headers=kept), changed=True, hits=[Hit("strips", "header_remove")])

    return judge


def remote(url: str, *, keep_host: bool = False) -> Judge:
    """Connect elsewhere."""
    return lambda head: HandshakeRuling(
        head, remote=url, keep_host=keep_host, hits=[Hit("elsewhere", "map_remote", url)]
    )


def reject(status: int = 403, *headers: tuple[str, str], body: bytes = b"", delay_ns: int = 0) -> Judge:
    """Refuse."""
    return lambda head: HandshakeRuling(
        head, reject=Rejection(status, headers, body), delay_ns=delay_ns, hits=[Hit("gate", "reject")]
    )


def abort(head: HttpHead) -> HandshakeRuling:
    """Reset the client's connection."""
    return HandshakeRuling(head, abort=True, hits=[Hit("axe", "abort")])


def mock(subprotocol: str | None = None, *headers: tuple[str, str]) -> Judge:
    """Answer without a server."""
    return lambda head: HandshakeRuling(head, mock=MockAnswer(subprotocol, headers), hits=[Hit("stage", "mock")])
