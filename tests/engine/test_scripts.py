"""Users' functions in processes of their own: what they say, and every way in which they fail to."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.peers.waiting import until, within
from wsinspect.engine import scripts
from wsinspect.engine.scripts import MAX_LINES, MAX_WAITING, ScriptRunner, find, log_line
from wsinspect.errors import EngineError
from wsinspect.rules.ruling import ScriptAnswer, ScriptCall

_ADDONS = Path(__file__).parents[2] / "addons"


class Scripts:
    """A folder of scripts, and what they printed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.printed: list[tuple[str, str]] = []
        self.runner = ScriptRunner(lambda script, line: self.printed.append((script, line)))

    def write(self, source: str, name: str = "script.py") -> None:
        (self.folder / name).write_text(source)

    def call(self, payload: bytes = b"hello", *, timeout_s: float = 10, **changes: object) -> ScriptCall:
        message = {
            "payload": payload,
            "type": "text",
            "dir": "c2s",
            "session": {"host": "a.test"},
            "vars": {},
            "args": {},
        }
        file = str(changes.pop("file", "script.py"))
        function = str(changes.pop("function", "act"))
        return ScriptCall("rule", str(self.folder), file, function, message | changes, int(timeout_s * 1e9))

    async def ask(self, payload: bytes = b"hello", *, timeout_s: float = 10, **changes: object) -> ScriptAnswer:
        call = self.call(payload, timeout_s=timeout_s, **changes)
        return await within(self.runner.call(call), "the script's answer")


@pytest.fixture
async def user(tmp_path: Path) -> AsyncIterator[Scripts]:
    """A user who writes scripts; their processes are ended with the test."""
    scripts = Scripts(tmp_path)
    yield scripts
    await within(scripts.runner.close(), "the workers to end")


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("return None", ScriptAnswer()),
        ("return message.payload.upper()", ScriptAnswer(payload=b"HELLO")),
        ("return bytearray(b'a')", ScriptAnswer(payload=b"a")),
        ("return message.text + ' Grüße'", ScriptAnswer(payload="hello Grüße".encode())),
        ("return {'a': [1, 'é']}", ScriptAnswer(payload='{"a":[1,"é"]}'.encode())),
        ("return [message.dir, message.type]", ScriptAnswer(payload=b'["c2s","text"]')),
        ("return [message.session, message.args, message.match]", ScriptAnswer(payload=b'[{"host":"a.test"},{},{}]')),
        ("return b''", ScriptAnswer(payload=b"")),
        ("return False", ScriptAnswer(drop=True)),
        ("message.vars['n'] = [1]", ScriptAnswer(variables={"n": [1]})),
    ],
)
async def test_what_a_function_returns_becomes_of_the_message(user: Scripts, body: str, answer: ScriptAnswer) -> None:
    user.write(f"def act(message):\n    {body}\n")
    assert await user.ask() == answer


async def test_only_changed_variables_come_back(user: Scripts) -> None:
    user.write(
        "def act(message):\n    v = message.vars\n    v['list'].append(2)\n    del v['gone']\n    v['new'] = 'x'\n"
    )
    answer = await user.ask(vars={"list": [1], "gone": 1, "same": {"a": 1}})
    assert answer == ScriptAnswer(variables={"list": [1, 2], "gone": None, "new": "x"})


