"""The line that is typed, key by key, without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.application.current import get_app_session
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from tests.peers.waiting import until, within
from wsinspect.cli.prompt.commands import entry_of
from wsinspect.cli.prompt.editing import LineEditor

ENTER, ALT_ENTER, CTRL_C, CTRL_D, TAB, UP, END = "\r", "\x1b\r", "\x03", "\x04", "\t", "\x1b[A", "\x05"


@dataclass
class Keyboard:
    """An editor, and what types into it."""

    editor: LineEditor
    keys: PipeInput

    async def line(self, keys: str, begun: str = "") -> str:
        self.keys.send_text(keys)
        return await within(self.editor.read(begun), f"a line of {keys!r}")


@pytest.fixture
async def keyboard() -> AsyncIterator[Keyboard]:
    history = InMemoryHistory()
    history.append_string("before")
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        yield Keyboard(LineEditor(history, entry_of, lambda: [("good", "x" * 100), ("", "y")]), keys)


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (f"hello{ENTER}", "hello"),
        (f"one\\{ENTER}two{ENTER}", "one\ntwo"),
        (f"one{ALT_ENTER}two{ENTER}", "one\ntwo"),
        (f"C:\\\\{ENTER}", "C:\\\\"),
        (f"\x1b[200~a\nb\x1b[201~{ENTER}", "a\nb"),
        (f"wrong{CTRL_C}right{ENTER}", "right"),
        (f"{UP}{ENTER}", "before"),
        (f"/pin{ENTER}{END}g x{ENTER}", "/ping x"),
    ],
)
async def test_lines(keyboard: Keyboard, keys: str, line: str) -> None:
    assert await keyboard.line(keys) == line


async def test_commands_are_completed(keyboard: Keyboard) -> None:
    reading = asyncio.ensure_future(keyboard.editor.read())
    await until(lambda: get_app_session().app is not None, "the prompt")
    keyboard.keys.send_text("/pin")
    buffer = keyboard.editor._session.default_buffer
    await until(lambda: buffer.text == "/pin", "what was typed")
    keyboard.keys.send_text(TAB)
    await until(lambda: buffer.text == "/ping", "the completion")
    keyboard.keys.send_text(ENTER)
    assert await within(reading, "the line") == "/ping"


async def test_a_line_may_be_begun(keyboard: Keyboard) -> None:
    assert await keyboard.line(f"lo{ENTER}", "hel") == "hello"


async def test_several_lines(keyboard: Keyboard) -> None:
    keyboard.editor.several = True
    assert await keyboard.line(f"one{ENTER}two{ALT_ENTER}") == "one\ntwo"
    assert not keyboard.editor.several
    keyboard.editor.several = True
    assert await keyboard.line(f"one{ENTER}{CTRL_C}two{ENTER}") == "two"


async def test_what_was_typed_is_found_again(keyboard: Keyboard) -> None:
    await keyboard.line(f"hello you{ENTER}")
    assert await keyboard.line(f"{UP}{ENTER}") == "hello you"


@pytest.mark.parametrize(("key", "error"), [(CTRL_C, KeyboardInterrupt), (CTRL_D, EOFError)])
async def test_an_empty_line_is_left(keyboard: Keyboard, key: str, error: type[BaseException]) -> None:
    keyboard.keys.send_text(key)
    reading = asyncio.ensure_future(_outcome(keyboard.editor))
    assert await within(reading, "the end") is error


async def _outcome(editor: LineEditor) -> type[BaseException] | None:
    try:
        await editor.read()
    except (EOFError, KeyboardInterrupt) as error:
        return type(error)
    return None


@pytest.mark.parametrize(("key", "answer"), [("y", True), ("\r", True), ("n", False), (CTRL_C, False), (CTRL_D, False)])
async def test_questions(keyboard: Keyboard, key: str, answer: bool) -> None:
    keyboard.keys.send_text(f"z{key}")
    assert await within(keyboard.editor.ask("Sure?"), "an answer") is answer
