"""The feed prints what a growing capture gains, once, in order, and holds back what is still arriving."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import json
import sys
from collections.abc import Iterator
from typing import cast

import pytest

from tests.peers.waiting import until
from wsinspect.cli.feed import Feed
from wsinspect.cli.printer import Printer
from wsinspect.model import (
    Carriage,
    Close,
    Completeness,
    Direction,
    Message,
    Session,
    SessionId,
    SessionState,
    Verdict,
)
from wsinspect.store.reader import CaptureReader


class Capture:
    """A capture that grows as a test says."""

    def __init__(self) -> None:
        self.held_sessions: dict[int, Session] = {}
        self.held_messages: list[Message] = []

    def sessions(self, *, after_id: int) -> Iterator[Session]:
        return (session for number, session in self.held_sessions.items() if number > after_id)

    def session(self, number: int) -> Session | None:
        return self.held_sessions.get(number)

    def messages(self, *, after_id: int) -> Iterator[Message]:
        return (message for message in self.held_messages if message.id > after_id)

    def message(self, session: int, number: int) -> Message | None:
        return next((one for one in self.held_messages if (one.session, one.number) == (session, number)), None)


def a_session(number: int, **changes: object) -> Session:
    session = Session(SessionId(number), Carriage.DIRECT, SessionState.OPEN, "wss://a.test/\x1b", 0)
    return dataclasses.replace(session, **changes)  # type: ignore[arg-type]  # fields of a session


def a_message(number: int, completeness: Completeness = Completeness.COMPLETE) -> Message:
    payload = b"hello"
    return Message(
        number, SessionId(1), number, 0, 0, Direction.C2S, 1, (number,), 5, 11, payload, completeness=completeness
    )


def a_feed(capture: Capture, *, as_json: bool = False) -> tuple[Feed, io.StringIO]:
    output = io.StringIO()
    return Feed(cast("CaptureReader", capture), as_json=as_json, printer=Printer(output)), output


def test_sessions_and_messages_are_printed_once() -> None:
    capture = Capture()
    feed, output = a_feed(capture)
    capture.held_sessions[1] = a_session(1)
    capture.held_messages.append(a_message(1))
    feed.catch_up()
    feed.catch_up()
    opened, message = output.getvalue().splitlines()
    assert opened == "1         opens   wss://a.test/\\x1b"
    assert message.startswith("1.1 ")
    assert message.endswith("hello")


def test_what_is_arriving_waits_and_so_does_what_came_after() -> None:
    capture = Capture()
    feed, output = a_feed(capture)
    capture.held_messages += [a_message(1, Completeness.ARRIVING), a_message(2)]
    feed.catch_up()
    assert output.getvalue() == ""
    capture.held_messages[0] = a_message(1)
    feed.catch_up()
    assert [line.split()[0] for line in output.getvalue().splitlines()] == ["1.1", "1.2"]


def test_what_is_held_is_printed_once_it_goes_on_and_others_pass() -> None:
    capture = Capture()
    feed, output = a_feed(capture)
    capture.held_messages += [a_message(1, Completeness.WAITING), a_message(2), a_message(3, Completeness.WAITING)]
    feed.catch_up()
    feed.catch_up()
    assert [line.split()[0] for line in output.getvalue().splitlines()] == ["1.2"]
    capture.held_messages[0] = a_message(1)
    del capture.held_messages[2]  # by retention
    feed.catch_up()
    feed.catch_up()
    assert [line.split()[0] for line in output.getvalue().splitlines()] == ["1.2", "1.1"]


def test_what_was_sent_instead_stands_below() -> None:
    capture = Capture()
    feed, output = a_feed(capture)
    capture.held_messages.append(dataclasses.replace(a_message(1), sent=b"bye\x1b", verdict=Verdict.MODIFIED))
    feed.catch_up()
    came, went = output.getvalue().splitlines()
    assert came.endswith("[modified] hello")
    assert went.split() == ["sent", "instead", "c2s", "4", "bye\\x1b"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"state": SessionState.CLOSED, "close": Close("server", 4000, "so\x07", True)},
            "closes  4000 so\\x07, by the server",
        ),
        ({"state": SessionState.CLOSED, "close": Close("client", None, None, False)}, "lost    without a close"),
        ({"state": SessionState.CLOSED}, "lost    without a close"),
        ({"state": SessionState.REFUSED, "error": "403"}, "refused 403"),
        ({"state": SessionState.FAILED, "error": "no route"}, "failed  no route"),
    ],
)
def test_how_a_session_ends_is_printed(changes: dict[str, object], words: str) -> None:
    capture = Capture()
    feed, output = a_feed(capture)
    capture.held_sessions[1] = a_session(1)
    feed.catch_up()
    capture.held_sessions[1] = a_session(1, **changes)
    feed.catch_up()
    feed.catch_up()
    assert output.getvalue().splitlines()[1:] == [f"1         {words}"]


def test_json_has_messages_and_ended_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    capture = Capture()
    feed, _ = a_feed(capture, as_json=True)
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written))
    capture.held_sessions = {1: a_session(1), 2: a_session(2, state=SessionState.FAILED, error="x")}
    capture.held_messages = [a_message(1)]
    feed.catch_up()
    message, session = map(json.loads, written.getvalue().splitlines())
    assert message["text"] == "hello"
    assert (session["id"], session["state"]) == (2, "failed")


async def test_it_follows_until_it_is_cancelled() -> None:
    capture = Capture()
    feed, output = a_feed(capture)
    following = asyncio.create_task(feed.follow())
    capture.held_sessions[1] = a_session(1)
    await until(lambda: output.getvalue() or None, "the session's line")
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following