async def test_large_integers_stay_what_they_are(user: Scripts) -> None:
    user.write("def act(message):\n    message.vars['n'] += 1\n")
    assert await user.ask(vars={"n": 1 << 4000}) == ScriptAnswer(variables={"n": (1 << 4000) + 1})


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("def act(message):\n    while True:\n        pass\n", "took longer than 0.3 s"),
        ("import time\ndef act(message):\n    time.sleep(60)\n", "took longer than 0.3 s"),
        ("def act(message):\n    x = 1\n    raise KeyError('ab')\n", "line 3: KeyError: 'ab'"),
        ("def act(message):\n    return message.json\n", "line 2: json.decoder.JSONDecodeError: Expecting value"),
        ("import no_such_module\n", "cannot be loaded: line 1: ModuleNotFoundError: No module named 'no_such_module'"),
        ("def act(message:\n", "cannot be loaded: line 1: SyntaxError: "),
        ("import sys\nsys.exit('no')\n", "cannot be loaded: line 2: called sys.exit('no')"),
        ("import sys\ndef act(message):\n    sys.exit(3)\n", "line 3: called sys.exit(3)"),
        ("import os\ndef act(message):\n    os._exit(3)\n", "its process ended with status 3 without an answer"),
        ("import os\nos._exit(0)\n", "its process ended with status 0 without an answer"),
        ("import os\ndef act(message):\n    os.kill(os.getpid(), 9)\n", "its process was ended by signal 9 without an"),
        ("import os\ndef act(message):\n    os.closerange(0, 100)\n", "without an answer"),
        ("def act(message):\n    return 5\n", "it returned int: return None, bytes, str, a dict, a list, or False"),
        ("def act(message):\n    return True\n", "it returned bool: return None"),
        ("def act(message):\n    return {'a': act}\n", "this is no JSON: Object of type function"),
        ("def act(message):\n    return {'a': float('nan')}\n", "this is no JSON: Out of range float"),
        ("def act(message):\n    a = []\n    a.append(a)\n    return a\n", "this is no JSON: Circular reference"),
        ("def act(message):\n    return '\\ud800'\n", "surrogates not allowed"),
        ("def act(message):\n    return bytes(1 << 25)\n", "it returned 33,554,432 bytes: 16,777,216 is the most"),
        ("def act(message):\n    message.vars['a'] = act\n", "this is no JSON: Object of type function"),
        ("def act(message):\n    message.vars['a'] = 'x' * (1 << 21)\n", "message.vars has grown over 1,048,576"),
        ("def act(message):\n    message.vars = 5\n", "message.vars is to stay a dict"),
        ("def other(message):\n    pass\n", "there is no function 'act' in it"),
        ("act = 5\n", "there is no function 'act' in it"),
        ("def act(message):\n    raise ValueError('x' * 10000)\n", "x …"),
        ("def act(message):\n    return bytes(8 << 30)\n", "line 2: MemoryError"),
        ("import os\ndef act(m):\n    os.abort()\n", "was ended by signal 6"),
        ("import os\ndef act(message):\n    os.write(4, b'\\0\\0\\0\\2[]')\n", "no answer"),
        ("import os\ndef act(message):\n    os.write(4, b'\\xff' * 64)\n", "no answer"),
    ],
)  # fmt: skip
async def test_a_function_that_fails_is_an_error_and_the_next_call_is_unharmed(
    user: Scripts, source: str, error: str
) -> None:
    user.write(source)
    user.write("def act(message):\n    return 'fine'\n", "fine.py")
    answer = await user.ask(timeout_s=0.3 if "longer" in error else 10)
    assert answer.error is not None
    assert answer.error.startswith("script script.py: ")
    assert error in answer.error
    assert len(answer.error) < 700
    assert await user.ask(file="fine.py") == ScriptAnswer(payload=b"fine")


async def test_after_a_failure_the_same_script_is_called_afresh(user: Scripts) -> None:
    user.write(
        "import time\ndef act(message):\n    time.sleep(60 if message.text == 'slow' else 0)\n    return 'fine'\n"
    )
    assert (await user.ask(b"slow", timeout_s=0.2)).error == "script script.py: took longer than 0.2 s"
    assert await user.ask() == ScriptAnswer(payload=b"fine")


async def test_globals_last_from_call_to_call_and_calls_are_answered_in_order(user: Scripts) -> None:
    user.write("n = 0\ndef act(message):\n    global n\n    n += 1\n    return str(n)\n")
    answers = await asyncio.gather(*(user.ask() for _ in range(20)))
    assert [answer.payload for answer in answers] == [str(n).encode() for n in range(1, 21)]


async def test_what_a_script_prints_is_passed_on_and_bounded(user: Scripts) -> None:
    user.write(
        "import subprocess\n"
        "def act(message):\n"
        "    print('seen', message.text)\n"
        "    subprocess.run(['echo', 'from a child'])\n"
        "    print('x' * 100_000)\n"
        "    for n in range(10_000): print(n)\n"
        "    return input() if message.args else b'fine'\n"
    )
    assert await user.ask() == ScriptAnswer(payload=b"fine")
    await until(lambda: len(user.printed) > MAX_LINES, "the last line that is shown")
    lines = [line for script, line in user.printed if script == "script.py"]
    assert lines[:2] == ["seen hello", "from a child"]
    assert 0 < len(lines[2]) <= 1001  # and a sign that it is cut off
    assert len(lines) == MAX_LINES + 1
    assert "the rest is not shown" in lines[-1]
    assert "EOFError" in str((await user.ask(args={"read": 1})).error), "its standard input is empty"


