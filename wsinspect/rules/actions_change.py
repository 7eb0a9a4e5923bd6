"""Actions that put another payload in place of a message's."""

from __future__ import annotations

from wsinspect.rules import json_edit, substitution, templates
from wsinspect.rules.acting import Act, Place, change, check_text
from wsinspect.rules.content import Maker, base64_bytes, file_bytes, hex_bytes, text_bytes
from wsinspect.rules.schema import Json, Replace, SetType
from wsinspect.rules.turn import NO_JSON, ActionError, Turn
from wsinspect.rules.values import shown
from wsinspect.wire.opcodes import Opcode


def replace(settings: Replace, place: Place) -> Act:
    """Search and replace."""
    if settings.regex is not None:
        ticks = place.surroundings.ticks
        substitute = substitution.expression(settings.regex, settings.with_, settings.count, ticks)
    else:
        substitute = substitution.literal(settings.text or "", settings.with_, settings.count)
    what = shown(settings.regex or settings.text or "")

    def act(turn: Turn) -> str:
        payload, found = substitute(turn)
        if found:
            change(turn, payload)
        return f"{what} {found} {'time' if found == 1 else 'times'}"

    return act


def json_set(settings: dict[str, Json], _: Place) -> Act:
    """Set values in a JSON payload, one path after the other."""
    _check_paths(settings)
    edits = [(json_edit.setter(path), templates.compile_json(value)) for path, value in settings.items()]
    what = shown(", ".join(settings))

    def act(turn: Turn) -> str:
        payload = _json_payload(turn)
        for edit, make in edits:
            payload = edit(payload, make(turn))
        change(turn, payload)
        return what

    return act


def json_delete(settings: str | list[str], _: Place) -> Act:
    """Delete values from a JSON payload, all at once."""
    paths = [settings] if isinstance(settings, str) else settings
    _check_paths(paths)
    if "$" in paths:
        raise ActionError("the whole document cannot be deleted: use drop")
    delete = json_edit.deleter(paths)
    what = shown(", ".join(paths))

    def act(turn: Turn) -> str:
        change(turn, delete(_json_payload(turn)))
        return what

    return act


def set_text(settings: str, _: Place) -> Act:
    """Put a text in place; the message keeps its type."""
    return _whole(text_bytes(settings))


def set_hex(settings: str, _: Place) -> Act:
    """Put bytes in place."""
    return _whole(hex_bytes(settings))


def set_base64(settings: str, _: Place) -> Act:
    """Put bytes in place."""
    return _whole(base64_bytes(settings))


def from_file(settings: str, place: Place) -> Act:
    """Put a file's content in place."""
    return _whole(file_bytes(settings, place))


def set_type(settings: SetType, _: Place) -> Act:
    """Make it a text or a binary message."""
    opcode = Opcode.TEXT if settings is SetType.TEXT else Opcode.BINARY

    def act(turn: Turn) -> str:
        if turn.opcode not in (Opcode.TEXT, Opcode.BINARY):
            raise ActionError("only a message has a type")
        if opcode is Opcode.TEXT:
            check_text(turn.payload)
        turn.change(turn.payload, opcode)
        return settings.value

    return act


def set_fields(_: dict[str, Json], __: Place) -> Act:
    """Change fields as the protocol's decoder names them."""

    def act(_: Turn) -> str:
        raise ActionError("no decoder has recognised this session")

    return act


def _whole(make: Maker) -> Act:
    def act(turn: Turn) -> str:
        payload = make(turn)
        change(turn, payload)
        return f"{len(payload)} bytes"

    return act


def _check_paths(paths: dict[str, Json] | list[str]) -> None:
    for path in paths:
        problem = json_edit.problem(path)
        if problem is not None:
            raise ActionError(f"{shown(path)}: {problem}")


def _json_payload(turn: Turn) -> bytes:
    if len(turn.payload) > json_edit.MOST_BYTES:
        raise ActionError(f"the message is over {json_edit.MOST_BYTES >> 20} MiB: too large to be changed as JSON")
    if turn.document is NO_JSON:
        raise ActionError("the message is not JSON")
    return turn.payload
