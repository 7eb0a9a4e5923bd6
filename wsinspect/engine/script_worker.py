"""The process that runs a user's script for `engine.scripts`: one file, its functions called one after another.

Contract. Started as a file of its own with the script's path, it needs nothing but the standard library. Requests come
on what was standard input, answers go to what was standard output: a length of four bytes, big endian, and JSON. The
script gets neither: its input is empty, and what it prints goes to standard error. The first answer says whether the
script could be loaded. Whatever a script does, a call ends in an answer or in the end of this process.
"""

from __future__ import annotations

import base64
import contextlib
import faulthandler
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

if sys.platform != "win32":
    import resource

MAX_PAYLOAD_BYTES = 16 << 20
"""Of what a function returns."""
MAX_VARIABLES_CHARS = 1 << 20
"""Of the variables that a function changed, as JSON."""
MAX_MEMORY_BYTES = 4 << 30
"""Address space of this process; more than that is a `MemoryError` in the script."""
LENGTH_BYTES = 4
_MAX_ERROR_CHARS = 500
_LAST_RESORT_S = 5.0
"""So long after the time limit a function that the engine did not stop is stopped by this process itself."""


class Message:
    """What a script's function gets, and the only thing it needs.

    It returns None to leave the message as it is, `bytes` or `str` as its new payload, a `dict` or `list` to be sent
    as JSON, or False to drop it.
    """

    def __init__(self, fields: dict[str, object]) -> None:
        self.payload = base64.b64decode(str(fields.get("payload", "")))
        """As the actions before left it."""
        self.type = str(fields.get("type", ""))
        """`text` or `binary`; `ping`, `pong` or `close` where the rule is about those."""
        self.dir = str(fields.get("dir", ""))
        """`c2s` from the client to the server, or `s2c`."""
        self.number = fields.get("number")
        """Of the message in its session, from 1."""
        self.index = fields.get("index")
        """Its place among the messages of its direction, from 1."""
        self.rule = str(fields.get("rule", ""))
        """Id of the rule."""
        self.match = _dictionary(fields.get("match"))
        """The named groups of the rule's `regex`."""
        self.args = _dictionary(fields.get("args"))
        """What the action's `args` say."""
        self.session = _dictionary(fields.get("session"))
        """The session: `id`, `url`, `host`, `path`, `subprotocol` …, for reading."""
        self.vars = _dictionary(fields.get("vars"))
        """The variables that the rule sees. What is set here is kept for the session; None takes one away."""

    @property
    def text(self) -> str:
        """The payload as text; raises `UnicodeDecodeError` where it is none."""
        return self.payload.decode()

    @property
    def json(self) -> object:
        """The payload as JSON, read anew each time; raises `ValueError` where it is none."""
        return json.loads(self.payload)


class Mailbox:
    """Requests and answers, out of the script's reach.

    Args:
        requests: The descriptor to read from.
        answers: The descriptor to write to.
    """

    def __init__(self, requests: int, answers: int) -> None:
        self._requests = requests
        self._answers = answers

    @classmethod
    def taken_from_standard_streams(cls) -> Mailbox:
        """Take standard input and output away from what runs in this process, and from what it starts."""
        mailbox = cls(os.dup(0), os.dup(1))
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=mailbox.close)
        return mailbox

    def close(self) -> None:
        """Let go of both, so that a child process neither answers nor keeps the engine waiting for the end."""
        requests, answers = self._requests, self._answers
        self._requests = self._answers = -1
        os.close(requests)
        os.close(answers)

    def receive(self) -> dict[str, object] | None:
        """Return the next request; None at the end."""
        length = self._read(LENGTH_BYTES)
        if length is None:
            return None
        data = self._read(int.from_bytes(length))
        return None if data is None else _dictionary(json.loads(data))

    def send(self, answer: dict[str, object]) -> None:
        """Send an answer."""
        if self._answers < 0:  # the script has forked, and this is the child
            os._exit(0)
        data = json.dumps(answer).encode()
        view = memoryview(len(data).to_bytes(LENGTH_BYTES) + data)
        while view:
            view = view[os.write(self._answers, view) :]

    def _read(self, size: int) -> bytes | None:
        data = bytearray()
        while len(data) < size:
            piece = os.read(self._requests, min(size - len(data), 1 << 20))
            if not piece:
                return None
            data += piece
        return bytes(data)


