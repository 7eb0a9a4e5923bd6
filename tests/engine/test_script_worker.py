"""The process that runs a script, from within: what `test_scripts` shows from outside is not repeated here."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import orjson
import pytest

from wsinspect.engine.script_worker import LENGTH_BYTES, Mailbox, Message, answer, explain, load, serve


@pytest.fixture
def _private_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what loading a script does to a process."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    sys.modules.pop("wsinspect_script", None)


def _module(source: str) -> ModuleType:
    module = ModuleType("script")
    module.__file__ = "script.py"
    exec(compile(source, "script.py", "exec"), module.__dict__)  # noqa: S102 - that is what a script is
    return module


def test_a_message_tells_what_it_was_given_and_is_empty_without() -> None:
    message = Message({"payload": "eyJhIjogMX0=", "type": "text", "dir": "s2c", "args": {"x": 1}, "number": 7})
    assert (message.payload, message.text, message.json) == (b'{"a": 1}', '{"a": 1}', {"a": 1})
    assert (message.type, message.dir, message.session, message.args) == ("text", "s2c", {}, {"x": 1})
    assert (message.vars, message.match, message.number, message.index) == ({}, {}, 7, None)
    assert Message({}).payload == b""


def test_an_answer_says_what_the_function_returned() -> None:
    module = _module("def act(message):\n    message.vars['a'] = message.text\n    return message.payload * 2\n")
    said = answer(module, {"function": "act", "message": {"payload": "YQ==", "vars": {"b": 1}}})
    assert said == {"payload": "YWE=", "vars": {"a": "a"}}


def test_keys_of_the_variables_are_text() -> None:
    module = _module("def act(message):\n    message.vars[1] = 1\n")
    assert "whose keys are str" in str(answer(module, {"function": "act"})["error"])


@pytest.mark.usefixtures("_private_modules")
def test_an_exception_names_the_line_in_the_script_not_in_what_it_calls(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import json\n\ndef act(message):\n    return json.loads('{')\n")
    module = load(str(script))
    assert module.__name__ == "wsinspect_script"
    assert str(answer(module, {"function": "act"})["error"]).startswith("line 4: json.decoder.JSONDecodeError: ")
    assert explain(OSError("no line"), "script.py") == "OSError: no line"


@pytest.mark.usefixtures("_private_modules")
def test_requests_are_answered_until_there_are_none(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("def act(message):\n    return message.payload\n")
    request = orjson.dumps({"function": "act", "timeout_s": 5.0, "message": {"payload": "A" * 400_000}})
    framed = len(request).to_bytes(LENGTH_BYTES) + request
    answers = _served(script, framed * 2)
    assert answers == [{"ready": True}] + [{"payload": "A" * 400_000, "vars": {}}] * 2
    assert _served(script, framed + framed[:-1]) == answers[:2], "a request that is cut off is none"


@pytest.mark.usefixtures("_private_modules")
def test_a_script_that_cannot_be_loaded_is_the_only_answer(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    assert "FileNotFoundError" in str(_served(script, b""))
    script.write_text("1 / 0\n")
    assert _served(script, b"") == [{"error": "cannot be loaded: line 1: ZeroDivisionError: division by zero"}]


def test_a_closed_mailbox_has_let_go_of_its_descriptors() -> None:
    reading, writing = os.pipe()
    mailbox = Mailbox(reading, writing)
    mailbox.close()
    for descriptor in (reading, writing):
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.close(descriptor)


def _served(script: Path, requests: bytes) -> list[dict[str, object]]:
    """Run the worker's loop on these requests; return what it answers."""
    request_in, request_out = os.pipe()
    answer_in, answer_out = os.pipe()
    received = bytearray()

    def feed() -> None:
        with os.fdopen(request_out, "wb") as file:
            file.write(requests)

    def drain() -> None:
        with os.fdopen(answer_in, "rb") as file:
            received.extend(file.read())

    threads = [threading.Thread(target=feed), threading.Thread(target=drain)]
    for thread in threads:
        thread.start()
    mailbox = Mailbox(request_in, answer_out)
    try:
        serve(mailbox, lambda: load(str(script)), str(script))
    finally:
        mailbox.close()
        for thread in threads:
            thread.join()
    answers: list[dict[str, object]] = []
    while received:
        end = LENGTH_BYTES + int.from_bytes(received[:LENGTH_BYTES])
        answers.append(orjson.loads(received[LENGTH_BYTES:end]))
        del received[:end]
    return answers