async def test_what_a_script_prints_is_made_fit_for_a_screen(user: Scripts) -> None:
    user.write("def act(message):\n    print('\\x1b]0;evil\\x07' + 'x' * 5000)\n")
    await user.ask()
    (line,) = await until(lambda: [text for _, text in user.printed] or None, "the printed line")
    assert line.startswith(r"\x1b]0;evil\x07xxx")
    assert len(line) == 1001


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux'")
async def test_a_process_of_a_script_is_the_first_to_go_where_memory_is_short(user: Scripts) -> None:
    user.write("def act(message):\n    return open('/proc/self/oom_score_adj').read()\n")
    assert (await user.ask()).payload == b"1000\n"


async def test_a_script_that_closes_its_streams_is_answered_like_any_other(user: Scripts) -> None:
    user.write(
        "import os, sys\ndef act(m):\n    sys.stdout.close()\n    os.close(1)\n    os.close(2)\n    return 'fine'\n"
    )
    assert await user.ask() == ScriptAnswer(payload=b"fine")


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
async def test_a_script_that_forks_is_answered_once_and_its_children_end_with_it(user: Scripts) -> None:
    user.write(
        "import os, time\n"
        "def act(message):\n"
        "    child = os.fork()\n"
        "    if child == 0 and message.text == 'stay':\n"
        "        time.sleep(600)\n"
        "    return str(child)\n"
    )
    returning = await user.ask()
    staying = await user.ask(b"stay")
    assert returning.error is staying.error is None
    assert staying.payload is not None
    await user.runner.close()
    await until(lambda: not _alive(int(staying.payload or b"")), "the script's child to end")


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
async def test_a_script_whose_child_goes_on_after_its_end_has_ended(user: Scripts) -> None:
    user.write("import os, time\ndef act(message):\n    if os.fork() == 0:\n        time.sleep(600)\n    os._exit(7)\n")
    assert (await user.ask()).error == "script script.py: its process ended with status 7 without an answer"


@pytest.mark.skipif(sys.platform == "win32", reason="no sessions")
async def test_a_descendant_that_got_away_holds_nobody_up(user: Scripts) -> None:
    user.write(
        "import os, time\n"
        "def act(message):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        os.setsid()\n"
        "        time.sleep(600)\n"
        "    os.waitid(os.P_PID, child, os.WNOWAIT | os.WNOHANG | os.WEXITED)\n"
        "    return str(child)\n"
    )
    answer = await user.ask()
    await within(user.runner.close(), "the worker to end, whose output a process of another session still holds", 5)
    os.kill(int(answer.payload or b""), 9)


async def test_a_changed_file_is_loaded_anew(user: Scripts) -> None:
    user.write("import part\ndef act(message):\n    return part.word\n")
    user.write("word = 'one'\n", "part.py")
    assert await user.ask() == ScriptAnswer(payload=b"one")
    user.write("word = 'two'\n", "part.py")
    os.utime(user.folder / "script.py", ns=(1, 1))
    assert await user.ask() == ScriptAnswer(payload=b"two")
    (user.folder / "script.py").unlink()
    assert (await user.ask()).error == "script script.py: cannot be read: No such file or directory"


async def test_a_script_that_cannot_be_loaded_is_tried_again_when_it_changes_or_after_a_while(
    user: Scripts, monkeypatch: pytest.MonkeyPatch
) -> None:
    user.write("print('loading')\nimport part\ndef act(message):\n    return part.word\n")
    errors = {(await user.ask()).error for _ in range(3)}
    assert errors == {"script script.py: cannot be loaded: line 2: ModuleNotFoundError: No module named 'part'"}
    await until(lambda: bool(user.printed), "what it prints")
    assert len(user.printed) == 1
    user.write("word = 'there'\n", "part.py")
    assert (await user.ask()).error is not None
    monkeypatch.setattr(scripts, "LOAD_AGAIN_S", 0)
    assert await user.ask() == ScriptAnswer(payload=b"there")


