"""What is typed at the prompt is done, and a lost connection does not end it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cli.talking import Sessions
from tests.peers.waiting import until, within
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.prompt.dialogue import Dialogue, Settings
from wsinspect.cli.prompt.transcript import Transcript
from wsinspect.cli.send_connection import Retries
from wsinspect.errors import EngineError
from wsinspect.model import Close
from wsinspect.replay.performing import SendClose, SendFrame, SendMessage

HELLO = SendMessage(1, b"hello", compressed=True)
BYE = Close("server", 1001, "bye", clean=True)


class Person:
    """Types lines when a test says so. A `dialogue.Editor`."""

    def __init__(self) -> None:
        self.several = False
        self.begun: list[str] = []
        """What each line began with."""
        self.questions: list[str] = []
        self.answers: list[bool] = []
        self._lines = asyncio.Queue[str | type[BaseException]]()

    async def read(self, begun: str = "") -> str:
        self.begun.append(begun)
        line = await self._lines.get()
        if not isinstance(line, str):
            raise line
        return line

    async def ask(self, question: str) -> bool:
        self.questions.append(question)
        return self.answers.pop(0)

    def refresh(self) -> None:
        pass

    async def write(self, line: str | type[BaseException]) -> None:
        """Type a line, and wait until it was done."""
        before = len(self.begun)
        self._lines.put_nowait(line)
        await until(lambda: len(self.begun) > before, f"{line!r} to be done")

    def end(self, how: type[BaseException] = EOFError) -> None:
        self._lines.put_nowait(how)


class Prompt:
    """A dialogue that goes on."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.lines: list[str] = []
        self.person = Person()
        self.sessions = Sessions()
        transcript = Transcript(lambda line: self.lines.append("".join(text for text, _ in line)))
        self.dialogue = Dialogue(settings or Settings("ws://a.test"), self.sessions.connect, transcript)

    async def begin(self) -> None:
        await self.dialogue.open()
        self.held = asyncio.ensure_future(self.dialogue.hold(self.person))
        await until(lambda: bool(self.person.begun), "the first line to be asked for")

    async def end(self, how: type[BaseException] = EOFError) -> ExitStatus:
        self.person.end(how)
        return await within(self.held, "the end")

    async def until(self, text: str) -> None:
        await until(lambda: any(text in line for line in self.lines), text)

    @property
    def acts(self) -> list[object]:
        return list(self.sessions.last.acts)


@pytest.fixture
async def prompt() -> AsyncIterator[Prompt]:
    prompt = Prompt()
    await prompt.begin()
    yield prompt
    if not prompt.held.done():
        await prompt.end()


async def test_lines_are_sent_and_answers_shown(prompt: Prompt) -> None:
    await prompt.person.write("hello")
    await prompt.person.write("")
    prompt.sessions.last.hear(b"you")
    await prompt.until("you")
    assert await prompt.end() is ExitStatus.DONE
    assert prompt.acts == [HELLO, SendClose(1000)]
    assert any(line.endswith("→  text          5  hello") for line in prompt.lines)


async def test_quit_ends_it_and_ctrl_c_does(prompt: Prompt) -> None:
    prompt.person._lines.put_nowait("/quit")
    assert await within(prompt.held, "the end") is ExitStatus.DONE
    other = Prompt(Settings("ws://a.test", close=SendClose(4000)))
    await other.begin()
    assert await other.end(KeyboardInterrupt) is ExitStatus.INTERRUPTED
    assert other.acts == [SendClose(4000)]


async def test_after_a_loss_the_next_message_offers_to_connect(prompt: Prompt) -> None:
    prompt.sessions.last.end(BYE)
    await prompt.until("offers to connect again")
    prompt.person.answers = [False, True]
    await prompt.person.write("hello")
    assert prompt.person.begun[-1] == "hello"
    assert len(prompt.sessions.all) == 1
    await prompt.person.write("hello")
    assert prompt.person.questions == ["Not connected. Connect again and send it?"] * 2
    assert (prompt.person.begun[-1], prompt.acts) == ("", [HELLO])


async def test_a_failure_to_connect_keeps_the_line(prompt: Prompt) -> None:
    prompt.sessions.last.end(BYE)
    await prompt.until("offers")
    prompt.person.answers = [True]
    prompt.sessions.failures = [EngineError("refused")]
    await prompt.person.write("hello")
    assert prompt.person.begun[-1] == "hello"
    assert "refused" in prompt.lines
    assert "not connected" in prompt.dialogue.status()[0][1]