def load(file: str) -> ModuleType:
    """Run a script's file and return its module. Raises what the script raises, and `OSError`."""
    module = ModuleType("wsinspect_script")
    module.__file__ = file
    sys.modules[module.__name__] = module
    sys.path.insert(0, str(Path(file).parent))
    code = compile(Path(file).read_bytes(), file, "exec")
    exec(code, module.__dict__)  # noqa: S102 - running it is what this process is for
    return module


def answer(module: ModuleType, request: dict[str, object]) -> dict[str, object]:
    """Call the function that a request names, and put what it says into an answer. Raises nothing."""
    name = str(request.get("function"))
    function = getattr(module, name, None)
    if not callable(function):
        return {"error": f"there is no function '{name}' in it"}
    message = Message(_dictionary(request.get("message")))
    before = {variable: _to_json(value) for variable, value in message.vars.items()}
    try:
        said: object = function(message)
    except BaseException as error:  # noqa: BLE001 - a script may raise SystemExit and KeyboardInterrupt too
        return {"error": explain(error, str(module.__file__))}
    try:
        return {**_outcome(said), "vars": _changed(message.vars, before)}
    except ValueError as error:
        return {"error": str(error)}


def explain(error: BaseException, file: str) -> str:
    """Say what an exception is, and which line of the script it came from."""
    what = traceback.format_exception_only(error)[-1].strip()
    if isinstance(error, SystemExit):
        what = f"called sys.exit({error.code!r})"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    if isinstance(error, SyntaxError) and error.filename == file:
        lines.append(error.lineno)
    if len(what) > _MAX_ERROR_CHARS:
        what = f"{what[:_MAX_ERROR_CHARS]} …"
    return f"line {lines[-1]}: {what}" if lines else what


def _outcome(said: object) -> dict[str, object]:
    if said is None:
        return {}
    if said is False:
        return {"drop": True}
    if isinstance(said, str):
        payload = said.encode()
    elif isinstance(said, bytes | bytearray | memoryview):
        payload = bytes(said)
    elif isinstance(said, dict | list):
        payload = _to_json(said).encode()
    else:
        raise ValueError(
            f"it returned {type(said).__name__}: return None, bytes, str, a dict, a list, or False to drop"
        )
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"it returned {len(payload):,} bytes: {MAX_PAYLOAD_BYTES:,} is the most")
    return {"payload": base64.b64encode(payload).decode()}


def _changed(variables: object, before: dict[str, str]) -> dict[str, object]:
    if not isinstance(variables, dict) or not all(isinstance(name, str) for name in variables):
        raise ValueError("message.vars is to stay a dict whose keys are str")
    after = {name: _to_json(value) for name, value in variables.items()}
    if sum(map(len, after.values())) > MAX_VARIABLES_CHARS:
        raise ValueError(f"message.vars has grown over {MAX_VARIABLES_CHARS:,} characters of JSON")
    removed: dict[str, object] = {name: None for name in before if name not in after}
    return removed | {name: json.loads(text) for name, text in after.items() if before.get(name) != text}


def _to_json(value: object) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"this is no JSON: {error}") from error
    return text


def _dictionary(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def serve(mailbox: Mailbox, load_script: Callable[[], ModuleType], file: str) -> None:
    """Load the script, say so, and answer until nothing more is asked."""
    try:
        module = load_script()
    except BaseException as error:  # noqa: BLE001 - as in `answer`
        mailbox.send({"error": f"cannot be loaded: {explain(error, file)}"})
        return
    mailbox.send({"ready": True})
    while (request := mailbox.receive()) is not None:
        timeout_s = request["timeout_s"]
        assert isinstance(timeout_s, float)
        faulthandler.dump_traceback_later(timeout_s + _LAST_RESORT_S, exit=True)
        said = answer(module, request)
        faulthandler.cancel_dump_traceback_later()
        mailbox.send(said)


def bound_memory() -> None:
    """Let neither this process nor what it starts take all memory, as far as the system can be told so."""
    if sys.platform != "win32":
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        wanted = MAX_MEMORY_BYTES if most == resource.RLIM_INFINITY else min(MAX_MEMORY_BYTES, most)
        with contextlib.suppress(OSError, ValueError):  # macOS knows no such limit
            resource.setrlimit(resource.RLIMIT_AS, (wanted, wanted))
    # Where Linux has to end a process all the same, it is to be this one, and not the engine.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def main() -> None:
    """Serve the script that is named on the command line."""
    file = sys.argv[1]
    sys.argv = [file]
    bound_memory()
    serve(Mailbox.taken_from_standard_streams(), lambda: load(file), file)


if __name__ == "__main__":
    main()
