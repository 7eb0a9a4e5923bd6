"""A conversation without a prompt ends when there is nothing to wait for, and says what did not come about."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from tests.cli.talking import PlayedSession, Sessions
from tests.peers.waiting import until, within
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.send_batch import Conversation, Plan
from wsinspect.cli.send_connection import Connection, Retries
from wsinspect.cli.send_input import each_of
from wsinspect.cli.send_output import Output
from wsinspect.errors import EngineError, WsinspectError
from wsinspect.model import Close
from wsinspect.query.patterns import Pattern
from wsinspect.replay.performing import SendClose, SendMessage

LONG_S = 3600.0
HELLO = SendMessage(1, b"hello")
PATIENT = Plan(patience_s=LONG_S, quiet_s=LONG_S)


class Talk:
    """A conversation that goes on while a test plays the server."""

    def __init__(
        self,
        plan: Plan,
        messages: AsyncIterator[SendMessage] | None = None,
        *,
        waits: Callable[[], bool] = lambda: False,
        retries: Retries | None = None,
    ) -> None:
        self.sessions = Sessions()
        self._conversation = Conversation(messages or each_of([]), waits, plan, Output(verbose=True))
        self.connection = Connection(self.sessions.connect, self._conversation.tell, retries)

    async def begin(self) -> PlayedSession:
        await self.connection.open()
        self.ended = asyncio.ensure_future(self._conversation.hold(self.connection))
        await asyncio.sleep(0)
        return self.sessions.last

    async def end(self) -> ExitStatus:
        return await within(self.ended, "the end of the conversation")


async def test_it_ends_with_silence_once_all_is_sent(capsys: pytest.CaptureFixture[str]) -> None:
    talk = Talk(Plan(quiet_s=0.01), each_of([HELLO, HELLO]))
    session = await talk.begin()
    session.hear(b"you")
    assert await talk.end() is ExitStatus.DONE
    assert session.acts == [HELLO, HELLO, SendClose(1000)]
    assert capsys.readouterr().out == "you\n"


async def test_it_ends_after_so_many_messages(capsys: pytest.CaptureFixture[str]) -> None:
    talk = Talk(Plan(quiet_s=LONG_S, count=2, close=SendClose(4000, "x")))
    session = await talk.begin()
    for payload in (b"1", b"2", b"3"):
        session.hear(payload)
    assert await talk.end() is ExitStatus.DONE
    assert session.acts == [SendClose(4000, "x")]
    assert capsys.readouterr().out == "1\n2\n"


async def test_it_ends_some_time_after_the_last_message_silent_or_not() -> None:
    talk = Talk(Plan(quiet_s=LONG_S, wait_s=0.01), each_of([HELLO]))
    await talk.begin()
    assert await talk.end() is ExitStatus.DONE


async def test_it_ends_with_what_is_expected_though_more_may_be_typed() -> None:
    waits = False

    async def never() -> AsyncIterator[SendMessage]:
        nonlocal waits
        yield HELLO
        waits = True
        await asyncio.Event().wait()

    talk = Talk(Plan(expected=(Pattern("a"), Pattern("b"))), never(), waits=lambda: waits)
    session = await talk.begin()
    for payload in (b"b", b"a", b"c"):
        session.hear(payload)
    await until(lambda: waits, "the message to be taken")
    assert not talk.ended.done()
    session.hear(b"b")
    assert await talk.end() is ExitStatus.DONE


async def test_it_says_what_did_not_come(capsys: pytest.CaptureFixture[str]) -> None:
    talk = Talk(Plan(expected=(Pattern("a"),), patience_s=0.01, quiet_s=0.01))
    await talk.begin()
    assert await talk.end() is ExitStatus.DIFFERS
    assert "no message came that matches 'a'" in capsys.readouterr().err


async def test_a_close_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    talk = Talk(PATIENT)
    session = await talk.begin()
    session.performer.heard_control(9, b"p", 0)
    session.end(Close("server", 1001, "bye", clean=True))
    assert await talk.end() is ExitStatus.DONE
    assert capsys.readouterr().err.endswith("< ping p\nthe server closed with 1001 bye\n")


async def test_a_close_before_all_is_sent_is_an_error() -> None:
    talk = Talk(PATIENT, each_of([HELLO] * 1000))
    await talk.connection.open()
    talk.sessions.last.end(Close("server", 1001, "", clean=True))
    talk.ended = asyncio.ensure_future(talk._conversation.hold(talk.connection))
    with pytest.raises(EngineError, match="closed before everything was sent"):
        await talk.end()


async def test_a_loss_is_an_error() -> None:
    talk = Talk(PATIENT)
    (await talk.begin()).end(None)
    with pytest.raises(EngineError, match="lost without a close"):
        await talk.end()


async def test_what_cannot_be_sent_is_an_error() -> None:
    async def wrong() -> AsyncIterator[SendMessage]:
        yield HELLO
        raise WsinspectError("no text")

    talk = Talk(PATIENT, wrong())
    await talk.begin()
    with pytest.raises(WsinspectError, match="no text"):
        await talk.end()


async def test_it_goes_on_over_another_connection(capsys: pytest.CaptureFixture[str]) -> None:
    talk = Talk(Plan(patience_s=LONG_S, quiet_s=LONG_S, count=1), retries=Retries(first_pause_s=0.001))
    session = await talk.begin()
    talk.sessions.failures = [EngineError("refused")]
    session.end(None)
    await until(lambda: len(talk.sessions.all) == 2, "another connection")
    talk.sessions.last.hear(b"back")
    assert await talk.end() is ExitStatus.DONE
    out, err = capsys.readouterr()
    assert out == "back\n"
    assert "connecting again in 0.001 s (attempt 1)\nrefused; connecting again in 0.002 s (attempt 2)\n" in err


async def test_it_gives_up_where_nothing_helps() -> None:
    talk = Talk(PATIENT, retries=Retries(1, 0.001))
    session = await talk.begin()
    talk.sessions.failures = [EngineError("refused")]
    session.end(None)
    with pytest.raises(EngineError, match="refused"):
        await talk.end()


async def test_a_ping_is_no_part_of_it() -> None:
    talk = Talk(Plan(quiet_s=0.02))
    await talk.begin()
    keeping = asyncio.ensure_future(talk.connection.keep_alive(0.001))
    assert await talk.end() is ExitStatus.DONE
    keeping.cancel()