async def test_closing_needs_a_connection(prompt: Prompt) -> None:
    await prompt.person.write("/close 4000 x")
    assert prompt.acts == [SendClose(4000, "x")]
    await prompt.until("closed")
    await prompt.person.write("/close")
    assert "no connection to close" in prompt.lines[-1]


async def test_it_connects_again_when_told(prompt: Prompt) -> None:
    await prompt.person.write("/reconnect")
    assert len(prompt.sessions.all) == 2
    assert prompt.sessions.all[0].acts == [SendClose(1000)]
    assert "> /reconnect" in prompt.lines


async def test_what_is_typed_while_it_connects_again_goes_then() -> None:
    prompt = Prompt(Settings("ws://a.test", retries=Retries(first_pause_s=0.02)))
    await prompt.begin()
    prompt.sessions.last.end(None)
    await prompt.until("lost")
    await prompt.person.write("hello")
    await until(lambda: len(prompt.sessions.all) == 2, "another connection")
    assert prompt.acts == [HELLO]
    assert "it is sent when the connection is back" in prompt.lines
    await prompt.end()


async def test_repeating(prompt: Prompt) -> None:
    await prompt.person.write("/repeat 3 every 1ms hello")
    await until(lambda: prompt.acts == [HELLO] * 3, "three messages")
    await prompt.person.write("/repeat 100000 every 1h /ping")
    assert ("", "  repeating") in prompt.dialogue.status()
    await prompt.person.write(KeyboardInterrupt)
    await prompt.person.write("/stop")
    assert [line for line in prompt.lines if "repeat" in line][-2:] == ["repeating ended", "nothing is being repeated"]
    assert sum(isinstance(act, SendFrame) for act in prompt.acts) == 1


async def test_repeating_ends_with_the_connection(prompt: Prompt) -> None:
    await prompt.person.write("/repeat 100 every 5ms hello")
    prompt.sessions.last.end(BYE)
    await prompt.until("repeating ended with the connection")
    prompt.person.answers = [False]
    await prompt.person.write("/repeat 2 x")
    assert prompt.person.begun[-1] == "/repeat 2 x"


async def test_what_was_expected_and_did_not_come_is_the_exit_status(prompt: Prompt) -> None:
    await prompt.person.write("/expect z within 1ms")
    await prompt.until("✗")
    assert await prompt.end() is ExitStatus.DIFFERS


async def test_the_last_message_is_saved_but_nothing_overwritten(prompt: Prompt, tmp_path: Path) -> None:
    file = tmp_path / "x"
    await prompt.person.write(f"/save {file}")
    assert prompt.lines[-1] == "no message has come yet"
    prompt.sessions.last.hear(b"\0", opcode=2)
    await prompt.until("binary")
    await prompt.person.write(f"/save {file}")
    assert file.read_bytes() == b"\0"
    await prompt.person.write(f"/save {file}")
    assert "exists already" in prompt.lines[-1]
    await prompt.person.write(f"/save {tmp_path / 'no' / 'x'}")
    assert "cannot write" in prompt.lines[-1]
    await prompt.person.write("/save a\0b")
    assert "cannot write" in prompt.lines[-1]
    assert prompt.person.begun[-1] == "/save a\0b"


async def test_the_rest_of_the_commands(prompt: Prompt) -> None:
    await prompt.person.write("/headers")
    assert "→ GET /chat HTTP/1.1" in prompt.lines
    await prompt.person.write("/help ping")
    assert prompt.lines[-1].startswith("/ping")
    await prompt.person.write("/multi")
    assert prompt.person.several
    await prompt.person.write("/pretty off")
    prompt.sessions.last.hear(b'{"a":"%s"}' % (b"x" * 100))
    await prompt.until('{"a":"xxx')


async def test_what_cannot_be_done_any_more_is_said(prompt: Prompt) -> None:
    await prompt.person.write("/binary @absent")
    assert prompt.person.begun[-1] == "/binary @absent"
    assert "cannot read absent" in prompt.lines[-1]


async def test_pings_keep_the_connection() -> None:
    prompt = Prompt(Settings("ws://a.test", ping_every_s=0.001))
    await prompt.begin()
    await until(lambda: len(prompt.acts) > 2, "pings")
    await prompt.end()
