"""Completion at the prompt: commands, what they take, and the names of files. Nothing is offered within a message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import override

from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document

from wsinspect.cli.prompt.commands import ALIASES, COMMANDS
from wsinspect.cli.prompt.payloads import FORMS
from wsinspect.cli.prompt.raw import KEYS, OPCODES
from wsinspect.present.pages import close_code_text
from wsinspect.wire.opcodes import CloseCode, is_valid_close_code

_OF_PAYLOADS = {"text", "binary", "ping", "pong"}
_OF_FILES = _OF_PAYLOADS | {"json"}
_VALUES = {
    "opcode": list(OPCODES),
    "fin": ["0", "1"],
    "rsv": ["0", "1", "2", "4"],
    "mask": ["yes", "no"],
    "length_bytes": ["0", "2", "8"],
}


class CommandCompleter(Completer):
    """Completes commands and their arguments."""

    def __init__(self) -> None:
        self._paths = PathCompleter(expanduser=True)

    @override
    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        line = document.text_before_cursor
        if not line.startswith("/") or line.startswith("//") or "\n" in line:
            return ()
        name, blank, arguments = line[1:].partition(" ")
        if not blank:
            return _names(name)
        return self._arguments(ALIASES.get(name, name), arguments.lstrip(" "), complete_event)

    def _arguments(self, name: str, written: str, event: CompleteEvent) -> Iterable[Completion]:
        match name:
            case "help":
                return _names(written.removeprefix("/"))
            case "pretty":
                return _words({"on": "", "off": ""}, written)
            case "close":
                codes = {str(int(code)): close_code_text(code) for code in CloseCode if is_valid_close_code(code)}
                return _words(codes, written)
            case "save":
                return self._files(written, event)
            case "raw":
                return self._raw(written, event)
            case "repeat":
                return self._repeat(written, event)
            case _ if name in _OF_FILES and written.startswith("@"):
                return self._files(written[1:], event)
            case _ if name in _OF_PAYLOADS:
                return _words(FORMS, written)
        return ()

    def _raw(self, written: str, event: CompleteEvent) -> Iterable[Completion]:
        _, has_payload, payload = written.partition("payload=")
        if has_payload:
            return self._files(payload[1:], event) if payload.startswith("@") else _words(FORMS, payload)
        word = written.rpartition(" ")[2]
        key, equals, value = word.partition("=")
        if equals:
            return _words(dict.fromkeys(_VALUES.get(key, ()), ""), value)
        said = {part.partition("=")[0] for part in written.split()[: -1 if word else None]}
        return _words({f"{key}=": help_text for key, help_text in KEYS.items() if key not in said}, word)

    def _repeat(self, written: str, event: CompleteEvent) -> Iterable[Completion]:
        words = written.split(" ", 3)
        if len(words) == 2:
            return [*_words({"every": "a pause between them, such as 1s"}, words[1]), *_command_of(words[1])]
        behind = words[3] if len(words) > 3 and words[1] == "every" else ""
        return self.get_completions(Document(behind), event) if behind else ()

    def _files(self, written: str, event: CompleteEvent) -> Iterable[Completion]:
        return self._paths.get_completions(Document(written), event)


def _command_of(word: str) -> Iterator[Completion]:
    if word.startswith("/"):
        yield from _names(word[1:])


def _names(begun: str) -> Iterator[Completion]:
    for name, command in COMMANDS.items():
        if name.startswith(begun):
            yield Completion(
                name, -len(begun), display=f"/{name} {command.arguments}".rstrip(), display_meta=command.help
            )


def _words(words: dict[str, str], begun: str) -> Iterator[Completion]:
    for word, meaning in words.items():
        if word.startswith(begun):
            yield Completion(word, -len(begun), display_meta=meaning)
