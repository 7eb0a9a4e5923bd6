"""An upgrade between its request and its answer on mitmproxy's flows; with real peers in `e2e/test_handshake_rules`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from mitmproxy import connection, http
from mitmproxy.test import tflow

from tests.engine.fake_rules import FakeRules, abort, leave, mock, reject, remote, with_headers
from tests.engine.recording import recording
from tests.peers.capture import recorded_sessions
from wsinspect.engine import upgrades
from wsinspect.engine.pending_upgrade import MOCK_SERVER, PendingUpgrade
from wsinspect.engine.session_recorder import SessionRecorder
from wsinspect.model import Carriage, HttpHead, Session, SessionState
from wsinspect.rules.ruling import HandshakeRuling, Hit


@dataclass
class Asked:
    """An upgrade that was asked for, and what was reset."""

    flow: http.HTTPFlow
    session: SessionRecorder
    upgrade: PendingUpgrade
    reset: list[connection.Client] = field(default_factory=list)

    def asked(self) -> None:
        assert self.upgrade.asked(self.reset.append) is None

    def answered(self, status: int) -> None:
        self.flow.response = http.Response.make(status, b"", {"X-Server": "a"})
        assert self.upgrade.answered(self.reset.append) is None


@contextmanager
def an_upgrade(folder: Path, rules: FakeRules | None) -> Iterator[Asked]:
    """Put an upgrade on record for the length of a block."""
    flow = tflow.tflow()
    flow.request = http.Request.make("GET", "http://a.test/chat", headers=((b"Upgrade", b"websocket"),))
    with recording(folder / "a.wsi") as recorder:
        session = recorder.open(lambda number: upgrades.session_of(flow, number, 1))
        yield Asked(flow, session, PendingUpgrade(flow, session, rules, insecure=True))


def look(head: HttpHead) -> HandshakeRuling:
    """A rule acts, and changes nothing."""
    return HandshakeRuling(head, hits=[Hit("looks", "tag")])


def kept(folder: Path) -> Session:
    (session,) = recorded_sessions(folder / "a.wsi")
    return session


async def test_one_that_something_else_has_answered_is_none_of_the_rules(tmp_path: Path) -> None:
    rules = FakeRules(reject())
    with an_upgrade(tmp_path, rules) as one:
        one.flow.response = http.Response.make(407)
        one.asked()
        one.flow.response, one.flow.error = None, tflow.terr()
        one.asked()
        assert not rules.heads
        one.answered(407)
        assert one.upgrade.over
    assert kept(tmp_path).error == "the server answered 407 Proxy Authentication Required"


async def test_a_refusal_is_streamed_whoever_made_it(tmp_path: Path) -> None:
    with an_upgrade(tmp_path, FakeRules(reject(418))) as one:
        one.asked()
        assert one.upgrade.over
        assert one.flow.response is not None
        assert one.upgrade.answered(one.reset.append) is None
        assert one.flow.response.stream is True
    assert (kept(tmp_path).status, kept(tmp_path).error) == (418, "rejected by rule gate")


async def test_an_abort_resets_and_kills(tmp_path: Path) -> None:
    with an_upgrade(tmp_path, FakeRules(abort)) as one:
        one.flow.live = True
        one.asked()
        assert one.reset == [one.flow.client_conn]
        assert one.flow.error
        assert one.flow.error.msg == one.flow.error.KILLED_MESSAGE
        one.upgrade.failed("told once only")
    assert (kept(tmp_path).state, kept(tmp_path).error) == (SessionState.FAILED, "aborted by rule axe")


async def test_a_mock_is_no_servers(tmp_path: Path) -> None:
    rules = FakeRules(mock())
    with an_upgrade(tmp_path, rules) as one:
        one.asked()
        assert one.upgrade.mocked
        assert one.upgrade.answered(one.reset.append) is None
        assert len(rules.heads) == 1
        assert one.flow.response is not None
        assert one.flow.response.stream is False
        one.upgrade.upgraded(Carriage.DIRECT, lambda _: None)
    assert (kept(tmp_path).server, kept(tmp_path).tls_server) == (MOCK_SERVER, None)


async def test_rules_that_cannot_attach_leave_the_session_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules = FakeRules(broken=True)
    with an_upgrade(tmp_path, rules) as one:
        one.asked()
        one.answered(101)
        carrier = one.upgrade.upgraded(Carriage.DIRECT, lambda _: None)
        assert rules.carriers == [(one.session, carrier)]
    assert caplog.text.count("no rules act on the messages") == 1
    assert kept(tmp_path).status == 101


@pytest.mark.parametrize("status", [101, 403])
async def test_on_record_is_the_answer_and_what_went_on_instead(tmp_path: Path, status: int) -> None:
    with an_upgrade(tmp_path, FakeRules(leave, with_headers(("X-Rule", "b")))) as one:
        one.asked()
        one.answered(status)
        assert one.flow.response is not None
        assert one.flow.response.headers["X-Rule"] == "b"
        if status == 101:
            one.upgrade.upgraded(Carriage.DIRECT, lambda _: None)
    request, response = kept(tmp_path).request, kept(tmp_path).response
    assert request is not None
    assert request.sent is None
    assert response is not None
    assert [name for name, _ in response.headers] == ["X-Server", "content-length"]
    assert response.sent == replace(response, headers=(*response.headers, ("X-Rule", "b")), sent=None)
    assert kept(tmp_path).status == status


async def test_on_record_is_the_request_and_what_went_on_instead(tmp_path: Path) -> None:
    with an_upgrade(tmp_path, FakeRules(with_headers(("X-Rule", "b"), target="/else"))) as one:
        one.asked()
        one.answered(101)
        one.upgrade.upgraded(Carriage.DIRECT, lambda _: None)
    request, response = kept(tmp_path).request, kept(tmp_path).response
    assert request is not None
    assert (request.target, [name for name, _ in request.headers]) == ("/chat", ["Upgrade", "content-length"])
    sent = (*request.headers, ("X-Rule", "b"))
    assert request.sent == replace(request, headers=sent, target="/else", sent=None)
    assert response is not None
    assert response.sent is None


async def test_a_request_that_was_moved_went_on_elsewhere(tmp_path: Path) -> None:
    with an_upgrade(tmp_path, FakeRules(remote("ws://b.test:81/else?x=1", keep_host=True))) as one:
        one.asked()
        one.upgrade.failed("gone")
    request = kept(tmp_path).request
    assert request is not None
    assert request.sent == replace(request, target="/else?x=1", sent=None)


@pytest.mark.parametrize("status", [101, 401])
async def test_a_refusal_goes_instead_of_the_servers_answer(tmp_path: Path, status: int) -> None:
    with an_upgrade(tmp_path, FakeRules(leave, reject(403, ("X-Why", "no"), body=b"no"))) as one:
        one.asked()
        one.answered(status)
    session = kept(tmp_path)
    assert (session.state, session.status) == (SessionState.REFUSED, 403)
    assert session.response is not None
    assert (session.response.status, session.response.headers[0]) == (status, ("X-Server", "a"))
    assert session.response.sent is not None
    assert (session.response.sent.status, session.response.sent.headers[0]) == (403, ("X-Why", "no"))


async def test_what_nobody_changed_went_on_as_it_came(tmp_path: Path) -> None:
    with an_upgrade(tmp_path, FakeRules(look, look)) as one:
        one.asked()
        one.answered(101)
        one.upgrade.upgraded(Carriage.DIRECT, lambda _: None)
    request, response = kept(tmp_path).request, kept(tmp_path).response
    assert request is not None
    assert response is not None
    assert (request.sent, response.sent) == (None, None)


async def test_a_ruling_that_cannot_be_carried_out_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with an_upgrade(tmp_path, FakeRules(remote("nowhere"), reject(101))) as one:
        one.asked()
        one.answered(403)
    assert caplog.text.count("goes on as it came") == 2
    assert kept(tmp_path).error == "the server answered 403 Forbidden"


async def test_a_delay_ends_with_the_session(tmp_path: Path) -> None:
    with an_upgrade(tmp_path, FakeRules(with_headers(("X", "y"), delay_ns=10**18))) as one:
        waiting = one.upgrade.asked(one.reset.append)
        assert waiting is not None
        task = asyncio.ensure_future(waiting)
        await asyncio.sleep(0)
        one.upgrade.failed("gone")
        await task
        assert "X" not in one.flow.request.headers