async def test_too_many_calls_at_once_fail_at_once(user: Scripts) -> None:
    user.write("import time\ndef act(message):\n    time.sleep(0.5 if message.text == 'first' else 0)\n")
    answers = await asyncio.gather(user.ask(b"first"), *(user.ask() for _ in range(MAX_WAITING + 1)))
    assert [answer.error for answer in answers] == [None] * MAX_WAITING + [
        f"script script.py: {MAX_WAITING} calls wait already"
    ] * 2


async def test_a_cancelled_call_leaves_no_answer_for_the_next(user: Scripts) -> None:
    user.write(
        "import time\ndef act(message):\n    time.sleep(0.2 if message.text == 'one' else 0)\n    return message.text\n"
    )
    assert await user.ask(b"zero") == ScriptAnswer(payload=b"zero")
    cancelled = asyncio.create_task(user.ask(b"one"))
    await asyncio.wait([cancelled], timeout=0.05)
    cancelled.cancel()
    assert await user.ask(b"two") == ScriptAnswer(payload=b"two")


async def test_closing_ends_a_call_that_waits_and_takes_no_more(user: Scripts) -> None:
    user.write("import time\ndef act(message):\n    print('called')\n    time.sleep(60)\n")
    waiting = [asyncio.create_task(user.ask(timeout_s=60)) for _ in range(3)]
    await until(lambda: bool(user.printed), "the first call")
    await within(user.runner.close(), "the worker to end")
    errors = [str((await one).error) for one in waiting]
    assert "without an answer" in errors[0]
    assert errors[1:] == ["script script.py: the engine stops"] * 2
    assert (await user.ask()).error == "script script.py: the engine stops"


async def test_a_worker_that_is_being_started_is_ended_too(user: Scripts) -> None:
    user.write("import time\ntime.sleep(60)\n")
    waiting = asyncio.create_task(user.ask())
    await asyncio.wait([waiting], timeout=0.001)
    await within(user.runner.close(), "the worker to end", 5)
    assert (await waiting).error is not None


async def test_a_script_that_never_ends_loading_is_an_error(user: Scripts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "LOAD_S", 0.2)
    user.write("while True:\n    pass\n")
    assert (await user.ask()).error == "script script.py: took longer than 0.2 s to load"


async def test_no_process_can_be_started(user: Scripts, monkeypatch: pytest.MonkeyPatch) -> None:
    user.write("def act(message):\n    pass\n")
    monkeypatch.setattr(sys, "executable", str(user.folder / "no-such-python"))
    assert (await user.ask()).error == "script script.py: its process cannot be started: No such file or directory"


async def test_what_is_no_json_is_not_handed_over(user: Scripts) -> None:
    user.write("def act(message):\n    pass\n")
    assert "a variable or an argument is no JSON" in str((await user.ask(vars={"a": object()})).error)


def test_a_script_is_in_the_folder_of_its_rule_file_or_below(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    (folder / "deep").mkdir(parents=True)
    (folder / "link.py").symlink_to(tmp_path / "outside.py")
    (tmp_path / "alias").symlink_to(folder)
    assert find(str(folder), "deep/../a.py") == (folder / "a.py").resolve()
    assert find(str(tmp_path / "alias"), "deep/a.py") == (folder / "deep" / "a.py").resolve()
    for file in ("../outside.py", "link.py", str(tmp_path / "outside.py")):
        with pytest.raises(EngineError, match="is not in the folder of its rule file"):
            find(str(folder), file)
    with pytest.raises(EngineError, match="cannot be found"):
        find(str(folder), "a\0b")


def test_printed_lines_go_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    log_line("script.py", "seen")
    assert caplog.messages == ["script.py: seen"]


async def test_the_example_signs_what_was_edited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", "secret")
    user = Scripts(_ADDONS)
    answer = await user.ask(b'{"amount": 5, "signature": "old"}', file="hmac_sign.py", args={"key_from": "SHOP_KEY"})
    refused = await user.ask(b"[]", file="hmac_sign.py", args={"key_from": "SHOP_KEY"})
    await user.runner.close()
    signature = hmac.new(b"secret", b'{"amount":5}', hashlib.sha256).hexdigest()
    assert answer.error is None
    assert json.loads(answer.payload or b"") == {"amount": 5, "signature": signature}
    assert answer.variables == {"signed": signature}
    assert "ValueError: only a JSON object can be signed" in str(refused.error)


def _alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
