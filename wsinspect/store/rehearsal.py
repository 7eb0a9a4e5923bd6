"""Recordings that rules play: looked at when the rules are loaded, read when they are played."""

from __future__ import annotations

from pathlib import Path

from wsinspect.errors import RuleError, StoreError, WsinspectError
from wsinspect.model import Direction, Leg
from wsinspect.replay.binding.corrections import Rebind, parse_rebind
from wsinspect.replay.recording import Recording
from wsinspect.rules.ruling import Replay
from wsinspect.rules.templates import problem
from wsinspect.store.reader import CaptureReader
from wsinspect.store.recording import check_session, read_recording
from wsinspect.store.rule_sources import contained


def rehearse(wanted: Replay) -> str:
    """Say what a rule plays, in a few words, without reading all of it.

    Raises:
        RuleError: The capture, the session or a message is not there, or a `rebind` cannot be read.
    """
    rebindings(wanted)
    path = contained(wanted.folder, wanted.file)
    try:
        with CaptureReader(path) as reader:
            session = check_session(reader, wanted.session)
            check_messages(reader, wanted.session, wanted.first, wanted.last)
    except StoreError as error:
        raise RuleError(_in_a_line(error)) from error
    if wanted.first is not None or wanted.last is not None:
        return f"messages {wanted.first or 1} to {wanted.last or 'the last'} of session {wanted.session}"
    count = session.messages.s2c if wanted.direction is Direction.S2C else session.messages.c2s
    return f"{count:,} message{'' if count == 1 else 's'} of session {wanted.session}"


def check_messages(reader: CaptureReader, session: int, *numbers: int | None) -> None:
    """Refuse numbers of messages that a session has not.

    Raises:
        StoreError: There is no such message.
    """
    for number in numbers:
        if number is not None and reader.message(session, number, payload_limit=0) is None:
            raise StoreError(f"session {session} has no message {number}", where=str(reader.path))


def read_part(wanted: Replay) -> Recording:
    """Read what a rule plays: what was on the connection to the peer that it is played to.

    Raises:
        WsinspectError: It cannot be read.
    """
    leg = Leg.CLIENT if wanted.direction is Direction.S2C else Leg.SERVER
    path: Path = contained(wanted.folder, wanted.file)
    with CaptureReader(path) as reader:
        return read_recording(reader, wanted.session, leg, first=wanted.first, last=wanted.last)


def rebindings(wanted: Replay) -> list[Rebind]:
    """Read what a rule says about values that are to be written anew.

    Raises:
        RuleError: It cannot be read.
    """
    try:
        found = [parse_rebind(text) for text in wanted.rebind]
    except WsinspectError as error:
        raise RuleError(_in_a_line(error)) from error
    for rebind in found:
        if rebind.template and (why := problem(rebind.template)):
            raise RuleError(f"rebind {rebind.ours}: {why}")
    return found


def _in_a_line(error: WsinspectError) -> str:
    where = f"{Path(error.where).name}: " if error.where else ""
    return f"{where}{error.message}{f' ({error.hint})' if error.hint else ''}"
