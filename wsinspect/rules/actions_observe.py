"""Actions that leave the event alone: they tell of it, check it, keep it, or hand it to a script."""

from __future__ import annotations

import re
from collections.abc import Callable

from wsinspect.rules.acting import Act, Place
from wsinspect.rules.conditions import compile_when
from wsinspect.rules.content import file_name
from wsinspect.rules.predicates import turn_predicate
from wsinspect.rules.ruling import AddNote, AddTag, Failed, Report, SaveFile, ScriptCall
from wsinspect.rules.schema import Expect, Log, Save, Script
from wsinspect.rules.templates import compile_text, compile_value, is_constant
from wsinspect.rules.turn import ActionError, Turn
from wsinspect.rules.values import shown
from wsinspect.wire.opcodes import Opcode

_RUN_OR_READ = (
    ".py", ".pyc", ".pyd", ".pyw", ".pth", ".so", ".dylib", ".dll", ".exe", ".com", ".bat", ".cmd", ".ps1", ".vbs",
    ".sh", ".js", ".mjs", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".desktop", ".lnk",
)  # fmt: skip
MOST_TAG = 200
MOST_TEXT = 4000
"""Characters of a note or line of the log."""
_OF_SESSION = ("id", "url", "scheme", "host", "port", "path", "client", "server", "subprotocol", "protocol")


def tag(settings: str | list[str], _: Place) -> Act:
    """Tag the message, or the session."""
    fills = [compile_text(text) for text in ([settings] if isinstance(settings, str) else settings)]

    def act(turn: Turn) -> str:
        tags = [shown(fill(turn), MOST_TAG) for fill in fills]
        turn.tags += tags
        turn.effects += [AddTag(turn.rule, text) for text in tags]
        return shown(", ".join(tags))

    return act


def note(settings: str, _: Place) -> Act:
    """Add a line to the note of the message, or the session."""
    fill = compile_text(settings)

    def act(turn: Turn) -> str:
        text = shown(fill(turn), MOST_TEXT)
        turn.effects.append(AddNote(turn.rule, text))
        return shown(text)

    return act


def log(settings: Log, _: Place) -> Act:
    """Write a line to the engine's log."""
    return _report(settings.text, settings.level)


def alert(settings: str, _: Place) -> Act:
    """Tell a person."""
    return _report(settings, "alert")


def expect(settings: Expect, _: Place) -> Act:
    """Fail the run where something does not hold."""
    tests: list[Callable[[Turn], bool]] = []
    if settings.that is not None:
        tests.append(compile_when(settings.that))
    if settings.match is not None:
        tests.append(turn_predicate(settings.match))
    usual = "this was not to happen" if not tests else f"expected {settings.that or 'another message'}"
    fill = compile_text(settings.message)

    def act(turn: Turn) -> str:
        if tests and all(test(turn) for test in tests):
            return "holds"
        text = shown(fill(turn) or usual, MOST_TEXT)
        turn.effects.append(Failed(turn.rule, text))
        return shown(f"failed: {text}")

    return act


def save(settings: Save, place: Place) -> Act:
    """Write the payload to a file."""
    fill = compile_text(settings.file)
    check = file_name if is_constant(settings.file) else _harmless_name

    def act(turn: Turn) -> str:
        name = check(fill(turn))
        turn.effects.append(SaveFile(turn.rule, place.folder, name, turn.payload, settings.append))
        return shown(name)

    return act


def _harmless_name(name: str) -> str:
    """Return a file's name that a peer may have chosen; not one by which what it sends would be run, or be settings."""
    parts = re.split(r"[/\\]", file_name(name))
    if any(part.startswith(".") for part in parts) or name.rstrip(". ").lower().endswith(_RUN_OR_READ):
        raise ActionError(f"{shown(name)!r} is a name of what is run or read as settings: only data is saved under it")
    return name


def script(settings: Script, place: Place) -> Act:
    """Call a user's function."""
    if not place.surroundings.scripts:
        raise ActionError("scripts run only with --allow-scripts")
    file_name(settings.file)
    make = compile_value(dict(settings.args))

    def act(turn: Turn) -> str:
        session = {name: getattr(turn.session, name) for name in _OF_SESSION}
        message: dict[str, object] = {
            "payload": turn.payload,
            "type": Opcode(turn.opcode).name.lower(),
            "dir": None if turn.direction is None else turn.direction.label,
            "number": turn.number,
            "index": turn.index,
            "rule": turn.rule,
            "match": dict(turn.groups),
            "session": session,
            "vars": dict(turn.variables.all()),
            "args": make(turn),
        }
        turn.script = ScriptCall(turn.rule, place.folder, settings.file, settings.function, message, settings.timeout)
        return f"{settings.file} {settings.function}"

    return act


def _report(text: str, level: str) -> Act:
    fill = compile_text(text)

    def act(turn: Turn) -> str:
        line = shown(fill(turn), MOST_TEXT)
        turn.effects.append(Report(turn.rule, level, line))
        return shown(line)

    return act
