"""One upgrade from its request to its answer: what rules make of it, and how it comes to be a session or not."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace

from mitmproxy import connection, http

from wsinspect.engine import handshakes, upgrades
from wsinspect.engine.carrier import Carrier
from wsinspect.engine.handshakes import HandshakeRules, rule_of
from wsinspect.engine.session_recorder import SessionRecorder
from wsinspect.model import Carriage, Direction, HttpHead, SessionState, Source
from wsinspect.rules.ruling import HandshakeRuling, Rejection, Replay

logger = logging.getLogger(__name__)

MOCK_SERVER = "mock"
"""What stands on record for the address of a server that there is none of."""

type Later = Coroutine[object, object, None] | None
"""What a hook returns that may have to wait."""
type Reset = Callable[[connection.Client], None]
"""Drops a client's connection."""


class PendingUpgrade:
    """An upgrade that is not done yet.

    Args:
        flow: mitmproxy's.
        session: Its record.
        rules: Asked about both heads; None: nothing is changed.
        insecure: Whether upstream certificates go unchecked.
        otherwise: The answer where no rule has one; None: the server is asked.
    """

    def __init__(
        self,
        flow: http.HTTPFlow,
        session: SessionRecorder,
        rules: HandshakeRules | None,
        *,
        insecure: bool,
        otherwise: Rejection | None = None,
    ) -> None:
        self.client = flow.client_conn
        self.mocked = False
        """Whether a rule answered it in place of a server."""
        self._played = False
        """Whether a recording answers in place of a server."""
        self._flow = flow
        self._session = session
        self._rules = rules
        self._insecure = insecure
        self._otherwise = otherwise
        self._answer: HttpHead | None = None
        """As the server wrote it, with what went on instead of it."""
        self._gone = asyncio.Event()

    @property
    def over(self) -> bool:
        """Whether the record has the end of it already."""
        return self._session.over

    def asked(self, reset: Reset) -> Later:
        """Let rules act on the request, unless it is answered already (by a proxy that wants to know its user)."""
        flow, rules = self._flow, self._rules
        if rules is None or flow.response is not None or flow.error is not None:
            return None
        try:
            ruling = rules.request(self._session, handshakes.going_head(flow.request))
        except Exception as error:
            logger.error(
                "rules failed on the request of %s, which goes on as it came: %r", self._url, error, exc_info=error
            )
            self._ask_nobody()
            return None
        if ruling is None:
            self._ask_nobody()
            return None
        return self._act(ruling, lambda: self._rule_request(ruling, reset), self._ask_nobody)

    def answered(self, reset: Reset) -> Later:
        """Let rules act on the server's answer, and let it go on."""
        assert self._flow.response is not None
        if self.mocked or self.over:
            self._flow.response.stream = self._flow.response.status_code != 101
            return None
        answer = self._answer = upgrades.response_of(self._flow.response)
        ruling: HandshakeRuling | None = None
        try:
            ruling = self._rules.response(self._session, answer) if self._rules else None
        except Exception as error:
            logger.error(
                "rules failed on the answer to %s, which goes on as it came: %r", self._url, error, exc_info=error
            )
        if ruling is None:
            self._pass_on(answer)
            return None
        return self._act(ruling, lambda: self._rule_response(ruling, answer, reset), lambda: self._pass_on(answer))

    def upgraded(self, carriage: Carriage, on_finished: Callable[[Carrier], None]) -> Carrier:
        """Make it a session; return what carries it."""
        assert self._flow.response is not None
        server = None if self.mocked else self._flow.server_conn
        carrier = self._session.upgraded(
            self._answer or upgrades.response_of(self._flow.response),
            carriage,
            server=upgrades.server_address(server) if server else MOCK_SERVER,
            tls_server=upgrades.tls_of(server, verified=not self._insecure) if server else None,
            on_finished=on_finished,
            played=(Direction.S2C, Source.REPLAY) if self._played else None,
        )
        if self._rules is not None:
            try:
                self._rules.attach(self._session, carrier)
            except Exception as error:
                logger.error("no rules act on the messages of %s: %r", self._url, error, exc_info=error)
        return carrier

    def failed(self, why: str) -> None:
        """Note that it gets no answer."""
        self._gone.set()
        server = upgrades.server_address(self._flow.server_conn)
        self._session.ended_without_upgrade(SessionState.FAILED, why, server=server)

    @property
    def _url(self) -> str:
        return self._session.session.url

    def _act(self, ruling: HandshakeRuling, act: Callable[[], None], instead: Callable[[], None]) -> Later:
        """Carry out a ruling, now or when it is time, if anyone still waits for it.

        Args:
            ruling: Says when.
            act: Does it.
            instead: Is called where that is not possible.
        """

        def attempt() -> None:
            try:
                act()
            except ValueError as error:
                logger.error("what a rule wants of %s cannot be done, so it goes on as it came: %s", self._url, error)
                instead()

        async def later() -> None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ruling.delay_ns / 1e9):
                    await self._gone.wait()
            if not self.over:
                attempt()

        if ruling.delay_ns > 0:
            return later()
        attempt()
        return None

    def _rule_request(self, ruling: HandshakeRuling, reset: Reset) -> None:
        flow = self._flow
        if ruling.abort:
            self._abort(ruling, reset)
        elif ruling.reject is not None:
            flow.response = handshakes.rejected(ruling.reject)
            self._refused(upgrades.response_of(flow.response), f"rejected by {rule_of(ruling, 'reject')}", None)
        elif ruling.mock is not None:
            assert self._session.session.request is not None
            flow.response = handshakes.mocked(self._session.session.request, ruling.mock)
            self.mocked = True
            self._played = any(isinstance(effect, Replay) for effect in ruling.effects)
        else:
            handshakes.change_request(flow.request, ruling)
            if ruling.changed or ruling.remote is not None:
                self._session.request_sent(handshakes.going_head(flow.request))
            if ruling.remote is None:
                self._ask_nobody()

    def _rule_response(self, ruling: HandshakeRuling, answer: HttpHead, reset: Reset) -> None:
        flow = self._flow
        assert flow.response is not None
        if ruling.abort:
            self._abort(ruling, reset)
        elif ruling.reject is not None:
            handshakes.reject_answer(flow, ruling.reject)
            why = f"rejected by {rule_of(ruling, 'reject')}; the server had answered {answer.status}"
            self._refused(replace(answer, sent=upgrades.response_of(flow.response)), why, flow.server_conn)
        else:
            if ruling.changed:
                handshakes.change_response(flow, ruling.head)
                answer = self._answer = replace(answer, sent=upgrades.response_of(flow.response))
            self._pass_on(answer)

    def _ask_nobody(self) -> None:
        """Answer in place of a server that is not to be asked."""
        if self._otherwise is not None:
            self._flow.response = handshakes.rejected(self._otherwise)
            self._refused(upgrades.response_of(self._flow.response), "no rule answers it, and no server is asked", None)

    def _pass_on(self, answer: HttpHead) -> None:
        """Let a server's answer go on; one that is no upgrade ends the session."""
        if answer.status == 101:
            return
        assert self._flow.response is not None
        self._flow.response.stream = True
        why = f"the server answered {answer.status} {answer.reason}".rstrip()
        self._refused(answer, why, self._flow.server_conn)

    def _refused(self, response: HttpHead, why: str, server: connection.Server | None) -> None:
        self._session.ended_without_upgrade(
            SessionState.REFUSED,
            why,
            response=response,
            server=upgrades.server_address(server) if server else None,
            tls_server=upgrades.tls_of(server, verified=not self._insecure) if server else None,
        )

    def _abort(self, ruling: HandshakeRuling, reset: Reset) -> None:
        self.failed(f"aborted by {rule_of(ruling, 'abort')}")
        reset(self.client)
        self._flow.kill()
