"""What is offered while a command is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from wsinspect.cli.prompt.commands import COMMANDS
from wsinspect.cli.prompt.completion import CommandCompleter


def offered(line: str) -> list[str]:
    completions = CommandCompleter().get_completions(Document(line), CompleteEvent(completion_requested=True))
    return [completion.text for completion in completions]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("hello", []),
        ("//pi", []),
        ("/pi", ["ping"]),
        ("/re", ["repeat", "reconnect"]),
        ("/zz", []),
        ("/help pi", ["ping"]),
        ("/? /pi", ["ping"]),
        ("/pretty o", ["on", "off"]),
        ("/close 10", [str(code) for code in (*range(1000, 1004), *range(1007, 1015))]),
        ("/binary h", ["hex:"]),
        ("/bin ", ["@", "hex:", "base64:", "text:"]),
        ("/json {", []),
        ("/raw le", ["length=", "length_bytes="]),
        ("/raw fin=0 f", []),
        ("/raw fin=", ["0", "1"]),
        ("/raw length=", []),
        ("/raw opcode=pi", ["ping"]),
        ("/raw payload=he", ["hex:"]),
        ("/repeat 3 e", ["every"]),
        ("/repeat 3 /pi", ["ping"]),
        ("/repeat 3 every 1s /pi", ["ping"]),
        ("/repeat 3 x y z", []),
        ("/repeat 3", []),
        ("/quit ", []),
        ("/text a\n@", []),
    ],
)
def test_words(line: str, words: list[str]) -> None:
    assert offered(line) == words


def test_all_commands_are_offered_at_once() -> None:
    assert offered("/") == list(COMMANDS)


def test_what_is_said_of_a_frame_is_not_offered_again() -> None:
    assert "fin=" in offered("/raw opcode=3 ")
    assert "fin=" not in offered("/raw fin=0 ")


@pytest.mark.parametrize("line", ["/binary @{}/a", "/save {}/a", "/raw fin=0 payload=@{}/a", "/json @{}/a"])
def test_files(line: str, tmp_path: Path) -> None:
    (tmp_path / "apple").touch()
    assert offered(line.format(tmp_path)) == ["pple"]
